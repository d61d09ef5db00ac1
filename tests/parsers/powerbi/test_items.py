"""Calculation groups on visuals: items picked by filters and slicers, or a value for each of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from linter.cells.supplied import Supplied
from linter.engine import LintOptions, recompute
from linter.expressions import Column, Literal, call
from tests.parsers.powerbi import build as b

SHIFT = b.column("Shift", "Show as")
GIRLS = call("eq", Column("Pupil", "Sex"), Literal("F"))
GROUP = {
    "name": "Shift",
    "calculationGroup": {
        "precedence": 3,
        "calculationItems": [
            {"name": "All", "expression": "SELECTEDMEASURE()"},
            {"name": "Girls", "expression": 'CALCULATE(SELECTEDMEASURE(), Pupil[Sex] = "F")'},
        ],
    },
    "columns": [
        {"name": "Show as", "dataType": "string", "sourceColumn": "Name"},
        {"name": "Ordinal", "dataType": "int64", "sourceColumn": "Ordinal"},
    ],
    "partitions": [{"source": {"type": "calculationGroup"}}],
}


def report(tmp_path, *visuals: dict[str, Any], filters: list[Any] | None = None):
    """A template whose model has the group."""
    model = copy.deepcopy(b.MODEL)
    model["tables"].append(GROUP)
    schema = json.dumps({"model": model}).encode("utf-16-le")
    return b.pbix(tmp_path / "r.pbit", b.layout(b.page("p", *visuals, filters=filters)), DataModelSchema=schema)


def layer(tmp_path, *wells: Any, kind: str = "barChart", filters: list[Any] | None = None, **more: Any) -> Any:
    shown = b.visual("v", kind, {"Category": list(wells), "Y": [b.measure("Pupils")]}, filters=filters)
    book = b.book(report(tmp_path, shown, **more))
    return book.visuals[0].layers[0]


def test_an_item_that_a_filter_picks_works_on_the_measures(tmp_path):
    found = layer(tmp_path, b.column("School", "LA"), filters=[b.card(SHIFT, b.one_of(SHIFT, "'Girls'"))])
    (base,) = found.bases
    assert (base.measure, base.adds, base.removes) == ("Pupils", GIRLS, (Column("Pupil", "Sex"),))
    assert (found.filters, found.problems) == ((), ())


def test_an_item_that_a_slicer_picks_does_too(tmp_path):
    choice = {"general": [{"properties": {"filter": {"filter": b.where(b.one_of(SHIFT, "'Girls'"))}}}]}
    slicer = b.visual("s", "slicer", {"Values": [SHIFT]}, objects=choice)
    shown = b.visual("v", "barChart", {"Y": [b.measure("Pupils")]})
    book = b.book(report(tmp_path, slicer, shown))
    assert [base.adds for base in book.visuals[1].layers[0].bases] == [GIRLS]


def test_a_measure_has_a_value_for_each_item_that_the_visual_shows(tmp_path):
    found = layer(tmp_path, SHIFT, b.column("School", "LA"))
    assert [g.caption for g in found.grain] == ["LA"]
    assert [(base.measure, base.adds == GIRLS) for base in found.bases] == [
        ("Pupils (All)", False),
        ("Pupils (Girls)", True),
    ]


def test_totals_over_the_items_are_of_the_measure_itself(tmp_path):
    wells = {"Rows": [SHIFT, b.column("School", "LA")], "Values": [b.measure("Pupils")]}
    book = b.book(report(tmp_path, b.visual("v", "pivotTable", wells)))
    assert [base.measure for base in book.visuals[0].layers[0].bases] == ["Pupils (All)", "Pupils (Girls)", "Pupils"]


def test_several_items_leave_a_measure_as_it_is(tmp_path):
    both = b.card(SHIFT, b.one_of(SHIFT, "'Girls'", "'All'"))
    (base,) = layer(tmp_path, b.column("School", "LA"), filters=[both]).bases
    assert (base.measure, base.removes, base.problems) == ("Pupils", None, ())


def test_items_leave_aggregated_columns_alone(tmp_path):
    wells = {"Category": [SHIFT], "Y": [b.aggregation("Pupil", "Score", 0)]}
    book = b.book(report(tmp_path, b.visual("v", "barChart", wells)))
    assert len(book.visuals[0].layers[0].bases) == 1


def test_a_choice_that_is_not_understood_is_said(tmp_path):
    odd = {"Contains": {"Left": SHIFT, "Right": b.column("Pupil", "Sex")}}
    found = layer(tmp_path, b.column("School", "LA"), filters=[b.card(SHIFT, odd)])
    assert any("calculation group 'Shift'" in problem for problem in found.problems)


def test_a_filter_on_a_measure_under_an_item_is_not_applied_and_that_is_said(tmp_path):
    card = b.card(
        b.measure("Pupils"),
        {"Comparison": {"ComparisonKind": 1, "Left": b.measure("Pupils"), "Right": b.literal("5L")}},
    )
    found = layer(tmp_path, b.column("School", "LA"), filters=[b.card(SHIFT, b.one_of(SHIFT, "'Girls'")), card])
    assert found.filters == ()
    assert any("more cells are judged than shown" in note for note in found.approximate)


def test_names_of_items_alone_are_no_data(tmp_path):
    book = b.book(report(tmp_path, b.visual("v", "tableEx", {"Values": [SHIFT]})))
    assert book.visuals[0].layers == ()


@pytest.mark.parametrize("item", ["Girls", "All"])
def test_the_cells_of_an_item(tmp_path, item):
    (tmp_path / "p.csv").write_text("UPN,URN,Sex,Ethnicity,Score,Born,Band\n1,1,F,x,1,,\n2,1,M,x,1,,\n3,1,F,y,1,,\n")
    picked = [b.card(SHIFT, b.one_of(SHIFT, f"'{item}'"))]
    shown = b.visual("v", "barChart", {"Category": [b.column("Pupil", "Ethnicity")], "Y": [b.measure("Pupils")]},
                     filters=picked)  # fmt: skip
    data = (Supplied.of(f"Pupil={tmp_path / 'p.csv'}"),)
    result = recompute(report(tmp_path, shown), LintOptions(data=data))
    assert result.evidence is not None
    body = result.evidence.visuals["v"].layers[0].body
    assert body is not None
    (base,) = body.bases
    assert sorted(base.rows.values) == ([1, 1] if item == "Girls" else [1, 2])
