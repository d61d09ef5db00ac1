"""Neutral expressions to SQL trees, one meaning in both engines.

SQL is built as a tree and never by pasting strings: names and literals of a workbook are untrusted.
Aggregates are written here too; ``Fixed`` and ``TopMembers`` are resolved by ``query`` beforehand.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from linter.cells.dialects import Engine
from linter.expressions import (
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    Value,
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_OPERATORS: dict[str, type[exp.Binary]] = {
    "eq": exp.EQ, "ne": exp.NEQ, "lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE,
    "add": exp.Add, "sub": exp.Sub, "mul": exp.Mul, "concat": exp.DPipe, "null_safe_eq": exp.NullSafeEQ,
}  # fmt: skip
_PLAIN = {  # functions of the same name and meaning in both engines
    "abs": "abs", "floor": "floor", "ceiling": "ceil", "sign": "sign", "exp": "exp", "sin": "sin",
    "cos": "cos", "tan": "tan", "atan": "atan", "atan2": "atan2",
    "cot": "cot", "radians": "radians", "degrees": "degrees", "pi": "pi", "upper": "upper",
    "lower": "lower", "length": "length", "replace": "replace", "ascii": "ascii",
    "coalesce": "coalesce", "null_if": "nullif",
}  # fmt: skip
_FLOATING = frozenset({"exp", "sin", "cos", "tan", "atan", "atan2", "cot", "radians", "degrees"})
_AGGREGATES = {
    "sum": "sum", "avg": "avg", "min": "min", "max": "max", "stdev": "stddev_samp", "stdevp": "stddev_pop",
    "var": "var_samp", "varp": "var_pop",
}  # fmt: skip
_STEPS = {
    "year": ("year", 1), "quarter": ("month", 3), "month": ("month", 1), "week": ("day", 7), "weekday": ("day", 1),
    "day": ("day", 1), "dayofyear": ("day", 1), "hour": ("hour", 1), "minute": ("minute", 1), "second": ("second", 1),
}  # fmt: skip
_WHOLE = r"^\s*[-+]?[0-9]+\s*$"
_DAY_OR_MONTH_FIRST = r"^\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-]"
_DATE_FORMATS = {  # letters of a date format: what Hyper and DuckDB call them, the shape of the text
    "yyyy": ("YYYY", "%Y", "[0-9]{4}"), "MMMM": ("Month", "%B", "[A-Za-z]{3,9}"), "MMM": ("Mon", "%b", "[A-Za-z]{3}"),
    "MM": ("MM", "%m", "[0-9]{1,2}"), "M": ("MM", "%m", "[0-9]{1,2}"), "dd": ("DD", "%d", "[0-9]{1,2}"),
    "d": ("DD", "%d", "[0-9]{1,2}"), "HH": ("HH24", "%H", "[0-9]{1,2}"), "H": ("HH24", "%H", "[0-9]{1,2}"),
    "hh": ("HH12", "%I", "[0-9]{1,2}"), "h": ("HH12", "%I", "[0-9]{1,2}"), "mm": ("MI", "%M", "[0-9]{2}"),
    "ss": ("SS", "%S", "[0-9]{2}"), "a": ("AM", "%p", "[AaPp][Mm]"),
}  # fmt: skip


class NotExpressible(Exception):
    """An expression that can't be turned into SQL, with the reason a user will read."""


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
    made: exp.Expr = _OPERATORS[function](this=paren(left), expression=paren(right))
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


