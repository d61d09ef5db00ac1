"""What Tableau's operators mean, which depends on the types: + joins text and moves dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import Literal as Value
from linter.formulas.tableau_calc.typed import (
    DATES,
    NUMBERS,
    Typed,
    apply,
    combine,
    common_type,
    null,
    unsupported,
    value,
)

if TYPE_CHECKING:
    from linter.formulas.tableau_calc.functions import Type

_UNSURE = "the types around {op} are not known, so what it does isn't"
_SECONDS_PER_DAY = 86_400.0

_PLAIN = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod", "^": "pow",
    "=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip


def binary(op: str, left: Typed, right: Typed) -> Typed:
    """The meaning of ``left op right``."""
    match op:
        case "+":
            return _add(left, right)
        case "-":
            return _subtract(left, right)
        case "*" | "/" | "%" | "^":
            return _arithmetic(op, left, right)
        case _:
            return compare(op, left, right)


def compare(op: str, left: Typed, right: Typed) -> Typed:
    """A comparison. Text and numbers do not compare in Tableau."""
    types = {left.type, right.type}
    if "text" in types and types & NUMBERS:
        return _refuse(op, "compares text with a number", "boolean", left, right)
    return apply(_PLAIN[op], "boolean", left, right)


def negate(operand: Typed) -> Typed:
    """Unary minus; a negative number stays a literal."""
    if operand.type not in NUMBERS | {"unknown"}:
        return unsupported(f"- before a {operand.type} value")
    match operand.expr:
        case Value(int() | float() as number):
            return Typed(Value(-number), operand.type)
    return apply("neg", operand.type, operand)


def _arithmetic(op: str, left: Typed, right: Typed) -> Typed:
    if wrong := {left.type, right.type} - NUMBERS - {"unknown"}:
        return _refuse(op, f"{op} on a {min(wrong)} value", "unknown", left, right)
    kinds: dict[str, Type] = {"/": "real", "^": "real", "%": "integer", "*": _number(left, right)}
    return apply(_PLAIN[op], kinds[op], left, right)


def _number(left: Typed, right: Typed) -> Type:
    types = {left.type, right.type}
    return "real" if "real" in types else "integer" if types == {"integer"} else "unknown"


def _add(left: Typed, right: Typed) -> Typed:
    types = {left.type, right.type}
    if left.is_null or right.is_null:
        return combine(null("unknown").expr, common_type((left, right)), (left, right))
    if "text" in types and types <= {"text", "unknown"}:
        return apply("concat", "text", left, right)
    if types <= NUMBERS:
        return apply("add", _number(left, right), left, right)
    for date, days in ((left, right), (right, left)):
        if date.type in DATES and days.type not in DATES:
            return _move(date, days, "+")
    return _unclear("+", left, right)


def _subtract(left: Typed, right: Typed) -> Typed:
    types = {left.type, right.type}
    if left.is_null or right.is_null:
        return combine(null("unknown").expr, common_type((left, right)), (left, right))
    if types <= NUMBERS:
        return apply("sub", _number(left, right), left, right)
    if types == {"date"}:
        return apply("date_diff", "integer", value("day"), right, left)
    if types <= DATES:
        seconds = apply("date_diff", "integer", value("second"), right, left)
        return apply("div", "real", seconds, value(_SECONDS_PER_DAY))
    if left.type in DATES and right.type in NUMBERS:
        return _move(left, right, "-")
    return _unclear("-", left, right)


def _move(date: Typed, days: Typed, op: str) -> Typed:
    """A date moved by days: whole ones only, a fraction's meaning depends on the database."""
    if days.type == "unknown":
        return _refuse(op, _UNSURE.format(op=op), date.type, date, days)
    if days.type != "integer":
        reason = f"{op} of a date and a number that may not be whole"
        return _refuse(op, reason, date.type, date, days)
    return apply("date_add", date.type, value("day"), days if op == "+" else negate(days), date)


def _unclear(op: str, left: Typed, right: Typed) -> Typed:
    if "unknown" in {left.type, right.type}:
        return _refuse(op, _UNSURE.format(op=op), "unknown", left, right)
    return _refuse(op, f"{left.type} {op} {right.type} has no meaning", "unknown", left, right)


def _refuse(op: str, reason: str, type_: Type, left: Typed, right: Typed) -> Typed:
    """Unsupported, unless a part already is: then its reason is the one that counts."""
    if left.poisoned or right.poisoned:
        return apply(_PLAIN[op], type_, left, right)
    return unsupported(reason, type_)
