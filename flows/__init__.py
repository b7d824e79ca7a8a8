"""Which steps in which order, a page each. No data work, no SQL, no HTML: that is in the rooms of `tasks`.

    submission     one file: read, map, standardise, validate, load, answer
    consolidation  link, merge
    distribution   award, publish, push
    report         the report
    nightly        all of it, once
    deployed       these as Prefect flows, with names, parameters and artifacts (what prefect.yaml deploys)
"""
