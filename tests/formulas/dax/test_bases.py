"""Measures to bases: per construct the exact rows, filters and roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linter.expressions import (
    TRUE,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    all_of,
    call,
    columns,
)
from linter.formulas.dax import BaseUse, Guard, Iteration, Link, Reducer, Shift, to_model
from linter.model import CELL, Base, CellValue, ShownWhere
from tests.formulas.dax.school import base, bases, col, only, schema

MATHS = (call("eq", col("Results.Grade"), Literal("A")),)
GRADE = (col("Results.Grade"),)
DATES = (col("Date.Date"), col("Date.Year"), col("Date.Month"))
SCHOOLS = (col("Schools.SchoolID"), col("Schools.School"), col("Schools.Area"))
TARGETS = (col("Targets.Year"), col("Targets.Target"))
EXPANDED = tuple(schema().ordered(schema().columns("Results", "Pupils", "Schools", "Date")))


@pytest.mark.parametrize(
    ("text", "aggregate", "arg"),
    [
        ("SUM(Results[Score])", "sum", "Results.Score"),
        ("AVERAGE(results[SCORE])", "avg", "Results.Score"),
        ("MIN(Results[Score])", "min", "Results.Score"),
        ("MAX(Results[Score])", "max", "Results.Score"),
        ("COUNT(Results[Score])", "count", "Results.Score"),
        ("COUNTA(Results[Grade])", "count", "Results.Grade"),
        ("DISTINCTCOUNTNOBLANK(Results[PupilID])", "count_distinct", "Results.PupilID"),
        ("MEDIAN(Results[Score])", "median", "Results.Score"),
        ("PERCENTILE.INC(Results[Score], 0.9)", "percentile", "Results.Score"),
        ("STDEV.S(Results[Score])", "stdev", "Results.Score"),
        ("VAR.P(Results[Score])", "varp", "Results.Score"),
        ("COUNTROWS(Results)", "count", None),
        ("COUNTROWS()", "count", None),
        ("SUMX(Results, Results[Score])", "sum", "Results.Score"),
        ("MAXX(Results, Results[Score])", "max", "Results.Score"),
        ("CONCATENATEX(Results, Results[Grade], \", \")", "collect", "Results.Grade"),
        ("AVERAGEX(Results, RELATED(Date[Year]))", "avg", "Date.Year"),
        ("SELECTEDVALUE(Results[Grade])", "any", "Results.Grade"),
        ("-SUM(Results[Score]) * 100 / 2", "sum", "Results.Score"),
        ("FORMAT(ROUND(SUM(Results[Score]), 1), \"0.0\")", "sum", "Results.Score"),
        ("VAR x = SUM(Results[Score]) RETURN x + x", "sum", "Results.Score"),
    ],
)  # fmt: skip
def test_plain_aggregates(text: str, aggregate: str, arg: str | None) -> None:
    assert only(text) == base(aggregate, arg)


def test_an_aggregate_may_use_another_table() -> None:
    assert only("COUNTROWS('Pupils')") == base("count", table="Pupils")


def test_distinct_count_says_that_blank_counts() -> None:
    found = only("DISTINCTCOUNT(Results[PupilID])")
    assert replace(found, notes=()) == base("count_distinct", "Results.PupilID")
    assert "BLANK" in found.notes[0]


def test_count_of_distinct_values() -> None:
    found = only("COUNTROWS(VALUES(Results[Grade]))")
    assert replace(found, notes=()) == base("count_distinct", "Results.Grade")


def test_count_of_blanks_is_a_condition_on_rows() -> None:
    blank = (call("is_null", col("Results.Score")),)
    assert only("COUNTBLANK(Results[Score])") == base("count", adds=blank)


@pytest.mark.parametrize(
    ("filters", "adds", "removes"),
    [
        ('Results[Grade] = "A"', MATHS, GRADE),
        ('KEEPFILTERS(Results[Grade] = "A")', MATHS, None),
        ('FILTER(Results, Results[Grade] = "A")', MATHS, None),
        ('FILTER(ALL(Results[Grade]), Results[Grade] = "A")', MATHS, GRADE),
        ('FILTER(VALUES(Results[Grade]), Results[Grade] = "A")', MATHS, None),
        ('FILTER(ALL(Results), Results[Grade] = "A")', MATHS, EXPANDED),
        ('Results[Grade] IN {"A"}', (Call("in", (col("Results.Grade"), Literal("A"))),), GRADE),
        ('TREATAS({"A"}, Results[Grade])', (Call("in", (col("Results.Grade"), Literal("A"))),), GRADE),
        ('Results[Grade] = "A", Results[Score] > 5',
         (*MATHS, call("gt", col("Results.Score"), Literal(5))), (col("Results.Score"), *GRADE)),
        ("Results[Score] > 5, Results[Score] < 9 && Results[Score] <> 7",
         (call("gt", col("Results.Score"), Literal(5)),
          Call("or", (call("lt", col("Results.Score"), Literal(9)), call("is_null", col("Results.Score")))),
          Call("or", (call("ne", col("Results.Score"), Literal(7)), call("is_null", col("Results.Score"))))),
         (col("Results.Score"),)),
        ("ALL(Results[Grade])", (), GRADE),
        ("REMOVEFILTERS(Results[Grade])", (), GRADE),
        ("ALLNOBLANKROW(Results[Grade])", (), GRADE),
        ("ALL(Schools)", (), SCHOOLS),
        ("ALL()", (), ()),
        ("REMOVEFILTERS()", (), ()),
        ("ALL(Results)", (), EXPANDED),
        ("ALL(Results), ALL(Targets)", (), ()),
        ("ALLEXCEPT(Schools, Schools[Area])", (), (col("Schools.SchoolID"), col("Schools.School"))),
        ("VALUES(Schools[Area])", (), None),
        ("", (), None),
        ('Results[Grade] = "A", ALL(Results[Grade])', MATHS, GRADE),
    ],
)  # fmt: skip
def test_calculate(filters: str, adds: tuple[Call, ...], removes: tuple[object, ...] | None) -> None:
    assert only(f"CALCULATE(SUM(Results[Score]), {filters})") == base(
        "sum", "Results.Score", adds=adds, removes=removes
    )


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("CALCULATE(COUNTROWS(Results), VALUES(Results[Grade]))", False),
        ("CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Targets)), VALUES(Results[Grade]))", False),
        ("CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Results)), VALUES(Results[Grade]))", False),
        ("CALCULATE(COUNTROWS(Results), ALL(Results[Score]), ALL(Results[Grade]))", False),
        ("CALCULATE(COUNTROWS(Results), VALUES(Results[Grade]), ALL(Results[Score]))", True),
        ("CALCULATE(COUNTROWS(Results), ALL(Schools), VALUES(Schools[Area]))", True),
        ("CALCULATE(CALCULATE(COUNTROWS(Results), Results[Score] > 5), VALUES(Results[Grade]))", True),
        ('CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Results[Score])), FILTER(Results, Results[Grade] = "A"))', True),
        ('CALCULATE(COUNTROWS(Results), CALCULATETABLE(VALUES(Results[PupilID]), Results[Grade] = "A"))', True),
    ],
)
def test_values_last_when_the_filters_are_gone_under_which_they_were_chosen(text: str, lasts: bool) -> None:
    found = only(text)
    assert not found.problems
    assert bool(found.to_model().values) == lasts


def test_rows_of_a_table_stay_the_cells_own_whatever_is_removed_of_related_tables() -> None:
    found = only("CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Schools)), FILTER(Results, Results[Score] > 5))")
    assert found == base("count", adds=(call("gt", col("Results.Score"), Literal(5)),))


def test_inner_calculate_overrides_the_outer_on_the_same_column() -> None:
    found = only('CALCULATE(CALCULATE(COUNTROWS(Results), Results[Grade] = "A"), Results[Grade] = "B")')
    assert found == base("count", adds=MATHS, removes=GRADE)


def test_inner_keepfilters_intersects_with_the_outer() -> None:
    text = 'CALCULATE(CALCULATE(COUNTROWS(Results), KEEPFILTERS(Results[Grade] = "A")), Results[Grade] = "B")'
    other = call("eq", col("Results.Grade"), Literal("B"))
    assert only(text) == base("count", adds=(other, *MATHS), removes=GRADE)


def test_all_clears_what_an_outer_measure_added() -> None:
    found = only('CALCULATE([n], Results[Grade] = "B")', n="CALCULATE(COUNTROWS(Results), ALL(Results))")
    assert found == base("count", removes=EXPANDED, via=("n",))


def test_allselected_keeps_filters_from_outside_the_visual() -> None:
    found = only("CALCULATE(COUNTROWS(Results), ALLSELECTED(Schools))")
    assert found == base("count", reselects=SCHOOLS)
    assert only("CALCULATE(COUNTROWS(Results), ALLSELECTED())") == base("count", reselects=())
    assert found.to_model().reselects == SCHOOLS
    assert found.to_model().problems == ()


def test_switched_relationships() -> None:
    active = Link(col("Results.Entered"), col("Date.Date"), "active")
    text = "CALCULATE(COUNTROWS(Results), USERELATIONSHIP(Results[Entered], 'Date'[Date]))"
    assert only(text) == base("count", links=(active,))
    text = "CALCULATE(COUNTROWS(Results), CROSSFILTER(Results[PupilID], Pupils[PupilID], BOTH))"
    assert only(text) == base("count", links=(Link(col("Results.PupilID"), col("Pupils.PupilID"), "both"),))
    assert only(text).to_model().links == only(text).links


def test_filter_by_a_value_of_the_cell() -> None:
    latest = Aggregate("max", col("Date.Date"))
    text = "VAR d = MAX('Date'[Date]) RETURN CALCULATE(COUNTROWS(Results), FILTER(ALL('Date'), 'Date'[Date] >= d))"
    found = only(text)
    assert found.removes == DATES
    (condition,) = found.adds
    assert isinstance(condition, Call)
    assert condition.function == "ge"
    assert latest in condition.args[1].args
    assert found.problems == ()
    made = found.to_model()
    assert made.problems == ()
    assert made.values == (CellValue("v0", "Date", "max", col("Date.Date")),)
    assert Column(CELL, "v0") in columns(made.adds)


def test_filter_by_the_latest_of_all_is_a_constant_of_the_model() -> None:
    found = only(
        "CALCULATE(COUNTROWS(Results), 'Date'[Year] == [latest])",
        latest="CALCULATE(MAX('Date'[Year]), REMOVEFILTERS('Date'))",
    )
    newest = Fixed((), Aggregate("max", col("Date.Year")))
    assert found.adds == (call("null_safe_eq", col("Date.Year"), newest),)
    assert found.to_model().problems == ()
    within = only(
        "CALCULATE(COUNTROWS(Results), 'Date'[Year] == [latest])",
        latest="CALCULATE(MAX('Date'[Year]), REMOVEFILTERS('Date'), 'Date'[Month] = 9)",
    )
    september = Case(((call("eq", col("Date.Month"), Literal(9)), col("Date.Year")),))
    newest = Fixed((), Aggregate("max", september))
    assert within.adds == (call("null_safe_eq", col("Date.Year"), newest),)


def test_a_value_under_part_of_the_filters_is_fixed_by_the_others() -> None:
    found = only(
        "VAR y = [latest] RETURN CALCULATE(COUNTROWS(Results), 'Date'[Year] == y)",
        latest="CALCULATE(MAX('Date'[Year]), REMOVEFILTERS('Date'[Month]))",
    )
    kept = (col("Date.Date"), col("Date.Year"))
    newest = Fixed(kept, Aggregate("max", col("Date.Year")))
    assert found == base("count", removes=(col("Date.Year"),), adds=(call("null_safe_eq", col("Date.Year"), newest),))
    assert found.to_model().values == (CellValue("v0", "Date", "max", col("Date.Year"), keeps=kept),)


def test_a_value_may_rest_on_another_value() -> None:
    text = "CALCULATE(TOTALYTD(COUNTROWS(Results), 'Date'[Date]), SAMEPERIODLASTYEAR('Date'[Date]))"
    made = only(text).to_model()
    assert made.problems == ()
    assert [v.aggregate for v in made.values] == ["max"]
    assert sorted(v.aggregate for v in made.values[0].values) == ["max", "min"]
    assert made.values[0].keeps == ()


def test_variables_are_taken_where_they_are_defined() -> None:
    found = bases("VAR n = COUNTROWS(Results) RETURN DIVIDE(n, CALCULATE(n, ALL(Results)))")
    assert found == (base("count", role="numerator"), base("count", role="denominator"))


def test_table_variables() -> None:
    text = 'VAR t = FILTER(Results, Results[Grade] = "A") RETURN COUNTROWS(t) + CALCULATE(SUM(Results[Score]), t)'
    assert bases(text) == (base("count", adds=MATHS), base("sum", "Results.Score", adds=MATHS))


def test_sums_in_one_number_know_of_each_other() -> None:
    """None of them is shown alone, unless something chooses between them or other rows stand behind it."""
    both = [b.added for b in bases("SUM(Results[Score]) + [e]", e="SUM(Results[Entered])")]
    assert both == [(col("Results.Entered"),), (col("Results.Score"),)]
    assert to_model(bases("SUM(Results[Score]) - SUM(Results[Entered])"))[1].added == (col("Results.Score"),)
    of_three = bases("DIVIDE([a] - [b], SUM(Results[Score]))", a="SUM(Results[Score])", b="[c] + SUM(Results[Grade])",
                     c="SUM(Results[Entered])")  # fmt: skip
    assert [len(b.added) for b in of_three] == [2, 2, 2, 0]
    for text in (
        "IF([s] > 9, [s], SUM(Results[Entered]))",
        "IF(HASONEVALUE(Pupils[Sex]), [s]) + SUM(Results[Entered])",
        '[s] + CALCULATE(SUM(Results[Entered]), Pupils[Sex] = "F")',
        "[s] * SUM(Results[Entered])",
        "[s] + COUNTROWS(Results)",
        "[s] + [loop]",
    ):
        found = bases(text, s="SUM(Results[Score])", loop="[s] + [back]", back="[loop] + [s]")
        assert not any(b.added for b in found), text


def test_ratio() -> None:
    top, bottom = base("sum", "Results.Score"), base("count")
    ratio = (replace(top, role="numerator"), replace(bottom, role="denominator"))
    assert bases("SUM(Results[Score]) / COUNTROWS(Results)") == ratio
    assert bases("1 - DIVIDE(SUM(Results[Score]), COUNTROWS(Results), 0) * 100") == ratio
    assert bases("1 / COUNTROWS(Results)") == ratio[1:]
    assert bases("SUM(Results[Score]) / 100") == (top,)


def test_branches_and_their_condition() -> None:
    few = base("count")
    guard = Guard(few, "ge", 10)
    found = bases("IF(COUNTROWS(Results) < 10, BLANK(), AVERAGE(Results[Score]))")
    assert found == (base("avg", "Results.Score", guards=(guard,)), replace(few, role="condition"))
    assert [b.aggregate for b in to_model(found)] == ["avg"]
    assert to_model(found)[0].guards == (ShownWhere(few.to_model(), "ge", 10),)


def test_switch_by_truth_guards_each_branch() -> None:
    text = "SWITCH(TRUE(), [n] < 5, 0, [n] < 10, SUM(Results[Score]), AVERAGE(Results[Score]))"
    total, mean, condition = bases(text, n="COUNTROWS(Results)")
    few = base("count", via=("n",))
    assert total.guards == (Guard(few, "ge", 5), Guard(few, "lt", 10))
    assert mean.guards == (Guard(few, "ge", 5), Guard(few, "ge", 10))
    assert condition == replace(few, role="condition")


def test_switch_on_a_value_unites_its_branches() -> None:
    text = "SWITCH(SELECTEDVALUE(Targets[Year]), 1, COUNTROWS(Results), 2, SUM(Results[Score]))"
    found = bases(text)
    assert found[:2] == (base("count"), base("sum", "Results.Score"))
    assert found[2:] == (base("any", "Targets.Year", "Targets", role="condition"),)


def test_guard_needs_an_aggregate_without_arithmetic() -> None:
    shown, _ = bases("IF(COUNTROWS(Results) * 2 > 10, SUM(Results[Score]))")
    assert shown.guards == ()


def test_a_measure_of_conditions_alone_still_has_a_base() -> None:
    found = bases('IF(COUNTROWS(Results) > 5, "many", "few")')
    assert to_model(found) == (Base("m", "value", "count", None, "Results"),)


@pytest.mark.parametrize(
    "text",
    ["HASONEVALUE(Results[Grade])", "ISINSCOPE(Results[Grade])", "ISFILTERED(Results)", "1 + 2", '"text"',
     "USERPRINCIPALNAME()", "TODAY()"],
)  # fmt: skip
def test_no_rows_of_their_own(text: str) -> None:
    assert bases(text) == ()


def test_measures_that_call_measures() -> None:
    found = only("[b] * 2", b="[c] + 1", c="COUNTROWS(Results)")
    assert found == base("count", via=("b", "c"))


def test_context_transition() -> None:
    around = Iteration("avg", "Pupils", (col("Pupils.PupilID"),))
    found = only("AVERAGEX(VALUES(Pupils[PupilID]), [s])", s="SUM(Results[Score])")
    assert found == base("sum", "Results.Score", iterations=(around,), via=("s",))
    assert found.to_model().aggregate == "avg"
    around = Iteration("sum", "Schools", None)
    text = 'SUMX(FILTER(Schools, Schools[Area] = "N"), CALCULATE(COUNTROWS(Results)))'
    north = (call("eq", col("Schools.Area"), Literal("N")),)
    assert only(text) == base("count", adds=north, iterations=(around,))
    around = Iteration("sum", "Schools", (col("Schools.Area"),))
    text = "SUMX(ALL(Schools[Area]), [s])"
    assert only(text, s="COUNTROWS(Results)") == base(
        "count", removes=(col("Schools.Area"),), iterations=(around,), via=("s",)
    )


def test_no_transition_without_calculate() -> None:
    text = 'SUMX(FILTER(Schools, Schools[Area] = "N"), COUNTROWS(Results))'
    assert only(text) == base("count", iterations=(Iteration("sum", "Schools", None),))


def test_rows_of_a_related_table() -> None:
    found = only("SUMX(Pupils, COUNTROWS(RELATEDTABLE(Results)))")
    assert found == base("count", iterations=(Iteration("sum", "Pupils", None),))


@pytest.mark.parametrize(
    "table",
    [
        "{[n], [s]}",
        "FILTER({[n], [s]}, [Value] > 0)",
        '{("a", [n]), ("b", [s])}',
        'UNION(ROW("v", [n]), ROW("v", [s]))',
    ],
)
def test_of_several_measures_in_a_table_each_may_be_shown(table: str) -> None:
    measures = {"n": "COUNTROWS(Results)", "s": "SUM(Results[Score])"}
    every = (base("count", via=("n",)), base("sum", "Results.Score", via=("s",)))
    for text in (f"MAXX({table}, [Value])", f"VAR t = {table} RETURN MAXX(t, [Value])"):
        assert bases(text, **measures) == every


def test_row_values_beside_measures() -> None:
    found = bases("SUMX(Schools, Schools[Area] * [n])", n="COUNTROWS(Results)")
    beside = base("count", "Schools.Area", "Schools")
    assert found == (beside, base("count", via=("n",), iterations=(Iteration("sum", "Schools", None),)))


def test_arithmetic_of_a_row() -> None:
    found = only("SUMX(Results, Results[Score] * 2)")
    assert found.arg == call("mul", col("Results.Score"), Literal(2))


def test_computed_columns() -> None:
    text = 'AVERAGEX(ADDCOLUMNS(VALUES(Pupils[PupilID]), "@s", [s]), [@s])'
    around = Iteration("avg", "Pupils", (col("Pupils.PupilID"),))
    assert only(text, s="SUM(Results[Score])") == base("sum", "Results.Score", iterations=(around,), via=("s",))
    text = 'MAXX(SUMMARIZE(Results, Pupils[PupilID], "@s", SUM(Results[Score])), [@s])'
    assert only(text) == base(
        "sum", "Results.Score", iterations=(Iteration("max", "Results", (col("Pupils.PupilID"),)),)
    )
    text = 'MAXX(GROUPBY(Results, Pupils[PupilID], "@s", SUMX(CURRENTGROUP(), Results[Score])), [@s])'
    found = only(text)
    assert (found.aggregate, found.table, found.arg) == ("sum", "Results", col("Results.Score"))
    assert found.problems == ()


def test_rank_rests_on_all_that_is_ranked() -> None:
    found = bases("RANKX(ALL(Schools[School]), [n])", n="COUNTROWS(Results)")
    around = Iteration("rank", "Schools", (col("Schools.School"),))
    ranked = base("count", removes=(col("Schools.School"),), iterations=(around,), via=("n",))
    assert found == (ranked, base("count", via=("n",)))


def test_top_members() -> None:
    text = "CALCULATE([n], TOPN(3, VALUES(Schools[School]), [n], DESC))"
    top = TopMembers((col("Schools.School"),), Aggregate("sum", col("Results.Score")), 3)
    assert only(text, n="SUM(Results[Score])") == base("sum", "Results.Score", adds=(top,), via=("n",))
    found = only(text, n="CALCULATE(SUM(Results[Score]), ALL(Results[Grade]))")
    assert found.adds == (TopMembers((col("Schools.School"),), Literal(None), 3),)
    assert found.to_model().over == (col("Schools.School"),)
    assert found.to_model().problems == ()
    (lost,) = bases("CALCULATE([n], TOPN(3, Schools, [n]))", n="COUNTROWS(Results)")
    assert "TOPN" in lost.problems[0]


def test_a_list_shows_a_value_for_every_member() -> None:
    found = only('CONCATENATEX(VALUES(Pupils[PupilID]), [n], ", ")', n="COUNTROWS(Results)")
    assert found.to_model().over == (col("Pupils.PupilID"),)
    # of a table by its key, of a product by all its columns; rows that nothing tells apart are said
    keyed = [only(f"MINX({over}, [n])", n="COUNTROWS(Results)").to_model().over for over in OVER]
    assert keyed == [tuple(map(col, over)) for over in OVER.values()]
    assert "every row" in only('CONCATENATEX(Targets, [n], ", ")', n="COUNTROWS(Results)").to_model().problems[0]


OVER = {
    "Pupils": ("Pupils.PupilID",),
    "CROSSJOIN(VALUES(Schools[Area]), VALUES(Pupils[Sex]))": ("Schools.Area", "Pupils.Sex"),
    "GENERATE(Schools, VALUES(Pupils[Sex]))": ("Schools.SchoolID", "Pupils.Sex"),
}


FIRST, LAST = Aggregate("min", col("Date.Date")), Aggregate("max", col("Date.Date"))


def part(unit: str, day: Expr) -> Call:
    return call("date_trunc", Literal(unit), day)


def plus(unit: str, count: int, day: Expr) -> Call:
    return call("date_add", Literal(unit), Literal(count), day)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("TOTALYTD([n], 'Date'[Date])", part("year", LAST), LAST),
        ("CALCULATE([n], DATESMTD('Date'[Date]))", part("month", LAST), LAST),
        ("TOTALYTD([n], 'Date'[Date], \"8-31\")", plus("month", 8, part("year", plus("month", -8, LAST))), LAST),
        ("CALCULATE([n], PREVIOUSMONTH('Date'[Date]))",
         plus("month", -1, part("month", FIRST)), plus("day", -1, part("month", FIRST))),
        ("CALCULATE([n], DATEADD('Date'[Date], -7, DAY))", plus("day", -7, FIRST), plus("day", -7, LAST)),
        ("CALCULATE([n], PARALLELPERIOD(VALUES('Date'[Date]), -1, QUARTER))",
         plus("quarter", -1, part("quarter", FIRST)),
         plus("day", -1, plus("quarter", 1, part("quarter", plus("quarter", -1, part("quarter", LAST)))))),
        ("CALCULATE([n], LASTDATE('Date'[Date]))", LAST, LAST),
        ("CALCULATE([n], DATESINPERIOD('Date'[Date], LASTDATE('Date'[Date]), -3, MONTH))",
         plus("day", 1, plus("month", -3, LAST)), LAST),
        ("CLOSINGBALANCEYEAR([n], 'Date'[Date])",
         plus("day", -1, plus("year", 1, part("year", LAST))), plus("day", -1, plus("year", 1, part("year", LAST)))),
    ],
)  # fmt: skip
def test_time_intelligence_is_a_condition_on_values_of_the_cell(text: str, first: Expr, last: Expr) -> None:
    date = col("Date.Date")
    found = only(text, n="COUNTROWS(Results)")
    assert found == base("count", removes=DATES, adds=(call("ge", date, first), call("le", date, last)), via=("n",))
    assert found.to_model().problems == ()


@pytest.mark.parametrize(
    "text",
    ["CALCULATE([n], LASTDATE('Date'[Date].[Date]))", "TOTALYTD([n], 'Date'[Date], \"4-5\")",
     "CALCULATE([n], LASTNONBLANK('Date'[Date], [n] / [n]))",
     "FIRSTNONBLANKVALUE('Date'[Date], [n] + 0)"],
)  # fmt: skip
def test_other_time_functions_are_shifted_and_say_so(text: str) -> None:
    found = only(text, n="COUNTROWS(Results)")
    (shift,) = found.shifts
    assert shift.columns == frozenset({col("Date.Date")})
    assert found == base("count", removes=DATES, shifts=(shift,), via=("n",))
    assert found.to_model().problems == (f"rows of another position: {shift.text}",)


def test_a_later_all_ends_the_shift() -> None:
    found = only("TOTALYTD([n], 'Date'[Date])", n="CALCULATE(COUNTROWS(Results), ALL('Date'))")
    assert found == base("count", removes=DATES, via=("n",))


def test_dates_between_constants_are_a_condition() -> None:
    found = only("CALCULATE(COUNTROWS(Results), DATESBETWEEN('Date'[Date], DATE(2020, 9, 1), BLANK()))")
    first = call("make_date", Literal(2020), Literal(9), Literal(1))
    assert found.shifts == ()
    assert found.removes == DATES
    assert first in found.adds[0].args[1].args


def test_windows() -> None:
    text = "CALCULATE([n], OFFSET(-1, ALL('Date'[Year]), ORDERBY('Date'[Year], DESC, 'Date'[Month])))"
    found = only(text, n="COUNTROWS(Results)")
    year = frozenset({col("Date.Year")})
    shown = "OFFSET(- 1, ALL('Date'[Year]), ORDERBY('Date'[Year], DESC, 'Date'[Month]))"
    assert found == base("count", removes=(col("Date.Year"),), shifts=(Shift(year, shown),), via=("n",))


def test_lookup_ignores_the_cell() -> None:
    found = only('LOOKUPVALUE(Schools[School], Schools[SchoolID], "1")')
    assert replace(found, notes=()) == base("first", "Schools.School", "Schools", removes=SCHOOLS)


def test_calculation_item() -> None:
    reducer = Reducer(schema(n="COUNTROWS(Results)"))
    found = reducer.expression_bases(
        'CALCULATE(SELECTEDMEASURE(), Results[Grade] = "A")', home="Items", name="m", selected="n"
    )
    assert found == (base("count", adds=MATHS, removes=GRADE, via=("n",)),)
    (worst,) = reducer.expression_bases("SELECTEDMEASURE()", home="Results", name="m")
    assert worst == base("count", problems=("SELECTEDMEASURE outside of a calculation item",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROBNICATE(Results[Score])", base("any", "Results.Score", problems=("unknown function FROBNICATE",))),
        ("FROBNICATE(SUM(Results[Score]))",
         base("sum", "Results.Score", problems=("unknown function FROBNICATE",))),
        ("SUM()", base("count", problems=("SUM with 0 arguments",))),
        ("SUM(Results[Nope])", base("sum", problems=("unknown column 'Results'[Nope]",))),
        ("[nope]", base("count", problems=("unknown name [nope]",))),
        ("COUNTROWS(Nope)", base("count", table=None, problems=("unknown table Nope", "rows of no single table"))),
        ("RUNNINGSUM([n])", base("count", via=("n",), problems=(
            "RUNNINGSUM is not understood outside of its visual or query",))),
        ("CALCULATE([n], [n] > 5)", base("count", via=("n",), problems=("filter not understood: [n] > 5",))),
        ("CALCULATE([n], FILTER(GROUPBY(Results, Pupils[PupilID], \"k\", SUMX(CURRENTGROUP(), 1)), [k] > 5))",
         base("count", via=("n",), problems=("a value of SUMX over columns of a related table",))),
        ("CALCULATE([n], FILTER(ALL(Pupils[PupilID]), [n] > 5))",
         base("count", via=("n",), removes=(col("Pupils.PupilID"),), problems=("measure [n] computed for each row",))),
        ("CALCULATE([n], TREATAS(Targets, 'Date'[Year]))",
         base("count", via=("n",), removes=(col("Date.Year"),),
              problems=("TREATAS from Targets: a table without as many known columns",))),
        ("TOTALWTD([n], Fiscal)", base("count", via=("n",), problems=(
            "DATESWTD by the calendar 'Fiscal', whose definition is not read",))),
        ("CALCULATE([n], NEXTWEEK('Date'[Date]))", base("count", via=("n",), problems=(
            "NEXTWEEK over a column: weeks are known only by a calendar of the model",))),
        ("CALCULATE([n], USERELATIONSHIP(Results[Entered], 'Date'[Date]), VALUES(Results[Grade]))",
         base("count", via=("n",), links=(Link(col("Results.Entered"), col("Date.Date"), "active"),),
              problems=("a filter by 'Results' was chosen along other relationships",))),
        ("SUM(Results[Score]", base("count", problems=("the expression ends too early (at character 19)",))),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_is_the_worst_case(text: str, expected: BaseUse) -> None:
    assert bases(text, n="COUNTROWS(Results)") == (expected,)


@pytest.mark.parametrize(
    "rows", ["COUNTROWS(RELATEDTABLE(Results))", "VAR r = RELATEDTABLE(Results) RETURN COUNTROWS(r)"]
)
def test_the_related_rows_are_those_of_the_row(rows: str) -> None:
    """``COUNTROWS(FILTER(Pupils, COUNTROWS(RELATEDTABLE(Results)) > 1))`` counts pupils, not the cell's results."""
    measured = only("COUNTROWS(FILTER(Pupils, [n] > 1))", n="COUNTROWS(Results)")
    assert measured.to_model().values[0].per == (col("Pupils.PupilID"),)
    assert only(f"COUNTROWS(FILTER(Pupils, {rows} > 1))").adds == measured.adds
    (lost,) = bases("COUNTROWS(FILTER(Pupils, COUNTROWS(CALCULATETABLE(Results, ALL(Pupils))) > 1))")
    assert "each member" in lost.problems[0]
    (lost,) = bases("COUNTROWS(FILTER(Results, COUNTROWS(RELATEDTABLE(Pupils)) > 1))")
    assert lost.problems


