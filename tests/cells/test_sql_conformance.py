"""One meaning in both engines: every function of the language, evaluated by Hyper and by DuckDB.

Each case runs twice: with its arguments as constants and as columns of a table, because engines
type and fold constants in their own ways. Where an engine differs, the table says so.
"""

import datetime as dt
import math
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from linter.cells.dialects import sql_text
from linter.cells.sql import NotExpressible, SqlWriter, cast, literal
from linter.data.duck import open_database
from linter.data.engine import ColumnRequest, TableRequest
from linter.data.hyper import HyperEngine
from linter.errors import Unreadable
from linter.expressions import (
    AGGREGATES,
    FUNCTIONS,
    Aggregate,
    Call,
    Case,
    Column,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    call,
)

pytest.importorskip("tableauhyperapi", reason="the Hyper engine has no build for this platform")

AS_OF = dt.date(2024, 5, 17)
SQL_TYPES = {bool: "boolean", int: "bigint", float: "double", str: "text", dt.date: "date", dt.datetime: "timestamp"}
D, T = dt.date, dt.datetime


@dataclass(frozen=True)
class Null:
    """A null of a type; a constant null has none."""

    type: str


@dataclass(frozen=True)
class Fixedly:
    """An argument that is always a constant: a date part, a format, a pattern."""

    value: object


@dataclass(frozen=True)
class By:
    """What each engine answers, where they differ."""

    hyper: object
    duckdb: object


class NotWritten:
    """No SQL is written for it: the visual is reported as not evaluated."""


class Refused:
    """The engine refuses the query: the visual is reported as not evaluated."""


K = Fixedly
I, R, S, DATE = Null("bigint"), Null("double"), Null("text"), Null("date")  # noqa: E741
NEW_YEAR, MOMENT = D(2024, 1, 1), T(2024, 2, 29, 13, 45, 59, 900000)

