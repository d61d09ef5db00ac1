from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from linter.expressions import Column, Literal, TopMembers, call
from linter.model import CELL
from linter.parsers.powerbi import read
from linter.parsers.powerbi.saved import OUT_OF_STEP
from tests.parsers.powerbi import build as b

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Layer, Visual, Workbook

SEX, LA, ETHNICITY = Column("Pupil", "Sex"), Column("School", "LA"), Column("Pupil", "Ethnicity")
MATRIX = {
    "Rows": [b.column("School", "LA"), b.column("School", "School")],
    "Columns": [b.column("Pupil", "Sex")],
    "Values": [b.measure("Pupils")],
}


@pytest.fixture
def made(tmp_path: Path):
    def make(*visuals: dict[str, Any], filters: list[Any] | None = None, **config: Any) -> Workbook:
        report = b.layout(b.page("p1", *visuals, filters=filters, **config))
        return read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())

    return make


def only(workbook: Workbook) -> Visual:
    assert len(workbook.visuals) == 1
    return workbook.visuals[0]


def layer(workbook: Workbook) -> Layer:
    (found,) = only(workbook).layers
    return found


def test_matrix_has_every_subtotal_unless_switched_off(made):
    found = layer(made(b.visual("m", "pivotTable", MATRIX)))
    assert [(g.expr, g.role) for g in found.grain] == [
        (LA, "rows"),
        (Column("School", "School"), "rows"),
        (SEX, "columns"),
    ]
    assert {t.keeps for t in found.totals} == {(0, 1), (0, 2), (0,), (2,), ()}
    off = {"subTotals": [{"properties": {"rowSubtotals": {"expr": b.literal("false")}}}]}
    found = layer(made(b.visual("m", "pivotTable", MATRIX, objects=off)))
    assert {t.keeps for t in found.totals} == {(0, 1)}


def test_matrix_without_values_has_no_totals(made):
    assert layer(made(b.visual("m", "pivotTable", {"Rows": MATRIX["Rows"]}))).totals == ()


@pytest.mark.parametrize(("objects", "expected"), [({}, [()]), ({"total": "false"}, [])])
def test_table_has_a_grand_total_unless_switched_off(made, objects, expected):
    shown = {"total": [{"properties": {"totals": {"expr": b.literal("false")}}}]} if objects else {}
    wells = {"Values": [b.column("Pupil", "UPN"), b.aggregation("Pupil", "Score", 0)]}
    workbook = made(b.visual("t", "tableEx", wells, objects=shown))
    assert only(workbook).lists_records
    assert [t.keeps for t in layer(workbook).totals] == expected


@pytest.mark.parametrize(
    ("code", "aggregate"),
    [(0, "sum"), (1, "avg"), (2, "count_distinct"), (3, "min"), (4, "max"), (5, "count"), (6, "median")],
)
def test_aggregate_is_read_from_its_code(made, code, aggregate):
    field = {**b.aggregation("Pupil", "Score", code), "NativeReferenceName": "Sum of Score"}
    (base,) = layer(made(b.visual("c", "card", {"Values": [field]}))).bases
    assert (base.aggregate, base.arg, base.table) == (aggregate, Column("Pupil", "Score"), "Pupil")


def test_unknown_aggregation_code_is_a_problem(made):
    (base,) = layer(made(b.visual("c", "card", {"Values": [b.aggregation("Pupil", "Score", 99)]}))).bases
    assert base.problems == ("aggregation code 99 is not known",)


def test_measure_gives_its_bases(made):
    found = layer(made(b.visual("c", "card", {"Values": [b.measure("Share")]})))
    assert {(base.role, base.table) for base in found.bases} == {("numerator", "Pupil"), ("denominator", "Pupil")}
    assert found.tables == ("Pupil",)
    assert found.grain == ()


def test_measure_that_is_not_in_the_model_is_a_problem(made):
    (base,) = layer(made(b.visual("c", "card", {"Values": [b.measure("Nope")]}))).bases
    assert "not in this file" in base.problems[0]


def test_unknown_column_is_a_problem_of_the_layer(made):
    found = layer(made(b.visual("c", "barChart", {"Category": [b.column("Pupil", "Gone")]})))
    assert found.problems == ("column Pupil[Gone] is not in the model",)


