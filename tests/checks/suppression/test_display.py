"""Figures that a formula hides, and the symbols in their place."""

from __future__ import annotations

import pytest

from checks.small_counts.sc001_small_count import small_count
from checks.suppression.su001_recoverable_in_visual import recoverable_in_visual
from checks.suppression.su004_display_only_suppression import display_only_suppression
from checks.suppression.su005_telling_symbols import telling_symbols
from linter.expressions import Aggregate, Case, Literal, call
from linter.findings import Severity
from linter.model import Base, Field, Settings, ShownWhere
from linter.policy.audience import Delivery
from tests.checks.books import PUPILS, SCHOOLS, UPN, book, drawn

DIMS = ("School", "SEN provision")
COUNTED = Aggregate("count_distinct", UPN)


def starred(symbol: str = "*", name: str = "Shown", swap: bool = False) -> Field:
    text = call("to_text", COUNTED)
    if swap:
        return Field(
            name, name, "t", Case(((call("ge", COUNTED, Literal(10)), text),), Literal(symbol)), kind="measure"
        )
    return Field(name, name, "t", Case(((call("lt", COUNTED, Literal(10)), Literal(symbol)),), text), kind="measure")


def shown(name: str = "Shown") -> Base:
    return Base(name, "value", "count_distinct", UPN, "t")


def guarded_book(**more):
    field = more.pop("field", starred())
    return book(drawn("v", DIMS, SCHOOLS, totals=True, bases=[(shown(), SCHOOLS)]), fields=[field], **more)


@pytest.mark.parametrize("swap", [False, True])
def test_a_star_hides_nothing_in_a_file(swap):
    context = guarded_book(field=starred(swap=swap))
    found = list(display_only_suppression.check(context))
    assert [f.evidence["hidden_small"] for f in found] == [1]
    assert found[0].severity is Severity.ERROR
    assert not list(small_count.check(context))
    assert [f.evidence["recoverable"] for f in recoverable_in_visual.check(context)] == [1]


def test_it_is_good_practice_where_readers_get_views_alone():
    assert not list(display_only_suppression.check(guarded_book(delivery=Delivery.SERVICE_VIEW)))
    exported = guarded_book(delivery=Delivery.SERVICE_VIEW, settings=Settings(export="underlying"))
    assert len(list(display_only_suppression.check(exported))) == 1


def test_a_formula_that_hides_no_small_count_is_quiet():
    large = {k: n + 100 for k, n in SCHOOLS.items()}
    context = book(drawn("v", DIMS, large, bases=[(shown(), large)]), fields=[starred()])
    assert not list(display_only_suppression.check(context))


def test_a_guard_of_the_model_counts_like_a_formula():
    plain = shown("Pupils")
    guarded = Base("Shown", "value", "count_distinct", UPN, "t", guards=(ShownWhere(plain, "ge", 10),))
    context = book(drawn("v", DIMS, SCHOOLS, totals=True, bases=[(guarded, SCHOOLS)]), tool="powerbi")
    assert len(list(display_only_suppression.check(context))) == 1


def test_a_condition_that_was_not_counted_is_said():
    other = Aggregate("sum", UPN)
    field = Field(
        "Shown", "Shown", "t", Case(((call("lt", other, Literal(10)), Literal("c")),), COUNTED), kind="measure"
    )
    found = list(display_only_suppression.check(guarded_book(field=field)))
    assert [f.confidence.value for f in found] == ["low"]


def test_an_unguarded_count_is_still_small():
    assert len(list(small_count.check(book(drawn("v", DIMS, SCHOOLS, bases=[(PUPILS, SCHOOLS)]))))) == 1


def test_symbols_out_of_use_and_several_symbols():
    assert len(list(telling_symbols.check(guarded_book()))) == 1
    assert not list(telling_symbols.check(guarded_book(field=starred("c"))))
    two = book(
        drawn("v", DIMS, SCHOOLS, bases=[(shown("A"), SCHOOLS)]),
        drawn("w", DIMS, SCHOOLS, bases=[(shown("B"), SCHOOLS)]),
        fields=[starred("c", "A"), starred("<10", "B")],
    )
    assert len(list(telling_symbols.check(two))) == 2
