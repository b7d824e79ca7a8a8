"""Training: what it needs, that the same records give the same model, and what an identifier proves."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest

from schemas.errors import InvariantBroken, Refused
from tasks.identity.comparisons import BY_NAME
from tasks.identity.layout import Comparison, Layout, Level, either_absent
from tasks.identity.persons import PERSONS
from tasks.identity.train import chance_of_equality, train_model


def graded(column: str, near: str, *, identifier: str | None = None) -> Comparison:
    return Comparison(column, either_absent(column), (
        Level("equal", f"{column}_l = {column}_r", 0.9, 1e-4),
        Level("near", near, 0.05, 0.01),
        Level("other", "ELSE", 0.05, 0.9),
    ), identifier=identifier, term_column="name" if column == "name" else None)  # fmt: skip


def layout(near_name: str) -> Layout:
    """People of whom name, birth date and a number are told; `near_name`: when two names are near."""
    return Layout(
        "few",
        (graded("name", near_name), graded("born", "substr(born_l, 1, 4) = substr(born_r, 1, 4)"),
         graded("number", "substr(number_l, 1, 3) = substr(number_r, 1, 3)", identifier="number")),
        ("name", "born", "number"),
        (),
        learnt_from=(("number",), ("born",)),
        different_when=("name", "born"),
    )  # fmt: skip


ONE_SLIP = "damerau_levenshtein(name_l, name_r) = 1"


def listed_twice(seed: int) -> pa.Table:
    """700 people, 350 of them twice, some of these with a letter lost, another date or another number; in an order of the seed."""
    chance = random.Random(7)
    rows = []
    for number in range(700):
        name = "".join(chance.choices("abcdefgh", k=8))
        row = {
            "name": name,
            "born": f"{chance.randint(1950, 1999)}{chance.randint(101, 128):04}",
            "number": f"{number:06}",
        }
        rows += [row] if number % 2 else [row, row | error(number // 2, row)]
    told = [{"record_id": number, **row} for number, row in enumerate(rows)]
    random.Random(seed).shuffle(told)
    return pa.Table.from_pylist(told)


def error(number: int, row: dict[str, str]) -> dict[str, str]:
    """What a hand did to the second row of a person."""
    slip = {"name": row["name"][1:]} if number % 5 == 0 else {"name": "zzzz"} if number % 50 == 1 else {}
    if number % 8 == 1:
        return slip | {"born": row["born"][:4] + "1231"}
    if number % 8 == 2:
        return slip | {"born": "19010101"}
    if number % 8 == 3:
        return slip | {"number": row["number"][:3] + "xxx"}
    return slip | ({"number": "yyyyyy"} if number % 8 == 4 else {})


def test_the_same_records_in_any_order_give_the_same_model() -> None:
    one, other = (train_model(layout(ONE_SLIP), listed_twice(seed), model_id="m", note="") for seed in (1, 2))
    assert one.raw == other.raw
    assert one.record_count == 1_050


def test_a_level_that_nobody_reaches_stops_training() -> None:
    with pytest.raises(InvariantBroken, match="untrained"):
        train_model(layout("name_l = 'x' AND name_r = 'y'"), listed_twice(1), model_id="m", note="")


def people(count: int, *, phones: int) -> pa.Table:
    """Different people, of whom all share so many phones."""
    rows = [
        {"record_id": n, "name_sound": f"n{n}", "born_on": date(1950, 1, 1) + timedelta(n), "phone": f"08{n % phones}"}
        for n in range(count)
    ]
    columns = {c: pa.nulls(count, pa.string()) for c in PERSONS.linked_columns}
    told = pa.Table.from_pylist(rows)
    return pa.table({**columns, **{name: told[name] for name in told.column_names}})


def test_too_few_records_teach_nothing() -> None:
    with pytest.raises(Refused, match="too few"):
        train_model(PERSONS, people(50, phones=50), model_id="m", note="")


def test_too_few_pairs_teach_nothing() -> None:
    with pytest.raises(Refused, match="0 pairs with equal nik"):
        train_model(PERSONS, people(1_500, phones=1_500), model_id="m", note="")


@pytest.mark.parametrize(
    ("told", "phones", "expected"),
    [
        ("nobody shares: the start value, however few records", 2_000, 3e-6),
        ("five of two thousand share each: as often as counted", 400, 0.00172),
    ],
)
def test_an_identifier_proves_less_where_strangers_share_it_and_never_more(
    told: str, phones: int, expected: float
) -> None:
    with duckdb.connect() as connection:
        connection.register("features", people(2_000, phones=phones))
        found = chance_of_equality(connection, PERSONS, BY_NAME["phone"])
    assert found == pytest.approx(expected, rel=0.01)


def test_one_persons_many_rows_are_no_strangers() -> None:
    with duckdb.connect() as connection:
        one = people(2_000, phones=400).to_pandas().assign(name_sound="siti")
        connection.register("features", pa.Table.from_pandas(one, preserve_index=False))
        assert chance_of_equality(connection, PERSONS, BY_NAME["phone"]) == 3e-6