def test_unknown_kind_of_value_is_a_problem(made):
    (base,) = layer(made(b.visual("c", "card", {"Values": [{"Sorcery": {}}]}))).bases
    assert "'Sorcery' is not understood" in base.problems[0]


def test_inactive_levels_are_there_but_not_drilled(made):
    wells = {"Category": [(b.column("School", "LA"), True), b.column("School", "School")], "Y": [b.measure("Pupils")]}
    workbook = made(b.visual("c", "columnChart", wells))
    assert [(g.caption, g.drilled) for g in layer(workbook).grain] == [("LA", True), ("School", False)]
    (drill,) = [c for c in workbook.controls if c.kind == "hierarchy"]
    assert [u.columns for u in drill.uses] == [(Column("School", "School"),)]


def hierarchy_level(source: dict[str, Any], hierarchy: str, level: str) -> dict[str, Any]:
    return {
        "HierarchyLevel": {"Expression": {"Hierarchy": {"Expression": source, "Hierarchy": hierarchy}}, "Level": level}
    }


def test_hierarchy_levels_and_auto_dates(made):
    born = {"PropertyVariationSource": {"Expression": b.ref("Pupil"), "Name": "Variation", "Property": "Born"}}
    wells = {
        "Category": [
            hierarchy_level(b.ref("School"), "Place", "Area"),
            hierarchy_level(born, "Date Hierarchy", "Year"),
            hierarchy_level(born, "Date Hierarchy", "Month"),
            hierarchy_level(born, "Date Hierarchy", "Fortnight"),
        ]
    }
    found = layer(made(b.visual("c", "barChart", wells)))
    assert [g.expr for g in found.grain[:3]] == [
        LA,
        Column("LocalDateTable_1", "Year"),
        call("date_part", Literal("month"), Column("Pupil", "Born")),
    ]
    assert found.problems == ("date level 'Fortnight' is not understood",)


def test_percent_of_total_frees_the_visuals_own_groups(made):
    count = b.aggregation("Pupil", "UPN", 5)
    share = {"Arithmetic": {"Left": count, "Right": {"ScopedEval": {"Expression": count, "Scope": []}}, "Operator": 3}}
    chart = {"Category": [b.column("Pupil", "Sex")], "Y": [share]}
    found = layer(made(b.visual("c", "barChart", chart)))
    # the filters of the visual stay, only its own groups go
    assert [(base.role, base.reselects) for base in found.bases] == [("numerator", None), ("denominator", (SEX,))]
    assert [base.removes for base in found.bases] == [None, None]
    assert not found.problems


def test_key_influencers_have_a_layer_per_factor(made):
    wells = {
        "Target": [b.column("Pupil", "Band")],
        "ExplainBy": [b.column("Pupil", "Sex"), b.column("Pupil", "Ethnicity")],
    }
    workbook = made(b.visual("k", "keyDriversVisual", wells))
    assert [[g.caption for g in la.grain] for la in only(workbook).layers] == [["Band", "Sex"], ["Band", "Ethnicity"]]
    assert {c.kind for c in workbook.controls} == {"regroup"}


def test_decomposition_tree_starts_closed(made):
    wells = {
        "Analyze": [b.measure("Pupils")],
        "ExplainBy": [(b.column("Pupil", "Sex"), True), b.column("Pupil", "Ethnicity")],
    }
    workbook = made(b.visual("d", "decompositionTreeVisual", wells))
    assert [g.drilled for g in layer(workbook).grain] == [True, False]
    wells["ExplainBy"] = [b.column("Pupil", "Sex")]
    assert [g.drilled for g in layer(made(b.visual("d", "decompositionTreeVisual", wells))).grain] == [False]


def test_questions_are_never_evaluated(made):
    workbook = made(b.visual("q", "qnaVisual", {}))
    assert only(workbook).problems
    assert [c.kind for c in workbook.controls] == ["regroup"]


def test_field_parameter_offers_its_other_fields(made):
    parameters = {"Category": [{"index": 0, "length": 1, "expr": b.column("Pick", "Pick")}]}
    wells = {"Category": [b.column("Pupil", "Sex")], "Y": [b.measure("Pupils")]}
    workbook = made(b.visual("c", "barChart", wells, queryFieldParametersByRole=parameters))
    assert [(g.expr, g.drilled) for g in layer(workbook).grain] == [(SEX, True), (LA, False)]
    assert not only(workbook).problems
    (switch,) = [c for c in workbook.controls if c.kind == "regroup"]
    assert set(switch.uses[0].columns) == {Column("Pick", "Pick"), SEX, LA}


