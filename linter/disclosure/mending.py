"""Which further cells to hide so that nothing hidden can be calculated.

Greedy: every certificate is broken by hiding one of the shown cells it uses, those first that open no new
hole and cost least; then the audit runs again, until it passes. A good plan, not the best one: the
smallest set is a hard problem (Fischetti and Salazar, Management Science 47, 2001), and this never
claims to have found it.
"""

from __future__ import annotations

from collections import Counter
from time import monotonic

import numpy as np

from linter.disclosure import intervals, recovery
from linter.disclosure.certificates import Claim, combined
from linter.disclosure.system import HIDDEN, SHOWN, Bools, Ints, System
from linter.records import dataclass

MOST_PRUNED = 50
"""Chosen cells that are tried without, the most costly first; each costs an audit."""


@dataclass(frozen=True, slots=True, eq=False)
class Mend:
    """A plan of further suppressions.

    Attributes:
        extra: cells to hide, in the order in which they were chosen.
        cost: the sum of their values, in units (people who disappear from the publication).
        passes: the audit passes with them; if not, ``reason`` says why.
        reason: empty if it passes.
        system: with the extra cells hidden.
        audits: number of audits.
    """

    extra: tuple[int, ...]
    cost: float
    passes: bool
    reason: str
    system: System
    audits: int


def mend(
    system: System,
    *,
    may_hide: Bools | None = None,
    primary: Ints | None = None,
    width: float | None = None,
    budget: float = 20.0,
) -> Mend:
    """Hide more until no hidden cell is recoverable, nor any primary cell too closely placed.

    Args:
        system: as published.
        may_hide: shape (cells,), shown cells that may be hidden; all by default.
        primary: cells whose range must be wide; all hidden cells by default.
        width: see ``intervals.audit``; None to look at exact recovery only.
        budget: seconds.
    """
    allowed = np.ones(system.n_cells, dtype=np.bool_) if may_hide is None else may_hide
    targets = np.flatnonzero(system.state == HIDDEN) if primary is None else primary
    goal = _Goal(targets, width, monotonic() + budget)
    extra: list[int] = []
    audits = 0
    while True:
        current = system.with_hidden(extra)
        weak, reason = _weak_spots(goal, current)
        audits += 1
        if reason or not weak:
            break
        chosen = _choose(current, list(weak.values()), allowed)
        if not chosen:
            reason = "no shown cell may be hidden that would protect the rest"
        elif monotonic() > goal.deadline:
            reason = "out of time"
        if reason:
            break
        extra += chosen
    if not reason:
        extra, more = _pruned(goal, system, extra)
        audits += more
    cost = float(sum(system.value[extra].tolist())) / system.scale
    return Mend(tuple(extra), cost, not reason, reason, system.with_hidden(extra), audits)


@dataclass(frozen=True, slots=True, eq=False)
class _Goal:
    """What the audit must find safe, and until when there is time."""

    primary: Ints
    width: float | None
    deadline: float


def _weak_spots(goal: _Goal, system: System) -> tuple[dict[int, set[int]], str]:
    """Every failing cell with the equations that give it away; and why the audit can't tell, if so."""
    left = max(0.1, goal.deadline - monotonic())
    found = recovery.audit(system, budget=left)
    weak = {c.cell: _equations(system, c) for c in found.claims if system.state[c.cell] == HIDDEN}
    if weak:
        return weak, ""
    if found.uncertified:
        return {}, f"{len(found.uncertified)} cells could not be decided"
    if goal.width is None:
        return {}, ""
    ranges = intervals.audit(found, goal.primary, width=goal.width, budget=left)
    entry_equations = system.entry_equations()
    weak = {n.cell: set(entry_equations[system.cells == n.cell].tolist()) for n in ranges.narrow}
    if not weak and ranges.not_decided:
        return {}, f"{len(ranges.not_decided)} ranges could not be decided"
    return weak, ""


def _equations(system: System, claim: Claim) -> set[int]:
    if claim.joint is not None:
        return set(system.entry_equations()[system.cells == claim.cell].tolist())
    return {equation for equation, _ in claim.weights}


def _choose(system: System, weak: list[set[int]], allowed: Bools) -> list[int]:
    """One shown cell for every weak spot, shared where possible."""
    options = [_options(system, equations, allowed) for equations in weak]
    breaks = Counter(cell for cells in options for cell in cells)
    entry_equations = system.entry_equations()
    unknown_in = np.bincount(entry_equations, weights=system.unknown[system.cells], minlength=system.n_equations)
    holes = np.bincount(system.cells, weights=unknown_in[entry_equations] == 0, minlength=system.n_cells)

    def effort(cell: int) -> tuple[int, bool, float, int]:
        """New holes first, then zeros (a hidden zero protects little), then the count per weak spot."""
        value = int(system.value[cell])
        return int(holes[cell]), value == 0, value / breaks[cell], cell

    chosen: dict[int, None] = {}
    for cells in sorted(options, key=len):
        if cells and chosen.keys().isdisjoint(cells):
            chosen[min(cells, key=effort)] = None
    return list(chosen)


def _options(system: System, equations: set[int], allowed: Bools) -> set[int]:
    """Shown cells whose loss breaks a certificate over these equations."""
    cells = combined(system, dict.fromkeys(equations, 1)) if len(equations) == 1 else {
        cell for equation in equations for cell in system.equation(equation)[0]
    }  # fmt: skip
    return {cell for cell in cells if system.state[cell] == SHOWN and allowed[cell]}


def _pruned(goal: _Goal, system: System, extra: list[int]) -> tuple[list[int], int]:
    """Drop what turned out to be needless, the most costly first, while there is time.

    What only protected a dropped cell goes with it: once that is shown, its own protectors follow from it, and
    may be shown as well.
    """
    kept, audits = list(extra), 0
    for cell in sorted(extra, key=lambda c: -int(system.value[c]))[:MOST_PRUNED]:
        trial, weak, reason = kept, {cell}, ""
        while weak and weak <= set(trial) and not reason and monotonic() <= goal.deadline:
            trial = [c for c in trial if c not in weak]
            spots, reason = _weak_spots(goal, system.with_hidden(trial))
            weak, audits = set(spots), audits + 1
        if not weak and not reason:
            kept = trial
    return kept, audits
