"""SC002 to SC007: what fires, and what must not."""

from __future__ import annotations

import pytest

from checks.small_counts.sc001_small_count import small_count
from checks.small_counts.sc002_small_base import small_base
from checks.small_counts.sc003_group_disclosure import group_disclosure
from checks.small_counts.sc004_disclosive_zero import disclosive_zero
from checks.small_counts.sc005_individual_extreme import individual_extreme
from checks.small_counts.sc007_unrounded import unrounded
from linter.expressions import Literal, call
from linter.findings import Severity
from linter.model import Base
from tests.checks.books import PUPILS, SCHOOLS, UPN, book, column, drawn

DIMS = ("School", "SEN provision")
MEAN = Base("Attainment 8", "value", "avg", column("ATT8"), "t")
LARGE = {k: n + 100 for k, n in SCHOOLS.items()}


def test_a_mean_of_few_is_a_small_base_and_no_small_count():
    context = book(drawn("v", DIMS, SCHOOLS, bases=[(MEAN, SCHOOLS)]))
    found = list(small_base.check(context))
    assert [f.evidence["measures"] for f in found] == [("Attainment 8",)]
    assert not list(small_count.check(context))


def test_people_without_a_value_do_not_count():
    scores = LARGE | {("Ash", "E"): 8}
    assert len(list(small_base.check(book(drawn("v", DIMS, LARGE, bases=[(MEAN, scores)]))))) == 1
    assert not list(small_base.check(book(drawn("v", DIMS, LARGE, bases=[(MEAN, LARGE)]))))


def test_one_cause_one_finding_beside_a_count():
    context = book(drawn("v", DIMS, SCHOOLS, bases=[(PUPILS, SCHOOLS), (MEAN, SCHOOLS)]))
    assert len(list(small_count.check(context))) == 1
    assert not list(small_base.check(context))


def share(of: dict, whole: dict):
    adds = call("eq", column("FSM"), Literal("Y"))
    part = Base("Share FSM", "numerator", "count_distinct", UPN, "t", adds)
    return [(part, of), (Base("Share FSM", "denominator", "count_distinct", UPN, "t"), whole)]


@pytest.mark.parametrize(("part", "fires"), [(4, True), (50, False), (96, True), (91, True), (90, False)])
def test_the_numerator_and_the_rest_are_bases(part, fires):
    whole = {("Ash",): 100, ("Birch",): 100}
    shares = share({("Ash",): 50, ("Birch",): part}, whole)
    context = book(drawn("v", ("School",), whole, bases=shares))
    assert bool(list(small_base.check(context))) is fires


def test_all_of_a_group_share_an_attribute():
    whole = {("Ash",): 100, ("Birch",): 30, ("Cedar",): 40}
    context = book(
        drawn("v", ("School",), whole, bases=share({("Ash",): 50, ("Birch",): 30, ("Cedar",): 0}, whole)),
        columns=("School", "FSM"),
    )
    found = list(group_disclosure.check(context))
    assert [(f.evidence["groups"], f.severity) for f in found] == [(2, Severity.NOTE)]


def test_a_group_in_one_category_of_a_sensitive_grouping():
    cells = LARGE | {("Dene", "N"): 40}
    found = list(group_disclosure.check(book(drawn("v", DIMS, cells))))
    assert [f.evidence["attributes"] for f in found] == [("SEN provision",)]
    assert not list(group_disclosure.check(book(drawn("v", DIMS, LARGE))))


def test_structural_certainty_is_left_out():
    special = {("Ash", "E"): 40, ("Birch", "E"): 50, ("Cedar", "N"): 60}
    assert not list(group_disclosure.check(book(drawn("v", DIMS, special))))


def test_not_sensitive_is_no_group_disclosure():
    cells = {("Ash", "F"): 40, ("Birch", "F"): 50, ("Birch", "M"): 60}
    assert not list(group_disclosure.check(book(drawn("v", ("School", "Sex"), cells))))


def test_an_empty_combination_is_a_note_under_strict_alone():
    cells = {k: n for k, n in LARGE.items() if k != ("Ash", "E")}
    found = list(disclosive_zero.check(book(drawn("v", DIMS, cells))))
    assert [(f.evidence["zeros"], f.severity) for f in found] == [(1, Severity.NOTE)]
    assert not list(disclosive_zero.check(book(drawn("v", DIMS, cells), profile="dfe-cin-cla")))
    assert not list(disclosive_zero.check(book(drawn("v", DIMS, LARGE))))


def test_an_empty_cell_beside_hidden_ones_tells_nothing():
    cells = {k: n for k, n in LARGE.items() if k != ("Ash", "E")}
    shown = drawn("v", DIMS, cells, hide=lambda k: k == ("Birch", "E"))
    assert not list(disclosive_zero.check(book(shown)))


def test_a_maximum_is_one_persons():
    top = Base("Highest", "value", "max", column("ATT8"), "t")
    context = book(drawn("v", ("School",), {("Ash",): 100}, bases=[(top, {("Ash",): 100})]), number="ATT8")
    assert len(list(individual_extreme.check(context))) == 1
    mean = book(drawn("v", ("School",), {("Ash",): 100}, bases=[(MEAN, {("Ash",): 100})]), number="ATT8")
    assert not list(individual_extreme.check(mean))


def test_the_latest_year_is_nobodys():
    latest = Base("Latest", "value", "max", column("Year"), "t")
    context = book(drawn("v", ("School",), {("Ash",): 100}, bases=[(latest, {("Ash",): 100})]), number="Year")
    assert not list(individual_extreme.check(context))


def test_rounding_is_asked_by_some_profiles():
    assert [f.evidence["unrounded"] for f in unrounded.check(book(drawn("v", DIMS, LARGE), profile="nhs-round5"))] == [
        7
    ]
    fives = {k: 5 * n for k, n in LARGE.items()}
    assert not list(unrounded.check(book(drawn("v", DIMS, fives), profile="nhs-round5")))
    assert not list(unrounded.check(book(drawn("v", DIMS, LARGE))))
