"""Why records are one person: told masked, with sources, in both languages, as of a run; found from a NIK or a name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.errors import UsageError
from tasks import store
from tasks.identity.comparisons import COMPARISONS
from tasks.identity.explain import join_parts
from tasks.identity.page import draw
from tasks.identity.policy import CLAUSES
from tasks.identity.questions.person import explain, find_person
from tasks.identity.steps.judge import record_judgements
from tasks.identity.survivors import survivors
from tasks.identity.survivorship import RULES
from tasks.identity.wording import words
from tests.cli.conftest import Answer, sinergi  # noqa: F401 (a fixture)
from tests.identity.records import work

NIK = "9202126101800001"
#: what must never be seen without a reason
PERSONAL = ("Siti Aminah", "Aminah", NIK, "+6281234567890", "9202121203150001", "1980-01-21")

Command = Callable[..., Answer]


def person_of(record: int) -> str:
    found = store.query(
        "SELECT unit_id FROM identity.membership WHERE unit_kind = 'person' AND record_id = :record AND to_run IS NULL",
        record=record,
    )
    return str(found["unit_id"][0])


def edge(a: int, b: int, weight: float, tier: str = "model", verdict: str = "merge") -> dict[str, Any]:
    return {
        "record_a": a,
        "record_b": b,
        "weight": weight,
        "tier": tier,
        "verdict": verdict,
        "clause": "",
        "evidence": {},
    }


def test_the_strongest_edges_join_first_and_what_was_not_needed_is_left_over() -> None:
    edges = [edge(1, 2, 30), edge(2, 3, 26), edge(1, 3, 25), edge(3, 4, 25, tier="deterministic")]
    joins, apart, rest = join_parts([1, 2, 3, 4], edges, [])
    assert [(join["record_a"], join["record_b"], parts) for join, parts in joins] == [
        (3, 4, [{3}, {4}]),
        (1, 2, [{1}, {2}]),
        (2, 3, [{1, 2}, {3, 4}]),
    ]
    assert not apart and [(each["record_a"], each["record_b"]) for each in rest] == [(1, 3)]


def test_what_people_judged_goes_before_what_the_machine_found() -> None:
    judged = {"record_a": 2, "record_b": 3, "verdict": "same", "judged_by": "sari", "reason": "seen"}
    denied = {"record_a": 1, "record_b": 2, "verdict": "different", "judged_by": "sari", "reason": "seen"}
    joins, apart, _ = join_parts([1, 2, 3], [edge(1, 2, 90), edge(2, 3, 20, verdict="review")], [judged, denied])
    assert [join["clause"] for join, _ in joins] == ["JUDGED_SAME"]
    assert sorted(map(sorted, apart)) == [[1], [2, 3]]


def test_a_waterfall_ends_where_its_total_does_and_shows_the_threshold() -> None:
    bits = [("nik", 20.0), ("name", -3.0), ("sex", 0.0), ("kk", 18.0)]
    picture = draw([{"comparison": name, "level": "equal", "bits": each} for name, each in bits])
    assert picture is not None
    assert [strip.comparison for strip in picture.strips] == ["nik", "name", "kk"], "what says nothing is not drawn"
    last = picture.strips[-1]
    assert picture.total.bits == 35 and picture.total.x + picture.total.width == pytest.approx(
        last.x + last.width, abs=0.2
    )
    assert picture.total.x < picture.threshold < picture.total.x + picture.total.width
    assert draw([]) is None


def test_every_clause_comparison_level_rule_and_field_has_words_in_both_languages() -> None:
    told = words()
    codes = {
        "clause": {function.__name__.upper() for function, _ in CLAUSES} | {"UNDECIDED", "JUDGED_SAME"},
        "comparison": {comparison.name for comparison in COMPARISONS},
        "level": {level.word for comparison in COMPARISONS for level in comparison.levels} | {"absent"},
        "rule": set(RULES) | {"only", "computed"},
        "field": {target for line in survivors()["person"] for target in line.targets},
    }
    assert {kind: missing for kind, each in codes.items() if (missing := each - told[kind].keys())} == {}
    assert all(len(both) == 2 and all(both) for kind in told.values() for both in kind.values())


@pytest.mark.usefixtures("known_province")
def test_an_explanation_names_values_sources_joins_and_questions() -> None:
    told = explain(person_of(1))
    values = {line["field"]: line for line in told["values"]}
    assert values["nik"]["value"] == "9202********0001" and values["nik"]["rule"] == "only"
    assert values["full_name"]["differs"][0]["records"] == [2], "a name told otherwise stays visible"
    assert values["full_name"]["rule"] == "most_frequent"
    assert [(each["record"], each["record_id"]) for each in told["records"]] == [(1, 1), (2, 2), (3, 4)]
    assert [join["parts"] for join in told["joins"]] == [[[1], [3]], [[1, 3], [2]]] and not told["apart"]
    assert told["joins"][0]["clause"] == "SAME_NIK_AND_BIRTH"
    for pair in (*told["joins"], *told["open"]):
        assert sum(bar["bits"] for bar in pair["bits"]) == pytest.approx(pair["weight"], abs=1e-3)
    assert {pair["other_person"] for pair in told["open"]} == {person_of(5)}, "the twin is an open question"
    assert [household["person_count"] for household in told["households"]] == [3]
    assert len(told["businesses"]) == 2
    assert not [value for value in PERSONAL if value in json.dumps(told, default=str)]


@pytest.mark.usefixtures("known_province")
def test_an_earlier_run_is_told_as_it_was_and_a_merged_id_answers_with_the_one_it_forwards_to() -> None:
    with store.transaction() as connection:
        before = connection.scalar(sa.text("SELECT max(run_id) FROM audit.run"))
    first, second = person_of(1), person_of(5)
    (judgement,) = record_judgements([(1, 5)], "same", reason="seen the card", judged_by="sari")
    work([])
    kept = person_of(1)
    merged = second if kept == first else first
    told = explain(merged)
    assert (told["asked_id"], told["person_id"], told["forwarded"]) == (merged, kept, [merged])
    assert [each["judgement_id"] for each in told["judgements"]] == [judgement]
    assert "JUDGED_SAME" in {join["clause"] for join in told["joins"]}
    assert find_person(merged, before).person_id == merged
    assert [record["record_id"] for record in explain(second, as_of=before)["records"]] == [5]
    with pytest.raises(UsageError, match="no run"):
        explain(kept, as_of=10_000)


@pytest.mark.usefixtures("known_province")
def test_the_command_finds_explains_and_records_who_looked_but_not_at_what(
    sinergi: Command,  # noqa: F811
    tmp_path: Path,
) -> None:
    found = sinergi("person", "find", "--nik", NIK, "--reason", "call", "--json").last
    assert [line["person_id"] for line in found] == [person_of(1)] and found[0]["nik"] == "9202********0001"
    by_name = sinergi(
        "person", "find", "--name", "aminah SITI", "--regency", "92.03", "--reason", "call", "--json"
    ).last
    assert by_name == found
    for wrong in (("--name", "x"), ("--regency", "92.77"), ("--reason", " ")):
        assert sinergi("person", "find", "--nik", NIK, "--reason", "r", *wrong).code == 2
    assert sinergi("person", "explain", "P-NOBODY").code == 2
    typed = sinergi("person", "explain", NIK)
    assert typed.code == 2 and NIK not in typed.err
    identity = person_of(1)
    text = sinergi("person", "explain", identity[:8]).out
    known = sinergi("person", "explain", identity, "--json").last
    assert identity in text and "same NIK and the birth dates agree" in text
    for language, title in (
        ("id", "Mengapa catatan-catatan ini satu orang"),
        ("en", "Why these records are one person"),
    ):
        page = tmp_path / f"{language}.html"
        assert sinergi("person", "explain", identity, "--html", str(page), "--lang", language).code == 0
        html = page.read_text("utf-8")
        assert title in html and html.count("<svg") == len(known["joins"]) + len(known["open"]) > 2
        assert not re.findall(r"(?:src|href)=|https?://|url\(", html), "the page asks for nothing outside itself"
        assert not [value for value in PERSONAL if value in html + text]
    shown = sinergi("person", "explain", identity, "--show-values", "--reason", "appeal of 92.02")
    assert NIK in shown.out and sinergi("person", "explain", identity, "--show-values").code == 2
    events = store.query("SELECT action, subject, reason, counts::text AS counts FROM audit.event ORDER BY event_id")
    assert events["action"].tolist() == ["find", "find", "show_values"]
    assert events["reason"].tolist() == ["call", "call", "appeal of 92.02"]
    assert not [value for value in PERSONAL if value in events.to_csv()]
