"""Dynamic suppression: measures that show a figure only where a count is large enough."""

from __future__ import annotations

from collections.abc import Sequence

from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.guards import Guard, guards_of, in_fields
from linter.model import Workbook

def guards(workbook: Workbook, layer: LayerResult, base: BaseCounts) -> tuple[Guard, ...]:
    """The conditions under which a base's figure is shown; empty where it always is."""
    source = workbook.source(layer.source)
    return in_fields(source, base.measure) if base.base is None else guards_of(source, base.base)


def symbols(workbook: Workbook, source: str, measure: str) -> tuple[str, ...]:
    """The texts that a measure's formula shows in place of a small count."""
    found = (g.symbol for g in in_fields(workbook.source(source), measure))
    return tuple(dict.fromkeys(s for s in found if s))


def guarded(workbook: Workbook, layer: LayerResult, table: CellTable, base: BaseCounts) -> list[bool] | None:
    """Per cell, whether a guard hides the figure; None if a guard compares what was not counted."""
    hidden = [False] * len(table)
    for guard in guards(workbook, layer, base):
        counts = _counts(layer, table, guard)
        if counts is None:
            return None
        hidden = [h or not guard.shows(n) for h, n in zip(hidden, counts, strict=True)]
    return hidden


def _counts(layer: LayerResult, table: CellTable, guard: Guard) -> Sequence[int] | None:
    """What the guard compares, per cell."""
    if guard.aggregate == "count_distinct" and guard.arg == layer.unit.column and layer.unit.kind == "key":
        same = (b for b in table.bases if b.base and (b.base.aggregate, b.base.arg) == (guard.aggregate, guard.arg))
        found = next(same, None)
        people = found.units if found else table.units
        return people.values if people else None
    if guard.aggregate == "sum" and guard.arg == layer.unit.column and layer.unit.kind == "count_field":
        return table.units.values if table.units else None
    if guard.aggregate == "count":
        if guard.arg is None:
            return table.records.values
        same = (b for b in table.bases if b.base and b.base.arg == guard.arg)
        found = next(same, None)
        return found.rows.values if found else None
    return None
