"""The building blocks of SQL trees: calls, casts, constants, operators."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

from sqlglot import exp

from linter.expressions import Value

OPERATORS: dict[str, type[exp.Binary]] = {
    "eq": exp.EQ, "ne": exp.NEQ, "lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE,
    "add": exp.Add, "sub": exp.Sub, "mul": exp.Mul, "concat": exp.DPipe, "null_safe_eq": exp.NullSafeEQ,
}  # fmt: skip


class NotExpressible(Exception):
    """An expression that can't be turned into SQL, with the reason a user will read."""


def func(name: str, *args: exp.Expr) -> exp.Expr:
    """A function call that the writers pass through unchanged."""
    return exp.Anonymous(this=name, expressions=list(args))


def cast(value: exp.Expr, to: str, *, attempt: bool = False) -> exp.Expr:
    """CAST, or TRY_CAST that gives null where the value doesn't fit."""
    return (exp.TryCast if attempt else exp.Cast)(this=value, to=exp.DataType.build(to))


def number(value: float) -> exp.Expr:
    """A numeric literal."""
    text = repr(abs(value))
    if not isinstance(value, int) and "e" not in text:  # without an exponent the engines take it for a decimal number
        text += "e0"
    literal = exp.Literal.number(text)
    return exp.Neg(this=literal) if value < 0 else literal


def paren(value: exp.Expr) -> exp.Expr:
    """Parentheses unless the value stands alone."""
    return (
        value
        if isinstance(value, exp.Column | exp.Literal | exp.Anonymous | exp.Paren | exp.Cast)
        else exp.Paren(this=value)
    )


def operator(function: str, left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """A binary operator with its sides in parentheses."""
    made: exp.Expr = OPERATORS[function](this=paren(left), expression=paren(right))
    return made


def literal(value: Value) -> exp.Expr:
    """A typed constant."""
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.Boolean(this=value)
        case float() if not math.isfinite(value):
            raise NotExpressible("a constant that is no finite number")
        case int() | float():
            return number(value)
        case Decimal():
            return number(float(value))
        case dt.datetime():
            return cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
        case dt.date():
            return cast(exp.Literal.string(value.isoformat()), "date")
        case str():
            return exp.Literal.string(value)
