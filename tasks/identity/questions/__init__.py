"""Read-only questions to the warehouse about who is who, for the command line and the pages.

One module per subject. Does not belong here: writing (steps/), deciding (the pure modules of this room).
"""
