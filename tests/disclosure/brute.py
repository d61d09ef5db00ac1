"""Slow and obvious answers: enumerate every table that a reader could not rule out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy import optimize

from linter.disclosure.system import System


def dense(system: System) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrix over the variables, right-hand side in units, and the variables."""
    variables = np.flatnonzero(system.unknown)
    place = {int(c): i for i, c in enumerate(variables)}
    matrix = np.zeros((system.n_equations, len(variables)))
    right = np.zeros(system.n_equations)
    for e in range(system.n_equations):
        for cell, coef in zip(*system.equation(e), strict=True):
            if cell in place:
                matrix[e, place[cell]] += coef
            else:
                right[e] -= coef * float(system.shown_value(cell))
    return matrix, right, variables


def determined_by_elimination(system: System) -> set[int]:
    """Cells that are zero in the whole null space, with fractions."""
    matrix, _, variables = dense(system)
    rows = [[Fraction(int(v)) for v in row] for row in matrix]
    pivots: list[int] = []
    for column in range(len(variables)):
        row = len(pivots)
        pick = next((r for r in range(row, len(rows)) if rows[r][column]), None)
        if pick is None:
            continue
        rows[row], rows[pick] = rows[pick], rows[row]
        head = rows[row][column]
        rows[row] = [v / head for v in rows[row]]
        for r in range(len(rows)):
            if r != row and (factor := rows[r][column]):
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[row], strict=True)]
        pivots.append(column)
    alone = (c for r, c in enumerate(pivots) if sum(v != 0 for v in rows[r]) == 1)
    return {int(variables[c]) for c in alone}


def solutions(system: System, most: int = 200_000) -> np.ndarray | None:
    """Every whole-number solution within the bounds, shape (solutions, variables); None if too many."""
    matrix, right, variables = dense(system)
    low, high = system.low[variables].copy(), system.high[variables].copy()
    # An upper bound for each variable from any equation whose coefficients have one sign.
    for row, b in zip(matrix, right, strict=True):
        used = np.flatnonzero(row)
        if len(used) and (np.all(row[used] > 0) or np.all(row[used] < 0)):
            rest = np.abs(b) - (np.abs(row[used]) * low[used]).sum()
            high[used] = np.minimum(high[used], low[used] + rest / np.abs(row[used]))
    if not np.isfinite(low).all() or not np.isfinite(high).all():
        return None
    found = np.zeros((1, 0))
    for j in range(len(variables)):
        options = np.arange(np.ceil(low[j]), np.floor(high[j] + 1e-9) + 1)
        if len(found) * max(len(options), 1) > most:
            return None
        found = np.hstack((np.repeat(found, len(options), axis=0), np.tile(options, len(found))[:, None]))
        done = ~(np.abs(matrix[:, j + 1 :]) > 0).any(axis=1) if j + 1 < len(variables) else np.ones(len(matrix), bool)
        gap = found @ matrix[:, : j + 1].T - right
        found = found[(np.abs(gap[:, done]) < 1e-9).all(axis=1)]
    return found


def linear_range(system: System, cell: int) -> tuple[float, float] | None:
    """Lowest and highest value by two linear programmes; infinite where unbounded, None if infeasible."""
    matrix, right, variables = dense(system)
    cost = (variables == cell).astype(float)
    bounds = list(zip(system.low[variables], system.high[variables], strict=True))
    ends = []
    for sign in (1, -1):
        answer = optimize.linprog(sign * cost, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
        if answer.status == 2:
            return None
        ends.append(-sign * np.inf if answer.status in {3, 4} else sign * answer.fun)
    return float(ends[0]), float(ends[1])
