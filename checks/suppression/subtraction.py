"""The audit of a workbook's counts, made once and shared by the rules: what follows from what.

Each visual alone first (SU001), then all of them together (SU002, SU003); where small figures are
still shown, each visual once more as if these alone were hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from checks.suppression.audit import Leak, Subtraction, VisualAudit
from checks.suppression.differences import Differences, differences
from checks.suppression.published import Publication, Shown, behind, publication
from linter.disclosure import certificates, intervals
from linter.disclosure.mending import mend
from linter.disclosure.published import PublishedAudit, Relation, Share, audit_published
from linter.disclosure.system import HIDDEN, Bools, System
from linter.model import Visual
from linter.rules import Context

BUDGET = 5.0
"""Seconds for linked systems, and again for intervals and for a plan of further suppressions."""

MOST_MENDED = 200
"""Recoverable figures for which a plan is made."""


def audited(context: Context) -> Subtraction:
    """The audit of a workbook: ask ``checks.suppression.audit``, which makes it once."""
    shown = publication(context)
    found = Subtraction(shown)
    for visual in context.workbook.visuals:
        own = shown.of(visual)
        if not own or not any(s.hidden.any() or s.small.any() for s in own):
            continue
        audit = VisualAudit(visual, own[0].layer)
        audit.hidden = sum(int(s.hidden.sum()) for s in own)
        audit.small = sum(int(s.small.sum()) for s in own)
        if audit.hidden:
            _alone(shown, audit)
        if audit.small:
            _what_if(own, audit)
        found.visuals.append(audit)
    between = differences(shown.shown)
    found.compared = between.complete
    if between.rests or any(s.hidden.any() for s in shown.shown):
        _together(context, found, between)
    return found


def _audited(
    found: Publication, visual: Visual | None = None, between: Sequence[Relation] = ()
) -> tuple[PublishedAudit, list[Shown]]:
    """The audit of all counts and percentages, or of one visual's; with the tables in their order."""
    used = [q for q in found.quotients if visual is None or q.numerators.visual.id == visual.id]
    sides = {id(s): s for q in used for s in (q.numerators, q.denominators)}
    tables = found.shown if visual is None else found.of(visual)
    place = {key: len(tables) + i for i, key in enumerate(sides)}
    tables = [*tables, *(behind(s) for s in sides.values())]
    parts = {id(q.numerators): bool((q.numerators.truth <= q.denominators.truth).all()) for q in used}
    shares = [
        Share(
            (place[id(q.numerators)], q.row, 0), (place[id(q.denominators)], q.row, 0),
            q.text.text, q.text.decimals, q.text.of, parts[id(q.numerators)],
        )
        for q in used
    ]  # fmt: skip
    return audit_published([s.table for s in tables], shares=shares, relations=between, budget=BUDGET), tables


def _alone(found: Publication, audit: VisualAudit) -> None:
    """What follows from the visual itself."""
    result, own = _audited(found, audit.visual)
    audit.alone = _leaks(result, own, audit, [s.hidden for s in own])
    audit.undecided += len(result.recovery.uncertified)
    if audit.alone:
        _plan(result, own, audit)


def _what_if(own: Sequence[Shown], audit: VisualAudit) -> None:
    """What would follow if the small figures that are shown were hidden, and nothing else."""
    hypothetical = [replace(s.table, hidden=s.hidden | s.small) for s in own]
    result = audit_published(hypothetical, budget=BUDGET)
    audit.what_if = _leaks(result, own, audit, [s.small for s in own])
    if audit.what_if and audit.mend is None:
        _plan(result, own, audit)


def _together(context: Context, found: Subtraction, between: Differences) -> None:
    """What follows from all visuals, and how closely a reader can place the rest."""
    result, shown = _audited(found.publication, between=between.relations)
    t, width = context.policy.profile.threshold, context.policy.profile.width
    unsure = {int(c) for c in result.recovery.uncertified}
    by_visual = {a.visual.id: a for a in found.visuals}
    for audit in by_visual.values():
        chosen = [i for i, s in enumerate(shown) if s.visual.id == audit.visual.id]
        masks = [s.hidden if i in chosen else np.zeros_like(s.hidden) for i, s in enumerate(shown)]
        before = {_key(leak.name) for leak in audit.alone}
        leaks = _leaks(result, shown, audit, masks)
        audit.together = [leak for leak in leaks if _key(leak.name) not in before]
        audit.undecided += sum(int(np.isin(result.linked.cell_of[i], list(unsure)).sum()) for i in chosen)
    targets = _primary_cells(result, shown, t)
    ranges = intervals.audit(result.recovery, targets, width=width, budget=BUDGET)
    name = _naming(result, shown)
    for narrow in ranges.narrow:
        for visual in _places(result, shown, narrow.cell):
            by_visual[visual].narrow.append((name(narrow.cell), narrow.low, narrow.high))
    for cell, _ in ranges.not_decided:
        for visual in _places(result, shown, cell):
            by_visual[visual].undecided += 1
    _small_differences(context, found, between, result, shown)
    for audit in by_visual.values():
        if audit.together and audit.mend is None:
            _plan(result, shown, audit)


