"""A system of linear equations over the cells of published tables.

Every number that a reader can see is a linear statement about cells. A *shown* cell is a constant, every
other cell is a variable: *hidden* (suppressed), *rounded* (only a range is known) or *implied* (an absent
row or a margin that nobody printed). Equations are homogeneous: the coefficients times the cells of one
equation sum to zero, for instance ``total - part - part = 0``.

Values are held exactly: integers, scaled by a power of ten where the figures have decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linter.disclosure.late import sparse
from linter.records import dataclass

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHOWN, HIDDEN, ROUNDED, IMPLIED = 0, 1, 2, 3
"""States of a cell. Only ``SHOWN`` cells are constants."""


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Published numbers that contradict each other; what is listed was left out of the audit.

    Attributes:
        kind: ``sum`` (an equation of shown figures does not add up), ``negative`` (it would make a count
            negative), ``combined`` (several equations together are impossible), ``conflict`` (one cell is
            shown with two values), ``fraction`` (a count would not be whole).
        equations: the equations concerned; empty for a conflict.
        left_out: the equation that the audit did without, None if it needed none left out.
        cell: the cell concerned, where there is one.
        residual: by how much they miss, in the units of the table.
    """

    kind: Literal["sum", "negative", "combined", "conflict", "fraction"]
    equations: tuple[int, ...]
    left_out: int | None
    cell: int | None
    residual: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Equations over cells, stored by equation (compressed rows).

    Attributes:
        indptr: shape (equations + 1,), where each equation begins in ``cells`` and ``coefs``.
        cells: shape (entries,), the cell of each entry.
        coefs: shape (entries,), its integer coefficient.
        state: shape (cells,), one of SHOWN, HIDDEN, ROUNDED, IMPLIED.
        value: shape (cells,), the shown value times ``scale``; 0 where not shown.
        scale: a power of ten.
        low, high: shape (cells,), what a reader knows of a variable besides the equations, in units.
        truth: shape (cells,), the real values in units, NaN where unknown; only intervals (a starting
            point) and mending (costs) look at them.
        nonnegative: no cell can be below zero.
        integral: cells are counts.
        tolerance: by how much one equation of shown figures may miss, in units (printed decimals).
        name: gives a readable name of a cell.
        notes: sentences on what the builder could not take into account.
        conflicts: cells shown with two different values.
    """

    indptr: Ints
    cells: Ints
    coefs: Ints
    state: NDArray[np.int8]
    value: Ints
    low: Floats
    high: Floats
    truth: Floats
    scale: int = 1
    nonnegative: bool = True
    integral: bool = True
    tolerance: float = 0.0
    name: Callable[[int], str] = field(default=str, compare=False)
    notes: tuple[str, ...] = ()
    conflicts: tuple[Inconsistency, ...] = ()

    @property
    def n_equations(self) -> int:
        """Number of equations."""
        return len(self.indptr) - 1

    @property
    def n_cells(self) -> int:
        """Number of cells, shown or not."""
        return len(self.state)

    @property
    def unknown(self) -> Bools:
        """Shape (cells,): the variables."""
        return np.asarray(self.state != SHOWN, dtype=np.bool_)

    def equation(self, index: int) -> tuple[list[int], list[int]]:
        """Cells and coefficients of one equation, as Python integers."""
        part = slice(int(self.indptr[index]), int(self.indptr[index + 1]))
        return self.cells[part].tolist(), self.coefs[part].tolist()

    def shown_value(self, cell: int) -> Fraction:
        """The exact value of a shown cell, in units."""
        return Fraction(int(self.value[cell]), self.scale)

    def entry_equations(self) -> Ints:
        """Shape (entries,): the equation of each entry."""
        return np.repeat(np.arange(self.n_equations), np.diff(self.indptr))

    def right_hand_side(self) -> Ints:
        """Shape (equations,): what the variables of each equation must sum to, times ``scale``."""
        sums = np.concatenate(([0], np.cumsum(-self.coefs * self.value[self.cells])))
        return sums[self.indptr[1:]] - sums[self.indptr[:-1]]

    def matrix(self) -> sparse.csr_array:
        """Equations x cells with the coefficients of the variables only."""
        keep = self.unknown[self.cells]
        rows = self.entry_equations()[keep]
        shape = (self.n_equations, self.n_cells)
        return sparse.csr_array((self.coefs[keep], (rows, self.cells[keep])), shape=shape)

    def with_hidden(self, cells: Sequence[int] | Ints) -> System:
        """The same system with more cells hidden; their shown values become the truth."""
        index = np.asarray(cells, dtype=np.int64)
        index = index[self.state[index] == SHOWN]
        state, value, truth = self.state.copy(), self.value.copy(), self.truth.copy()
        low, high = self.low.copy(), self.high.copy()
        truth[index] = value[index] / self.scale
        state[index], value[index] = HIDDEN, 0
        low[index], high[index] = (0.0 if self.nonnegative else -np.inf), np.inf
        return replace(self, state=state, value=value, truth=truth, low=low, high=high)

    def with_shown(self, values: Mapping[int, int]) -> System:
        """The same system with variables that became known by other means (a percentage on a shown base)."""
        state, value = self.state.copy(), self.value.copy()
        for cell, number in values.items():
            state[cell], value[cell] = SHOWN, number * self.scale
        return replace(self, state=state, value=value)

    def with_bounds(self, bounds: Mapping[int, tuple[float, float]]) -> System:
        """The same system, each named variable held to its range (intersected with what was known)."""
        low, high = self.low.copy(), self.high.copy()
        for cell, (least, most) in bounds.items():
            low[cell], high[cell] = max(low[cell], least), min(high[cell], most)
        return replace(self, low=low, high=high)


def from_equations(
    equations: Sequence[Mapping[str, int]],
    values: Mapping[str, float | None],
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    nonnegative: bool = True,
    tolerance: float = 0.0,
) -> System:
    """A system written by hand.

    Args:
        equations: each maps cell names to integer coefficients and sums to zero.
        values: the shown value of every cell, None where it is hidden.
        bounds: what a reader knows of hidden cells, inclusive.
        nonnegative: no cell can be below zero.
        tolerance: by how much one equation of shown figures may miss.

    Raises:
        KeyError: an equation names a cell that has no entry in ``values``.
    """
    names = list(values)
    index = {name: i for i, name in enumerate(names)}
    hidden = np.array([values[name] is None for name in names], dtype=np.bool_)
    numbers = np.array([values[name] or 0 for name in names], dtype=np.float64)
    scaled, scale = scale_exactly(numbers, ~hidden)
    sizes = [len(equation) for equation in equations]
    system = System(
        indptr=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        cells=np.array([index[c] for equation in equations for c in equation], dtype=np.int64),
        coefs=np.array([k for equation in equations for k in equation.values()], dtype=np.int64),
        state=np.where(hidden, HIDDEN, SHOWN).astype(np.int8),
        value=scaled,
        low=np.full(len(names), 0.0 if nonnegative else -np.inf),
        high=np.full(len(names), np.inf),
        truth=np.full(len(names), np.nan),
        scale=scale,
        nonnegative=nonnegative,
        integral=scale == 1,
        tolerance=tolerance,
        name=names.__getitem__,
    )
    return system.with_bounds({index[name]: pair for name, pair in (bounds or {}).items()})


def scale_exactly(values: Floats, known: Bools, *, most_decimals: int = 9) -> tuple[Ints, int]:
    """Integers and the power of ten that makes them from printed decimals.

    Args:
        values: shape (n,).
        known: shape (n,); other entries become 0.
        most_decimals: printed decimals to try.

    Raises:
        ValueError: a known value is not finite, or too large or too long to be held exactly.
    """
    numbers = np.where(known, values, 0.0)
    if not np.isfinite(numbers).all():
        message = "a shown value is not a finite number"
        raise ValueError(message)
    for decimals in range(most_decimals + 1):
        scaled = numbers * 10.0**decimals
        whole = np.rint(scaled)
        if (np.abs(whole) >= 2.0**52).any():
            break
        if (np.abs(scaled - whole) <= 1e-12 * np.abs(scaled)).all():
            return whole.astype(np.int64), 10**decimals
    message = "the shown values have more digits than can be held exactly; round them first"
    raise ValueError(message)
