"""`sinergi review` as officers use it: what is asked, two records side by side, a list worked through, what is seen is recorded."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import sqlalchemy as sa
import xlsxwriter
from typer.testing import CliRunner

from cli.review import app
from schemas.errors import SinergiError, UsageError
from tasks import store
from tasks.identity.clusters import HELD_BY
from tasks.identity.policy import CLAUSES
from tasks.identity.sheet import read_decisions
from tasks.identity.steps.sample import draw_sample
from tasks.identity.wording import in_both, words
from tests.identity.records import partition, work
from tests.identity.test_consolidation import PEOPLE, ROWS

TWINS = "1-5"


pytestmark = pytest.mark.usefixtures("known_province")


@pytest.fixture
def borrowed(known_province: sa.Engine) -> None:
    """Besides the twins, one NIK on two people."""
    work(
        [
            {
                "record_id": 30,
                "owner_name": "Markus Mandacan",
                "nik": "9202125505750003",
                "birth_date": "1961-07-08",
                "sex": "male",
            }
        ]
    )


def sinergi(*words: str) -> Any:
    """`sinergi review ... --json`: the document it prints."""
    result = CliRunner().invoke(app, [*words, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout.splitlines()[-1])


def told(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def asked(*words: str) -> list[tuple[str, str]]:
    return [(line["pair"], line["kind"]) for line in sinergi("list", *words)["questions"]]


def person_of(record: int) -> str:
    sql = (
        "SELECT unit_id FROM identity.membership WHERE record_id = :record AND unit_kind = 'person' AND to_run IS NULL"
    )
    return str(store.query(sql, record=record)["unit_id"][0])


def in_review() -> int:
    return len(store.query("SELECT person_id FROM gold.person WHERE is_in_review AND to_run IS NULL"))


def decide(pair: str, verdict: str) -> int:
    return int(sinergi("decide", pair, verdict, "--reason", "seen", "--by", "officer")["judgement_id"])


def test_two_persons_are_asked_about_by_their_strongest_pair_and_spouses_are_not() -> None:
    (question,) = sinergi("list")["questions"]
    assert (question["kind"], question["clause"]) == ("pair", "TWINS") and question["other_pairs"] >= 1
    assert {question["person_a"], question["person_b"]} == {person_of(1), person_of(5)}
    assert sinergi("list")["by_clause"] == [{"kind": "pair", "clause": "TWINS", "questions": 1}]


@pytest.mark.usefixtures("borrowed")
def test_questions_are_filtered_by_regency_clause_and_kind_and_come_in_pages() -> None:
    assert sinergi("list")["count"] == 2
    assert len(asked("--size", "1")) == len(asked("--size", "1", "--page", "2")) == 1
    assert asked("--size", "1") != asked("--size", "1", "--page", "2")
    assert asked("--regency", "92.02") == asked() and asked("--regency", "19.01") == []
    assert asked("--clause", "BORROWED_NIK") == [("6-30", "pair")]
    assert asked("--kind", "cut") == []
    with pytest.raises(UsageError):
        asked("--kind", "riddle")


def test_what_is_judged_is_asked_no_more_and_applied_by_the_next_consolidation() -> None:
    decide(TWINS, "same")
    assert asked() == []
    sinergi("apply")
    assert partition("person") == [{1, 2, 4, 5}, {3, 7}, {6}]
    assert asked() == []


def test_one_word_settles_all_pairs_of_two_persons_and_aid_waits_no_more() -> None:
    decide(TWINS, "different")
    assert asked() == []
    sinergi("apply")
    assert asked() == [] and in_review() == 0


def test_who_is_unsure_is_not_asked_again_nobody_is_joined_and_aid_waits() -> None:
    decide(TWINS, "unsure")
    sinergi("apply")
    assert asked() == [] and partition("person") == PEOPLE and in_review() == 2
    assert asked("--kind", "unsure") == [("1-5", "unsure")]


def test_a_judgement_on_what_has_changed_since_is_asked_once_more_and_stands_meanwhile() -> None:
    decide(TWINS, "same")
    work([ROWS[4] | {"phone": "+6281200000001"}])
    assert ("1-5", "stale") in asked() and {1, 2, 4, 5} in partition("person")
    decide(TWINS, "same")
    assert ("1-5", "stale") not in asked()


def test_an_edge_that_its_cluster_leaves_out_is_asked_about_under_the_clause_that_holds_it() -> None:
    bridge = {"record_id": 20, "owner_name": "Siti Aminah", "birth_date": "1980-01-21", "phone": "+6281234567890"}
    other = ROWS[0] | {"record_id": 21, "nik": "9271126101800458"}
    work([bridge, other])
    cuts = [line for line in sinergi("list")["questions"] if line["kind"] == "cut"]
    assert [line["clause"] for line in cuts] in (["KEPT_APART"], ["NIK_CONFLICT"])
    assert sinergi("show", cuts[0]["pair"])["held_by"] == cuts[0]["clause"]
    assert not any({1, 21} <= person for person in partition("person"))


def test_a_judgement_that_others_contradict_is_told() -> None:
    with store.transaction() as connection:
        for a, b, verdict in ((1, 3, "different"), (1, 6, "same"), (3, 6, "same")):
            connection.execute(sa.text(
                "INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)"
                " SELECT :a, :b, :verdict, 'seen', 'officer', a.match_hash, b.match_hash FROM source.record_version a,"
                " source.record_version b WHERE a.record_id = :a AND b.record_id = :b"), {"a": a, "b": b, "verdict": verdict})  # fmt: skip
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (6, 1)"))
    sinergi("apply")
    assert asked("--kind", "contradiction") == [("3-6", "contradiction")]


def test_two_records_stand_side_by_side_with_differences_marked_and_the_weight_explained() -> None:
    pair = sinergi("show", TWINS)
    fields = {line["comparison"]: line for line in pair["fields"]}
    assert (pair["clause"], pair["verdict"], pair["is_masked"]) == ("TWINS", "review", True)
    assert {name: line["differs"] for name, line in fields.items() if name in ("name", "birth", "nik", "kk", "nib")} == {
        "name": True, "birth": False, "nik": True, "kk": False, "nib": None,
    }  # fmt: skip
    assert fields["nik"]["a"] == "9202********0001" and fields["nik"]["level"] == "serial"
    assert sum(line["bits"] for line in fields.values()) == pytest.approx(pair["weight"], abs=1e-3)
    assert pair["clause_says"]["id"] and pair["records"][0]["row"] == 1
    shown = told("show", TWINS)
    assert "<>" in shown and "Aminatun" not in shown and "sinergi review decide 1-5" in shown


#: a pair of twins kept apart, and one that stands under one id
DRAWN = pytest.mark.parametrize("pair", [TWINS, "1-4", "3-7"])
#: what the machine says of a pair, and what of it is told of each comparison
MACHINES_WORD = ("verdict", "clause", "held_by", "tier", "weight", "model_id", "clause_says", "held_by_says")


WITHHELD = in_both("withheld", "DRAWN")


def machines_word(pair: str) -> list[Any]:
    """All that `review show --json` tells of what the machine says of a pair."""
    shown = sinergi("show", pair)
    told = [shown[name] for name in MACHINES_WORD] + [record["person_id"] for record in shown["records"]]
    return told + [field[name] for field in shown["fields"] for name in ("level", "level_says", "bits")]


@DRAWN
def test_of_a_drawn_pair_the_machines_word_is_withheld_until_it_is_judged_and_again_when_that_is_undone(
    pair: str,
) -> None:
    before = machines_word(pair)
    assert sinergi("show", pair)["withheld"] is None and None not in before[:2]
    draw_sample(100, drawn_by="officer", seed=1)
    assert not any(word is not None for word in machines_word(pair))
    judgement = decide(pair, "same")
    assert machines_word(pair) == before and sinergi("show", pair)["withheld_says"] is None
    sinergi("undo", str(judgement), "--reason", "hasty", "--by", "head")
    assert not any(word is not None for word in machines_word(pair))


@DRAWN
def test_of_a_drawn_pair_values_and_differences_are_shown_and_one_sentence_says_what_is_not(pair: str) -> None:
    before = sinergi("show", pair)
    draw_sample(100, drawn_by="officer", seed=1)
    after = sinergi("show", pair)
    for name in ("comparison", "a", "b", "differs"):
        assert [field[name] for field in after["fields"]] == [field[name] for field in before["fields"]]
    shown = told("show", pair)
    assert after["withheld_says"] == WITHHELD and all(shown.count(sentence) == 1 for sentence in WITHHELD.values())
    for silent in (
        "never scored",
        "because",
        before["clause"],
        "person_id",
        *(r["person_id"] for r in before["records"]),
    ):
        assert silent not in shown
    assert f"sinergi review decide {pair}" in shown


def test_a_question_that_was_drawn_too_is_listed_without_the_machines_word() -> None:
    draw_sample(100, drawn_by="officer", seed=1)
    (question,) = sinergi("list")["questions"]
    assert (question["pair"], question["clause"], question["weight"]) == (TWINS, None, None)


@pytest.mark.parametrize(("language", "headings"), [("id", ["sebab", "bit"]), ("en", ["because", "bits"])])
def test_the_workbook_of_drawn_pairs_says_nothing_of_what_the_machine_says(
    language: str, headings: list[str], tmp_path: Path
) -> None:
    clauses = [pair[language] for pair in (sinergi("show", each)["clause_says"] for each in (TWINS, "1-4", "3-7"))]
    persons = {person_of(record) for record in (1, 3, 5, 7)}
    draw_sample(100, drawn_by="officer", seed=1)
    sheet = tmp_path / "sample.xlsx"
    told("list", "--sample", "--out", str(sheet), "--lang", language)
    head, *lines = python_calamine.CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    assert head[3:5] == headings and {TWINS, "1-4", "3-7"} <= {line[0] for line in lines}
    assert {(line[3], line[4]) for line in lines} == {(WITHHELD[language], "")}
    assert not [silent for silent in (*clauses, *persons) if silent in str(lines)]


def test_values_are_shown_for_a_reason_only_and_that_is_recorded() -> None:
    shown = sinergi("show", TWINS, "--show-values", "--reason", "call with the office")
    assert "Siti Aminatun" in json.dumps(shown)
    sinergi("list", "--show-values", "--reason", "morning list")
    events = store.query("SELECT action, subject, reason FROM audit.event ORDER BY event_id")
    assert events["reason"].tolist() == ["call with the office", "morning list"]
    for wrong in (["--show-values"], ["--reason", "curious"]):
        with pytest.raises(UsageError):
            sinergi("show", TWINS, *wrong)


def test_history_tells_who_judged_and_who_undid_it() -> None:
    judgement = decide(TWINS, "same")
    sinergi("undo", str(judgement), "--reason", "seen the card", "--by", "head")
    (line,) = sinergi("show", TWINS)["judgements"]
    assert (line["judged_by"], line["undone_by"], line["undone_reason"]) == ("officer", "head", "seen the card")
    assert [kind for _, kind in asked()] == ["pair"]


def test_an_office_works_through_a_workbook(tmp_path: Path) -> None:
    sheet, filled = tmp_path / "tinjauan.xlsx", tmp_path / "filled.xlsx"
    strongest = asked()[0][0]
    told("list", "--out", str(sheet))
    rows = python_calamine.CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["pasangan", "putusan", "alasan", "sebab"] and [row[0] for row in rows[1:]] == [strongest]
    assert "Siti Aminatun" not in str(rows)
    with xlsxwriter.Workbook(str(filled)) as book:
        page = book.add_worksheet()
        for number, row in enumerate([rows[0], [rows[1][0], "berbeda", "kembar"], ["3-6", "", ""]]):
            page.write_row(number, 0, row)
    assert [
        (line["pair"], line["verdict"]) for line in sinergi("decide", "--from", str(filled), "--by", "officer")
    ] == [("1-5", "different")]


def test_of_a_list_what_may_not_be_recorded_is_told_line_by_line_and_ends_with_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "decided.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(
            [["pair", "verdict", "reason"], ["1-5", "sama", "one card"], ["3-8", "same", "x"], ["3-6", "", ""]]
        )
    result = CliRunner().invoke(app, ["decide", "--from", str(path), "--by", "officer", "--json"])
    assert result.exit_code == 1
    assert [line["objection"] for line in json.loads(result.stdout)] == [None, "NO_PERSON"]


@pytest.mark.parametrize(
    "text",
    ["pair,verdict\n1-5,same\n", "pair,verdict,reason\n1-5,perhaps,x\n", ""],
)
def test_a_list_that_cannot_be_read_is_a_named_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_decisions("list.csv", text.encode())


def test_every_clause_is_told_in_both_languages() -> None:
    clauses = {clause.__name__.upper() for clause, _ in CLAUSES} | {*HELD_BY, "UNDECIDED"}
    assert clauses <= words()["clause"].keys()


@pytest.mark.parametrize("pair", ["1", "1-", "a-b", "1-99"])
def test_what_is_no_pair_is_a_named_error(pair: str) -> None:
    with pytest.raises(SinergiError):
        sinergi("show", pair)
