"""Step-wise subtraction: what a reader finds with one equation at a time.

An equation with a single variable gives it away: ``142 - 96 - 43 = 3``. The value found may leave another
equation with a single variable, and so on until nothing moves. Linear time in the number of entries.
"""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction

import numpy as np

from linter.disclosure.late import sparse
from linter.disclosure.system import Bools, Inconsistency, Ints, System
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One cell found from one equation, in which all other variables were known before."""

    cell: int
    equation: int
    value: int  # times the scale of the system


@dataclass(slots=True, eq=False)
class Remainder:
    """What is left of a system once its simple steps are done: entries of the open variables only.

    Attributes:
        rows, cols, vals: shape (entries,): equation, cell, coefficient.
        residual: shape (equations,): what the open variables sum to, times the scale.
    """

    rows: Ints
    cols: Ints
    vals: Ints
    residual: Ints


@dataclass(slots=True, eq=False)
class Reduction:
    """The system while variables become known. ``run`` does the work, ``remainder`` says what is left."""

    system: System
    by_equation: sparse.csr_array = field(init=False)
    by_cell: sparse.csc_array = field(init=False)
    residual: Ints = field(init=False)
    active: Bools = field(init=False)
    known: Bools = field(init=False)
    steps: list[Step] = field(init=False, default_factory=list)
    inconsistent: list[Inconsistency] = field(init=False, default_factory=list)
    _left: Ints = field(init=False)
    _mix: Ints = field(init=False)
    _coef: Ints = field(init=False)

    def __post_init__(self) -> None:
        system = self.system
        self.by_equation = system.matrix()
        self.by_equation.eliminate_zeros()
        self.by_cell = self.by_equation.tocsc()
        self.residual = system.right_hand_side()
        self.active = np.ones(system.n_equations, dtype=np.bool_)
        self.known = ~system.unknown
        # The exclusive-or of the open variables of an equation is the last one when one is left.
        self._left = np.diff(self.by_equation.indptr).astype(np.int64)
        rows = np.repeat(np.arange(system.n_equations), self._left)
        self._mix = np.zeros(system.n_equations, dtype=np.int64)
        np.bitwise_xor.at(self._mix, rows, self.by_equation.indices.astype(np.int64))
        self._coef = np.zeros(system.n_equations, dtype=np.int64)
        np.add.at(self._coef, rows, self.by_equation.data)

    def run(self) -> None:
        """Subtract until nothing moves."""
        self._check(np.flatnonzero(self._left == 0))
        ready = np.flatnonzero(self._left == 1)
        while len(ready):
            ready = self._round(ready)

    def settle(self, cells: Ints, values: Ints) -> None:
        """Take variables as known (found by other means) and go on subtracting.

        Args:
            cells: variables that are still open, each once.
            values: theirs, times the scale.
        """
        touched = self._remove(cells, values)
        ready = touched[self._left[touched] == 1]
        while len(ready):
            ready = self._round(ready)

    def drop(self, equation: int) -> None:
        """Leave an equation out."""
        self.active[equation] = False

    def remainder(self) -> Remainder:
        """The entries of the equations in use and the variables still open."""
        rows = np.repeat(np.arange(self.system.n_equations), np.diff(self.by_equation.indptr))
        cols = self.by_equation.indices.astype(np.int64)
        keep = self.active[rows] & ~self.known[cols]
        return Remainder(rows[keep], cols[keep], self.by_equation.data[keep], self.residual)

    def _round(self, ready: Ints) -> Ints:
        """One round: all equations with a single variable of coefficient 1 or -1, at once."""
        ready = ready[self.active[ready] & (self._left[ready] == 1) & (np.abs(self._coef[ready]) == 1)]
        values = self.residual[ready] * self._coef[ready]
        slack = self.system.tolerance * self.system.scale
        if self.system.nonnegative and (impossible := values < -slack).any():
            for equation, value in zip(ready[impossible].tolist(), values[impossible].tolist(), strict=True):
                gap = Fraction(value, self.system.scale)
                cell = int(self._mix[equation])
                self.inconsistent.append(Inconsistency("negative", (equation,), equation, cell, gap))
                self.drop(equation)
            ready, values = ready[~impossible], values[~impossible]
        cells, first = np.unique(self._mix[ready], return_index=True)
        ready, values = ready[first], values[first]
        found = zip(cells.tolist(), ready.tolist(), values.tolist(), strict=True)
        self.steps += [Step(cell, equation, value) for cell, equation, value in found]
        touched = self._remove(cells, values)
        return np.asarray(touched[self._left[touched] == 1])

    def _remove(self, cells: Ints, values: Ints) -> Ints:
        """Take known variables out of their equations; returns the equations touched."""
        self.known[cells] = True
        starts, ends = self.by_cell.indptr[cells], self.by_cell.indptr[cells + 1]
        counts = (ends - starts).astype(np.int64)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        entries = np.repeat(starts, counts) + offsets
        rows, coefs = self.by_cell.indices[entries].astype(np.int64), self.by_cell.data[entries]
        np.subtract.at(self._left, rows, 1)
        np.bitwise_xor.at(self._mix, rows, np.repeat(cells, counts))
        np.subtract.at(self._coef, rows, coefs)
        np.subtract.at(self.residual, rows, coefs * np.repeat(values, counts))
        touched = np.unique(rows)
        self._check(touched[self._left[touched] == 0])
        return touched

    def _check(self, closed: Ints) -> None:
        """Equations without an open variable must add up."""
        slack = self.system.tolerance * self.system.scale
        wrong = closed[self.active[closed] & (np.abs(self.residual[closed]) > slack)]
        for equation in wrong.tolist():
            gap = Fraction(int(self.residual[equation]), self.system.scale)
            self.inconsistent.append(Inconsistency("sum", (equation,), equation, None, gap))
            self.drop(equation)
