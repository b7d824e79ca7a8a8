"""Models: what may be read, and what putting one in force does to a warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused, UsageError
from tasks import store
from tasks.identity.model import Model, newest_model, parse_model
from tasks.identity.modelpage import differences, levels, render_page
from tasks.identity.persons import PERSONS
from tasks.identity.questions.model import find_model, in_force
from tasks.identity.steps import brake
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.models import compare, promote
from tests.conftest import cloned
from tests.identity.conftest import made_once
from tests.identity.records import facts, new_run, partition, rows_of, work

TODAY = date(2026, 11, 22)
SITI = {"owner_name": "Siti Aminah", "birth_date": date(1980, 1, 21), "sex": "female", "phone": "+6281234567890"}
ROWS: list[dict[str, Any]] = [
    {"record_id": 1, **SITI, "nik": "9202126101800001", "kk_number": "9202121203150001"},
    {"record_id": 2, **SITI},
    {"record_id": 3, "owner_name": "Ahmad Yusuf", "nik": "9202120203790004", "birth_date": date(1979, 3, 2), "sex": "male"},
    {"record_id": 4, "owner_name": "Ahmad Jusuf", "nik": "9202120203790004", "birth_date": date(1979, 3, 2), "sex": "male"},
]  # fmt: skip


def changed(change: Callable[[dict[str, Any]], None], model_id: str = "persons-2027-01-01-test") -> Model:
    """The shipped model after a change of its file."""
    data = json.loads(newest_model().raw)
    change(data)
    return parse_model(model_id, json.dumps(data).encode(), PERSONS)


def weigh(comparison: str, level: str, m: float) -> Callable[[dict[str, Any]], None]:
    """Another m for one level."""

    def change(data: dict[str, Any]) -> None:
        for told in data["splink"]["comparisons"]:
            for each in told["comparison_levels"] if told["output_column_name"] == comparison else ():
                if each["label_for_charts"] == level:
                    each["m_probability"] = m

    return change


def shy(data: dict[str, Any]) -> None:
    """Only a NIK still proves anything: without one nothing merges."""
    for comparison, level in (("name", "written"), ("birth", "equal"), ("phone", "equal"), ("place", "village")):
        weigh(comparison, level, 1e-6)(data)


@pytest.fixture(scope="module")
def province_of_four_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return made_once(server, template, tmp_path_factory, "province_of_four", lambda: work(ROWS))


@pytest.fixture
def province(server: str, province_of_four_template: str, tmp_path: Path) -> Iterator[None]:
    """ROWS, consolidated; this test's own."""
    with cloned(server, province_of_four_template, tmp_path / "home"):
        yield


def other_comparison(data: dict[str, Any]) -> None:
    data["splink"]["comparisons"][0]["output_column_name"] = "surname"


def other_condition(data: dict[str, Any]) -> None:
    data["splink"]["comparisons"][0]["comparison_levels"][1]["sql_condition"] = "surname_l = surname_r"


def without_a_comparison(data: dict[str, Any]) -> None:
    data["splink"]["comparisons"].pop()


def no_words(data: dict[str, Any]) -> None:
    data.pop("word_frequency")


def impossible_prior(data: dict[str, Any]) -> None:
    data["splink"]["probability_two_random_records_match"] = 1


UNFIT = [
    ("a comparison that is not ours", other_comparison, "other comparisons"),
    ("a condition that is not ours", other_condition, "other comparisons"),
    ("a comparison less", without_a_comparison, "other comparisons"),
    ("an m of nothing", weigh("sex", "equal", 0), "untrained"),
    ("an m over one", weigh("sex", "equal", 1.5), "untrained"),
    ("no frequencies of words", no_words, "damaged"),
    ("a prior of one", impossible_prior, "damaged"),
]