def test_filters_on_rows_of_the_same_table_work_together() -> None:
    chosen = 'CALCULATE([n], FILTER(Results, Results[Grade] = "A"))'
    both = only("CALCULATE([a], FILTER(Results, Results[Score] > 5))", n="COUNTROWS(Results)", a=chosen)
    assert both.problems == ()
    assert set(both.adds) == {
        call("gt", col("Results.Score"), Literal(5)),
        call("eq", col("Results.Grade"), Literal("A")),
    }


def test_cycles_are_found() -> None:
    (found,) = bases("[a]", a="[b] + 1", b="[a] + 1")
    assert found.problems == ("measure [a] rests on itself",)
    assert found.table == "Results"


def test_a_broken_measure_below_is_said() -> None:
    (found,) = bases("[a]", a="SUM(")
    assert found.problems == ("measure [a]: the expression ends too early (at character 5)",)


def test_measure_by_name() -> None:
    reducer = Reducer(schema(n="COUNTROWS(Results)"))
    assert reducer.measure_bases("N") == (replace(base("count"), measure="n"),)
    with pytest.raises(KeyError):
        reducer.measure_bases("other")


def test_model_base() -> None:
    found = only('CALCULATE(SUM(Results[Score]), Results[Grade] = "A")').to_model()
    assert found == Base("m", "value", "sum", col("Results.Score"), "Results", all_of(*MATHS), GRADE)
    assert only("COUNTROWS(Results)").to_model().adds == TRUE


