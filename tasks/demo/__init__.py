"""The demo province: what a province's regencies' offices would send, with the truth beside it. Every person is invented.

Belongs here: making people, businesses, lists and their faults, and writing them as offices do. Does not belong here: anything the
pipeline uses; the demo knows the outside world only (fields by their labels), never how the pipeline reads it.

    names, people     who lives in the province: households, spouses, twins, siblings, NIK and KK by the rule
    businesses        what they run
    listing           who is listed where: repeats, other regencies, groups, the cooperative list
    dirt              the faults of real lists (DOMAIN's thirty kinds), each with a name
    styles, office    how each office writes it: headings, sheets, title rows, totals
    steps             the files
"""
