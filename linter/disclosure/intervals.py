"""How much a reader who knows more than the equations can infer: the range of each hidden cell.

Counts are not negative, a symbol may say "1 to 5", a figure may be rounded. Two linear programmes per
cell would do; most are not needed, because every solution of one programme widens the ranges of many
cells at once, and a cell that is wide enough needs no further look.
Source: the audit of tau-ARGUS (two programmes per cell), made lazy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from time import monotonic

import numpy as np

from linter.disclosure import cuts, linked
from linter.disclosure.programme import Infeasible, Method, Programme, Undecided
from linter.disclosure.recovery import Recovery
from linter.disclosure.reduction import Reduction, Remainder
from linter.disclosure.system import HIDDEN, Bools, Floats, Ints, System
from linter.records import dataclass

CLOSE = 1e-5
"""Slack of the solver's figures."""

MOST_BY_SIMPLEX = 3000
"""Linked systems with more variables are looked at with an interior method."""

MOST_TIGHTENED = 200
"""Cells per component whose range is looked at in whole numbers."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """A cell whose range is too narrow; both ends are possible values and inclusive."""

    cell: int
    low: float
    high: float


@dataclass(slots=True, eq=False)
class Ranges:
    """The result of an interval audit.

    Attributes:
        narrow: cells that a reader can place more closely than allowed, by cell.
        wide: shape (cells,), targets whose range was seen to be wide enough.
        low, high: shape (cells,). The exact range of narrow cells; of wide cells what was seen, so the
            real range is at least that; NaN for cells that were not looked at.
        not_decided: (cell, reason) of targets without an answer.
        solves: number of programmes solved.
    """

    narrow: list[Narrow]
    wide: Bools
    low: Floats
    high: Floats
    not_decided: list[tuple[int, str]] = field(default_factory=list)
    solves: int = 0


def audit(
    recovery: Recovery,
    targets: Sequence[int] | Ints | None = None,
    *,
    width: float,
    budget: float = 10.0,
) -> Ranges:
    """The ranges of hidden cells, as far as they are too narrow.

    Args:
        recovery: the exact audit; cells it claims are known, equations it left out stay out.
        targets: cells to judge, by default all hidden ones; claimed cells are skipped.
        width: counts need at least this many possible values; amounts need ``high - low >= width``.
        budget: seconds for everything; what is left then is returned as not decided.
    """
    system = recovery.system
    chosen = np.zeros(system.n_cells, dtype=np.bool_)
    chosen[np.flatnonzero(system.state == HIDDEN) if targets is None else np.asarray(targets, dtype=np.int64)] = True
    chosen &= system.unknown & ~recovery.determined()
    auditor = _Auditor(system, chosen, width, monotonic() + budget)
    remainder = _remainder(recovery)
    auditor.free(np.setdiff1d(np.flatnonzero(chosen), remainder.cols))
    for block in linked.blocks(remainder):
        wanted = np.flatnonzero(chosen[block.cells])
        if len(wanted):
            auditor.block(block, wanted)
    auditor.ranges.narrow.sort(key=lambda narrow: narrow.cell)
    return auditor.ranges


def _remainder(recovery: Recovery) -> Remainder:
    """The equations between the cells that are still open."""
    reduction = Reduction(recovery.system)
    for clash in recovery.inconsistent:
        if clash.left_out is not None:
            reduction.drop(clash.left_out)
    scaled = {claim.cell: claim.value * recovery.system.scale for claim in recovery.claims}
    whole = {cell: value.numerator for cell, value in scaled.items() if value.denominator == 1}
    reduction.settle(np.array(list(whole), dtype=np.int64), np.array(list(whole.values()), dtype=np.int64))
    return reduction.remainder()


@dataclass(slots=True, eq=False)
class _Auditor:
    system: System
    chosen: Bools
    width: float
    deadline: float
    ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        n = self.system.n_cells
        unseen = np.full(n, np.nan)
        self.ranges = Ranges([], np.zeros(n, dtype=np.bool_), unseen, unseen.copy())

    def enough(self, low: Floats, high: Floats) -> Bools:
        """Which ranges are wide enough."""
        if self.system.integral:
            values = np.floor(high + CLOSE) - np.ceil(low - CLOSE) + 1
            return np.asarray(values >= self.width, dtype=np.bool_)
        return np.asarray(high - low >= self.width - CLOSE, dtype=np.bool_)

    def record(self, cells: Ints, low: Floats, high: Floats) -> None:
        """Exact ranges of cells."""
        if self.system.integral:
            low, high = np.ceil(low - CLOSE) + 0.0, np.floor(high + CLOSE) + 0.0  # no negative zero
        self.ranges.low[cells], self.ranges.high[cells] = low, high
        wide = self.enough(low, high)
        self.ranges.wide[cells] = wide
        for cell, least, most in zip(cells[~wide].tolist(), low[~wide].tolist(), high[~wide].tolist(), strict=True):
            if least > most:
                self.ranges.not_decided.append((cell, "contradictory"))
            else:
                self.ranges.narrow.append(Narrow(cell, least, most))

    def free(self, cells: Ints) -> None:
        """Cells in no equation: only what is known of them alone."""
        self.record(cells, self.system.low[cells], self.system.high[cells])

    def block(self, block: linked.Block, wanted: Ints) -> None:
        """One connected component."""
        scale = self.system.scale
        low, high = self.system.low[block.cells], self.system.high[block.cells]
        right = block.residual / scale
        if len(block.equations) == 1:
            self.single(block, wanted, low, high, float(right[0]))
            return
        # Finite bounds keep every programme bounded; a cell that reaches them is wide anyway.
        known = np.abs(np.concatenate((low[np.isfinite(low)], high[np.isfinite(high)], right)))
        cap = 10.0 * (float(np.abs(right).sum()) + float(known.max(initial=1.0)) + self.width)
        search = _Search(self, block, np.maximum(low, -cap), np.minimum(high, cap), right)
        try:
            search.run(wanted)
        except Infeasible:
            self.ranges.not_decided += [(int(c), "contradictory") for c in block.cells[wanted]]
        except Undecided as undecided:
            left = wanted[~search.done[wanted]]
            self.ranges.not_decided += [(int(c), str(undecided)) for c in block.cells[left]]

    def single(self, block: linked.Block, wanted: Ints, low: Floats, high: Floats, right: float) -> None:
        """One equation: each cell is what the others leave."""
        coefs = block.matrix.toarray()[0].astype(np.float64)
        if self.system.integral:
            low, high = np.ceil(low), np.floor(high)
        least = np.where(coefs > 0, coefs * low, coefs * high)
        most = np.where(coefs > 0, coefs * high, coefs * low)
        bottom, top = [], []
        for j in wanted.tolist():
            others = np.arange(len(coefs)) != j
            ends = (right - most[others].sum()) / coefs[j], (right - least[others].sum()) / coefs[j]
            bottom.append(max(low[j], min(ends)))
            top.append(min(high[j], max(ends)))
        self.record(block.cells[wanted], np.array(bottom), np.array(top))


@dataclass(slots=True, eq=False)
class _Search:
    """Widening the seen ranges of one component until every wanted cell is wide or exactly known."""

    owner: _Auditor
    block: linked.Block
    low: Floats
    high: Floats
    right: Floats
    seen_low: Floats = field(init=False)
    seen_high: Floats = field(init=False)
    done: Bools = field(init=False)
    network: bool = field(init=False)
    programme: Programme = field(init=False)

    def __post_init__(self) -> None:
        self.network = cuts.is_network(self.block.remainder())
        large = not self.network and len(self.low) > MOST_BY_SIMPLEX
        self.programme = self.make("interior" if large else "vertex")
        truth = self.owner.system.truth[self.block.cells]
        known = bool(np.isfinite(truth).all())
        self.seen_low = truth.copy() if known else np.full(len(truth), np.inf)
        self.seen_high = truth.copy() if known else np.full(len(truth), -np.inf)
        self.done = np.zeros(len(truth), dtype=np.bool_)

    def make(self, method: Method) -> Programme:
        return Programme(self.block.matrix, self.right, self.low, self.high, self.owner.deadline, method=method)

    def run(self, wanted: Ints) -> None:
        self.together(wanted)
        for j in wanted.tolist():
            for sign in (1, -1):
                if not self.done[j]:
                    self.look(self.programme.extreme(j, sign))
                    self.settle(wanted)
        low, high = self.seen_low.copy(), self.seen_high.copy()
        exact = ~self.done
        if self.owner.system.integral and not self.network:
            exact |= self.tighten(wanted, low, high)
        cells = wanted[exact[wanted]]
        self.owner.record(self.block.cells[cells], low[cells], high[cells])
        self.done[cells] = True

    def tighten(self, wanted: Ints, low: Floats, high: Floats) -> Bools:
        """Whole-number ranges where the range seen holds few integers; ``low`` and ``high`` are updated.

        Linked systems are not unimodular: fewer counts may be possible than the linear range holds.
        When time runs out the linear range stands, which contains the real one.

        Returns:
            shape (variables,), the cells whose range is now exact.
        """
        exact = np.zeros(len(low), dtype=np.bool_)
        few = wanted[high[wanted] - low[wanted] < 2 * self.owner.width][:MOST_TIGHTENED]
        programme = self.make("integer")
        programme.deadline = min(programme.deadline, monotonic() + (programme.deadline - monotonic()) / 2)
        for j in few.tolist():
            try:
                most, least = programme.extreme(j, 1)[j], programme.extreme(j, -1)[j]
            except Undecided:
                break
            low[j], high[j], exact[j] = least, most, True
            self.owner.ranges.solves += 2
        return exact

    def together(self, wanted: Ints) -> None:
        """All cells that are still too narrow pushed at once, while that settles enough of them."""
        rng = np.random.default_rng(0)
        left = len(wanted)
        for attempt in range(40):
            open_cells = wanted[~self.done[wanted]]
            if not len(open_cells):
                return
            signs = np.ones(len(open_cells)) if attempt < 2 else rng.choice([-1.0, 1.0], len(open_cells))
            cost = np.zeros(self.programme.size)
            cost[open_cells] = -signs if attempt % 2 else signs
            self.look(self.programme.maximise(cost))
            self.settle(wanted)
            now = int((~self.done[wanted]).sum())
            if attempt > 2 and left - now <= left // 50:
                return
            left = now

    def look(self, solution: Floats) -> None:
        self.owner.ranges.solves += 1
        np.minimum(self.seen_low, solution, out=self.seen_low)
        np.maximum(self.seen_high, solution, out=self.seen_high)

    def settle(self, wanted: Ints) -> None:
        """Cells seen wide enough are done."""
        open_cells = wanted[~self.done[wanted]]
        wide = open_cells[self.owner.enough(self.seen_low[open_cells], self.seen_high[open_cells])]
        cells = self.block.cells[wide]
        self.done[wide] = True
        self.owner.ranges.wide[cells] = True
        self.owner.ranges.low[cells], self.owner.ranges.high[cells] = self.seen_low[wide], self.seen_high[wide]
