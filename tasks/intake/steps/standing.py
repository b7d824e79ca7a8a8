"""What the warehouse holds of a file's regency, kind and period when the file comes: series, records, earlier contents.

Belongs here: reading that standing, and putting it before the pure decisions. Does not belong here: the decisions, any writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.records import Kind
from tasks import store
from tasks.intake.series import Arrival, Place, Series
from tasks.intake.steps.inbox import arrival

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Standing:
    """`series` with what the file repeats of each; `records`: the current version of every record of these series (`record_id,
    series_id, state, content_hash, aid_hold` and the key columns of the kind); `connection` reads earlier contents when asked.
    """

    series: tuple[Series, ...]
    records: pd.DataFrame
    connection: sa.Connection

    def match(self, taken: pd.DataFrame, place: Place, kind: Kind) -> pd.Series[Any]:
        """The record of each accepted row, null for new ones: int64[pyarrow].

        A file that says again what a version said before finds its records by that content first, whatever they say now.
        """
        import pandas as pd

        from tasks.intake.logical import known_content, match_records

        records = self.records[self.records["series_id"] == place.series_id]
        if place.act not in ("same", "older"):
            return match_records(taken, records, kind)
        history = store.query(_HISTORY, self.connection, series=place.series_id)
        found = known_content(taken, history)
        rest = taken[found.isna().to_numpy(dtype=bool)]
        others = match_records(rest, records[~records["record_id"].isin(found.dropna())], kind)
        return pd.Series(found).fillna(others.reindex(taken.index))

    def is_changed(self, taken: pd.DataFrame, place: Place, kind: Kind) -> Any:
        """Which accepted rows say something else, and nothing older, than their record's current version, or are held otherwise."""
        import numpy as np

        from tasks.intake.logical import seen_earlier

        if place.act != "revision":
            return np.zeros(len(taken), dtype=bool)
        now = (
            self.records.drop_duplicates("record_id")
            .set_index("record_id")
            .reindex(taken["record_id"].to_numpy(dtype="int64"))
        )
        is_known = now["content_hash"].notna().to_numpy(dtype=bool)
        same_content = now["content_hash"].fillna(0).to_numpy(dtype="int64") == taken["content_hash"].to_numpy(
            dtype="int64"
        )
        same_hold = now["aid_hold"].fillna("").to_numpy(dtype=object) == taken["aid_hold"].fillna("").to_numpy(
            dtype=object
        )
        return is_known & ~(same_content & same_hold) & ~seen_earlier(taken, now, kind)


def arrival_of(connection: sa.Connection, submission_id: str) -> Arrival:
    """When a submission came, in the order in which submissions are loaded."""
    sql = "SELECT received_at, file FROM intake.submission WHERE submission_id = :id"
    row = connection.execute(sa.text(sql), {"id": submission_id}).one()
    return arrival(row.received_at, row.file)


def read_standing(
    connection: sa.Connection, regency_code: str, kind: Kind, period: str | None, taken: pd.DataFrame
) -> Standing:
    """The standing before one file whose accepted rows are `taken`."""
    from tasks.intake.logical import key_columns, repeated_records

    wanted = {"regency": regency_code, "kind": kind, "period": period}
    series = connection.execute(sa.text(_SERIES), wanted).mappings().all()
    keys = {row["series_id"]: dict(row["content_keys"]) for row in series}
    columns = ", ".join(f"v.{column}" for column in key_columns(kind))
    ids = ", ".join(str(int(number)) for number in keys) or "NULL"
    records = store.query(_RECORDS.format(columns=columns, ids=ids), connection)
    active = records[records["state"] == "active"]
    repeated = active["series_id"][repeated_records(taken, active, kind)].value_counts()
    sizes = active["series_id"].value_counts()
    return Standing(
        tuple(
            Series(
                series_id=row["series_id"],
                scope=row["scope"],
                record_count=int(sizes.get(row["series_id"], 0)),
                repeated_count=int(repeated.get(row["series_id"], 0)),
                version=row["version"] or 0,
                data_row_count=row["data_row_count"] or 0,
                arrival=arrival(row["received_at"], row["file"]) if row["file"] else None,
                content_keys=keys[row["series_id"]],
            )
            for row in series
        ),
        records,
        connection,
    )


_SERIES = """
SELECT x.series_id, x.scope, (SELECT max(c.version) FROM intake.submission c WHERE c.series_id = x.series_id AND c.is_current) AS version,
       s.row_count - s.not_data_count AS data_row_count, s.received_at, s.file,
       coalesce((SELECT jsonb_object_agg(e.content_key, e.version) FROM intake.submission e
                  WHERE e.series_id = x.series_id AND e.content_key <> '' AND e.corrects IS NULL), '{}') AS content_keys
  FROM intake.series x
  LEFT JOIN intake.submission s ON s.series_id = x.series_id AND s.is_current AND s.corrects IS NULL
 WHERE x.regency_code = :regency AND x.kind = :kind AND x.period IS NOT DISTINCT FROM CAST(:period AS text)
 ORDER BY x.series_id
"""

_RECORDS = """
SELECT l.record_id, l.series_id, l.state, v.content_hash, v.aid_hold, {columns}
  FROM source.logical_record l
  JOIN source.record_version v ON v.record_id = l.record_id AND v.to_run IS NULL
 WHERE l.series_id IN ({ids})
"""

_HISTORY = """
SELECT DISTINCT r.content_hash, r.record_id
  FROM intake.source_row r
  JOIN intake.submission s ON s.submission_id = r.submission_id
 WHERE s.series_id = :series AND r.record_id IS NOT NULL
"""
