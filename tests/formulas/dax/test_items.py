"""Calculation items over measures."""

from __future__ import annotations

import pytest

from linter.expressions import Column, Literal, call
from linter.formulas.dax import BaseUse, CalculationGroup, Reducer, Schema, to_model
from linter.formulas.dax.context import conjuncts
from linter.formulas.dax.items import members
from linter.model import CELL
from tests.formulas.dax.school import LINKS, TABLES, TYPES, col

SHIFT, SCALE = Column("Shift", "Show as"), Column("Scale", "Scale")
GROUPS = (
    CalculationGroup(
        SHIFT,
        {
            "Current": "SELECTEDMEASURE()",
            "Art": 'CALCULATE(SELECTEDMEASURE(), Results[Grade] = "A")',
            "All": "CALCULATE(SELECTEDMEASURE(), ALL(Results[Grade]))",
            "Share": 'DIVIDE(CALCULATE(SELECTEDMEASURE(), Shift[Show as] = "Art"), SELECTEDMEASURE())',
            "By name": 'IF(SELECTEDMEASURENAME() IN {"Rows"}, SELECTEDMEASURE(), COUNTROWS(Pupils))',
            "Not it": "VAR b = NOT ISSELECTEDMEASURE([Rows]) RETURN IF(b, COUNTROWS(Pupils), SELECTEDMEASURE())",
            "Itself": 'CALCULATE([Rows], Shift[Show as] = "Itself")',
            "Broken": "CALCULATE(",
        },
        10,
    ),
    CalculationGroup(SCALE, {"Area": 'CALCULATE(SELECTEDMEASURE(), Schools[Area] = "N")'}, 5),
)
GRADE_A = call("eq", col("Results.Grade"), Literal("A"))
AREA_N = call("eq", col("Schools.Area"), Literal("N"))


def reduced(
    text: str = "COUNTROWS(Results)",
    *under: tuple[Column, str],
    name: str = "Rows",
    groups: tuple[CalculationGroup, ...] = GROUPS,
) -> tuple[BaseUse, ...]:
    measures = {"Rows": ("Results", "COUNTROWS(Results)"), name: ("Results", text)}
    tables = {**TABLES, "Shift": ("Show as", "Ordinal"), "Scale": ("Scale",)}
    return Reducer(Schema(tables, measures, LINKS, TYPES, groups)).measure_bases(name, under)


def only(*args, **named) -> BaseUse:
    (found,) = reduced(*args, **named)
    return found


def test_an_item_changes_the_filters_of_the_measure():
    found = only("COUNTROWS(Results)", (SHIFT, "Art"))
    assert found.adds == (GRADE_A,)
    assert found.removes == (col("Results.Grade"),)
    assert found.problems == ()
    assert only("COUNTROWS(Results)", (SHIFT, "Current")).adds == ()


def test_a_measure_may_pick_an_item_itself():
    found = only('CALCULATE([Rows], Shift[Show as] = "art")', name="m")
    assert (found.adds, found.removes, found.problems) == ((GRADE_A,), (col("Results.Grade"),), ())


@pytest.mark.parametrize(
    ("kind", "unpicked"),
    [("unpicked", "[Rows]"), ("several", 'CALCULATE([Rows], Shift[Show as] IN {"Art", "All"})')],
)
def test_a_group_that_works_without_one_item_picked_is_said(kind, unpicked):
    group = CalculationGroup(SHIFT, GROUPS[0].items, 10, **{kind: True})
    assert only(unpicked, name="m").problems == ()
    (problem,) = only(unpicked, name="m", groups=(group,)).problems
    assert problem.startswith("calculation group 'Shift' changes measures")


def test_an_item_may_pick_another_one():
    top, bottom = reduced("COUNTROWS(Results)", (SHIFT, "Share"))
    assert (top.role, top.adds) == ("numerator", (GRADE_A,))
    assert (bottom.role, bottom.adds) == ("denominator", ())


