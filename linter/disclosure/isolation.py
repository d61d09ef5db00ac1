"""Which combinations of filters single people out.

A reader who can turn filters on several fields reaches one cell per combination of values. A cell with
1..t contributors is *rare*; it is *minimal* if no part of its combination is already rare. Only minimal
cells are reported: all larger combinations inside them are rare too.
Source: Elliot, Manning, Mayes, Gurd and Bane, SUDA: a program for detecting special uniques (2005), with
t instead of 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from time import monotonic

import numpy as np

from linter.disclosure.counting import Contributors, Grouping, keys_of
from linter.disclosure.system import Bools, Ints

Fields = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RareCells:
    """The minimal rare cells of one combination of fields.

    Attributes:
        fields: which columns.
        codes: shape (cells, fields), the value of each field.
        contributors: shape (cells,), each 1..t.
        by_difference: shape (cells,), the reader can't choose this cell but gets it by subtracting two
            states (one of its values is not selectable).
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
    selectable: Mapping[int, Sequence[int]] | None = None,
    budget: float = 30.0,
) -> Lattice:
    """All minimal combinations of up to ``most_fields`` fields with 1..t contributors.

    Args:
        columns: one integer code array per field, each of shape (rows,), codes >= 0; null is a code too.
        t: the threshold.
        most_fields: fields that a reader can turn at once.
        units: shape (rows,), who the row belongs to; without it every row is one contributor.
        weights: shape (rows,), contributors behind a row that is a count already; not with ``units``.
        selectable: field -> codes that a reader can choose, for fields where not all can be (a binary
            filter with one button); a cell with another code is reached by subtraction.
        budget: seconds; combinations beyond are returned as not decided.

    Raises:
        ValueError: both units and weights, arrays of unequal length, or negative codes.
    """
    deadline = monotonic() + budget
    people = Contributors(columns, units, weights)
    walk = _Walk(people, t, {f: np.asarray(codes) for f, codes in (selectable or {}).items()})
    order = [
        fields
        for size in range(1, min(most_fields, len(columns)) + 1)
        for fields in combinations(range(len(columns)), size)
    ]
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


def _pair_table(found: Sequence[RareCells]) -> dict[tuple[int, int], int]:
    pairs = {
        (cells.fields[0], cells.fields[1]): int(cells.contributors.sum()) for cells in found if len(cells.fields) == 2
    }
    return dict(sorted(pairs.items(), key=lambda item: -item[1]))


class _Walk:
    """Visits combinations in order of size and remembers which cells are rare already."""

    def __init__(self, people: Contributors, t: int, selectable: Mapping[int, Ints]) -> None:
        self.people = people
        self.t = t
        self.selectable = selectable
        self.rare: dict[Fields, Ints] = {}  # sorted mixed-radix keys of all rare cells
        self.prefix: tuple[Fields, Grouping | None] = ((), None)

    def grouping(self, fields: Fields) -> Grouping | None:
        """The rows grouped by all but the last field; combinations come in runs that share it."""
        if self.prefix[0] != fields or not fields:
            grouping: Grouping | None = None
            for f in fields:
                grouping = self.people.group(grouping, f)
                if grouping is None:
                    return None
                grouping = self.people.squeezed(grouping)
            self.prefix = (fields, grouping)
        return self.prefix[1]

    def visit(self, fields: Fields, *, keep: bool) -> RareCells | None:
        """Minimal rare cells of one combination, None if its keys don't fit; ``keep`` for larger ones."""
        before = self.grouping(fields[:-1])
        grouping = self.people.group(before, fields[-1]) if before or len(fields) == 1 else None
        if grouping is None:
            return None
        counts = self.people.count(grouping)
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
            keys = keys_of(np.delete(codes[left], i, axis=1), [self.people.radices[f] for f in part])
            minimal[left[_member(keys, self.rare[part])]] = False
        chosen = codes[minimal]
        return RareCells(fields, chosen, counts[rare[minimal]], self.differenced(fields, chosen))

    def differenced(self, fields: Fields, codes: Ints) -> Bools:
        """Cells with a value that can't be selected."""
        mask = np.zeros(len(codes), dtype=np.bool_)
        for i, name in enumerate(fields):
            if name in self.selectable:
                mask |= ~np.isin(codes[:, i], self.selectable[name])
        return mask


def _member(keys: Ints, ordered: Ints) -> Bools:
    """Which keys occur in a sorted array."""
    if not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[place] == keys, dtype=np.bool_)
