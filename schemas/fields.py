"""The canonical fields, read strictly from `fields.yaml`, and the typed columns each one becomes.

Belongs here: what a field is called, its type, which kinds of submission have it. Does not belong here: headings
(layouts), parsing (tasks/intake), tables (schemas/warehouse).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from schemas.datafiles import read_yaml
from schemas.records import Kind

TYPES = {
    "text", "nik", "kk", "nib", "npwp", "digits", "date", "phone", "money", "count", "yes_no",
    "category", "regency", "district", "village", "platforms", "token",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One canonical field. `match` = compared when deciding who is who."""

    name: str
    type: str
    kinds: tuple[Kind, ...]
    label: str
    match: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The typed columns this field has in a frame and in the warehouse.

        Money is bigint rupiah per year: `<name>_idr` when exact, and the band [low, high) otherwise. A token says where a row comes
        from, nothing of what it is about: it has no value to keep.
        """
        if self.type == "token":
            return ()
        if self.type == "money":
            return (f"{self.name}_idr", f"{self.name}_low_idr", f"{self.name}_high_idr")
        return (self.name,)


@lru_cache(maxsize=1)
def fields() -> dict[str, Field]:
    """Every canonical field by name, in file order; raises ValueError on an unknown type or kind."""
    entries: list[dict[str, Any]] = read_yaml(Path(__file__).with_name("fields.yaml"))
    result: dict[str, Field] = {}
    for entry in entries:
        kinds = [*entry["kinds"], *(["recensus"] if "umkm" in entry["kinds"] else [])]
        field = Field(**{**entry, "kinds": tuple(kinds)})
        if field.type not in TYPES or not set(field.kinds) <= set(get_args(Kind)) or field.name in result:
            raise ValueError(f"fields.yaml: {field.name}: unknown type or kind, or named twice")
        result[field.name] = field
    return result


def typed_columns() -> dict[str, str]:
    """Typed column -> field type, in file order, of everything that records say; an answer of a register is no record."""
    return {
        column: field.type
        for field in fields().values()
        if set(field.kinds) != {"verification"}
        for column in field.columns
    }
