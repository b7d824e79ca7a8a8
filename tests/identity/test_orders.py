"""P3: whatever comes first, the same people, businesses and golden values, night by night or rebuilt, also where officers have judged."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.demo_records import demo_records
from tests.identity.orders import History, all_orders_come_to_the_same
from tests.identity.test_consolidation import ROWS

FAMILIES = [
    # mother, father, twins; the month in which the parents were born
    ("Maria Rumbiak", "Daniel Wanma", "Rudi Wanma", "Rudy Wanma", 1),
    ("Siti Nurhaliza", "Moh. Yusuf Kaimana", "Hasan Kaimana", "Husein Kaimana", 2),
    ("Yohana Mandacan", "Yohanes Mandacan", "Marten Mandacan", "Martha Mandacan", 3),
    ("Dewi Saiba", "Bambang Soetjipto", "Agus Sutjipto", "Ayu Sutjipto", 4),
]
#: how another list writes a name
RESPELT = {"Moh. Yusuf Kaimana": "Muhammad Joesoef K.", "Bambang Soetjipto": "Bambang Sucipto", "Siti Nurhaliza": "Hj. St. Nurhaliza",
           "Maria Rumbiak": "Maria R.", "Yohana Mandacan": "Johana Mandacan"}  # fmt: skip


def family(number: int, mother: str, father: str, one: str, other: str, month: int) -> list[dict[str, Any]]:
    """A household as three lists tell of it: a whole one; one without NIKs and respelt; one with slips."""
    card, phone = f"920212120315{number:04d}", f"+62812345678{number:02d}"
    people = [
        (mother, f"9202125{month}{month:02d}75", f"1975-{month:02d}-1{month}", "female"),
        (father, f"9202121{month}{month:02d}72", f"1972-{month:02d}-1{month}", "male"),
        (one, f"92021220{month:02d}98", f"1998-{month:02d}-20", None),
        (other, f"92021220{month:02d}98", f"1998-{month:02d}-20", None),
    ]
    rows = []
    for place, (name, nik, born, sex) in enumerate(people):
        record, serial = 100 * number + 10 * place, f"{place + 1:04d}"
        person = {"owner_name": name, "birth_date": born, "sex": sex, "kk_number": card}
        nik = nik[:6] + nik[-6:].rjust(6, "1") + serial
        rows += [
            {**person, "record_id": record, "nik": nik, "phone": phone, "business_name": f"Kios {name.split()[0]}", "sector": "trade"},
            {**person, "record_id": record + 1, "owner_name": RESPELT.get(name, name), "aid_hold": "NIK_MISSING",
             "business_name": "Warung", "sector": "culinary"},
            {**person, "record_id": record + 2, "nik": nik[:-1] + "9" if place == 1 else nik, "sender": "92.03",
             "birth_date": f"{born[:5]}{born[8:]}-{born[5:7]}" if int(born[8:]) < 13 else born},
        ]  # fmt: skip
    return rows


VILLAGE = [row for number, each in enumerate(FAMILIES, 1) for row in family(number, *each)]
PROVINCE = History(
    [*ROWS, *VILLAGE],
    later=[
        {**VILLAGE[1], "nik": VILLAGE[0]["nik"], "aid_hold": None},  # the missing NIK is found
        {**VILLAGE[6], "owner_name": "Rudolf Wanma"},  # twins told apart
        {**VILLAGE[12], "nik": None, "phone": None, "aid_hold": "NIK_MISSING"},
        {"record_id": VILLAGE[20]["record_id"], "business_name": "Kios tanpa pemilik"},  # names nobody any more
        {**ROWS[4], "nik": "9202126101800001"},  # the twin was she herself
    ],
    said=[
        (100, 101, "different"),
        (220, 230, "same"),
        (310, 312, "different"),
        (321, 331, "unsure"),
        (1, 3, "different"),
    ],
)


def test_another_order_of_arrival_night_by_night_or_rebuilt_gives_one_province(warehouse: sa.Engine) -> None:
    all_orders_come_to_the_same(PROVINCE, range(1), most_nights=3)


@pytest.mark.deep
@pytest.mark.more
@pytest.mark.parametrize("first", [0, 5, 10, 15])
def test_twenty_orders_of_four_hundred_rows_give_one_province(first: int, warehouse: sa.Engine) -> None:
    every = demo_records("92", 400, 7)
    columns = [name for name in every.columns if not name.startswith(("true_", "kin_", "tie", "dirt", "nik_true"))]
    told = every[columns].astype(object).where(every[columns].notna(), None)
    rows = told.rename(columns={"sender_code": "sender"}).to_dict("records")
    people = every[every["kind"] == "umkm"]
    twice = people[people.duplicated("true_person_id", keep=False)].sort_values(["true_person_id", "record_id"])
    pairs = twice.groupby("true_person_id")["record_id"].agg(["first", "last"]).head(20).to_numpy().tolist()
    said = [(a, b, "different" if number % 2 else "same") for number, (a, b) in enumerate(pairs)]
    later = [{**row, "phone": "+6281200000000", "nik": None} for row in rows[::47]]
    all_orders_come_to_the_same(History(rows, later, said), range(first, first + 5), most_nights=3)
