"""Which model is in force, which there are, and what to train on. Read-only.

Belongs here: finding a model by its name, reading features. Does not belong here: putting one in force (steps/models.py), what a
model is (model.py). Nothing heavy is imported before a model is really read: every night asks whether there is a new one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from schemas.errors import InvariantBroken, UsageError
from schemas.settings import settings
from tasks import store
from tasks.identity.persons import PERSONS, SHIPPED, model_files

if TYPE_CHECKING:
    import pyarrow as pa

    from tasks.identity.model import Model

PROMOTED = """
    SELECT model_id, sha256, body, reason, promoted_by, promoted_at FROM identity.promotion ORDER BY promotion_id DESC LIMIT 1"""

LAST_USED = "SELECT sha256 FROM identity.model ORDER BY used_run DESC NULLS LAST, first_used_at DESC LIMIT 1"

SINCE = "SELECT first_used_at FROM identity.model WHERE sha256 = :sha"


class InForce(NamedTuple):
    """The model in force as bytes. `since`, `by` and `reason` when people promoted it; else it is the one that the project ships."""

    model_id: str
    raw: bytes
    since: datetime | None = None
    by: str | None = None
    reason: str | None = None

    @property
    def sha256(self) -> str:
        """What tells this model from every other."""
        return hashlib.sha256(self.raw).hexdigest()


def in_force(connection: sa.Connection) -> InForce:
    """The newest promotion, else the newest model that the project ships. Raises InvariantBroken when what was promoted is damaged."""
    row = connection.execute(sa.text(PROMOTED)).one_or_none()
    if row is None:
        files = model_files(SHIPPED)
        if not files:
            raise InvariantBroken("there is no model file", where="tasks/identity/models", mend="Train one.")
        return InForce(files[-1].stem, files[-1].read_bytes())
    model = InForce(row.model_id, row.body.encode(), row.promoted_at, row.promoted_by, row.reason)
    if model.sha256 != row.sha256:
        raise InvariantBroken("the promoted model is damaged", where=row.model_id, mend="Promote a model again.")
    return model


def model_in_force(connection: sa.Connection) -> Model:
    """The model in force, read and checked. Raises InvariantBroken when it does not fit."""
    from tasks.identity.model import parse_model

    found = in_force(connection)
    return parse_model(found.model_id, found.raw, PERSONS)


def is_unscored(connection: sa.Connection) -> bool:
    """Whether the edges stand on another model than the one in force."""
    used = connection.scalar(sa.text(LAST_USED))
    return used is not None and used != in_force(connection).sha256


def find_model(name: str) -> Model:
    """A model by its id (promoted, trained here or shipped; the beginning is enough) or its file. Raises UsageError for none or several."""
    from tasks.identity.model import read_model

    if name.endswith(".json") and Path(name).is_file():
        return read_model(Path(name))
    with store.transaction() as connection:
        promoted = connection.scalars(sa.text("SELECT DISTINCT model_id FROM identity.promotion")).all()
    known = sorted({*promoted, *_files()})
    found = [name] if name in known else [model_id for model_id in known if model_id.startswith(name)]
    if len(found) != 1:
        what = f"several models begin with {name}" if found else f"there is no model {name}"
        raise UsageError(what, mend=f"Known are {', '.join(known)}.")
    model = model_called(found[0])
    if model is None:
        raise UsageError(f"the model {found[0]} is gone")
    return model


def model_called(model_id: str) -> Model | None:
    """The model of this very id, promoted, shipped or trained here; None when it is not at hand any more."""
    from tasks.identity.model import parse_model, read_model

    sql = "SELECT body FROM identity.promotion WHERE model_id = :id ORDER BY promotion_id DESC LIMIT 1"
    with store.transaction() as connection:
        body = connection.scalar(sa.text(sql), {"id": model_id})
    if body is not None:
        return parse_model(model_id, body.encode(), PERSONS)
    path = _files().get(model_id)
    return read_model(path) if path is not None else None


def _files() -> dict[str, Path]:
    """The files of models by id: those trained here, those that the project ships."""
    return {path.stem: path for folder in (settings().models, SHIPPED) for path in model_files(folder)}


def since(connection: sa.Connection, model: InForce) -> datetime | None:
    """Since when a model is in force: its promotion, or the first time that it scored here."""
    used: datetime | None = model.since or connection.scalar(sa.text(SINCE), {"sha": model.sha256})
    return used


def training_features() -> tuple[pa.Table, str]:
    """The features of every record that speaks of a person, with what the comparisons read; and what they are of, in words."""
    from tasks.identity.blocking import without_shared_phones
    from tasks.identity.scoring import with_generic_names

    with store.transaction() as connection:
        table = store.query_arrow(f"SELECT {', '.join(PERSONS.linked_columns)} FROM identity.features", connection)
        senders = connection.scalar(sa.text("SELECT count(DISTINCT regency_code) FROM identity.features"))
    return with_generic_names(
        without_shared_phones(table)
    ), f"the records of {senders} regencies in this warehouse; no labels"
