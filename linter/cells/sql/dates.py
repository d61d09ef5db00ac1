"""Dates: parts, names, truncation, differences, with any first day of the week."""

from __future__ import annotations

from sqlglot import exp

from linter.cells.sql.tree import NotExpressible, cast, func, number, paren
from linter.cells.sql.types import Types
from linter.expressions import Expr, Literal

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_STEPS = {
    "year": ("year", 1), "quarter": ("month", 3), "month": ("month", 1), "week": ("day", 7), "weekday": ("day", 1),
    "day": ("day", 1), "dayofyear": ("day", 1), "hour": ("hour", 1), "minute": ("minute", 1), "second": ("second", 1),
}  # fmt: skip


class Dates(Types):
    """The functions of dates."""

    def write(self, expr: Expr) -> exp.Expr:
        """The SQL tree of an expression; the whole writer knows how."""
        raise NotImplementedError

    def _date(self, function: str, args: tuple[Expr, ...]) -> exp.Expr:
        if function in {"year_month", "year_month_day"}:
            return self._composite(self.write(args[0]), days=function.endswith("day"))
        unit = args[0].value if isinstance(args[0], Literal) else None
        if not isinstance(unit, str):
            raise NotExpressible("a date part that is not a constant")
        rest = [self.write(a) for a in args[1:]]
        if function == "date_add":
            return self._add(unit, rest[0], rest[1])
        positions = {"date_diff": 3, "date_add": len(args)}  # date_add knows no first day
        first_day = self._first_day(args, positions.get(function, 2))
        match function:
            case "date_part":
                return self._part(unit, rest[0], first_day)
            case "date_name":
                return self._name(unit, rest[0], first_day)
            case "date_trunc":
                return self._trunc(unit, rest[0], first_day)
            case _:
                return self._diff(unit, rest[0], rest[1], first_day)

    @staticmethod
    def _first_day(args: tuple[Expr, ...], position: int) -> int:
        """First day of the week, 0 = Sunday."""
        if len(args) <= position:
            return 0
        day = args[position]
        if isinstance(day, Literal) and isinstance(day.value, int) and 0 <= day.value <= 6:
            return day.value
        raise NotExpressible("a first day of the week that is not a constant")

    def _extract(self, part: str, value: exp.Expr) -> exp.Expr:
        dated = cast(value, "timestamp") if isinstance(value, exp.Null) else value
        found: exp.Expr = exp.Extract(this=exp.Var(this=part), expression=dated)
        if part == "second":  # Hyper gives a fraction, and the cast would round it to 60
            found = func("floor", found)
        return cast(found, "bigint")

    def _part(self, unit: str, value: exp.Expr, first_day: int) -> exp.Expr:
        simple = {
            "year": "year", "quarter": "quarter", "month": "month", "day": "day", "dayofyear": "doy", "hour": "hour",
            "minute": "minute", "second": "second", "iso_year": "isoyear", "iso_week": "week", "iso_weekday": "isodow",
        }  # fmt: skip
        if unit in simple:
            return self._extract(simple[unit], value)
        if unit == "iso_quarter":
            step = func(
                "floor",
                self._fn_div(exp.Sub(this=self._extract("week", value), expression=number(1)), number(13)),
            )
            return func("least", cast(exp.Add(this=step, expression=number(1)), "bigint"), number(4))
        if unit == "weekday":
            return exp.Add(this=self._weekday(value, first_day), expression=number(1))
        if unit == "week":  # week 1 holds 1 January
            new_year = self._trunc("year", value, first_day)
            passed = exp.Add(
                this=self._weekday(new_year, first_day),
                expression=exp.Sub(this=self._extract("doy", value), expression=number(1)),
            )
            weeks = func("floor", self._fn_div(exp.Paren(this=passed), number(7)))
            return cast(exp.Add(this=weeks, expression=number(1)), "bigint")
        raise NotExpressible(f"date part {unit} is not evaluated")

    def _weekday(self, value: exp.Expr, first_day: int) -> exp.Expr:
        """Days since the first day of the week, 0..6."""
        shifted = exp.Add(this=self._extract("dow", value), expression=number(7 - first_day))
        return exp.Paren(this=exp.Mod(this=exp.Paren(this=shifted), expression=number(7)))

    def _name(self, unit: str, value: exp.Expr, first_day: int) -> exp.Expr:
        names = {"month": (_MONTHS, "month"), "weekday": (_DAYS, "dow")}.get(unit)
        if names is None:
            return cast(self._part(unit, value, first_day), "text")
        start = 1 if unit == "month" else 0
        part = self._extract(names[1], value)
        ifs = [exp.If(this=number(i + start), true=exp.Literal.string(n)) for i, n in enumerate(names[0])]
        return exp.Case(this=part, ifs=ifs)

    def _trunc(self, unit: str, value: exp.Expr, first_day: int) -> exp.Expr:
        moment = cast(value, "timestamp")
        if unit in {"week", "iso_week"}:  # date_trunc starts weeks on Monday
            back = (1 - first_day) % 7 if unit == "week" else 0
            monday = func("date_trunc", exp.Literal.string("week"), self._shift(moment, number(back), "day"))
            return self._shift(monday, number(-back), "day")
        if unit in {"iso_year", "iso_quarter"}:
            raise NotExpressible(f"truncation to {unit} is not evaluated")
        step = {"weekday": "day", "dayofyear": "day", "iso_weekday": "day"}.get(unit, unit)
        return func("date_trunc", exp.Literal.string(step), moment)

    def _shift(self, value: exp.Expr, count: exp.Expr, unit: str) -> exp.Expr:
        step = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this=unit))
        return exp.Paren(this=exp.Add(this=value, expression=exp.Mul(this=paren(cast(count, "int")), expression=step)))

    def _add(self, unit: str, count: exp.Expr, value: exp.Expr) -> exp.Expr:
        if unit not in _STEPS:
            raise NotExpressible(f"adding {unit} is not evaluated")
        step, times = _STEPS[unit]
        whole = cast(func("trunc", cast(count, "double")), "bigint")
        scaled = whole if times == 1 else exp.Mul(this=whole, expression=number(times))
        return self._shift(cast(value, "timestamp"), scaled, step)

    def _diff(self, unit: str, start: exp.Expr, end: exp.Expr, first_day: int) -> exp.Expr:
        """Number of boundaries of the unit between the two, as Tableau and DAX count."""

        def index(value: exp.Expr) -> exp.Expr:
            year = self._extract("year", value)
            match unit:
                case "year":
                    return year
                case "quarter":
                    return exp.Add(
                        this=exp.Mul(this=year, expression=number(4)),
                        expression=self._extract("quarter", value),
                    )
                case "month":
                    return exp.Add(
                        this=exp.Mul(this=year, expression=number(12)),
                        expression=self._extract("month", value),
                    )
                case _:
                    raise NotExpressible(f"difference in {unit} is not evaluated")

        if unit in {"year", "quarter", "month"}:
            return exp.Paren(this=exp.Sub(this=exp.Paren(this=index(end)), expression=exp.Paren(this=index(start))))
        seconds = {
            "week": 604800,
            "day": 86400,
            "weekday": 86400,
            "dayofyear": 86400,
            "hour": 3600,
            "minute": 60,
            "second": 1,
        }
        if unit not in seconds:
            raise NotExpressible(f"difference in {unit} is not evaluated")
        edges = [
            exp.Extract(this=exp.Var(this="epoch"), expression=self._trunc(unit, v, first_day)) for v in (start, end)
        ]
        apart = exp.Paren(this=exp.Sub(this=cast(edges[1], "double"), expression=cast(edges[0], "double")))
        return cast(func("round", exp.Div(this=apart, expression=number(seconds[unit]), typed=True)), "bigint")

    def _composite(self, value: exp.Expr, *, days: bool) -> exp.Expr:
        result: exp.Expr = exp.Add(
            this=exp.Mul(this=self._extract("year", value), expression=number(100)),
            expression=self._extract("month", value),
        )
        if days:
            result = exp.Add(
                this=exp.Mul(this=exp.Paren(this=result), expression=number(100)),
                expression=self._extract("day", value),
            )
        return exp.Paren(this=result)
