"""Counting contributors in the cells of many combinations of fields over the same rows.

Cells are numbered by mixed-radix keys; numbers that no row uses are squeezed out before another field is
added. Rows are reduced once to distinct ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linter.disclosure.system import Bools, Floats, Ints
from linter.records import dataclass

LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The rows, grouped by some fields.

    Attributes:
        radices: of the fields.
        key: shape (rows,), the group of each row, 0..domain-1.
        domain: upper bound of the group numbers.
        raw: shape (domain,), the mixed-radix key of each group; None where they are the same.
    """

    radices: tuple[int, ...]
    key: Ints
    domain: int
    raw: Ints | None

    def raw_keys(self, groups: Ints) -> Ints:
        """Mixed-radix keys of groups."""
        return groups if self.raw is None else self.raw[groups]

    def places(self, codes: Ints) -> tuple[Ints, Bools]:
        """The groups with rows of codes, shape (cells, fields), and whether there are such groups; else any."""
        keys = keys_of(codes, self.radices)
        if self.raw is None:
            return np.minimum(keys, self.domain - 1), keys < self.domain
        if not len(self.raw):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        groups = np.minimum(np.searchsorted(self.raw, keys), len(self.raw) - 1)
        return groups, np.asarray(self.raw[groups] == keys, dtype=np.bool_)

    def codes(self, groups: Ints) -> Ints:
        """Shape (groups, fields): the value of each field."""
        rest = self.raw_keys(groups)
        out = np.empty((len(groups), len(self.radices)), dtype=np.int64)
        for i in range(len(self.radices) - 1, -1, -1):
            rest, out[:, i] = np.divmod(rest, self.radices[i])
        return out


def keys_of(codes: Ints, radices: Sequence[int]) -> Ints:
    """Mixed-radix keys of rows of codes, shape (rows,)."""
    key = np.zeros(len(codes), dtype=np.int64)
    for i, radix in enumerate(radices):
        key = key * radix + codes[:, i]
    return key


