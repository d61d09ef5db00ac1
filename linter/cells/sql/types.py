"""Conversions: what can't be converted is null in Tableau, and an error in DAX."""

from __future__ import annotations

import datetime as dt
import re

from sqlglot import exp

from linter.cells.dialects import Engine
from linter.cells.sql.texts import Texts
from linter.cells.sql.tree import NotExpressible, cast, func, literal, number

_WHOLE = r"^\s*[-+]?[0-9]+\s*$"
_DAY_OR_MONTH_FIRST = r"^\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-]"
_DATE_FORMATS = {  # letters of a date format: what Hyper and DuckDB call them, the shape of the text
    "yyyy": ("YYYY", "%Y", "[0-9]{4}"), "MMMM": ("Month", "%B", "[A-Za-z]{3,9}"), "MMM": ("Mon", "%b", "[A-Za-z]{3}"),
    "MM": ("MM", "%m", "[0-9]{1,2}"), "M": ("MM", "%m", "[0-9]{1,2}"), "dd": ("DD", "%d", "[0-9]{1,2}"),
    "d": ("DD", "%d", "[0-9]{1,2}"), "HH": ("HH24", "%H", "[0-9]{1,2}"), "H": ("HH24", "%H", "[0-9]{1,2}"),
    "hh": ("HH12", "%I", "[0-9]{1,2}"), "h": ("HH12", "%I", "[0-9]{1,2}"), "mm": ("MI", "%M", "[0-9]{2}"),
    "ss": ("SS", "%S", "[0-9]{2}"), "a": ("AM", "%p", "[AaPp][Mm]"),
}  # fmt: skip


class Types(Texts):
    """The functions that make one type of another, and dates of numbers and text."""

    def _converted(self, a: exp.Expr, to: str) -> exp.Expr:
        return cast(a, to, attempt=self.engine == "hyper")

    def _fn_to_int(self, a: exp.Expr) -> exp.Expr:
        """Towards zero. Whole numbers don't go through a double, which would merge the great ones."""
        text = cast(a, "text")
        is_whole = self._fn_regex_match(text, exp.Literal.string(_WHOLE))
        whole = exp.If(this=is_whole, true=self._converted(text.copy(), "bigint"))
        cut = cast(func("trunc", self._converted(a.copy(), "double")), "bigint", attempt=True)
        return exp.Case(ifs=[whole], default=cut)

    def _fn_to_float(self, a: exp.Expr) -> exp.Expr:
        return self._converted(a, "double")

    def _fn_to_text(self, a: exp.Expr) -> exp.Expr:
        text = cast(a, "text")
        if self.engine == "hyper":
            return text
        plain = func("regexp_replace", text.copy(), exp.Literal.string(r"\.0$"), exp.Literal.string(""))
        real = exp.EQ(this=func("typeof", a.copy()), expression=exp.Literal.string("DOUBLE"))
        return exp.Case(ifs=[exp.If(this=real, true=plain)], default=text)

    def _fn_to_date(self, a: exp.Expr) -> exp.Expr:
        return self._read_date(a, "date")

    def _fn_to_datetime(self, a: exp.Expr) -> exp.Expr:
        return self._read_date(a, "timestamp")

    def _read_date(self, a: exp.Expr, to: str) -> exp.Expr:
        """Hyper reads 2/1/2020 month first, DuckDB as nonsense, the tools by locale: refused by a failing cast."""
        text = cast(a, "text")
        doubtful = self._fn_regex_match(text, exp.Literal.string(_DAY_OR_MONTH_FIRST))
        failing = cast(exp.DPipe(this=text.copy(), expression=exp.Literal.string("?")), to)
        return exp.Case(ifs=[exp.If(this=doubtful, true=failing)], default=self._converted(a.copy(), to))

    def _fn_parse_date(self, a: exp.Expr, layout: exp.Expr) -> exp.Expr:
        """Null where the text hasn't the shape; a 30 February is refused by the engine."""
        if not isinstance(layout, exp.Literal):
            raise NotExpressible("a date format that is not a constant")
        form, shape = _date_format(str(layout.this), self.engine)
        text, pattern = cast(a, "text"), exp.Literal.string(form)
        if self.engine == "hyper":
            read = cast(func("to_timestamp", text, pattern), "timestamp")
        else:
            read = func("strptime", func("trim", text), pattern)
        return self._guarded(read, self._fn_regex_match(text.copy(), exp.Literal.string(shape)))

    def _fn_to_bool(self, a: exp.Expr) -> exp.Expr:
        return self._converted(a, "boolean")

    def _fn_make_date(self, *parts: exp.Expr) -> exp.Expr:
        return func("make_date", *(cast(p, "int") for p in parts))

    def _fn_make_time(self, hour: exp.Expr, minute: exp.Expr, second: exp.Expr) -> exp.Expr:
        """A moment of Tableau's day zero, 30 December 1899."""
        clock = (cast(hour, "int"), cast(minute, "int"), cast(second, "double"))
        return func("make_timestamp", number(1899), number(12), number(30), *clock)

    def _fn_make_datetime(self, day: exp.Expr, clock: exp.Expr) -> exp.Expr:
        time = cast(cast(clock, "timestamp"), "time")
        return exp.Paren(this=exp.Add(this=cast(day, "date"), expression=time))

    def _fn_today(self) -> exp.Expr:
        return literal(self._as_of)

    def _fn_now(self) -> exp.Expr:
        return literal(dt.datetime(self._as_of.year, self._as_of.month, self._as_of.day))  # noqa: DTZ001


def _date_format(layout: str, engine: Engine) -> tuple[str, str]:
    """An ICU date format as the engine writes it, and a regular expression of the texts it fits.

    Two-digit years are left out: each engine has another turn of the century.
    """
    written, shape = [], []
    for part, letter in re.findall(r"(([A-Za-z])\2*|[^A-Za-z])", layout):
        if (letter and part not in _DATE_FORMATS) or part in "'%\"":
            raise NotExpressible(f"the date format {layout}")
        hyper, duckdb, digits = _DATE_FORMATS.get(part, (part, part, re.escape(part)))
        written.append(hyper if engine == "hyper" else duckdb)
        shape.append(digits)
    pattern = "".join(shape)
    if layout.isalpha():  # nothing between the numbers: each has all its digits
        pattern = pattern.replace("{1,2}", "{2}")
    return "".join(written), rf"^\s*{pattern}\s*$"
