"""Filter cards and slicer choices to predicates.

BLANK in DAX equals 0, the empty text and FALSE in comparisons (``=``, ``<``, ...), but not in lists
(``IN``); negation has two values only. The predicates here spell that out, because the expression
language has SQL's three-valued logic.

Source: https://learn.microsoft.com/dax/dax-operator-reference and dax/containsrow-function
"""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Any

from linter.expressions import (
    FALSE,
    NULL,
    TRUE,
    Aggregate,
    Call,
    Expr,
    Literal,
    TopMembers,
    Unsupported,
    Value,
    all_of,
    any_of,
    call,
)
from linter.json_tree import Tree, below, dig, mapping, mappings, sequence, text
from linter.parsers.powerbi.query import aliases, with_entities
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from linter.parsers.powerbi.expressions import Reader

COMPARISONS = ("eq", "gt", "ge", "lt", "le")
"""``Comparison.ComparisonKind``."""

TIME_UNITS = ("day", "week", "month", "year", "decade", "second", "minute", "hour")
"""``DateSpan.TimeUnit`` and ``DateAdd.TimeUnit``."""

_DESCENDING = 2
_NAMED_PARTS = (Literal("month"), Literal("quarter"))
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_BLANK_DATE = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - dates of a model have no zone


@dataclass(frozen=True, slots=True)
class Conditions:
    """Translates the ``Where`` of a filter definition."""

    reader: Reader

    def predicate(self, definition: Tree) -> Expr:
        """The condition on rows (or, where it holds aggregates, on cells)."""
        if "Where" not in definition:
            return Unsupported("a filter of a form that is not understood")
        known = aliases(definition)
        wheres = mappings(definition.get("Where"), "a filter's condition")
        return all_of(*(self._condition(with_entities(below(w, "Condition"), known)) for w in wheres))

    def _condition(self, tree: Tree) -> Expr:
        match next(iter(tree), ""):
            case "And":
                return all_of(*self._both(below(tree, "And")))
            case "Or":
                return any_of(*self._both(below(tree, "Or")))
            case "Not":
                inner = self._condition(below(below(tree, "Not"), "Expression"))
                return call("not", call("coalesce", inner, FALSE))
            case "In":
                return self._in(below(tree, "In"))
            case "Comparison":
                return self._comparison(below(tree, "Comparison"))
            case "Between":
                return self._between(below(tree, "Between"))
            case "Contains" | "StartsWith" | "EndsWith" as kind:
                return self._text(kind, below(tree, kind))
            case "VisualTopN":
                return Unsupported("the first cells of a visual are not picked out")
            case other:
                return Unsupported(f"a filter condition of kind {other or 'unknown'!r} is not understood")

    def _both(self, tree: Tree) -> tuple[Expr, Expr]:
        return self._condition(below(tree, "Left")), self._condition(below(tree, "Right"))

    def _in(self, tree: Tree) -> Expr:
        fields = [self.operand(e) for e in mappings(tree.get("Expressions"), "a filter's fields")]
        ranked = dig(tree, "Table", "SourceRef", "Subquery")
        if isinstance(ranked, dict):
            return self._top(fields, ranked)
        rows = [[literal(v) for v in mappings(row, "a filter's values")] for row in sequence(tree.get("Values"), "it")]
        if not fields or not rows or any(len(row) != len(fields) for row in rows):
            return Unsupported("a filter's list of values has an unexpected shape")
        if len(fields) == 1:
            return call("in", fields[0], *(row[0] for row in rows))
        pairs = [[call("null_safe_eq", f, v) for f, v in zip(fields, row, strict=True)] for row in rows]
        return any_of(*(all_of(*row) for row in pairs))

    def _top(self, fields: list[Expr], query: Tree) -> Expr:
        order = mapping(dig(with_entities(query.get("OrderBy"), aliases(query)), 0), "a top-N filter")
        by = self.operand(below(order, "Expression"))
        count = query.get("Top")
        if not isinstance(count, int) or dig(order, "Direction") is None:
            return Unsupported("a top-N filter has an unexpected shape")
        return TopMembers(tuple(fields), by, count, dig(order, "Direction") == _DESCENDING)

    def _comparison(self, tree: Tree) -> Expr:
        code = tree.get("ComparisonKind")
        if not isinstance(code, int) or not 0 <= code < len(COMPARISONS):
            return Unsupported(f"comparison code {code} is not known")
        name, left, right = COMPARISONS[code], self.operand(below(tree, "Left")), below(tree, "Right")
        if "AnyValue" in right:
            return TRUE
        if "DateSpan" in right:
            return self._compare_span(name, left, below(right, "DateSpan"))
        value = self.operand(right)
        if value == NULL:
            return call("is_null", left) if name == "eq" else Unsupported("a comparison with blank is not understood")
        return _with_blank(name, left, value)

    def _compare_span(self, name: str, left: Expr, tree: Tree) -> Expr:
        """A comparison with a span of time: "after" means after its end."""
        start, end = self._span(tree)
        match name:
            case "eq":
                return call("and", call("ge", left, start), call("lt", left, end))
            case "gt":
                return call("ge", left, end)
            case "le":
                return call("coalesce", call("lt", left, end), TRUE)
            case "lt":
                return call("coalesce", call("lt", left, start), TRUE)
            case _:
                return call("ge", left, start)

    def _between(self, tree: Tree) -> Expr:
        value = self.operand(below(tree, "Expression"))
        lower, upper = below(tree, "LowerBound"), below(tree, "UpperBound")
        low = self._span(below(lower, "DateSpan"))[0] if "DateSpan" in lower else self.operand(lower)
        if "DateSpan" in upper:
            return call("and", call("ge", value, low), call("lt", value, self._span(below(upper, "DateSpan"))[1]))
        return call("and", call("ge", value, low), call("le", value, self.operand(upper)))

    def _span(self, tree: Tree) -> tuple[Expr, Expr]:
        """First moment of a span and first moment after it."""
        unit = _unit(tree)
        if isinstance(unit, Unsupported):
            return unit, unit
        start = call("date_trunc", unit, self.operand(below(tree, "Expression")))
        return start, call("date_add", unit, Literal(1), start)

    def _text(self, kind: str, tree: Tree) -> Expr:
        name = {"Contains": "contains", "StartsWith": "starts_with", "EndsWith": "ends_with"}[kind]
        return call(name, self.operand(below(tree, "Left")), self.operand(below(tree, "Right")))

    def operand(self, tree: Tree) -> Expr:
        """A value inside a condition: column, aggregate, literal or a moment in time."""
        match self.reader.kind(tree):
            case "Literal":
                return literal(tree)
            case "Now":
                return call("now")
            case "DateAdd":
                unit, amount = _unit(below(tree, "DateAdd")), dig(tree, "DateAdd", "Amount")
                if isinstance(unit, Unsupported) or not isinstance(amount, int):
                    return Unsupported("a relative date is not understood")
                return call(
                    "date_add", unit, Literal(amount), self.operand(below(below(tree, "DateAdd"), "Expression"))
                )
            case "Aggregation":
                return self._aggregate(tree)
            case "Measure":
                return self.reader.value(tree)
            case _:
                group = self.reader.group(tree)
                return _comparable(self.reader.row(tree)) if group is None else group.column

    def _aggregate(self, tree: Tree) -> Expr:
        base = self.reader.bases(tree, "", {})[0]
        arg = base.arg if base.arg is not None or base.table is None else self.reader.model.schema.row_of(base.table)
        if base.problems or arg is None:
            return Unsupported(base.problems[0] if base.problems else "a count of rows of an unknown table")
        return Aggregate(base.aggregate, arg)


