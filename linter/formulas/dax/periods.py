"""Time intelligence as conditions: the first and the last day that a date function selects.

Every function here selects an unbroken run of days that is fixed by the first and the last day of
the dates it is given, so its filter is ``first <= date <= last`` with values of the cell. DATEADD and
SAMEPERIODLASTYEAR refuse dates with gaps themselves.
What comes next follows the last of the dates, as the engine has it (https://dax.guide/nextday/).
Source: https://learn.microsoft.com/dax/time-intelligence-functions-dax
"""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

from linter.expressions import Case, Expr, Literal, Unsupported, call, problems
from linter.formulas.dax import filters, nonblank
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.tree import Call, Missing, Name, Node, Ref, TableRef, Text

if TYPE_CHECKING:
    from linter.expressions import Column
    from linter.formulas.dax.env import Env, Run

Interval = tuple[Expr, Expr]
_UNITS = frozenset({"day", "month", "quarter", "year"})
_TO_DATE = {"DATESMTD": "month", "DATESQTD": "quarter", "DATESYTD": "year"}
_PREVIOUS = {"PREVIOUSDAY": "day", "PREVIOUSMONTH": "month", "PREVIOUSQUARTER": "quarter", "PREVIOUSYEAR": "year"}
_NEXT = {"NEXTDAY": "day", "NEXTMONTH": "month", "NEXTQUARTER": "quarter", "NEXTYEAR": "year"}
_EDGES = {f"{edge}OF{unit.upper()}": (edge, unit) for edge in ("START", "END") for unit in ("month", "quarter", "year")}
_AS_GIVEN = frozenset({"VALUES", "DISTINCT", "FILTERS"})


def interval(run: Run, dates: Node, env: Env) -> Interval | None:
    """First and last day of a table of dates as values of the cell; None where it has no such form."""
    match dates:
        case Ref(level=None):
            return _visible(run, dates, env.under(filters.transition(run, env)))
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return interval(run, binding.node, binding.env)
        case Call(function, (Ref() as ref,)) if function in _AS_GIVEN:
            return _visible(run, ref, env.under(env.change))
        case Call(function, (Ref() as ref,)) if function in {"ALL", "ALLSELECTED", "ALLNOBLANKROW"}:
            return _visible(run, ref, env.under(filters.modified(run, dates, env, env.change)))
        case Call(function, (first, *rest)):
            found = _selected(run, function, first, rest, env)
            return None if found is None or any(map(problems, found)) else found
        case _:
            return None


def edge(run: Run, limit: Node, env: Env) -> Expr:
    """A limit of dates: a value, or a table of one date such as LASTDATE."""
    known = FUNCTIONS.get(limit.function) if isinstance(limit, Call) else None
    if isinstance(limit, Call) and known is not None and known.kind == "time_table":
        if known.name.endswith("NONBLANK"):
            last = nonblank.found(run, limit, env)
            return Unsupported(f"{known.name} as a value") if last is None else last[1]
        found = interval(run, limit, env)
        return Unsupported(f"{known.name} as a date") if found is None else found[1]
    return run.row(limit, env)


def date_column(run: Run, dates: Node, env: Env) -> Column | None:
    """The date column that a table of dates is made of."""
    match dates:
        case Ref():
            return run.column(dates, env)
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return date_column(run, binding.node, binding.env)
        case Call(_, (first, *_)):
            return date_column(run, first, env)
        case _:
            return None


def unread(run: Run, dates: Call) -> str:
    """Why dates are not known: they come from a calendar that the model defines, or from something unknown."""
    first: Node = dates
    while isinstance(first, Call) and first.args:
        first = first.args[0]
    if isinstance(first, Name | TableRef) and run.schema.table(first.name) is None:
        return f"{dates.function} by the calendar {first.name!r}, whose definition is not read"
    return f"{dates.function} over an unknown date column"


def _visible(run: Run, ref: Ref, env: Env) -> Interval | None:
    found = run.row(Call("MIN", (ref,)), env), run.row(Call("MAX", (ref,)), env)
    return None if any(map(problems, found)) else found


