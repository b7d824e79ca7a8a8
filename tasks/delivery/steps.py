"""The sender: takes the outbox's messages to their receivers and keeps what they answer (P10).

Each message has one transaction before its request leaves (`sending`) and one after its answer; a crash between the two leaves
a doubt, and a doubt is read back, never assumed. Belongs here: transactions, waiting, the order. Does not belong here: what a
reply means (reconcile), HTTP (rest).
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from schemas.errors import InvariantBroken, UsageError
from schemas.receivers import Receiver, receivers
from schemas.settings import settings
from tasks import store
from tasks.delivery import statements
from tasks.delivery.questions import LOOKED_INTO
from tasks.delivery.reconcile import (
    Expected,
    Judgement,
    Reply,
    State,
    Verdict,
    judge_post,
    judge_read_back,
    next_state,
    said_sha256,
)  # fmt: skip
from tasks.step import TRY_AGAIN, step
from tasks.trail import record_event

if TYPE_CHECKING:
    from tasks.delivery.rest import RestReceiver

#: the space of advisory locks of senders (the second key is the receiver): one sender per receiver at a time
SENDER_LOCKS = 7_192
OPEN: tuple[State, ...] = ("queued", "in_doubt")
#: counts of `send_outbox` by which a run ends with exit code 4: somebody has to look, or to come again
NOT_DELIVERED = ("out_of_reach", "held", "refused", "refused_lines")


def _open_rest(receiver: Receiver, url: str, token: str | None) -> RestReceiver:
    """The receiver at its address, by the protocol `rest`; imported here, since a night that sends nothing needs no HTTP."""
    from tasks.delivery.rest import RestReceiver

    return RestReceiver(receiver, url, token)


PROTOCOLS = {"rest": _open_rest}


@step(**TRY_AGAIN)
def send_outbox(run_id: int) -> dict[str, int]:
    """Send whatever is open, receiver by receiver, in the order in which it was queued; a second call has nothing to do.

    Returns counts of messages: `acknowledged`, `refused`, `held` (an alarm: a person looks), `out_of_reach` (left open because
    the receiver does not answer, of which `in_doubt`), `held_back` (no receiver is set); and of lines: `accepted_lines`,
    `refused_lines`. Raises UsageError for an unusable receiver address, Unreachable when the warehouse does not answer.
    """
    counts: Counter[str] = Counter()
    known = receivers()
    for code, open_count in _open_counts().items():
        receiver = known.get(code)
        url = getattr(settings(), receiver.url_setting) if receiver else None
        if receiver is None or not url:
            counts["held_back"] += open_count
        else:
            counts.update(send_to(receiver, url, run_id))
    names = ("acknowledged", "refused", "held", "out_of_reach", "in_doubt", "held_back")
    return {name: counts[name] for name in (*names, "accepted_lines", "refused_lines")}


def send_to(receiver: Receiver, url: str, run_id: int) -> Counter[str]:
    """Send everything open for one receiver; waits while another sender is at it. Counts as in `send_outbox`."""
    token = getattr(settings(), receiver.token_setting)
    line = PROTOCOLS[receiver.protocol](receiver, url, token.get_secret_value() if token else None)
    try:
        with _only_sender(receiver.code) as connection:
            return _Sender(connection, receiver, line, run_id).send_all()
    finally:
        line.close()


def _open_counts() -> dict[str, int]:
    """Receiver -> messages that are not settled."""
    with store.transaction() as connection:
        return {row.receiver: row.n for row in connection.execute(sa.text(statements.OPEN_COUNTS))}


@contextmanager
def _only_sender(receiver: str) -> Iterator[sa.Connection]:
    """A connection that holds the receiver's sender lock and makes all changes: when it dies, lock and sender end together."""
    try:
        with store.engine().connect() as connection:
            connection.detach()  # closed for good at the end, the lock with it
            with connection.begin():
                connection.execute(sa.text(statements.LOCK), {"space": SENDER_LOCKS, "receiver": receiver})
            yield connection
    except OperationalError as error:
        raise store.unreachable(error) from error


