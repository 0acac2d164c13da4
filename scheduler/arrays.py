"""Names for the numpy types that columns, filters and scores pass around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
RowList = npt.NDArray[np.intp]
Rows = slice | RowList
"""Which nodes a filter or score is asked about: all (`ALL`) or some row numbers; both index a column."""

ALL = slice(None)