def others(condition: Expr) -> Expr:
    return call("not", call("coalesce", condition, Literal(value=False)))


@pytest.mark.parametrize(
    ("text", "aggregate"),
    [
        ('COUNTROWS(Results) - CALCULATE(COUNTROWS(Results), Results[Grade] = "A")', "count"),
        ('VAR a = COUNTROWS(Results) RETURN a - CALCULATE(COUNTROWS(Results), Results[Grade] = "A")', "count"),
        ('SUM(Results[Score]) - CALCULATE(SUM(Results[Score]), Results[Grade] = "A")', "sum"),
    ],
)
def test_what_a_difference_leaves_is_a_base_of_its_own(text, aggregate):
    """All but a few: the few who are left are the number that is shown."""
    every, some, rest = bases(text)
    assert (every.adds, some.adds) == ((), MATHS)
    assert rest == replace(every, adds=(others(MATHS[0]),))
    assert rest.aggregate == aggregate


def test_a_rest_is_a_numerator_where_it_is_divided():
    text = 'DIVIDE(COUNTROWS(Results) - CALCULATE(COUNTROWS(Results), Results[Grade] = "A"), COUNTROWS(Results))'
    assert ("numerator", (others(MATHS[0]),)) in {(b.role, b.adds) for b in bases(text)}


