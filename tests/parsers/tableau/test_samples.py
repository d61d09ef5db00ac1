"""Real workbooks: every worksheet is accounted for, and worked examples come out as known."""

from __future__ import annotations

from functools import cache

import pytest
from lxml import etree

from linter.expressions import Call, Column, Literal, columns, problems
from linter.model import Visual, Workbook
from linter.parsers.tableau import read
from linter.parsers.tableau.container import Container
from tests.samples import sample, samples_dir

pytestmark = pytest.mark.samples

WORKBOOKS = {
    "arif_college_students_pii_in_extract.twbx": 18,
    "autumn_hs_dance_team.twbx": 14,
    "lt10_ch04_v10_xlsx_blend.twbx": 12,
    "lt22_ch09_joins_customsql.twbx": 19,
    "lt22_ch10_superstore_hyper.twbx": 10,
    "lt22_ch13_titanic_person_level.twbx": 2,
    "lt22_ch14_blend_txt_xlsx.twbx": 6,
    "mt21_ch05_tde_named_hyper.twbx": 11,
    "mt21_ch07_lod_tde.twbx": 6,
    "mt21_ch08_45sheets_cache_pii.twbx": 45,
    "mt21_ch11_hidden_sheets_actions.twbx": 45,
    "mt21_ch12_605k_rows_hyper.twbx": 4,
    "mt21_ch14_user_filters.twbx": 4,
    "mt21_ch15_relationships_multitable_hyper.twbx": 11,
    "ryans_emergency_dept_no_data.twb": 15,
    "sidequery_server_insights_postgres_rls.twb": 3,
    "tab_vizalertsdemo_v9_live.twb": 32,
    "tab_world_indicators_v9_story_tde.twbx": 9,
}


@cache
def workbook(name: str) -> Workbook:
    return read(sample("tableau", name), "")


def visual(book: str, name: str) -> Visual:
    return next(v for v in workbook(book).visuals if v.name == name)


@pytest.mark.parametrize("name", sorted(WORKBOOKS))
def test_every_worksheet_is_accounted_for(name: str) -> None:
    """A worksheet has layers, or a stated problem, or nothing at all on its shelves and cards."""
    book = workbook(name)
    assert len(book.visuals) == WORKBOOKS[name]
    with Container(sample("tableau", name)) as container:
        elements = {w.get("name"): w for w in container.root.iterfind("worksheets/worksheet")}
    for found in book.visuals:
        if not found.layers and not found.problems:
            assert _is_empty(elements[found.name]), found.name
        for layer in found.layers:
            said = set(layer.problems)
            assert said >= {p for g in layer.grain for p in problems(g.expr)}, found.name
            source = book.source(layer.source)
            assert source is not None, found.name
            known = {Column(t.id, c.name) for t in source.tables for c in t.columns}
            assert {c for g in layer.grain for c in columns(g.expr)} <= known, found.name


def _is_empty(worksheet: etree._Element) -> bool:
    shelves = (worksheet.findtext("table/rows"), worksheet.findtext("table/cols"))
    return not any(shelves) and worksheet.find("table/panes/pane/encodings/*") is None


@pytest.mark.parametrize("name", sorted(WORKBOOKS))
def test_every_source_says_where_its_rows_are(name: str) -> None:
    for source in workbook(name).sources:
        assert source.delivery == "embedded" or source.reason, source.caption
        for table in source.tables:
            assert (table.store is None) == bool(table.unread), table.caption


def test_dumbbell_chart() -> None:
    (layer,) = visual("lt22_ch10_superstore_hyper.twbx", "Dumbbell Chart").layers
    assert [g.caption for g in layer.grain] == ["Category", "Region"]
    (found,) = layer.filters
    region = Column("Extract", "Region")
    assert found.predicate == Call("in", (region, Literal("East"), Literal("West")))
    assert layer.problems == ()


def test_unit_chart_has_the_customer_on_detail() -> None:
    found = visual("lt22_ch10_superstore_hyper.twbx", "Unit Chart")
    assert ("detail", "Customer ID", True) in {(e.role, e.use.caption, e.groups) for e in found.encodings}
    (layer,) = found.layers
    assert [(g.caption, g.role) for g in layer.grain] == [("Region", "rows"), ("Customer ID", "detail")]
    assert [(f.caption, f.stage) for f in layer.filters] == [("Late Shipping", "dimension")]