CASES = [
    # three-valued logic
    ("and", (True, True), True), ("and", (True, False), False), ("and", (False, Null("boolean")), False),
    ("and", (True, Null("boolean")), None), ("and", (True,), True), ("and", (True, True, False), False),
    ("or", (False, True), True), ("or", (True, Null("boolean")), True), ("or", (False, Null("boolean")), None),
    ("or", (False, False, False), False), ("not", (True,), False), ("not", (Null("boolean"),), None),
    ("is_null", (S,), True), ("is_null", ("",), False), ("coalesce", (I, 2, 3), 2), ("coalesce", (I, I), None),
    ("coalesce", ("a",), "a"),
    # comparison
    ("eq", (1, 1), True), ("eq", (1, 1.0), True), ("eq", (1, I), None), ("eq", (I, I), None),
    ("eq", ("a", "a "), False),
    ("eq", ("", S), None), ("ne", (1, 2), True), ("ne", (1, I), None), ("lt", (1, 2), True), ("lt", ("a", "b"), True),
    ("lt", (NEW_YEAR, D(2024, 1, 2)), True), ("lt", (I, 1), None), ("le", (2, 2), True), ("gt", (-1, -2), True),
    ("ge", (1, 2), False), ("eq", (True, True), True), ("eq", (NEW_YEAR, T(2024, 1, 1)), True),
    ("in", (1, 1, 2), True), ("in", (3, 1, 2), False), ("in", (1, K(None), 1), True), ("in", (3, K(None), 1), False),
    ("in", (I, K(None), 1), True), ("in", (I, 1, 2), False), ("in", (I, K(None)), True), ("in", (1, K(None)), False),
    ("in", ("b", "a", "b"), True), ("null_safe_eq", (I, I), True), ("null_safe_eq", (1, I), False),
    ("null_safe_eq", (1, 1), True),
    ("greatest", (1, 3, 2), 3), ("greatest", (1, I), None), ("greatest", (I, I), None), ("greatest", (5,), 5),
    ("least", (1, 3, 2), 1), ("least", (I, 1), None), ("least", ("b", "a"), "a"), ("null_if", (1, 1), None),
    ("null_if", (1, 2), 1), ("null_if", (1, I), 1),
    # arithmetic
    ("add", (1, 2), 3), ("add", (1, I), None), ("add", (0.5, 1), 1.5), ("sub", (1, 2), -1), ("sub", (1, -2), 3),
    ("mul", (-3, 2), -6), ("mul", (R, 0), None), ("div", (1, 2), 0.5), ("div", (-7, 2), -3.5), ("div", (1, 0), None),
    ("div", (0, 0), None), ("div", (1.0, 0.0), None), ("div", (I, 1), None), ("idiv", (7, 2), 3), ("idiv", (-7, 2), -3),
    ("idiv", (7, -2), -3), ("idiv", (7, 0), None), ("idiv", (I, 2), None), ("mod", (7, 3), 1), ("mod", (-7, 3), -1),
    ("mod", (7, -3), 1), ("mod", (7, 0), None), ("mod", (-7.5, 2.0), -1.5), ("pow", (2, 10), 1024),
    ("pow", (2, -1), 0.5),
    ("pow", (9, 0.5), 3.0), ("pow", (R, 2), None), ("neg", (5,), -5), ("neg", (-5,), 5), ("neg", (I,), None),
    ("abs", (-5,), 5), ("abs", (-0.5,), 0.5), ("abs", (I,), None), ("round", (2.4,), 2), ("round", (-2.6,), -3),
    ("round", (2.5,), By(2, 3)),  # Hyper rounds halves to even, as it does for Tableau; DAX rounds them away from zero
    ("round", (1234.567, 1), 1234.6), ("round", (1234.567, -2), 1200), ("round", (R,), None),
    ("ceiling", (1.2,), 2), ("ceiling", (-1.2,), -1), ("floor", (1.8,), 1), ("floor", (-1.2,), -2),
    ("floor", (R,), None),
    ("sign", (-2.5,), -1), ("sign", (0,), 0), ("sign", (R,), None), ("sqrt", (9,), 3), ("sqrt", (-1,), None),
    ("exp", (0,), 1), ("ln", (math.e,), 1), ("ln", (0,), None), ("ln", (-1,), None), ("log", (1000, 10), 3),
    ("log", (8, 2), 3), ("log", (0, 10), None), ("log", (10, 1), None), ("sin", (1,), math.sin(1)),
    ("cos", (1,), math.cos(1)),
    ("tan", (1,), math.tan(1)), ("asin", (1,), math.pi / 2), ("asin", (2,), None), ("acos", (0.5,), math.acos(0.5)),
    ("acos", (-2,), None), ("atan", (1,), math.pi / 4), ("atan2", (1, -1), math.atan2(1, -1)),
    ("cot", (0.5,), 1 / math.tan(0.5)), ("radians", (180,), math.pi), ("degrees", (math.pi,), 180), ("pi", (), math.pi),
    ("bin", (7, 5), 5), ("bin", (-1, 5), -5), ("bin", (-5, 5), -5), ("bin", (5, 5), 5), ("bin", (7, 5, 1), 6),
    ("bin", (0, 5, 1), -4), ("bin", (0.29, 0.1), 0.2), ("bin", (I, 5), None), ("bin", (7, 0), None),
    ("pow", (0, -1), By(Refused, math.inf)), ("add", (2**63 - 1, 1), Refused),
    # text
    ("concat", ("a", "b"), "ab"), ("concat", ("a", S), None), ("concat", ("", ""), ""), ("upper", ("aé",), "AÉ"),
    ("lower", ("AÉ",), "aé"), ("upper", (S,), None),
    ("proper", ("anne-marie O'NEIL",), By("Anne-Marie O'Neil", NotWritten)),
    ("length", ("",), 0), ("length", ("é👍 ",), 3), ("length", (S,), None),
    ("left", ("abc", 2), "ab"), ("left", ("abc", 0), ""), ("left", ("abc", -1), ""), ("left", ("abc", 9), "abc"),
    ("left", ("abc", I), None), ("left", (S, 1), None), ("right", ("abc", 2), "bc"), ("right", ("abc", 0), ""),
    ("right", ("abc", -2), ""), ("right", ("abc", 9), "abc"), ("right", ("abc", I), None),
    ("mid", ("abcdef", 2), "bcdef"), ("mid", ("abcdef", 2, 3), "bcd"), ("mid", ("abcdef", 9, 3), ""),
    ("mid", ("abcdef", 2, 0), ""), ("mid", ("abcdef", 2, -1), ""), ("mid", ("abcdef", 0, 2), "ab"),
    ("mid", ("abcdef", -3, 2), "ab"), ("mid", ("abcdef", I, 2), None), ("mid", ("abcdef", 1, I), None),
    ("find", ("banana", "an"), 2), ("find", ("banana", "x"), 0), ("find", ("banana", "an", 2), 2),
    ("find", ("banana", "an", 3), 4), ("find", ("banana", "an", 5), 0), ("find", ("banana", "an", 0), 2),
    ("find", ("banana", "an", -4), 2), ("find", ("banana", "an", 99), 0), ("find", (S, "an"), None),
    ("find", (S, "an", 1), None), ("find", ("banana", S, 1), None), ("find", ("a%b_c", "_"), 4),
    ("find_nth", ("banana", "an", 2), NotWritten),
    ("replace", ("banana", "an", "-"), "b--a"), ("replace", ("a.c", ".", "b"), "abc"),
    ("replace", ("abc", "", "x"), "abc"),
    ("replace", (S, "a", "b"), None), ("trim", ("  a b ",), "a b"), ("ltrim", ("  a ",), "a "),
    ("rtrim", (" a  ",), " a"),
    ("trim", (S,), None), ("contains", ("100%", "%"), True), ("contains", ("abc", "_"), False),
    ("contains", ("abc", "B"), False),
    ("contains", ("abc", ""), True), ("contains", (S, "a"), None), ("starts_with", ("abc", "ab"), True),
    ("starts_with", ("a%c", "a%"), True), ("starts_with", ("abc", "a%"), False), ("starts_with", ("abc", S), None),
    ("starts_with", ("ab", "abc"), False), ("ends_with", ("abc", "bc"), True), ("ends_with", ("abc", "_c"), False),
    ("ends_with", ("abc", ""), True), ("ends_with", (S, "c"), None),
    ("split", ("a-b-c", "-", 1), "a"), ("split", ("a-b-c", "-", 3), "c"), ("split", ("a-b-c", "-", 4), ""),
    ("split", ("a-b-c", "-", -1), "c"), ("split", ("a-b-c", "-", -3), "a"), ("split", ("a-b-c", "-", -4), ""),
    ("split", ("a-b-c", "-", 0), None), ("split", ("abc", "", 1), None), ("split", ("a--b", "--", 2), "b"),
    ("split", (S, "-", 1), None), ("space", (3,), "   "), ("space", (0,), ""), ("space", (-1,), ""),
    ("space", (I,), None),
    ("char", (65,), "A"), ("char", (128077,), "👍"), ("ascii", ("A",), 65), ("ascii", ("",), 0), ("ascii", (S,), None),
    ("regex_match", ("ab12", K("[0-9]+$")), True), ("regex_match", ("ab12", K("^[0-9]")), False),
    ("regex_match", (S, K("a")), None),
    ("regex_extract", ("ab12", K("([a-z]+)([0-9]+)")), "ab"),
    ("regex_extract", ("ab12", K("([a-z]+)([0-9]+)"), K(2)), "12"),
    ("regex_extract", ("ab", K("([0-9]+)")), None), ("regex_extract", ("abc", K("b(x?)c")), ""),
    ("regex_extract", (S, K("(a)")), None),
    ("regex_replace", ("a1b22", K("[0-9]+"), K("#")), "a#b#"), ("regex_replace", ("ab", K("(a)(b)"), K("$2$1")), "ba"),
    ("regex_replace", ("ab", K("b"), K(r"\1")), NotWritten), ("regex_replace", (S, K("b"), K("c")), None),
    # types: text that is no number is null in Tableau and an error in DAX
    ("to_int", (2.9,), 2), ("to_int", (-2.9,), -2), ("to_int", ("12.7",), 12), ("to_int", ("-12.7",), -12),
    ("to_int", (" 42 ",), 42), ("to_int", ("abc",), By(None, Refused)), ("to_int", ("",), By(None, Refused)),
    ("to_int", (2**53 + 1,), 2**53 + 1), ("to_int", (str(2**53 + 1),), 2**53 + 1), ("to_int", (1e30,), None),
    ("to_int", (R,), None),
    ("to_float", ("1.5",), 1.5), ("to_float", ("1e3",), 1000), ("to_float", ("x",), By(None, Refused)),
    ("to_float", (3,), 3),
    ("to_float", (S,), None), ("to_text", (1,), "1"), ("to_text", (3.0,), "3"), ("to_text", (1.5,), "1.5"),
    ("to_text", ("3.0",), "3.0"), ("to_text", (True,), "true"), ("to_text", (NEW_YEAR,), "2024-01-01"),
    ("to_text", (I,), None),
    ("to_date", ("2024-02-29",), D(2024, 2, 29)), ("to_date", (MOMENT,), D(2024, 2, 29)), ("to_date", (DATE,), None),
    ("to_date", ("2023-02-29",), By(None, Refused)), ("to_date", ("rubbish",), By(None, Refused)),
    ("to_date", ("02/01/2024",), Refused), ("to_date", ("2/1/24",), Refused), ("to_date", ("2.1.2024 10:00",), Refused),
    ("to_datetime", ("2024-02-29 13:45:59",), T(2024, 2, 29, 13, 45, 59)), ("to_datetime", (NEW_YEAR,), T(2024, 1, 1)),
    ("to_datetime", ("1/2/2024 10:00",), Refused), ("to_datetime", ("x",), By(None, Refused)),
    ("to_bool", ("true",), True), ("to_bool", ("x",), By(None, Refused)), ("to_bool", (0,), False),
    ("to_bool", (7,), True),
    ("is_date", ("2024-01-01",), NotWritten),
    ("parse_date", ("31.12.2023", K("dd.MM.yyyy")), T(2023, 12, 31)),
    ("parse_date", ("1.2.2023", K("d.M.yyyy")), T(2023, 2, 1)),
    ("parse_date", ("20231231", K("yyyyMMdd")), T(2023, 12, 31)), ("parse_date", ("2023123", K("yyyyMMdd")), None),
    ("parse_date", ("5 Jan 2023", K("d MMM yyyy")), T(2023, 1, 5)),
    ("parse_date", ("5 MARCH 2023", K("d MMMM yyyy")), T(2023, 3, 5)),
    ("parse_date", ("2023-01-05 11:12:13 PM", K("yyyy-MM-dd hh:mm:ss a")), T(2023, 1, 5, 23, 12, 13)),
    ("parse_date", ("2023-01-05 rubbish", K("yyyy-MM-dd")), None),
    ("parse_date", ("2023/01/05", K("yyyy-MM-dd")), None),
    ("parse_date", ("", K("yyyy-MM-dd")), None), ("parse_date", (S, K("yyyy-MM-dd")), None),
    ("parse_date", ("2023-02-30", K("yyyy-MM-dd")), Refused), ("parse_date", ("1.2.23", K("d.M.yy")), NotWritten),
    ("parse_date", ("x", K("'T'HH")), NotWritten), ("parse_date", ("x", K("dd%Y")), NotWritten),
    # dates
    *(
        ("date_part", (K(unit), MOMENT), answer)
        for unit, answer in {
            "year": 2024, "quarter": 1, "month": 2, "week": 9, "weekday": 5, "day": 29, "dayofyear": 60, "hour": 13,
            "minute": 45, "second": 59, "iso_year": 2024, "iso_quarter": 1, "iso_week": 9, "iso_weekday": 4,
        }.items()
    ),
    ("date_part", (K("iso_year"), D(2021, 1, 3)), 2020), ("date_part", (K("iso_week"), D(2021, 1, 3)), 53),
    ("date_part", (K("iso_quarter"), D(2021, 1, 3)), 4), ("date_part", (K("week"), D(2021, 1, 2)), 1),
    ("date_part", (K("week"), D(2021, 1, 3)), 2), ("date_part", (K("week"), D(2021, 1, 3), K(1)), 1),
    ("date_part", (K("hour"), NEW_YEAR), 0), ("date_part", (K("year"), DATE), None),
    ("date_part", (K("week"), DATE), None),
    ("date_part", (K("week"), NEW_YEAR, K(9)), NotWritten), ("date_part", (K("nonsense"), NEW_YEAR), NotWritten),
    ("date_name", (K("month"), NEW_YEAR), "January"), ("date_name", (K("weekday"), NEW_YEAR), "Monday"),
    ("date_name", (K("year"), NEW_YEAR), "2024"), ("date_name", (K("quarter"), NEW_YEAR), "1"),
    ("date_name", (K("month"), DATE), None),
    *(
        ("date_trunc", (K(unit), MOMENT), answer)
        for unit, answer in {
            "year": T(2024, 1, 1), "quarter": T(2024, 1, 1), "month": T(2024, 2, 1), "week": T(2024, 2, 25),
            "iso_week": T(2024, 2, 26), "weekday": T(2024, 2, 29), "iso_weekday": T(2024, 2, 29), "day": T(2024, 2, 29),
            "dayofyear": T(2024, 2, 29), "hour": T(2024, 2, 29, 13), "minute": T(2024, 2, 29, 13, 45),
            "second": T(2024, 2, 29, 13, 45, 59), "iso_year": NotWritten, "iso_quarter": NotWritten,
        }.items()
    ),
    ("date_trunc", (K("week"), D(2021, 1, 3), K(1)), T(2020, 12, 28)), ("date_trunc", (K("month"), DATE), None),
    ("date_add", (K("month"), 1, D(2024, 1, 31)), T(2024, 2, 29)),
    ("date_add", (K("month"), -1, D(2024, 3, 31)), T(2024, 2, 29)),
    ("date_add", (K("year"), 1, D(2024, 2, 29)), T(2025, 2, 28)),
    ("date_add", (K("quarter"), 1, D(2023, 11, 30)), T(2024, 2, 29)),
    ("date_add", (K("week"), -1, NEW_YEAR), T(2023, 12, 25)), ("date_add", (K("day"), 60, NEW_YEAR), T(2024, 3, 1)),
    ("date_add", (K("hour"), 25, NEW_YEAR), T(2024, 1, 2, 1)),
    ("date_add", (K("second"), -1, NEW_YEAR), T(2023, 12, 31, 23, 59, 59)),
    ("date_add", (K("month"), 1.9, NEW_YEAR), T(2024, 2, 1)), ("date_add", (K("day"), I, NEW_YEAR), None),
    ("date_add", (K("iso_week"), 1, NEW_YEAR), NotWritten),
    ("date_diff", (K("year"), D(2023, 12, 31), NEW_YEAR), 1),
    ("date_diff", (K("month"), D(2024, 1, 31), D(2024, 2, 1)), 1),
    ("date_diff", (K("quarter"), NEW_YEAR, D(2023, 12, 31)), -1),
    ("date_diff", (K("day"), T(2024, 1, 1, 23), T(2024, 1, 2, 1)), 1),
    ("date_diff", (K("hour"), T(2024, 1, 1, 1, 59), T(2024, 1, 1, 2)), 1),
    ("date_diff", (K("week"), D(2021, 1, 2), D(2021, 1, 3)), 1),
    ("date_diff", (K("week"), D(2021, 1, 2), D(2021, 1, 3), K(1)), 0), ("date_diff", (K("day"), DATE, NEW_YEAR), None),
    ("date_diff", (K("iso_year"), NEW_YEAR, NEW_YEAR), NotWritten),
    ("make_date", (2024, 2, 29), D(2024, 2, 29)), ("make_date", (2023, 2, 29), Refused),
    ("make_date", (2023, 13, 1), Refused),
    ("make_date", (I, 1, 1), None), ("make_time", (13, 45, 59), T(1899, 12, 30, 13, 45, 59)),
    ("make_datetime", (D(2024, 2, 29), T(1899, 12, 30, 13, 45)), T(2024, 2, 29, 13, 45)),
    ("make_datetime", (T(2024, 2, 29, 1), T(2020, 1, 1, 13, 45)), T(2024, 2, 29, 13, 45)),
    ("make_datetime", (DATE, MOMENT), None),
    ("today", (), AS_OF), ("now", (), T(2024, 5, 17)), ("year_month", (MOMENT,), 202402),
    ("year_month_day", (MOMENT,), 20240229),
    ("year_month", (DATE,), None),
]  # fmt: skip


