"""Dynamic suppression: figures that a formula shows only where a count is large enough."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

from linter.expressions import TRUE, Aggregate, Call, Case, Column, Expr, Literal, walk
from linter.model import Base, Field, Source
from linter.records import dataclass

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


@dataclass(frozen=True, slots=True)
class Guard:
    """A figure is shown only where an aggregate of the cell compares so with ``value``.

    ``symbol`` is the text that stands in its place, None for a blank. ``adds``: the rows that the
    aggregate is taken over.
    """

    aggregate: str
    arg: Expr | None
    comparison: str
    value: float
    symbol: str | None = None
    adds: Expr = TRUE

    def shows(self, count: float) -> bool:
        """Whether a figure with that count is shown."""
        return _COMPARE[self.comparison](count, self.value)


def guards_of(source: Source | None, base: Base) -> tuple[Guard, ...]:
    """The conditions under which a base's figure is shown; empty where it always is."""
    if base.guards:
        return tuple(Guard(g.base.aggregate, g.base.arg, g.comparison, g.value, adds=g.base.adds) for g in base.guards)
    return in_fields(source, base.measure)


def in_fields(source: Source | None, caption: str) -> tuple[Guard, ...]:
    """The guards in the formulas of the fields with that caption."""
    fields: tuple[Field, ...] = source.fields if source else ()
    return tuple(g for f in fields if f.caption == caption and f.expr is not None for g in in_formula(f.expr))


def in_formula(expr: Expr) -> Iterator[Guard]:
    """``IF COUNTD(x) < 10 THEN "*" ELSE ... END`` and its mirror images, at the top of a formula."""
    if not isinstance(expr, Case) or len(expr.whens) != 1:
        return
    (condition, then), otherwise = expr.whens[0], expr.otherwise or Literal(None)
    found = compared(condition)
    if found is None:
        return
    if isinstance(then, Literal) and _counts_something(otherwise):
        yield Guard(found.aggregate, found.arg, _OPPOSITE[found.comparison], found.value, _text(then))
    elif isinstance(otherwise, Literal) and _counts_something(then):
        yield Guard(found.aggregate, found.arg, found.comparison, found.value, _text(otherwise))


def compared(condition: Expr) -> Guard | None:
    """An aggregate that a condition compares with a number, such as ``COUNTD(x) >= 10``; None for others."""
    if not isinstance(condition, Call) or condition.function not in _COMPARE or len(condition.args) != 2:
        return None
    left, right, comparison = *condition.args, condition.function
    if isinstance(left, Literal):
        left, right, comparison = right, left, _MIRRORED[comparison]
    if not isinstance(left, Aggregate) or not isinstance(right, Literal) or not isinstance(right.value, int | float):
        return None
    return Guard(left.function, left.arg, comparison, float(right.value))


def _counts_something(expr: Expr) -> bool:
    return any(isinstance(part, Aggregate | Column) for part in walk(expr))


def _text(literal: Literal) -> str | None:
    return literal.value if isinstance(literal.value, str) else None