def test_students_are_never_listed() -> None:
    book = workbook("arif_college_students_pii_in_extract.twbx")
    people = {"student_id", "first_name", "last_name", "email1", "dob"}
    for found in book.visuals:
        assert not any(layer.disaggregated for layer in found.layers), found.name
        grain = {c.name for layer in found.layers for g in layer.grain for c in columns(g.expr)}
        assert not grain & people, found.name
    (layer,) = visual(book.path and "arif_college_students_pii_in_extract.twbx", "Grade per Professor").layers
    assert [g.caption for g in layer.grain] == ["Prof Name", "Grade"]
    shipped = {c.physical for s in book.sources for t in s.tables for c in t.columns}
    assert shipped >= {"first_name", "last_name", "email1", "dob"}


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("mt21_ch11_hidden_sheets_actions.twbx", 35), ("ryans_emergency_dept_no_data.twb", 14)],
)
def test_hidden_worksheets(name: str, hidden: int) -> None:
    assert sum(v.hidden for v in workbook(name).visuals) == hidden


def test_extract_named_hyper_that_is_a_tde() -> None:
    book = workbook("mt21_ch05_tde_named_hyper.twbx")
    assert {s.delivery for s in book.sources} == {"unreadable"}
    assert any("TDE" in u.reason and u.blocks_data for u in book.unread)


def test_related_tables_of_one_extract() -> None:
    book = workbook("mt21_ch15_relationships_multitable_hyper.twbx")
    source = next(s for s in book.sources if len(s.tables) == 3)
    assert [t.caption for t in source.tables] == ["Orders", "People", "Returns"]
    assert not source.joined
    assert len(source.relationships) == 2
    (layer,) = visual("mt21_ch15_relationships_multitable_hyper.twbx", "Quantiles").layers
    assert [g.caption for g in layer.grain] == ["Region", "Customer Name"]
    assert visual("mt21_ch15_relationships_multitable_hyper.twbx", "Random").layers[0].disaggregated


def test_joined_and_related_sheets() -> None:
    book = workbook("lt22_ch14_blend_txt_xlsx.twbx")
    joined = next(s for s in book.sources if s.joined)
    assert [(r.many, r.one, r.join) for r in joined.relationships] == [
        ("Hospital Visit", "Discharge Detail", "left"),
        ("Hospital Visit", "Patient", "inner"),
    ]


def test_person_level_text_file() -> None:
    book = workbook("lt22_ch13_titanic_person_level.twbx")
    (table,) = book.sources[0].tables
    assert table.store is not None
    assert (table.store.kind, table.store.member) == ("csv", "Data/Titanic/titanic.testing.csv")
    found = visual("lt22_ch13_titanic_person_level.twbx", "Individual Predictions")
    assert "Name" in {g.caption for g in found.layers[0].grain}


def test_user_filter_is_a_role_and_cached_names_are_texts() -> None:
    book = workbook("mt21_ch14_user_filters.twbx")
    assert "Sales Region" in {r for s in book.sources for r in s.roles}
    caches = [t for t in workbook("mt21_ch08_45sheets_cache_pii.twbx").texts if t.where == "query cache"]
    assert any("[Customer Name]" in t.text for t in caches)


def test_story_carries_its_dashboards() -> None:
    book = workbook("tab_world_indicators_v9_story_tde.twbx")
    assert {p.kind for p in book.pages} == {"dashboard", "story"}
    assert all("Story" in v.pages for v in book.visuals)


def test_data_sources_alone() -> None:
    packaged = workbook("tab_world_indicators.tdsx")
    assert packaged.visuals == ()
    assert packaged.sources[0].delivery == "embedded"
    assert len(packaged.sources[0].tables[0].columns) == 12
    assert workbook("tab_nested.tds").sources[0].delivery == "live"


def test_nothing_of_the_sample_folder_fails() -> None:
    root = samples_dir()
    if root is None:
        pytest.skip("the shared samples are not here")
    names = {p.name for p in (root / "tableau").iterdir() if p.suffix in {".twb", ".twbx"}}
    assert names == set(WORKBOOKS)
