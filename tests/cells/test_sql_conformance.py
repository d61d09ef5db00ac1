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
from linter.expressions import AGGREGATES, FUNCTIONS, Aggregate, Call, Case, Column, Fixed, Literal, TopMembers, Unsupported, call

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
    ("eq", (1, 1), True), ("eq", (1, 1.0), True), ("eq", (1, I), None), ("eq", (I, I), None), ("eq", ("a", "a "), False),
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
    ("mod", (7, -3), 1), ("mod", (7, 0), None), ("mod", (-7.5, 2.0), -1.5), ("pow", (2, 10), 1024), ("pow", (2, -1), 0.5),
    ("pow", (9, 0.5), 3.0), ("pow", (R, 2), None), ("neg", (5,), -5), ("neg", (-5,), 5), ("neg", (I,), None),
    ("abs", (-5,), 5), ("abs", (-0.5,), 0.5), ("abs", (I,), None), ("round", (2.4,), 2), ("round", (-2.6,), -3),
    ("round", (2.5,), By(2, 3)),  # Hyper rounds halves to even, as it does for Tableau; DAX rounds them away from zero
    ("round", (1234.567, 1), 1234.6), ("round", (1234.567, -2), 1200), ("round", (R,), None),
    ("ceiling", (1.2,), 2), ("ceiling", (-1.2,), -1), ("floor", (1.8,), 1), ("floor", (-1.2,), -2), ("floor", (R,), None),
    ("sign", (-2.5,), -1), ("sign", (0,), 0), ("sign", (R,), None), ("sqrt", (9,), 3), ("sqrt", (-1,), None),
    ("exp", (0,), 1), ("ln", (math.e,), 1), ("ln", (0,), None), ("ln", (-1,), None), ("log", (1000, 10), 3),
    ("log", (8, 2), 3), ("log", (0, 10), None), ("log", (10, 1), None), ("sin", (1,), math.sin(1)), ("cos", (1,), math.cos(1)),
    ("tan", (1,), math.tan(1)), ("asin", (1,), math.pi / 2), ("asin", (2,), None), ("acos", (0.5,), math.acos(0.5)),
    ("acos", (-2,), None), ("atan", (1,), math.pi / 4), ("atan2", (1, -1), math.atan2(1, -1)),
    ("cot", (0.5,), 1 / math.tan(0.5)), ("radians", (180,), math.pi), ("degrees", (math.pi,), 180), ("pi", (), math.pi),
    ("bin", (7, 5), 5), ("bin", (-1, 5), -5), ("bin", (-5, 5), -5), ("bin", (5, 5), 5), ("bin", (7, 5, 1), 6),
    ("bin", (0, 5, 1), -4), ("bin", (0.29, 0.1), 0.2), ("bin", (I, 5), None), ("bin", (7, 0), None),
    ("pow", (0, -1), By(Refused, math.inf)), ("add", (2**63 - 1, 1), Refused),
    # text
    ("concat", ("a", "b"), "ab"), ("concat", ("a", S), None), ("concat", ("", ""), ""), ("upper", ("aé",), "AÉ"),
    ("lower", ("AÉ",), "aé"), ("upper", (S,), None), ("proper", ("anne-marie O'NEIL",), By("Anne-Marie O'Neil", NotWritten)),
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
    ("replace", ("banana", "an", "-"), "b--a"), ("replace", ("a.c", ".", "b"), "abc"), ("replace", ("abc", "", "x"), "abc"),
    ("replace", (S, "a", "b"), None), ("trim", ("  a b ",), "a b"), ("ltrim", ("  a ",), "a "), ("rtrim", (" a  ",), " a"),
    ("trim", (S,), None), ("contains", ("100%", "%"), True), ("contains", ("abc", "_"), False), ("contains", ("abc", "B"), False),
    ("contains", ("abc", ""), True), ("contains", (S, "a"), None), ("starts_with", ("abc", "ab"), True),
    ("starts_with", ("a%c", "a%"), True), ("starts_with", ("abc", "a%"), False), ("starts_with", ("abc", S), None),
    ("starts_with", ("ab", "abc"), False), ("ends_with", ("abc", "bc"), True), ("ends_with", ("abc", "_c"), False),
    ("ends_with", ("abc", ""), True), ("ends_with", (S, "c"), None),
    ("split", ("a-b-c", "-", 1), "a"), ("split", ("a-b-c", "-", 3), "c"), ("split", ("a-b-c", "-", 4), ""),
    ("split", ("a-b-c", "-", -1), "c"), ("split", ("a-b-c", "-", -3), "a"), ("split", ("a-b-c", "-", -4), ""),
    ("split", ("a-b-c", "-", 0), None), ("split", ("abc", "", 1), None), ("split", ("a--b", "--", 2), "b"),
    ("split", (S, "-", 1), None), ("space", (3,), "   "), ("space", (0,), ""), ("space", (-1,), ""), ("space", (I,), None),
    ("char", (65,), "A"), ("char", (128077,), "👍"), ("ascii", ("A",), 65), ("ascii", ("",), 0), ("ascii", (S,), None),
    ("regex_match", ("ab12", K("[0-9]+$")), True), ("regex_match", ("ab12", K("^[0-9]")), False), ("regex_match", (S, K("a")), None),
    ("regex_extract", ("ab12", K("([a-z]+)([0-9]+)")), "ab"), ("regex_extract", ("ab12", K("([a-z]+)([0-9]+)"), K(2)), "12"),
    ("regex_extract", ("ab", K("([0-9]+)")), None), ("regex_extract", ("abc", K("b(x?)c")), ""), ("regex_extract", (S, K("(a)")), None),
    ("regex_replace", ("a1b22", K("[0-9]+"), K("#")), "a#b#"), ("regex_replace", ("ab", K("(a)(b)"), K("$2$1")), "ba"),
    ("regex_replace", ("ab", K("b"), K(r"\1")), NotWritten), ("regex_replace", (S, K("b"), K("c")), None),
    # types: text that is no number is null in Tableau and an error in DAX
    ("to_int", (2.9,), 2), ("to_int", (-2.9,), -2), ("to_int", ("12.7",), 12), ("to_int", ("-12.7",), -12),
    ("to_int", (" 42 ",), 42), ("to_int", ("abc",), By(None, Refused)), ("to_int", ("",), By(None, Refused)),
    ("to_int", (2**53 + 1,), 2**53 + 1), ("to_int", (str(2**53 + 1),), 2**53 + 1), ("to_int", (1e30,), None), ("to_int", (R,), None),
    ("to_float", ("1.5",), 1.5), ("to_float", ("1e3",), 1000), ("to_float", ("x",), By(None, Refused)), ("to_float", (3,), 3),
    ("to_float", (S,), None), ("to_text", (1,), "1"), ("to_text", (3.0,), "3"), ("to_text", (1.5,), "1.5"),
    ("to_text", ("3.0",), "3.0"), ("to_text", (True,), "true"), ("to_text", (NEW_YEAR,), "2024-01-01"), ("to_text", (I,), None),
    ("to_date", ("2024-02-29",), D(2024, 2, 29)), ("to_date", (MOMENT,), D(2024, 2, 29)), ("to_date", (DATE,), None),
    ("to_date", ("2023-02-29",), By(None, Refused)), ("to_date", ("rubbish",), By(None, Refused)),
    ("to_date", ("02/01/2024",), Refused), ("to_date", ("2/1/24",), Refused), ("to_date", ("2.1.2024 10:00",), Refused),
    ("to_datetime", ("2024-02-29 13:45:59",), T(2024, 2, 29, 13, 45, 59)), ("to_datetime", (NEW_YEAR,), T(2024, 1, 1)),
    ("to_datetime", ("1/2/2024 10:00",), Refused), ("to_datetime", ("x",), By(None, Refused)),
    ("to_bool", ("true",), True), ("to_bool", ("x",), By(None, Refused)), ("to_bool", (0,), False), ("to_bool", (7,), True),
    ("is_date", ("2024-01-01",), NotWritten),
    ("parse_date", ("31.12.2023", K("dd.MM.yyyy")), T(2023, 12, 31)), ("parse_date", ("1.2.2023", K("d.M.yyyy")), T(2023, 2, 1)),
    ("parse_date", ("20231231", K("yyyyMMdd")), T(2023, 12, 31)), ("parse_date", ("2023123", K("yyyyMMdd")), None),
    ("parse_date", ("5 Jan 2023", K("d MMM yyyy")), T(2023, 1, 5)), ("parse_date", ("5 MARCH 2023", K("d MMMM yyyy")), T(2023, 3, 5)),
    ("parse_date", ("2023-01-05 11:12:13 PM", K("yyyy-MM-dd hh:mm:ss a")), T(2023, 1, 5, 23, 12, 13)),
    ("parse_date", ("2023-01-05 rubbish", K("yyyy-MM-dd")), None), ("parse_date", ("2023/01/05", K("yyyy-MM-dd")), None),
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
    ("date_part", (K("hour"), NEW_YEAR), 0), ("date_part", (K("year"), DATE), None), ("date_part", (K("week"), DATE), None),
    ("date_part", (K("week"), NEW_YEAR, K(9)), NotWritten), ("date_part", (K("nonsense"), NEW_YEAR), NotWritten),
    ("date_name", (K("month"), NEW_YEAR), "January"), ("date_name", (K("weekday"), NEW_YEAR), "Monday"),
    ("date_name", (K("year"), NEW_YEAR), "2024"), ("date_name", (K("quarter"), NEW_YEAR), "1"), ("date_name", (K("month"), DATE), None),
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
    ("date_add", (K("month"), 1, D(2024, 1, 31)), T(2024, 2, 29)), ("date_add", (K("month"), -1, D(2024, 3, 31)), T(2024, 2, 29)),
    ("date_add", (K("year"), 1, D(2024, 2, 29)), T(2025, 2, 28)), ("date_add", (K("quarter"), 1, D(2023, 11, 30)), T(2024, 2, 29)),
    ("date_add", (K("week"), -1, NEW_YEAR), T(2023, 12, 25)), ("date_add", (K("day"), 60, NEW_YEAR), T(2024, 3, 1)),
    ("date_add", (K("hour"), 25, NEW_YEAR), T(2024, 1, 2, 1)), ("date_add", (K("second"), -1, NEW_YEAR), T(2023, 12, 31, 23, 59, 59)),
    ("date_add", (K("month"), 1.9, NEW_YEAR), T(2024, 2, 1)), ("date_add", (K("day"), I, NEW_YEAR), None),
    ("date_add", (K("iso_week"), 1, NEW_YEAR), NotWritten),
    ("date_diff", (K("year"), D(2023, 12, 31), NEW_YEAR), 1), ("date_diff", (K("month"), D(2024, 1, 31), D(2024, 2, 1)), 1),
    ("date_diff", (K("quarter"), NEW_YEAR, D(2023, 12, 31)), -1), ("date_diff", (K("day"), T(2024, 1, 1, 23), T(2024, 1, 2, 1)), 1),
    ("date_diff", (K("hour"), T(2024, 1, 1, 1, 59), T(2024, 1, 1, 2)), 1), ("date_diff", (K("week"), D(2021, 1, 2), D(2021, 1, 3)), 1),
    ("date_diff", (K("week"), D(2021, 1, 2), D(2021, 1, 3), K(1)), 0), ("date_diff", (K("day"), DATE, NEW_YEAR), None),
    ("date_diff", (K("iso_year"), NEW_YEAR, NEW_YEAR), NotWritten),
    ("make_date", (2024, 2, 29), D(2024, 2, 29)), ("make_date", (2023, 2, 29), Refused), ("make_date", (2023, 13, 1), Refused),
    ("make_date", (I, 1, 1), None), ("make_time", (13, 45, 59), T(1899, 12, 30, 13, 45, 59)),
    ("make_datetime", (D(2024, 2, 29), T(1899, 12, 30, 13, 45)), T(2024, 2, 29, 13, 45)),
    ("make_datetime", (T(2024, 2, 29, 1), T(2020, 1, 1, 13, 45)), T(2024, 2, 29, 13, 45)), ("make_datetime", (DATE, MOMENT), None),
    ("today", (), AS_OF), ("now", (), T(2024, 5, 17)), ("year_month", (MOMENT,), 202402), ("year_month_day", (MOMENT,), 20240229),
    ("year_month", (DATE,), None),
]  # fmt: skip