def test_unknown_field_parameter_is_a_problem(made):
    parameters = {"Category": [{"index": 0, "length": 1, "expr": b.column("Gone", "Gone")}]}
    wells = {"Category": [b.column("Pupil", "Sex")]}
    assert only(made(b.visual("c", "barChart", wells, queryFieldParametersByRole=parameters))).problems


def test_sparkline_is_a_layer_of_its_own(made):
    spark = {"SparklineData": {"Measure": b.measure("Pupils"), "Groupings": [b.column("Pupil", "Ethnicity")]}}
    workbook = made(b.visual("t", "tableEx", {"Values": [b.column("Pupil", "Sex"), spark]}))
    layers = {la.label: la for la in only(workbook).layers}
    assert [g.expr for g in layers["sparkline"].grain] == [SEX, ETHNICITY]
    assert [base.table for base in layers["sparkline"].bases] == ["Pupil"]
    assert layers["tableEx"].bases == ()


def test_key_influencers_without_a_factor_still_show_their_target(made):
    workbook = made(b.visual("k", "keyDriversVisual", {"Target": [b.column("Pupil", "Band")]}))
    assert [g.caption for g in layer(workbook).grain] == ["Band"]


def test_number_in_a_title_is_a_layer_and_text_shapes_have_none(made):
    frame = {"title": [{"properties": {"text": {"expr": b.measure("Pupils")}}}]}
    workbook = made(b.visual("t", "textbox", {}), b.visual("s", "textbox", {}, vcObjects=frame))
    assert [[la.label for la in v.layers] for v in workbook.visuals] == [[], ["text"]]


def test_top_n_comes_after_the_other_filters(made):
    query = {
        "Select": [],
        "From": [],
        "OrderBy": [{"Direction": 2, "Expression": b.aggregation("Pupil", "Score", 0)}],
        "Top": 3,
    }
    top = {"In": {"Expressions": [b.column("School", "LA")], "Table": {"SourceRef": {"Source": "sub"}}}}
    definition = {
        "From": [{"Name": "sub", "Expression": {"Subquery": {"Query": query}}, "Type": 2}],
        "Where": [{"Condition": top}],
    }
    cards = [
        {"name": "f", "expression": b.column("School", "LA"), "type": "TopN", "filter": definition},
        b.card(b.column("Pupil", "Sex"), b.one_of(b.column("Pupil", "Sex"), "'F'")),
    ]
    found = layer(made(b.visual("c", "barChart", {"Category": [b.column("School", "LA")]}, filters=cards)))
    ranked, plain = found.filters
    assert isinstance(ranked.predicate, TopMembers)
    assert (ranked.predicate.by, ranked.predicate.count, ranked.predicate.descending) == ((LA,), 3, True)
    assert (ranked.stage, plain.stage) == ("set", "context")


@pytest.mark.parametrize(("grouped", "judged"), [("LA", True), ("School", False)])
def test_top_n_by_an_unknown_measure_may_only_be_left_out_where_it_hides_whole_cells(made, grouped, judged):
    query = {"From": [], "OrderBy": [{"Direction": 2, "Expression": b.measure("Nowhere")}], "Top": 3}
    top = {"In": {"Expressions": [b.column("School", "LA")], "Table": {"SourceRef": {"Source": "sub"}}}}
    definition = {
        "From": [{"Name": "sub", "Expression": {"Subquery": {"Query": query}}}],
        "Where": [{"Condition": top}],
    }
    cards = [{"name": "f", "expression": b.column("School", "LA"), "type": "TopN", "filter": definition}]
    found = layer(made(b.visual("c", "barChart", {"Category": [b.column("School", grouped)]}, filters=cards)))
    assert bool(found.approximate) is judged
    assert bool(found.problems) is not judged