def _comparable(expr: Expr) -> Expr:
    """A field as filters compare it: they name months and quarters, which parts of dates number."""
    named = isinstance(expr, Call) and expr.function == "date_part" and expr.args[0] in _NAMED_PARTS
    return Unsupported("a choice of months or quarters of a date whose table has no rows here") if named else expr


def literal(tree: Tree) -> Expr:
    """A typed literal: ``'text'``, ``7L``, ``1.5D``, ``2.50M``, ``datetime'...'``, ``true``, ``null``."""
    raw = text(dig(tree, "Literal", "Value"))
    try:
        return Literal(_value(raw))
    except ValueError:
        return Unsupported("a literal in a filter is not understood")


def _value(raw: str) -> Value:
    if raw[:1] == "'" and raw[-1:] == "'" and len(raw) > 1:
        return raw[1:-1].replace("''", "'")
    if raw in {"null", "true", "false"}:
        return {"null": None, "true": True, "false": False}[raw]
    if raw.lower().startswith("datetime'"):
        return dt.datetime.fromisoformat(raw[9:-1].rstrip("Z"))
    if raw[-1:] in {"L", "l"}:
        return int(raw[:-1])
    return float(raw[:-1]) if raw[-1:] in {"D", "d", "M", "m"} else float(raw)


def _unit(tree: Tree) -> Literal | Unsupported:
    code = tree.get("TimeUnit")
    if not isinstance(code, int) or not 0 <= code < len(TIME_UNITS) or TIME_UNITS[code] == "decade":
        return Unsupported(f"time unit {code} in a filter is not understood")
    return Literal(TIME_UNITS[code])


def _with_blank(name: str, left: Expr, right: Expr) -> Expr:
    """The comparison, deciding for BLANK what DAX decides."""
    plain = call(name, left, right)
    if not isinstance(right, Literal) or isinstance(left, Aggregate):
        return plain
    blank: Value
    match right.value:
        case bool():
            blank = False
        case int() | float():
            blank = 0
        case str():
            blank = ""
        case dt.datetime():
            blank = _BLANK_DATE
        case _:
            return plain
    return call("coalesce", plain, TRUE) if _OPERATORS[name](blank, right.value) else plain
