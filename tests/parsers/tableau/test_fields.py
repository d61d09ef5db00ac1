"""The data pane: calculations, bins, groups, sets, combined fields, parameters and their lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linter.expressions import Case, Column, Literal, any_of, call, problems
from linter.parsers.tableau.names import bare, parts, split_reference, value
from tests.parsers.tableau.build import TABLE, instance, load, only_layer, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.expressions import Expr
    from linter.model import Workbook

SCHOOL, SEX, SCORE, UPN = (Column(TABLE, name) for name in ("School", "Sex", "Score", "UPN"))

FIELDS = """
<column name="[Calc1]" caption="Band" datatype="string" role="dimension" type="nominal">
  <calculation class="tableau" formula="IF [Score (bin)] &gt; 50 THEN 'high' ELSE 'low' END"/></column>
<column name="[Score (bin)]" datatype="integer" role="dimension" type="ordinal">
  <calculation class="bin" formula="[Score]" peg="0" size-parameter="[Parameters].[Size]"/></column>
<column name="[School (group)]" datatype="string" role="dimension" type="nominal">
  <calculation class="categorical-bin" column="[School]"><bin value="&quot;Big&quot;"><value>"A"</value>
  <value>%null%</value></bin></calculation></column>
<column name="[School (closed group)]" datatype="string" role="dimension" type="nominal">
  <calculation class="categorical-bin" column="[School]" default="&quot;Other&quot;"><bin value="&quot;Big&quot;">
  <value>"A"</value></bin></calculation></column>
<column name="[School]" caption="School name" datatype="string" role="dimension" hidden="true"/>
<column name="[Rate]" datatype="real" role="measure" type="quantitative">
  <calculation class="tableau" formula="SUM([Score]) / COUNTD([UPN])"/></column>
<column name="[Loop]" datatype="real" role="measure"><calculation class="tableau" formula="[Loop] + 1"/></column>
<column name="[Number of Records]" datatype="integer" role="measure">
  <calculation class="tableau" formula="1"/></column>
<column name="[Cluster 1]" datatype="string" role="dimension"><calculation class="clustered"/></column>
<group name="[Girls]" user:ui-builder="filter-group">
  <groupfilter function="member" level="[Sex]" member="&quot;F&quot;"/></group>
<group name="[Sexes]" user:ui-builder="filter-group"><groupfilter function="level-members" level="[Sex]"/></group>
<group name="[Nobody]" user:ui-builder="filter-group"><groupfilter function="empty-level" member="[Sex]"/></group>
<group name="[Both]"><groupfilter function="crossjoin"><groupfilter function="level-members" level="[School]"/>
  <groupfilter function="level-members" level="[Sex]"/></groupfilter></group>
<group name="[Crossed]" user:ui-builder="crossjoin"><groupfilter function="crossjoin">
  <groupfilter function="level-members" level="[School]"/><groupfilter function="level-members" level="[Sex]"/>
  </groupfilter></group>
<group name="[Mine]" user:ui-builder="identity-set">
  <groupfilter function="filter" expression="ISCURRENTUSER('dom\\joe')">
  <groupfilter function="member" level="[School]" member="&quot;A&quot;"/></groupfilter></group>
