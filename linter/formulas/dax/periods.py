"""Time intelligence as conditions: the first and the last day that a date function selects.

Every function here selects an unbroken run of days that is fixed by the first and the last day of
the dates it is given, so its filter is ``first <= date <= last`` with values of the cell. DATEADD and
SAMEPERIODLASTYEAR refuse dates with gaps themselves.
Source: https://learn.microsoft.com/dax/time-intelligence-functions-dax
"""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

from linter.expressions import Case, Expr, Literal, call, problems
from linter.formulas.dax import filters
from linter.formulas.dax.tree import Call, Missing, Name, Node, Ref, Text

if TYPE_CHECKING:
    from linter.expressions import Column
    from linter.formulas.dax.env import Env, Run

Interval = tuple[Expr, Expr]
_UNITS = frozenset({"day", "month", "quarter", "year"})
_TO_DATE = {"DATESMTD": "month", "DATESQTD": "quarter", "DATESYTD": "year"}
_PREVIOUS = {"PREVIOUSDAY": "day", "PREVIOUSMONTH": "month", "PREVIOUSQUARTER": "quarter", "PREVIOUSYEAR": "year"}
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


def _visible(run: Run, ref: Ref, env: Env) -> Interval | None:
    found = run.row(Call("MIN", (ref,)), env), run.row(Call("MAX", (ref,)), env)
    return None if any(map(problems, found)) else found


def _selected(run: Run, function: str, dates: Node, rest: list[Node], env: Env) -> Interval | None:
    if function == "DATESBETWEEN":
        first, last = (None if isinstance(limit, Missing) else run.row(limit, env) for limit in rest)
        return None if first is None or last is None or Literal(None) in (first, last) else (first, last)
    if function == "DATESINPERIOD":
        return _in_period(run, rest, env)
    given = interval(run, dates, env)
    if given is None:
        return None
    first, last = given
    if function in _TO_DATE and not rest:
        return call("date_trunc", Literal(_TO_DATE[function]), last), last
    if function == "DATESYTD" and len(rest) == 1:
        return _fiscal_year(rest[0], last)
    if function in _PREVIOUS and not rest:
        start = call("date_trunc", Literal(_PREVIOUS[function]), first)
        return _moved(_PREVIOUS[function], -1, start), _moved("day", -1, start)
    if function in _EDGES and not rest:
        edge, unit = _EDGES[function]
        day = call("date_trunc", Literal(unit), first) if edge == "START" else _end(unit, last)
        return day, day
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
    day = interval(run, rest[0], env) if isinstance(rest[0], Call) and "DATE" in rest[0].function else None
    edge = run.row(rest[0], env) if day is None else day[1]
    far = _moved(unit, count, edge)
    return (edge, _moved("day", -1, far)) if count > 0 else (_moved("day", 1, far), edge)


def _step(run: Run, count: Node, unit: Node, env: Env) -> tuple[int, str] | None:
    number = run.row(count, env)
    name = unit.name.lower() if isinstance(unit, Name) else ""
    if not isinstance(number, Literal) or not isinstance(number.value, int | float) or name not in _UNITS:
        return None
    return int(number.value), name


def _fiscal_year(end: Node, last: Expr) -> Interval | None:
    """The year to date where the year ends with a month: ``"8-31"``, ``"31/8"`` stays unread."""
    found = re.fullmatch(r"(?:--)?0?(\d{1,2})[-/](\d{2})", end.value) if isinstance(end, Text) else None
    if found is None or not 1 <= int(found[1]) <= 12:
        return None
    if int(found[2]) not in {calendar.monthrange(year, int(found[1]))[1] for year in (2000, 2001)}:
        return None
    months = int(found[1]) % 12
    start = call("date_trunc", Literal("year"), _moved("month", -months, last))
    return _moved("month", months, start), last


def _moved(unit: str, count: int, day: Expr) -> Expr:
    return call("date_add", Literal(unit), Literal(count), day)


def _end(unit: str, day: Expr) -> Expr:
    return _moved("day", -1, _moved(unit, 1, call("date_trunc", Literal(unit), day)))


def _moved_last(unit: str, count: int, day: Expr) -> Expr:
    """The last day of a month stays the last day of its month."""
    plain = _moved(unit, count, day)
    if unit == "day":
        return plain
    following = _moved("day", 1, day)
    ends_month = call("eq", call("date_part", Literal("day"), following), Literal(1))
    return Case(((ends_month, _moved("day", -1, _moved(unit, count, following))),), plain)
