"""The sender against a real receiver over an unreliable road: whatever happens, each message counts once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from schemas.receivers import Receiver
from tasks import runs, store
from tasks.delivery.questions import list_messages, show_message
from tasks.delivery.steps import send_outbox, send_to
from tests.delivery.published import AMOUNT, TODAY, answers, error_codes, events, publish, states
from tests.delivery.servers import receiving, road


def send(receiver: Receiver, url: str) -> Counter[str]:
    """One sender's work, under a run of its own."""
    with runs.run("distribution", TODAY) as run:
        return send_to(receiver, url, run.run_id)


def seen(url: str) -> dict[str, int]:
    """What the receiver has seen."""
    log: dict[str, int] = requests.get(f"{url}/v1/log", timeout=60).json()
    return log


def test_a_list_arrives_whole_and_each_line_is_answered(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    publish(25, part_size=10)
    counts = send(penyalur, receiver_url)
    assert states() == ["acknowledged"] * 3
    assert (counts["acknowledged"], counts["accepted_lines"], counts["out_of_reach"]) == (3, 25, 0)
    assert answers() == {"accepted": 25}
    state = requests.get(f"{receiver_url}/v1/lists/bpum_2020.2020.1.1", timeout=60).json()
    assert (state["is_complete"], state["accepted_count"], state["accepted_total_idr"]) == (True, 25, 25 * AMOUNT)


def test_a_second_sending_sends_nothing(warehouse: sa.Engine, penyalur: Receiver, receiver_url: str) -> None:
    publish(3)
    send(penyalur, receiver_url)
    before = seen(receiver_url)
    assert send(penyalur, receiver_url)["acknowledged"] == 0
    assert seen(receiver_url) == before
    assert store.query("SELECT count(*) AS n FROM outbox.receipt")["n"].tolist() == [1]


def test_a_unit_awarded_twice_in_a_round_is_refused_line_by_line(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    publish(3)
    publish(3, phase=2, first=2)
    counts = send(penyalur, receiver_url)
    assert answers() == {"accepted": 5, "refused:duplicate_unit": 1}
    assert (counts["acknowledged"], counts["refused_lines"]) == (2, 1)
    assert seen(receiver_url)["accepted_total_idr"] == 5 * AMOUNT


LOST = ("loses_the_reply", "cuts_the_reply", "commits_late", "drips_the_reply", "drips_the_headers", "swells_the_reply",
        "breaks_down", "speaks_html", "redirects", "never_arrives")  # fmt: skip


#: what these faults are about, in seconds: a reply that drips is cut off here, a late commit is waited for
PATIENCE = {
    "drips_the_reply": {"connect_seconds": 2.0, "total_seconds": 2.0},
    "drips_the_headers": {"connect_seconds": 2.0, "total_seconds": 2.0},
    "commits_late": {"read_back_wait_seconds": 3.0},
}


def suited(receiver: Receiver, fault: str) -> Receiver:
    """The receiver's file as it suits a fault."""
    return receiver.model_copy(update=PATIENCE.get(fault, {}))


@pytest.mark.parametrize("fault", LOST)
def test_a_doubt_is_read_back_and_counts_once(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str, fault: str
) -> None:
    publish(4)
    with road(receiver_url, fault) as unreliable:
        counts = send(suited(penyalur, fault), unreliable.url)
    assert (states(), answers()) == (["acknowledged"], {"accepted": 4})
    assert (counts["acknowledged"], counts["out_of_reach"]) == (1, 0)
    assert "GET" in unreliable.asked
    log = seen(receiver_url)
    assert (log["message_count"], log["accepted_count"], log["conflict_count"]) == (1, 4, 0)
    # read back before anything is sent again: only what never arrived travels twice
    assert unreliable.asked.count("POST") == (2 if fault in ("redirects", "never_arrives") else 1)


ONE_ATTEMPT = {
    "drips_the_reply": "deadline_passed",
    "drips_the_headers": "deadline_passed",
    "swells_the_reply": "reply_too_large",
    "redirects": "redirect_refused",
    "breaks_down": "http_500",
    "speaks_html": "receipt_malformed",
    "loses_the_reply": "connection_lost",
}


@pytest.mark.parametrize(("fault", "code"), ONE_ATTEMPT.items())
def test_what_is_not_certain_is_in_doubt_and_says_why(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str, fault: str, code: str
) -> None:
    publish(4)
    with road(receiver_url, fault) as unreliable:
        counts = send(suited(penyalur, fault).model_copy(update={"attempts": 1}), unreliable.url)
    assert (states(), error_codes()) == (["in_doubt"], [code])
    assert (counts["in_doubt"], counts["out_of_reach"]) == (1, 1)


def test_a_redirect_is_never_followed(warehouse: sa.Engine, penyalur: Receiver, receiver_url: str) -> None:
    publish(2)
    with road(receiver_url, "redirects") as unreliable:
        send(penyalur.model_copy(update={"attempts": 1}), unreliable.url)
        assert unreliable.asked == ["POST"]


def test_the_same_key_with_another_body_is_an_alarm(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    message = publish(2)[0]
    other = message.body.replace(b"ORANG CONTOH 0", b"ORANG CONTOH 9")
    headers = {"Idempotency-Key": message.idempotency_key, "Content-Type": "application/json"}
    first = requests.post(f"{receiver_url}/v1/messages", data=message.body, timeout=60, headers=headers)
    assert first.status_code == 200
    with store.transaction() as connection:  # somebody went around every guard and changed what is to be sent
        connection.execute(sa.text("ALTER TABLE outbox.message DISABLE TRIGGER USER"))
        connection.execute(sa.text("UPDATE outbox.message SET body = :body"), {"body": other})
        connection.execute(sa.text("ALTER TABLE outbox.message ENABLE TRIGGER USER"))
    counts = send(penyalur, receiver_url)
    assert (states(), counts["held"], answers()) == (["held"], 1, {"none": 2})
    assert events() == [("message_held", "idempotency_key_reused")]
    assert send(penyalur, receiver_url) == Counter({"out_of_reach": 0}), "an alarm is not sent again"


def test_a_receipt_for_other_lines_is_an_alarm(warehouse: sa.Engine, penyalur: Receiver, receiver_url: str) -> None:
    publish(2)
    with road(receiver_url, "answers_for_others") as unreliable:
        send(penyalur, unreliable.url)
    assert (states(), answers()) == (["held"], {"none": 2})
    assert events() == [("message_held", "receipt_of_other_lines")]


def with_note(note: str) -> Callable[[bytes], bytes]:
    """A receiver that adds a note of its own, as JSON, to every receipt."""
    return lambda body: body.replace(b"{", b'{"note": ' + note.encode() + b", ", 1)


# how a receiver may word its answers, and what becomes of a message then
WORDED = {
    "a byte order mark before it": (lambda body: b"\xef\xbb\xbf" + body, "acknowledged"),
    "two of them": (lambda body: b"\xef\xbb\xbf" * 2 + body, "in_doubt"),
    "in UTF-16": (lambda body: body.decode().encode("utf-16"), "in_doubt"),
    "no UTF-8": (lambda body: body.replace(b"{", b'{"note": "\xe9", ', 1), "in_doubt"),
    "a NUL character": (with_note(r'"\u0000"'), "in_doubt"),
    "a NUL character as a name": (with_note(r'{"\u0000": 1}'), "in_doubt"),
    "a NUL byte": (with_note('"\0"'), "in_doubt"),
    "half a character": (with_note(r'"\ud800"'), "in_doubt"),
    "not a number": (with_note("NaN"), "in_doubt"),
    "a number without end": (with_note("1e999"), "in_doubt"),
    "a number of 4,000 digits": (with_note("9" * 4_000), "acknowledged"),
    "a number of 5,000 digits": (with_note("9" * 5_000), "in_doubt"),
    "a number too small to count": (with_note("1e-20000"), "acknowledged"),
    "a name said twice": (with_note('1, "note": 2'), "acknowledged"),
    "lists in lists": (with_note("[" * 100 + "]" * 100), "acknowledged"),
    "more lists in lists": (with_note("[" * 900 + "]" * 900), "in_doubt"),
    "lists in lists without end": (with_note("[" * 9_000 + "]" * 9_000), "in_doubt"),
}  # fmt: skip


@pytest.mark.parametrize("worded", WORDED)
def test_no_wording_of_a_receipt_stops_the_sender(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str, worded: str
) -> None:
    publish(4, part_size=2)
    says, state = WORDED[worded]
    patient = penyalur.model_copy(update={"read_back_wait_seconds": 0.0})
    with road(receiver_url, says=says) as odd:
        send(patient, odd.url)
    assert states() == [state] * 2
    send(patient, receiver_url)  # the receiver has learnt to speak
    assert (states(), answers()) == (["acknowledged"] * 2, {"accepted": 4})
    kept = store.query("SELECT count(*) AS n FROM outbox.receipt WHERE body ->> 'accepted_count' = '2'")
    assert kept["n"].tolist() == [2]


def test_a_receiver_that_is_down_costs_nothing_and_is_served_later(
    warehouse: sa.Engine, penyalur: Receiver, data: Path
) -> None:
    publish(6, part_size=2)
    with receiving(data) as url:
        gone = url
    counts = send(penyalur, gone)
    assert (states(), counts["out_of_reach"], counts["in_doubt"]) == (["queued"] * 3, 3, 0)
    assert set(error_codes()) == {"connection_refused"}
    with receiving(data) as url:
        assert send(penyalur, url)["acknowledged"] == 3
        assert seen(url)["post_count"] == 3


def test_a_missing_or_wrong_token_leaves_the_message_queued(
    warehouse: sa.Engine, penyalur: Receiver, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from schemas.settings import settings

    publish(2)
    with receiving(data, token="right") as url:
        send(penyalur, url)
        assert (states(), error_codes()) == (["queued"], ["unauthorised"])
        monkeypatch.setenv("SINERGI_RECEIVER_TOKEN", "right")
        settings.cache_clear()
        send(penyalur, url)
    settings.cache_clear()
    assert states() == ["acknowledged"]


def test_one_bad_message_does_not_hold_up_the_others(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    publish(8, part_size=2)
    with road(receiver_url, "never_arrives") as unreliable:
        counts = send(penyalur, unreliable.url)
    assert counts["acknowledged"] == 4
    assert seen(receiver_url)["message_count"] == 4


def test_two_senders_at_once_send_each_message_once(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    publish(40, part_size=2)
    totals: Counter[str] = Counter()
    senders = [threading.Thread(target=lambda: totals.update(send(penyalur, receiver_url))) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    log = seen(receiver_url)
    assert (totals["acknowledged"], log["post_count"], log["repeat_count"]) == (20, 20, 0)


def test_without_a_receiver_everything_stays_in_the_outbox(warehouse: sa.Engine) -> None:
    publish(4, part_size=2)
    with runs.run("distribution", TODAY) as run:
        counts = send_outbox(run.run_id)
    assert (counts["held_back"], counts["out_of_reach"], states()) == (2, 0, ["queued", "queued"])


def test_the_outbox_answers_with_ids_and_counts_only(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    publish(3)
    publish(3, phase=2, first=2)
    send(penyalur, receiver_url)
    listed = list_messages()
    shown = show_message(listed[1]["idempotency_key"])
    assert [row["accepted"] for row in listed] == [3, 2]
    assert [line["answer_code"] for line in shown["refused_lines"]] == ["duplicate_unit"]
    assert "ORANG" not in str((listed, shown)) and "92021201" not in str((listed, shown))
