"""The steps of giving out aid and all of the room's I/O, one module per act.

facts, marks, drafts   candidates -> draft lists
officers, lists        keys; lock, approve, withdraw
publishing, files      publication in one transaction; the published folder
verifying, conflicts   does a list still hold; two awards on one person, one award on two
blacklist              who is barred; appeal and decision
"""

from tasks.aid.steps.blacklist import act_on_entry, bar
from tasks.aid.steps.conflicts import open_conflicts, resolve_conflict
from tasks.aid.steps.drafts import build_drafts, forget_drafts
from tasks.aid.steps.files import write_all_published
from tasks.aid.steps.lists import approve, lock, withdraw
from tasks.aid.steps.officers import add_officer
from tasks.aid.steps.publishing import publish, publish_standing, stand
from tasks.aid.steps.verifying import VerifyResult, verify

__all__ = [
    "VerifyResult",
    "act_on_entry",
    "add_officer",
    "approve",
    "bar",
    "build_drafts",
    "forget_drafts",
    "lock",
    "open_conflicts",
    "publish",
    "publish_standing",
    "resolve_conflict",
    "stand",
    "verify",
    "withdraw",
    "write_all_published",
]
