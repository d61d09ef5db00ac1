"""Filters of which one is a part of the other, and what their difference tells."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.suppression.populations import conjuncts, restrictions
from checks.suppression.su002_recoverable_across_visuals import recoverable_across_visuals
from linter.expressions import Expr, Literal, call
from linter.model import Filter
from tests.checks.books import book, column, drawn

YEAR, AGE = column("Year"), column("Age")
BOUNDS = ("lt", "le", "gt", "ge")


def only(*values: Any) -> Expr:
    return call("in", YEAR, *(Literal(v) for v in values))


def but(*values: Any) -> Expr:
    return call("not", only(*values))


conditions = st.one_of(
    st.lists(st.integers(0, 5), min_size=1, unique=True).map(lambda v: only(*v)),
    st.lists(st.integers(0, 5), min_size=1, unique=True).map(lambda v: but(*v)),
    st.lists(st.tuples(st.sampled_from(BOUNDS), st.integers(0, 5)), min_size=1, max_size=2).map(
        lambda parts: call("and", *(call(sign, YEAR, Literal(n)) for sign, n in parts))
    ),
)


def holds(condition: Expr, value: int) -> bool:
    def one(part: Any) -> bool:
        match part.function, part.args:
            case "in", (_, *members):
                return any(m.value == value for m in members)
            case "not", (inner,):
                return not one(inner)
            case sign, (_, limit):
                n = limit.value
                return {"lt": value < n, "le": value <= n, "gt": value > n, "ge": value >= n}[sign]
        raise AssertionError(part)

    return all(one(part) for part in conjuncts(condition))


@given(conditions, conditions)
def test_within_is_never_wrong(a: Expr, b: Expr):
    left, right = (restrictions(conjuncts(c))[0].get(YEAR) for c in (a, b))
    if left is not None and right is not None and left.within(right):
        assert all(holds(b, value) for value in range(-3, 9) if holds(a, value))


@pytest.mark.parametrize(
    ("part", "whole", "known"),
    [
        (only("7", "8"), only("7", "8", "9"), True), (only("7", "10"), only("7", "8"), False),
        (only("7"), but("8"), True), (but("7", "8"), but("8"), True), (but("8"), but("7", "8"), False),
        (only("Ash"), but("ash"), False), (only(None), but("Ash"), True), (only(None), but("Ash", None), False),
        (call("ge", AGE, Literal(5)), call("gt", AGE, Literal(4)), True),
        (call("gt", AGE, Literal(5)), call("ge", AGE, Literal(5)), True),
        (call("ge", AGE, Literal(5)), call("gt", AGE, Literal(5)), False),
        (call("ge", AGE, Literal(dt.date(2020, 1, 1))), call("ge", AGE, Literal(dt.date(2019, 1, 1))), True),
        (call("ge", AGE, Literal(dt.date(2020, 1, 1))), call("ge", AGE, Literal(3)), False),
        (only(6, 7), call("ge", YEAR, Literal(6)), True),
    ],
)  # fmt: skip
def test_what_is_known_to_be_a_part(part, whole, known):
    a, b = (next(iter(restrictions(conjuncts(c))[0].values())) for c in (part, whole))
    assert a.within(b) is known


def test_what_is_no_restriction_of_one_column_stays_as_it_is():
    condition = call("contains", YEAR, Literal("7"))
    assert restrictions(iter([condition])) == ({}, frozenset({condition}))
    assert restrictions(conjuncts(Literal(value=True))) == ({}, frozenset())


ALL = {("Ash",): 120, ("Birch",): 99, ("Cedar",): 84}
SOME = {("Ash",): 100, ("Birch",): 95, ("Cedar",): 40}


def under(*predicates: Expr) -> list[Filter]:
    return [Filter("Year", p, "dimension", "visual") for p in predicates]


def test_a_small_difference_of_two_filters_is_a_small_figure():
    part = drawn("part", ("School",), SOME, filters=under(only("7", "8")))
    (found,) = recoverable_across_visuals.check(book(drawn("all", ("School",), ALL), part, columns=("School", "Year")))
    assert found.location.visual == "part"
    assert found.evidence["differences"] == 1
    assert found.evidence["visuals"] == ("all",)
    assert found.evidence["certificates"] == (
        "[School=Birch] - [School=Birch, Year=(7 or 8)] = [School=Birch, Year without (7 or 8)]",
    )
    assert found.revealed["certificates"][0].startswith("99 - 95 = 4: ")


def test_large_differences_and_unrelated_filters_are_quiet():
    large = drawn("part", ("School",), {k: n - 15 for k, n in ALL.items()}, filters=under(only("7", "8")))
    assert not list(recoverable_across_visuals.check(book(drawn("all", ("School",), ALL), large)))
    one = drawn("one", ("School",), SOME, filters=under(only("7", "8")))
    other = drawn("other", ("School",), ALL, filters=under(only("8", "9", "10")))
    assert not list(recoverable_across_visuals.check(book(one, other)))
    pattern = drawn("pattern", ("School",), SOME, filters=under(call("contains", YEAR, Literal("7"))))
    assert not list(recoverable_across_visuals.check(book(drawn("all", ("School",), ALL), pattern)))


def test_one_list_within_another_and_a_hidden_figure_between_them():
    wide = drawn("wide", ("School",), ALL, filters=under(only("7", "8", "9")))
    narrow = drawn("narrow", ("School",), SOME, filters=under(only("7", "8")))
    by_year = {("Ash", "9"): 20, ("Birch", "9"): 4, ("Cedar", "9"): 44, ("Ash", "10"): 30, ("Birch", "10"): 31}
    hidden = drawn("years", ("School", "Year"), by_year, hide=lambda k: by_year[k] < 10)
    context = book(wide, narrow, hidden, columns=("School", "Year"))
    found = {f.location.visual: f for f in recoverable_across_visuals.check(context)}
    assert found["narrow"].evidence["differences"] == 1


def test_a_list_is_the_sum_of_its_members():
    by_year = {("Ash", "7"): 60, ("Ash", "8"): 40, ("Birch", "7"): 91, ("Birch", "8"): 4}
    hidden = drawn("years", ("School", "Year"), by_year, hide=lambda k: by_year[k] < 10)
    both = drawn("both", ("School",), {("Ash",): 100, ("Birch",): 95}, filters=under(only("7", "8")))
    (found,) = recoverable_across_visuals.check(book(hidden, both, columns=("School", "Year")))
    assert found.location.visual == "years"
    assert found.evidence["recoverable"] == 1
    assert "95 - 91 = 4" in found.revealed["certificates"][0]
