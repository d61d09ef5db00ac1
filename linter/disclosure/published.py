"""The whole audit of published tables, from long-form arrays to findings by table and row.

This is what ``disclint table`` calls; the tables may be one file, several linked ones, or a new one beside
what has been published before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linter.disclosure import intervals, recovery
from linter.disclosure.intervals import Ranges
from linter.disclosure.recovery import Recovery
from linter.disclosure.system import IMPLIED
from linter.disclosure.tables import Linked, Table, link

Figure = tuple[int, int, int]
"""Where a figure stands: table, row, measure."""


@dataclass(frozen=True, slots=True)
class RecoverableFigure:
    """A hidden figure that a reader can calculate, or that is shown in another place."""

    figure: Figure
    cell: int
    shown_elsewhere: bool


@dataclass(frozen=True, slots=True, eq=False)
class PublishedAudit:
    """The result for a set of tables.

    Attributes:
        linked: the equations, and the cell of each figure.
        recovery: verified claims, contradictions, doubts.
        ranges: the interval audit, None if no width was asked for.
        recoverable: hidden or rounded figures that are determined, in the order of the tables.
    """

    linked: Linked
    recovery: Recovery
    ranges: Ranges | None
    recoverable: tuple[RecoverableFigure, ...]

    def figures(self, cell: int) -> list[Figure]:
        """Every place where a cell stands; empty for margins that nobody printed."""
        return [
            (t, row, measure)
            for t, cells in enumerate(self.linked.cell_of)
            for row, measure in zip(*np.nonzero(cells == cell), strict=True)
        ]


def audit_published(
    tables: Sequence[Table],
    *,
    width: float | None = None,
    tolerance: float = 0.0,
    nonnegative: bool = True,
    budget: float = 10.0,
) -> PublishedAudit:
    """Audit tables that a reader can lay side by side.

    Args:
        tables: in long form.
        width: the least number of values that a hidden count must keep open; None for no interval audit.
        tolerance: by how much shown figures may fail to add up, in units: half the last printed decimal
            times the number of parts.
        nonnegative: no figure can be below zero.
        budget: seconds for linked systems, and again for the intervals.

    Raises:
        ValueError: see ``tables.link``.
    """
    linked = link(tables, tolerance=tolerance, nonnegative=nonnegative)
    found = recovery.audit(linked.system, budget=budget)
    ranges = None if width is None else intervals.audit(found, width=width, budget=budget)
    return PublishedAudit(linked, found, ranges, tuple(_recoverable(linked, found)))


def _recoverable(linked: Linked, found: Recovery) -> list[RecoverableFigure]:
    """Claims and shown-elsewhere figures, by place."""
    places: defaultdict[int, list[Figure]] = defaultdict(list)
    claimed = found.determined() & (linked.system.state != IMPLIED)
    for t, cells in enumerate(linked.cell_of):
        for row, measure in zip(*np.nonzero(claimed[cells]), strict=True):
            places[int(cells[row, measure])].append((t, int(row), int(measure)))
    listed = [RecoverableFigure(figure, cell, False) for cell, at in places.items() for figure in at]  # noqa: FBT003
    for t, row, measure in linked.shown_elsewhere:
        cell = int(linked.cell_of[t][row, measure])
        listed.append(RecoverableFigure((t, row, measure), cell, True))  # noqa: FBT003
    return sorted(listed, key=lambda item: item.figure)
