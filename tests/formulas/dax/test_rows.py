"""Conditions on rows: DAX's own ideas of BLANK, text and dates, in the shared language."""

from __future__ import annotations

import datetime as dt

import pytest

from linter.expressions import (
    FALSE,
    NULL,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Literal,
    any_of,
    call,
    problems,
    walk,
)
from tests.formulas.dax.school import bases, col, only

SCORE, GRADE, PRESENT, DATE = (col(f"Results.{n}") for n in ("Score", "Grade", "Present", "Date"))
YEAR = Literal("year")


def blank_or(condition: Call, column: Column) -> Expr:
    return any_of(condition, call("is_null", column))


def condition(text: str) -> Expr:
    """The predicate that FILTER over Results makes of a condition."""
    found = only(f"COUNTROWS(FILTER(Results, {text}))")
    assert found.problems == ()
    (predicate,) = found.adds
    return predicate


def reasons(text: str) -> tuple[str, ...]:
    return only(f"COUNTROWS(FILTER(Results, {text}))").problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Results[Score] = 5", call("eq", SCORE, Literal(5))),
        ("5 < Results[Score]", call("gt", SCORE, Literal(5))),
        # BLANK is 0, "" and FALSE under every comparison but == and IN
        ("Results[Score] = 0", blank_or(call("eq", SCORE, Literal(0)), SCORE)),
        ("Results[Score] < 5", blank_or(call("lt", SCORE, Literal(5)), SCORE)),
        ("Results[Score] > -5", blank_or(call("gt", SCORE, Literal(-5)), SCORE)),
        ("Results[Score] <> 0", call("ne", SCORE, Literal(0))),
        ("Results[Score] <> 5", blank_or(call("ne", SCORE, Literal(5)), SCORE)),
        ('Results[Grade] = ""', blank_or(call("eq", GRADE, Literal("")), GRADE)),
        ('Results[Grade] <> "A"', blank_or(call("ne", GRADE, Literal("A")), GRADE)),
        ("Results[Present] = FALSE", blank_or(call("eq", PRESENT, Literal(value=False)), PRESENT)),
        ("Results[Score] = BLANK()", blank_or(call("eq", SCORE, Literal(0)), SCORE)),
        ("Results[Grade] <> BLANK()", call("ne", GRADE, Literal(""))),
        ("Results[Score] == 0", call("null_safe_eq", SCORE, Literal(0))),
        ("Results[Score] == BLANK()", call("null_safe_eq", SCORE, NULL)),
        ("Results[Score] IN {0, BLANK()}", call("in", SCORE, Literal(0), NULL)),
        ("Results[Score] IN {}", FALSE),
        ("VAR v = {1, 2} RETURN Results[Score] IN v", call("in", SCORE, Literal(1), Literal(2))),
        ("ISBLANK(Results[Score])", call("is_null", SCORE)),
        ("NOT Results[Score] = 5", call("not", call("coalesce", call("eq", SCORE, Literal(5)), FALSE))),
        ("NOT(ISBLANK(Results[Score]))",
         call("not", call("coalesce", call("is_null", SCORE), FALSE))),
        ('dt"2020-09-01" <= Results[Date]', call("ge", DATE, Literal(dt.date(2020, 9, 1)))),
        ('Results[Date] < dt"2020-09-01"', blank_or(call("lt", DATE, Literal(dt.date(2020, 9, 1))), DATE)),
        ("YEAR(Results[Date]) = 2020", call("eq", call("date_part", YEAR, DATE), Literal(2020))),
        ("Results[Date].[Year] = 2020", call("eq", call("date_part", YEAR, DATE), Literal(2020))),
        ("DATEDIFF(Results[Date], TODAY(), DAY) > 7",
         call("gt", call("date_diff", Literal("day"), DATE, call("today")), Literal(7))),
        ("Results[Date] = TODAY() - 1",
         call("eq", call("coalesce", DATE, Literal(dt.date(1899, 12, 30))),
              call("coalesce", call("date_add", Literal("day"), call("neg", Literal(1)), call("today")),
                   Literal(dt.date(1899, 12, 30))))),
        ('Results[Grade] & "!" = "A!"',
         call("eq", call("concat", call("coalesce", GRADE, Literal("")), Literal("!")), Literal("A!"))),
        ("Results[Score] + 1 = 3",
         call("eq", call("add", call("coalesce", SCORE, Literal(0)), Literal(1)), Literal(3))),
        ("Results[Score] * 2 = 6", call("eq", call("mul", SCORE, Literal(2)), Literal(6))),
        ("RELATED(Pupils[Sex]) = \"F\"", call("eq", col("Pupils.Sex"), Literal("F"))),
        ("IF(Results[Score] = 5, TRUE, FALSE)",
         Case(((call("eq", SCORE, Literal(5)), Literal(value=True)),), FALSE)),
        ('SWITCH(Results[Grade], "A", TRUE, FALSE)',
         Case(((call("eq", GRADE, Literal("A")), Literal(value=True)),), FALSE)),
        ('CONTAINSSTRING(Results[Grade], "A")', call("contains", call("lower", GRADE), Literal("a"))),
        ("OR(Results[Score] = 5, Results[Score] = 6)",
         call("or", call("eq", SCORE, Literal(5)), call("eq", SCORE, Literal(6)))),
        ("Results[Score] = 5 || Results[Score] = 6",
         call("or", call("eq", SCORE, Literal(5)), call("eq", SCORE, Literal(6)))),
        ("Results[Score] > AVERAGE(Results[Score])",
         call("gt", call("coalesce", SCORE, Literal(0)),
              call("coalesce", Aggregate("avg", SCORE), Literal(0)))),
        ('"a" = "A" && Results[Score] = 5', call("eq", SCORE, Literal(5))),
    ],
)  # fmt: skip
def test_condition(text: str, expected: Expr) -> None:
    assert condition(text) == expected


