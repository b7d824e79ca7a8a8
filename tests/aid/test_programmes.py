"""Programme files are strict, and a condition's three values are told apart."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

import schemas.programmes as source
from schemas.programmes import HOUSE_REASONS, parse_programme, programmes
from schemas.programmes.facts import FACTS
from schemas.programmes.rules import parse_rule
from tasks.aid.eligibility import verdict_sql
from tasks.aid.steps.facts import FACT_SQL, RELATIONS
from tests.aid.population import rows

TRAINING = yaml.safe_load(Path(source.__file__).with_name("pelatihan_2022.yaml").read_text("utf-8"))


def changed(**values: Any) -> dict[str, Any]:
    return {**copy.deepcopy(TRAINING), **values}


def test_every_programme_file_is_read_and_freezes_to_the_same_body() -> None:
    assert {"bpum_2020", "pelatihan_2022"} <= set(programmes())
    for programme in programmes().values():
        assert parse_programme(programme.body).sha256 == programme.sha256


def test_every_reason_is_told_in_both_languages() -> None:
    for programme in programmes().values():
        codes = {r.code for c in programme.conditions for r in (c.fails, c.unknown) if r.code} | set(HOUSE_REASONS)
        assert all(programme.reason(code)["id"] and programme.reason(code)["en"] for code in codes)


def test_every_fact_has_a_source_and_every_source_is_a_fact() -> None:
    assert set(FACT_SQL) == set(FACTS)
    assert {name for _, _, needs in FACT_SQL.values() for name in needs} == set(RELATIONS)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("size_class = 'mikro'", "never 'mikro'"),
        ("umur >= 17", "unknown fact"),
        ("age_years >= '17'", "compares"),
        ("coalesce(has_sku, true)", "COALESCE is not allowed"),
        ("has_sku IS NULL", "IS is not allowed"),
        ("CASE WHEN has_sku THEN true END", "not allowed"),
        ("has_sku = (SELECT true)", "not allowed"),
        ("pg_sleep(10) = 1", "not allowed"),
        ("age_years", "not yes or no"),
        ("has_sku AND", "cannot be read"),
        ("1 = 1", "needs a fact"),
        ("true", "is not a condition"),
        ("p.nik = '1'", "unknown fact"),
    ],
)
def test_rules_that_could_mislead_are_refused(rule: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_rule(rule)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"colour": "red"}, "Extra inputs"),
        ({"amount_idr": "2400000"}, "amount_idr"),
        ({"amount_idr": -1}, "amount_idr"),
        ({"approvals": 1}, "approvals"),
        ({"receivers": []}, "receivers"),
        ({"conditions": TRAINING["conditions"][1:]}, "no condition names is_aided_elsewhere, is_aided_here"),
        ({"conditions": [*TRAINING["conditions"], TRAINING["conditions"][0]]}, "stands twice"),
        ({"order": [{"fact": "height", "direction": "ascending"}]}, "unknown facts: height"),
        ({"rounds": [TRAINING["rounds"][0]] * 2}, "round stands twice"),
        ({"code": "a b"}, "code"),
    ],
)
def test_a_programme_file_with_a_mistake_is_refused(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_programme(changed(**values))


#: has_sku, size_class -> decision and reasons under the programme below
THREE_VALUED = [
    ("true", "'micro'", "in", "ELIGIBLE"),
    ("true", "'small'", "waiting", "S_FALSE"),
    ("true", "NULL", "out", "S_UNKNOWN"),
    ("false", "'micro'", "out", "K_FALSE"),
    ("false", "'small'", "out", "K_FALSE|S_FALSE"),
    ("false", "NULL", "out", "K_FALSE|S_UNKNOWN"),
    ("NULL", "'micro'", "waiting", "K_UNKNOWN"),
    ("NULL", "'small'", "waiting", "K_UNKNOWN|S_FALSE"),
    ("NULL", "NULL", "out", "S_UNKNOWN|K_UNKNOWN"),
]


def test_met_not_met_and_unknown_are_three_answers(warehouse: sa.Engine) -> None:
    def react(does: str, code: str) -> dict[str, Any]:
        return {"does": does, "code": code, "message": {"id": code, "en": code}}

    own = [
        {"must": "has_sku", "fails": react("reject", "K_FALSE"), "unknown": react("hold", "K_UNKNOWN")},
        {"must": "size_class = 'micro'", "fails": react("hold", "S_FALSE"), "unknown": react("reject", "S_UNKNOWN")},
    ]
    programme = parse_programme(changed(conditions=[*own, *TRAINING["conditions"][:5]], order=[], discloses=[]))
    for has_sku, size, decision, reasons in THREE_VALUED:
        facts = f"(SELECT 'P-1' AS unit_id, {has_sku}::boolean AS has_sku, {size}::text AS size_class, NULL::text AS aid_hold,"
        facts += " false AS is_held, false AS is_in_review, false AS is_nik_shared, false AS is_blacklisted, false AS is_aided_here,"
        facts += " false AS is_aided_elsewhere)"
        told = rows(
            f"SELECT decision, reasons, decisive_reason FROM ({verdict_sql(programme, facts, None)}) AS verdict"
        )
        assert told == [(decision, reasons, reasons.split("|")[0])], f"{has_sku}, {size}"


def test_seats_go_by_the_programmes_order_with_ties_by_id(warehouse: sa.Engine) -> None:
    programme = parse_programme(TRAINING)
    people = "('P-b', true, 2), ('P-a', true, 2), ('P-c', true, 1), ('P-d', NULL, 1), ('P-e', false, 1)"
    facts = (
        "(SELECT unit_id, is_fostered, business_count, NULL::text AS aid_hold, false AS is_held, false AS is_in_review,"
    )
    facts += " false AS is_nik_shared,"
    facts += " false AS is_blacklisted, false AS is_aided_here, unit_id = 'P-e' AS is_aided_elsewhere, true AS has_active_business,"
    facts += f" 30 AS age_years FROM (VALUES {people}) AS v (unit_id, is_fostered, business_count))"
    told = rows(
        f"SELECT unit_id, rank, decision, reasons FROM ({verdict_sql(programme, facts, 2)}) AS v ORDER BY rank, unit_id"
    )
    assert told == [
        ("P-c", 1, "in", "ELIGIBLE"),
        ("P-a", 2, "in", "ELIGIBLE"),
        ("P-b", 3, "waiting", "NO_SEAT_LEFT"),
        ("P-d", 4, "waiting", "NO_SEAT_LEFT"),
        ("P-e", None, "out", "ALREADY_TRAINED"),
    ]
