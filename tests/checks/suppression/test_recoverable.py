"""Figures that follow: within a visual, across visuals, nearly; and the patterns from which nothing follows."""

from __future__ import annotations

import re

import pytest

from checks.suppression.su001_recoverable_in_visual import recoverable_in_visual
from checks.suppression.su002_recoverable_across_visuals import recoverable_across_visuals
from checks.suppression.su003_narrow_interval import narrow_interval
from linter.expressions import Literal, call
from linter.findings import Finding, Severity
from linter.model import Filter
from tests.checks.books import COUNT, SCHOOLS, SUM, book, column, drawn

DIMS = ("School", "SEN provision")


def only(findings) -> Finding:
    found = list(findings)
    assert len(found) == 1, [f.message for f in found]
    return found[0]


def small(key) -> bool:
    return SCHOOLS[key] < 10


def test_one_hidden_figure_beside_totals_follows():
    found = only(recoverable_in_visual.check(book(drawn("v", DIMS, SCHOOLS, totals=True, hide=small))))
    assert found.severity is Severity.ERROR
    assert found.evidence["recoverable"] == 1
    assert "= 4:" in found.revealed["certificates"][0]


def test_no_number_of_a_certificate_is_shown_by_default():
    found = only(recoverable_in_visual.check(book(drawn("v", DIMS, SCHOOLS, totals=True, hide=small))))
    said = " ".join([found.message, found.fix, *found.evidence["certificates"], *found.evidence["mend"]])
    assert not {"4", "120", "24", "92", "31"} & set(re.findall(r"\d+", said))
    assert "Cedar" not in found.message + found.fix


def test_secondary_suppression_is_quiet():
    hidden = {("Cedar", "E"), ("Cedar", "K"), ("Birch", "E"), ("Birch", "K")}
    context = book(drawn("v", DIMS, SCHOOLS, totals=True, hide=hidden.__contains__))
    assert not list(recoverable_in_visual.check(context))
    assert not list(recoverable_across_visuals.check(context))


def test_without_totals_nothing_follows():
    assert not list(recoverable_in_visual.check(book(drawn("v", DIMS, SCHOOLS, hide=small))))


def test_small_figures_still_shown_are_a_warning():
    found = only(recoverable_in_visual.check(book(drawn("v", DIMS, SCHOOLS, totals=True))))
    assert found.severity is Severity.WARNING
    assert found.evidence["what_if"] is True


def test_a_cell_filtered_out_looks_like_an_empty_one():
    cells = {("Ash", "E"): 20, ("Ash", "K"): 30, ("Birch", "K"): 25, ("Birch", "N"): 4, ("Ash", "N"): 40}
    # Birch shows neither E (nobody) nor N (hidden): a reader cannot tell which of the two the rest is
    shown = drawn("v", DIMS, cells, totals=False, hide=lambda k: cells[k] < 10)
    schools = drawn("w", ("School",), {("Ash",): 90, ("Birch",): 29})
    assert not list(recoverable_across_visuals.check(book(shown, schools)))
    provision = drawn("x", ("SEN provision",), {("E",): 20, ("K",): 55, ("N",): 44})
    assert only(recoverable_across_visuals.check(book(shown, schools, provision))).evidence["recoverable"] == 1


def test_another_visual_gives_the_total_away():
    hidden = drawn("v", DIMS, SCHOOLS, hide=small)
    schools = drawn("w", ("School",), {("Ash",): 260, ("Birch",): 230, ("Cedar",): 120})
    found = only(recoverable_across_visuals.check(book(hidden, schools)))
    assert found.evidence["visuals"] == ("w",)
    assert "120 - 24 - 92 = 4" in found.revealed["certificates"][0]


def only_girls() -> Filter:
    return Filter("Sex", call("eq", column("Sex"), Literal("F")), "dimension", "visual", (column("Sex"),))


def test_other_filters_are_another_population():
    hidden = drawn("v", DIMS, SCHOOLS, hide=small)
    girls = drawn("w", ("School",), {("Ash",): 260, ("Birch",): 230, ("Cedar",): 120}, filters=[only_girls()])
    assert not list(recoverable_across_visuals.check(book(hidden, girls)))


