"""The catalogue of checks: every entry of `suites/*.yaml`, read strictly.

Belongs here: the shape of an entry, which checks a kind of submission has, the catalogue as a table. Does not belong here:
evaluating a check (masks, validation), filling in a message (messages). Importing this is cheap: no pandas, no Great
Expectations, so that the command line and the pure rooms may ask it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.datafiles import read_yaml
from schemas.fields import fields
from schemas.records import Check, Kind, Severity

SUITES = Path(__file__).with_name("suites")
SEVERITIES: tuple[Severity, ...] = ("reject", "hold", "warn", "info")  # from the gravest
PLACEHOLDERS = {"label", "written", "digits"}
#: the one expectation type of Great Expectations that evaluates every check (row_rule.py); its kind is the entry's `rule`
EXPECTATION = "expect_rows_to_pass_check"

PAGE_HEAD = f"""# The checks

Made by `sinergi catalogue --markdown` from `expectations/suites/*.yaml`; a test keeps the two equal.

| severity | what becomes of the row |
|---|---|
| reject | it goes back to the office and does not enter the warehouse |
| hold | it is accepted, and held from aid until it is corrected |
| warn | it is accepted; the office is asked to correct it |
| info | it is accepted; the finding is noted in the receipt only |

A check *of the file* is one finding for the whole file, when fewer than the share given of its rows pass.

Every check is one expectation of Great Expectations, `{EXPECTATION}`, with the rule named in its last line
(`expectations/masks.py`, `expectations/cross_masks.py`). Taken out of its suite, a check is gone with its findings, what they did to
rows, and its messages. In a message `{{label}}` is the field's name, `{{written}}` the cell (masked where it can point at a person),
`{{digits}}` how many digits it holds.
"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Words(_Strict):
    """One sentence in both languages. `{label}` = the field's name for offices, `{written}` = the cell, masked when it can
    point at a person, `{digits}` = how many digits the cell holds."""

    id: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @model_validator(mode="after")
    def _knows_its_placeholders(self) -> Words:
        used = {name for text in (self.id, self.en) for _, name, _, _ in Formatter().parse(text) if name is not None}
        if not used <= PLACEHOLDERS:
            raise ValueError(f"unknown placeholder {sorted(used - PLACEHOLDERS)}; known: {sorted(PLACEHOLDERS)}")
        return self


class Example(_Strict):
    """A cell as it is found and as it should be; invented."""

    wrong: str = Field(min_length=1)
    right: str = Field(min_length=1)


class Entry(_Strict):
    """One check.

    code      stable, English, upper case; never reused for another meaning
    severity  reject: the row is quarantined; hold: it is accepted and held from aid; warn: the office should correct it;
              info: it is noted. For `level: file`, hold: the file should wait for a person's word
    rule      the name of a mask (masks.py, cross_masks.py), `with` its parameters
    level     row: each failing row is a finding; file: one finding when fewer than the share `mostly` of the rows pass
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$", max_length=60)
    field: str
    severity: Severity
    rule: str
    parameters: dict[str, Any] = Field(default_factory=dict, alias="with")
    level: Literal["row", "file"] = "row"
    mostly: float = Field(1.0, ge=0, le=1)
    message: Words
    mend: Words
    example: Example
    kinds: tuple[Kind, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _belongs_to_its_kinds(self) -> Entry:
        known = fields()
        if self.field not in known or not set(self.kinds) <= set(known[self.field].kinds):
            raise ValueError(
                f"{self.code}: the field {self.field} is unknown, or not a field of {', '.join(self.kinds)}"
            )
        if (self.level == "file") != (self.mostly < 1):
            raise ValueError(f"{self.code}: `mostly` below 1 goes with `level: file`, and only with it")
        return self

    @property
    def check(self) -> Check:
        """The public shape: what is wrong and how to mend it, in both languages."""
        return Check(
            code=self.code,
            field=self.field,
            severity=self.severity,
            id=f"{self.message.id} {self.mend.id}",
            en=f"{self.message.en} {self.mend.en}",
        )


class _SuiteFile(_Strict):
    kinds: tuple[Kind, ...] = Field(min_length=1)
    checks: list[dict[str, Any]] = Field(min_length=1)


def read_entries(folder: Path) -> dict[str, Entry]:
    """Every entry of the suite files of a folder by code; raises ValueError on anything unknown, missing or named twice."""
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        suite = _SuiteFile.model_validate(read_yaml(path))
        for raw in suite.checks:
            entry = Entry.model_validate({"kinds": suite.kinds, **raw})
            if entry.code in entries:
                raise ValueError(f"{path.name}: {entry.code} is named twice")
            entries[entry.code] = entry
    return entries


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """Every check by code, in the order of the suite files."""
    return read_entries(SUITES)


def entries_of(kind: Kind) -> tuple[Entry, ...]:
    """The checks of one kind of submission, in the order of the suite files."""
    return tuple(entry for entry in entries().values() if kind in entry.kinds)


def nearest_code(written: str) -> str | None:
    """The code that somebody may have meant."""
    near = get_close_matches(written.upper(), entries(), 1)
    return near[0] if near else None


def gravest(severities: Iterable[Severity]) -> Severity:
    """The gravest of some severities; raises ValueError when there is none."""
    return min(severities, key=SEVERITIES.index)


def describe(entry: Entry) -> dict[str, Any]:
    """A check in full, for programs: the public shape, its expectation with rule and parameters, its words apart, an example."""
    check = entry.check
    return {
        "code": check.code, "field": check.field, "severity": check.severity, "id": check.id, "en": check.en,
        "kinds": list(entry.kinds), "level": entry.level, "mostly": entry.mostly, "expectation": EXPECTATION, "rule": entry.rule,
        "with": entry.parameters, "message": entry.message.model_dump(), "mend": entry.mend.model_dump(),
        "example": entry.example.model_dump(),
    }  # fmt: skip


def checks_page() -> str:
    """The catalogue as a Markdown page, by suite file's kinds: a table of all, then each check in full."""
    groups: dict[tuple[Kind, ...], list[Entry]] = {}
    for entry in entries().values():
        groups.setdefault(entry.kinds, []).append(entry)
    return PAGE_HEAD + "".join(_section(kinds, listed) for kinds, listed in groups.items())


def _section(kinds: tuple[Kind, ...], listed: list[Entry]) -> str:
    """The checks that the same kinds of submission have."""
    lines = [f"\n## {', '.join(kinds)}\n", "| code | field | severity | what is wrong |", "|---|---|---|---|"]
    for entry in listed:
        cells = (f"[`{entry.code}`](#{entry.code.lower()})", f"`{entry.field}`", _severity(entry), entry.message.en)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, *map(_check_in_full, listed)]) + "\n"


def _severity(entry: Entry) -> str:
    return entry.severity if entry.level == "row" else f"{entry.severity}, of the file ({entry.mostly:.0%})"


def _check_in_full(entry: Entry) -> str:
    """One check: what is wrong and how to mend it in both languages, an example, the expectation behind it."""
    told = [f"{name}: {_plain(value)}" for name, value in entry.parameters.items()]
    return (
        f"\n### {entry.code}\n\n"
        f"- `{entry.field}`, {_severity(entry)}\n"
        f"- Indonesian: {entry.message.id} *{entry.mend.id}*\n"
        f"- English: {entry.message.en} *{entry.mend.en}*\n"
        f"- Example: `{entry.example.wrong}` -> `{entry.example.right}`\n"
        f"- Rule: `{entry.rule}`" + (f" (`{'; '.join(told)}`)" if told else "")
    )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
