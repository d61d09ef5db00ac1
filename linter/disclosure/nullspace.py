"""Which variables of a large linked system are determined, numerically.

If the true values lie above their known lower bounds, a variable is determined exactly when it is zero in
every null vector of the system. Two random vectors are projected on the null space with LSMR; a variable
that is zero in both is determined with probability one. Only a hint: claims need a certificate.
Source: Fong and Saunders, LSMR, SIAM J. Sci. Comput. 33 (2011).
"""

from __future__ import annotations

import numpy as np

from linter.disclosure.late import linalg, optimize, sparse
from linter.disclosure.modular import PRIME
from linter.disclosure.system import Bools, Floats, Ints

TOLERANCE = 1e-6
"""Measured gap on three-way tables: below 3e-10 for determined variables, above 6e-4 for others."""


def determined(matrix: sparse.csr_array, *, seed: int = 0) -> tuple[Bools, Bools]:
    """Variables that are zero in the projections of two random vectors.

    Args:
        matrix: equations x variables.
        seed: of the random vectors.

    Returns:
        the variables that look determined, and those that are too close to the tolerance to say; each of
        shape (variables,).
    """
    rng = np.random.default_rng(seed)
    real = matrix.astype(np.float64)
    largest = np.zeros(matrix.shape[1])
    for _ in range(2):
        start = rng.standard_normal(matrix.shape[1])
        found = linalg.lsmr(real, real @ start, atol=1e-13, btol=1e-13, conlim=0, maxiter=20 * sum(matrix.shape))
        largest = np.maximum(largest, np.abs(start - found[0]))
    return largest < TOLERANCE, (largest >= TOLERANCE / 100) & (largest < TOLERANCE * 100)


def solution(matrix: sparse.csr_array, right: Ints) -> Floats:
    """The least-squares solution of least norm, shape (variables,)."""
    real, goal = matrix.astype(np.float64), right.astype(np.float64)
    scale = float(np.abs(goal).max(initial=1.0))
    found = linalg.lsmr(real, goal / scale, atol=1e-13, btol=1e-13, conlim=0, maxiter=20 * sum(matrix.shape))
    return np.asarray(found[0] * scale)


def misfit(matrix: sparse.csr_array, right: Ints) -> Floats:
    """What no choice of the variables can explain, per equation (the least-squares residual)."""
    return np.asarray(right - matrix @ solution(matrix, right))


def sparse_combination(matrix: sparse.csr_array, variable: int, seconds: float) -> tuple[dict[int, int], int] | None:
    """A short combination of equations that isolates a variable.

    The combination of least absolute weight is a vertex of a linear programme, so its weights are
    fractions; they are rounded to the smallest whole numbers and checked exactly.

    Args:
        matrix: equations x variables.
        variable: the one to isolate.
        seconds: limit for the linear programme.

    Returns:
        equation -> weight, and the divisor; None if there is none, it took too long, or it could not be
        made exact.
    """
    m, n = matrix.shape
    transposed = matrix.T.tocsr().astype(np.float64)
    goal = np.zeros(n)
    goal[variable] = 1.0
    both = sparse.hstack((transposed, -transposed), format="csr")
    answer = optimize.linprog(np.ones(2 * m), A_eq=both, b_eq=goal, method="highs-ds", options={"time_limit": seconds})
    if answer.x is None:
        return None
    weights = answer.x[:m] - answer.x[m:]
    for divisor in range(1, 61):
        whole = np.rint(weights * divisor).astype(np.int64)
        if np.abs(whole).max(initial=0) >= PRIME:
            return None
        product = whole @ matrix
        product[variable] -= divisor
        if not product.any():
            return {int(e): int(whole[e]) for e in np.flatnonzero(whole)}, divisor
    return None
