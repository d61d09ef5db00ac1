"""A decoded column: a code per row and the value of each code.

Counting people needs the codes alone; values are looked up once each, never row by row.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from linter.data.vertipaq.dictionary import read_dictionary
from linter.data.vertipaq.segments import FIRST, NULL, column_ids
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from linter.data.vertipaq.catalogue import Stored
    from linter.data.vertipaq.container import ModelFiles

EXACT_FLOAT = 2**53  # whole numbers below this are exact in a double
DECIMAL_SCALE = 10_000  # a fixed decimal number is a 64-bit integer of ten-thousandths
DAY = 86_400  # seconds
EPOCH = np.datetime64("1899-12-30T00:00:00", "s")  # day 0 of a date
FIRST_DATE, LAST_DATE = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31T23:59:59", "s")
_SEVERAL = 4  # ids may span so many times the rows before they are sorted instead of counted through

TEXT, WHOLE, REAL, DATE, CURRENCY, FLAG = 2, 6, 8, 9, 10, 11  # types of columns, as the catalogue numbers them


@dataclass(frozen=True, slots=True)
class Column:
    """``codes`` are positions in ``values``, one a row, -1 for null; values may go unused or repeat.

    ``values`` are object (text; or decimals that a double would round), int64, float64, bool, or
    datetime64[s], to which stored day fractions are rounded since they fall short by up to a second.
    """

    codes: NDArray[np.signedinteger[Any]]  # of as few bytes as will do
    values: NDArray[Any]

    @property
    def decimals(self) -> bool:
        """Whether its values are Python decimals."""
        return self.values.dtype == object and len(self.values) > 0 and isinstance(self.values[0], Decimal)

    def present(self) -> NDArray[Any]:
        """The values that rows have, in the order of the dictionary."""
        return self.values[self._used()]

    def distinct(self, *, fold: bool = False) -> int:
        """The number of distinct values that rows have, null left out; ``fold``: texts without case."""
        present = self.present()
        if present.dtype != object:
            return len(np.unique(present))
        values = present.tolist()
        return len(set(values if self.decimals or not fold or _one_case(values) else map(str.lower, values)))

    def keys(self, *, fold: bool, distinct: int) -> Column:
        """The column with numbers for its values, equal where these are.

        ``fold``: texts without case; ``distinct`` as told by the method of that name.
        """
        numbers = np.arange(len(self.values))
        if distinct == self.codes_in_use():
            return Column(self.codes, numbers)
        first: dict[Any, int] = {}
        for number, value in enumerate(self.values.tolist()):
            numbers[number] = first.setdefault(value.lower() if fold and isinstance(value, str) else value, number)
        return Column(self.codes, numbers)

    def codes_in_use(self) -> int:
        """The number of codes that rows have: ``distinct`` unless the dictionary repeats values."""
        return int(np.count_nonzero(self._used()))

    def _used(self) -> NDArray[np.bool_]:
        return np.bincount(self.codes + 1, minlength=len(self.values) + 1)[1:] > 0


def _one_case(values: list[str]) -> bool:
    """Whether texts that differ still differ without their case, as far as a glance tells."""
    together = "".join(values)
    return together == together.lower() or (together.isascii() and together == together.upper())


def decoded(stored: Stored, files: ModelFiles) -> Column:
    """Decode a column of the model.

    Raises:
        Exception: of any kind, where bytes are damaged or of an unknown kind.
    """
    if stored.value_encoded:
        codes, numbers = _by_number(_ids(stored, files))
        return _typed(stored.type, codes, _scaled(numbers + stored.base, stored.magnitude))
    if stored.dictionary is None:
        return Column(np.full(stored.rows, -1, np.int8), np.empty(0, object))
    values = read_dictionary(files[stored.dictionary])
    ids = _ids(stored, files)
    if len(ids) and (ids.min() < NULL or ids.max() >= FIRST + len(values)):
        raise ValueError("a column has values that its dictionary lacks")
    return _typed(stored.type, ids - FIRST, values)


def _ids(stored: Stored, files: ModelFiles) -> NDArray[np.int64]:
    parts = [ids for name in stored.files for ids in column_ids(files[name], files[name + "meta"])]
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int64), *parts])


def _by_number(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of ids that no dictionary orders, and the id of each code."""
    real = ids[ids != NULL]
    if not len(real):
        return np.full(len(ids), -1), np.empty(0, np.int64)
    least, most = int(real.min()), int(real.max())
    if least < NULL:
        raise ValueError("a column has ids that stand for no value")
    if most - least < _SEVERAL * len(real):
        numbers = np.arange(least, most + 1)
        codes = ids - least
    else:
        numbers = np.unique(real)
        codes = np.searchsorted(numbers, ids)
    return np.where(ids == NULL, -1, codes), numbers


def _scaled(numbers: NDArray[np.int64], magnitude: float) -> NDArray[Any]:
    """Stored whole numbers over the column's magnitude; whole as long as that divides one."""
    if not magnitude > 0:
        raise ValueError("a column has no scale")
    factor = round(1 / magnitude)
    if factor >= 1 and abs(factor * magnitude - 1) < 1e-9:
        return numbers * factor
    return numbers / magnitude


def _typed(kind: int, wide: NDArray[np.int64], values: NDArray[Any]) -> Column:
    """The column with values of its own type; what is no number in a column of numbers is null."""
    if values.dtype == np.float64 and (undefined := np.isnan(values)).any():
        wide = np.where(np.append(undefined, False)[wide], -1, wide)
        values = np.where(undefined, 0.0, values)
    codes = wide.astype(np.min_scalar_type(-len(values) - 1))
    if values.dtype == object:
        return Column(codes, values)
    if kind == DATE:
        return Column(codes, _dates(values))
    if kind == CURRENCY:
        return Column(codes, currency(values))
    if kind == FLAG:
        return Column(codes, values != 0)
    if kind == REAL:
        return Column(codes, values.astype(np.float64))
    if kind == WHOLE and values.dtype == np.float64 and _all_whole(values):
        return Column(codes, values.astype(np.int64))
    return Column(codes, values)


def _all_whole(values: NDArray[np.float64]) -> bool:
    return bool((np.abs(values) < EXACT_FLOAT).all() and (values == np.rint(values)).all())


def _dates(days: NDArray[Any]) -> NDArray[np.datetime64]:
    seconds = np.rint(days * float(DAY))
    dates: NDArray[np.datetime64] = EPOCH + seconds.astype(np.int64).astype("timedelta64[s]")
    if len(dates) and not (FIRST_DATE <= dates.min() <= dates.max() <= LAST_DATE):
        raise ValueError("a column has dates outside the calendar")
    return dates


def currency(scaled: NDArray[Any]) -> NDArray[Any]:
    """Ten-thousandths to numbers: doubles where they are exact, else Python decimals."""
    if not (np.abs(scaled.astype(np.float64)) >= EXACT_FLOAT).any():
        return scaled / DECIMAL_SCALE
    exact: Sequence[Decimal] = [Decimal(int(x)) / DECIMAL_SCALE for x in scaled]
    values = np.empty(len(exact), object)
    values[:] = exact
    return values
