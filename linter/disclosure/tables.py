"""From published tables in long form to one system of equations.

A table has dimension columns, in which one label may stand for the total, and one or more measures.
Cells with equal measure and equal dimension names and values are the same cell, in whichever table they
stand; a dimension at its total says nothing and drops out of the name. So linked tables need no special
treatment: the margin of one is the body of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from linter.disclosure.longform import Codes, Keys, Table
from linter.disclosure.rounding import rounded_bounds
from linter.disclosure.sums import completed, distinct, equations
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
from linter.records import dataclass

__all__ = ["Linked", "Table", "link"]


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
    codes = Codes(tables)
    notes: list[str] = []
    keys = [completed(codes, t, table, notes) for t, table in enumerate(tables)]
    groups = [g for t, table in enumerate(tables) for g in equations(codes, t, table, keys, notes)]
    everything = distinct(np.concatenate([*keys, *(parents for parents, _ in groups)]))
    collected = _Equations(everything)
    for parents, children in groups:
        collected.add(parents, children)
    cell_of = [np.searchsorted(everything, k) for k in codes.keys]
    values = _Values(len(everything), 0.0 if nonnegative else -np.inf)
    for t, table in enumerate(tables):
        values.read(t, table, cell_of[t])
    indptr, cells, coefs = collected.compressed()
    exact, scale = scale_exactly(values.value, values.state == SHOWN)
    system = System(
        indptr, cells, coefs, values.state, exact, values.low, values.high, values.truth, scale,
        nonnegative, scale == 1, tolerance, lambda cell: codes.name(int(everything[cell])), tuple(notes),
        tuple(values.conflicts),
    )  # fmt: skip
    shaped = tuple(
        np.asarray(cell, dtype=np.int64).reshape(len(np.asarray(table.values)), len(table.measures))
        for cell, table in zip(cell_of, tables, strict=True)
    )
    return Linked(system, shaped, tuple(values.elsewhere()))


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