def test_difference_of_two_columns_is_blank_only_if_both_are() -> None:
    found = only("SUMX(Results, Results[Score] - RELATED('Date'[Year]))").arg
    assert isinstance(found, Case)
    ((when, value),) = found.whens
    assert value == NULL
    assert when == call("and", call("is_null", SCORE), call("is_null", col("Date.Year")))


def test_conjuncts_keep_what_is_understood() -> None:
    found = only('COUNTROWS(FILTER(Results, Results[Score] = 5 && FORMAT(Results[Date], "ddd") = "Mon"))')
    assert found.adds == (call("eq", SCORE, Literal(5)),)
    assert found.problems == ("FORMAT on a single row",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Results[PupilID] = VALUES(Pupils[PupilID])", "VALUES on a single row"),
        ("Results[Entered] = BLANK()", "compares a column of unknown type with BLANK"),
        ("Results[Grade] IN VALUES(Targets[Year])", "IN a table that is not written out"),
        ('CONTAINSSTRING(Results[Grade], "A*")', "CONTAINSSTRING with wildcards"),
        ("Results[Score] > EARLIER(Results[Score])", "EARLIER on a single row"),
        ("Targets[Target] > 1", "depends on the row of an outer iteration"),
        ("Results[Date].[Week] = 1", "level Week of an automatic date hierarchy"),
        ("Results[Score] = nothing", "nothing is no value"),
        ("FROB(Results[Score])", "unknown function FROB"),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    assert reasons(text) == (reason,)


def test_values_of_an_outer_row_are_not_those_of_the_inner() -> None:
    text = "SUMX(Targets, VAR y = Targets[Year] RETURN COUNTROWS(FILTER(Results, Results[Score] = y)))"
    beside, counted = bases(text)
    assert (beside.table, beside.arg) == ("Targets", col("Targets.Year"))
    assert (counted.table, counted.adds) == ("Results", ())
    assert counted.problems == ("depends on the row of an outer iteration",)


def test_variables_that_double_do_not_grow_without_bound() -> None:
    text = "VAR a0 = Results[Score] "
    text += " ".join(f"VAR a{i} = a{i - 1} + a{i - 1}" for i in range(1, 30))
    found = only(f"SUMX(Results, {text} RETURN a29)")
    assert found.arg is None
    assert found.problems == ("an expression too large to keep",)


def test_every_predicate_is_free_of_unsupported_parts() -> None:
    assert all(problems(part) == () for part in walk(condition("Results[Score] = 5 || Results[Score] = 6")))