def test_filter_on_a_measure_compares_with_a_value_of_the_cell(made):
    compared = {"Comparison": {"ComparisonKind": 1, "Left": b.measure("Pupils"), "Right": b.literal("5L")}}
    cards = [b.card(b.measure("Pupils"), compared)]
    (kept,) = layer(made(b.visual("c", "barChart", {"Category": [b.column("Pupil", "Sex")]}, filters=cards))).filters
    assert (kept.stage, kept.predicate) == ("measure", call("gt", Column(CELL, "v0"), Literal(5)))
    assert [(v.name, v.table, v.aggregate, v.keeps) for v in kept.values] == [("v0", "Pupil", "count", None)]


def test_filter_on_an_unknown_measure_is_left_out_and_said(made):
    compared = {"Comparison": {"ComparisonKind": 1, "Left": b.measure("Nowhere"), "Right": b.literal("5L")}}
    cards = [b.card(b.measure("Nowhere"), compared)]
    found = layer(made(b.visual("c", "barChart", {"Category": [b.column("Pupil", "Sex")]}, filters=cards)))
    assert found.filters == ()
    assert "Nowhere" in found.approximate[0]


def test_drill_through_choice_restricts_nothing_but_is_a_control_and_a_text(made):
    saved = b.card(b.column("Pupil", "UPN"), b.one_of(b.column("Pupil", "UPN"), "'A1'"), howCreated=5)
    workbook = made(b.visual("c", "card", {"Values": [b.measure("Pupils")]}), filters=[saved])
    assert layer(workbook).filters == ()
    assert workbook.pages[0].kind == "drill_through"
    (control,) = [c for c in workbook.controls if c.kind == "drill_through"]
    assert control.uses[0].columns == (Column("Pupil", "UPN"),)
    assert [t.text for t in workbook.texts if "drill-through" in t.where] == ["A1"]


def test_slicer_works_on_its_page_but_not_where_interaction_is_off(made):
    sex = b.column("Pupil", "Sex")
    choice = {"general": [{"properties": {"filter": {"filter": b.where(b.one_of(sex, "'F'"))}}}]}
    workbook = made(
        b.visual("s", "slicer", {"Values": [sex]}, objects=choice),
        b.visual("a", "card", {"Values": [b.measure("Pupils")]}),
        b.visual("z", "card", {"Values": [b.measure("Pupils")]}),
        relationships=[{"source": "s", "target": "z", "type": 3}],
    )
    filters = {v.id: [f for la in v.layers for f in la.filters] for v in workbook.visuals}
    (working,) = filters["a"]
    assert (working.scope, working.changeable, working.predicate) == ("slicer", True, call("in", SEX, Literal("F")))
    assert filters["z"] == []
    (control,) = [c for c in workbook.controls if c.kind == "slicer"]
    assert control.visuals == ("a",)


def test_clicking_a_mark_filters_the_others(made):
    workbook = made(
        b.visual("a", "barChart", {"Category": [b.column("Pupil", "Sex")]}),
        b.visual("z", "card", {"Values": [b.measure("Pupils")]}),
    )
    (control,) = [c for c in workbook.controls if c.kind == "filter_action"]
    assert (control.visuals, control.uses[0].columns) == (("z",), (SEX,))


def test_ids_kept_on_a_duplicated_page_are_told_apart(tmp_path):
    sex = b.column("Pupil", "Sex")
    choice = {"general": [{"properties": {"filter": {"filter": b.where(b.one_of(sex, "'F'"))}}}]}
    visuals = (
        b.visual("s", "slicer", {"Values": [sex]}, objects=choice),
        b.visual("c", "card", {"Values": [b.measure("Pupils")]}),
    )
    off = [{"source": "s", "target": "c", "type": 3}]
    report = b.layout(
        b.page("p1", *visuals), b.page("p2", *visuals, relationships=off), b.page("p3", visuals[1], visuals[1])
    )
    workbook = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())
    assert {v.id: sum(len(la.filters) for la in v.layers) for v in workbook.visuals} == {
        "p1/s": 0, "p1/c": 1, "p2/s": 0, "p2/c": 0, "p3/c": 0, "p3/c#2": 0,
    }  # fmt: skip


def test_cards_that_readers_cannot_reach_are_not_controls(made):
    sex = b.column("Pupil", "Sex")
    cards = [
        b.card(sex, name="open"),
        b.card(sex, name="shut", isHiddenInViewMode=True),
        b.card(sex, isLockedInViewMode=True),
    ]
    workbook = made(b.visual("c", "card", {"Values": [b.measure("Pupils")]}), filters=cards)
    assert [c.id for c in workbook.controls] == ["p1/filter/open"]


