"""DAX's operators on single values, written in the shared language with its SQL nulls.

BLANK is a value in DAX: it equals 0, "", FALSE and 30 December 1899 under ``=`` (not under ``==``
and IN), counts as such in ``<`` and ``>``, and vanishes in ``+`` and ``&``. Text compares without
regard to case: that is left to the column's collation, and done here where both sides are constants.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.expressions import (
    FALSE,
    NULL,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Literal,
    Unsupported,
    any_of,
    call,
)

if TYPE_CHECKING:
    from linter.formulas.dax.schema import Schema

_COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "=": ("eq", operator.eq),
    "<>": ("ne", operator.ne),
    "<": ("lt", operator.lt),
    "<=": ("le", operator.le),
    ">": ("gt", operator.gt),
    ">=": ("ge", operator.ge),
}
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
COMPARISON_NAMES = {symbol: name for symbol, (name, _) in _COMPARISONS.items()}
_BLANK: dict[str, Literal] = {
    "text": Literal(""),
    "integer": Literal(0),
    "real": Literal(0),
    "boolean": Literal(value=False),
    "date": Literal(dt.date(1899, 12, 30)),
    "datetime": Literal(dt.datetime(1899, 12, 30)),  # noqa: DTZ001 - DAX dates have no zone
}
_FOLDED: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "neg": operator.neg,
    "abs": abs, "floor": math.floor, "to_int": int, "to_float": float,
    "round": round, "div": lambda a, b: a / b if b else None,
}  # fmt: skip
_TEXT = frozenset({"concat", "upper", "lower", "trim", "left", "right", "mid", "replace", "to_text"})
_NUMBER = frozenset(
    {"add", "sub", "mul", "div", "mod", "neg", "abs", "round", "floor", "date_part", "date_diff", "length"}
)
_BOOLEAN = frozenset({"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "in", "is_null"})
_DATE = frozenset({"make_date", "today", "date_add", "date_trunc", "to_date"})


def type_of(expr: Expr, schema: Schema) -> str | None:
    """The type of a value in the words of ``linter.model.TableColumn``, None if it isn't known."""
    match expr:
        case Literal(value=bool()):
            return "boolean"
        case Literal(value=str()):
            return "text"
        case Literal(value=dt.datetime()):
            return "datetime"
        case Literal(value=dt.date()):
            return "date"
        case Literal(value=int() | float()):
            return "real"
        case Column():
            return schema.type(expr)
        case Aggregate(function="count" | "count_distinct"):
            return "integer"
        case Aggregate(arg=arg) if arg is not None:
            return type_of(arg, schema)
        case Call("coalesce", args):
            return type_of(args[0], schema)
        case Call(function=function):
            groups = (("text", _TEXT), ("real", _NUMBER), ("boolean", _BOOLEAN), ("date", _DATE))
            return next((kind for kind, names in groups if function in names), None)
        case _:
            return None


def compare(symbol: str, left: Expr, right: Expr, schema: Schema) -> Expr:
    """``left symbol right`` by DAX's rules; the symbols are ``= == <> < <= > >=``."""
    if symbol == "==":
        return call("null_safe_eq", left, right)
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, symbol = right, left, FLIPPED[symbol]
    if right == NULL:
        return _against_blank(symbol, left, schema)
    name, test = _COMPARISONS[symbol]
    if isinstance(right, Literal):
        blank = _BLANK[type_of(right, schema) or "text"]
        if isinstance(left, Literal):
            return Literal(value=_constant(test, left, right, blank))
        plain = call(name, left, right)
        return any_of(plain, call("is_null", left)) if _constant(test, blank, right, blank) else plain
    kinds = type_of(left, schema) or type_of(right, schema)
    if kinds in _BLANK:
        return call(name, _filled(left, _BLANK[kinds]), _filled(right, _BLANK[kinds]))
    if symbol in {"=", "<>"}:
        same = call("null_safe_eq", left, right)
        return same if symbol == "=" else call("not", same)
    return call(name, left, right)


def _constant(test: Callable[[Any, Any], bool], left: Literal, right: Literal, blank: Literal) -> bool:
    first, second = (blank.value if side == NULL else side.value for side in (left, right))
    if isinstance(first, str) and isinstance(second, str):
        return test(first.casefold(), second.casefold())
    try:
        return test(first, second)
    except TypeError:  # text against a number: DAX refuses, so no row qualifies
        return False


def _against_blank(symbol: str, value: Expr, schema: Schema) -> Expr:
    kind = type_of(value, schema)
    if kind not in _BLANK:
        return Unsupported("compares a column of unknown type with BLANK")
    return compare(symbol, value, _BLANK[kind], schema)


def _filled(value: Expr, blank: Literal) -> Expr:
    """The value with BLANK made what it counts as; counts are never blank."""
    if isinstance(value, Literal):
        return blank if value == NULL else value
    counts = isinstance(value, Aggregate) and value.function in {"count", "count_distinct"}
    return value if counts else call("coalesce", value, blank)


def member(value: Expr, members: tuple[Expr, ...]) -> Expr:
    """``value IN {members}``: strict, so BLANK matches only BLANK."""
    return call("in", value, *members) if members else FALSE


def arithmetic(symbol: str, left: Expr, right: Expr, schema: Schema) -> Expr:
    """``left symbol right`` for ``+ - * / ^ &``, BLANK as DAX has it."""
    if symbol == "&":
        return call("concat", _text(left, schema), _text(right, schema))
    if symbol in "*/^":
        return call({"*": "mul", "/": "div", "^": "pow"}[symbol], left, right)
    if any(type_of(side, schema) in {"date", "datetime"} for side in (left, right)):
        return _date_arithmetic(symbol, left, right, schema)
    zero = _BLANK["real"]
    both = call({"+": "add", "-": "sub"}[symbol], _filled(left, zero), _filled(right, zero))
    if isinstance(left, Literal) or isinstance(right, Literal):
        return both
    return Case(((call("and", call("is_null", left), call("is_null", right)), NULL),), both)


def _text(value: Expr, schema: Schema) -> Expr:
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value
    text = value if type_of(value, schema) == "text" else call("to_text", value)
    return call("coalesce", text, _BLANK["text"])


def _date_arithmetic(symbol: str, left: Expr, right: Expr, schema: Schema) -> Expr:
    dates = [type_of(side, schema) in {"date", "datetime"} for side in (left, right)]
    if symbol == "-" and all(dates):
        return call("date_diff", Literal("day"), right, left)
    if all(dates) or (symbol == "-" and dates[1]):
        return Unsupported("arithmetic on dates")
    date, days = (left, right) if dates[0] else (right, left)
    return call("date_add", Literal("day"), call("neg", days) if symbol == "-" else days, date)


def folded(value: Expr) -> Expr:
    """Arithmetic on constants done; any other value as it is. Only whether a number is 0 matters of it."""
    if not isinstance(value, Call) or value.function not in _FOLDED:
        return value
    sides = [folded(arg) for arg in value.args]
    numbers = [s.value for s in sides if isinstance(s, Literal) and isinstance(s.value, int | float)]
    if NULL in sides:
        return NULL
    return Literal(value=_FOLDED[value.function](*numbers)) if len(numbers) == len(sides) else value


def none_of(held: Expr) -> Expr:
    """The opposite of a membership: not among constants, or no such row in the cell."""
    if isinstance(held, Call) and held.function == "gt":
        return call("is_null", held.args[0])
    return call("not", truth(held))


def truth(value: Expr) -> Expr:
    """A condition that is never null: BLANK counts as FALSE."""
    return call("coalesce", value, FALSE)
