"""Who is who: features, candidate pairs, scores, policy, clusters, golden rows.

    names, places, features, arrays   what is compared of a record                       (pure)
    layout, persons, comparisons   what is compared and which blocks are looked at, as a value (pure)
    blocking                  which pairs are looked at                          (DuckDB, no warehouse)
    model, modelpage          the frozen Splink model: its file, and how it is told                   (pure)
    scoring, train            pairs scored with it, and how it is made             (DuckDB, no warehouse)
    bounds                    the numbers by which edges are judged, for those who decide and those who explain
    policy                    what a scored pair means: merge, review, apart     (pure)
    clusters                  components, cannot-links, cuts                     (pure)
    cuts                      which records of a wrongly made person are whose   (pure)
    register                  which id a cluster carries                         (pure)
    businesses, groups        units below and beside the person                  (pure)
    survivors, survivorship, golden    which value survives, from which record, by which rule (pure)
    waterfall, explain, page, wording   why records are one, in bits, in words, on a page (pure)
    steps/                    all writing of the warehouse, and the reading that goes with it
    questions/                read-only questions

Does not belong here: reading files, checks of rows (tasks/intake, expectations), aid rules (tasks/aid).
"""