@pytest.mark.parametrize(
    "text",
    [
        "CALCULATE(COUNTROWS(Results), Results[Present]) - CALCULATE(COUNTROWS(Results), NOT Results[Present])",
        "AVERAGE(Results[Score]) - CALCULATE(AVERAGE(Results[Score]), Results[Present])",
        "COUNTROWS(Results) - COUNTROWS(Pupils)",
        "COUNTROWS(Results) - CALCULATE(COUNTROWS(Results), 'Date'[Year] = MAX('Date'[Year]) - 1)",
        "COUNTROWS(Results) - CALCULATE(COUNTROWS(Results), SAMEPERIODLASTYEAR('Date'[Date]))",
        "COUNTROWS(Schools) - CALCULATE(COUNTROWS(Schools), ALL(Results[Grade]))",
        "COUNTROWS(Results) - CALCULATE(COUNTROWS(Results), TOPN(3, VALUES(Results[Grade]), COUNTROWS(Results)))",
    ],
)
def test_numbers_that_are_no_part_of_each_other_leave_no_rest(text):
    assert len(bases(text)) == 2


def test_a_choice_on_members_leaves_only_those_for_which_it_holds():
    """A cell of a hundred may have a member of three: the number shown is that of the others."""
    text = "SUMX(VALUES(Pupils[Sex]), IF([n] > 10, BLANK(), [n]))"
    for comparison, kept in (("> 10", "le"), ("< 10", "ge")):
        (made,) = to_model(bases(text.replace("> 10", comparison), n="COUNTROWS(Results)"))
        assert made.guards == ()
        assert made.adds == call(kept, Column(CELL, "v0"), Literal(10)) or isinstance(made.adds, Call)
        assert [v.per for v in made.values] == [(col("Pupils.Sex"),)]


