"""Which totals a visual shows. Power BI's defaults: what the file does not mention is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.model import Grouping, Total
from linter.parsers.powerbi.query import switched_off, switched_on
from linter.parsers.powerbi.wells import DECOMPOSITION_TREE, MATRIX, TABLE, WATERFALL

if TYPE_CHECKING:
    from linter.parsers.powerbi.record import Container


def of_visual(container: Container, grain: tuple[Grouping, ...], *, has_values: bool) -> tuple[Total, ...]:
    """The totals over the drilled groupings; without values there is nothing to total."""
    if not grain or not has_values:
        return ()
    if container.type in MATRIX:
        return _of_matrix(container, grain)
    if container.type in TABLE:
        return () if switched_off(container.objects, "total", "totals") else (Total((), "grand total"),)
    if container.type == WATERFALL:  # a bar per category and one for all, the breakdown between them
        levels = _prefixes(_positions(grain, "axis"), shown=True)
        return tuple(Total(kept, _label(kept)) for kept in levels if len(kept) < _drilled(grain))
    if container.type == DECOMPOSITION_TREE:  # from its root down
        levels = _prefixes(_positions(grain, "explain_by"), shown=True)
        return tuple(Total(kept, _label(kept)) for kept in levels[1:])
    if switched_on(container.objects, "totals", "show"):  # labels on top of stacked columns
        stacks = tuple(sorted((*_positions(grain, "axis"), *_positions(grain, "small_multiples"))))
        return (Total(stacks, "stack total"),) if 0 < len(stacks) < _drilled(grain) else ()
    return ()


def _of_matrix(container: Container, grain: tuple[Grouping, ...]) -> tuple[Total, ...]:
    """Every prefix of the row levels with every prefix of the column levels, but for the body.

    Levels whose own subtotal is switched off are counted all the same: expanding and collapsing
    brings the parent's figure back.
    """
    objects = container.objects
    rows, columns = _positions(grain, "rows"), _positions(grain, "columns")
    row_levels = _prefixes(rows, shown=not switched_off(objects, "subTotals", "rowSubtotals"))
    column_levels = _prefixes(columns, shown=not switched_off(objects, "subTotals", "columnSubtotals"))
    found = [
        Total((*row, *column), _label((*row, *column)))
        for row in row_levels
        for column in column_levels
        if (row, column) != (rows, columns)
    ]
    return tuple(found)


def _label(kept: tuple[int, ...]) -> str:
    return "subtotal" if kept else "grand total"


def _drilled(grain: tuple[Grouping, ...]) -> int:
    return sum(1 for g in grain if g.drilled)


def _positions(grain: tuple[Grouping, ...], role: str) -> tuple[int, ...]:
    return tuple(i for i, g in enumerate(grain) if g.role == role and g.drilled)


def _prefixes(levels: tuple[int, ...], *, shown: bool) -> list[tuple[int, ...]]:
    return [levels[:n] for n in range(len(levels), -1, -1)] if shown else [levels]
