"""Bookmarks as saved states: whose filters they set, and what of them does not count."""

from __future__ import annotations

from typing import Any

import pytest

from linter.expressions import Column, Literal, call, problems
from linter.parsers.powerbi import read
from tests.parsers.powerbi import build as b
from tests.parsers.powerbi.test_samples import workbook

SEX, AREA = b.column("Pupil", "Sex"), b.column("School", "LA")
FEMALE = call("in", Column("Pupil", "Sex"), Literal("F"))
NORTH = call("in", Column("School", "LA"), Literal("North"))


def chosen(field: dict[str, Any], value: str) -> dict[str, Any]:
    return {"general": [{"properties": {"filter": {"filter": b.where(b.one_of(field, value))}}}]}


def state(**options: Any) -> dict[str, Any]:
    """A bookmark that sets a filter of the report, of a page and of a visual, and a slicer."""
    cards = {"byExpr": [{**b.card(SEX), "filter": b.where(b.one_of(SEX, "'F'"))}, b.card(AREA)]}
    north = {"byName": {"f": {**b.card(AREA), "filter": b.where(b.one_of(AREA, "'North'"))}}}
    containers = {
        "v": {"filters": north},
        "s": {"singleVisual": {"objects": {"merge": chosen(SEX, "'F'")}}},
        "gone": {"filters": north},
    }
    sections = {"p1": {"filters": cards, "visualContainers": containers}}
    return {"displayName": "Girls", "options": options, "explorationState": {"filters": north, "sections": sections}}


def states(tmp_path, bookmark: Any) -> Any:
    pages = [
        b.page(
            "p1",
            b.visual("v", "tableEx", {"Values": [SEX]}),
            b.visual("w", "tableEx", {"Values": [AREA]}),
            b.visual("s", "slicer", {"Values": [SEX]}),
            relationships=[{"source": "s", "target": "w", "type": 3}],
        ),
        b.page("p2", b.visual("z", "tableEx", {"Values": [SEX]})),
    ]
    path = b.pbix(tmp_path / "r.pbix", b.layout(*pages, bookmarks=[bookmark]), DataModel=b"x")
    return read(path, "0", b.metadata())


def test_every_filter_has_the_visuals_on_which_it_works(tmp_path):
    (found,) = states(tmp_path, state()).states
    assert found.name == "Girls"
    assert [(f.filter.predicate, f.filter.scope, f.visuals) for f in found.filters] == [
        (NORTH, "report", ("v", "w", "z")),
        (FEMALE, "page", ("v", "w")),
        (NORTH, "visual", ("v",)),
        (FEMALE, "slicer", ("v",)),
    ]


def test_a_bookmark_may_leave_the_filters_alone(tmp_path):
    assert states(tmp_path, state(suppressData=True)).states == ()


def test_a_bookmark_may_be_for_chosen_visuals(tmp_path):
    (found,) = states(tmp_path, state(applyOnlyToTargetVisuals=True, targetVisualNames=["s"])).states
    assert [f.filter.scope for f in found.filters] == ["report", "page", "slicer"]


def test_filters_by_type_and_slicers_of_custom_visuals_are_set_as_well(tmp_path):
    included = {"type": "Include", "expression": AREA, "filter": b.where(b.one_of(AREA, "'North'"))}
    odd = {"type": "Fancy", "expression": AREA, "filter": {"Rule": 1}}
    containers = {"v": {"singleVisual": {"objects": chosen(SEX, "'F'")}}, "w": {"filters": {"byExpr": [odd]}}}
    sections = {"p1": {"filters": {"byType": [included]}, "visualContainers": containers}}
    (found,) = states(tmp_path, {"displayName": "x", "explorationState": {"sections": sections}}).states
    assert [f.filter.scope for f in found.filters] == ["page", "slicer", "visual"]
    assert [bool(problems(f.filter.predicate)) for f in found.filters] == [False, False, True]


def test_members_that_a_bookmark_names_are_texts(tmp_path):
    """Those expanded, those highlighted: neither is a filter."""
    picked = {"scopeId": {"Comparison": {"ComparisonKind": 0, "Left": SEX, "Right": b.literal("'M'")}}}
    opened = {
        "levels": [{"identityKeys": [AREA]}],
        "root": {"identityValues": None, "children": [{"identityValues": [b.literal("'North'")]}]},
    }
    item = {
        "highlight": {"selection": [{"dataMap": {"Values": [picked]}}]},
        "singleVisual": {"expansionStates": [opened]},
    }
    sections = {"p1": {"visualContainers": {"v": item}}}
    book = states(tmp_path, {"displayName": "x", "explorationState": {"sections": sections}})
    said = {(t.where, t.text) for t in book.texts if t.where.startswith("bookmark 'x'")}
    assert said == {("bookmark 'x', on Pupil[Sex]", "M"), ("bookmark 'x', on School[LA]", "North")}


@pytest.mark.parametrize("visible", ["true", "false"])
def test_a_bookmark_may_bring_back_the_filter_pane(tmp_path, visible):
    """Readers turn the cards of a pane that the report hides."""

    def pane(value: str) -> dict[str, Any]:
        return {"outspacePane": [{"properties": {"visible": {"expr": b.literal(value)}}}]}

    bookmark = {"displayName": "x", "explorationState": {"objects": {"merge": pane(visible)}}}
    report = b.layout(b.page("p", filters=[b.card(SEX)]), bookmarks=[bookmark], objects=pane("false"))
    book = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())
    assert [c.kind for c in book.controls] == (["quick_filter"] if visible == "true" else [])


def test_a_damaged_bookmark_is_told(tmp_path):
    book = states(tmp_path, {"displayName": "x", "explorationState": {"filters": ["no object"]}})
    assert book.states == ()
    assert any("bookmark" in u.reason for u in book.unread)


@pytest.mark.samples
def test_real_bookmarks():
    book = workbook("ai-sample.pbix")
    known = {v.id for v in book.visuals}
    assert all({i for f in s.filters for i in f.visuals} <= known for s in book.states)