class Both:
    """The two engines with one table of every argument of the cases."""

    def __init__(self, hyper, duck):
        self.run = {"hyper": hyper.rows, "duckdb": lambda sql: duck.execute(sql).fetchall()}
        plain = [a for _, args, _ in CASES for a in args if not isinstance(a, Fixedly)]
        self.columns = {key(a): f"c{i}" for i, a in enumerate({key(a): a for a in plain}.values())}
        values = {key(a): a for a in plain}
        typed = [cast(sql(a), a.type if isinstance(a, Null) else SQL_TYPES[type(a)]).as_(self.columns[k]) for k, a in values.items()]
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
@pytest.mark.parametrize(("function", "args", "expected"), CASES, ids=lambda v: str(v)[:40] if isinstance(v, str | tuple) else "")
def test_function(both, engine, form, function, args, expected):
    def argument(value):
        if isinstance(value, Fixedly):
            return Literal(value.value)
        if form == "columns":
            return Column("v", both.columns[key(value)])
        return Literal(None if isinstance(value, Null) else value)

    expected = getattr(expected, engine) if isinstance(expected, By) else expected
    found = outcome(both, engine, call(function, *map(argument, args)))
    assert same(found, expected), f"{found!r}, not {expected!r}"


def test_every_function_has_a_case():
    assert {function for function, _, _ in CASES} == set(FUNCTIONS)