class Both:
    """The two engines with one table of every argument of the cases."""

    def __init__(self, hyper, duck):
        self.run = {"hyper": hyper.rows, "duckdb": lambda sql: duck.execute(sql).fetchall()}
        plain = [a for _, args, _ in CASES for a in args if not isinstance(a, Fixedly)]
        self.columns = {key(a): f"c{i}" for i, a in enumerate({key(a): a for a in plain}.values())}
        values = {key(a): a for a in plain}
        typed = [
            cast(sql(a), a.type if isinstance(a, Null) else SQL_TYPES[type(a)]).as_(self.columns[k])
            for k, a in values.items()
        ]
        for engine, run in self.run.items():
            made = exp.Create(this=exp.to_table("v"), kind="TABLE", expression=exp.select(*typed))
            if engine == "hyper":
                made.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
            run(sql_text(made, engine))

    def writer(self, engine, column=exp.column, *, fold_case=False):
        return SqlWriter(engine, lambda c: column(c.name), AS_OF, fold_case=fold_case)

    def evaluate(self, engine, expr, source="v"):
        query = exp.select(self.writer(engine).write(expr).as_("x")).from_(source)
        return [normal(row[0]) for row in self.answer(engine, query)]

    def answer(self, engine, query):
        try:
            return self.run[engine](sql_text(query, engine))
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(str(error)) from error


