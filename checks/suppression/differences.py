"""Sums between populations: what a filter leaves and what it takes away make the whole.

Where one visual shows a population and another a part of it, the rest is their difference, whether any
visual shows it or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import numpy as np

from checks.suppression.populations import Restriction
from checks.suppression.published import TOTAL, Shown
from linter.disclosure.published import Figure, Relation
from linter.records import dataclass

MOST = 20_000
"""Relations of a workbook; beyond them differences are not looked at, which is said."""

Labels = frozenset[tuple[str, str | None]]
"""A cell without its measure: dimension and label, those that are summed over left out."""


@dataclass(slots=True)
class Differences:
    """The relations between all shown populations.

    ``rests``: the name of each difference and the visuals whose figures it is of, whole and part.
    ``complete``: no relation was left out.
    """

    relations: list[Relation] = field(default_factory=list)
    rests: dict[str, tuple[Shown, Shown]] = field(default_factory=dict)
    complete: bool = True


def differences(shown: Sequence[Shown]) -> Differences:
    """The sums that hold between figures of equal measures under filters of which one is a part of the other."""
    found = Differences()
    by_measure: dict[str, list[int]] = {}
    for t, s in enumerate(shown):
        by_measure.setdefault(s.table.measures[0], []).append(t)
    for measure, tables in by_measure.items():
        if not any(shown[t].within for t in tables):
            continue
        where = _places(shown, tables)
        for relation, name, whole, part in _relations(measure, shown, tables, where):
            if len(found.relations) == MOST:
                found.complete = False
                return found
            found.relations.append(relation)
            if name is not None:
                found.rests[name] = shown[whole], shown[part]
    return found


def _places(shown: Sequence[Shown], tables: Sequence[int]) -> dict[Labels, Figure]:
    """A figure for every cell, one that readers see where there is one."""
    found: dict[Labels, Figure] = {}
    for t in tables:
        for row, labels in enumerate(_rows(shown[t])):
            if labels not in found or not shown[t].hidden[row]:
                found[labels] = (t, row, 0)
    return found


def _rows(shown: Shown) -> Iterator[Labels]:
    names = list(shown.table.dimensions)
    for labels in zip(*(_column(shown, n) for n in names), strict=True):
        yield frozenset((n, label) for n, label in zip(names, labels, strict=True) if label != TOTAL)
    if not names:
        yield frozenset()


def _relations(
    measure: str, shown: Sequence[Shown], tables: Sequence[int], where: Mapping[Labels, Figure]
) -> Iterator[tuple[Relation, str | None, int, int]]:
    """Each relation, the name of the rest in it, and the tables of whole and part."""
    by_dimension: dict[str, dict[str, Restriction]] = {}
    for t in tables:
        for dimension, restriction in shown[t].within.items():
            by_dimension.setdefault(dimension, {})[_label(shown[t], dimension)] = restriction
    seen: set[tuple[Labels, str, str | None]] = set()
    for t in tables:
        for dimension, restriction in shown[t].within.items():
            own = _label(shown[t], dimension)
            wider = [
                label for label, r in by_dimension[dimension].items() if r != restriction and restriction.within(r)
            ]
            for labels in _rows(shown[t]):
                others = labels - {(dimension, own)}
                for label in (None, *wider):
                    whole = where.get(others if label is None else others | {(dimension, label)})
                    if whole is None or (others, own, label) in seen:
                        continue
                    seen.add((others, own, label))
                    name = _name(measure, others, dimension, own, label)
                    terms: tuple[tuple[Figure | str, int], ...] = ((whole, 1), (where[labels], -1), (name, -1))
                    yield Relation(terms), name, whole[0], t
                if (parts := _members(restriction, others, dimension, where)) and (others, own, "") not in seen:
                    seen.add((others, own, ""))
                    yield Relation(((where[labels], 1), *((p, -1) for p in parts))), None, t, t


def _members(
    restriction: Restriction, others: Labels, dimension: str, where: Mapping[Labels, Figure]
) -> list[Figure | str]:
    """The figures of the single members of a list, if some visual has any; those nobody has by a name of their own."""
    if restriction.kind != "only" or restriction.single is not None:
        return []
    keys = [(value, others | {(dimension, value)}) for value in restriction.values]
    if not any(key in where for _, key in keys):
        return []
    return [where.get(key) or _name("", others, dimension, value, value) for value, key in keys]


def _label(shown: Shown, dimension: str) -> str:
    return next((str(label) for label in _column(shown, dimension)), "")


def _column(shown: Shown, dimension: str) -> list[str | None]:
    labels: list[str | None] = np.asarray(shown.table.dimensions[dimension], dtype=object).tolist()
    return labels


def _name(measure: str, others: Labels, dimension: str, own: str, whole: str | None) -> str:
    """Such as ``Pupils: School=Ash, Year without (7 or 8)``."""
    known = ", ".join(f"{d}={label}" for d, label in sorted(others, key=str))
    rest = f"{dimension}={own}" if own == whole else f"{dimension}{f'={whole}' if whole else ''} without {own}"
    return f"{measure}: {known}, {rest}" if known else f"{measure}: {rest}"
