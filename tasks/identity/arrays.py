"""One conversion that the pure modules of this room share: a nullable column as numpy objects, absent = None.

Does not belong here: anything about people.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def as_objects(values: pd.Series) -> npt.NDArray[np.object_]:
    """The values of a column as Python objects, None where absent."""
    objects = values.astype(object)
    return np.asarray(objects.where(objects.notna(), None), dtype=object)
