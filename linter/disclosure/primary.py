"""Primary rules: which figures disclose by themselves.

All take arrays and return a mask of the same shape, so that one call judges a whole table.
Sources: Hundepool et al., Handbook on Statistical Disclosure Control (threshold, dominance, p%); ACRO
default risk appetite (10; NK 2, 90%; p 10%; zeros); UK Statistics Authority and ONS guidance on group
disclosure.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from linter.disclosure.system import Bools, Floats, Ints


def small_counts(contributors: ArrayLike, t: int, *, zeros: bool = False) -> Bools:
    """Cells with 1..t contributors; with ``zeros`` also those with none.

    Args:
        contributors: numbers of distinct units, any shape; NaN means unknown and counts as small.
        t: the profile's threshold, in units.
        zeros: the profile counts zeros as disclosive.
    """
    counts = np.asarray(contributors, dtype=np.float64)
    small = ~(counts > t)
    return small if zeros else small & (counts != 0)


def small_bases(numerator: ArrayLike, denominator: ArrayLike, t: int) -> Bools:
    """Ratios of which numerator, denominator or their difference is 1..t.

    Args:
        numerator: units behind it, any shape; NaN counts as small.
        denominator: the same, broadcast to one shape.
        t: the profile's threshold.
    """
    part, whole = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return small_counts(part, t) | small_counts(whole, t) | small_counts(whole - part, t)


def group_disclosure(numerator: ArrayLike, denominator: ArrayLike, limit: float) -> Bools:
    """Groups of whom all or none share an attribute.

    Args:
        numerator: units with the attribute.
        denominator: units in the group; an empty group discloses nothing.
        limit: only groups smaller than this; ``inf`` for the sensitive attributes of the profile.
            Structural certainties (a boys' school) are the caller's to leave out.
    """
    part, whole = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    uniform = (part == 0) | (part == whole)
    return np.asarray(uniform & (whole > 0) & (whole < limit), dtype=np.bool_)


def dominated(largest: ArrayLike, totals: ArrayLike, k: float) -> Bools:
    """The (n,k) rule: the n largest contributions exceed a share ``k`` of the total.

    Args:
        largest: shape (cells, n), the n largest contributions (absolute amounts) of each cell.
        totals: shape (cells,), sums of absolute amounts.
        k: a share between 0 and 1.
    """
    top, total = np.asarray(largest, dtype=np.float64).sum(axis=-1), np.asarray(totals, dtype=np.float64)
    return np.asarray((total > 0) & (top > k * total), dtype=np.bool_)


def estimable(largest_two: ArrayLike, totals: ArrayLike, p: float) -> Bools:
    """The p% rule: the second largest contributor can estimate the largest to within a share ``p``.

    Args:
        largest_two: shape (cells, 2), largest first; 0 where there is no second.
        totals: shape (cells,), sums of absolute amounts.
        p: a share between 0 and 1.
    """
    two, total = np.asarray(largest_two, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    remainder = total - two[..., 0] - two[..., 1]
    return np.asarray((two[..., 0] > 0) & (remainder < p * two[..., 0]), dtype=np.bool_)


def largest_contributions(cell: Ints, unit: Ints, amount: Floats, n: int) -> tuple[Floats, Floats]:
    """The n largest contributions and the total of every cell.

    Args:
        cell: shape (rows,), cell numbers 0..cells-1.
        unit: shape (rows,), who the row belongs to; the amounts of one unit in one cell are added first.
        amount: shape (rows,).
        n: how many to return.

    Returns:
        shape (cells, n), largest first, 0 where there are fewer units; and shape (cells,), the sums of
        absolute contributions.
    """
    cells = int(cell.max(initial=-1)) + 1
    key, place = np.unique(np.stack((cell, unit), axis=1), axis=0, return_inverse=True)
    each = np.abs(np.bincount(place.ravel(), weights=amount, minlength=len(key)))
    owner = key[:, 0]
    order = np.lexsort((-each, owner))
    starts = np.searchsorted(owner[order], np.arange(cells))
    rank = np.arange(len(order)) - starts[owner[order]]
    top = np.zeros((cells, n))
    kept = rank < n
    top[owner[order][kept], rank[kept]] = each[order][kept]
    return top, np.bincount(owner, weights=each, minlength=cells).astype(np.float64)


def single_values(low: ArrayLike, high: ArrayLike, tests: Callable[[Floats], Bools]) -> Bools:
    """Which ranges hold only values that a test calls unsafe (a rounded figure that stands for 1..4).

    Args:
        low: lowest whole number of each range, shape (n,).
        high: highest, inclusive.
        tests: a primary rule over counts, for instance ``lambda n: small_counts(n, 5)``.
    """
    bottom, top = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    unsafe = np.zeros(bottom.shape, dtype=np.bool_)
    for i in np.ndindex(bottom.shape):
        unsafe[i] = bool(tests(np.arange(float(bottom[i]), float(top[i]) + 1)).all())
    return unsafe
