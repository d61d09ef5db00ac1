"""Published tables in long form, and the keys that tell their cells apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linter.disclosure.system import Ints
from linter.records import dataclass

Keys = NDArray[Any]  # int64, or Python integers where the product of the domains is larger

NO_TOTAL = object()
"""Equal to no label."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table in long form.

    Attributes:
        dimensions: column name -> labels, each of shape (rows,).
        values: shape (rows,) or (rows, measures); ignored where hidden.
        hidden: the same shape: suppressed, by whatever symbol.
        totals: the label that stands for the total, one for all dimensions or per dimension; None (or a
            dimension left out) where there is none. Null labels are categories like any other.
        hierarchies: dimension -> {child: parent}; a label without a parent belongs to the total.
        measures: names of the measures; figures of different measures are never added.
        absent: what a combination without a row means: ``zero`` for a table that lists every non-empty
            cell, ``unknown`` for one that may leave out more (nothing is then concluded from it).
        rounding: rounding base, 0 for exact figures; scalar or of the shape of ``values``.
        random_rounding: rounded to either neighbour, not the nearest.
        low, high: what the symbol tells of a hidden cell, inclusive; scalars or the shape of ``values``.
        truth: the real values where the caller has them, the shape of ``values``.
        name: used in notes.
    """

    dimensions: Mapping[str, ArrayLike]
    values: ArrayLike
    hidden: ArrayLike
    totals: object = "Total"
    hierarchies: Mapping[str, Mapping[object, object]] = field(default_factory=dict)
    measures: Sequence[str] = ("",)
    absent: Literal["zero", "unknown"] = "unknown"
    rounding: ArrayLike = 0.0
    random_rounding: bool = False
    low: ArrayLike = -np.inf
    high: ArrayLike = np.inf
    truth: ArrayLike | None = None
    name: str = "table"

    def total_of(self, dimension: str) -> object:
        """The label of the total in a dimension; something equal to no label if it has none."""
        label = self.totals.get(dimension) if isinstance(self.totals, Mapping) else self.totals
        return NO_TOTAL if label is None else label


class Codes:
    """Mixed-radix keys: one digit per dimension (0 is the total), the measure as the last digit.

    Attributes:
        names: dimensions of all tables.
        digits: per table, shape (rows, dimensions).
        keys: per table, shape (rows * measures,).
        books: per dimension, label -> digit.
        radix: numbers of digits; stride: what one step of a digit adds to a key.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.names = list(dict.fromkeys(name for table in tables for name in table.dimensions))
        self.books: list[dict[object, int]] = [{} for _ in self.names]
        self.measures: dict[str, int] = {}
        for table in tables:
            for measure in table.measures:
                self.measures.setdefault(measure, len(self.measures))
        self.digits = [self._digits(table) for table in tables]
        self.radix = [len(book) + 1 for book in self.books] + [len(self.measures)]
        self.stride = [1]
        for radix in self.radix[:0:-1]:
            self.stride.insert(0, self.stride[0] * radix)
        wide = self.stride[0] * self.radix[0] >= 2**62
        self.dtype: type = object if wide else np.int64
        self.keys = [self._keys(table, digits) for table, digits in zip(tables, self.digits, strict=True)]
        self.labels = [[None, *book] for book in self.books]
        self.measure_names = list(self.measures)

    def _digits(self, table: Table) -> Ints:
        """Shape (rows, dimensions)."""
        rows = np.asarray(table.values).shape[0]
        digits = np.zeros((rows, len(self.names)), dtype=np.int64)
        for name, column in table.dimensions.items():
            d = self.names.index(name)
            book, total = self.books[d], table.total_of(name)
            labels = [v if v == v else None for v in np.asarray(column).tolist()]  # noqa: PLR0124 - NaN is null
            if len(labels) != rows:
                message = f"dimension {name!r} has {len(labels)} labels for {rows} rows"
                raise ValueError(message)
            digits[:, d] = [0 if v == total else book.setdefault(v, len(book) + 1) for v in labels]
            for child, parent in table.hierarchies.get(name, {}).items():
                for label in (child, parent):
                    if label != total:
                        book.setdefault(label, len(book) + 1)
        return digits

    def _keys(self, table: Table, digits: Ints) -> Keys:
        """Shape (rows * measures,)."""
        base: Keys = np.zeros(len(digits), dtype=self.dtype)
        for d in range(len(self.names)):
            base = base + self.shift(digits[:, d], d)
        measure: Keys = np.array([self.measures[m] for m in table.measures], dtype=self.dtype)
        keys: Keys = (base[:, None] + measure[None, :]).ravel()
        return keys

    def shift(self, digits: Ints, d: int) -> Keys:
        """What digits of a dimension add to a key."""
        moved: Keys = digits.astype(self.dtype) * self.stride[d]
        return moved

    def digit(self, keys: Keys, d: int) -> Ints:
        """The digit of a dimension in keys."""
        return np.asarray(keys // self.stride[d] % self.radix[d], dtype=np.int64)

    def name(self, key: int) -> str:
        """A readable name of a cell."""
        parts = [
            f"{name}={self.labels[d][digit]}"
            for d, name in enumerate(self.names)
            if (digit := key // self.stride[d] % self.radix[d])
        ]
        measure = self.measure_names[key % self.radix[-1]]
        return (f"{measure}: " if measure else "") + (", ".join(parts) or "Total")
