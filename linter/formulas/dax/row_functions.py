"""DAX functions of single values in the shared language, by name.

Each entry takes the translated arguments and the schema (for the types that BLANK depends on).
"""

from __future__ import annotations

from collections.abc import Callable

from linter.expressions import (
    FALSE,
    NULL,
    TRUE,
    Case,
    Expr,
    Literal,
    Unsupported,
    all_of,
    any_of,
    call,
)
from linter.formulas.dax import blanks
from linter.formulas.dax.schema import Schema

Translation = Callable[[tuple[Expr, ...], Schema], Expr]
Args = tuple[Expr, ...]

# DAX name: shared function of the same arguments in the same order
_SAME = {
    "ABS": "abs", "INT": "floor", "ROUND": "round", "SIGN": "sign", "SQRT": "sqrt", "EXP": "exp",
    "LN": "ln", "POWER": "pow", "SIN": "sin", "COS": "cos", "TAN": "tan", "ASIN": "asin", "ACOS": "acos",
    "ATAN": "atan", "COT": "cot", "RADIANS": "radians", "DEGREES": "degrees", "PI": "pi",
    "UPPER": "upper", "LOWER": "lower", "LEN": "length", "MID": "mid",
    "TODAY": "today", "NOW": "now", "DATEVALUE": "to_date", "VALUE": "to_float",
    "ISBLANK": "is_null", "COALESCE": "coalesce",
}  # fmt: skip
_PARTS = ("YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def _same(function: str) -> Translation:
    return lambda args, _: call(function, *args)


def _part(name: str) -> Translation:
    return lambda args, _: call("date_part", Literal(name.lower()), args[0])


def _if(args: Args, _: Schema) -> Expr:
    return Case(((args[0], args[1]),), args[2] if len(args) > 2 else NULL)


def _switch(args: Args, schema: Schema) -> Expr:
    subject, rest = args[0], args[1:]
    otherwise = rest[-1] if len(rest) % 2 else NULL
    pairs = zip(rest[0::2], rest[1::2], strict=False)
    test = (lambda m: m) if subject == TRUE else (lambda m: blanks.compare("=", subject, m, schema))
    return Case(tuple((test(match), value) for match, value in pairs), otherwise)


def _divide(args: Args, _: Schema) -> Expr:
    alternative = args[2] if len(args) > 2 else NULL
    ratio = call("div", args[0], args[1])
    if alternative == NULL:
        return ratio
    undefined = any_of(call("is_null", args[1]), call("eq", args[1], Literal(0)))
    return Case(((undefined, alternative),), ratio)


def _modulo(args: Args, _: Schema) -> Expr:
    """The remainder takes the sign of the divisor."""
    number, divisor = args
    return call("sub", number, call("mul", divisor, call("floor", call("div", number, divisor))))


def _end(function: str) -> Translation:
    return lambda args, _: call(function, args[0], args[1] if len(args) > 1 else Literal(1))


def _contains(args: Args, _: Schema) -> Expr:
    within, sought = args
    if not isinstance(sought, Literal) or not isinstance(sought.value, str):
        return Unsupported("CONTAINSSTRING with a text that is not constant")
    if any(sign in sought.value for sign in "?*~"):
        return Unsupported("CONTAINSSTRING with wildcards")
    return call("contains", call("lower", within), Literal(sought.value.lower()))


def _find(*, ignore_case: bool) -> Translation:
    def translate(args: Args, _: Schema) -> Expr:
        sought, within, *more = args
        if len(more) < 2 or more[0] not in (NULL, Literal(1)):
            return Unsupported("a text search that fails where nothing is found, or starts later")
        if ignore_case and not (isinstance(sought, Literal) and "?" not in str(sought) and "*" not in str(sought)):
            return Unsupported("SEARCH with wildcards or a text that is not constant")
        sides = [call("lower", side) for side in (within, sought)] if ignore_case else [within, sought]
        place = call("find", *sides)
        return Case(((call("gt", place, Literal(0)), place),), more[1])

    return translate


def _substitute(args: Args, _: Schema) -> Expr:
    return Unsupported("SUBSTITUTE of one occurrence") if len(args) > 3 else call("replace", *args)


def _trim(args: Args, _: Schema) -> Expr:
    """Spaces at both ends go, and runs inside become one."""
    return call("regex_replace", call("trim", args[0]), Literal(" +"), Literal(" "))


def _weekday(args: Args, _: Schema) -> Expr:
    kind = args[1] if len(args) > 1 else Literal(1)
    parts = {Literal(1): "weekday", Literal(2): "iso_weekday"}
    if kind not in parts:
        return Unsupported("WEEKDAY of an unusual kind")
    return call("date_part", Literal(parts[kind]), args[0])


def _edate(args: Args, _: Schema) -> Expr:
    return call("date_add", Literal("month"), args[1], args[0])


def _eomonth(args: Args, _: Schema) -> Expr:
    later = call("date_add", Literal("month"), call("add", args[1], Literal(1)), args[0])
    return call("date_add", Literal("day"), Literal(-1), call("date_trunc", Literal("month"), later))


def _date(args: Args, _: Schema) -> Expr:
    """Months and days beyond their range roll over into the next: ``DATE(2024, 0, 1)`` is 1 December 2023."""
    year, month, day = args
    if all(isinstance(a, Literal) and isinstance(a.value, int) for a in (month, day)):
        limits = [(month, 12), (day, 28)]
        if all(isinstance(a, Literal) and isinstance(a.value, int) and 1 <= a.value <= most for a, most in limits):
            return call("make_date", *args)
    start = call("make_date", year, Literal(1), Literal(1))
    start = call("date_add", Literal("month"), call("sub", month, Literal(1)), start)
    return call("date_add", Literal("day"), call("sub", day, Literal(1)), start)


def _truncated(away: str) -> Translation:
    """ROUNDDOWN and ROUNDUP, to whole numbers: towards zero and away from it."""

    def translate(args: Args, _: Schema) -> Expr:
        if len(args) > 1 and args[1] != Literal(0):
            return Unsupported("rounding to decimals in a condition")
        return call("mul", call("sign", args[0]), call(away, call("abs", args[0])))

    return translate


def _quotient(args: Args, schema: Schema) -> Expr:
    return _truncated("floor")((call("div", *args),), schema)


def _weeknum(args: Args, _: Schema) -> Expr:
    kind = args[1] if len(args) > 1 else Literal(1)
    if kind == Literal(21):
        return call("date_part", Literal("iso_week"), args[0])
    first = {Literal(1): 0, Literal(2): 1}.get(kind) if isinstance(kind, Literal) else None
    if first is None:
        return Unsupported("WEEKNUM of an unusual kind")
    return call("date_part", Literal("week"), args[0], Literal(first))


def _path_contains(args: Args, schema: Schema) -> Expr:
    """A path holds its members between bars."""
    path, item = args
    text = item if blanks.type_of(item, schema) == "text" else call("to_text", item)
    bar = Literal("|")
    return call(
        "contains", call("concat", call("concat", bar, path), bar), call("concat", call("concat", bar, text), bar)
    )


def _path_length(args: Args, _: Schema) -> Expr:
    bars = call("sub", call("length", args[0]), call("length", call("replace", args[0], Literal("|"), Literal(""))))
    return call("add", bars, Literal(1))


def _strict_and(args: Args, _: Schema) -> Expr:
    return all_of(*args)


ROW_FUNCTIONS: dict[str, Translation] = {
    **{name: _same(function) for name, function in _SAME.items()},
    **{name: _part(name) for name in _PARTS},
    "TRUE": lambda _args, _: TRUE,
    "FALSE": lambda _args, _: FALSE,
    "BLANK": lambda _args, _: NULL,
    "AND": _strict_and,
    "OR": lambda args, _: any_of(*args),
    "NOT": lambda args, _: call("not", blanks.truth(args[0])),
    "IF": _if,
    "IF.EAGER": _if,
    "SWITCH": _switch,
    "DIVIDE": _divide,
    "MOD": _modulo,
    "LOG10": lambda args, _: call("log", args[0], Literal(10)),
    "CONCATENATE": lambda args, schema: blanks.arithmetic("&", args[0], args[1], schema),
    "LEFT": _end("left"),
    "RIGHT": _end("right"),
    "CONTAINSSTRING": _contains,
    "SEARCH": _find(ignore_case=True),
    "FIND": _find(ignore_case=False),
    "SUBSTITUTE": _substitute,
    "TRIM": _trim,
    "WEEKDAY": _weekday,
    "WEEKNUM": _weeknum,
    "DATE": _date,
    "TRUNC": _truncated("floor"),
    "ROUNDDOWN": _truncated("floor"),
    "ROUNDUP": _truncated("ceiling"),
    "QUOTIENT": _quotient,
    "PATHCONTAINS": _path_contains,
    "PATHLENGTH": _path_length,
    "EDATE": _edate,
    "EOMONTH": _eomonth,
}
"""Functions that work on the values of one row; what is missing here is said to be unsupported."""
