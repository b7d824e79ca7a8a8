"""models: one is trained on the warehouse, compared with what stands, and put in force by a person.

Belongs here: writing model files into the home, promotions, and the trial in a transaction that is taken back. Does not belong here:
training itself (train.py), finding models (questions/model.py), scoring with the new one (link, in the next consolidation).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from schemas.settings import settings
from tasks import store
from tasks.halves import replace_file
from tasks.identity.questions.model import in_force, is_unscored, training_features
from tasks.trail import record_event

if TYPE_CHECKING:
    from tasks.identity.model import Model

#: a trial lets everything pass the brake on mass merges: it is taken back
ANY = 10**12

PROMOTE = """
    INSERT INTO identity.promotion (model_id, sha256, body, reason, promoted_by) VALUES (:id, :sha, :body, :reason, :by)"""

EDGES_BEFORE = """
    CREATE TEMP TABLE edge_before ON COMMIT DROP AS SELECT record_a, record_b, verdict FROM identity.edge"""
PERSONS_BEFORE = """
    CREATE TEMP TABLE person_before ON COMMIT DROP AS
    SELECT record_id, unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL"""

#: pairs by what they meant and what they would mean; a pair under the floor is not kept
EDGES_MOVED = """
    SELECT coalesce(b.verdict, 'not kept') AS before, coalesce(e.verdict, 'not kept') AS after, count(*) AS pairs
      FROM edge_before b FULL JOIN identity.edge e USING (record_a, record_b)
     WHERE b.verdict IS DISTINCT FROM e.verdict GROUP BY 1, 2 ORDER BY 1, 2"""

PERSONS_MOVED = """
    WITH now AS (
        SELECT record_id, unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL
    ), moved AS (
        (TABLE person_before EXCEPT TABLE now) UNION (TABLE now EXCEPT TABLE person_before))
    SELECT (SELECT count(DISTINCT unit_id) FROM person_before) AS persons_before,
           (SELECT count(DISTINCT unit_id) FROM now) AS persons_after,
           count(DISTINCT record_id) AS records_moved, count(DISTINCT unit_id) AS persons_changed FROM moved"""


class Comparison(NamedTuple):
    """What a model would change. `pairs`: before, after, pairs; the others are counts of persons and records.

    `mass_merge`: the persons merged into others, when they are so many that the run would stop for a person's word; else 0.
    """

    pairs: list[dict[str, Any]]
    persons_before: int
    persons_after: int
    persons_changed: int
    records_moved: int
    mass_merge: int


def train(today: date) -> tuple[Model, Path]:
    """Train on the warehouse without labels and write the model file into the home; the same records give the same bytes.

    Its id tells the day and the beginning of its SHA-256. Raises Refused for too little data, InvariantBroken for an untrained level;
    then nothing is written.
    """
    from tasks.identity.persons import PERSONS
    from tasks.identity.train import train_model

    features, note = training_features()
    model = train_model(PERSONS, features, model_id="", note=note)
    settings().models.mkdir(parents=True, exist_ok=True)
    model = model.named(f"{PERSONS.name}-{today.isoformat()}-{model.sha256[:8]}")
    path = settings().models / f"{model.model_id}.json"
    replace_file(path, model.raw)
    counts = {"records": model.record_count}
    record_event("model_train", model.model_id, counts=counts)
    return model, path


def promote(model: Model, *, reason: str, by: str) -> None:
    """Put a model in force, recorded with who and why; the next consolidation scores everything with it.

    Raises UsageError without a name or a reason, Refused when it is in force already.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("who puts a model in force, and why, is recorded", mend="Give --by and --reason.")
    with store.transaction(lock=True) as connection:
        if in_force(connection).sha256 == model.sha256:
            raise Refused(f"{model.model_id} is in force already")
        _promote(connection, model, reason.strip(), by.strip())
        record_event("model_promote", model.model_id, reason=f"{by.strip()}: {reason.strip()}", connection=connection)


def _promote(connection: sa.Connection, model: Model, reason: str, by: str) -> None:
    values = {"id": model.model_id, "sha": model.sha256, "body": model.raw.decode(), "reason": reason, "by": by}
    connection.execute(sa.text(PROMOTE), values)


def compare(model: Model, today: date) -> Comparison:
    """What promoting a model would change, found by doing it - link and merge - and taking it all back.

    Takes as long as the consolidation that would follow, and holds its lock. Raises Refused while records wait to be consolidated: what
    they change is not the model's doing.
    """
    from tasks.identity.steps.brake import ALLOWED, LAST, PASSED
    from tasks.identity.steps.link import link_changes
    from tasks.identity.steps.merge import merge_changes

    with store.transaction(lock=True) as connection:
        if is_unscored(connection) or connection.scalar(sa.text("SELECT EXISTS (SELECT FROM source.change)")):
            raise Refused("records wait to be consolidated", mend="Run `sinergi run` first, then compare.")
        trial = connection.begin_nested()
        for statement in (EDGES_BEFORE, PERSONS_BEFORE):
            connection.execute(sa.text(statement))
        _promote(connection, model, "trial", "trial")
        run_id = connection.scalar(
            sa.text("INSERT INTO audit.run (kind, today) VALUES ('consolidation', :today) RETURNING run_id"),
            {"today": today},
        )
        record_event(ALLOWED, "identity", counts={"merged": ANY}, connection=connection)
        link_changes(connection, run_id)
        merge_changes(connection, run_id)
        last = connection.execute(sa.text(LAST)).one()
        mass = last.counts["merged"] if last.action == PASSED else 0
        pairs = [dict(row) for row in connection.execute(sa.text(EDGES_MOVED)).mappings()]
        told = connection.execute(sa.text(PERSONS_MOVED)).mappings().one()
        trial.rollback()
    return Comparison(pairs, **told, mass_merge=mass)
