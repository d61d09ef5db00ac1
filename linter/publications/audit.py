"""The audit of published tables: what is hidden, what follows all the same, what is still shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

import numpy as np

from linter.disclosure import intervals
from linter.disclosure.mending import mend
from linter.disclosure.published import PublishedAudit, Relation, Share, audit_published
from linter.disclosure.system import HIDDEN, System
from linter.disclosure.tables import Table, link
from linter.publications.figures import Figures, figures, key, long_form
from linter.publications.percentages import quotients, shares
from linter.publications.populations import told_apart
from linter.publications.record import PublishedTable
from linter.publications.sums import relations, sums
from linter.publications.symbols import ONCE_NOT_APPLICABLE, read
from linter.records import dataclass
from linter.text import listing, plural

CONTRADICTED = 0.02
"""Share of sums of shown figures that may fail before a total is not taken for one."""

MOST_MENDED = 500
"""Recoverable figures for which a plan of further suppressions is made."""

MOST_SAMPLED = 4
"""Measures on which a total is tried."""


@dataclass(frozen=True, slots=True)
class Recoverable:
    """A hidden figure that follows. ``certificate`` names cells without a number, ``exact`` has the numbers."""

    table: int
    measure: str
    cell: dict[str, str]
    value: float = field(repr=False)
    certificate: str
    exact: str = field(repr=False)
    only_with_others: bool = False


@dataclass(frozen=True, slots=True)
class NarrowCell:
    """A hidden figure that a reader can place between two numbers, inclusive."""

    table: int
    measure: str
    cell: dict[str, str]
    low: float = field(repr=False)
    high: float = field(repr=False)


@dataclass(slots=True)
class TableAudit:
    """The result. ``small``: per table, shown counts of 1..t. ``incomplete``: what was not audited, and why.

    ``mend``: cells that would have to be hidden as well, None if no plan was made; ``mend_cost`` is the sum of
    their figures. ``by_percentage``: cells that percentages give away, which have to be hidden with them.
    """

    tables: list[Figures]
    recoverable: list[Recoverable] = field(default_factory=list)
    narrow: list[NarrowCell] = field(default_factory=list)
    small: list[int] = field(default_factory=list)
    not_decided: int = 0
    contradictions: int = 0
    notes: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    mend: tuple[str, ...] | None = field(default=None, repr=False)
    mend_cost: float | None = field(default=None, repr=False)
    by_percentage: int = 0


def audit_tables(
    tables: Sequence[PublishedTable],
    against: Sequence[PublishedTable] = (),
    *,
    threshold: int,
    width: float,
    suppressed: frozenset[str] = frozenset(),
    asked: bool = False,
    budget: float = 4.0,
) -> TableAudit:
    """Audit tables that a reader can lay side by side.

    Args:
        tables: what is to be published.
        against: what has been published; only figures of ``tables`` are reported.
        threshold: t, shown counts of 1..t are small.
        width: the least number of values that a hidden count must keep open.
        suppressed: further symbols.
        asked: the measures were named by the caller.
        budget: seconds for linked systems, and again for intervals.
    """
    own = [figures(t, suppressed, asked=asked) for t in tables]
    others = [figures(t, suppressed, asked=asked) for t in against]
    result = TableAudit(own)
    for found in own:
        shown = found.values[~found.hidden & (found.rounding == 0)]
        result.small.append(int(((shown >= 1) & (shown <= threshold)).sum()))
        result.notes += [f"{found.source.path}: {note}" for note in found.source.notes]
    result.incomplete += [problem for f in own for problem in f.source.unread]
    result.incomplete += [problem for f in own for problem in _repeated(f)]
    result.incomplete += [f"{f.source.path}: no measure that adds up was found" for f in own if not f.names]
    if not any(f.names for f in own):
        return result
    mine = _apart([_own(f, result) for f in own], result)
    shares, sums = _shares(own, 0, result), _sums_of_measures(own, 0, result)
    final = audit_published(mine, shares=shares, relations=sums, budget=budget)
    _collect(result, final, set(), only_with_others=False)
    if beside := _with_common_measures(mine, others, result):
        shares += _shares(beside, len(mine), result)
        sums += _sums_of_measures(beside, len(mine), result)
        tables_read = _apart([*mine, *(prepared(f)[0] for f in beside)], result)
        final = audit_published(tables_read, shares=shares, relations=sums, budget=budget)
        known = {(r.table, r.measure, *r.cell.values()) for r in result.recoverable}
        _collect(result, final, known, only_with_others=True)
    result.contradictions = len(final.recovery.inconsistent)
    result.notes += [n for n in final.linked.system.notes if n not in result.notes]
    result.not_decided = len(final.recovery.uncertified)
    if final.unused:
        what = plural(final.unused, "percentage")
        result.incomplete.append(f"{what} of hidden figures: what they tell was not worked out")
    _intervals(result, final, width, budget)
    if 0 < len(result.recoverable) <= MOST_MENDED:
        plan = mend(final.without, budget=budget)
        name = _naming(final.without)
        result.mend = tuple(name(c) for c in plan.extra) if plan.passes else None
        result.mend_cost = plan.cost if plan.passes else None
        result.by_percentage = len(final.pins)
    return result


def _repeated(found: Figures) -> Iterator[str]:
    """Rows that no label tells apart, of which some are hidden: what is one figure could not be told."""
    rows = Counter(zip(*found.source.dimensions.values(), strict=True))
    same = sum(n for n in rows.values() if n > 1)
    if same and found.hidden.any():
        yield f"{found.source.path}: {same:,} rows have the labels of another; --dims says what tells rows apart"


def _own(found: Figures, result: TableAudit) -> Table:
    """A table to be published: a total that could not be used leaves the audit incomplete."""
    table, notes = prepared(found)
    result.incomplete += notes
    return table


def prepared(found: Figures) -> tuple[Table, list[str]]:
    """The table with those totals and links that the shown figures bear out, and what was not used and why."""
    source, notes = found.source, list[str]()
    everything = list(range(len(found.names)))
    sample = everything[:: max(1, len(everything) // MOST_SAMPLED)]
    kept, linked = [d for d in source.totals if d in source.hierarchies], bool(source.hierarchies)
    for d in source.totals:
        if d in source.hierarchies:
            continue
        held, failed = _sums(long_form(found, sample, totals=[d], linked=False))
        if failed > CONTRADICTED * (held + failed):
            total = source.totals[d]
            notes.append(f"{source.path}: {d}: its parts do not add up to {total!r}, so that sums were not used")
        else:
            kept.append(d)
    if linked:
        held, failed = _sums(long_form(found, sample, totals=list(source.hierarchies), linked=True))
        exact = not (found.rounding > 0).any()
        unproved = exact and held == 0 and found.hidden.any() and not source.hierarchies.keys() <= source.stated
        if failed > CONTRADICTED * (held + failed) or unproved:
            linked = False
            levels = ", ".join(source.hierarchies)
            notes.append(f"{source.path}: {levels}: its levels were not linked: no sum bears it out")
    return long_form(found, everything, totals=kept, linked=linked), notes


def _sums(table: Table) -> tuple[int, int]:
    """Sums of shown figures that hold, and that fail."""
    system = link([table]).system
    unknown = np.bincount(system.entry_equations()[system.unknown[system.cells]], minlength=system.n_equations)
    complete = unknown == 0
    fails = complete & (np.abs(system.right_hand_side()) > 1e-6 * system.scale)
    return int((complete & ~fails).sum()), int(fails.sum())


def _shares(tables: Sequence[Figures], first: int, result: TableAudit) -> list[Share]:
    """The percentages of tables whose places in the audit begin with ``first``."""
    found: list[Share] = []
    for place, table in enumerate(tables, first):
        if not table.left_out or not (first or table.hidden.any()):
            continue
        known = list(quotients(table))
        found += shares(table, place, known)
        result.notes += [f"{table.source.path}: {q.told(table.names)}" for q in known]
        rest = [n for n in table.left_out if n not in {q.column for q in known}]
        telling = [n for n in rest if not first and _beside_hidden(table, n)]
        if telling:
            said = f"no figures of the table explain {listing(telling, 8)}, shown beside hidden figures"
            result.incomplete.append(f"{table.source.path}: {said}")
        if plain := [n for n in rest if n not in telling]:
            result.notes.append(f"{table.source.path}: no figures of the table explain {listing(plain, 8)}: not read")
    return found


def _beside_hidden(table: Figures, column: str) -> bool:
    """Whether a column shows a figure in a row in which a measure is hidden."""
    texts = table.source.measures[column]
    readings = (read(texts[row]) for row in np.flatnonzero(table.hidden.any(axis=1)).tolist())
    return any(r is None or (r.value is not None and not r.symbol) for r in readings)


def _sums_of_measures(tables: Sequence[Figures], first: int, result: TableAudit) -> list[Relation]:
    """The sums of measures in tables whose places in the audit begin with ``first``."""
    found: list[Relation] = []
    for place, table in enumerate(tables, first):
        if table.hidden.any() or first:
            known = sums(table)
            found += relations(table, place, known)
            result.notes += [f"{table.source.path}: {s.told(table.names)}" for s in known]
    return found


def _apart(tables: Sequence[Table], result: TableAudit) -> list[Table]:
    """Tables that contradict each other are not compared, which leaves the audit incomplete."""
    found, notes = told_apart(tables)
    result.incomplete += [n for n in notes if n not in result.incomplete]
    return found


def _with_common_measures(own: Sequence[Table], others: Sequence[Figures], result: TableAudit) -> list[Figures]:
    """The other publications that show a measure of these; the rest can tell nothing, which is noted."""
    mine = {m for t in own for m in t.measures}
    common = [f for f in others if mine & {key(n) for n in f.names}]
    result.notes += [
        f"{f.source.path}: no measure in common, so that it adds nothing" for f in others if f not in common
    ]
    return common


def _collect(
    result: TableAudit, found: PublishedAudit, before: set[tuple[object, ...]], *, only_with_others: bool
) -> None:
    """Recoverable figures, each cell once for every place where it is hidden."""
    name = _naming(found.linked.system)
    system = replace(found.linked.system, name=name)
    doubtful = {i.cell for i in found.recovery.inconsistent if i.cell is not None}
    for item in found.recoverable:
        t, row, m = item.figure
        if t >= len(result.tables) or not result.tables[t].hidden[row, m] or item.cell in doubtful:
            continue
        cell = _cell(result.tables[t], row)
        measure = result.tables[t].names[m]
        if (t, measure, *cell.values()) in before:
            continue
        claim = found.recovery.by_cell.get(item.cell)
        value = float(system.shown_value(item.cell) if claim is None else claim.value)
        if value == 0 and result.tables[t].source.measures[measure][row] == ONCE_NOT_APPLICABLE:
            continue  # there is nothing to count, as the table says
        elsewhere = f"[{name(item.cell)}] is printed in another place"
        said = found.derivation(item.cell, system, show_values=False) or elsewhere
        exact = found.derivation(item.cell, system) or f"{value:g}: {elsewhere}"
        result.recoverable.append(Recoverable(t, measure, cell, value, said, exact, only_with_others))


def _intervals(result: TableAudit, found: PublishedAudit, width: float, budget: float) -> None:
    """Hidden figures whose range is too narrow, and those for which time ran out."""
    mine = [np.unique(c[t.hidden]) for c, t in zip(found.linked.cell_of, result.tables, strict=False)]
    targets = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *mine]))
    targets = targets[found.linked.system.state[targets] == HIDDEN]
    ranges = intervals.audit(found.recovery, targets, width=width, budget=budget)
    result.not_decided += len(ranges.not_decided)
    place: dict[int, tuple[int, int, int]] = {}
    wanted = {n.cell for n in ranges.narrow}
    for t, cells in enumerate(found.linked.cell_of[: len(result.tables)] if wanted else ()):
        for row, m in zip(*np.nonzero(np.isin(cells, list(wanted)) & result.tables[t].hidden), strict=True):
            place.setdefault(int(cells[row, m]), (t, int(row), int(m)))
    for narrow in ranges.narrow:
        if narrow.cell in place:
            t, row, m = place[narrow.cell]
            table = result.tables[t]
            result.narrow.append(NarrowCell(t, table.names[m], _cell(table, row), narrow.low, narrow.high))


def _cell(table: Figures, row: int) -> dict[str, str]:
    return {d: labels[row] for d, labels in table.source.dimensions.items()}


def _naming(system: System) -> Callable[[int], str]:
    return system.name