@pytest.mark.parametrize(("told", "change", "says"), UNFIT, ids=[case[0] for case in UNFIT])
def test_a_model_that_does_not_fit_is_a_named_error(
    told: str, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    with pytest.raises(InvariantBroken, match=says):
        changed(change)


@pytest.mark.parametrize("raw", [b"", b"no json", b"[]", b"{}", b"\xff\xfe", newest_model().raw[:5000]])
def test_a_damaged_model_file_is_a_named_error(raw: bytes) -> None:
    with pytest.raises(InvariantBroken, match="damaged"):
        parse_model("persons-x", raw, PERSONS)


def test_without_a_promotion_the_shipped_model_is_in_force(province: None) -> None:
    with store.transaction() as connection:
        assert in_force(connection).model_id == newest_model().model_id


def test_a_promoted_model_scores_everything_once_and_then_there_is_nothing_new(province: None) -> None:
    assert partition("person") == [{1, 2}, {3, 4}]
    model = changed(shy)
    promote(model, reason="phones are shared here", by="sari")
    night = work([])
    assert (night["link"]["records"], partition("person")) == (4, [{1}, {2}, {3, 4}])
    assert store.query("SELECT DISTINCT model_id FROM identity.edge")["model_id"].tolist() == [model.model_id]
    again = work([])
    assert again["link"]["records"] == again["merge"]["records"] == again["merge"]["written"] == 0


def test_a_new_model_asks_for_nobodys_phone_elsewhere_since_it_has_everybodys(province: None) -> None:
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    promote(changed(shy), reason="phones are shared here", by="sari")
    sa.event.listen(store.engine(), "before_cursor_execute", note)
    try:
        assert work([])["link"]["edges"]
    finally:
        sa.event.remove(store.engine(), "before_cursor_execute", note)
    assert not [statement for statement in said if "TEMP TABLE met" in statement]


def test_rescored_edges_are_those_of_a_warehouse_that_had_the_model_from_the_start(province: None) -> None:
    promote(changed(shy), reason="try", by="sari")
    work([ROWS[0] | {"record_id": 5}])
    later = store.query("SELECT record_a, record_b, weight, verdict, clause FROM identity.edge ORDER BY 1, 2")
    told = facts()
    with store.transaction() as connection:
        connection.execute(sa.text("TRUNCATE identity.features, identity.edge"))
        sql = "INSERT INTO source.change (record_id, run_id) SELECT record_id, :run FROM source.logical_record"
        connection.execute(sa.text(sql), {"run": new_run()})
    work([])
    assert facts() == told
    assert store.query("SELECT record_a, record_b, weight, verdict, clause FROM identity.edge ORDER BY 1, 2").equals(
        later
    )


def test_a_judgement_holds_through_a_new_model(province: None) -> None:
    record_judgements([(1, 2)], "same", reason="I know her", judged_by="budi")
    work([])
    promote(changed(shy), reason="phones are shared here", by="sari")
    work([])
    assert partition("person") == [{1, 2}, {3, 4}]


def test_going_back_to_the_shipped_model_is_a_promotion_too(province: None) -> None:
    before = facts()
    promote(changed(shy), reason="phones are shared here", by="sari")
    work([])
    promote(find_model(newest_model().model_id), reason="they are not", by="sari")
    assert work([])["link"]["records"] == 4
    assert facts() == before
    assert work([])["link"]["records"] == 0


def test_a_trial_tells_what_would_change_and_changes_nothing(province: None) -> None:
    tables = ("identity.edge", "identity.membership", "identity.model", "identity.promotion", "source.change", "gold.person",
              "audit.run")  # fmt: skip
    before = rows_of(*tables)
    told = compare(changed(shy), TODAY)
    assert [(line["before"], line["pairs"]) for line in told.pairs] == [("merge", 1)]
    assert (told.persons_before, told.persons_after, told.records_moved) == (2, 3, 1)
    assert rows_of(*tables) == before


def test_a_trial_waits_for_what_is_not_yet_consolidated(province: None) -> None:
    record_judgements([(1, 2)], "different", reason="two people", judged_by="budi")
    with pytest.raises(Refused, match="wait to be consolidated"):
        compare(changed(shy), TODAY)


def test_who_and_why_are_recorded(province: None) -> None:
    for reason, by in (("", "sari"), ("why", " ")):
        with pytest.raises(UsageError, match="recorded"):
            promote(changed(shy), reason=reason, by=by)
    promote(changed(shy), reason="why", by="sari")
    with pytest.raises(Refused, match="in force already"):
        promote(changed(shy), reason="why", by="sari")
    assert store.query("SELECT reason, promoted_by FROM identity.promotion").values.tolist() == [["why", "sari"]]


def test_a_promoted_model_that_was_damaged_stops_the_night_before_anything_is_written(province: None) -> None:
    promote(changed(shy), reason="why", by="sari")
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE identity.promotion SET body = left(body, 100)"))
    before = rows_of("identity.edge", "identity.features", "source.change")
    with pytest.raises(InvariantBroken, match="damaged"):
        work([])
    assert rows_of("identity.edge", "identity.features", "source.change") == before


def test_an_unknown_model_is_a_usage_error(province: None) -> None:
    with pytest.raises(UsageError, match="no model"):
        find_model("persons-1999")


def test_what_changed_is_told_in_bits() -> None:
    moved = [line for line in differences(newest_model(), changed(weigh("nib", "equal", 0.45))) if line["change"]]
    assert [(line["comparison"], line["level"]) for line in moved] == [("nib", "equal")]
    assert all(line["bits"] is not None for line in levels(newest_model()))


@pytest.mark.parametrize(("language", "says"), [("id", "Model pencocokan"), ("en", "Matching model")])
def test_the_page_reads_offline(language: str, says: str) -> None:
    told = {"levels": levels(newest_model()), "model_id": "m", "sha256": "s", "note": "n", "record_count": 1,
            "is_in_force": True, "in_force_since": None, "promoted_by": None, "reason": None}  # fmt: skip
    page = render_page(told, language).decode()
    assert says in page and "http" not in page and "<script" not in page


def test_a_trial_passes_the_brake_on_mass_merges_and_tells_of_it(
    province: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(changed(shy), reason="phones are shared here", by="sari")
    work([])
    monkeypatch.setattr(brake, "MASS_LEAST", 0)
    assert compare(newest_model(), TODAY).mass_merge == 1
    assert brake.held_mass_merge() is None
