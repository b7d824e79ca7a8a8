"""How good the merging of persons is, estimated from what officers judged: asked by the command line, the report and the aid lists.

    intervals     what a share of pairs may be, given the labels of its strata          (pure)
    strata        what the strata are, which kind of error each stands for, who is asked (pure)
    estimates     precision, recall, by kind of error and regency; what is missing        (pure)
    words         kinds, shares and the warning of a list, in Indonesian and English    (pure)
    labels        the labels in the warehouse: read-only SQL

Does not belong here: drawing a sample (tasks/identity/steps/sample), judging (tasks/identity), deciding who is who, holding a list back
(tasks/aid). The rooms of tasks do not know each other; what several of them ask stands here.
"""