class Contributors:
    """Rows reduced to what counting needs.

    Args:
        columns: one code array per field, each of shape (rows,), codes >= 0.
        units: shape (rows,), who the row belongs to; negative where nobody knows who it is. None if every
            row is one contributor. A group of which nobody is known has one contributor at least.
        weights: shape (rows,), contributors behind a row.
        radices: one more than the largest code of each field, where other rows than these count too.

    Raises:
        ValueError: both units and weights, arrays of unequal length, or negative codes.
    """

    def __init__(
        self,
        columns: Sequence[Ints],
        units: Ints | None,
        weights: Ints | None,
        radices: Sequence[int] | None = None,
    ) -> None:
        if units is not None and weights is not None:
            message = "rows are counted by unit or by weight, not both"
            raise ValueError(message)
        fields = [np.asarray(column, dtype=np.int64) for column in columns]
        extra = [np.asarray(a) for a in (units, weights) if a is not None]
        if len({len(a) for a in [*fields, *extra]}) > 1:
            message = "columns, units and weights must have one entry per row each"
            raise ValueError(message)
        if any(column.min(initial=0) < 0 for column in fields):
            message = "codes must not be negative; give null a code of its own"
            raise ValueError(message)
        self.radices = list(radices or (int(column.max(initial=0)) + 1 for column in fields))
        self.unit: Ints | None = None
        self.weight: Floats | None = None
        if units is not None:
            self.columns, self.unit = _distinct_units(fields, np.asarray(units))
            known = self.unit >= 0
            repeated = known & (np.bincount(self.unit + 1)[self.unit + 1] > 1)
            self.once, self.again = np.flatnonzero(known & ~repeated), np.flatnonzero(repeated)
            self.nobody = np.flatnonzero(~known)
            self.names, self.number = np.unique(self.unit[self.again], return_inverse=True)
        else:
            self.columns, self.weight = _aggregated(fields, weights)

    def group(self, before: Grouping | None, field: int) -> Grouping | None:
        """The rows grouped by one more field; None if the keys would not fit."""
        radix, column = self.radices[field], self.columns[field]
        if before is None:
            return Grouping((radix,), column, radix, None)
        size = 1
        for r in (*before.radices, radix):
            size *= r
        if size >= LARGEST_KEY:
            return None
        key = before.key * radix
        key += column
        domain, radices = before.domain * radix, (*before.radices, radix)
        if domain <= max(8_000_000, 4 * len(key)):
            if before.raw is None:
                return Grouping(radices, key, domain, None)
            raw = (before.raw[:, None] * radix + np.arange(radix)).ravel()
            return Grouping(radices, key, domain, raw)
        used, key = np.unique(key, return_inverse=True)
        group, code = np.divmod(used, radix)
        return Grouping(radices, key, len(used), before.raw_keys(group) * radix + code)

    def squeezed(self, grouping: Grouping) -> Grouping:
        """The same groups without numbers that no row uses, where there are many of those."""
        used = np.bincount(grouping.key, minlength=grouping.domain) > 0
        groups = np.flatnonzero(used)
        if 2 * len(groups) > grouping.domain:
            return grouping
        dense = np.cumsum(used) - 1
        return Grouping(grouping.radices, dense[grouping.key], len(groups), grouping.raw_keys(groups))

    def count(self, grouping: Grouping) -> Ints:
        """Shape (domain,): contributors of each group."""
        if self.unit is None:
            counts = np.bincount(grouping.key, self.weight, grouping.domain)
            return counts if self.weight is None else np.rint(counts).astype(np.int64)
        counts = np.bincount(grouping.key[self.once], minlength=grouping.domain)
        if len(self.again):
            counts += self._several(grouping)
        if len(self.nobody):
            counts[grouping.key[self.nobody]] = np.maximum(counts[grouping.key[self.nobody]], 1)
        return counts

    def _several(self, grouping: Grouping) -> Ints:
        """Shape (domain,): units with several rows, each once in every group that it reaches."""
        people = len(self.names)
        pairs = grouping.key[self.again] * people + self.number
        if grouping.domain * people <= max(1_000_000, 8 * len(pairs)):  # ticking off is faster than sorting
            seen = np.zeros(grouping.domain * people, dtype=np.bool_)
            seen[pairs] = True
            return np.asarray(np.count_nonzero(seen.reshape(grouping.domain, people), axis=1), dtype=np.int64)
        pairs.sort()  # np.unique hashes, which takes ten times as long where most of them differ
        return np.bincount(pairs[_first(pairs)] // people, minlength=grouping.domain)

    def only_here(self, grouping: Grouping, fields: Sequence[int], position: int, codes: Ints) -> Ints:
        """Known contributors of cells who are in no other value of one of the fields.

        They are what is missing when that value is left out.

        Args:
            grouping: the rows grouped by the fields.
            fields: of the cells.
            position: of the field in question among them.
            codes: shape (cells, fields), each cell once.

        Returns:
            Shape (cells,).
        """
        if self.unit is None:
            message = "only units may be in several cells"
            raise ValueError(message)
        groups, held = grouping.places(codes)
        cell = np.full(grouping.domain, -1, dtype=np.int64)
        cell[groups[held]] = np.flatnonzero(held)
        once, again = cell[grouping.key[self.once]], cell[grouping.key[self.again]]
        counts = np.bincount(once[once >= 0], minlength=len(codes))
        concerned = np.zeros(len(self.names), dtype=np.bool_)
        concerned[self.number[again >= 0]] = True
        rows = np.flatnonzero(concerned[self.number])
        if not len(rows):
            return counts
        values = np.column_stack([self.columns[f][self.again[rows]] for f in fields])
        value, people = values[:, position], self.number[rows]
        state = keys_of(np.delete(values, position, axis=1), np.delete(grouping.radices, position).tolist())
        order = np.lexsort((value, people, state))
        start = _first(state[order]) | _first(people[order])  # of a person's values beside the same others
        first, last = order[start], order[np.append(start[1:], True)]
        alone = again[rows[first[value[first] == value[last]]]]
        return counts + np.bincount(alone[alone >= 0], minlength=len(codes))


def _first(ordered: Ints) -> Bools:
    """Shape (values,): whether each differs from the one before it."""
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


def _row_keys(fields: Sequence[Ints]) -> Ints:
    """One key per row, equal for equal rows."""
    key = np.zeros(len(fields[0]) if fields else 0, dtype=np.int64)
    size = 1
    for column in fields:
        radix = int(column.max(initial=0)) + 1
        if size * radix >= LARGEST_KEY:
            used, key = np.unique(key, return_inverse=True)
            size = len(used)
        key = key * radix + column
        size *= radix
    return key


def _aggregated(fields: list[Ints], weights: Ints | None) -> tuple[list[Ints], Floats | None]:
    """Distinct rows with their counts, if there are far fewer of them."""
    given = None if weights is None else np.asarray(weights, dtype=np.float64)
    if not fields:
        return fields, given
    key = _row_keys(fields)
    ordered = np.sort(key)
    distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1])) if len(key) else 0
    if 2 * distinct > len(key):
        return fields, given
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return [column[first] for column in fields], np.bincount(place, given).astype(np.float64)


def _distinct_units(fields: list[Ints], units: Ints) -> tuple[list[Ints], Ints]:
    """Distinct (row, unit) pairs; units renumbered from 0, -1 for all that are negative."""
    units = np.maximum(units, -1)
    used, unit = np.unique(units, return_inverse=True)
    unit = unit - int(len(used) > 0 and used[0] < 0)
    _, first = np.unique(_row_keys([*fields, unit + 1]), return_index=True)
    return [column[first] for column in fields], unit[first]
