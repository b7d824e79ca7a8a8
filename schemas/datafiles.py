"""Reading the data files of the project, the same way everywhere.

Belongs here: YAML text to plain values, by the parser in C (the one in Python takes eight times as long, at every start of every
command). Does not belong here: what a file means, or the sidecars that offices write (tasks/intake).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """The content of a data file; raises yaml.YAMLError when it is no YAML."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
