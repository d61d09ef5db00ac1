"""Sums of flags count the ones, and every count of people counts by itself."""

from __future__ import annotations

from linter.cells.summed import by_count, really_used
from linter.evidence import Unit
from linter.expressions import NULL, Case, Column, Literal, call
from linter.model import Base

FSM, PUPILS, FLAG = Column("t", "FSM"), Column("t", "Pupils"), Column("t", "Flag")
YES = call("eq", FSM, Literal("Yes"))
UNIT = Unit("count_field", "Pupils", PUPILS, "high")


def used(aggregate, arg, role="value"):
    return [(b.role, b.aggregate, b.arg) for b in really_used(Base("m", role, aggregate, arg), {FLAG}.__contains__)]


def test_a_sum_of_ones_and_noughts_is_a_count_of_the_ones():
    ones = Case(((YES, Literal(1)),), NULL)
    assert used("sum", Case(((YES, Literal(1)),), Literal(0))) == [("value", "count", ones)]
    assert used("sum", Case(((YES, Literal(1)),), Literal(0)), "numerator") == [("numerator", "count", ones)]
    assert used("sum", call("to_int", YES)) == [("value", "count", Case(((YES, Literal(1)),)))]


def test_rows_that_add_nothing_are_not_behind_an_amount():
    assert used("sum", Case(((YES, PUPILS),), Literal(0))) == [("value", "sum", Case(((YES, PUPILS),), NULL))]
    assert used("sum", PUPILS) == [("value", "sum", PUPILS)]


def test_a_column_of_two_values_is_taken_for_a_flag():
    ones = Case(((call("ne", FLAG, Literal(0)), Literal(1)),))
    assert used("sum", FLAG) == [("value", "sum", ones)]
    assert used("avg", FLAG) == [("value", "avg", FLAG), ("numerator", "count", ones), ("denominator", "count", FLAG)]


def test_other_statistics_stay_as_they_are():
    assert used("max", FLAG) == [("value", "max", FLAG)]
    assert used("count", None) == [("value", "count", None)]


def test_each_count_field_tells_its_own_people():
    own, other, mean = (
        Base("a", "value", "sum", PUPILS),
        Base("b", "value", "sum", FSM),
        Base("c", "value", "avg", FLAG),
    )
    found = by_count((own, other, mean), UNIT, {PUPILS, FSM}.__contains__)
    assert [(bases, unit.column) for bases, unit in found] == [((own, mean), PUPILS), ((other,), FSM)]
    assert by_count((own, other), Unit("rows"), {PUPILS, FSM}.__contains__) == [((own, other), Unit("rows"))]
    assert by_count((), UNIT, {PUPILS}.__contains__) == [((), UNIT)]
