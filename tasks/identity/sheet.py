"""The list of questions that an office works through: a workbook with two columns to fill in, and reading it back (or a CSV file).

Belongs here: cells and columns, from bytes to bytes. Does not belong here: which questions there are (questions/review.py), recording
what was decided (steps/judge.py).
Identifiers are strings; a formula in a value stays text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.errors import UsageError
from schemas.words import word_key
from tasks.identity.wording import LANGUAGES, word

PAIR, VERDICT, REASON = "pair", "verdict", "reason"
#: what officers fill in and what the two columns are called: [Indonesian, English]
HEADINGS = {
    PAIR: ("pasangan", "pair"), "because": ("sebab", "because"), "weight": ("bit", "bits"),
    VERDICT: ("putusan", "verdict"), REASON: ("alasan", "reason"),
}  # fmt: skip
ANSWERS = {"same": ("sama", "same"), "different": ("berbeda", "different"), "unsure": ("belum pasti", "unsure")}
SOURCE = ("regency_code", "file", "sheet", "row")


def build_sheet(questions: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """A workbook with one question a line: both values of every compared field, where the rows lie, and the columns to fill in.

    `questions`: as questions.review.show_pairs gives them.
    """
    import xlsxwriter

    at = LANGUAGES.index(language)
    head = [HEADINGS[name][at] for name in (PAIR, VERDICT, REASON, "because", "weight")]
    head += [f"{name} {side}" for name in _fields(questions, language) for side in "AB"]
    head += [f"{word('page', name, language)} {side}" for name in ("office", "file", "sheet", "row") for side in "AB"]
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet("TINJAUAN" if language == "id" else "REVIEW")
        bold, fill = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFF6CC"})
        page.freeze_panes(1, 3)
        page.set_column(0, len(head) - 1, 18)
        for column, text in enumerate(head):
            page.write_string(0, column, text, bold)
        for line, question in enumerate(questions, start=1):
            for column, text in enumerate(_cells(question, language)):
                if column in (1, 2):
                    page.write_blank(line, column, None, fill)
                elif text:
                    page.write_string(line, column, text)
        if questions:
            page.data_validation(
                1, 1, len(questions), 1, {"validate": "list", "source": [each[at] for each in ANSWERS.values()]}
            )
    return target.getvalue()


def _fields(questions: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    return [field["says"][language] for field in questions[0]["fields"]] if questions else []


def _cells(question: Mapping[str, Any], language: str) -> list[str]:
    held = question["withheld_says"] or question["held_by_says"] or question["clause_says"]
    weight = question["weight"]
    cells = [question["pair"], "", "", held[language] if held else "", "" if weight is None else f"{weight:.1f}"]
    cells += [_text(field[side]) for field in question["fields"] for side in "ab"]
    return cells + [_text(record[name]) for name in SOURCE for record in question["records"]]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def read_decisions(name: str, data: bytes) -> list[dict[str, str]]:
    """The lines of a list on which a verdict stands, as pair, verdict (same, different, unsure) and reason; blank lines are left out.

    Raises UsageError when a column is missing or a verdict is none.
    """
    rows = _read_workbook(data) if name.lower().endswith(".xlsx") else _read_text(data)
    head = [word_key(text) for text in next(rows, [])]
    places = {}
    for column in (PAIR, VERDICT, REASON):
        known = [word_key(text) for text in HEADINGS[column]]
        found = [place for place, text in enumerate(head) if text in known]
        if not found:
            raise UsageError(
                f"{name} has no column {column!r}", mend="`sinergi review list --out FILE.xlsx` makes one."
            )
        places[column] = found[0]
    lines = [{column: row[place].strip() for column, place in places.items() if place < len(row)} for row in rows]
    return [_decision(name, line) for line in lines if line.get(VERDICT)]


def _decision(name: str, line: Mapping[str, str]) -> dict[str, str]:
    said = word_key(line[VERDICT])
    verdict = next((code for code, words in ANSWERS.items() if said in map(word_key, words)), None)
    if verdict is None:
        raise UsageError(
            f"{name}: pair {line[PAIR]}: {line[VERDICT]!r} is no verdict", mend="sama, berbeda or belum pasti."
        )
    return {PAIR: line[PAIR], VERDICT: verdict, REASON: line.get(REASON, "")}


def _read_workbook(data: bytes) -> Iterator[list[str]]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.CalamineError as error:
        raise UsageError("that is no workbook that can be read") from error
    return iter([[_text(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()])


def _read_text(data: bytes) -> Iterator[list[str]]:
    text = data.decode("utf-8-sig", errors="replace")
    return csv.reader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
