"""What Tableau's row-level functions mean where it takes more than passing the arguments on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import Case, Literal, call
from linter.formulas.tableau_calc.dates import DATE_PARTS, WEEKDAYS
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
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from linter.formulas.tableau_calc.functions import Function, Type

_DAYS_IN_WEEK = 7
_CLOCK = frozenset({"hour", "minute", "second"})
_DAYS = frozenset({"weekday", "dayofyear", "iso_weekday"})


@dataclass(frozen=True, slots=True)
class Locale:
    """What a formula takes from the workbook around it.

    ``week_start`` is the data source's first day of the week, 0 = Sunday; ``day_first`` how 3/4/2020
    is read, None if it isn't known.
    """

    week_start: int = 0
    day_first: bool | None = None


def row_function(function: Function, args: tuple[Typed, ...], locale: Locale) -> Typed:
    """A row-level function over translated arguments (their number already checked)."""
    if function.neutral is not None:
        return apply(function.neutral, result_type(function, args), *args)
    if (part := _DATE_PART_OF.get(function.name)) is not None:
        return _date_part("date_part", (value(part), *args), locale)
    if function.name in _DATE_FUNCTIONS:
        return _date_part(_DATE_FUNCTIONS[function.name], args, locale)
    if (special := _SPECIAL.get(function.name)) is not None:
        return special(args)
    return unsupported(f"{function.name} has no counterpart", result_type(function, args))


def result_type(function: Function, args: tuple[Typed, ...]) -> Type:
    """The type a function gives for these arguments."""
    if function.result == "first":
        return args[0].type if args else "unknown"
    return common_type(args) if function.result == "common" else function.result


def _iif(args: tuple[Typed, ...]) -> Typed:
    """IIF tells false from unknown: without a fourth argument unknown gives null."""
    test, then, otherwise, *unknown = args
    whens = ((test.expr, then.expr), (call("not", test.expr), otherwise.expr))
    return combine(Case(whens, unknown[0].expr if unknown else None), common_type(args[1:]), args)


def _zn(args: tuple[Typed, ...]) -> Typed:
    kind = "integer" if args[0].is_null else args[0].type
    return apply("coalesce", kind, args[0], value(0))


def _log(args: tuple[Typed, ...]) -> Typed:
    return apply("log", "real", args[0], args[1] if len(args) > 1 else value(10))


def _square(args: tuple[Typed, ...]) -> Typed:
    return apply("pow", args[0].type, args[0], value(2))


def _starts_with(args: tuple[Typed, ...]) -> Typed:
    """Leading white space is ignored, says the help."""
    return apply("starts_with", "boolean", *(apply("ltrim", "text", arg) for arg in args))


def _ends_with(args: tuple[Typed, ...]) -> Typed:
    """Trailing white space is ignored, says the help."""
    return apply("ends_with", "boolean", *(apply("rtrim", "text", arg) for arg in args))


def _dateparse(args: tuple[Typed, ...]) -> Typed:
    """DATEPARSE(format, text); the neutral function takes the text first."""
    return apply("parse_date", "datetime", args[1], args[0])


def _int(args: tuple[Typed, ...]) -> Typed:
    """Towards zero; text becomes a number first and is then rounded, says the help."""
    if args[0].type == "text":
        return apply("to_int", "integer", apply("round", "real", apply("to_float", "real", args[0])))
    return _number("to_int", "integer", args[0])


def _float(args: tuple[Typed, ...]) -> Typed:
    return _number("to_float", "real", args[0])


def _number(function: str, kind: Type, arg: Typed) -> Typed:
    if arg.type in DATES:
        return unsupported("the number of a date depends on the database", kind)
    if arg.type == "boolean":  # engines don't agree on casting it
        whens = ((arg.expr, Literal(1)), (call("not", arg.expr), Literal(0)))
        return combine(Case(whens), kind, (arg,))
    return apply(function, kind, arg)


def _date(args: tuple[Typed, ...]) -> Typed:
    return _to_date("to_date", "date", args[0])


def _datetime(args: tuple[Typed, ...]) -> Typed:
    return _to_date("to_datetime", "datetime", args[0])


def _to_date(function: str, kind: Type, arg: Typed) -> Typed:
    if arg.is_null:
        return null(kind)
    if arg.type in NUMBERS:
        return unsupported("the date of a number depends on the database", kind)
    return apply(function, kind, arg)


_SPECIAL: dict[str, Callable[[tuple[Typed, ...]], Typed]] = {
    "IIF": _iif, "ZN": _zn, "LOG": _log, "SQUARE": _square, "STARTSWITH": _starts_with,
    "ENDSWITH": _ends_with, "DATEPARSE": _dateparse, "INT": _int, "FLOAT": _float, "DATE": _date,
    "DATETIME": _datetime,
}  # fmt: skip

_DATE_FUNCTIONS = {
    "DATEPART": "date_part", "DATENAME": "date_name", "DATETRUNC": "date_trunc", "DATEADD": "date_add",
    "DATEDIFF": "date_diff",
}  # fmt: skip

_DATE_PART_OF = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day",
    "ISOYEAR": "iso-year", "ISOQUARTER": "iso-quarter", "ISOWEEK": "iso-week", "ISOWEEKDAY": "iso-weekday",
}  # fmt: skip

_ARITY_WITHOUT_START = {"date_part": 2, "date_name": 2, "date_trunc": 2, "date_add": 3, "date_diff": 3}


def _date_part(function: str, args: tuple[Typed, ...], locale: Locale) -> Typed:
    """A function of a date part, its dates, and perhaps the first day of the week."""
    kind = _date_type(function, args)
    part = DATE_PARTS.get((args[0].text or "").lower())
    if part is None:
        return unsupported("the date part is not one of Tableau's names", kind)
    count = _ARITY_WITHOUT_START[function]
    start: int | None = locale.week_start
    if len(args) > count:
        start = WEEKDAYS.get((args[count].text or "").lower())
    if start is None:
        return unsupported("the first day of the week is not a weekday's name", kind)
    dates = args[1:count]
    if function == "date_part" and part == "weekday" and start:
        return _weekday(dates[0], start)
    if function in {"date_trunc", "date_add", "date_diff"} and part in _DAYS:
        part = "day"
    parts = (value(part), *dates)
    if part == "week" and start and function != "date_add":
        parts = (*parts, value(start))
    return apply(function, kind, *parts)


def _weekday(date: Typed, start: int) -> Typed:
    """The day of a week that starts on another day than Sunday: 1 for that day."""
    from_sunday = apply("date_part", "integer", value("weekday"), date)
    shifted = apply("add", "integer", from_sunday, value(_DAYS_IN_WEEK - 1 - start))
    return apply("add", "integer", apply("mod", "integer", shifted, value(_DAYS_IN_WEEK)), value(1))


def _date_type(function: str, args: tuple[Typed, ...]) -> Type:
    match function:
        case "date_part" | "date_diff":
            return "integer"
        case "date_name":
            return "text"
    date = args[-1] if function == "date_add" else args[1]
    if date.type == "date" and (args[0].text or "").lower() not in _CLOCK:
        return "date"
    return "datetime"
