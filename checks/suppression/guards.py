"""Dynamic suppression: figures that a formula, a number format or a colour shows only where a count is large enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.suppression.formats import OPPOSITE, hides
from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.expressions import TRUE
from linter.guards import Guard, guards_of, in_fields
from linter.model import Visual, Workbook


def guards(workbook: Workbook, layer: LayerResult, base: BaseCounts) -> tuple[Guard, ...]:
    """The conditions under which a base's formula gives a figure; empty where it always does."""
    source = workbook.source(layer.source)
    return in_fields(source, base.measure) if base.base is None else guards_of(source, base.base)


def drawn(workbook: Workbook, layer: LayerResult, base: BaseCounts, visual: Visual) -> tuple[Guard, ...]:
    """The conditions on itself under which a number format and the colours of a visual let a count be read."""
    if base.base is None or base.role != "value" or printed_count(layer, base) is None:
        return ()
    format_hides = hides(format_of(workbook, layer.source, base.measure, visual))
    found = [(h.comparison, h.value, h.symbol) for h in format_hides]
    found += [(*case, None) for look in visual.looks if look.measure == base.measure for case in look.unreadable]
    arg = base.base.arg
    return tuple(Guard(base.aggregate, arg, OPPOSITE[comparison], n, symbol) for comparison, n, symbol in found)


def symbols(workbook: Workbook, source: str, measure: str, visual: Visual) -> tuple[str, ...]:
    """The texts that a measure's formula or number format shows in place of a small count."""
    found = [g.symbol for g in in_fields(workbook.source(source), measure)]
    found += [h.symbol for h in hides(format_of(workbook, source, measure, visual)) if h.comparison in {"lt", "le"}]
    return tuple(dict.fromkeys(s for s in found if s))


def format_of(workbook: Workbook, source: str, measure: str, visual: Visual) -> str:
    """The number format of a measure in a visual: its own there, else that of the field."""
    held = workbook.source(source)
    own = next((look.format for look in visual.looks if look.measure == measure), "")
    return own or next((f.format for f in (held.fields if held else ()) if f.caption == measure and f.format), "")


def printed_count(layer: LayerResult, base: BaseCounts) -> Sequence[int] | None:
    """The numbers that a base prints, where it counts rows or people; None for other figures."""
    if base.aggregate == "count":
        return base.rows.values
    summed = base.aggregate == "sum" and layer.unit.kind == "count_field"
    own = base.base is not None and base.base.arg == layer.unit.column
    if own and (summed or (base.aggregate == "count_distinct" and layer.unit.kind == "key")):
        return base.units.values if base.units else None
    return None


def guarded(
    workbook: Workbook, layer: LayerResult, table: CellTable, base: BaseCounts, visual: Visual | None = None
) -> list[bool] | None:
    """Per cell, whether a guard hides the figure; None if a guard compares what was not counted.

    ``visual``: which draws it; without it formats and colours are not looked at.
    """
    tests: list[tuple[Guard, Sequence[int] | None]] = [
        (guard, _counts(layer, table, guard)) for guard in guards(workbook, layer, base)
    ]
    tests += [(g, printed_count(layer, base)) for g in (drawn(workbook, layer, base, visual) if visual else ())]
    hidden = [False] * len(table)
    for guard, counts in tests:
        if counts is None:
            return None
        hidden = [h or not guard.shows(n) for h, n in zip(hidden, counts, strict=True)]
    return hidden


def _counts(layer: LayerResult, table: CellTable, guard: Guard) -> Sequence[int] | None:
    """What the guard compares, per cell."""
    found = next(_same(table, guard), None)
    if guard.aggregate == "count_distinct" and guard.arg == layer.unit.column and layer.unit.kind == "key":
        people = found.units if found else table.units if guard.adds == TRUE else None
        return people.values if people else None
    if guard.adds != TRUE and found is None:
        return None
    if guard.aggregate == "sum" and guard.arg == layer.unit.column and layer.unit.kind == "count_field":
        people = found.units if found else table.units
        return people.values if people else None
    if guard.aggregate == "count":
        if guard.arg is None and guard.adds == TRUE:
            return table.records.values
        return found.rows.values if found else None
    return None


def _same(table: CellTable, guard: Guard) -> Iterator[BaseCounts]:
    """Bases that count what the guard compares, over the same rows."""
    for base in table.bases:
        model = base.base
        alike = model is not None and (model.arg, model.adds) == (guard.arg, guard.adds)
        if alike and guard.aggregate in {base.aggregate, "count"}:
            yield base
