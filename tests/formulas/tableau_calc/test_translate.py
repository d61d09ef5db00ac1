"""The meaning of calculations, by table."""

from __future__ import annotations

import datetime as dt

import pytest

from linter.expressions import (
    NULL,
    TRUE,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    columns,
    problems,
    walk,
)
from linter.formulas.tableau_calc import Locale, Resolved, Translated, parse, translate
from tests.formulas.tableau_calc.conftest import Fields


def col(name: str) -> Column:
    return Column("t", name)


def lit(value: str | float | dt.date | None) -> Literal:
    return Literal(value)


def fn(function: str, *args: Expr) -> Call:
    return Call(function, args)


NAME, CODE, PUPILS, SCORE, BORN, SEEN, LEFT, FLAG, ODD = map(
    col, ("Name", "Code", "Pupils", "Score", "Born", "Seen", "Left", "Flag", "Odd")
)
IS_A = fn("eq", NAME, lit("a"))


def run(text: str, locale: Locale | None = None, **more: Resolved) -> Translated:
    return translate(parse(text), Fields(more), locale)


@pytest.mark.parametrize(
    ("text", "expr", "type_"),
    [
        # operators
        ("[Name] + [Code]", fn("concat", NAME, CODE), "text"),
        ("[Odd] + '%'", fn("concat", ODD, lit("%")), "text"),
        ("[Pupils] + 1", fn("add", PUPILS, lit(1)), "integer"),
        ("[Pupils] + 1.5", fn("add", PUPILS, lit(1.5)), "real"),
        ("[Born] + 7", fn("date_add", lit("day"), lit(7), BORN), "date"),
        ("7 + [Seen]", fn("date_add", lit("day"), lit(7), SEEN), "datetime"),
        ("[Born] - 7", fn("date_add", lit("day"), lit(-7), BORN), "date"),
        ("[Born] - [Pupils]", fn("date_add", lit("day"), fn("neg", PUPILS), BORN), "date"),
        ("[Born] - #2020-01-31#", fn("date_diff", lit("day"), lit(dt.date(2020, 1, 31)), BORN), "integer"),
        ("[Left] - [Seen]", fn("div", fn("date_diff", lit("second"), SEEN, LEFT), lit(86400.0)), "real"),
        ("[Pupils] - 1", fn("sub", PUPILS, lit(1)), "integer"), ("-[Score]", fn("neg", SCORE), "real"),
        ("-3", lit(-3), "integer"), ("[Pupils] / 2", fn("div", PUPILS, lit(2)), "real"),
        ("[Pupils] % 2", fn("mod", PUPILS, lit(2)), "integer"),
        ("[Pupils] ^ 2", fn("pow", PUPILS, lit(2)), "real"),
        ("[Pupils] * [Score]", fn("mul", PUPILS, SCORE), "real"), ("NULL + [Name]", NULL, "text"),
        ("[Name] <> 'a'", fn("ne", NAME, lit("a")), "boolean"),
        ("[Name] = 'a' AND [Flag] AND NOT [Flag]", fn("and", IS_A, FLAG, fn("not", FLAG)), "boolean"),
        ("[Name] IN ('a', 'b')", fn("in", NAME, lit("a"), lit("b")), "boolean"),
        # conditions
        ("IF [Flag] THEN 1 END", Case(((FLAG, lit(1)),)), "integer"),
        ("IF [Flag] THEN 1 ELSEIF [Name]='a' THEN 2.5 ELSE NULL END",
         Case(((FLAG, lit(1)), (IS_A, lit(2.5))), NULL), "real"),
        ("CASE [Name] WHEN 'a' THEN 'x' ELSE 'y' END", Case(((IS_A, lit("x")),), lit("y")), "text"),
        ("CASE [Name] WHEN IN ('a', 'b') THEN 1 END",
         Case(((fn("in", NAME, lit("a"), lit("b")), lit(1)),)), "integer"),
        ("IIF([Flag], 1, 2)", Case(((FLAG, lit(1)), (fn("not", FLAG), lit(2)))), "integer"),
        ("IIF([Flag], 1, 2, 3)", Case(((FLAG, lit(1)), (fn("not", FLAG), lit(2))), lit(3)), "integer"),
        ("IFNULL([Name], 'x')", fn("coalesce", NAME, lit("x")), "text"),
        ("ISNULL([Name])", fn("is_null", NAME), "boolean"),
        ("ZN([Score])", fn("coalesce", SCORE, lit(0)), "real"),
        # numbers
        ("DIV([Pupils], 2)", fn("idiv", PUPILS, lit(2)), "integer"),
        ("LOG([Score])", fn("log", SCORE, lit(10)), "real"),
        ("LOG([Score], 2)", fn("log", SCORE, lit(2)), "real"),
        ("SQUARE([Pupils])", fn("pow", PUPILS, lit(2)), "integer"),
        ("ROUND([Score])", fn("round", SCORE), "real"),
        ("ROUND([Score], 1)", fn("round", SCORE, lit(1)), "real"),
        ("SIGN([Score])", fn("sign", SCORE), "integer"), ("PI()", fn("pi"), "real"),
        ("ABS([Pupils])", fn("abs", PUPILS), "integer"),
        ("MAX([Pupils], 3)", fn("greatest", PUPILS, lit(3)), "integer"),
        ("MIN([Pupils], 0.5)", fn("least", PUPILS, lit(0.5)), "real"),
        # text
        ("LEFT([Name], 2)", fn("left", NAME, lit(2)), "text"),
        ("MID([Name], 2)", fn("mid", NAME, lit(2)), "text"),
        ("MID([Name], 2, 3)", fn("mid", NAME, lit(2), lit(3)), "text"),
        ("LEN([Name])", fn("length", NAME), "integer"),
        ("FIND([Name], 'a', 2)", fn("find", NAME, lit("a"), lit(2)), "integer"),
        ("FINDNTH([Name], 'a', 2)", fn("find_nth", NAME, lit("a"), lit(2)), "integer"),
        ("SPLIT([Name], '-', -1)", fn("split", NAME, lit("-"), lit(-1)), "text"),
        ("CONTAINS([Name], 'a')", fn("contains", NAME, lit("a")), "boolean"),
        ("STARTSWITH([Name], 'a')", fn("starts_with", fn("ltrim", NAME), fn("ltrim", lit("a"))), "boolean"),
        ("ENDSWITH([Name], 'a')", fn("ends_with", fn("rtrim", NAME), fn("rtrim", lit("a"))), "boolean"),
        ("REGEXP_EXTRACT([Name], '(.)')", fn("regex_extract", NAME, lit("(.)")), "text"),
        ("REGEXP_EXTRACT_NTH([Name], '(.)(.)', 2)", fn("regex_extract", NAME, lit("(.)(.)"), lit(2)), "text"),
        ("REGEXP_MATCH([Name], 'a')", fn("regex_match", NAME, lit("a")), "boolean"),
        ("REGEXP_REPLACE([Name], 'a', 'b')", fn("regex_replace", NAME, lit("a"), lit("b")), "text"),
        ("proper([Name])", fn("proper", NAME), "text"),
        # types
        ("STR([Pupils])", fn("to_text", PUPILS), "text"), ("INT([Score])", fn("to_int", SCORE), "integer"),
        ("INT([Name])", fn("to_int", fn("round", fn("to_float", NAME))), "integer"),
        ("FLOAT([Name])", fn("to_float", NAME), "real"), ("DATE([Name])", fn("to_date", NAME), "date"),
        ("DATE([Seen])", fn("to_date", SEEN), "date"),
        ("DATETIME([Name])", fn("to_datetime", NAME), "datetime"),
        ("DATE(NULL)", NULL, "date"), ("ISDATE([Name])", fn("is_date", NAME), "boolean"),
        ("DATEPARSE('yyyy', [Name])", fn("parse_date", NAME, lit("yyyy")), "datetime"),
        ("MAKEDATE(2020, [Pupils], 1)", fn("make_date", lit(2020), PUPILS, lit(1)), "date"),
        ("MAKETIME(1, 2, 3)", fn("make_time", lit(1), lit(2), lit(3)), "datetime"),
        ("MAKEDATETIME([Born], [Seen])", fn("make_datetime", BORN, SEEN), "datetime"),
        # dates
        ("DATEPART('year', [Born])", fn("date_part", lit("year"), BORN), "integer"),
        ("DATEPART('WEEK', [Born], 'monday')", fn("date_part", lit("week"), BORN, lit(1)), "integer"),
        ("DATEPART('week', [Born], 'Sunday')", fn("date_part", lit("week"), BORN), "integer"),
        ("DATEPART('year', [Born], 'monday')", fn("date_part", lit("year"), BORN), "integer"),
        ("DATEPART('weekday', [Born])", fn("date_part", lit("weekday"), BORN), "integer"),
        ("DATEPART('weekday', [Born], 'monday')",
         fn("add",
          fn("mod", fn("add", fn("date_part", lit("weekday"), BORN), lit(5)), lit(7)), lit(1)), "integer"),
        ("DATENAME('month', [Born])", fn("date_name", lit("month"), BORN), "text"),
        ("DATENAME('weekday', [Born], 'monday')", fn("date_name", lit("weekday"), BORN), "text"),
        ("DATETRUNC('month', [Born])", fn("date_trunc", lit("month"), BORN), "date"),
        ("DATETRUNC('hour', [Born])", fn("date_trunc", lit("hour"), BORN), "datetime"),
        ("DATETRUNC('iso-week', [Seen])", fn("date_trunc", lit("iso_week"), SEEN), "datetime"),
        ("DATETRUNC('week', [Born], 'saturday')", fn("date_trunc", lit("week"), BORN, lit(6)), "date"),
        ("DATETRUNC([Parameters].[Part], [Born])", fn("date_trunc", lit("month"), BORN), "date"),
        ("DATEADD('month', -1, [Born])", fn("date_add", lit("month"), lit(-1), BORN), "date"),
        ("DATEADD('weekday', 1, [Seen])", fn("date_add", lit("day"), lit(1), SEEN), "datetime"),
        ("DATEDIFF('day', [Seen], [Left])", fn("date_diff", lit("day"), SEEN, LEFT), "integer"),
        ("DATEDIFF('week', [Seen], [Left], 'monday')", fn("date_diff", lit("week"), SEEN, LEFT, lit(1)),
         "integer"),
        ("YEAR([Born])", fn("date_part", lit("year"), BORN), "integer"),
        ("WEEK([Born])", fn("date_part", lit("week"), BORN), "integer"),
        ("ISOYEAR([Born])", fn("date_part", lit("iso_year"), BORN), "integer"),
        ("ISOWEEKDAY([Born])", fn("date_part", lit("iso_weekday"), BORN), "integer"),
        ("TODAY()", fn("today"), "date"), ("NOW()", fn("now"), "datetime"),
        ("#25/12/2020#", lit(dt.date(2020, 12, 25)), "date"),
        ("#2018-09-22 14:52#", lit(dt.datetime(2018, 9, 22, 14, 52)), "datetime"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_row_level_meaning(text: str, expr: Expr, type_: str) -> None:
    made = run(text)
    assert (made.expr, made.type, made.understood) == (expr, type_, True)
    assert not any((made.aggregated, made.table_calc, made.user_dependent, made.view_lod))


@pytest.mark.parametrize(
    ("text", "expr", "type_"),
    [
        ("SUM([Pupils])", Aggregate("sum", PUPILS), "integer"),
        ("AVG([Pupils])", Aggregate("avg", PUPILS), "real"),
        ("COUNT([Name])", Aggregate("count", NAME), "integer"),
        ("COUNTD([Name])", Aggregate("count_distinct", NAME), "integer"),
        ("MAX([Name])", Aggregate("max", NAME), "text"), ("ATTR([Name])", Aggregate("any", NAME), "text"),
        ("MEDIAN([Pupils])", Aggregate("median", PUPILS), "real"),
        ("STDEVP([Score])", Aggregate("stdevp", SCORE), "real"),
        ("COUNT([__tableau_internal_object_id__].[Orders_1])", Aggregate("count", TRUE), "integer"),
        ("PERCENTILE([Score], 0.9)", Aggregate("percentile", SCORE), "real"),
        ("CORR([Score], [Pupils])",
         Aggregate("corr", Case(((fn("not", fn("is_null", PUPILS)), SCORE),))), "real"),
        ("SUM([Score]) / COUNTD([Name])",
         fn("div", Aggregate("sum", SCORE), Aggregate("count_distinct", NAME)), "real"),
        ("MAX(SUM([Pupils]), 1)", fn("greatest", Aggregate("sum", PUPILS), lit(1)), "integer"),
        ("SUM({FIXED [Name] : MAX([Score])})",
         Aggregate("sum", Fixed((NAME,), Aggregate("max", SCORE))), "real"),
        ("[Ratio] * 100", fn("mul", Aggregate("avg", SCORE), lit(100)), "real"),
    ],
)  # fmt: skip
def test_aggregated_meaning(text: str, expr: Expr, type_: str) -> None:
    made = run(text, Ratio=Resolved(Aggregate("avg", SCORE), "real", aggregated=True))
    assert (made.expr, made.type, made.aggregated) == (expr, type_, True)


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("{FIXED [Name], YEAR([Born]) : SUM([Pupils])}",
         Fixed((NAME, fn("date_part", lit("year"), BORN)), Aggregate("sum", PUPILS))),
        ("{MIN([Score])}", Fixed((), Aggregate("min", SCORE))),
        ("{FIXED : MIN([Score])} + [Score]", fn("add", Fixed((), Aggregate("min", SCORE)), SCORE)),
        ("{FIXED [Name] : [Ratio]}", Fixed((NAME,), Aggregate("avg", SCORE))),
        ("{FIXED [Name] : SUM({FIXED [Code] : MAX([Pupils])})}",
         Fixed((NAME,), Aggregate("sum", Fixed((CODE,), Aggregate("max", PUPILS))))),
    ],
)  # fmt: skip
def test_fixed_levels_of_detail_are_values_of_rows(text: str, expr: Expr) -> None:
    made = run(text, Ratio=Resolved(Aggregate("avg", SCORE), "real", aggregated=True))
    assert (made.expr, made.aggregated, made.view_lod) == (expr, False, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[Nowhere]", "there is no field"), ("FROBNICATE([Name])", "not a function of Tableau"),
        ("LEFT([Name])", "with 1 arguments"), ("[Odd] + [Score]", "types around +"),
        ("[Odd] - [Odd]", "types around -"),
        ("[Born] + [Odd]", "types around +"), ("[Born] + 0.5", "may not be whole"),
        ("[Born] + [Seen]", "no meaning"),
        ("[Name] - 1", "no meaning"), ("[Name] * 2", "on a text value"), ("-[Name]", "before a text value"),
        ("[Name] = 1", "compares text with a number"), ("[Name] IN (NULL)", "NULL in a list"),
        ("[Name] IN [Code]", "no set"), ("[Code] IN [Chosen]", "another field"),
        ("SUM([Score]) + [Score]", "mixes"), ("IF [Flag] THEN SUM([Score]) END", "mixes"),
        ("SUM(SUM([Score]))", "of an aggregated value"), ("{FIXED [Name] : [Score]}", "isn't aggregated"),
        ("{FIXED SUM([Score]) : MAX([Score])}", "over an aggregated field"),
        ("{FIXED [Name] : CORR([Score], [Pupils])}", "can't be computed here"),
        ("DATEPART('fortnight', [Born])", "date part"), ("DATEPART([Name], [Born])", "date part"),
        ("DATEPART('week', [Born], [Name])", "first day of the week"), ("#3/4/2020#", "isn't certain"),
        ("INT([Born])", "number of a date"), ("DATE([Pupils])", "date of a number"),
        ("HEXBINX([Score], 1)", "no counterpart"),
        ("RAWSQL_INT('f(%1)', [Score])", "SQL for the database"), ("AREA(MAKEPOINT([Score], [Score]), 'km')", "shapes"),
        ("TLD([Name])", "single databases"), ("INDEX()", "marks of a view"),
        ("SCRIPT_INT('x', SUM([Score]))", "marks of a view"),
        ("MODEL_PERCENTILE(SUM([Score]), SUM([Pupils]))", "marks of a view"), ("USERNAME()", "who looks"),
        ("{INCLUDE [Name] : SUM([Score])}", "fields of the view"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_says_why(text: str, reason: str) -> None:
    made = run(text, Chosen=Resolved(fn("in", NAME, lit("a")), "boolean"))
    assert any(reason in problem for problem in problems(made.expr)), problems(made.expr)
    assert not made.understood


def test_set_membership_of_its_own_field() -> None:
    chosen = Resolved(fn("in", NAME, lit("a")), "boolean")
    assert run("[Name] IN [Chosen]", Chosen=chosen).expr == chosen.expr


def test_locale_decides_on_weeks_and_slashed_dates() -> None:
    british = Locale(week_start=1, day_first=True)
    assert run("#3/4/2020#", british).expr == lit(dt.date(2020, 4, 3))
    assert run("#3/4/2020#", Locale(day_first=False)).expr == lit(dt.date(2020, 3, 4))
    assert run("WEEK([Born])", british).expr == fn("date_part", lit("week"), BORN, lit(1))
    assert run("DATEDIFF('week', [Seen], [Left], 'sunday')", british).expr == fn("date_diff", lit("week"), SEEN, LEFT)


def test_weekday_of_a_shifted_week_counts_from_its_first_day() -> None:
    expr = run("DATEPART('weekday', [Born], 'wednesday')").expr
    assert isinstance(expr, Call)
    shift = next(p.value for p in walk(expr) if isinstance(p, Literal) and p.value not in {7, 1, "weekday"})
    assert isinstance(shift, int)
    assert [(day + shift) % 7 + 1 for day in (4, 5, 6, 7, 1, 2, 3)] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("WINDOW_SUM(SUM([Score]))", {"table_calc"}), ("SCRIPT_STR('', ATTR([Name]))", {"table_calc"}),
        ("[Name] = USERNAME()", {"user_dependent"}), ("ISMEMBEROF('staff')", {"user_dependent"}),
        ("AVG({INCLUDE [Name] : SUM([Score])})", {"view_lod"}), ("SUM([Score])", set()),
        ("RANK(SUM({EXCLUDE [Name] : SUM([Score])}))", {"table_calc", "view_lod"}),
        ("IF ISCURRENTUSER('x') THEN INDEX() ELSE SUM([Score]) END", {"table_calc", "user_dependent"}),
        ("[Inner] + 1", {"table_calc", "user_dependent", "view_lod"}),
    ],
)  # fmt: skip
def test_flags(text: str, flags: set[str]) -> None:
    inner = Resolved(SCORE, "real", table_calc=True, user_dependent=True, view_lod=True)
    made = run(text, Inner=inner)
    assert {name for name in ("table_calc", "user_dependent", "view_lod") if getattr(made, name)} == flags


@pytest.mark.parametrize(
    "text", ["SUM([Score]) + [Nowhere]", "[Nowhere] - 1", "[Born] + [Nowhere]", "[Nowhere] + 1 + 2"]
)
def test_the_first_reason_survives(text: str) -> None:
    made = run(text)
    assert problems(made.expr) == ("there is no field [Nowhere]",)
    assert made.aggregated is ("SUM" in text)


def test_aggregates_around_untranslated_parts_are_kept() -> None:
    made = run("SUM({INCLUDE [Name] : SUM([Score])}) / COUNTD([Code])")
    assert made.aggregated
    assert Aggregate("count_distinct", CODE) in set(walk(made.expr))
    assert made.references == ((None, "Name"), (None, "Score"), (None, "Code"))


def test_the_deepest_formulas_translate_without_exhausting_the_stack() -> None:
    nested = "IIF([Flag], 1, " * 90 + "-1" + ")" * 90
    assert not problems(run(nested).expr)
    chain = "+".join(["[Pupils]"] * 190)
    assert columns(run(chain).expr) == {PUPILS}
    both = "ABS(" * 90 + "+".join(["[Pupils]"] * 100) + ")" * 90
    assert columns(run(both).expr) == {PUPILS}
