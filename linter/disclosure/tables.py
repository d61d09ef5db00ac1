"""From published tables in long form to one system of equations.

A table has dimension columns, in which one label may stand for the total, and one or more measures.
Cells with equal measure and equal dimension names and values are the same cell, in whichever table they
stand; a dimension at its total says nothing and drops out of the name. So linked tables need no special
treatment: the margin of one is the body of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linter.disclosure.rounding import rounded_bounds
from linter.disclosure.system import (
    HIDDEN,
    IMPLIED,
    ROUNDED,
    SHOWN,
    Bools,
    Floats,
    Inconsistency,
    Ints,
    System,
    scale_exactly,
)

Keys = NDArray[Any]  # int64, or Python integers where the product of the domains is larger


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table in long form.

    Attributes:
        dimensions: column name -> labels, each of shape (rows,).
        values: shape (rows,) or (rows, measures); ignored where hidden.
        hidden: the same shape: suppressed, by whatever symbol.
        totals: the label that stands for the total, one for all dimensions or per dimension.
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
        """The label of the total in a dimension, None if it has none."""
        return self.totals.get(dimension) if isinstance(self.totals, Mapping) else self.totals


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """A system and where each figure of each table went.

    Attributes:
        system: the equations.
        cell_of: per table, shape (rows, measures): the cell of each figure.
        shown_elsewhere: (table, row, measure) of hidden figures whose cell is shown in another place.
    """

    system: System
    cell_of: tuple[Ints, ...]
    shown_elsewhere: tuple[tuple[int, int, int], ...]


class _Codes:
    """Mixed-radix keys: one digit per dimension (0 is the total), the measure as the last digit."""

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
            labels = np.asarray(column).tolist()
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
        return np.asarray(keys // self.stride[d] % self.radix[d], dtype=np.int64)

    def name(self, key: int) -> str:
        parts = [
            f"{name}={self.labels[d][digit]}"
            for d, name in enumerate(self.names)
            if (digit := key // self.stride[d] % self.radix[d])
        ]
        measure = self.measure_names[key % self.radix[-1]]
        return (f"{measure}: " if measure else "") + (", ".join(parts) or "Total")


def link(tables: Sequence[Table], *, tolerance: float = 0.0, nonnegative: bool = True) -> Linked:
    """All equations that hold within and between tables.

    Args:
        tables: the tables a reader can lay side by side. Give a table of another population (a filter)
            an extra dimension that says so, or its cells are taken for the same.
        tolerance: by how much an equation of shown figures may miss, in units, before it is reported.
        nonnegative: no figure can be below zero.

    Raises:
        ValueError: columns of unequal length, or values that can't be held exactly.
    """
    codes = _Codes(tables)
    notes: list[str] = []
    keys = [_completed(codes, t, table, notes) for t, table in enumerate(tables)]
    groups = [g for t, table in enumerate(tables) for g in _equations(codes, t, table, keys, notes)]
    everything = np.unique(np.concatenate([*keys, *(parents for parents, _ in groups)]))
    equations = _Equations(everything)
    for parents, children in groups:
        equations.add(parents, children)
    cell_of = [np.searchsorted(everything, k) for k in codes.keys]
    values = _Values(len(everything), 0.0 if nonnegative else -np.inf)
    for t, table in enumerate(tables):
        values.read(t, table, cell_of[t])
    indptr, cells, coefs = equations.compressed()
    exact, scale = scale_exactly(values.value, values.state == SHOWN)
    system = System(
        indptr, cells, coefs, values.state, exact, values.low, values.high, values.truth, scale,
        nonnegative, scale == 1, tolerance, lambda cell: codes.name(int(everything[cell])), tuple(notes),
        tuple(values.conflicts),
    )  # fmt: skip
    shaped = tuple(
        np.asarray(cell, dtype=np.int64).reshape(-1, len(table.measures))
        for cell, table in zip(cell_of, tables, strict=True)
    )
    return Linked(system, shaped, tuple(values.elsewhere()))


def _parents(codes: _Codes, table: Table, d: int) -> Ints:
    """Shape (labels + 1,): the parent digit of each digit; -1 for the total itself."""
    name = codes.names[d]
    parent = np.zeros(codes.radix[d], dtype=np.int64)
    parent[0] = -1
    total = table.total_of(name)
    for child, above in table.hierarchies.get(name, {}).items():
        parent[codes.books[d][child]] = 0 if above == total else codes.books[d][above]
    return parent


def _children(codes: _Codes, t: int, table: Table, d: int) -> Ints:
    """Digits that can be children in this table: those it lists, and those its hierarchy declares."""
    name = codes.names[d]
    declared = [codes.books[d][child] for child in table.hierarchies.get(name, {})]
    present = np.unique(codes.digits[t][:, d])
    return np.union1d(present[present > 0], np.array(declared, dtype=np.int64)).astype(np.int64)


def _completed(codes: _Codes, t: int, table: Table, notes: list[str]) -> Keys:
    """The keys of a table, plus those of rows that are missing from a set whose parent is given."""
    keys = np.unique(codes.keys[t])
    if table.absent == "zero":
        return keys
    limit = 10 * len(keys) + 100_000
    known = np.unique(np.concatenate(codes.keys))
    for _ in codes.names:
        before = len(keys)
        for d, name in enumerate(codes.names):
            if name not in table.dimensions:
                continue
            parent, children = _parents(codes, table, d), _children(codes, t, table, d)
            digit = codes.digit(keys, d)
            inner = parent[digit] >= 0
            above = np.unique(keys[inner] + codes.shift(parent[digit[inner]] - digit[inner], d))
            above = above[np.isin(above, known)]
            for p in np.unique(parent[children]).tolist():
                mine = above[codes.digit(above, d) == p]
                under = children[parent[children] == p]
                wanted = (mine[:, None] + codes.shift(under - p, d)[None, :]).ravel()
                keys = np.union1d(keys, wanted)
            if len(keys) > limit:
                notes.append(f"{table.name}: too many absent combinations; some sums were not formed")
                return np.unique(codes.keys[t])
        if len(keys) == before:
            break
    return keys


def _equations(codes: _Codes, t: int, table: Table, keys: Sequence[Keys], notes: list[str]) -> list[tuple[Keys, Keys]]:
    """Pairs (parent key, child key), one entry per child; equal parents in one pair are one equation."""
    known = np.unique(np.concatenate(keys))
    own, groups = keys[t], []
    for d, name in enumerate(codes.names):
        if name not in table.dimensions:
            continue
        parent, digit = _parents(codes, table, d), codes.digit(own, d)
        inner = parent[digit] >= 0
        children = own[inner]
        above = children + codes.shift(parent[digit[inner]] - digit[inner], d)
        kept = np.isin(above, known)
        if table.absent == "unknown":
            kept &= _complete_sets(codes, t, table, d, above)
        groups.append((above[kept], children[kept]))
    return groups + _shared_margins(codes, t, table, keys, notes)


def _complete_sets(codes: _Codes, t: int, table: Table, d: int, above: Keys) -> Bools:
    """Which children stand in a set that lists all children of its parent."""
    parent, children = _parents(codes, table, d), _children(codes, t, table, d)
    expected = np.bincount(parent[children], minlength=codes.radix[d])
    unique, which, count = np.unique(above, return_inverse=True, return_counts=True)
    return np.asarray((count == expected[codes.digit(unique, d)])[which], dtype=np.bool_)


def _shared_margins(
    codes: _Codes, t: int, table: Table, keys: Sequence[Keys], notes: list[str]
) -> list[tuple[Keys, Keys]]:
    """Sums over several dimensions at once, and margins nobody printed but two tables share.

    Only dimensions without a total of their own need this: the others are reached step by step.
    """
    grains = _grains(codes, keys)
    full = [frozenset(range(len(codes.names))) & _dims(codes, k) for k in keys]
    printed = {grain for table_grains in grains for grain in table_grains}
    shared = {a & b for i, j in combinations(range(len(keys)), 2) for a, b in [(full[i], full[j])]}
    own = keys[t]
    digits = {d: codes.digit(own, d) for d in full[t]}
    open_dims = {d for d in full[t] if not (digits[d] == 0).any()}
    groups = []
    for margin in sorted(printed | shared, key=sorted):
        summed = (full[t] - margin) & open_dims
        if not margin <= full[t] or not summed or (margin in printed and len(summed) == 1):
            continue
        rows = np.ones(len(own), dtype=np.bool_)
        size = 1
        for d in full[t]:
            if d in summed:
                top = _parents(codes, table, d)[digits[d]] == 0
                size *= len(np.unique(digits[d][top]))
                rows &= top
            else:
                rows &= (digits[d] > 0) == (d in margin)
        children = own[rows]
        above = children - sum(codes.shift(digits[d][rows], d) for d in summed)
        if table.absent == "unknown":
            _, which, count = np.unique(above, return_inverse=True, return_counts=True)
            complete = (count == size)[which]
            if not complete.all():
                notes.append(f"{table.name}: sums with absent combinations were not formed")
            above, children = above[complete], children[complete]
        groups.append((above, children))
    return groups


def _dims(codes: _Codes, keys: Keys) -> frozenset[int]:
    return frozenset(d for d in range(len(codes.names)) if (codes.digit(keys, d) > 0).any())


def _grains(codes: _Codes, keys: Sequence[Keys]) -> list[set[frozenset[int]]]:
    """Per table, the sets of dimensions that its cells are broken down by."""
    found = []
    for own in keys:
        bits = np.zeros(len(own), dtype=np.int64)
        for d in range(len(codes.names)):
            bits |= (codes.digit(own, d) > 0).astype(np.int64) << d
        patterns = np.unique(bits).tolist()
        found.append({frozenset(d for d in range(len(codes.names)) if bit >> d & 1) for bit in patterns})
    return found


class _Equations:
    """Collects parent-and-children groups as compressed rows over the sorted keys."""

    def __init__(self, everything: Keys) -> None:
        self.everything = everything
        self.parts: list[tuple[Ints, Ints, Ints]] = []
        self.count = 0

    def add(self, parents: Keys, children: Keys) -> None:
        unique, equation = np.unique(parents, return_inverse=True)
        entries = np.concatenate((np.arange(len(unique)), equation)) + self.count
        cells = np.searchsorted(self.everything, np.concatenate((unique, children)))
        coefs = np.concatenate((np.ones(len(unique), np.int64), -np.ones(len(children), np.int64)))
        self.parts.append((entries, cells, coefs))
        self.count += len(unique)

    def compressed(self) -> tuple[Ints, Ints, Ints]:
        empty = np.zeros(0, dtype=np.int64)
        entries, cells, coefs = (
            np.concatenate([empty, *(part[i] for part in self.parts)]).astype(np.int64) for i in range(3)
        )
        order = np.argsort(entries, kind="stable")
        indptr = np.concatenate(([0], np.cumsum(np.bincount(entries, minlength=self.count))))
        return indptr.astype(np.int64), cells[order], coefs[order]


class _Values:
    """State, value and bounds of every cell, gathered over the tables."""

    def __init__(self, n: int, least: float) -> None:
        self.state = np.full(n, IMPLIED, dtype=np.int8)
        self.value = np.zeros(n)
        self.low, self.high = np.full(n, least), np.full(n, np.inf)
        self.truth = np.full(n, np.nan)
        self.conflicts: list[Inconsistency] = []
        self.hidden_figures: list[tuple[int, int, int, int]] = []

    def read(self, t: int, table: Table, cell: Ints) -> None:
        values = np.asarray(table.values, dtype=np.float64)
        shape = values.shape
        flat = values.ravel()
        hidden = np.broadcast_to(np.asarray(table.hidden, dtype=np.bool_), shape).ravel()
        base = np.broadcast_to(np.asarray(table.rounding, dtype=np.float64), shape).ravel()
        if flat.shape != cell.shape:
            message = f"{table.name}: values and dimensions differ in length"
            raise ValueError(message)
        if table.truth is not None:
            self.truth[cell] = np.asarray(table.truth, dtype=np.float64).ravel()
        rounded = ~hidden & (base > 0)
        self._variables(table, cell, hidden, shape)
        low, high = rounded_bounds(flat[rounded], base[rounded], random=table.random_rounding)
        self._tighten(cell[rounded], low, high)
        at = cell[rounded]
        self.state[at] = np.where(self.state[at] == SHOWN, SHOWN, ROUNDED)
        self._constants(cell[~hidden & ~rounded], flat[~hidden & ~rounded])
        measures = len(table.measures)
        where = np.flatnonzero(hidden)
        self.hidden_figures += [
            (t, int(i) // measures, int(i) % measures, int(c)) for i, c in zip(where, cell[where], strict=True)
        ]

    def _variables(self, table: Table, cell: Ints, hidden: Bools, shape: tuple[int, ...]) -> None:
        low = np.broadcast_to(np.asarray(table.low, dtype=np.float64), shape).ravel()[hidden]
        high = np.broadcast_to(np.asarray(table.high, dtype=np.float64), shape).ravel()[hidden]
        self._tighten(cell[hidden], low, high)
        at = cell[hidden]
        self.state[at] = np.where(self.state[at] == IMPLIED, HIDDEN, self.state[at])

    def _tighten(self, at: Ints, low: Floats, high: Floats) -> None:
        np.maximum.at(self.low, at, low)
        np.minimum.at(self.high, at, high)

    def _constants(self, at: Ints, values: Floats) -> None:
        """The first figure of a cell stands; a different one later is a conflict."""
        cells, first = np.unique(at, return_index=True)
        fresh = self.state[cells] != SHOWN
        self.value[cells[fresh]] = values[first[fresh]]
        self.state[cells] = SHOWN
        for i in np.flatnonzero(np.abs(self.value[at] - values) > 0).tolist():
            gap = Fraction(float(values[i])) - Fraction(float(self.value[at[i]]))
            self.conflicts.append(Inconsistency("conflict", (), None, int(at[i]), gap))

    def elsewhere(self) -> list[tuple[int, int, int]]:
        return [(t, row, m) for t, row, m, cell in self.hidden_figures if self.state[cell] == SHOWN]