def sql(argument):
    return exp.null() if isinstance(argument, Null) else literal(argument)


def key(argument):
    return type(argument).__name__, repr(argument)


def normal(value):
    """An engine's value as plain Python."""
    for method in ("to_datetime", "to_date"):
        if hasattr(value, method):
            return getattr(value, method)()
    return float(value) if type(value).__name__ == "Decimal" else value


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    hyper = HyperEngine(str(tmp_path_factory.mktemp("hyper")))
    duck = open_database()
    yield Both(hyper, duck)
    duck.close()
    hyper.close()


def outcome(both, engine, expr):
    try:
        return both.evaluate(engine, expr)[0]
    except NotExpressible:
        return NotWritten
    except Unreadable:
        return Refused


def same(found, expected):
    if isinstance(expected, float | int) and not isinstance(expected, bool):
        return not isinstance(found, bool | str | type | None) and found == pytest.approx(expected, rel=1e-12)
    return found == expected and type(found) is type(expected)


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize("form", ["constants", "columns"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}{case[1]}"[:60])
def test_function(both, engine, form, case):
    def argument(value):
        if isinstance(value, Fixedly):
            return Literal(value.value)
        if form == "columns":
            return Column("v", both.columns[key(value)])
        return Literal(None if isinstance(value, Null) else value)

    function, args, expected = case
    expected = getattr(expected, engine) if isinstance(expected, By) else expected
    found = outcome(both, engine, call(function, *map(argument, args)))
    assert same(found, expected), f"{found!r}, not {expected!r}"


def test_every_function_has_a_case():
    assert {function for function, _, _ in CASES} == set(FUNCTIONS)


# -- dates against Python ------------------------------------------------------------------------

DAYS = [D(2014, 12, 25) + dt.timedelta(days=i) for i in range(18 * 366)]
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


def weekday(day, first):
    """Days since the first day of the week (0 = Sunday), 0..6."""
    return (day.isoweekday() - first) % 7


def week(day, first):
    """Number of the week in its year; week 1 holds 1 January."""
    return (day.timetuple().tm_yday - 1 + weekday(D(day.year, 1, 1), first)) // 7 + 1


def truncated(unit, moment, first=0):
    day = T(moment.year, moment.month, moment.day)
    match unit:
        case "year":
            return T(moment.year, 1, 1)
        case "quarter":
            return T(moment.year, (moment.month - 1) // 3 * 3 + 1, 1)
        case "month":
            return T(moment.year, moment.month, 1)
        case "week":
            return day - dt.timedelta(days=weekday(day, first))
        case "day":
            return day
    return moment.replace(
        microsecond=0, second=0 if unit != "second" else moment.second, minute=moment.minute if unit != "hour" else 0
    )


def boundaries(unit, start, end, first=0):
    a, b = truncated(unit, start, first), truncated(unit, end, first)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months:
        return ((b.year - a.year) * 12 + b.month - a.month) // months
    return (b - a) // dt.timedelta(**{f"{unit}s": 1})


def added(unit, count, moment):
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if not months:
        return moment + dt.timedelta(**{f"{unit}s": count})
    year, month = divmod(moment.year * 12 + moment.month - 1 + count * months, 12)
    last = (D(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


@pytest.fixture(scope="module")
def days(both):
    """A table of consecutive days in both engines."""
    for engine, run in both.run.items():
        kind = "temporary table" if engine == "hyper" else "table"
        series = f"generate_series(0, {len(DAYS) - 1}) as s(i)"
        run(f"create {kind} days as select date '{DAYS[0]}' + cast(i as int) as d from {series}")
    return both


def every_day(both, engine, exprs):
    writer = both.writer(engine)
    query = exp.select("d", *(writer.write(e).as_(f"x{i}") for i, e in enumerate(exprs))).from_("days").order_by("d")
    rows = [[normal(v) for v in row] for row in both.answer(engine, query)]
    assert [row[0] for row in rows] == DAYS
    return [row[1:] for row in rows]


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_weeks_of_eighteen_years(days, engine):
    parts = [(unit, first) for unit in ("week", "weekday") for first in range(7)]
    exprs = [call("date_part", Literal(unit), Column("days", "d"), Literal(first)) for unit, first in parts]
    expected = [[week(d, f) if unit == "week" else weekday(d, f) + 1 for unit, f in parts] for d in DAYS]
    assert every_day(days, engine, exprs) == expected


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_week_starts_of_eighteen_years(days, engine):
    exprs = [call("date_trunc", Literal("week"), Column("days", "d"), Literal(first)) for first in range(7)]
    expected = [[truncated("week", T(d.year, d.month, d.day), first) for first in range(7)] for d in DAYS]
    assert every_day(days, engine, exprs) == expected


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_iso_parts_of_eighteen_years(days, engine):
    units = ("iso_year", "iso_week", "iso_weekday", "iso_quarter", "dayofyear", "quarter", "month", "day", "year")
    expected = []
    for d in DAYS:
        year, number, iso_day = d.isocalendar()
        yday, quarter = d.timetuple().tm_yday, (d.month - 1) // 3 + 1
        expected.append([year, number, iso_day, min((number - 1) // 13 + 1, 4), yday, quarter, d.month, d.day, d.year])
    assert every_day(days, engine, [call("date_part", Literal(u), Column("days", "d")) for u in units]) == expected


moments = st.datetimes(T(1900, 1, 1), T(2100, 1, 1)).map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000))


@given(st.sampled_from(UNITS), st.tuples(moments, moments), st.integers(0, 6), st.integers(-500, 500))
def test_date_arithmetic_is_that_of_the_calendar(both, unit, span, first, count):
    start, end = span
    week_start = (Literal(first),) if unit == "week" else ()
    ends, part = (Literal(start), Literal(end)), Literal(unit)
    for engine in both.run:
        assert both.evaluate(engine, call("date_diff", part, *ends, *week_start)) == [
            boundaries(unit, start, end, first)
        ]
        assert both.evaluate(engine, call("date_trunc", part, Literal(start), *week_start)) == [
            truncated(unit, start, first)
        ]
        assert both.evaluate(engine, call("date_add", part, Literal(count), Literal(start))) == [
            added(unit, count, start)
        ]


# -- text: collation, and constants and names that try to be SQL ----------------------------------

HOSTILE = [
    "'; drop table v; --", "it's", "''", "\\", "\\'", "\\\\' or 1=1 --", 'a"b', "/* x */", "$$x$$", "%_", "{{x}}", "?",
    ":x", "@x",
    "é👍\u202e", "E'\\n'", "a\nb", "\t", "U&'\\0041'", "", " ", "null", "N'x'", "\u2019", "select 1;",
]  # fmt: skip


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_constant_stays_a_constant(both, engine, text):
    assert both.evaluate(engine, Literal(text)) == [text]
    assert both.evaluate(engine, call("eq", Literal(text), Literal(text))) == [True]
    assert both.evaluate(engine, call("in", Literal(text), Literal(text), Literal("x"))) == [True]
    assert both.evaluate(engine, call("length", call("concat", Literal(text), Literal("!")))) == [len(text) + 1]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_stays_a_constant(both, text):
    for engine in both.run:
        assert both.evaluate(engine, Literal(text)) == [text]


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_a_name_stays_a_name(both, engine):
    names = [name for name in HOSTILE if name]
    fields = [literal(i).as_(name, quoted=True) for i, name in enumerate(names)]
    table = exp.Table(this=exp.to_identifier('t"; drop table v; --', quoted=True))
    made = exp.Create(this=table, kind="TABLE", expression=exp.select(*fields))
    if engine == "hyper":
        made.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
    both.answer(engine, made)
    writer = both.writer(engine)
    chosen = [writer.write(Column("t", name)).as_(f"x{i}") for i, name in enumerate(names)]
    query = exp.select(*chosen).from_(table.copy())
    assert list(both.answer(engine, query)[0]) == list(range(len(names)))
    assert both.evaluate(engine, Literal(1)) == [1]  # and the other table is still there


@pytest.fixture(scope="module")
def pupils(both, tmp_path_factory):
    """A column that Tableau compares without case, and the same under Power BI's rules."""
    file = tmp_path_factory.mktemp("flat") / "pupils.csv"
    file.write_text("a,b\nSEN,sen\nsen,Sen\nÉcole,école\nEcole,x\n,\n", "utf-8")
    engine = HyperEngine(str(file.parent))
    columns = tuple(ColumnRequest(n, n, "text", "en_GB_CI") for n in "ab")
    [loaded] = engine.load([TableRequest("t", "csv", str(file), (), columns)])
    duck = open_database()
    rows_of = "values ('SEN','sen'), ('sen','Sen'), ('École','école'), ('Ecole','x'), (null, null)"
    duck.execute(f"create table t as select * from ({rows_of}) v(a, b)")

    def rows(name, expr):
        if name == "hyper":
            writer = SqlWriter(name, lambda c: exp.column(loaded.columns[c.name]), AS_OF, fold_case=False)
            return [r[0] for r in engine.rows(sql_text(exp.select(writer.write(expr)).from_(loaded.relation[0]), name))]
        writer = SqlWriter(name, lambda c: exp.column(c.name), AS_OF, fold_case=True)
        return [r[0] for r in duck.execute(sql_text(exp.select(writer.write(expr)).from_("t"), name)).fetchall()]

    yield rows
    duck.close()
    engine.close()


A, B = Column("t", "a"), Column("t", "b")
COLLATED = [
    (call("eq", A, Literal("sEn")), [True, True, False, False, None]),
    (call("eq", A, B), [True, True, True, False, None]),
    (call("ne", A, B), [False, False, False, True, None]),
    (call("null_safe_eq", A, B), [True, True, True, False, True]),
    (call("in", A, Literal("SeN"), Literal("éCOLE")), [True, True, True, False, False]),
    (call("in", A, B), [True, True, True, False, False]),
    (call("starts_with", A, Literal("S")), [True, True, False, False, None]),
    (call("ends_with", A, Literal("N")), [True, True, False, False, None]),
    (call("contains", A, Literal("E")), [True, True, True, True, None]),
    (Aggregate("count_distinct", A), [3]),
    (Case(((call("eq", A, Literal("SEN")), Literal(1)),), Literal(0)), [1, 1, 0, 0, 0]),
]


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize(("expr", "expected"), COLLATED)
def test_text_compares_without_case_where_the_tool_does(pupils, engine, expr, expected):
    assert pupils(engine, expr) == expected


# -- the rest of the language ---------------------------------------------------------------------

NUMBERS = "(select x, i from (values (1, 1e0), (1, 2e0), (2, 4e0), (2, null), (3, null)) as t(i, x)) as n"
AGGREGATED = {
    "sum": 7, "avg": 7 / 3, "count": 3, "count_distinct": 3, "min": 1, "max": 4, "median": 2, "any": None,
    "stdev": math.sqrt(7 / 3), "stdevp": math.sqrt(14 / 9), "var": 7 / 3, "varp": 14 / 9,
    "percentile": NotWritten, "corr": NotWritten, "covar": NotWritten, "covarp": NotWritten, "collect": NotWritten,
}  # fmt: skip


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize("function", sorted(AGGREGATES))
def test_aggregate(both, engine, function):
    try:
        [found] = both.evaluate(engine, Aggregate(function, Column("n", "x")), NUMBERS)
    except NotExpressible:
        found = NotWritten
    assert same(found, AGGREGATED[function])


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_count_of_rows_and_the_only_value(both, engine):
    assert both.evaluate(engine, Aggregate("count", None), NUMBERS) == [5]
    assert both.evaluate(engine, Aggregate("any", call("mul", Column("n", "i"), Literal(0))), NUMBERS) == [0]


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
def test_case_takes_the_first_true_branch(both, engine):
    null, yes = Literal(None), Literal(True)
    assert both.evaluate(engine, Case(((call("eq", null, Literal(1)), Literal("a")), (yes, Literal("b"))))) == ["b"]
    assert both.evaluate(engine, Case(((Literal(False), Literal("a")),))) == [None]
    assert both.evaluate(engine, Case(((yes, Literal("a")), (yes, Literal("b"))), Literal("c"))) == ["a"]


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (call("eq", Unsupported("a table calculation"), Literal(1)), "a table calculation"),
        (Fixed((), Aggregate("sum", Column("v", "c0"))), "level of detail"),
        (TopMembers((), Aggregate("count", None), 3), "top-N"),
        (Literal(math.nan), "no finite number"),
        (Literal(math.inf), "no finite number"),
        (Call("date_part", (Column("v", "c0"), Literal(NEW_YEAR))), "not a constant"),
        (Call("find_nth", (Literal("a"), Literal("a"), Literal(1))), "find_nth"),
    ],
)
def test_what_has_no_sql_says_why(both, engine, expr, reason):
    with pytest.raises(NotExpressible, match=reason):
        both.writer(engine).write(expr)


@pytest.mark.parametrize("engine", ["hyper", "duckdb"])
@pytest.mark.parametrize(("a", "b", "c"), list(product((True, False, None), repeat=3)))
def test_logic_has_three_values(both, engine, a, b, c):
    def kleene_and(*parts):
        return False if False in parts else None if None in parts else True

    x, y, z = (exp.cast(literal(v), "boolean") for v in (a, b, c))
    table = exp.select(x.as_("x"), y.as_("y"), z.as_("z")).subquery("l")
    x, y, z = (Column("l", n) for n in "xyz")
    assert both.evaluate(engine, call("and", x, y, z), table) == [kleene_and(a, b, c)]
    nested = call("not", call("or", call("not", x), call("not", call("and", y, z))))
    assert both.evaluate(engine, nested, table) == [kleene_and(a, b, c)]
