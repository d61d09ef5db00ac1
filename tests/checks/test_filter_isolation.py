"""DR006: what readers single out by turning filters, and what is left to other rules."""

from __future__ import annotations

from checks.drilldown.dr006_filter_isolation import filter_isolation
from linter.evidence import Combination, Reached, Unit, VisualResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Page
from linter.policy.audience import Audience
from linter.rules import Context
from tests.checks.build import KEY, context, visual, workbook

TWO_PAGES = (Page("p1", "Overview", part="one"), Page("p2", "Detail", part="two"))
SEX = Combination(("School", "Sex"), 12, 57)
THREE = Combination(("School", "Sex", "Ethnicity"), 30, 197)


def judged(*reached: Reached, audience: Audience = Audience.PUBLIC, second: str = "p2") -> list[Finding]:
    """The findings on a workbook of two visuals, ``chart`` and ``table``."""
    book = workbook(visual("chart", "School"), visual("table", "School", page=second), pages=TWO_PAGES)
    made = context(book, audience=audience, results={v.id: VisualResult(v.id, "evaluated") for v in book.visuals})
    evidence = made.evidence.__class__(made.evidence.tables, made.evidence.units, made.evidence.visuals, (), reached)
    return list(filter_isolation.check(Context(book, evidence, made.policy)))


def states(name: str, *found: Combination, **more: object) -> Reached:
    return Reached(name, KEY, ("Sex", "Ethnicity"), found, **{"depth": 3, **more})  # type: ignore[arg-type]


def test_a_combination_is_told_with_its_fields_and_in_bands() -> None:
    (found,) = judged(states("chart", THREE, SEX))
    assert (found.severity, found.confidence, found.location.page) == (Severity.ERROR, Confidence.HIGH, "Overview")
    assert found.message == (
        "Filters, clicks and drill levels that readers can use leave 1-9 people in 42 cells "
        "(School x Sex and School x Sex x Ethnicity)."
    )
    assert found.evidence["pairs"] == (
        {"fields": ("School", "Sex"), "isolated": "50-99", "cells": 12, "by_difference": False},
        {"fields": ("School", "Sex", "Ethnicity"), "isolated": "100-499", "cells": 30, "by_difference": False},
    )
    assert (found.evidence["depth"], found.evidence["not_decided"]) == (3, 0)
    assert found.evidence["fields"] == ("School", "Sex", "Ethnicity")
    exact = str((found.message, found.evidence, found.fix))
    assert "57" not in exact
    assert "197" not in exact
    assert found.revealed == {"people": ("School x Sex: 57", "School x Sex x Ethnicity: 197")}


def test_nothing_singled_out_is_nothing_to_say() -> None:
    assert judged(states("chart"), states("table")) == []


def test_the_visuals_of_a_page_have_one_finding_with_the_worst_of_their_figures() -> None:
    more = Combination(("Sex", "School"), 20, 90)
    (found,) = judged(states("chart", SEX), states("table", more), second="p1")
    assert found.evidence["visuals"] == ("chart", "table")
    assert [p["cells"] for p in found.evidence["pairs"]] == [20]  # type: ignore[union-attr,index,call-overload]


def test_only_visuals_that_single_somebody_out_are_named() -> None:
    (found,) = judged(states("chart", SEX), states("table"), second="p1")
    assert found.evidence["visuals"] == ("chart",)


def test_pages_with_the_same_cause_are_one_finding() -> None:
    (found,) = judged(states("chart", SEX), states("table", SEX))
    assert found.evidence["pages"] == ("Overview", "Detail")
    assert found.message.endswith("(School x Sex); also on: Detail.")
    assert len(judged(states("chart", SEX), states("table", THREE))) == 2


def test_what_only_follows_by_difference_is_said_so() -> None:
    hidden = Combination(("School", "Sex"), 3, 9, by_difference=True)
    (found,) = judged(states("chart", hidden, guarded=True))
    assert found.message.startswith(
        "The difference of two states that readers can reach tells of 1-9 people in 3 cells"
    )
    (both,) = judged(states("chart", hidden), states("table", SEX), second="p1")
    assert [p["by_difference"] for p in both.evidence["pairs"]] == [False]  # type: ignore[union-attr,index,call-overload]


def test_a_spent_budget_is_said_and_is_no_gap_once_pairs_are_decided() -> None:
    (found,) = judged(states("chart", SEX, not_decided={3: 412}))
    assert found.message.endswith("Not decided beyond 2 fields at once.")
    assert (found.evidence["not_decided"], found.coverage) == (412, False)
    (late,) = judged(states("chart", not_decided={3: 412}))
    assert (late.severity, late.coverage) == (Severity.NOTE, False)
    assert late.message.startswith("Up to 2 fields at once, what readers can turn on chart singles nobody out")


def test_without_pairs_the_workbook_is_not_complete() -> None:
    first, gap = judged(states("chart", Combination(("School",), 1, 4), not_decided={2: 3}))
    assert (first.coverage, gap.coverage) == (False, True)
    assert "1 visual (chart): the time allowed was spent" in gap.message
    (only,) = judged(states("chart", not_decided={1: 1}, problems=("filter Year: not understood",)))
    assert only.coverage
    assert "filter Year: not understood" in only.message


def test_one_field_asked_for_and_looked_at_is_no_gap() -> None:
    assert judged(states("chart", depth=1)) == []


def test_a_visual_that_was_not_recomputed_is_told_elsewhere() -> None:
    book = workbook(visual("chart", "School"))
    made = context(book, results={"chart": VisualResult("chart", "not_evaluated")})
    reached = (states("chart", not_decided={1: 1}),)
    evidence = made.evidence.__class__(made.evidence.tables, made.evidence.units, made.evidence.visuals, (), reached)
    assert list(filter_isolation.check(Context(book, evidence, made.policy))) == []


def test_as_sure_as_of_whom_is_counted_and_as_loud_as_the_audience_asks() -> None:
    (found,) = judged(Reached("chart", Unit("rows", confidence="low"), ("Sex",), (SEX,), 3))
    assert found.confidence is Confidence.LOW
    (inside,) = judged(states("chart", SEX), audience=Audience.INTERNAL)
    assert inside.severity is Severity.WARNING


def test_what_was_accepted_for_some_fields_is_not_accepted_for_more() -> None:
    (found,), (more,) = judged(states("chart", SEX)), judged(states("chart", SEX, THREE))
    (larger,) = judged(states("chart", Combination(("School", "Sex"), 40, 200)))
    assert found.fingerprint == larger.fingerprint != more.fingerprint


def test_a_field_that_can_not_be_judged_is_said_whatever_else_is_decided() -> None:
    (gap,) = judged(states("chart", problems=("Banded age: not understood",)))
    assert gap.coverage
    assert "Banded age: not understood" in gap.message
    found, gap = judged(states("chart", SEX, problems=("Banded age: not understood",)))
    assert (found.coverage, gap.coverage) == (False, True)
    assert judged(states("chart", notes=("on the safe side",))) == []
