"""Which combinations of filters single people out.

A reader who can turn filters on several fields reaches one cell per combination of values. A cell with
1..t contributors is *rare*; it is *minimal* if no part of its combination is already rare. Only minimal
cells are reported: all larger combinations inside them are rare too.
Source: Elliot, Manning, Mayes, Gurd and Bane, SUDA: a program for detecting special uniques (2005), with
t instead of 1.

Where figures are shown from a count on only (dynamic suppression), a rare cell that is not shown may still
follow from two states that are: without the filter, and with every other value of it. All counts fall as
filters are added, so what follows for a combination follows for its minimal part already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import combinations
from time import monotonic

import numpy as np

from linter.disclosure.counting import Contributors, Grouping, keys_of
from linter.disclosure.system import Bools, Ints
from linter.records import dataclass

Fields = tuple[int, ...]
MOST_KEPT = 8
"""Groupings of all rows that are kept for larger combinations."""


@dataclass(frozen=True, slots=True)
class Clique:
    """Fields that readers can combine with each other.

    Attributes:
        fields: all of them.
        turned: those of which a reader can leave values out; the others only split what is shown.
    """

    fields: frozenset[int]
    turned: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A figure is shown only where at least so many contributors are among certain rows.

    Attributes:
        least: contributors from which on it is shown.
        used: shape (rows,), the rows that are counted for it; None for those of the figure itself.
    """

    least: int
    used: Bools | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RareCells:
    """The minimal rare cells of one combination of fields.

    Attributes:
        fields: which columns.
        codes: shape (cells, fields), the value of each field.
        contributors: shape (cells,), each 1..t.
        by_difference: shape (cells,), the reader can't see this cell but gets it by subtracting two
            states (one of its values is not selectable, or it is suppressed).
    """

    fields: Fields
    codes: Ints
    contributors: Ints
    by_difference: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The result of a scan.

    Attributes:
        found: minimal rare cells per combination of fields, only where there are any.
        scanned: number of combinations looked at.
        not_decided: combinations that were not looked at: no time, or too many values.
        pairs: fields -> contributors isolated by two fields and not by one.
    """

    found: tuple[RareCells, ...]
    scanned: int
    not_decided: tuple[Fields, ...]
    pairs: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def count(self, size: int) -> int:
        """Number of minimal rare cells of that many fields."""
        return sum(len(cells.contributors) for cells in self.found if len(cells.fields) == size)


def scan(
    columns: Sequence[Ints],
    t: int,
    *,
    most_fields: int = 3,
    units: Ints | None = None,
    weights: Ints | None = None,
    used: Bools | None = None,
    selectable: Mapping[int, Sequence[int]] | None = None,
    cliques: Sequence[Clique] | None = None,
    guards: Sequence[Guard] = (),
    budget: float = 30.0,
) -> Lattice:
    """All minimal combinations of up to ``most_fields`` fields with 1..t contributors.

    Args:
        columns: one integer code array per field, each of shape (rows,), codes >= 0; null is a code too.
        t: the threshold.
        most_fields: fields that a reader can turn at once.
        units: shape (rows,), who the row belongs to, negative where nobody knows; without it every row is
            one contributor.
        weights: shape (rows,), contributors behind a row that is a count already; not with ``units``.
        used: shape (rows,), the rows that stand behind the figure; None for all.
        selectable: field -> codes that a reader can choose, for fields where not all can be (a binary
            filter with one button); a cell with another code is reached by subtraction.
        cliques: the fields that can be combined; None: all of them, and every one can be turned.
        guards: dynamic suppression: the figure is shown only where all of them are met.
        budget: seconds; combinations beyond are returned as not decided.

    Raises:
        ValueError: both units and weights, arrays of unequal length, or negative codes.
    """
    deadline = monotonic() + budget
    every = frozenset(range(len(columns)))
    reach = [Clique(every, every)] if cliques is None else cliques
    rows = _Rows(columns, units, weights)
    shown = [(g.least, _Counts(rows.people(used if g.used is None else g.used))) for g in guards]
    chosen = {f: np.asarray(codes) for f, codes in (selectable or {}).items()}
    walk = _Walk(_Counts(rows.people(used)), t, _Seen(reach, chosen, shown))
    order = _order(reach, most_fields)
    found: list[RareCells] = []
    too_large: list[Fields] = []
    for place, fields in enumerate(order):
        if monotonic() > deadline:
            rest = (*too_large, *order[place:])
            return Lattice(tuple(found), len(order) - len(rest), rest, _pair_table(found))
        cells = walk.visit(fields, keep=len(fields) < most_fields)
        if cells is None:
            too_large.append(fields)
        elif len(cells.contributors):
            found.append(cells)
    return Lattice(tuple(found), len(order) - len(too_large), tuple(too_large), _pair_table(found))


def _order(cliques: Sequence[Clique], most_fields: int) -> list[Fields]:
    """The combinations inside a clique, small ones first, those with a common beginning side by side."""
    sizes = range(1, most_fields + 1)
    found = {fields for c in cliques for size in sizes for fields in combinations(sorted(c.fields), size)}
    return sorted(found, key=lambda fields: (len(fields), fields))


def _pair_table(found: Sequence[RareCells]) -> dict[tuple[int, int], int]:
    pairs = {
        (cells.fields[0], cells.fields[1]): int(cells.contributors.sum()) for cells in found if len(cells.fields) == 2
    }
    return dict(sorted(pairs.items(), key=lambda item: -item[1]))


class _Rows:
    """The rows of a scan, of which figures and guards count different ones."""

    def __init__(self, columns: Sequence[Ints], units: Ints | None, weights: Ints | None) -> None:
        self.columns, self.units, self.weights = columns, units, weights
        self.radices = [int(np.max(column, initial=0)) + 1 for column in columns]

    def people(self, used: Bools | None) -> Contributors:
        """The contributors among some of the rows."""

        def part(values: Ints | None) -> Ints | None:
            return values if values is None or used is None else np.asarray(values)[used]

        columns = [column if used is None else np.asarray(column)[used] for column in self.columns]
        return Contributors(columns, part(self.units), part(self.weights), self.radices)


class _Counts:
    """Contributors by combination, of which the last groupings are kept: combinations come in runs."""

    def __init__(self, people: Contributors) -> None:
        self.people = people
        self.kept: dict[Fields, Grouping | None] = {}

    def before(self, fields: Fields) -> Grouping | None:
        """The rows grouped by some fields, squeezed."""
        if fields not in self.kept:
            found = self.grouping(fields) if fields else None
            if len(self.kept) == MOST_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[fields] = self.people.squeezed(found) if found else None
        return self.kept[fields]

    def grouping(self, fields: Fields) -> Grouping | None:
        """The rows grouped by the fields; None if their keys don't fit."""
        before = self.before(fields[:-1])
        return self.people.group(before, fields[-1]) if before or len(fields) == 1 else None

    def fitting(self, fields: Fields) -> Grouping:
        """The rows grouped by the fields of a combination that fits, or by a part of them."""
        grouping = self.grouping(fields)
        if grouping is None:
            message = "a part of a combination has larger keys than the whole"
            raise ValueError(message)
        return grouping

    def of(self, fields: Fields, codes: Ints) -> Ints:
        """Contributors of some cells, 0 where there is no row."""
        if not fields:
            whole = Grouping((), np.zeros(len(self.people.columns[0]), dtype=np.int64), 1, None)
            return np.repeat(self.people.count(whole), len(codes))
        grouping = self.fitting(fields)
        groups, held = grouping.places(codes)
        counts = np.zeros(len(codes), dtype=np.int64)
        counts[held] = self.people.count(grouping)[groups[held]]
        return counts

    def only_here(self, fields: Fields, position: int, codes: Ints, counts: Ints) -> Ints:
        """Of the contributors of cells, those who are in no other value of one of the fields."""
        if self.people.unit is None:
            return counts
        return self.people.only_here(self.fitting(fields), fields, position, codes)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What decides which cells a reader sees: what can be combined and chosen, and from how many on it shows."""

    cliques: Sequence[Clique]
    selectable: Mapping[int, Ints]
    guards: Sequence[tuple[int, _Counts]]


class _Walk:
    """Visits combinations in order of size and remembers which cells are rare already."""

    def __init__(self, main: _Counts, t: int, seen: _Seen) -> None:
        self.main, self.t = main, t
        self.cliques, self.selectable, self.guards = seen.cliques, seen.selectable, seen.guards
        self.rare: dict[Fields, Ints] = {}  # sorted mixed-radix keys of all rare cells

    def visit(self, fields: Fields, *, keep: bool) -> RareCells | None:
        """Minimal rare cells of one combination, None if its keys don't fit; ``keep`` for larger ones."""
        grouping = self.main.grouping(fields)
        if grouping is None:
            return None
        counts = self.main.people.count(grouping)
        # Unsigned, zero less one is huge: one comparison instead of two.
        rare = np.flatnonzero((counts - 1).view(np.uint64) < np.uint64(self.t))
        codes = grouping.codes(rare)
        if keep:
            self.rare[fields] = np.sort(grouping.raw_keys(rare))
        minimal = np.ones(len(rare), dtype=np.bool_)
        for i in range(len(fields) if len(fields) > 1 else 0):
            part = fields[:i] + fields[i + 1 :]
            left = np.flatnonzero(minimal)
            if part not in self.rare:  # it was not looked at, so it hides nothing
                continue
            keys = keys_of(np.delete(codes[left], i, axis=1), [self.main.people.radices[f] for f in part])
            minimal[left[_member(keys, self.rare[part])]] = False
        return self.reached(fields, codes[minimal], counts[rare[minimal]])

    def reached(self, fields: Fields, codes: Ints, counts: Ints) -> RareCells:
        """Of the cells, those that a reader sees or gets by difference."""
        if not len(codes):
            return RareCells(fields, codes, counts, np.zeros(0, dtype=np.bool_))
        chosen = np.ones(len(codes), dtype=np.bool_)
        follows = np.zeros(len(codes), dtype=np.bool_)
        for i, name in enumerate(fields):
            if name in self.selectable:
                rest = ~np.isin(codes[:, i], self.selectable[name])
                chosen &= ~rest
                follows |= rest & self.differs(fields, i, codes, counts)
        for least, people in self.guards:
            chosen &= people.of(fields, codes) >= least
        if self.guards and not chosen.all():
            turned = {f for c in self.cliques if c.fields.issuperset(fields) for f in c.turned}
            for i, name in enumerate(fields):
                if name in turned:
                    follows |= self.differs(fields, i, codes, counts)
        seen = chosen | follows
        return RareCells(fields, codes[seen], counts[seen], ~chosen[seen])

    def differs(self, fields: Fields, position: int, codes: Ints, counts: Ints) -> Bools:
        """Cells of which somebody follows from the state without a filter less that of all its other values."""
        part = fields[:position] + fields[position + 1 :]
        outer = np.delete(codes, position, axis=1)
        isolated = self.main.only_here(fields, position, codes, counts) > 0
        for least, people in self.guards:
            whole, own = people.of(part, outer), people.of(fields, codes)
            others = whole - people.only_here(fields, position, codes, own)
            isolated &= (whole >= least) & (others >= least)
        return isolated


def _member(keys: Ints, ordered: Ints) -> Bools:
    """Which keys occur in a sorted array."""
    if not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[place] == keys, dtype=np.bool_)