def test_items_of_two_groups_work_one_inside_the_other():
    found = only("COUNTROWS(Results)", (SCALE, "Area"), (SHIFT, "Art"))
    assert set(found.adds) == {GRADE_A, AREA_N}


@pytest.mark.parametrize("item", ["By name", "Not it"])
def test_items_that_ask_for_the_measure(item):
    assert only("COUNTROWS(Results)", (SHIFT, item)).table == "Results"
    assert only("SUM(Results[Score])", (SHIFT, item), name="Sum").table == "Pupils"


@pytest.mark.parametrize(
    "text",
    ['CALCULATE([Rows], Shift[Show as] IN {"Art", "All"})', "CALCULATE([Rows], ALL(Shift))", "[Rows]"],
)
def test_a_measure_under_several_items_or_none_is_itself(text):
    assert only(text, name="m").adds == ()
    assert only(text, name="m").problems == ()


def test_items_leave_aggregates_alone():
    found = only('CALCULATE(COUNTROWS(Results), Shift[Show as] = "Art")', name="m")
    assert (found.adds, found.removes, found.problems) == ((), None, ())


@pytest.mark.parametrize(
    ("text", "item", "said"),
    [
        ("COUNTROWS(Results)", "Itself", "nested deeper"),
        ("COUNTROWS(Results)", "Broken", "calculation item 'Broken'"),
        ("CALCULATE([Rows], Shift[Show as] = MAX(Results[Grade]))", None, "which items"),
        ("SUMX(VALUES(Shift[Show as]), [Rows])", None, "for each item"),
    ],
)
def test_what_is_not_understood_is_said(text, item, said):
    found = reduced(text, *([(SHIFT, item)] if item else []), name="Rows" if item else "m")
    assert found
    assert any(said in problem for use in found for problem in use.problems)


def test_a_comparison_under_an_item_guards_nothing():
    """An item may multiply what it is given, so that nothing is known of the count."""
    text = 'IF(CALCULATE([Rows], Shift[Show as] = "Art") > 5, COUNTROWS(Results))'
    assert [use.guards for use in reduced(text, name="m") if use.role != "condition"] == [()]
    text = "IF([Rows] > 5, COUNTROWS(Results))"
    assert [len(use.guards) for use in reduced(text, name="m") if use.role != "condition"] == [1]
    under = reduced(text, (SHIFT, "Art"), name="m")
    assert [use.guards for use in under if use.role != "condition"]


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (call("in", SHIFT, Literal("ART"), Literal("all")), ("Art", "All")),
        (call("not", call("coalesce", call("eq", SHIFT, Literal("Art")), Literal(value=False))), "rest"),
        (call("eq", SHIFT, col("Results.Grade")), None),
    ],
)
def test_members(predicate, expected):
    names = tuple(GROUPS[0].items)
    assert members(GROUPS[0], predicate) == (tuple(n for n in names if n != "Art") if expected == "rest" else expected)


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("COUNTROWS(FILTER(VALUES(Pupils[PupilID]), [Rows] > 5))", ("Pupils.PupilID",)),
        ("CALCULATE(COUNTROWS(Results), FILTER(VALUES(Schools[School]), [Rows] > 5))", ("Schools.School",)),
        ("COUNTROWS(FILTER(Pupils, [Rows] > 5))", ("Pupils.PupilID",)),  # by the key of its relationship
    ],
)
def test_a_condition_on_a_measure_of_each_member(text, per):
    """Counts of those with more than so many: a value for each member in each cell."""
    (found,) = to_model(reduced(text, name="m"))
    assert found.problems == ()
    (value,) = found.values
    assert (value.table, value.aggregate, value.keeps, value.per) == ("Results", "count", None, tuple(map(col, per)))
    assert call("gt", Column(CELL, value.name), Literal(5)) in conjuncts(found.adds)


def test_a_condition_on_a_measure_of_each_member_is_no_value_to_compare_with():
    text = "CALCULATE(COUNTROWS(Results), Results[Score] > COUNTROWS(FILTER(VALUES(Pupils[PupilID]), [Rows] > 5)))"
    assert any(use.problems for use in reduced(text, name="m"))
