"""The whole audit of published tables, from long-form arrays to findings by table and row.

This is what ``disclint table`` calls; the tables may be one file, several linked ones, or a new one beside
what has been published before. Percentages beside the counts are read as what they say of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from linter.disclosure import certificates, intervals, recovery
from linter.disclosure.intervals import Ranges
from linter.disclosure.ratios import Percentage, WithRatios, read_percentages, together, within
from linter.disclosure.recovery import Recovery
from linter.disclosure.system import IMPLIED, System
from linter.disclosure.tables import Linked, Table, link
from linter.records import dataclass

Figure = tuple[int, int, int]
"""Where a figure stands: table, row, measure."""

MOST_ROUNDS = 10
"""How often what percentages give away is put back among what is known."""


@dataclass(frozen=True, slots=True)
class RecoverableFigure:
    """A hidden figure that a reader can calculate, or that is shown in another place."""

    figure: Figure
    cell: int
    shown_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage on show of two figures, either of which may be hidden; see ``ratios.Percentage``."""

    numerator: Figure
    denominator: Figure
    shown: str
    decimals: int
    of: int = 100
    part: bool = True


@dataclass(frozen=True, slots=True)
class Relation:
    """A sum that holds between figures of any tables: the terms times their signs are nought.

    A term is a figure, or the name of a cell that no table has (the rest of a population). Equal names are one
    cell.
    """

    terms: tuple[tuple[Figure | str, int], ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """A count that percentages give away: the only whole number that is printed as all of them.

    Attributes:
        cell, value: what follows, and its value in units.
        because: the percentages, each with the value of the other cell in it: base or numerator.
    """

    cell: int
    value: int
    because: tuple[tuple[Percentage, int], ...] = field(repr=False)

    def holds(self) -> bool:
        """Whether the value is printed as every percentage, and no other whole number is.

        That a range has one whole number left is checked by its neighbours: what a count is printed as
        rises or falls with it.
        """
        return self._fits(self.value) and not self._fits(self.value - 1) and not self._fits(self.value + 1)

    def _fits(self, value: int) -> bool:
        pairs = ((i, value, known) if self.cell == i.numerator else (i, known, value) for i, known in self.because)
        return value >= 0 and all(
            whole > 0 and not (item.part and part > whole) and within(item.shown, item.decimals, part, whole, item.of)
            for item, part, whole in pairs
        )


@dataclass(frozen=True, slots=True, eq=False)
class PublishedAudit:
    """The result for a set of tables.

    Attributes:
        linked: the equations, with what percentages give away as shown cells, and the cell of each figure.
        recovery: verified claims, contradictions, doubts.
        ranges: the interval audit, None if no width was asked for.
        recoverable: hidden or rounded figures that are determined, in the order of the tables.
        pins: what percentages give away, by cell.
        named: cells that only relations name, by name.
        without: the equations before any percentage was read.
        unused: percentages that said nothing: both counts are hidden, or none fits.
    """

    linked: Linked
    recovery: Recovery
    ranges: Ranges | None
    recoverable: tuple[RecoverableFigure, ...]
    pins: Mapping[int, Pin]
    without: System
    named: Mapping[str, int] = field(default_factory=dict)
    unused: int = 0

    def figures(self, cell: int) -> list[Figure]:
        """Every place where a cell stands; empty for margins that nobody printed."""
        return [
            (t, row, measure)
            for t, cells in enumerate(self.linked.cell_of)
            for row, measure in zip(*np.nonzero(cells == cell), strict=True)
        ]

    def derivation(self, cell: int, system: System | None = None, *, show_values: bool = True) -> str | None:
        """The calculation that yields a recoverable cell; None where it is simply shown in another place.

        ``system``: the same with other names of cells.
        """
        used = system or self.linked.system
        if (pin := self.pins.get(cell)) is not None:
            return _pinned(pin, used, show_values=show_values)
        claim = self.recovery.by_cell.get(cell)
        if claim is None:
            return None
        return certificates.derivation(used, claim, self.recovery.values, show_values=show_values)


def _pinned(pin: Pin, system: System, *, show_values: bool) -> str:
    """Such as ``46.2% of 26 is 12``."""
    words, numbers = [], []
    for item, known in pin.because:
        unit = {100: "%", 1: ""}.get(item.of, f" per {item.of:,}")
        numerator, base = f"[{system.name(item.numerator)}]", f"[{system.name(item.denominator)}]"
        if pin.cell == item.numerator:
            words.append(f"percentage of {base} = {numerator}")
            numbers.append(f"{item.shown}{unit} of {known:,} is {pin.value:,}")
        else:
            words.append(f"{numerator} / percentage = {base}")
            numbers.append(f"{known:,} is {item.shown}{unit} of {pin.value:,}")
    names = " and ".join(words)
    return f"{' and '.join(numbers)}: {names}" if show_values else names


def audit_published(
    tables: Sequence[Table],
    *,
    shares: Sequence[Share] = (),
    relations: Sequence[Relation] = (),
    width: float | None = None,
    tolerance: float = 0.0,
    nonnegative: bool = True,
    budget: float = 10.0,
) -> PublishedAudit:
    """Audit tables that a reader can lay side by side.

    Args:
        tables: in long form.
        shares: percentages on show of figures of the tables.
        relations: further sums that hold, between populations of which one is a part of the other.
        width: the least number of values that a hidden count must keep open; None for no interval audit.
        tolerance: by how much shown figures may fail to add up, in units: half the last printed decimal
            times the number of parts.
        nonnegative: no figure can be below zero.
        budget: seconds for linked systems, and again for the intervals.

    Raises:
        ValueError: see ``tables.link``.
    """
    linked, named = _with_relations(link(tables, tolerance=tolerance, nonnegative=nonnegative), relations)
    found, pins, unused = _with_shares(linked, shares, budget)
    ranges = None if width is None else intervals.audit(found, width=width, budget=budget)
    without, linked = linked.system, replace(linked, system=found.system)
    claimed = tuple(_recoverable(linked, found, pins))
    return PublishedAudit(linked, found, ranges, claimed, pins, without, named, unused)


def _with_relations(linked: Linked, relations: Sequence[Relation]) -> tuple[Linked, dict[str, int]]:
    """The equations with those of the relations; and the cells that these name, which nobody shows."""
    system, named = linked.system, dict[str, int]()
    cells, coefs, ends = [system.cells], [system.coefs], [int(system.indptr[-1])]
    for relation in relations:
        for term, coef in relation.terms:
            new = system.n_cells + len(named)
            cell = named.setdefault(term, new) if isinstance(term, str) else _cell(linked, term)
            cells.append(np.array([cell]))
            coefs.append(np.array([coef]))
        ends.append(ends[-1] + len(relation.terms))
    n, first, names = len(named), system.n_cells, list(named)
    least = 0.0 if system.nonnegative else -np.inf
    more = replace(
        system,
        indptr=np.concatenate((system.indptr, np.array(ends[1:], dtype=np.int64))),
        cells=np.concatenate(cells).astype(np.int64), coefs=np.concatenate(coefs).astype(np.int64),
        state=np.concatenate((system.state, np.full(n, IMPLIED, dtype=np.int8))),
        value=np.concatenate((system.value, np.zeros(n, dtype=np.int64))),
        low=np.concatenate((system.low, np.full(n, least))), high=np.concatenate((system.high, np.full(n, np.inf))),
        truth=np.concatenate((system.truth, np.full(n, np.nan))),
        name=lambda cell: names[cell - first] if cell >= first else system.name(cell),
    )  # fmt: skip
    return (replace(linked, system=more) if relations else linked), named


def _with_shares(linked: Linked, shares: Sequence[Share], budget: float) -> tuple[Recovery, dict[int, Pin], int]:
    """The audit after percentages have been read as often as they give something away, and how many were no use.

    What is recovered may be the base of a percentage, and what a percentage gives away may be what a
    subtraction lacked.
    """
    items = [
        Percentage(_cell(linked, s.numerator), _cell(linked, s.denominator), s.shown, s.decimals, s.of, s.part)
        for s in shares
    ]
    system, pins, unused = linked.system, dict[int, Pin](), 0
    found = recovery.audit(system, budget=budget)
    for rounds in range(MOST_ROUNDS if items else 0):
        known = {c: v.numerator for c, v in found.values.items() if v.denominator == 1}
        informed = system.with_shown(known)
        read = read_percentages(informed, items)
        fresh = {c: v for c, v in read.pinned.items() if system.unknown[c] and c not in known}
        if not fresh or rounds == MOST_ROUNDS - 1:
            found.system, unused = _bounded(system, read)
            break
        proofs = [_pin(informed, cell, value, read.because[cell]) for cell, value in fresh.items()]
        good = {pin.cell: pin for pin in proofs if pin.holds()}
        pins |= good
        system = system.with_shown({cell: pin.value for cell, pin in good.items()})
        found = recovery.audit(system, budget=budget)
    return found, pins, unused


def _bounded(system: System, read: WithRatios) -> tuple[System, int]:
    """The system with what percentages leave open, and the number of those that say nothing."""
    ranges, unused = [read.ranges], len(read.impossible)
    for item in read.unread:
        both = together(read.system, item)
        if both is not None:
            ranges.append({item.numerator: both[0], item.denominator: both[1]})
        elif read.system.unknown[item.numerator] and read.system.unknown[item.denominator]:
            unused += 1
    for some in ranges:
        system = system.with_bounds({c: (float(w.low), float(w.high)) for c, w in some.items()})
    return system, unused


def _pin(known: System, cell: int, value: int, because: Sequence[Percentage]) -> Pin:
    others = (item.denominator if cell == item.numerator else item.numerator for item in because)
    values = (int(known.shown_value(other)) for other in others)
    return Pin(cell, value, tuple(zip(because, values, strict=True)))


def _cell(linked: Linked, figure: Figure) -> int:
    t, row, measure = figure
    return int(linked.cell_of[t][row, measure])


def _recoverable(linked: Linked, found: Recovery, pins: Mapping[int, Pin]) -> list[RecoverableFigure]:
    """Claims, what percentages give away, and shown-elsewhere figures, by place."""
    places: defaultdict[int, list[Figure]] = defaultdict(list)
    claimed = found.determined() & (linked.system.state != IMPLIED)
    claimed[list(pins)] = True
    for t, cells in enumerate(linked.cell_of):
        for row, measure in zip(*np.nonzero(claimed[cells]), strict=True):
            places[int(cells[row, measure])].append((t, int(row), int(measure)))
    listed = [RecoverableFigure(figure, cell, False) for cell, at in places.items() for figure in at]  # noqa: FBT003
    for t, row, measure in linked.shown_elsewhere:
        cell = int(linked.cell_of[t][row, measure])
        listed.append(RecoverableFigure((t, row, measure), cell, True))  # noqa: FBT003
    return sorted(listed, key=lambda item: item.figure)
