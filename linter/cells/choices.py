"""The few numbers that an expression can come to: of a flag, a code, ``IF x THEN 100 ELSE 0 END``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from itertools import product

from linter.expressions import Aggregate, Call, Case, Column, Expr, Fixed, Literal

Codes = Callable[[Column], frozenset[float] | None]
"""The values of a column that is a flag or has two values at most; None of any other."""

CONDITIONS = frozenset({"and", "or", "not", "is_null", "eq", "ne", "lt", "le", "gt", "ge", "in", "contains",
                        "starts_with", "ends_with", "null_safe_eq", "regex_match"})  # fmt: skip
_MOST = 8  # beyond that an expression is a number like any other
_COMPUTED: Mapping[str, Callable[..., float]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "neg": operator.neg, "abs": abs,
    "to_float": float, "to_int": int, "div": operator.truediv,
}  # fmt: skip


def choices(expr: Expr, codes: Codes) -> frozenset[float] | None:
    """The values that an expression can have besides null; None if they are not known or too many."""
    match expr:
        case Literal(None):
            return frozenset()
        case Literal(bool() | int() | float() as value):
            return frozenset({float(value)})
        case Column():
            return codes(expr)
        case Case(whens, otherwise):
            return _any([*(v for _, v in whens), *([] if otherwise is None else [otherwise])], codes)
        case Call("coalesce", args):
            return _any(args, codes)
        case Fixed(body=body):
            return choices(body, codes)
        case Aggregate("max" | "min" | "any", arg) if arg is not None:
            return choices(arg, codes)
        case Call(function) if function in CONDITIONS:
            return frozenset({0.0, 1.0})
        case Call(function, args) if function in _COMPUTED:
            return _results(_COMPUTED[function], [choices(a, codes) for a in args])
        case _:
            return None


def _any(exprs: list[Expr] | tuple[Expr, ...], codes: Codes) -> frozenset[float] | None:
    found: set[float] = set()
    for expr in exprs:
        values = choices(expr, codes)
        if values is None:
            return None
        found |= values
    return frozenset(found) if len(found) <= _MOST else None


def _results(function: Callable[..., float], args: list[frozenset[float] | None]) -> frozenset[float] | None:
    known = [a for a in args if a is not None]
    if len(known) < len(args):
        return None
    try:
        found = frozenset(float(function(*values)) for values in product(*known))
    except (ArithmeticError, ValueError):  # division by zero is null, what overflows isn't a code
        return None
    return found if len(found) <= _MOST else None