@dataclass
class _Sender:
    """One sender at work on one receiver's open messages."""

    connection: sa.Connection
    receiver: Receiver
    line: RestReceiver
    run_id: int

    def send_all(self) -> Counter[str]:
        """Every open message until it is settled or the receiver counts as out of reach.

        A failure moves a message to the end, so that one bad message does not hold up the others.
        """
        counts: Counter[str] = Counter()
        states = self._open_messages()
        waiting = deque(states)
        tries: Counter[str] = Counter()
        failures = 0
        while waiting and failures < self.receiver.attempts:
            key = waiting.popleft()
            states[key], judgement = self._handle(key)
            counts.update(_line_counts(judgement))
            if states[key] not in OPEN:
                failures = 0
                continue
            failures += 1
            tries[key] += 1
            if tries[key] < self.receiver.attempts:
                waiting.append(key)
            if waiting and failures < self.receiver.attempts:
                time.sleep(self.receiver.retry_wait_seconds * 2 ** (failures - 1))
        counts.update(states.values())
        counts["out_of_reach"] = sum(counts[state] for state in OPEN)
        return counts

    def _open_messages(self) -> dict[str, State]:
        """What is to be sent, in order: key -> state. Nobody else sends now: what still says `sending` was left by a crash."""
        values = {"receiver": self.receiver.code}
        with self.connection.begin():
            self.connection.execute(sa.text(statements.DOUBT_LEFT_BEHIND), values)
            rows = self.connection.execute(sa.text(statements.OPEN_MESSAGES), values)
            return {row.idempotency_key: row.state for row in rows}

    def _handle(self, key: str) -> tuple[State, Judgement]:
        """Bring one message one step further: read it back when it is in doubt, else hand it over."""
        with self.connection.begin():
            message = self.connection.execute(sa.text(statements.MESSAGE), {"key": key}).one()
            lines = self.connection.execute(sa.text(statements.MESSAGE_LINES), {"key": key}).all()
        expected = Expected(key, message.body_sha256, {row.line_key: row.line_id for row in lines})
        was_in_doubt = message.state == "in_doubt"
        if was_in_doubt:
            time.sleep(max(0.0, self.receiver.read_back_wait_seconds - message.age_seconds))
            reply = self.line.read_back(key)
            judgement = judge_read_back(reply, expected)
            if judgement.verdict is not Verdict.UNKNOWN:
                return self._settle(key, next_state(was_in_doubt, judgement.verdict), judgement, reply), judgement
        with self.connection.begin():
            self.connection.execute(sa.text(statements.CLAIM), {"key": key})
        reply = self.line.post(key, bytes(message.body))
        judgement = judge_post(reply, expected)
        return self._settle(key, next_state(was_in_doubt, judgement.verdict), judgement, reply), judgement

    def _settle(self, key: str, state: State, judgement: Judgement, reply: Reply) -> State:
        """One transaction: the state, what the receiver said, its answers per line, and an event when a person must look."""
        with self.connection.begin():
            settled = {"key": key, "state": state, "code": judgement.code or None}
            self.connection.execute(sa.text(statements.SETTLE), settled)
            if judgement.said is not None:
                said = {"sha256": said_sha256(reply.body), "body": judgement.said, "status": reply.status}
                self.connection.execute(sa.text(statements.KEEP_RECEIPT), {"key": key, **said})
            if judgement.receipt is not None:
                self._answer_lines(key, judgement)
            if state in ("refused", "held"):
                record_event(
                    f"message_{state}",
                    key,
                    actor="sinergi",
                    reason=judgement.code,
                    run=self.run_id,
                    connection=self.connection,
                )
        return state

    def _answer_lines(self, key: str, judgement: Judgement) -> None:
        """The receiver's answers onto the lines, in one statement."""
        if judgement.receipt is None:
            return
        answers = judgement.receipt.model_dump_json(include={"answers"})
        changed = self.connection.execute(sa.text(statements.ANSWER_LINES), {"key": key, "answers": answers})
        if changed.rowcount != len(judgement.receipt.answers):
            raise InvariantBroken("the receipt's lines are not the message's", where=key)


def settle_refusal(key: str, by: str, reason: str) -> None:
    """Record that a person has looked into what was refused of a message; nothing is sent, and claims stand.

    That its persons were awarded is a signed fact: what becomes of them is for people to agree on with the receiver. Raises UsageError
    without a name or a reason, or when nothing of this message was refused.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("it needs who looked into it and what came of it", mend="Both are recorded.")
    with store.transaction() as connection:
        if not connection.scalar(sa.text(statements.IS_REFUSED), {"key": key}):
            raise UsageError("nothing of this message was refused", mend="`sinergi outbox list` shows what was.")
        record_event(LOOKED_INTO, key, reason=f"{by.strip()}: {reason.strip()}", connection=connection)


def _line_counts(judgement: Judgement) -> Mapping[str, int]:
    """How many lines a receipt accepted and refused."""
    if judgement.receipt is None:
        return {}
    return {"accepted_lines": judgement.receipt.accepted_count, "refused_lines": judgement.receipt.refused_count}
