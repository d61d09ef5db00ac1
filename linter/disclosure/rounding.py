"""What rounded figures still tell, and whether figures are rounded at all.

A figure ``v`` rounded to base ``b`` (half up) stands for ``v - b/2 <= x < v + b/2``; one that was rounded
at random to either neighbour stands for ``v - b + 1 .. v + b - 1`` (counts).
Source: Ofqual rounding policy (base 5); Hundepool et al., Handbook on Statistical Disclosure Control.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from linter.disclosure.system import Bools, Floats


def rounded_bounds(values: ArrayLike, base: ArrayLike, *, random: bool = False) -> tuple[Floats, Floats]:
    """The counts that a rounded figure can stand for.

    Args:
        values: the shown figures, shape (n,).
        base: their rounding base, > 0, shape (n,) or scalar.
        random: random rounding to either neighbour instead of rounding to the nearest, half up.

    Returns:
        lowest and highest whole number, each of shape (n,), inclusive; never below zero for a figure
        that is not negative.
    """
    shown, step = np.broadcast_arrays(np.asarray(values, float), np.asarray(base, float))
    if random:
        low, high = shown - step + 1, shown + step - 1
    else:
        low, high = np.ceil(shown - step / 2), np.ceil(shown + step / 2) - 1
    return np.where(shown >= 0, np.maximum(low, 0.0), low), high


def is_rounded(values: ArrayLike, base: float) -> Bools:
    """Which figures are multiples of ``base``, within 1e-9 of a base."""
    quotient = np.asarray(values, dtype=np.float64) / base
    return np.asarray(np.abs(quotient - np.rint(quotient)) <= 1e-9, dtype=np.bool_)


def rounding_base(values: ArrayLike, candidates: Sequence[float] = (1000, 100, 50, 20, 10, 5, 3)) -> float:
    """The largest candidate base of which all figures are multiples, 0 if none.

    Fewer than 5 distinct non-zero figures are no evidence and give 0.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers) & (numbers != 0)]
    if len(np.unique(numbers)) < 5:
        return 0.0
    return next((float(b) for b in candidates if is_rounded(numbers, b).all()), 0.0)


def difference_bounds(
    total: float, parts: Sequence[float], base: float, *, random: bool = False
) -> tuple[float, float]:
    """What ``total`` minus ``parts``, each rounded independently to ``base``, can be, inclusive.

    Half the attack on rounding: the more parts, the wider the range; a range of a single value gives
    the remainder away. The other half, many such sums together, is ``intervals.audit`` on a system
    whose figures have a rounding base.
    """
    (total_low,), (total_high,) = rounded_bounds([total], base, random=random)
    low, high = rounded_bounds(list(parts), base, random=random)
    return float(max(total_low - high.sum(), 0.0)), float(total_high - low.sum())
