"""Two conversions that the pure modules of this room share: a nullable column as numpy objects, and texts as an Arrow column.

Does not belong here: anything about people.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa


def as_objects(values: pd.Series) -> npt.NDArray[np.object_]:
    """The values of a column as Python objects, None where absent."""
    if isinstance(values.dtype, pd.ArrowDtype) and pa.types.is_string(values.dtype.pyarrow_dtype):
        return np.asarray(
            pa.chunked_array(pa.array(values)).to_numpy(), dtype=object
        )  # without a Python step per value
    objects = values.astype(object)
    return np.asarray(objects.where(objects.notna(), None), dtype=object)


def as_text(values: Iterable[str | None], index: pd.Index | None = None) -> pd.Series:
    """Texts as an Arrow-backed column; None is absent."""
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(list(values), pa.string())), index=index)
