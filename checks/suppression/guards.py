"""Dynamic suppression: measures that show a figure only where a count is large enough."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.expressions import Aggregate, Call, Case, Column, Expr, Literal, walk
from linter.model import Field, Workbook

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


@dataclass(frozen=True, slots=True)
class Guard:
    """A figure is shown only where an aggregate of the cell compares so with ``value``.

    ``symbol`` is the text that stands in its place, None for a blank.
    """

    aggregate: str
    arg: Expr | None
    comparison: str
    value: float
    symbol: str | None = None

    def shows(self, count: float) -> bool:
        """Whether a figure with that count is shown."""
        return _COMPARE[self.comparison](count, self.value)


def guards(workbook: Workbook, layer: LayerResult, base: BaseCounts) -> tuple[Guard, ...]:
    """The conditions under which a base's figure is shown; empty where it always is."""
    if base.base is not None and base.base.guards:
        return tuple(Guard(g.base.aggregate, g.base.arg, g.comparison, g.value) for g in base.base.guards)
    return tuple(g for f in _fields(workbook, layer.source, base.measure) for g in _in_formula(f.expr))


def symbols(workbook: Workbook, source: str, measure: str) -> tuple[str, ...]:
    """The texts that a measure's formula shows in place of a small count."""
    found = (g.symbol for f in _fields(workbook, source, measure) for g in _in_formula(f.expr))
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


def _fields(workbook: Workbook, source: str, caption: str) -> Iterator[Field]:
    for held in workbook.sources:
        if held.id == source:
            yield from (f for f in held.fields if f.caption == caption and f.expr is not None)


def _in_formula(expr: Expr | None) -> Iterator[Guard]:
    """``IF COUNTD(x) < 10 THEN "*" ELSE ... END`` and its mirror images, at the top of a formula."""
    if not isinstance(expr, Case) or len(expr.whens) != 1:
        return
    (condition, then), otherwise = expr.whens[0], expr.otherwise or Literal(None)
    if not isinstance(condition, Call) or condition.function not in _COMPARE or len(condition.args) != 2:
        return
    left, right, comparison = *condition.args, condition.function
    if isinstance(left, Literal):
        left, right, comparison = right, left, _MIRRORED[comparison]
    if not isinstance(left, Aggregate) or not isinstance(right, Literal) or not isinstance(right.value, int | float):
        return
    if isinstance(then, Literal) and _counts_something(otherwise):
        yield Guard(left.function, left.arg, _OPPOSITE[comparison], float(right.value), _text(then))
    elif isinstance(otherwise, Literal) and _counts_something(then):
        yield Guard(left.function, left.arg, comparison, float(right.value), _text(otherwise))


def _counts_something(expr: Expr) -> bool:
    return any(isinstance(part, Aggregate | Column) for part in walk(expr))


def _text(literal: Literal) -> str | None:
    return literal.value if isinstance(literal.value, str) else None


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
