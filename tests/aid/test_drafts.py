"""Who is in, out or waiting on a BPUM 2020 draft, and when a draft is written again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from schemas.programmes import parse_programme, programmes
from tasks import runs
from tasks.aid import questions
from tasks.aid.eligibility import verdict_sql
from tasks.aid.steps import build_drafts
from tasks.aid.steps.facts import candidates_sql
from tasks.aid.steps.marks import round_values
from tests.aid.population import LIST, TODAY, add_golden, add_person, decisions, execute, rows, start_run

MICRO: dict[str, Any] = {}
IN = ("in", "ELIGIBLE")

#: person, what is special, businesses, decision and all reasons (the first is decisive). Reference date 24-08-2020.
GOLDEN = (
    ("a plain micro business", {}, [MICRO], IN),
    ("no NIK waits, is not refused", {"nik": None}, [MICRO], ("waiting", "NO_VALID_NIK")),
    (
        "held, with the codes of the hold",
        {"aid_hold": "KK_IN_NIK|NIK_SHORT"},
        [MICRO],
        ("waiting", "HELD_FROM_AID|KK_IN_NIK|NIK_SHORT"),
    ),
    ("identity under review", {"is_in_review": True}, [MICRO], ("waiting", "IDENTITY_IN_REVIEW")),
    ("civil servant", {"occupation": "asn"}, [MICRO], ("out", "PUBLIC_SERVANT")),
    ("soldier", {"occupation": "tni"}, [MICRO], ("out", "PUBLIC_SERVANT")),
    ("police", {"occupation": "polri"}, [MICRO], ("out", "PUBLIC_SERVANT")),
    ("state company", {"occupation": "bumn"}, [MICRO], ("out", "PUBLIC_SERVANT")),
    ("regional company", {"occupation": "bumd"}, [MICRO], ("out", "PUBLIC_SERVANT")),
    ("farmer", {"occupation": "farmer"}, [MICRO], IN),
    ("bank credit", {"has_bank_credit": True}, [MICRO], ("out", "BANK_CREDIT")),
    ("no bank credit", {"has_bank_credit": False}, [MICRO], IN),
    ("small, not micro", {}, [{"size_class": "small"}], ("out", "NOT_MICRO")),
    ("size unknown", {}, [{"size_class": None}], ("waiting", "SIZE_UNKNOWN")),
    ("a micro and a medium business", {}, [MICRO, {"size_class": "medium"}], ("out", "NOT_MICRO")),
    ("a micro business and one of unknown size", {}, [MICRO, {"size_class": None}], ("waiting", "SIZE_UNKNOWN")),
    (
        "a micro business and a closed medium one",
        {},
        [MICRO, {"size_class": "medium", "activity_status": "closed"}],
        IN,
    ),
    ("business closed", {}, [{"activity_status": "closed"}], ("out", "NO_ACTIVE_BUSINESS|SIZE_UNKNOWN")),
    ("business active", {}, [{"activity_status": "active"}], IN),
    ("owner deceased", {}, [{"activity_status": "deceased"}], ("out", "DECEASED|NO_ACTIVE_BUSINESS|SIZE_UNKNOWN")),
    ("no business at all", {}, [], ("out", "NO_ACTIVE_BUSINESS|SIZE_UNKNOWN|SKU_UNKNOWN")),
    ("works elsewhere with SKU", {}, [{"regency_code": "19.71", "has_sku": True}], IN),
    ("works elsewhere without SKU", {}, [{"regency_code": "19.71", "has_sku": False}], ("out", "SKU_MISSING")),
    ("works elsewhere, no word on SKU", {}, [{"regency_code": "19.71"}], ("waiting", "SKU_UNKNOWN")),
    (
        "KTP elsewhere by the NIK alone",
        {"residence_regency_code": None},
        [{"regency_code": "19.71"}],
        ("waiting", "SKU_UNKNOWN"),
    ),
    ("KTP here by the NIK alone", {"residence_regency_code": None}, [MICRO], IN),
    (
        "refused beats waiting, all reasons told",
        {"nik": None, "has_bank_credit": True},
        [MICRO],
        ("out", "BANK_CREDIT|NO_VALID_NIK"),
    ),
    (
        "two rejections in programme order",
        {"occupation": "asn", "has_bank_credit": True},
        [MICRO],
        ("out", "PUBLIC_SERVANT|BANK_CREDIT"),
    ),
)


def test_a_fixed_population_gets_the_golden_list(warehouse: sa.Engine) -> None:
    run = start_run()
    for number, (_, person, businesses, _) in enumerate(GOLDEN, 1):
        add_person(run, f"P-{number:02d}", *businesses, number=number, **person)
    result = build_drafts(run)
    found = decisions()
    told = {what: found[f"P-{number:02d}"] for number, (what, *_) in enumerate(GOLDEN, 1)}
    assert told == {what: expected for what, _, _, expected in GOLDEN}
    counts = {word: sum(expected[0] == word for *_, expected in GOLDEN) for word in ("in", "out", "waiting")}
    assert result == {"lists": {LIST: {**counts, "written": len(GOLDEN)}}, "unchanged": 0}


def test_blacklists_count_on_the_reference_date_only(warehouse: sa.Engine) -> None:
    run = start_run()
    cases = {  # listed on, expires on (24-08-2020 is the reference date)
        "P-inforce": (dt.date(2020, 1, 1), None),
        "P-later": (dt.date(2020, 9, 1), None),
        "P-expired": (dt.date(2019, 1, 1), dt.date(2020, 8, 24)),
        "P-lastday": (dt.date(2019, 1, 1), dt.date(2020, 8, 25)),
    }
    for number, (person, (listed, expires)) in enumerate(cases.items(), 1):
        add_person(run, person, MICRO, number=number)
        execute(
            "INSERT INTO aid.blacklist (unit_kind, unit_id, reason, listed_by, listed_on, expires_on)"
            " VALUES ('person', :id, 'penipuan', 'dinas', :listed, :expires)",
            id=person,
            listed=listed,
            expires=expires,
        )
    build_drafts(run)
    out = ("out", "BLACKLISTED")
    assert decisions() == {"P-inforce": out, "P-later": IN, "P-expired": IN, "P-lastday": out}


def test_registers_answer_newest_first_and_silence_excludes_nobody(warehouse: sa.Engine) -> None:
    run = start_run()
    execute("INSERT INTO audit.run (kind, today) VALUES ('nightly', '2020-09-01')")
    cases = {  # answers (register, answer, day) -> decision
        "P-silent": ([], IN),
        "P-match": ([("dukcapil", "match", 1)], IN),
        "P-mismatch": ([("dukcapil", "mismatch", 1)], ("out", "NIK_NOT_MATCHED")),
        "P-mended": ([("dukcapil", "mismatch", 1), ("dukcapil", "match", 2)], IN),
        "P-dead": ([("dukcapil", "deceased", 1)], ("out", "DECEASED")),
        "P-abroad": ([("dukcapil", "abroad", 1)], ("out", "ABROAD")),
        "P-moved": ([("dukcapil", "moved", 1)], IN),
        "P-asn": ([("asn", "listed", 1)], ("out", "PUBLIC_SERVANT_REGISTERED")),
        "P-tni": ([("asn", "not_listed", 1), ("tni", "listed", 1)], ("out", "PUBLIC_SERVANT_REGISTERED")),
        "P-kur": ([("sikp", "credit", 1)], ("out", "BANK_CREDIT_REGISTERED")),
    }
    for number, (person, (answers, _)) in enumerate(cases.items(), 1):
        add_person(run, person, MICRO, number=number)
        for register, answer, day in answers:
            execute(
                "INSERT INTO verification.result (register, nik, answer, verified_on) VALUES (:register, :nik, :answer, :day)",
                register=register,
                nik=f"190101010180{number:04d}",
                answer=answer,
                day=dt.date(2020, 8, day),
            )
    build_drafts(run)
    assert decisions() == {person: expected for person, (_, expected) in cases.items()}


def test_every_value_used_is_frozen_with_its_source(warehouse: sa.Engine) -> None:
    run = start_run()
    add_person(run, "P-1", {"size_class": "small"}, occupation="asn")
    build_drafts(run)
    told = questions.explain(LIST, "P-1")
    assert told["decisive_reason"]["code"] == "PUBLIC_SERVANT" and told["decisive_reason"]["id"].startswith(
        "Tercatat sebagai ASN"
    )
    facts = {entry["fact"]: (entry["value"], entry["source"]) for entry in told["facts"]}
    assert facts["occupation"] == ("asn", [7, "newest"])
    assert facts["size_class"] == ("small", [7, "newest"])
    assert facts["nik"] == ("1901********0001", [7, "newest"])
    assert facts["full_name"][0] == "O***"


def test_of_a_unit_of_one_record_every_value_has_that_record_as_its_source(warehouse: sa.Engine) -> None:
    run = start_run()
    add_person(run, "P-1", {"size_class": "small"}, occupation="asn")
    for table in ("person", "business"):
        execute(f"""UPDATE gold.{table} SET sources = '{{"*": [9, "only"]}}'""")
    build_drafts(run)
    facts = {entry["fact"]: (entry["value"], entry["source"]) for entry in questions.explain(LIST, "P-1")["facts"]}
    assert facts["occupation"] == ("asn", [9, "only"])
    assert facts["size_class"] == ("small", [9, "only"])


def test_showing_values_is_recorded(warehouse: sa.Engine) -> None:
    run = start_run()
    add_person(run, "P-1", MICRO)
    build_drafts(run)
    told = questions.explain(LIST, "P-1", reason_to_show="pengaduan warga")
    assert {entry["fact"]: entry["value"] for entry in told["facts"]}["nik"] == "1901010101800001"
    assert rows("SELECT action, subject, reason FROM audit.event") == [
        ("show_values", f"{LIST}/P-1", "pengaduan warga")
    ]


def test_nothing_new_writes_nothing(warehouse: sa.Engine) -> None:
    run = start_run()
    for number in range(1, 6):
        add_person(run, f"P-{number}", MICRO, number=number)
    build_drafts(run)
    before = rows(
        "SELECT xmin::text, ctid::text FROM aid.decision UNION ALL SELECT xmin::text, ctid::text FROM aid.list"
    )
    assert build_drafts(start_run()) == {"lists": {}, "unchanged": 1}
    assert before == rows(
        "SELECT xmin::text, ctid::text FROM aid.decision UNION ALL SELECT xmin::text, ctid::text FROM aid.list"
    )


def test_a_changed_person_rewrites_that_decision_only(warehouse: sa.Engine) -> None:
    run = start_run()
    for number in range(1, 6):
        add_person(run, f"P-{number}", MICRO, number=number)
    build_drafts(run)
    later = start_run()
    execute("UPDATE gold.person SET to_run = :run WHERE person_id = 'P-3'", run=later)
    execute(
        "INSERT INTO gold.person (person_id, from_run, sources, content_hash, nik, has_bank_credit, regency_code,"
        " residence_regency_code) VALUES ('P-3', :run, '{}', 99, '1901010101800003', true, '19.01', '19.01')",
        run=later,
    )
    add_person(later, "P-9", MICRO, number=9)
    result = build_drafts(later)
    assert result["lists"] == {LIST: {"in": 5, "out": 1, "waiting": 0, "written": 2}}
    assert decisions()["P-3"] == ("out", "BANK_CREDIT") and decisions()["P-9"] == IN


def test_what_an_older_run_writes_after_the_draft_still_counts_as_new(warehouse: sa.Engine) -> None:
    with runs.run("nightly", TODAY) as slow:
        quick = start_run()
        add_person(quick, "P-1", MICRO)
        build_drafts(quick)
        add_person(slow.run_id, "P-2", MICRO, number=2)
        build_drafts(slow.run_id)
    assert decisions() == {"P-1": IN, "P-2": IN}


def test_a_draft_brought_up_to_date_equals_one_built_anew(warehouse: sa.Engine) -> None:
    run = start_run()
    for number in range(1, 6):
        add_person(run, f"P-{number}", MICRO, number=number)
    build_drafts(run)
    later = start_run()
    execute("UPDATE gold.person SET to_run = :run WHERE person_id IN ('P-2', 'P-4')", run=later)
    execute("UPDATE gold.business SET to_run = :run WHERE person_id = 'P-5'", run=later)
    add_golden("business", "B-new", later, {"person_id": "P-5", "regency_code": "19.01", "size_class": "large"})
    build_drafts(later)
    counts = "SELECT in_count, out_count, waiting_count, amount_idr FROM aid.list"
    brought, counted = (
        rows("SELECT unit_id, decision, reasons, facts::text, key FROM aid.decision ORDER BY 1"),
        rows(counts),
    )
    execute("DELETE FROM aid.decision")
    execute("DELETE FROM aid.list")
    build_drafts(later)
    assert brought == rows("SELECT unit_id, decision, reasons, facts::text, key FROM aid.decision ORDER BY 1")
    assert [row[0] for row in brought] == ["P-1", "P-3", "P-5"]
    assert counted == rows(counts) != [(5, 0, 0, 12_000_000)]


def test_rules_may_ask_for_a_fresh_visit_and_tell_unanswered_from_not_asked(warehouse: sa.Engine) -> None:
    run = start_run()
    persons = {  # the business, as a recensus last saw it
        "P-fresh": {"activity_status": "active", "verified_on": dt.date(2020, 8, 1)},
        "P-old": {"activity_status": "active", "verified_on": dt.date(2019, 8, 1)},
        "P-awaited": {"activity_status": "active", "verified_on": dt.date(2020, 8, 1)},
        "P-unseen": {},
    }
    for number, (person, business) in enumerate(persons.items(), 1):
        add_person(run, person, business, number=number)
    execute(
        "INSERT INTO verification.batch (batch_id, register, purpose, asked_on, nik_count)"
        " VALUES ('dukcapil-20200801-1', 'dukcapil', 'uji', '2020-08-01', 1)"
    )
    execute("INSERT INTO verification.question (batch_id, nik) VALUES ('dukcapil-20200801-1', '1901010101800003')")
    more = [
        {
            "must": "days_since_verified <= 180 AND activity_status = 'active'",
            "fails": hold("OLD"),
            "unknown": hold("UNSEEN"),
        },
        {
            "must": "NOT is_asked_dukcapil OR register_dukcapil = 'match'",
            "fails": hold("FAILED"),
            "unknown": hold("AWAITED"),
        },
    ]
    body = programmes()["bpum_2020"].body
    programme = parse_programme({**body, "conditions": [*body["conditions"], *more]}, "a stricter programme")
    sql = verdict_sql(programme, f"({candidates_sql(programme, None)})", None)
    told = rows(
        f"SELECT unit_id, decision, reasons FROM ({sql}) AS told", **round_values(programme, programme.rounds[0])
    )
    assert {unit: (decision, reasons) for unit, decision, reasons in told} == {
        "P-fresh": IN,
        "P-old": ("waiting", "OLD"),
        "P-awaited": ("waiting", "AWAITED"),
        "P-unseen": ("waiting", "UNSEEN"),
    }


def hold(code: str) -> dict[str, Any]:
    """What makes a candidate wait."""
    return {"does": "hold", "code": code, "message": {"id": code, "en": code}}