def _selected(run: Run, function: str, dates: Node, rest: list[Node], env: Env) -> Interval | None:
    if function == "DATESBETWEEN":
        first, last = (None if isinstance(limit, Missing) else edge(run, limit, env) for limit in rest)
        return None if first is None or last is None or Literal(None) in (first, last) else (first, last)
    if function == "DATESINPERIOD":
        return _in_period(run, rest, env)
    given = interval(run, dates, env)
    if given is None:
        return None
    first, last = given
    shift = _fiscal_shift(rest[0]) if len(rest) == 1 and function.endswith(("YTD", "YEAR")) else None
    months = 0 if not rest else shift
    if months is not None and function in {*_TO_DATE, *_PREVIOUS, *_NEXT, *_EDGES}:
        return _period(function, first, last, months)
    match function:
        case "FIRSTDATE":
            return first, first
        case "LASTDATE":
            return last, last
        case "SAMEPERIODLASTYEAR":
            return _moved("year", -1, first), _moved_last("year", -1, last)
        case "DATEADD" | "PARALLELPERIOD" if len(rest) == 2:
            return _added(run, function, given, rest, env)
        case _:
            return None


def _added(run: Run, function: str, given: Interval, rest: list[Node], env: Env) -> Interval | None:
    step, first, last = _step(run, rest[0], rest[1], env), *given
    if step is None:
        return None
    count, unit = step
    if function == "DATEADD":
        return _moved(unit, count, first), _moved_last(unit, count, last)
    start = call("date_trunc", Literal(unit), first)
    return _moved(unit, count, start), _end(unit, _moved(unit, count, call("date_trunc", Literal(unit), last)))


def _in_period(run: Run, rest: list[Node], env: Env) -> Interval | None:
    """A number of days, months... that ends (begins) with a day: DATESINPERIOD."""
    step = _step(run, rest[1], rest[2], env) if len(rest) == 3 else None
    if step is None or step[0] == 0:
        return None
    count, unit = step
    day = edge(run, rest[0], env)
    far = _moved(unit, count, day)
    return (day, _moved("day", -1, far)) if count > 0 else (_moved("day", 1, far), day)


def _step(run: Run, count: Node, unit: Node, env: Env) -> tuple[int, str] | None:
    number = run.row(count, env)
    name = unit.name.lower() if isinstance(unit, Name) else ""
    if not isinstance(number, Literal) or not isinstance(number.value, int | float) or name not in _UNITS:
        return None
    return int(number.value), name


def _period(function: str, first: Expr, last: Expr, months: int) -> Interval:
    """The period before, after or around dates; ``months`` is the last month of the year, 0 for December."""
    if function in _TO_DATE:
        return _start(_TO_DATE[function], last, months), last
    if function in _PREVIOUS:
        unit, start = _PREVIOUS[function], _start(_PREVIOUS[function], first, months)
        return _moved(unit, -1, start), _moved("day", -1, start)
    if function in _NEXT:
        following = _moved(_NEXT[function], 1, _start(_NEXT[function], last, months))
        return following, _moved("day", -1, _moved(_NEXT[function], 1, following))
    edge, unit = _EDGES[function]
    day = _start(unit, first, months) if edge == "START" else _end(unit, last, months)
    return day, day


def _fiscal_shift(end: Node) -> int | None:
    """The month that ends the year, 0 for December: ``"8-31"``, ``"31/8"``, ``"2020-08-31"``; None where it
    isn't the end of a month for sure.
    """
    found = re.fullmatch(r"(?:\d{4}[-/]|--)?0?(\d{1,2})[-/]0?(\d{1,2})", end.value) if isinstance(end, Text) else None
    if found is None:
        return None
    month, day = int(found[1]), int(found[2])
    if month > 12:
        month, day = day, month
    if not 1 <= month <= 12 or day not in {calendar.monthrange(year, month)[1] for year in (2000, 2001)}:
        return None
    return month % 12


def _start(unit: str, day: Expr, months: int = 0) -> Expr:
    """The first day of a period, of a year that ends with another month than December where that is said."""
    if not months:
        return call("date_trunc", Literal(unit), day)
    return _moved("month", months, call("date_trunc", Literal("year"), _moved("month", -months, day)))


def _moved(unit: str, count: int, day: Expr) -> Expr:
    return call("date_add", Literal(unit), Literal(count), day)


def _end(unit: str, day: Expr, months: int = 0) -> Expr:
    return _moved("day", -1, _moved(unit, 1, _start(unit, day, months)))


def _moved_last(unit: str, count: int, day: Expr) -> Expr:
    """The last day of a month stays the last day of its month."""
    plain = _moved(unit, count, day)
    if unit == "day":
        return plain
    following = _moved("day", 1, day)
    ends_month = call("eq", call("date_part", Literal("day"), following), Literal(1))
    return Case(((ends_month, _moved("day", -1, _moved(unit, count, following))),), plain)