def test_a_filter_on_one_value_is_that_value_of_a_dimension():
    girls = drawn("v", DIMS, SCHOOLS, hide=small, filters=[only_girls()])
    by_sex = {("Ash", "F"): 260, ("Birch", "F"): 230, ("Cedar", "F"): 120, ("Ash", "M"): 270, ("Cedar", "M"): 100}
    found = only(recoverable_across_visuals.check(book(girls, drawn("w", ("School", "Sex"), by_sex))))
    assert "= 4:" in found.revealed["certificates"][0]


def test_people_in_several_cells_are_not_audited():
    sums = drawn("v", DIMS, SCHOOLS, totals=True, hide=small)
    visual, result = sums
    layer = result.layers[0]
    wrong = layer.totals[0][1]
    object.__setattr__(wrong.bases[0].rows, "values", [n - 1 for n in wrong.bases[0].rows.values])
    object.__setattr__(wrong.bases[0].units, "values", wrong.bases[0].rows.values)
    found = only(recoverable_in_visual.check(book((visual, result))))
    assert found.severity is Severity.NOTE
    assert "do not add up" in found.evidence["not_audited"]


PUBLISHED = {
    ("All schools", "All pupils"): 110, ("All schools", "E"): 34, ("All schools", "N"): 76,
    ("Ash", "All pupils"): 60, ("Ash", "E"): 30, ("Ash", "N"): 30,
    ("Birch", "All pupils"): 50, ("Birch", "E"): 0, ("Birch", "N"): 46,
}  # fmt: skip


@pytest.mark.parametrize("label", ["All pupils", "Pupils"])
def test_totals_among_published_counts_are_known_by_name_and_sum(label):
    cells = {(a, b.replace("All pupils", label)): n for (a, b), n in PUBLISHED.items() if a != "All schools"}
    shown = drawn("v", DIMS, cells, missing=lambda k: k == ("Birch", "E"), bases=[(SUM, cells)], unit=COUNT)
    found = list(recoverable_in_visual.check(book(shown, unit=COUNT)))
    assert bool(found) is (label == "All pupils")


def test_a_list_with_the_printed_count_as_a_column_is_a_table_of_counts():
    cells = {(a, b, "c" if (a, b) == ("Birch", "E") else str(n)): n for (a, b), n in PUBLISHED.items()}
    shown = drawn("v", (*DIMS, "Number of pupils"), cells, missing=lambda k: k[2] == "c", bases=[], unit=COUNT)
    context = book(shown, unit=COUNT, columns=(*DIMS, "Number of pupils"), tool="powerbi")
    assert only(recoverable_in_visual.check(context)).evidence["recoverable"] == 1


def test_a_table_calculation_that_hides_is_not_audited():
    rank = Filter("Rank", call("le", column("Rank"), Literal(3)), "table_calc", "visual")
    shown = drawn("v", DIMS, SCHOOLS, totals=True, hide=small, filters=[rank])
    assert "table calculation" in only(recoverable_in_visual.check(book(shown))).evidence["not_audited"]


def test_a_narrow_range_is_a_finding():
    cells = SCHOOLS | {("Birch", "E"): 2, ("Cedar", "E"): 1, ("Birch", "K"): 46, ("Cedar", "K"): 27}
    hidden = {("Birch", "E"), ("Cedar", "E"), ("Birch", "K"), ("Cedar", "K")}
    context = book(drawn("v", DIMS, cells, totals=True, hide=hidden.__contains__))
    found = only(narrow_interval.check(context))
    assert found.severity is Severity.WARNING
    assert found.evidence["narrow"] == 2
    wide = {("Ash", "E"), ("Cedar", "E"), ("Ash", "K"), ("Cedar", "K")}
    assert not list(narrow_interval.check(book(drawn("v", DIMS, cells, totals=True, hide=wide.__contains__))))


def test_the_audit_is_made_once():
    context = book(drawn("v", DIMS, SCHOOLS, totals=True, hide=small))
    list(recoverable_in_visual.check(context))
    first = context.shared["subtraction"]
    list(recoverable_across_visuals.check(context))
    assert context.shared["subtraction"] is first
