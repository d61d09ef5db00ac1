"""Elimination of large sparse systems whose variables are all determined, with certificates.

Variables are set aside one by one until subtraction runs ("inactivation", as in decoders of fountain
codes); all others become linear in the few set aside, which a dense elimination then solves. The
certificate of a variable set aside is found backwards through the same steps.
Source: Shokrollahi and Luby, Raptor codes, Foundations and Trends 6 (2009), inactivation decoding.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

from linter.disclosure.late import sparse
from linter.disclosure.modular import PRIME, row_reduce, whole_numbers
from linter.disclosure.system import Ints
from linter.records import dataclass

MOST_ASIDE = 1000
"""Dense elimination of more variables than this takes too long."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """An order of elimination.

    Attributes:
        steps: (variable, equation) pairs; the equation holds only earlier and set-aside variables besides.
        aside: variables set aside.
        spare: equations that no step uses.
    """

    steps: list[tuple[int, int]]
    aside: list[int]
    spare: Ints


def plan(matrix: sparse.csr_array) -> Plan:
    """An elimination order; linear but for the heap.

    Args:
        matrix: equations x variables, integers.
    """
    columns = matrix.tocsc()
    left = np.diff(matrix.indptr).tolist()
    by_row = np.split(matrix.indices, matrix.indptr[1:-1])
    by_column = np.split(columns.indices, columns.indptr[1:-1])
    done, used = [False] * matrix.shape[1], [False] * matrix.shape[0]
    heap = [(count, row) for row, count in enumerate(left) if count]
    heapq.heapify(heap)
    steps, aside = [], []
    while heap:
        count, row = heapq.heappop(heap)
        if count != left[row] or used[row] or not count:
            continue
        open_columns = [c for c in by_row[row].tolist() if not done[c]]
        if count == 1:
            column = open_columns[0]
            steps.append((column, row))
            used[row] = True
        else:
            column = max(open_columns, key=lambda c: len(by_column[c]))
            aside.append(column)
        done[column] = True
        for other in by_column[column].tolist():
            left[other] -= 1
            if left[other] and not used[other]:
                heapq.heappush(heap, (left[other], other))
        if count > 1:
            heapq.heappush(heap, (left[row], row))
    spare = np.flatnonzero(~np.array(used, dtype=np.bool_))
    return Plan(steps, aside, spare)


def _expressed(matrix: sparse.csr_array, order: Plan) -> Ints:
    """Shape (variables, set aside): every variable as a linear function of those set aside."""
    unit = len(order.aside)
    expressed = np.zeros((matrix.shape[1], unit), dtype=np.int64)
    expressed[order.aside, np.arange(unit)] = 1
    for column, row in order.steps:
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        others, coefs = matrix.indices[part], matrix.data[part]
        pivot = int(coefs[others == column][0])
        expressed[column] = (coefs @ expressed[others]) % PRIME * pow(-pivot, -1, PRIME) % PRIME
    return expressed


def full_rank(matrix: sparse.csr_array, *, most_aside: int = MOST_ASIDE) -> bool:
    """Whether the columns are linearly independent: proved, since a rank modulo a prime is a lower bound.

    False also where it would take too long to tell.
    """
    order = plan(matrix)
    if len(order.steps) + len(order.aside) < matrix.shape[1] or len(order.aside) > most_aside:
        return False
    dense = (matrix[order.spare] @ _expressed(matrix, order)) % PRIME
    return len(row_reduce(dense, len(order.aside))[1]) == len(order.aside)


def certify(matrix: sparse.csr_array, *, most_aside: int = MOST_ASIDE) -> Iterator[tuple[int, dict[int, int], int]]:
    """Combinations of equations that isolate the variables set aside; the others follow by subtraction.

    Args:
        matrix: equations x variables, integers; meant for systems that determine all their variables.
        most_aside: gives up (yields nothing) when more variables than this must be set aside.

    Yields:
        variable, equation -> weight, divisor.
    """
    order = plan(matrix)
    if not order.aside or len(order.aside) > most_aside or not len(order.spare):
        return
    columns, unit = matrix.tocsc(), len(order.aside)
    dense = (matrix[order.spare] @ _expressed(matrix, order)) % PRIME
    tracked = np.hstack((dense, np.eye(len(dense), dtype=np.int64)))
    reduced, pivots = row_reduce(tracked, unit)
    head = reduced[: len(pivots), :unit]
    alone = np.flatnonzero((head != 0).sum(axis=1) == 1)
    weights = np.zeros((matrix.shape[0], len(alone)), dtype=np.int64)
    weights[order.spare] = reduced[alone, unit:].T
    for column, row in reversed(order.steps):
        part = slice(columns.indptr[column], columns.indptr[column + 1])
        rows, coefs = columns.indices[part], columns.data[part]
        pivot = int(coefs[rows == row][0])
        weights[row] = (coefs @ weights[rows]) % PRIME * pow(-pivot, -1, PRIME) % PRIME
    for k, place in enumerate(alone.tolist()):
        if (found := whole_numbers(weights[:, k])) is not None:
            numbers, divisor = found
            used = {e: w for e, w in enumerate(numbers) if w}
            yield order.aside[pivots[place]], used, divisor
