"""What the random reports have found, each as small as it gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.powerbi.grammar import Measure
from tests.oracle.powerbi.reports import Card, Shown, Top, field
from tests.oracle.powerbi.stars import column_of, star
from tests.oracle.powerbi.test_stars import Case, recomputed
from tests.parsers.powerbi import build as b

RESULTS = {  # Taken, Subject, Hours, Sex
    "u1": ("2023-02-01", "Art", 1, "F"), "u2": ("2023-05-01", "Art", 2, "F"), "u3": ("2023-08-01", "Maths", None, "M"),
    "u4": (None, "Maths", 1, "M"),
}  # fmt: skip


def cells(measure: str, by: list[str], *, cards: list[Card] | None = None, top: Top | None = None) -> dict[Any, int]:
    """Pupils behind a measure over four results, by cell."""
    rows = star(0, 4, pupils=False, flake="", keyed=True, more=frozenset())
    written = rows.as_written["Results"]
    for i, (pupil, (taken, subject, hours, sex)) in enumerate(RESULTS.items()):
        named = {"UPN": pupil, "Taken": taken, "Subject": subject, "Hours": hours, "Sex": sex}
        for column, value in named.items():
            written.loc[i, f"Results[{column}]"] = value
    shown = Shown("tableEx", tuple(by), (), ("m",), tuple(cards or ()), top, row_totals=False)
    (found,) = recomputed(Case(rows, {"m": Measure(measure, lambda c: [], "")}, (shown,), ()))
    assert found.status == "evaluated", found.reasons
    ((body,),) = [layer.tables for layer in found.layers]
    order = [found.layers[0].grain.index(column_of(c)) for c in by]
    labels = [[body.labels[i][code] for code in body.codes[i]] for i in order]
    keys = list(zip(*labels, strict=True)) if by else [()]
    return {key: n for key, n in zip(keys, body.bases[0].contributors.values, strict=True) if n}


def only(column: str, value: str) -> Card:
    return Card(column, b.one_of(field(column), f"'{value}'"), lambda v: v == value.casefold())


def test_a_count_of_nothing_ranks_no_member() -> None:
    """A blank is left out before members are ranked: the last one is not the one of whom there is no hour."""
    last = Top("Results[Taken]", 1, descending=False, by_score=False)
    assert cells("COUNTROWS(Results)", ["Dates[Quarter]"], top=last) == {("1",): 1, ("2",): 1, (None,): 1}


def test_days_from_the_first_on_are_no_missing_days() -> None:
    """https://learn.microsoft.com/dax/datesbetween-function-dax: a blank start is the earliest value of the column."""
    dax = "CALCULATE(COUNTROWS(Results), DATESBETWEEN(Dates[Date], BLANK(), DATE(2023, 6, 1)))"
    assert cells(dax, []) == {(): 2}


@pytest.mark.parametrize(
    ("free", "by", "kept", "found"),
    [
        ("Subject", ["Dates[Quarter]"], "Art", {("1",): 1, ("2",): 1, ("3",): 1, (None,): 1}),
        ("Subject", ["Results[Sex]", "Dates[Quarter]"], "Art", {("F", "1"): 1, ("F", "2"): 1}),  # no boy is visible
        ("Sex", ["Results[Subject]"], "F", {("Art",): 2}),
    ],
)
def test_a_measure_without_a_filter_fills_cells_of_visible_members(
    free: str, by: list[str], kept: str, found: dict[Any, int]
) -> None:
    dax = f"CALCULATE(COUNTROWS(Results), ALL(Results[{free}]))"
    assert cells(dax, by, cards=[only(f"Results[{free}]", kept)]) == found


@pytest.mark.parametrize(
    ("dax", "by", "found"),
    [
        ("CALCULATE(COUNTROWS(Results), VALUES(Results[Hours]), ALL())", "Results[Sex]", {"F": 3, "M": 3}),
        ("CALCULATE(COUNTROWS(Results), VALUES(Dates[Year]), ALL(Dates))", "Dates[Quarter]",
         {"1": 3, "2": 3, "3": 3, None: 1}),
        ("CALCULATE(COUNTROWS(Results), VALUES(Results[Hours]), VALUES(Results[Sex]), ALL())", "Dates[Quarter]",
         {"1": 1, "2": 1, "3": 1, None: 1}),
        ("CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Results[Subject])), FILTER(Results, Results[Hours] > 0))",
         "Results[Subject]", {"Art": 2, "Maths": 1}),
        ("CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Dates)), FILTER(Results, Results[Hours] > 0))",
         "Dates[Quarter]", {"1": 1, "2": 1, None: 1}),
    ],
)  # fmt: skip
def test_a_filter_keeps_the_values_that_were_seen_where_it_was_set(dax: str, by: str, found: dict[Any, int]) -> None:
    """https://learn.microsoft.com/dax/calculate-function-dax: filters are evaluated before they are applied."""
    got = cells(dax, [by])
    assert {label: n for (label,), n in got.items() if label != "4"} == found


def test_a_number_that_no_cell_with_rows_shows_is_judged_all_the_same() -> None:
    """Both subjects show the pupils of the third quarter, whom the filter leaves out."""
    dax = "CALCULATE(COUNTROWS(Results), REMOVEFILTERS(Results[Subject], Results[Sex]))"
    found = cells(dax, ["Results[Subject]", "Dates[Quarter]"], cards=[only("Results[Sex]", "F")])
    assert {quarter for _, quarter in found} == {"1", "2", "3", None}
    assert {subject for subject, _ in found} == {"Art"}
