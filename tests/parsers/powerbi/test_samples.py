"""The real reports: nothing lost, the right grain, what can't be known is said."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path

import pytest

from linter.expressions import Column
from linter.model import Layer, Visual, Workbook
from linter.parsers.powerbi.wells import SLICERS, WITHOUT_DATA
from tests.parsers.powerbi import build
from tests.samples import sample

pytestmark = pytest.mark.samples

# visuals, with layers, pages, hidden pages
COUNTS = {
    "ai-sample.pbix": (223, 3, 0),
    "corporate-spend.pbix": (35, 3, 1),
    "covid-us-legacy.pbit": (58, 2, 1),
    "customerfeedback.pbix": (0, 1, 0),
    "directquery.pbix": (2, 1, 0),
    "generated-pupils-1k.pbix": (2, 1, 0),
    "live-connection.pbix": (5, 2, 0),
    "old-xml-metadata-customer-profitability.pbix": (31, 4, 0),
    "ols-sample.pbix": (140, 5, 4),
    "rls-sample.pbix": (116, 3, 2),
    "sales-358k-rows.pbix": (8, 3, 0),
    "school-analytics-legacy.pbix": (39, 5, 2),
    "semantic-model-audit-pbir.pbit": (47, 4, 1),
    "student-performance-pbir.pbix": (66, 4, 0),
}


@cache
def workbook(name: str) -> Workbook:
    return build.book(sample("powerbi", name))


def visual(name: str, start: str) -> Visual:
    (found,) = [v for v in workbook(name).visuals if v.id.startswith(start)]
    return found


def layer(name: str, start: str) -> Layer:
    return visual(name, start).layers[0]


def captions(found: Layer) -> list[str]:
    return [g.caption for g in found.grain]


@pytest.mark.parametrize(("name", "expected"), COUNTS.items(), ids=list(COUNTS))
def test_every_container_and_page_is_there(name, expected):
    found = workbook(name)
    assert (len(found.visuals), len(found.pages), sum(p.hidden for p in found.pages)) == expected
    assert len({v.id for v in found.visuals}) == len(found.visuals)
    for v in found.visuals:
        shows_data = v.type not in WITHOUT_DATA | SLICERS and v.encodings
        assert v.layers or v.problems or not shows_data, (v.id, v.type)


@pytest.mark.parametrize("name", COUNTS)
def test_every_name_is_of_the_model_or_a_stated_problem(name):
    found = workbook(name)
    (source,) = found.sources
    known = {Column(t.id, c.name) for t in source.tables for c in t.columns}
    for v in found.visuals:
        for la in v.layers:
            used = {g.expr for g in la.grain} | {c for f in la.filters for c in f.columns}
            assert {c for c in used if isinstance(c, Column)} <= known
            assert set(la.tables) <= {t.id for t in source.tables}
            assert all(0 <= p < len(la.grain) for t in la.totals for p in t.keeps)


def test_school_analytics_reads_the_aggregate_from_its_code():
    (base,) = layer("school-analytics-legacy.pbix", "059c2fbf").bases
    assert (base.measure, base.aggregate, base.arg) == ("Count Grade Value", "count", Column("grades", "grade_value"))
    matrix = layer("school-analytics-legacy.pbix", "cc8a9e56")
    assert captions(matrix) == ["year", "month", "subject_type"]
    assert [f.scope for f in matrix.filters] == ["page"]
    assert len(matrix.totals) == 5


def test_school_analytics_pupils_on_a_hidden_drill_through_page():
    found = visual("school-analytics-legacy.pbix", "cfb3a1c2")
    assert captions(found.layers[0]) == ["Class Name", "Student Name"]
    assert found.layers[0].grain[1].expr == Column("students", "student_name")
    assert found.lists_records
    page = workbook("school-analytics-legacy.pbix").page(found.pages[0])
    assert page is not None
    assert (page.name, page.kind, page.hidden) == ("Class Details", "drill_through", True)
    kinds = [p.kind for p in workbook("school-analytics-legacy.pbix").pages]
    assert kinds == ["page", "drill_through", "drill_through", "tooltip", "page"]
    assert "Grade 6 - Section B" in [t.text for t in workbook("school-analytics-legacy.pbix").texts]


def test_school_analytics_slicers_and_settings():
    found = workbook("school-analytics-legacy.pbix")
    card = layer("school-analytics-legacy.pbix", "dc79bbc5")
    assert [(f.caption, f.scope) for f in card.filters] == [("academic_year", "slicer"), ("department_hint", "slicer")]
    assert (found.settings.export, found.settings.personalise) == ("summarised", True)
    assert any("Users" in c.path for c in found.sources[0].connections)
    assert found.sources[0].table("Calendar") is not None


def test_generated_matrix_and_its_slicer():
    found = workbook("generated-pupils-1k.pbix")
    matrix = layer("generated-pupils-1k.pbix", "m1")
    assert [(g.expr, g.role) for g in matrix.grain] == [
        (Column("School", "LA"), "rows"),
        (Column("Pupil", "Ethnicity"), "columns"),
    ]
    assert [(base.aggregate, base.table, base.problems) for base in matrix.bases] == [("count", "Pupil", ())]
    assert {t.keeps for t in matrix.totals} == {(0,), (1,), ()}
    assert [(c.kind, c.uses[0].columns, c.visuals) for c in found.controls] == [
        ("slicer", (Column("Pupil", "Sex"),), ("m1",))
    ]
    assert found.settings.export == "unstated"
    assert "1000 rows typed into the query" in found.sources[0].tables[1].origin


def test_student_performance_lists_pupils():
    name = "student-performance-pbir.pbix"
    assert "StudentID" in captions(layer(name, "b14f8487"))
    assert layer(name, "12e52df7").grain[0].expr == Column("Attendance", "StudentID")
    assert captions(layer(name, "24a2b1e7")) == ["StudentID"]
    assert visual(name, "b14f8487").lists_records
    assert [p.kind for p in workbook(name).pages] == ["page", "page", "drill_through", "tooltip"]
    assert "S0004" in [t.text for t in workbook(name).texts]
    assert [f.scope for f in layer(name, "d91e3b4c").filters] == []
    bound = {
        c.kind: c.uses[0].columns for c in workbook(name).controls if c.kind in {"drill_through", "tooltip"} and c.uses
    }
    assert bound == {"drill_through": (Column("Students", "StudentID"),), "tooltip": (Column("Students", "Name"),)}


def test_auto_date_levels_lead_to_the_hidden_date_table():
    levels = layer("student-performance-pbir.pbix", "4f0a74d6").grain
    assert [(g.caption.split()[-1], g.drilled) for g in levels] == [
        ("Year", False), ("Quarter", False), ("Month", True), ("Day", False),
    ]  # fmt: skip
    assert all(isinstance(g.expr, Column) and g.expr.table.startswith("LocalDateTable_") for g in levels)


@pytest.mark.parametrize(
    ("name", "delivery"),
    [("live-connection.pbix", "live"), ("directquery.pbix", "live"), ("covid-us-legacy.pbit", "template")],
)
def test_rows_that_are_not_in_the_file_are_said(name, delivery):
    (source,) = workbook(name).sources
    assert source.delivery == delivery
    assert source.reason
    assert all((t.store is None and t.unread) or (t.store and t.store.kind == "typed") for t in source.tables)


def test_regrouping_visuals_are_controls():
    found = {c.id.rpartition("/")[2]: [] for c in workbook("ai-sample.pbix").controls if c.kind == "regroup"}
    for control in workbook("ai-sample.pbix").controls:
        if control.kind == "regroup":
            found[control.id.rpartition("/")[2]].append(len(control.uses))
    assert {kind: sorted(uses) for kind, uses in found.items()} == {"explain": [4], "regroup": [0, 7, 10]}
    assert workbook("corporate-spend.pbix").settings.export == "underlying"


def test_row_level_security_is_named():
    assert len(workbook("ols-sample.pbix").sources[0].roles) == 4


@pytest.mark.parametrize(
    ("name", "visuals", "hidden_pages", "tables"),
    [
        ("ms-sales-legacy-pbip", 44, 1, 12),
        ("inventory-pbir-pbip", 41, None, 2),
        ("school-attendance-pbip", 124, None, None),
    ],
)
def test_projects(tmp_path, name, visuals, hidden_pages, tables):
    with tarfile.open(sample("powerbi", f"{name}.tar.gz")) as packed:
        packed.extractall(tmp_path, filter="data")
    (root,) = {p.parent for p in tmp_path.rglob("*.Report")}
    found = build.book(Path(root))
    assert len(found.visuals) == visuals
    assert found.sources[0].delivery == ("embedded" if name.startswith("inventory") else "template")  # typed rows
    assert hidden_pages is None or sum(p.hidden for p in found.pages) >= hidden_pages
    assert tables is None or len(found.sources[0].tables) >= tables - 1
