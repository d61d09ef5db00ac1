"""Measures that are the sum of others, as far as the table's own figures bear it out: all = boys + girls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from linter.disclosure.published import Figure, Relation
from linter.disclosure.system import Ints
from linter.publications.figures import Figures
from linter.records import dataclass
from linter.text import listing

LEAST_BORNE_OUT = 3
"""Different sums of figures, none nought, that must fit before a measure is taken for one."""

LEAST_TELLING = 10
"""A smaller sum may fit by chance."""

SAMPLE = 200
"""Rows on which sums are tried before all are."""

MOST_MEASURES = 60
"""Of more, only neighbours are tried."""


LONGEST = 20
"""Most neighbours that are tried as the parts of a sum."""


@dataclass(frozen=True, slots=True)
class MeasureSum:
    """A measure and those that it is the sum of, by place."""

    whole: int
    parts: tuple[int, ...]

    def told(self, names: Sequence[str]) -> str:
        """What the measure was taken for."""
        return f"{names[self.whole]!r} is read as the sum of {listing([repr(names[p]) for p in self.parts], 8)}"


def sums(found: Figures) -> list[MeasureSum]:
    """The sums of two measures, or of neighbouring ones, that hold wherever all their figures are shown."""
    rows = np.arange(found.source.rows)
    tried = rows[:: max(1, len(rows) // SAMPLE)]
    fits = [s for parts in _candidates(len(found.names)) for s in _fitting(found, parts, tried)]
    return [s for s in fits if any(s == other for other in _fitting(found, s.parts, rows, least=LEAST_BORNE_OUT))]


def relations(found: Figures, table: int, known: Sequence[MeasureSum]) -> Iterator[Relation]:
    """The sums of the rows in which one of the figures is hidden; ``table`` is its place in the audit."""
    for item in known:
        used = [item.whole, *item.parts]
        for row in np.flatnonzero(found.hidden[:, used].any(axis=1) & ~found.hidden[:, used].all(axis=1)).tolist():
            terms: list[tuple[Figure | str, int]] = [((table, row, item.whole), 1)]
            yield Relation((*terms, *(((table, row, p), -1) for p in item.parts)))


def _candidates(n: int) -> Iterator[tuple[int, ...]]:
    """Any two, and three or more side by side."""
    for first in range(n):
        yield from (tuple(range(first, end)) for end in range(first + 2, min(n, first + LONGEST) + 1))
    if n <= MOST_MEASURES:
        yield from ((a, b) for a, b in combinations(range(n), 2) if b > a + 1)


def _fitting(found: Figures, parts: tuple[int, ...], rows: Ints, *, least: int = 1) -> Iterator[MeasureSum]:
    """The measures that are the sum of the parts in all rows where these are shown exactly."""
    exact = ~found.hidden[rows] & (found.rounding[rows] == 0)
    at = list(parts)
    values = found.values[rows]
    total, known = values[:, at].sum(axis=1), exact[:, at].all(axis=1)
    telling = known & (values[:, at] > 0).all(axis=1) & (total >= LEAST_TELLING)
    if not telling.any():
        return
    usable = known[:, None] & exact
    fits = (np.abs(values - total[:, None]) < 1e-9) | ~usable
    for whole in np.flatnonzero(fits.all(axis=0)).tolist():
        if whole not in parts and len(np.unique(total[telling & exact[:, whole]])) >= least:
            yield MeasureSum(whole, parts)
