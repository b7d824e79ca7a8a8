"""The work, one room per stage: intake, identity, aid, delivery, reports, demo; `store` is the only way to the warehouse.

In each room `steps` holds the steps of the pipeline and all I/O, `questions` the read-only queries of the command line; every other
module is pure. Rooms know `store`, `step` and `schemas`, never each other.
"""
