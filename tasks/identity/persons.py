"""Persons as a layout: the comparisons of comparisons.py, and the blocks in which pairs of records are looked at.

Belongs here: the rules with their caps and reasons, what model files are called. Does not belong here: how blocks are made (blocking.py).
"""

from __future__ import annotations

from pathlib import Path

from tasks.identity.comparisons import COMPARED_COLUMNS, COMPARISONS
from tasks.identity.layout import Layout, Rule

#: a phone of more people than this belongs to the field assistant who filled the list, and speaks for nobody
PHONE_OWNERS = 4

RULES: tuple[Rule, ...] = (
    Rule("nik", ("nik",), 40, ("nik", "name_sorted")),
    Rule("phone", ("phone",), PHONE_OWNERS, counted="name_sound"),
    Rule("nib", ("nib",), 20, ("nib", "name_sound")),
    Rule("kk_number", ("kk_number",), 20, ("kk_number", "name_sound")),
    Rule("name_birth", ("name_sorted", "born_on"), 40, ("name_sorted", "born_on", "village_code")),
    Rule("birth_given", ("born_on", "given_name"), 40, ("born_on", "given_name", "district_code")),
    Rule("nik_area_birth", ("nik_area", "nik_birth"), 30, ("nik_area", "nik_birth", "given_name")),
    Rule("sound_village", ("name_sound", "village_code"), 30, ("name_sound", "village_code", "born_on")),
    Rule("name_district", ("name_sorted", "district_code"), 30, ("name_sorted", "district_code", "address")),
)

PERSONS = Layout(
    "persons",
    COMPARISONS,
    COMPARED_COLUMNS,
    RULES,
    learnt_from=(("nik",), ("name_sorted", "born_on"), ("phone",)),
    different_when=("name_sound", "born_on"),
)


def model_files(folder: Path) -> list[Path]:
    """The model files of persons in a folder, the newest last: their names begin with their day."""
    return sorted(folder.glob(f"{PERSONS.name}-*.json"))


#: the model files that the project ships
SHIPPED = Path(__file__).with_name("models")