def _small_differences(
    context: Context, found: Subtraction, between: Differences, result: PublishedAudit, shown: Sequence[Shown]
) -> None:
    """Figures of 1..t that are the difference of two shown ones, with the visual that shows the smaller of these."""
    t, name = context.policy.profile.threshold, _naming(result, shown)
    by_visual = {a.visual.id: a for a in found.visuals}
    for text, (_, part) in between.rests.items():
        cell = result.named[text]
        value = result.recovery.values.get(cell)
        if value is None or not 0 < value <= t:
            continue
        if part.visual.id not in by_visual:
            by_visual[part.visual.id] = VisualAudit(part.visual, part.layer)
            found.visuals.append(by_visual[part.visual.id])
        by_visual[part.visual.id].differences.append(_leak(result, shown, cell, value, name))


def _primary_cells(result: PublishedAudit, shown: Sequence[Shown], t: int) -> list[int]:
    """Hidden cells of 1..t people, or of a number that the data do not hold."""
    cells: set[int] = set()
    for i, s in enumerate(shown):
        primary = s.hidden & (np.isnan(s.truth) | ((s.truth >= 1) & (s.truth <= t)))
        cells.update(np.unique(result.linked.cell_of[i][primary]).tolist())
    return sorted(c for c in cells if result.linked.system.state[c] == HIDDEN)


def _places(result: PublishedAudit, shown: Sequence[Shown], cell: int) -> list[str]:
    """Ids of the visuals in which a cell is hidden."""
    at = (shown[t].visual.id for t, row, _ in result.figures(cell) if shown[t].hidden[row])
    return list(dict.fromkeys(at))


def _leaks(result: PublishedAudit, shown: Sequence[Shown], audit: VisualAudit, masks: Sequence[Bools]) -> list[Leak]:
    """Recoverable cells among the masked figures that have people; a claim that the data contradict is none."""
    found: dict[int, Leak] = {}
    doubtful = bool(result.recovery.inconsistent)
    name = _naming(result, shown)
    for item in result.recoverable:
        t, row, _ = item.figure
        if item.cell in found or not masks[t][row]:
            continue
        value = _value(result, item.cell)
        truth = float(shown[t].truth[row])
        if value <= 0:
            continue
        if (truth != truth and doubtful) or (truth == truth and value != Fraction(truth)):  # noqa: PLR0124 - NaN
            audit.contradicted += 1
            continue
        found[item.cell] = _leak(result, shown, item.cell, value, name)
    return list(found.values())


def _value(result: PublishedAudit, cell: int) -> Fraction:
    known = result.recovery.values.get(cell)
    return result.linked.system.shown_value(cell) if known is None else known


def _leak(
    result: PublishedAudit, shown: Sequence[Shown], cell: int, value: Fraction, name: Callable[[int], str]
) -> Leak:
    system = replace(result.linked.system, name=name)
    masked, exact = result.derivation(cell, system, show_values=False), result.derivation(cell, system)
    if masked is None or exact is None:  # printed in another place
        other = next(t for t, row, _ in result.figures(cell) if not shown[t].hidden[row])
        said = f"[{name(cell)}] is shown in {shown[other].visual.name}"
        exact = f"{certificates.number(value)}: {said}"
        return Leak(cell, name(cell), value, said, exact, (shown[other].visual.name,))
    claim, pin = result.recovery.by_cell.get(cell), result.pins.get(cell)
    used = certificates.combined(system, dict(claim.weights)) if claim and claim.joint is None else {}
    bases = [c for item, _ in (pin.because if pin else ()) for c in (item.numerator, item.denominator)]
    places = (_shown_in(result, shown, c) for c in (*used, *bases) if c != cell or pin)
    plus, minus = _sides(used, cell, name)
    return Leak(cell, name(cell), value, masked, exact, tuple(dict.fromkeys(p for p in places if p)), plus, minus)


def _sides(used: Mapping[int, int], cell: int, name: Callable[[int], str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is added and what is taken off to get a cell; nothing where some cell counts more than once."""
    own = used.get(cell, 0)
    if any(abs(weight) != abs(own) for weight in used.values()):
        return (), ()
    rest = sorted((c, weight * own < 0) for c, weight in used.items() if c != cell)
    return tuple(name(c) for c, added in rest if added), tuple(name(c) for c, added in rest if not added)


def _shown_in(result: PublishedAudit, shown: Sequence[Shown], cell: int) -> str | None:
    at = (shown[t].visual.name for t, row, _ in result.figures(cell) if not shown[t].hidden[row])
    return next(at, None)


def _naming(result: PublishedAudit, shown: Sequence[Shown]) -> Callable[[int], str]:
    """Readable names of cells: their dimension values, and the measure where there are several."""
    system: System = result.linked.system
    measures = {m for s in shown for m in s.table.measures}
    prefix = f"{next(iter(measures))}: " if len(measures) == 1 else ""
    return lambda cell: system.name(cell).removeprefix(prefix)


def _key(name: str) -> str:
    """A cell's name without the measure."""
    return name.split(": ", 1)[-1]


def _plan(result: PublishedAudit, shown: Sequence[Shown], audit: VisualAudit) -> None:
    """Further cells to hide after which nothing follows any more; none if there is no plan in time."""
    audit.by_percentage = len(result.pins)
    if len(result.recoverable) > MOST_MENDED:
        return
    plan = mend(result.without, budget=BUDGET)
    if plan.passes:
        name = _naming(result, shown)
        audit.mend, audit.mend_cost = tuple(name(c) for c in plan.extra), plan.cost