class SqlWriter:
    """Writes neutral expressions for one engine.

    Args:
        engine: the dialect.
        column: gives the SQL of a base column.
        as_of: the date that TODAY means.
        fold_case: text compares without case (Power BI); Hyper's collations do that by themselves.
    """

    def __init__(
        self, engine: Engine, column: Callable[[Column], exp.Expr], as_of: dt.date, *, fold_case: bool
    ) -> None:
        self.engine = engine
        self._column = column
        self._as_of = as_of
        self._fold_case = fold_case

    def write(self, expr: Expr) -> exp.Expr:
        """The SQL tree of an expression.

        Raises:
            NotExpressible: something in it has no SQL form.
        """
        match expr:
            case Column():
                return self._column(expr)
            case Literal(value):
                return literal(value)
            case Call(function, args):
                return self._call(function, args)
            case Case(whens, otherwise):
                branches = [exp.If(this=self.write(c), true=self.write(v)) for c, v in whens]
                return exp.Case(ifs=branches, default=None if otherwise is None else self.write(otherwise))
            case Aggregate(function, arg):
                return self._aggregate(function, arg)
            case Fixed() | TopMembers():
                raise NotExpressible("a level of detail or top-N inside another one")
            case Unsupported(reason):
                raise NotExpressible(reason)

    def _call(self, function: str, args: tuple[Expr, ...]) -> exp.Expr:
        if function in {"eq", "ne", "in", "null_safe_eq", "lt", "le", "gt", "ge"}:
            return self._comparison(function, args)
        if function.startswith("date_") or function in {"year_month", "year_month_day"}:
            return self._date(function, args)
        written = [self.write(a) for a in args]
        if function in _OPERATORS:
            return operator(function, *written)
        if function in _PLAIN:
            if function in _FLOATING:
                written = [cast(w, "double") for w in written]
            return func(_PLAIN[function], *written)
        method = getattr(self, f"_fn_{function}", None)
        if method is None:
            raise NotExpressible(f"function {function} is not evaluated")
        result: exp.Expr = method(*written)
        return result

    # -- comparison ------------------------------------------------------------------------------

    def _comparison(self, function: str, args: tuple[Expr, ...]) -> exp.Expr:
        fold = self._fold_case and any(isinstance(a, Literal) and isinstance(a.value, str) for a in args)
        written = [
            func("lower", cast(self.write(a), "text")) if fold and a != Literal(None) else self.write(a) for a in args
        ]
        if function != "in":
            return operator(function, *written)
        tested, members = written[0], [w for w in written[1:] if not isinstance(w, exp.Null)]
        has_null = len(members) < len(written) - 1
        null_test: exp.Expr = exp.Is(this=paren(tested), expression=exp.null())
        if not members:
            return null_test if has_null else exp.false()
        found = exp.In(this=paren(tested), expressions=members)
        # A null is never in a list: make the answer two-valued, so that NOT IN keeps or drops it on purpose.
        known = exp.And(this=exp.Not(this=exp.Paren(this=null_test.copy())), expression=found)
        return exp.Paren(this=exp.Or(this=null_test, expression=known) if has_null else known)

    def _fn_and(self, *parts: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.and_(*parts))

    def _fn_or(self, *parts: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.or_(*parts))

    def _fn_not(self, part: exp.Expr) -> exp.Expr:
        return exp.Not(this=paren(part))

    def _fn_is_null(self, part: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.Is(this=paren(part), expression=exp.null()))

    def _fn_greatest(self, *parts: exp.Expr) -> exp.Expr:
        return self._extreme("greatest", parts)

    def _fn_least(self, *parts: exp.Expr) -> exp.Expr:
        return self._extreme("least", parts)

    def _extreme(self, name: str, parts: tuple[exp.Expr, ...]) -> exp.Expr:
        """The engines leave nulls out; null in gives null out here."""
        tests = [exp.Is(this=paren(p.copy()), expression=exp.null()) for p in parts]
        return exp.Case(ifs=[exp.If(this=exp.or_(*tests), true=exp.null())], default=func(name, *parts))

    # -- numbers ---------------------------------------------------------------------------------

    def _guarded(self, value: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=condition, true=value)])

    def _fn_div(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        divisor = func("nullif", cast(b, "double"), number(0))
        return exp.Div(this=cast(a, "double"), expression=divisor, typed=True, safe=False)

    def _fn_idiv(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return cast(func("trunc", self._fn_div(a, b)), "bigint")

    def _fn_mod(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return exp.Mod(this=paren(a), expression=func("nullif", b, number(0)))

    def _fn_pow(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return func("power", cast(a, "double"), cast(b, "double"))

    def _fn_neg(self, a: exp.Expr) -> exp.Expr:
        return exp.Neg(this=paren(a))

    def _fn_round(self, a: exp.Expr, digits: exp.Expr | None = None) -> exp.Expr:
        return func("round", cast(a, "double"), number(0) if digits is None else cast(digits, "int"))

    def _fn_sqrt(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("sqrt", cast(a, "double")), exp.GTE(this=paren(a), expression=number(0)))

    def _fn_ln(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("ln", cast(a, "double")), exp.GT(this=paren(a), expression=number(0)))

    def _fn_log(self, a: exp.Expr, base: exp.Expr) -> exp.Expr:
        return self._fn_div(self._fn_ln(a), self._fn_ln(base))

    def _fn_asin(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("asin", cast(a, "double")), self._unit_range(a))

    def _fn_acos(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("acos", cast(a, "double")), self._unit_range(a))

    @staticmethod
    def _unit_range(a: exp.Expr) -> exp.Expr:
        return exp.Between(this=paren(a), low=number(-1), high=number(1))

    def _fn_bin(self, a: exp.Expr, size: exp.Expr, peg: exp.Expr | None = None) -> exp.Expr:
        start = peg or number(0)
        step = func("floor", self._fn_div(exp.Sub(this=paren(a), expression=paren(start)), size))
        return exp.Add(this=exp.Mul(this=step, expression=paren(size)), expression=paren(start))

    # -- text ------------------------------------------------------------------------------------

    def _at_least(self, least: int, n: exp.Expr) -> exp.Expr:
        """A position or length; null stays null, which GREATEST would lose."""
        low = exp.If(this=exp.LT(this=paren(n), expression=number(least)), true=number(least))
        return cast(exp.Case(ifs=[low], default=n.copy()), "int")

    def _fn_left(self, a: exp.Expr, n: exp.Expr) -> exp.Expr:
        return func("left", a, self._at_least(0, n))

    def _fn_right(self, a: exp.Expr, n: exp.Expr) -> exp.Expr:
        return func("right", a, self._at_least(0, n))

    def _fn_mid(self, a: exp.Expr, start: exp.Expr, n: exp.Expr | None = None) -> exp.Expr:
        return func("substr", a, self._at_least(1, start), *([self._at_least(0, n)] if n is not None else []))

    def _fn_find(self, a: exp.Expr, b: exp.Expr, start: exp.Expr | None = None) -> exp.Expr:
        if start is None:
            return func("strpos", a, b)
        found = func("strpos", self._fn_mid(a, start), b)
        before = exp.Sub(this=self._at_least(1, start), expression=number(1))
        moved = exp.Add(this=found.copy(), expression=exp.Paren(this=before))
        none = exp.If(this=exp.EQ(this=found, expression=number(0)), true=number(0))
        return exp.Case(ifs=[none], default=moved)

    def _fn_contains(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.GT(this=func("strpos", a, b), expression=number(0)))

    def _fn_starts_with(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.EQ(this=func("left", a, cast(func("length", b), "int")), expression=paren(b.copy())))

    def _fn_ends_with(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.EQ(this=func("right", a, cast(func("length", b), "int")), expression=paren(b.copy())))

    def _fn_split(self, a: exp.Expr, delimiter: exp.Expr, n: exp.Expr) -> exp.Expr:
        """From the end where n is negative; null for part 0 and for an empty delimiter."""
        place = func("nullif", cast(n, "int"), number(0))
        return func("split_part", a, func("nullif", delimiter, exp.Literal.string("")), place)

    def _fn_trim(self, a: exp.Expr) -> exp.Expr:
        return func("ltrim", func("rtrim", a))

    def _fn_ltrim(self, a: exp.Expr) -> exp.Expr:
        return func("ltrim", a)

    def _fn_rtrim(self, a: exp.Expr) -> exp.Expr:
        return func("rtrim", a)

    def _fn_space(self, n: exp.Expr) -> exp.Expr:
        return func("repeat", exp.Literal.string(" "), self._at_least(0, n))

    def _fn_char(self, a: exp.Expr) -> exp.Expr:
        return func("chr", cast(a, "int"))

    def _fn_proper(self, a: exp.Expr) -> exp.Expr:
        if self.engine == "duckdb":
            raise NotExpressible("PROPER is not evaluated")
        return func("initcap", a)

    def _fn_regex_match(self, a: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        return func("regexp_like" if self.engine == "hyper" else "regexp_matches", a, pattern)

    def _fn_regex_extract(self, a: exp.Expr, pattern: exp.Expr, group: exp.Expr | None = None) -> exp.Expr:
        """The group (the first if none is named) of the first match; null without a match."""
        place = cast(group or number(1), "int")
        if self.engine == "hyper":
            return func("regexp_substr", a, pattern, number(1), number(1), exp.Literal.string("c"), place)
        if not (isinstance(group, exp.Literal) or group is None):
            raise NotExpressible("a regular expression's group that is not a constant")
        found = func("regexp_extract", a, pattern, group or number(1))
        return self._guarded(found, self._fn_regex_match(a.copy(), pattern.copy()))

    def _fn_regex_replace(self, a: exp.Expr, pattern: exp.Expr, by: exp.Expr) -> exp.Expr:
        """The tools write a group with a dollar sign, the engines with a backslash."""
        if not isinstance(by, exp.Literal) or "\\" in str(by.this):
            raise NotExpressible("a replacement that is not a constant without backslashes")
        replacement = exp.Literal.string(re.sub(r"\$(?=[0-9])", r"\\", str(by.this)))
        return func("regexp_replace", a, pattern, replacement, exp.Literal.string("g"))

    # -- types: what can't be converted is null in Tableau, and an error in DAX ------------------

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

    # -- dates -----------------------------------------------------------------------------------

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

    # -- aggregates ------------------------------------------------------------------------------

    def _aggregate(self, function: str, arg: Expr | None) -> exp.Expr:
        if arg is None:
            return exp.Count(this=exp.Star())
        value = self.write(arg)
        if function == "count":
            return exp.Count(this=value)
        if function == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        if function == "any":
            low, high = func("min", value), func("max", value.copy())
            return exp.Case(ifs=[exp.If(this=exp.EQ(this=low, expression=high), true=func("min", value.copy()))])
        if function == "median":
            return func("median", cast(value, "double"))
        if function in _AGGREGATES:
            return func(_AGGREGATES[function], value)
        raise NotExpressible(f"aggregate {function} is not evaluated")