def test_hidden_by_itself_or_by_its_group(made):
    group = {"config": '{"name": "g", "singleVisualGroup": {"displayName": "G", "isHidden": true}}'}
    inner = b.visual("i", "card", {"Values": [b.measure("Pupils")]})
    inner["config"] = inner["config"].replace('{"name": "i"', '{"parentGroupName": "g", "name": "i"')
    outer = b.visual("o", "card", {"Values": [b.measure("Pupils")]}, display={"mode": "hidden"})
    plain = b.visual("p", "card", {"Values": [b.measure("Pupils")]})
    assert {v.id: v.hidden for v in made(group, inner, outer, plain).visuals} == {"i": True, "o": True, "p": False}


def test_bookmark_filters_are_controls_and_texts(tmp_path):
    sex = b.column("Pupil", "Sex")
    saved = {"byExpr": [{"expression": sex, "filter": b.where(b.one_of(sex, "'F'"))}]}
    state = {"displayName": "Girls", "explorationState": {"sections": {"p1": {"filters": saved}}}}
    report = b.layout(b.page("p1"), bookmarks=[{"displayName": "group", "children": [state]}])
    workbook = read(b.pbix(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata())
    assert [(c.caption, c.pages, c.uses[0].columns) for c in workbook.controls] == [("Girls", ("p1",), (SEX,))]
    assert workbook.controls[0].states == (call("in", SEX, Literal("F")),)
    assert "F" in [t.text for t in workbook.texts]


@pytest.mark.parametrize(
    ("mode", "export"),
    [(0, "underlying"), (1, "summarised"), (2, "none"), (None, "unstated"), (7, "unstated"), (True, "unstated")],
)
def test_export_mode(tmp_path, mode, export):
    settings = {"allowInlineExploration": True} | ({} if mode is None else {"exportDataMode": mode})
    workbook = read(b.pbix(tmp_path / "r.pbix", b.layout(settings=settings), DataModel=b"x"), "0", b.metadata())
    assert (workbook.settings.export, workbook.settings.personalise) == (export, True)


@pytest.mark.parametrize(
    ("selected", "told"),
    [(b.column("Pupil", "Sex"), False), (b.column("Pupil", "UPN"), True), (b.measure("Twice"), True),
     ({"HierarchyLevel": {"Expression": {"Hierarchy": {"Expression": b.ref("School"), "Hierarchy": "Place"}},
                          "Level": "School"}}, True)],
)  # fmt: skip
def test_a_stored_query_that_asks_for_more_than_the_visual_shows_is_said(made, selected, told):
    """The service sends it as it is."""
    shown = b.visual("v", "barChart", {"Category": [b.column("Pupil", "Sex")], "Y": [b.measure("Pupils")]})
    query = {"From": [], "Select": [selected], "Where": [{"Condition": b.one_of(b.column("School", "LA"), "'North'")}]}
    shown["query"] = json.dumps({"Commands": [{"SemanticQueryDataShapeCommand": {"Query": query}}]})
    assert only(made(shown)).problems == ((OUT_OF_STEP,) if told else ())
    shown["query"] = "{"
    assert only(made(shown)).problems == ("its stored query can't be read",)


@pytest.mark.parametrize("form", [b.pbix, b.pbir])
def test_what_readers_see_of_saved_choices_is_text(form, tmp_path):
    """A slicer and the cards of visuals, pages and reports keep the words for the keys that are chosen."""
    picked = {"Comparison": {"ComparisonKind": 0, "Left": b.column("Pupil", "UPN"), "Right": b.literal("'U7'")}}
    shown = {"id": {"scopeId": picked}, "displayName": "Jo"}
    card = b.card(b.column("Pupil", "Sex"), cachedDisplayNames=[{**shown, "displayName": "Al"}])
    slicer = b.visual("s", "slicer", {"Values": []}, cachedFilterDisplayItems=[shown], filters=[card])
    report = b.layout(b.page("p1", slicer, filters=[card]), filters=[card])
    texts = read(form(tmp_path / "r.pbix", report, DataModel=b"x"), "0", b.metadata()).texts
    said = [(t.where, t.text) for t in texts if t.text in {"Jo", "U7", "Al"}]
    places = "filter of slicer on 'P1'", "page filter of 'P1'", "report filter"
    assert sorted(said) == sorted(
        [("saved choice of slicer on 'P1', on Pupil[UPN]", name) for name in ("Jo", "U7")]
        + [(f"{place}, on Pupil[UPN]", name) for place in places for name in ("Al", "U7")]
    )


@pytest.mark.parametrize(
    ("condition", "saved"),
    [
        (b.one_of(b.column("Pupil", "Born"), "datetime'2009-03-04T00:00:00'"), {"2009-03-04"}),
        (b.one_of(b.column("Pupil", "Score"), "7D", "8L", "1.5M"), {"7", "8", "1.5"}),
        ({"Comparison": {"ComparisonKind": 2, "Left": b.column("Pupil", "Score"), "Right": b.literal("7D")}}, set()),
        ({"Comparison": {"ComparisonKind": 1, "Left": b.column("Pupil", "URN"), "Right": b.literal("7L")}}, {"7"}),
        ({"Between": {"Expression": b.column("Pupil", "Born"), "LowerBound": b.literal("datetime'2009-03-04T00:00:00'"),
                      "UpperBound": b.literal("datetime'2010-03-04T00:00:00'")}}, set()),
        (b.one_of(b.column("Pupil", "Sex"), "null", "true"), set()),
    ],
)  # fmt: skip
def test_saved_dates_and_amounts_are_values_and_the_ends_of_ranges_are_not(made, condition, saved):
    """A date of birth that is picked is somebody's."""
    shown = b.visual(
        "v", "card", {"Values": [b.measure("Pupils")]}, filters=[b.card(b.column("Pupil", "Sex"), condition)]
    )
    assert {t.text for t in made(shown).texts if t.where.startswith("filter of")} == saved


def test_stacks_of_small_multiples_have_a_total_in_each(made):
    wells = {"Rows": [b.column("School", "School")], "Category": [b.column("Pupil", "Sex")],
             "Series": [b.column("School", "LA")], "Y": [b.measure("Pupils")]}  # fmt: skip
    shown = {"totals": [{"properties": {"show": {"expr": b.literal("true")}}}]}
    found = layer(made(b.visual("v", "columnChart", wells, objects=shown)))
    assert [[found.grain[i].caption for i in t.keeps] for t in found.totals] == [["School", "Sex"]]


def test_totals_of_stacks_on_phones_alone_are_shown(made):
    wells = {"Category": [b.column("Pupil", "Sex")], "Series": [b.column("School", "LA")], "Y": [b.measure("Pupils")]}
    shown = {"totals": [{"properties": {"show": {"expr": b.literal("true")}}}]}
    chart = b.visual("v", "columnChart", wells)
    config = json.loads(chart["config"])
    config["layouts"] = [{"id": 0, "position": {}}, {"id": 1, "position": {}, "objects": shown}]
    assert [t.keeps for t in layer(made({**chart, "config": json.dumps(config)})).totals] == [(0,)]


def words(query: dict[str, Any], name: str = "LA") -> dict[str, Any]:
    """A text box that shows the first value of a column of a query of its own."""
    inner = {"Column": {"Expression": {"Subquery": {"Query": query}}, "Property": name}}
    value = {"expr": {"expr": {"Aggregation": {"Expression": inner, "Function": 3}}}}
    return b.visual("t", "textbox", {}, objects={"values": [{"properties": value}]})


LISTED = {
    "From": [{"Name": "s", "Entity": "School"}],
    "Select": [{"Column": {"Expression": {"SourceRef": {"Source": "s"}}, "Property": "LA"}, "Name": "LA"}],
}


def test_a_column_of_a_query_in_a_text_is_the_model_s_own(made):
    (base,) = layer(made(words(LISTED))).bases
    assert (base.aggregate, base.arg, base.problems) == ("min", LA, ())


@pytest.mark.parametrize(("query", "name"), [({**LISTED, "Top": 3}, "LA"), (LISTED, "Other"), ({}, "LA")])
def test_a_query_in_a_text_that_computes_is_said(made, query, name):
    (base,) = layer(made(words(query, name))).bases
    assert "computed by a query" in base.problems[0]
