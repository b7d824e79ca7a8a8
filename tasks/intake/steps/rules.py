"""Which rules decide about rows: one hash over the data files and code that turn text into outcomes.

Belongs here: that hash. It is stored with every submission, so that a rule or layout change is seen as such. A change of it takes
waiting and refused files up again; what was loaded stays as it is until it is asked for again.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import expectations
import schemas

#: what decides, relative to the two packages; regions and frozen models have counts and hashes of their own
_PATTERNS = ("layouts/*.yaml", "reference/*.yaml", "fields.yaml", "suites/**/*", "*.py", "*.yaml")
#: what lies among the rules and decides about no row: until when offices send, and who is late
_NO_RULES = ("calendar.yaml", "datadocs.py")


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Sixteen hex digits over names and contents of layouts, reference words, fields, suites and checks."""
    digest = hashlib.sha256()
    for package, patterns in ((schemas, _PATTERNS[:3]), (expectations, _PATTERNS[3:])):
        root = Path(str(package.__file__)).parent
        for path in sorted({file for pattern in patterns for file in root.glob(pattern) if file.is_file()}):
            if path.suffix != ".pyc" and path.name not in _NO_RULES:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
