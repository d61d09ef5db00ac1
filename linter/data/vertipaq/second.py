"""A second decoder, pbixray, for columns in a form that ours does not know.

It takes the whole model apart and builds a frame, so that it is slower; it may also give nulls for an
encoding that it doesn't know either, without a word: what it says needs the file's own statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.data.vertipaq.columns import Column

if TYPE_CHECKING:
    from pathlib import Path


def decoded_otherwise(path: Path, table: str, column: str) -> Column:
    """The column as pbixray decodes it.

    Raises:
        Exception: of any kind, where it can't.
    """
    import numpy as np
    import pandas as pd
    from pbixray import PBIXRay

    model = PBIXRay(str(path))
    try:
        series = model.get_table(table, columns=[column])[column]
    finally:
        model.close()
    codes, found = pd.factorize(series)
    values = np.asarray(found)
    if values.dtype.kind == "M":
        values = pd.DatetimeIndex(found).round("s").to_numpy().astype("datetime64[s]")
    elif values.dtype.kind not in "ifb":
        values = values.astype(object)
    return Column(codes, values)