@pytest.mark.parametrize(
    "text",
    [
        "CALCULATE(COUNTROWS(Pupils), Results, Results[Score] > 5)",
        "CALCULATE(COUNTROWS(Pupils), TOPN(5, Results, Results[Score]))",
        "CALCULATE(COUNTROWS(Pupils), CALCULATETABLE(VALUES(Pupils[PupilID]), Results))",
        "SUMX(Results, CALCULATE(COUNTROWS(Pupils)))",
        # values of one column, chosen by another: all rows with these values take part
        "CALCULATE(COUNTROWS(Results), SUMMARIZE(FILTER(Results, Results[Present]), Schools[School]))",
        'CALCULATE(COUNTROWS(Results), SELECTCOLUMNS(FILTER(Results, Results[Present]), "s", Results[SchoolID]))',
    ],
)
def test_rows_that_rest_on_what_another_table_holds_are_a_stated_problem(text):
    assert all(b.problems for b in bases(text))


@pytest.mark.parametrize(
    "text",
    [
        "CALCULATE(COUNTROWS(Results), Pupils)",
        "CALCULATE(COUNTROWS(Results), Results)",
        "CALCULATE(COUNTROWS(Results), VALUES(Results[Grade]))",
        "CALCULATE(COUNTROWS(Results), CALCULATETABLE(Results), ALL(Pupils))",
        "SUMX(Pupils, CALCULATE(COUNTROWS(Results)))",
        'CALCULATE(COUNTROWS(Results), SELECTCOLUMNS(VALUES(Results[Grade]), "g", Results[Grade]))',
        "CALCULATE(CALCULATE(COUNTROWS(Pupils), ALL(Pupils)), SUMMARIZE(Results, Pupils[PupilID]))",
        # every member is listed, and judged by itself
        'CONCATENATEX(SUMMARIZE(Results, Pupils[Sex]), CALCULATE(COUNTROWS(Pupils)), ",")',
    ],
)
def test_tables_that_every_counted_row_refers_to_take_nothing_away(text):
    assert [b.problems for b in bases(text)] == [()]


@pytest.mark.parametrize("function", ["MINX", "MAXX"])
def test_the_least_or_greatest_of_members_is_judged_member_by_member(function):
    """What is shown is the number of one of them."""
    (listed,) = to_model(bases(f"{function}(VALUES(Pupils[Sex]), [n])", n="COUNTROWS(Results)"))
    assert listed.over == (col("Pupils.Sex"),)
    (summed,) = to_model(bases("SUMX(VALUES(Pupils[Sex]), [n])", n="COUNTROWS(Results)"))
    assert summed.over == ()


def test_a_sum_of_each_members_greatest_value_is_also_a_sum() -> None:
    """Of a flag it is the number of pupils who have it."""
    greatest, summed = to_model(bases("SUMX(VALUES(Pupils[PupilID]), CALCULATE(MAX(Results[Score])))"))
    assert (greatest.aggregate, greatest.role) == ("max", "value")
    assert (summed.aggregate, summed.role, summed.arg) == ("sum", "numerator", col("Results.Score"))
