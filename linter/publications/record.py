"""A published table as it was read: texts, not yet numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from linter.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class PublishedTable:
    """One table in long form.

    Attributes:
        path: as given, for display.
        layout: ``long``, ``crosstab`` or ``explore education statistics``.
        dimensions: name -> label of each row.
        measures: name -> text of each row, as printed.
        totals: dimension -> the label that stands for the total.
        hierarchies: dimension -> {child: parent}; a parent that is no label of the column is implied.
        level: per row, rows that may be rounded alike (the geographic level); empty if there are none.
        notes: what was left aside in reading, one sentence each.
        unread: what ought to have been read and was not.
        stated: dimensions whose hierarchy the caller states.
    """

    path: str
    layout: str
    dimensions: Mapping[str, Sequence[str]] = field(repr=False)
    measures: Mapping[str, Sequence[str]] = field(repr=False)
    totals: Mapping[str, str] = field(default_factory=dict)
    hierarchies: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    level: Sequence[str] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    stated: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.dimensions.values()), ()))
