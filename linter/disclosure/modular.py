"""Exact linear algebra modulo a prime, and the way back to whole numbers.

Used to find combinations of equations; what it finds counts only after ``certificates`` has verified it
over the integers, so neither an unlucky prime nor a failed reconstruction can produce a false claim.
"""

from __future__ import annotations

from math import isqrt

import numpy as np

from linter.disclosure.system import Ints

PRIME = 2**31 - 1


def row_reduce(matrix: Ints, columns: int) -> tuple[Ints, list[int]]:
    """Reduced row echelon form modulo ``PRIME``.

    Args:
        matrix: shape (rows, width), any integers; not changed.
        columns: pivots are taken from the first ``columns`` columns.

    Returns:
        the reduced matrix, and the pivot column of each of its first rows.
    """
    work = matrix % PRIME
    pivots: list[int] = []
    for column in range(columns):
        row = len(pivots)
        below = np.flatnonzero(work[row:, column])
        if not len(below):
            continue
        pick = row + int(below[0])
        if pick != row:
            work[[row, pick]] = work[[pick, row]]
        work[row] = work[row] * pow(int(work[row, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(work[:, column])
        others = others[others != row]
        work[others] = (work[others] - work[others, column][:, None] * work[row]) % PRIME
        pivots.append(column)
        if len(pivots) == len(work):
            break
    return work, pivots


def whole_numbers(vector: Ints) -> tuple[list[int], int] | None:
    """Integers and a common divisor of which ``vector`` is the image modulo ``PRIME``.

    Returns:
        ``(numerators, divisor)`` of the smallest fractions, None if there are none small enough.
    """
    divisor = 1
    limit = isqrt(PRIME // 2)
    for _ in range(8):
        scaled = vector * divisor % PRIME
        centred = np.where(scaled > PRIME // 2, scaled - PRIME, scaled)
        worst = int(np.argmax(np.abs(centred))) if len(centred) else 0
        if not len(centred) or abs(int(centred[worst])) <= limit:
            return centred.tolist(), divisor
        factor = _denominator(int(scaled[worst]), limit)
        if factor is None or divisor * factor > limit:
            return None
        divisor *= factor
    return None


def _denominator(residue: int, limit: int) -> int | None:
    """The denominator of the small fraction with this residue (Wang's reconstruction)."""
    r0, r1, t0, t1 = PRIME, residue, 0, 1
    while r1 > limit:
        quotient = r0 // r1
        r0, r1, t0, t1 = r1, r0 - quotient * r1, t1, t0 - quotient * t1
    return abs(t1) if 1 < abs(t1) <= limit else None
