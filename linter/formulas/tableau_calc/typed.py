"""An expression with what the translation must know about it: its type and its level."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from linter.expressions import NULL, Case, Expr, Unsupported, all_of, call
from linter.expressions import Literal as Value
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.formulas.tableau_calc.functions import Type

Level = Literal["constant", "row", "aggregate"]
"""``row``: differs from row to row; ``aggregate``: one value per mark; ``constant``: neither, and
so is what was not understood: its reason must not be followed by one about mixed levels."""

NUMBERS: frozenset[Type] = frozenset({"integer", "real"})
DATES: frozenset[Type] = frozenset({"date", "datetime"})

_NULL_IN_NULL_OUT = frozenset(
    {"add", "sub", "mul", "neg", "abs", "round", "ceiling", "floor", "sign", "to_int", "to_float", "to_text"}
)
"""Functions whose value is null exactly where one of their arguments is, arguments of numbers given."""

MIXED = "mixes aggregated and unaggregated values"


@dataclass(frozen=True, slots=True)
class Typed:
    """A translated part. ``poisoned``: something inside was not understood.

    ``present``: of a poisoned part, an expression that is null exactly where the part is, if known.
    """

    expr: Expr
    type: Type = "unknown"
    level: Level = "constant"
    poisoned: bool = False
    present: Expr | None = None

    @property
    def is_null(self) -> bool:
        """Whether it is the constant NULL."""
        return isinstance(self.expr, Value) and self.expr.value is None

    @property
    def text(self) -> str | None:
        """Its value if it is a constant string (a literal or a parameter's saved value)."""
        return self.expr.value if isinstance(self.expr, Value) and isinstance(self.expr.value, str) else None


def unsupported(reason: str, type_: Type = "unknown", level: Level = "constant") -> Typed:
    """Something that was not understood."""
    return Typed(Unsupported(reason), type_, level, poisoned=True)


def combine(expr: Expr, type_: Type, parts: Iterable[Typed]) -> Typed:
    """An expression made of parts; Unsupported if it sets rows beside aggregates."""
    parts = tuple(parts)
    levels = {part.level for part in parts}
    if {"row", "aggregate"} <= levels:
        return unsupported(MIXED, type_)
    level: Level = "aggregate" if "aggregate" in levels else "row" if "row" in levels else "constant"
    return Typed(expr, type_, level, poisoned=any(part.poisoned for part in parts))


def apply(function: str, type_: Type, *parts: Typed) -> Typed:
    """A neutral function over parts."""
    made = combine(call(function, *(part.expr for part in parts)), type_, parts)
    if not made.poisoned or isinstance(made.expr, Unsupported) or function not in _NULL_IN_NULL_OUT:
        return made
    return replace(made, present=present(parts))


def present(parts: Iterable[Typed]) -> Expr | None:
    """An expression that is null where any of the parts is; None if that isn't known of one of them."""
    marks = [part.present if part.poisoned else part.expr for part in parts]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return None
    given = [call("not", call("is_null", mark)) for mark in known if not isinstance(mark, Value)]
    return Case(((all_of(*given), Value(1)),)) if given else Value(1)


def value(constant: str | float | None) -> Typed:
    """A constant made by the translation itself."""
    types: dict[type, Type] = {str: "text", int: "integer", float: "real", bool: "boolean"}
    return Typed(Value(constant), types.get(type(constant), "unknown"))


def null(type_: Type) -> Typed:
    """NULL of a known type."""
    return Typed(NULL, type_)


def common_type(parts: Iterable[Typed]) -> Type:
    """The type of a value that may come from any of the parts; NULL fits every type."""
    types = {part.type for part in parts if not part.is_null}
    if len(types) == 1:
        return types.pop()
    if types == NUMBERS:
        return "real"
    return "datetime" if types == DATES else "unknown"
