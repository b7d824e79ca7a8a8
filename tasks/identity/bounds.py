"""The numbers by which edges are judged and ordered, each with its reason.

Belongs here: what those who decide and those who explain share, without any engine. Does not belong here: deciding (policy.py,
clusters.py).
"""

#: bits of evidence needed against chance among a million owners (2**20, a large province with room) with four bits over:
#: odds of 16 to 1 even if every other owner were a candidate. A constant, not the count of today: an edge may not depend on who
#: else has arrived (P3).
MERGE_WEIGHT = 24.0
#: pairs that say less than this are forgotten: nothing that a person could weigh
FLOOR_WEIGHT = 14.0
#: judgements are stronger than any weight, the deterministic tier is stronger than any model
STRENGTH = {"judged": 2, "deterministic": 1, "model": 0}
