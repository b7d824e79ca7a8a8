"""expectations: what a sent row must be, and what the office is told when it is not.

    suites/*.yaml   one entry = one check: code, field, severity, rule, messages (id, en)   <- add a check here
    catalogue.py    those entries, read strictly; no pandas, no Great Expectations
    messages.py     a finding as a sentence for the office (values masked)
    masks.py        kinds of checks on the cells of one row          <- add a kind of check here
    cross_masks.py  kinds of checks that compare rows with each other
    row_rule.py     the one custom Great Expectations expectation that evaluates a mask
    validation.py   the suites, and `validate(frame, kind) -> Findings`
    apart.py        the same by a process of its own

Does not belong here: parsing (tasks/intake), what a finding does to a row's outcome (tasks/intake), warehouse access.
"""
