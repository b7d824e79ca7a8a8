"""The steps of identity: link (features, pairs, scores, edges) and merge (clusters, ids, memberships, golden rows)."""

from tasks.identity.steps.link import link, load_engines
from tasks.identity.steps.merge import merge

__all__ = ["link", "load_engines", "merge"]
