"""Percentages on show give hidden counts away: in their own visual, and across pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.suppression.su001_recoverable_in_visual import recoverable_in_visual
from checks.suppression.su002_recoverable_across_visuals import recoverable_across_visuals
from linter.expressions import TRUE, Case, Literal, call
from linter.model import Base, Field, Look
from tests.checks.books import PUPILS, UPN, book, column, drawn

WHOLE = {("Ash",): 26, ("Birch",): 63, ("Cedar",): 88}
PART = {("Ash",): 12, ("Birch",): 7, ("Cedar",): 8}
FSM = call("eq", column("FSM"), Literal("Y"))
ELIGIBLE = Base("Eligible", "value", "count_distinct", UPN, "t", FSM)
HIDE = {"hide": lambda k: PART[k] < 10}


def share(adds: bool = True, **more: object) -> list[tuple[Base, dict]]:
    numerator = Base("Share FSM", "numerator", "count_distinct", UPN, "t", FSM)
    if not adds:
        numerator = replace(numerator, arg=Case(((FSM, UPN),)), adds=TRUE)
    numerator = replace(numerator, **more)
    return [(numerator, PART), (Base("Share FSM", "denominator", "count_distinct", UPN, "t"), WHOLE)]


def pages(shares, text: str = "0.0%", cohorts: bool = True):
    counts = drawn("counts", ("School",), PART, bases=[(ELIGIBLE, PART)], **HIDE)
    rates = drawn("rates", ("School",), WHOLE, bases=shares)
    sizes = drawn("sizes", ("School",), WHOLE, bases=[(PUPILS, WHOLE)])
    field = Field("Share FSM", "Share FSM", "t", None, kind="measure", format=text)
    shown = [counts, rates, *([sizes] if cohorts else [])]
    return book(*shown, columns=("School", "FSM"), fields=[field])


@pytest.mark.parametrize("adds", [True, False])
def test_a_percentage_of_a_shown_cohort_gives_the_hidden_count(adds):
    (found,) = recoverable_across_visuals.check(pages(share(adds)))
    assert found.location.visual == "counts"
    assert found.evidence["recoverable"] == 2
    assert set(found.evidence["visuals"]) == {"rates", "sizes"}
    assert any("11.1% of 63 is 7" in text for text in found.revealed["certificates"])
    assert not any(c.isdigit() for text in found.evidence["certificates"] for c in text.split(": ", 1)[-1])
    assert "hide the percentages" in found.fix or "percentages of what is hidden" in found.fix


def test_without_the_cohort_nothing_follows():
    assert not list(recoverable_across_visuals.check(pages(share(), cohorts=False)))


def test_a_rough_percentage_of_a_large_cohort_gives_nothing_away():
    large = {k: n + 4000 for k, n in WHOLE.items()}
    shares = [(share()[0][0], PART), (share()[1][0], large)]
    counts = drawn("counts", ("School",), PART, bases=[(ELIGIBLE, PART)], **HIDE)
    sizes = drawn("sizes", ("School",), large, bases=[(PUPILS, large)])
    rates = drawn("rates", ("School",), large, bases=shares)
    field = Field("Share FSM", "Share FSM", "t", None, kind="measure", format="0%")
    context = book(counts, rates, sizes, columns=("School", "FSM"), fields=[field], people=10_000)
    assert not list(recoverable_across_visuals.check(context))
    visual = replace(rates[0], looks=(Look("Share FSM", "0.000%"),))
    context = book(counts, (visual, rates[1]), sizes, columns=("School", "FSM"), fields=[field], people=10_000)
    assert list(recoverable_across_visuals.check(context))


def test_beside_its_cohort_in_the_same_visual():
    bases = [(ELIGIBLE, PART), (PUPILS, WHOLE), *share()]
    visual, result = drawn("v", ("School",), WHOLE, bases=bases)
    starred = Field("Eligible", "Eligible", "t", None, kind="measure", format='[<10]"c";0')
    context = book((visual, result), columns=("School", "FSM"), fields=[starred])
    (found,) = recoverable_in_visual.check(context)
    assert found.evidence["recoverable"] == 2


def test_a_measure_that_removes_a_filter_nobody_uses_is_counted():
    removing = replace(ELIGIBLE, removes=(column("FSM"),))
    counts = drawn("counts", ("School",), PART, bases=[(removing, PART)], **HIDE)
    rates = drawn("rates", ("School",), WHOLE, bases=share(removes=(column("FSM"),)))
    sizes = drawn("sizes", ("School",), WHOLE, bases=[(PUPILS, WHOLE)])
    context = book(counts, rates, sizes, columns=("School", "FSM"))
    assert len(list(recoverable_across_visuals.check(context))) == 1
