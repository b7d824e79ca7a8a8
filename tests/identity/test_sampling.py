"""Which pairs officers are asked about: drawn at random by strata, the same for one seed, none twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from schemas.errors import Refused, UsageError
from tasks import store
from tasks.identity.questions.sample import waiting_pairs
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.sample import draw_sample
from tasks.quality.labels import current_quality
from tests.identity.records import new_run, work
from tests.identity.test_consolidation import ROWS

#: record 10 is Siti Aminah by her NIK; nothing but her other records ties it to record 2
LINKED_THROUGH_OTHERS = {"record_id": 10, "owner_name": "Siti", "nik": "9202126101800001", "sender": "92.03"}


@pytest.fixture
def province(known_province: sa.Engine) -> None:
    """Four pairs stand together: 1-2, 1-4, 2-4 and 3-7."""


def draw(size: int = 100, **asked: Any) -> dict[str, Any]:
    return draw_sample(size, drawn_by="officer", **asked)


def pairs(
    sql: str = "SELECT record_a, record_b FROM identity.sample_pair ORDER BY sample_id, place",
) -> list[tuple[int, int]]:
    with store.transaction() as connection:
        return [(row.record_a, row.record_b) for row in connection.execute(sa.text(sql))]


def judge(verdict: str, *judged: tuple[int, int]) -> None:
    record_judgements(judged, verdict, reason="seen", judged_by="officer")


def of_side(side: str) -> set[tuple[int, int]]:
    return set(pairs(f"SELECT record_a, record_b FROM identity.sample_pair WHERE side = '{side}'"))


def test_every_pair_under_one_person_can_be_drawn_those_through_others_too(province: None) -> None:
    work([LINKED_THROUGH_OTHERS])
    told = draw(about="precision")
    assert of_side("merged") == {(1, 2), (1, 4), (1, 10), (2, 4), (2, 10), (4, 10), (3, 7)}
    through = [row for row in told["strata"] if row["clause"] == "THROUGH_OTHERS"]
    assert through and sum(row["pair_count"] for row in told["strata"]) == told["size"] == 7


def test_pairs_kept_apart_answer_for_recall(province: None) -> None:
    draw(about="recall")
    assert (1, 5) in of_side("apart") and not of_side("merged"), "the twins are asked about"


def test_one_seed_draws_the_same_pairs_from_the_same_warehouse(province: None) -> None:
    def drawn(seed: int) -> list[tuple[int, int]]:
        draw(4, seed=seed)
        found = pairs()
        with store.transaction() as connection:
            connection.execute(sa.text("TRUNCATE identity.sample CASCADE"))
        return found

    first = drawn(7)
    assert len(first) == 4 and drawn(7) == first
    assert any(drawn(seed) != first for seed in range(8, 12))


def test_no_pair_is_drawn_twice_and_none_that_was_judged(province: None) -> None:
    judge("same", (1, 4))
    draw(2, about="precision", seed=1)
    draw(100, about="precision", seed=2)
    assert len(pairs()) == len(set(pairs())) == 3 and (1, 4) not in pairs()
    with pytest.raises(Refused, match="drawn or judged"):
        draw(about="precision")


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 5, "about": "luck"}])
def test_what_cannot_be_drawn_is_named(province: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        draw_sample(**wrong, drawn_by="officer")
    with pytest.raises(UsageError):
        draw_sample(5, drawn_by=" ")


def test_drawn_pairs_wait_in_the_order_of_the_draw_until_they_are_judged(province: None) -> None:
    draw(5, seed=3)
    waiting = [(row["record_a"], row["record_b"]) for row in waiting_pairs()]
    assert waiting == pairs()
    judge("unsure", waiting[0])
    assert [(row["record_a"], row["record_b"]) for row in waiting_pairs()] == waiting[1:]


def test_labels_count_where_they_were_drawn_after_the_cut_too(province: None) -> None:
    draw(about="precision")
    judge("different", (3, 7))
    judge("same", *(of_side("merged") - {(3, 7)}))
    consolidate(new_run(), lambda event: None)
    known = current_quality()
    assert known.whole.precision.point == known.whole.precision.low == pytest.approx(3 / 4)
    assert known.drawn is not None and known.drawn.pending == 0 and known.outside == {}
    assert {line.name for line in known.regencies} == {"92.02", ""}


def test_samples_of_one_model_count_together_and_a_cut_takes_no_pair_away(province: None) -> None:
    first = draw(3, about="precision", seed=2)
    drawn = of_side("merged")
    judge("different", *drawn)
    consolidate(new_run(), lambda event: None)
    second = draw(100, about="precision", seed=2)
    assert [sum(row["pair_count"] for row in told["strata"]) for told in (first, second)] == [4, 4]
    judge("same", *(of_side("merged") - drawn))
    assert current_quality().whole.precision.labels == 4


def test_another_model_begins_anew(province: None) -> None:
    draw(about="precision")
    judge("same", *of_side("merged"))
    with store.transaction() as connection:
        connection.execute(
            sa.text("INSERT INTO identity.model (model_id, sha256, used_run) VALUES ('newer', 'x', 1000000)")
        )
    known = current_quality()
    assert known.drawn is not None and known.drawn.model_now == "newer" != known.drawn.model_id
    told = draw(1, about="recall")
    assert {row["side"] for row in told["strata"]} == {"apart"}
    again = current_quality()
    assert again.drawn is not None and again.drawn.model_id == "newer"
    assert again.whole.precision.labels == 4, "what was judged stays known"


def test_a_judgement_outside_the_sample_is_known_and_speaks_for_no_other(province: None) -> None:
    judge("same", (1, 5), (4, 5))
    draw(1, about="precision", seed=5)
    known = current_quality()
    assert known.outside == {"same": 2} and known.whole.precision.labels == 0
    twins = next(line for line in known.kinds if line.name == "twins")
    assert twins.missed.labels == 2 and twins.missed.point == 1.0


def test_a_pair_that_changed_since_it_was_drawn_is_told_and_not_counted(province: None) -> None:
    draw(about="precision")
    work([next(row for row in ROWS if row["record_id"] == 7) | {"phone": "+6281200000009"}])
    assert (3, 7) not in {(row["record_a"], row["record_b"]) for row in waiting_pairs()}
    judge("different", (3, 7))
    known = current_quality()
    assert known.drawn is not None and (known.drawn.changed, known.drawn.pending) == (1, 3)
    assert known.whole.precision.labels == 0