"""
SIZE = (
    '<column name="[Size]" caption="Bin size" datatype="integer" param-domain-type="list" value="10">'
    '<calculation class="tableau" formula="10"/><members><member value="5"/><member value="10"/></members></column>'
)
BINNED = call("bin", SCORE, Literal(10))


def book(folder: Path, **where: str) -> Workbook:
    return load(folder, workbook_xml(fields=FIELDS, parameters=SIZE, **where))


def grain(folder: Path, column: str, derivation: str = "None") -> list[Expr]:
    element, reference = instance(column, derivation)
    return [g.expr for g in only_layer(book(folder, rows=reference, instances=element)).grain]


def test_bin_with_a_parameter(tmp_path: Path) -> None:
    assert grain(tmp_path, "Score (bin)") == [BINNED]


def test_calculation_on_a_bin(tmp_path: Path) -> None:
    high = call("gt", BINNED, Literal(50))
    assert grain(tmp_path, "Calc1") == [Case(((high, Literal("high")),), Literal("low"))]


def test_groups_keep_or_replace_the_rest(tmp_path: Path) -> None:
    big = (call("in", SCHOOL, Literal("A"), Literal(None)), Literal("Big"))
    assert grain(tmp_path, "School (group)") == [Case((big,), SCHOOL)]
    closed = (call("in", SCHOOL, Literal("A")), Literal("Big"))
    assert grain(tmp_path, "School (closed group)") == [Case((closed,), Literal("Other"))]


def test_set_groups_by_membership(tmp_path: Path) -> None:
    assert grain(tmp_path, "Girls", "InOut") == [call("eq", SEX, Literal("F"))]
    anything = any_of(call("is_null", SEX), call("not", call("is_null", SEX)))  # it says whose members can be put in
    assert grain(tmp_path, "Sexes", "InOut") == [anything]
    assert grain(tmp_path, "Nobody", "InOut") == [call("not", call("coalesce", anything, Literal(False)))]


def test_a_calculation_of_rows_splits_marks_though_it_is_still_placed_as_an_aggregate(tmp_path: Path) -> None:
    assert grain(tmp_path, "Calc1", "User") == grain(tmp_path, "Calc1")
    assert grain(tmp_path, "Rate", "User") == []


def test_types_chosen_in_the_data_pane(tmp_path: Path) -> None:
    field = '<column name="[School]" datatype="date" datatype-customized="true" role="dimension" type="ordinal"/>'
    year, reference = instance("School", "Year", "ok")
    document = workbook_xml(fields=field, rows=reference, instances=year)
    of_file = load(tmp_path, document)
    assert [c.type for s in of_file.sources for x in s.tables for c in x.columns if c.name == "School"] == ["date"]
    assert [g.expr for g in only_layer(of_file).grain] == [call("date_part", Literal("year"), SCHOOL)]

    extract = (
        '<extract enabled="true"><connection class="hyper" dbname="Data/x.hyper"><relation name="pupils.csv" '
        'table="[Extract].[Extract]" type="table"/><metadata-records><metadata-record class="column">'
        "<remote-name>School</remote-name><local-name>[School]</local-name><parent-name>[pupils.csv]</parent-name>"
        "<local-type>string</local-type></metadata-record></metadata-records></connection></extract>"
    )
    (of_extract,) = load(
        tmp_path, document.replace("</datasource></datasources>", f"{extract}</datasource></datasources>")
    ).visuals
    assert [g.expr for g in of_extract.layers[0].grain] == [call("date_part", Literal("year"), call("to_date", SCHOOL))]


@pytest.mark.parametrize("name", ["Both", "Crossed"])
def test_combined_field_groups_by_each_component(tmp_path: Path, name: str) -> None:
    layer = only_layer(book(tmp_path, rows=f"[ds].[{name}]"))
    assert [(g.caption, g.expr) for g in layer.grain] == [("School name", SCHOOL), ("Sex", SEX)]


def test_ratio_has_numerator_and_denominator(tmp_path: Path) -> None:
    element, reference = instance("Rate", "User", "qk")
    layer = only_layer(book(tmp_path, rows=reference, instances=element))
    assert layer.grain == ()
    assert [(b.role, b.aggregate, b.arg) for b in layer.bases] == [
        ("numerator", "sum", SCORE),
        ("denominator", "count_distinct", UPN),
    ]


def test_number_of_records_counts_rows(tmp_path: Path) -> None:
    element, reference = instance("Number of Records", "Sum", "qk")
    layer = only_layer(book(tmp_path, rows=reference, instances=element))
    assert [(b.aggregate, b.arg) for b in layer.bases] == [("count", None)]


@pytest.mark.parametrize("column", ["Loop", "Cluster 1"])
def test_fields_without_meaning_are_said(tmp_path: Path, column: str) -> None:
    (expr,) = grain(tmp_path, column)
    assert problems(expr)


def test_lineage_goes_through_bins_and_calculations(tmp_path: Path) -> None:
    element, reference = instance("Calc1")
    (encoding,) = book(tmp_path, rows=reference, instances=element).visuals[0].encodings
    assert encoding.use.caption == "Band"
    assert encoding.use.columns == (SCORE,)
    assert encoding.use.via == ("Score (bin)",)


def test_source_lists_fields_columns_roles_and_parameters(tmp_path: Path) -> None:
    workbook = book(tmp_path)
    source = workbook.source("ds")
    assert source is not None
    assert (source.caption, source.delivery, source.reason) == ("Pupils", "embedded", "")
    (table,) = source.tables
    school = table.column("School")
    assert school is not None
    assert (school.physical, school.caption, school.hidden, school.type) == ("School", "School name", True, "text")
    assert table.store is not None
    assert (table.store.kind, table.store.member, table.store.separator) == ("csv", "Data/pupils.csv", ",")
    kinds = {f.id: f.kind for f in source.fields}
    assert kinds["Calc1"] == "calculation"
    assert kinds["Rate"] == "measure"
    assert kinds["Score (bin)"] == "bin"
    assert kinds["School (group)"] == "group"
    assert kinds["Girls"] == "set"
    assert source.roles == ("Mine",)
    (parameter,) = workbook.parameters
    assert (parameter.caption, parameter.value) == ("Bin size", Literal(10))
    assert parameter.choices == (Literal(5), Literal(10))


def test_names() -> None:
    assert parts("[a]].b].[c]") == ("a].b", "c")
    assert bare("[a]") == "a"
    assert bare("plain") == "plain"
    assert split_reference("[ds].[x]") == ("ds", "x")
    assert split_reference("[ds].[t].[x]") == ("ds", "[t].[x]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("%null%", None), ('"a"', "a"), ("3", 3), ("-2.5", -2.5), ("1e3", 1000.0), ("true", True), ('""', ""),
     (r'"0-10\%"', "0-10%"), (r'"No \#1 \"A\" \\"', 'No #1 "A" \\'), ("'it''s'", "it's"), (r'"\n"', r"\n")],
)  # fmt: skip
def test_values(text: str, expected: object) -> None:
    assert value(text) == Literal(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, "%many%", "#not a date#", "a b"])
def test_values_of_unknown_form_are_said_without_the_value(text: str | None) -> None:
    (reason,) = problems(value(text))
    assert "not a date" not in reason


def test_a_calculation_typed_into_a_shelf_gives_away_no_value(tmp_path: Path) -> None:
    """Its caption is its formula, and findings name fields by their captions."""
    typed = (
        '<column name="[Calculation_1]" caption="[Forename]=&quot;Zebedee&quot;" datatype="boolean" role="dimension">'
        '<calculation class="tableau" formula="[School]=&quot;Zebedee&quot;"/></column>'
    )
    element, reference = instance("Calculation_1")
    made = load(tmp_path, workbook_xml(fields=typed, rows=reference, instances=element))
    assert only_layer(made).grain[0].caption == "[Forename]=…"
    assert "Zebedee" not in {f.caption for s in made.sources for f in s.fields}
