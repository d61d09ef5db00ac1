"""Which sums hold within and between tables: parents and their children, as keys of cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from linter.disclosure.longform import Codes, Keys, Table
from linter.disclosure.system import Bools, Ints


def distinct(keys: Keys) -> Keys:
    """Sorted distinct keys, by sorting: the hash table of numpy 2.3 and later is slow on evenly spaced keys."""
    found: Keys = np.unique(keys, return_index=True)[0]
    return found


def _parents(codes: Codes, table: Table, d: int) -> Ints:
    """Shape (labels + 1,): the parent digit of each digit; -1 for the total itself."""
    name = codes.names[d]
    parent = np.zeros(codes.radix[d], dtype=np.int64)
    parent[0] = -1
    total = table.total_of(name)
    for child, above in table.hierarchies.get(name, {}).items():
        parent[codes.books[d][child]] = 0 if above == total else codes.books[d][above]
    return parent


def _children(codes: Codes, t: int, table: Table, d: int) -> Ints:
    """Digits that can be children in this table: those it lists, and those its hierarchy declares."""
    name = codes.names[d]
    declared = [codes.books[d][child] for child in table.hierarchies.get(name, {})]
    present = np.unique(codes.digits[t][:, d])
    return np.union1d(present[present > 0], np.array(declared, dtype=np.int64)).astype(np.int64)


def completed(codes: Codes, t: int, table: Table, notes: list[str]) -> Keys:
    """The keys of a table, plus those of rows that are missing from a set whose parent is given."""
    keys = distinct(codes.keys[t])
    if table.absent == "zero":
        return keys
    limit = 10 * len(keys) + 100_000
    note = f"{table.name}: too many absent combinations; some sums were not formed"
    known = distinct(np.concatenate(codes.keys))
    for _ in codes.names:
        before = len(keys)
        for d, name in enumerate(codes.names):
            if name not in table.dimensions:
                continue
            parent, children = _parents(codes, table, d), _children(codes, t, table, d)
            digit = codes.digit(keys, d)
            inner = parent[digit] >= 0
            above = distinct(keys[inner] + codes.shift(parent[digit[inner]] - digit[inner], d))
            above = above[np.isin(above, known)]
            for p in np.unique(parent[children]).tolist():
                mine = above[codes.digit(above, d) == p]
                under = children[parent[children] == p]
                if len(mine) * len(under) > limit:
                    notes.append(note)
                    return distinct(codes.keys[t])
                wanted = (mine[:, None] + codes.shift(under - p, d)[None, :]).ravel()
                keys = distinct(np.concatenate((keys, wanted)))
            if len(keys) > limit:
                notes.append(note)
                return distinct(codes.keys[t])
        if len(keys) == before:
            break
    return keys


def equations(codes: Codes, t: int, table: Table, keys: Sequence[Keys], notes: list[str]) -> list[tuple[Keys, Keys]]:
    """Pairs (parent key, child key), one entry per child; equal parents in one pair are one equation."""
    known = distinct(np.concatenate(keys))
    own, groups = keys[t], []
    for d, name in enumerate(codes.names):
        if name not in table.dimensions:
            continue
        parent, digit = _parents(codes, table, d), codes.digit(own, d)
        inner = parent[digit] >= 0
        children = own[inner]
        above = children + codes.shift(parent[digit[inner]] - digit[inner], d)
        kept = np.isin(above, known)
        if table.absent == "unknown":
            kept &= _complete_sets(codes, t, table, d, above)
        groups.append((above[kept], children[kept]))
    return groups + _shared_margins(codes, t, table, keys, notes)


def _complete_sets(codes: Codes, t: int, table: Table, d: int, above: Keys) -> Bools:
    """Which children stand in a set that lists all children of its parent."""
    parent, children = _parents(codes, table, d), _children(codes, t, table, d)
    expected = np.bincount(parent[children], minlength=codes.radix[d])
    unique, which, count = np.unique(above, return_inverse=True, return_counts=True)
    return np.asarray((count == expected[codes.digit(unique, d)])[which], dtype=np.bool_)


def _shared_margins(
    codes: Codes, t: int, table: Table, keys: Sequence[Keys], notes: list[str]
) -> list[tuple[Keys, Keys]]:
    """Sums over several dimensions at once, and margins nobody printed but two tables share.

    Only dimensions without a total of their own need this: the others are reached step by step.
    """
    grains = _grains(codes, keys)
    full = [frozenset(range(len(codes.names))) & _dims(codes, k) for k in keys]
    printed = {grain for table_grains in grains for grain in table_grains}
    shared = {a & b for i, j in combinations(range(len(keys)), 2) for a, b in [(full[i], full[j])]}
    own = keys[t]
    digits = {d: codes.digit(own, d) for d in full[t]}
    open_dims = {d for d in full[t] if not (digits[d] == 0).any()}
    groups = []
    for margin in sorted(printed | shared, key=sorted):
        summed = (full[t] - margin) & open_dims
        if not margin <= full[t] or not summed or (margin in printed and len(summed) == 1):
            continue
        rows = np.ones(len(own), dtype=np.bool_)
        size = 1
        for d in full[t]:
            if d in summed:
                top = _parents(codes, table, d)[digits[d]] == 0
                size *= len(np.unique(digits[d][top]))
                rows &= top
            else:
                rows &= (digits[d] > 0) == (d in margin)
        children = own[rows]
        above = children - sum(codes.shift(digits[d][rows], d) for d in summed)
        if table.absent == "unknown":
            _, which, count = np.unique(above, return_inverse=True, return_counts=True)
            complete = (count == size)[which]
            if not complete.all():
                notes.append(f"{table.name}: sums with absent combinations were not formed")
            above, children = above[complete], children[complete]
        groups.append((above, children))
    return groups


def _dims(codes: Codes, keys: Keys) -> frozenset[int]:
    return frozenset(d for d in range(len(codes.names)) if (codes.digit(keys, d) > 0).any())


def _grains(codes: Codes, keys: Sequence[Keys]) -> list[set[frozenset[int]]]:
    """Per table, the sets of dimensions that its cells are broken down by."""
    found = []
    for own in keys:
        bits = np.zeros(len(own), dtype=np.int64)
        for d in range(len(codes.names)):
            bits |= (codes.digit(own, d) > 0).astype(np.int64) << d
        patterns = np.unique(bits).tolist()
        found.append({frozenset(d for d in range(len(codes.names)) if bit >> d & 1) for bit in patterns})
    return found
