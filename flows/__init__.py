"""flows: which steps in which order; about a page each.

    submission     one file from its bytes to the office's answer; all new files of an inbox
    nightly        everything that is new, once
    consolidation  who is who, for what changed
    distribution   draft lists, published lists, what is sent

Does not belong here: any data work, SQL, files. A flow reads like a table of contents.
"""
