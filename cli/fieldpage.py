"""The page docs/fields.md: every canonical field with its kinds of list, headings, checks, and where it shows.

Belongs here: putting together what the data files say. Does not belong here: the fields (schemas/fields.yaml), headings
(schemas/layouts), checks (expectations/suites), survivors (schemas/survivorship.yaml), exports (schemas/exports).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemas
from expectations.catalogue import entries
from schemas.datafiles import read_yaml
from schemas.exports import export_contract
from schemas.fields import Field, fields
from schemas.layouts import KINDS, family
from schemas.programmes.facts import FACTS

PAGE_HEAD = """# The fields

Made by `sinergi catalogue --fields` from `schemas/fields.yaml`, `schemas/layouts/`, `expectations/suites/`,
`schemas/survivorship.yaml`, `schemas/exports/` and `schemas/programmes/`; a test keeps the two equal.

A field is what a column of an office's list can be. Offices call it by its label (*Indonesian*). Headings are compared without case,
punctuation, line breaks and units, with usual short forms evened out (`tgl` is `tanggal`); a few are shown with how many there are,
`sinergi catalogue --fields --json` tells all, `schemas/layouts/` has them as patterns. A column that is no field stays as written and
is named in the receipt; a sensitive one is dropped. Every kept column comes back to the office in the correction workbook.

*Shows in*: the golden values it becomes (`business.sector`), the columns of exports (`export businesses: sector`), the facts that a
programme's rules may name (`fact sector`).

| field | offices call it | type | kinds | headings | checks | shows in |
|---|---|---|---|---|---|---|
"""
SHOWN_HEADINGS = 4
#: what consolidation computes before survivors are chosen: the column survivorship.yaml names -> fields it is made of
MADE_OF = {
    "intact_nik": ("nik",),
    "intact_kk": ("kk_number",),
    "intact_nib": ("nib",),
    "all_workers_count": ("workers_count", "workers_male_count", "workers_female_count"),
    "leader_person_id": ("group_role",),
    "own_activity_status": ("activity_status",),
    "own_verified_on": ("verified_on",),
}
#: what a business sells, holds and uses: one golden line each
PARTS = {
    "product": "product.name",
    "nib": "licence.number",
    "licence": "licence.number",
    "marketplace": "channel.platform",
}
EXPORTS = {"person": "persons", "business": "businesses"}


def describe_fields() -> list[dict[str, Any]]:
    """Every field in full, for programs, in the order of fields.yaml."""
    return [_describe(field) for field in fields().values() if field.columns]


def fields_page() -> str:
    """The fields as a Markdown page: one table."""
    return PAGE_HEAD + "".join(_line(told) for told in describe_fields())


def _describe(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "kinds": list(field.kinds),
        "is_compared": field.match,
        "headings": headings_of(field),
        "checks": [code for code, entry in entries().items() if entry.field == field.name],
        "shows_in": _shows_in(field),
    }


def headings_of(field: Field) -> dict[str, list[str]]:
    """Kind -> headings by which the field is known there, those with the best right first, the shorter before the longer; only
    what an earlier kind does not say."""
    said: set[str] = set()
    result: dict[str, list[str]] = {}
    for kind in KINDS:
        words = family(kind)
        known = [(claim.level, text) for text, claim in words.patterns.items() if claim.field == field.name]
        known += [(9, heading) for heading, choice in words.shared.items() if field.name in choice.fields]
        own = [text for _, text in sorted(known, key=lambda each: (each[0], len(each[1]), each[1])) if text not in said]
        if kind in field.kinds and own:
            result[kind] = list(dict.fromkeys(own))
            said |= set(own)
    return result


def _shows_in(field: Field) -> list[str]:
    golden = _golden(field)
    told = [*golden]
    for value in golden:
        unit, column = value.split(".")
        if unit in EXPORTS and column in export_contract(EXPORTS[unit]).columns:
            told.append(f"export {EXPORTS[unit]}: {column}")
    names = {field.name, *(value.split(".")[1] for value in golden)}
    return [*told, *(f"fact {name}" for name in FACTS if name in names)]


def _golden(field: Field) -> list[str]:
    """The golden values that the field's columns become, `unit.column`."""
    found = []
    survivors = read_yaml(Path(schemas.__file__).with_name("survivorship.yaml"))
    for unit, lines in survivors.items():
        for line in lines.values():
            for source, target in zip(line["from"], line.get("to", line["from"]), strict=True):
                if source in field.columns or field.name in MADE_OF.get(source, ()):
                    found.append(f"{unit}.{target}")
    return [*dict.fromkeys(found), *([PARTS[field.name]] if field.name in PARTS else [])]


def _line(told: dict[str, Any]) -> str:
    headings = [
        f"{kind}: {', '.join(texts[:SHOWN_HEADINGS])}" + (f" ... ({len(texts)})" if len(texts) > SHOWN_HEADINGS else "")
        for kind, texts in told["headings"].items()
    ]
    checks = [f"[{code}](checks.md#{code.lower()})" for code in told["checks"]]
    shows = [f"`{place}`" for place in told["shows_in"]]
    name = f"`{told['name']}`" + (" (compared)" if told["is_compared"] else "")
    cells = (
        name, told["label"], told["type"], ", ".join(told["kinds"]), "<br>".join(headings), " ".join(checks), ", ".join(shows),
    )  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
