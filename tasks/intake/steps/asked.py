"""Whether a register was ever asked about the NIKs of a verification.

Belongs here: that question to the warehouse. Does not belong here: what follows from it (expectations/suites/verification.yaml).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks import store
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd


@step()
def mark_not_asked(frame: pd.DataFrame) -> pd.DataFrame:
    """The standardised frame of a verification with `nik__not_asked`: a NIK and a register that no question names together."""
    import pandas as pd

    told = frame[["nik", "register"]].dropna().drop_duplicates()
    with store.transaction() as connection, store.staged(connection, "told", "verification.result", told):
        asked = store.query(_ASKED, connection)
    pairs = pd.MultiIndex.from_frame(frame[["nik", "register"]].astype(object))
    is_asked = pairs.isin(pd.MultiIndex.from_frame(asked.astype(object)))
    is_told = frame[["nik", "register"]].notna().all(axis=1).to_numpy(dtype=bool)
    return frame.assign(nik__not_asked=is_told & ~is_asked)


_ASKED = """
SELECT DISTINCT t.nik, t.register
  FROM told t JOIN verification.question q USING (nik) JOIN verification.batch b ON b.batch_id = q.batch_id AND b.register = t.register
"""
