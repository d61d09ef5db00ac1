"""Claims from linked systems that are no graph: exact elimination, guided by the null space when large."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from linter.disclosure import nullspace, sparse_elimination
from linter.disclosure.certificates import Joint
from linter.disclosure.cuts import Draft
from linter.disclosure.late import csgraph, sparse
from linter.disclosure.modular import row_reduce, whole_numbers
from linter.disclosure.reduction import Remainder
from linter.disclosure.system import Inconsistency, Ints
from linter.records import dataclass

SMALL = 150
"""Blocks up to this many equations and variables are eliminated densely."""

MOST_LEFT_OUT = 25
"""Equations that a contradictory block may lose before it is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A connected component: equations x variables, with their numbers in the system."""

    equations: Ints
    cells: Ints
    matrix: sparse.csr_array
    residual: Ints

    @property
    def small(self) -> bool:
        """Small enough for dense elimination."""
        return int(max(self.matrix.shape)) <= SMALL

    def remainder(self) -> Remainder:
        """Its entries."""
        part = sparse.coo_array(self.matrix)
        residual = np.zeros(int(self.equations.max(initial=0)) + 1, dtype=np.int64)
        residual[self.equations] = self.residual
        return Remainder(self.equations[part.row], self.cells[part.col], part.data, residual)

    def without(self, place: int) -> Block:
        """The block less one equation."""
        keep = np.arange(len(self.equations)) != place
        return Block(self.equations[keep], self.cells, self.matrix[keep], self.residual[keep])

    def draft(self, variable: int, weights: dict[int, int], divisor: int) -> Draft:
        """Local numbers to those of the system."""
        named = {int(self.equations[e]): w for e, w in weights.items()}
        return int(self.cells[variable]), named, divisor


def blocks(remainder: Remainder) -> Iterator[Block]:
    """The connected components of what is left."""
    equations, rows = np.unique(remainder.rows, return_inverse=True)
    cells, cols = np.unique(remainder.cols, return_inverse=True)
    m, n = len(equations), len(cells)
    joined = sparse.csr_array((np.ones(len(rows), np.int8), (rows, m + cols)), shape=(m + n, m + n))
    count, label = csgraph.connected_components(joined, directed=False)
    whole = sparse.csr_array((remainder.vals, (rows, cols)), shape=(m, n))
    by_row = np.split(np.argsort(label[:m], kind="stable"), np.cumsum(np.bincount(label[:m], minlength=count)))
    by_col = np.split(np.argsort(label[m:], kind="stable"), np.cumsum(np.bincount(label[m:], minlength=count)))
    for r, c in zip(by_row[:count], by_col[:count], strict=True):
        part = sparse.csr_array(whole[r][:, c])
        yield Block(equations[r], cells[c], part, remainder.residual[equations[r]])


def consistent(block: Block, slack: float, scale: int) -> tuple[Block, list[Inconsistency]]:
    """Leave out equations until no combination of the rest contradicts itself.

    The equation left out is the one with the most cells among those concerned: a total of totals is the
    likeliest to be rounded or to have another base.

    Returns:
        the block without them, and what was left out; a block that is still contradictory after
        MOST_LEFT_OUT equations comes back empty, with everything in it named.
    """
    found: list[Inconsistency] = []
    for _ in range(MOST_LEFT_OUT):
        clash = _clash(block, slack) if block.small else _large_clash(block, slack)
        if clash is None:
            return block, found
        place, members, residual = clash
        equations = tuple(block.equations[members].tolist())
        gap = Fraction(residual) / scale
        found.append(Inconsistency("combined", equations, int(block.equations[place]), None, gap))
        block = block.without(place)
    found.append(Inconsistency("combined", tuple(block.equations.tolist()), None, None, Fraction(0)))
    none = np.zeros(0, dtype=np.int64)
    return Block(none, none, sparse.csr_array((0, 0), dtype=np.int64), none), found


def _clash(block: Block, slack: float) -> tuple[int, Ints, Fraction] | None:
    """An exact combination in which all variables cancel but the figures do not."""
    m, n = block.matrix.shape
    tracked = np.hstack((block.matrix.toarray(), np.eye(m, dtype=np.int64)))
    reduced, pivots = row_reduce(tracked, n)
    for row in reduced[len(pivots) :, n:]:
        found = whole_numbers(row)
        if found is None:
            continue
        weights = np.array(found[0], dtype=np.int64)
        residual = sum(w * int(r) for w, r in zip(found[0], block.residual.tolist(), strict=True))
        if (weights @ block.matrix).any() or abs(residual) <= slack * np.abs(weights).sum():
            continue
        members = np.flatnonzero(weights)
        sizes = np.diff(block.matrix.indptr)[members]
        return int(members[np.argmax(sizes)]), members, Fraction(residual, found[1])
    return None


def _large_clash(block: Block, slack: float) -> tuple[int, Ints, Fraction] | None:
    """The equation with the largest least-squares misfit, if any is beyond rounding error."""
    misfit = np.abs(nullspace.misfit(block.matrix, block.residual))
    limit = max(slack, 1e-8 * max(1.0, float(np.abs(block.residual).max(initial=0))))
    if misfit.max(initial=0.0) <= limit:
        return None
    place = int(np.argmax(misfit))
    return place, np.flatnonzero(misfit > limit), Fraction(float(misfit[place])).limit_denominator(1000)


def small_drafts(block: Block) -> Iterator[Draft]:
    """Every determined variable of a small block, by dense elimination."""
    m, n = block.matrix.shape
    tracked = np.hstack((block.matrix.toarray(), np.eye(m, dtype=np.int64)))
    reduced, pivots = row_reduce(tracked, n)
    for row, column in zip(reduced, pivots, strict=False):
        if np.count_nonzero(row[:n]) == 1 and (found := whole_numbers(row[n:])) is not None:
            yield block.draft(column, {e: w for e, w in enumerate(found[0]) if w}, found[1])


def small_determined(block: Block) -> Ints:
    """The cells that ``small_drafts`` should have proved."""
    n = block.matrix.shape[1]
    reduced, pivots = row_reduce(block.matrix.toarray(), n)
    alone = [c for row, c in zip(reduced, pivots, strict=False) if np.count_nonzero(row) == 1]
    return block.cells[np.array(alone, dtype=np.int64)]


def closed_parts(block: Block, suspects: Ints) -> Iterator[Block]:
    """Connected parts of a large block whose equations hold only suspects.

    Args:
        block: a large block.
        suspects: variables of the block that look determined (local numbers).
    """
    other = np.ones(len(block.cells), dtype=np.int64)
    other[suspects] = 0
    inside = np.flatnonzero((abs(block.matrix) @ other == 0) & (np.diff(block.matrix.indptr) > 0))
    if not len(inside):
        return
    part = Block(block.equations[inside], block.cells, block.matrix[inside], block.residual[inside])
    yield from blocks(part.remainder())


def closed_drafts(part: Block) -> Iterator[Draft]:
    """Single combinations within a closed part, where their weights are small."""
    for variable, weights, divisor in sparse_elimination.certify(part.matrix):
        yield part.draft(variable, weights, divisor)


def joint(part: Block) -> Joint | None:
    """All variables of a closed part at once, where it has a single solution in whole numbers."""
    solution = np.rint(nullspace.solution(part.matrix, part.residual)).astype(np.int64)
    if (part.matrix @ solution != part.residual).any():
        return None
    if not sparse_elimination.full_rank(part.matrix):
        return None
    return Joint(tuple(part.equations.tolist()), tuple(part.cells.tolist()), tuple(solution.tolist()))


def single_draft(block: Block, variable: int, seconds: float) -> Draft | None:
    """A certificate of one variable, by linear programme."""
    found = nullspace.sparse_combination(block.matrix, variable, seconds)
    return None if found is None else block.draft(variable, *found)
