"""Shelves, panes and derivations: what splits the marks of a worksheet and what doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linter.errors import Unreadable
from linter.expressions import Column, Literal, Unsupported, call, problems
from linter.parsers.tableau.derivations import Calendar, group_by
from linter.parsers.tableau.shelves import blocks
from tests.parsers.tableau.build import TABLE, instance, load, only_layer, table_calculation, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Layer

SCHOOL, SEX, BORN = Column(TABLE, "School"), Column(TABLE, "Sex"), Column(TABLE, "Born")
SCORE, UPN = Column(TABLE, "Score"), Column(TABLE, "UPN")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ((),)),
        ("", ((),)),
        ("[d].[a]", (("[d].[a]",),)),
        ("([d].[a] / ([d].[b] * [d].[c]))", (("[d].[a]", "[d].[b]", "[d].[c]"),)),
        ("([d].[a] * ([d].[b] + [d].[c]))", (("[d].[a]", "[d].[b]"), ("[d].[a]", "[d].[c]"))),
        ("[d].[a] + [d].[b] * [d].[c]", (("[d].[a]",), ("[d].[b]", "[d].[c]"))),
        ("[d].[with ]] + / bracket]", (("[d].[with ]] + / bracket]",),)),
        ("[d].[__tableau_internal_object_id__].[cnt:x:qk]", (("[d].[__tableau_internal_object_id__].[cnt:x:qk]",),)),
    ],
)
def test_blocks(text: str | None, expected: tuple[tuple[str, ...], ...]) -> None:
    assert blocks(text) == expected


@pytest.mark.parametrize("text", ["[d].[a] -", "([d].[a]", "[d].[a])", "+", "[d].[a] [d].[b]", "(" * 500])
def test_what_is_no_shelf_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="shelf"):
        blocks(text)


def test_too_many_blocks_are_refused() -> None:
    part = "(" + " + ".join(f"[d].[f{n}]" for n in range(20)) + ")"
    with pytest.raises(Unreadable, match="more than"):
        blocks(f"{part} * {part}")


@pytest.mark.parametrize(
    ("derivation", "expected"),
    [
        ("None", BORN),
        ("Year", call("date_part", Literal("year"), BORN)),
        ("Quarter", call("date_part", Literal("quarter"), BORN)),
        ("Month", call("date_part", Literal("month"), BORN)),
        ("Week", call("date_part", Literal("week"), BORN)),
        ("Weekday", call("date_part", Literal("weekday"), BORN)),
        ("Day", call("date_part", Literal("day"), BORN)),
        ("MY", call("year_month", BORN)),
        ("MDY", call("year_month_day", BORN)),
        ("Month-Trunc", call("date_trunc", Literal("month"), BORN)),
        ("Week-Trunc", call("date_trunc", Literal("week"), BORN)),
        ("Day-Trunc", call("date_trunc", Literal("day"), BORN)),
        ("ISO-Week", call("date_part", Literal("iso_week"), BORN)),
        ("ISO-Year-Trunc", call("date_trunc", Literal("iso_year"), BORN)),
    ],
)
def test_derivations(derivation: str, expected: object) -> None:
    assert group_by(BORN, derivation, Calendar()) == expected


def test_unknown_derivation_is_unsupported() -> None:
    assert isinstance(group_by(BORN, "Decade", Calendar()), Unsupported)


def test_calendar_of_the_source() -> None:
    monday = Calendar(week_start=1)
    assert group_by(BORN, "Week-Trunc", monday) == call("date_trunc", Literal("week"), BORN, Literal(1))
    april = Calendar(year_start=4)
    moved = call("date_add", Literal("month"), Literal(9), BORN)
    assert group_by(BORN, "Year", april) == call("date_part", Literal("year"), moved)
    assert group_by(BORN, "Month", april) == call("date_part", Literal("month"), BORN)


def test_dimensions_group_and_measures_do_not(tmp_path: Path) -> None:
    school, on_rows = instance("School")
    sex, on_color = instance("Sex")
    score, on_cols = instance("Score", "Avg", "qk")
    layer = only_layer(
        load(
            tmp_path,
            workbook_xml(
                rows=on_rows, cols=on_cols, instances=school + sex + score, encodings=f'<color column="{on_color}"/>'
            ),
        )
    )
    assert [(g.caption, g.role, g.expr) for g in layer.grain] == [
        ("School", "rows", SCHOOL),
        ("Sex", "color", SEX),
    ]
    assert [(b.measure, b.aggregate, b.arg, b.table) for b in layer.bases] == [("Score", "avg", SCORE, TABLE)]
    assert layer.problems == ()
    assert layer.disaggregated is False


def test_continuous_and_measure_fields_without_aggregate_group(tmp_path: Path) -> None:
    score, on_cols = instance("Score", "None", "qk")
    fields = '<column name="[Score]" datatype="real" role="measure" type="quantitative"/>'
    layer = only_layer(load(tmp_path, workbook_xml(cols=on_cols, instances=score, fields=fields)))
    assert [g.expr for g in layer.grain] == [SCORE]
    assert layer.bases == ()


@pytest.mark.parametrize(
    "shelf", ["lod", "text", "size", "shape", "tooltip", "path", "wedge-size", "geometry", "novel"]
)
def test_every_encoding_of_a_dimension_groups(tmp_path: Path, shelf: str) -> None:
    upn, reference = instance("UPN")
    workbook = load(tmp_path, workbook_xml(instances=upn, encodings=f'<{shelf} column="{reference}"/>'))
    assert [g.expr for g in only_layer(workbook).grain] == [UPN]
    assert [(e.use.caption, e.groups) for e in workbook.visuals[0].encodings] == [("UPN", True)]


def test_attribute_and_table_calculations_do_not_group(tmp_path: Path) -> None:
    upn, tooltip = instance("UPN", "Attribute")
    running, reference = table_calculation("Score", "Sum", "CumTotal")
    layer = only_layer(
        load(
            tmp_path,
            workbook_xml(rows=reference, instances=upn + running, encodings=f'<tooltip column="{tooltip}"/>'),
        )
    )
    assert layer.grain == ()
    assert {(b.aggregate, b.arg) for b in layer.bases} == {("any", UPN), ("sum", SCORE)}


def test_percent_of_total_is_a_numerator(tmp_path: Path) -> None:
    share, reference = table_calculation("UPN", "CountD", "PctTotal")
    layer = only_layer(load(tmp_path, workbook_xml(rows=reference, instances=share)))
    assert [(b.role, b.aggregate, b.arg) for b in layer.bases] == [("numerator", "count_distinct", UPN)]


def test_pages_shelf_groups(tmp_path: Path) -> None:
    year, reference = instance("Year", "None", "ok")
    table = f"<pages><column>{reference}</column></pages>"
    layer = only_layer(load(tmp_path, workbook_xml(instances=year, table=table)))
    assert [(g.role, g.expr) for g in layer.grain] == [("pages", Column(TABLE, "Year"))]


def test_concatenated_dimensions_are_separate_blocks(tmp_path: Path) -> None:
    school, a = instance("School")
    sex, b = instance("Sex")
    workbook = load(tmp_path, workbook_xml(rows=f"({a} + {b})", instances=school + sex))
    assert [[g.expr for g in layer.grain] for layer in workbook.visuals[0].layers] == [[SCHOOL], [SEX]]


def test_each_axis_has_the_grain_of_its_own_pane(tmp_path: Path) -> None:
    score, a = instance("Score", "Sum", "qk")
    upn, detail = instance("UPN")
    panes = (
        '<panes><pane><mark class="Automatic"/></pane>'
        f'<pane id="1" y-axis-name="{a}"><mark class="Line"/></pane>'
        f'<pane id="2" y-axis-name="{a}" y-index="1"><mark class="Circle"/>'
        f'<encodings><lod column="{detail}"/></encodings></pane></panes>'
    )
    workbook = load(tmp_path, workbook_xml(rows=f"({a} + {a})", instances=score + upn, panes=panes))
    layers = {layer.label: [g.expr for g in layer.grain] for layer in workbook.visuals[0].layers}
    assert layers == {"Line": [], "Circle": [UPN]}


def test_an_axis_without_pane_is_drawn_by_all(tmp_path: Path) -> None:
    score, a = instance("Score", "Sum", "qk")
    upn, detail = instance("UPN")
    panes = (
        '<panes><pane id="1" y-axis-name="[ds].[sum:Gone:qk]"><mark class="Circle"/>'
        f'<encodings><lod column="{detail}"/></encodings></pane></panes>'
    )
    layer = only_layer(load(tmp_path, workbook_xml(rows=a, instances=score + upn, panes=panes)))
    assert [g.expr for g in layer.grain] == [UPN]


def test_disaggregated_worksheet_is_marked(tmp_path: Path) -> None:
    score, a = instance("Score", "None", "qk")
    document = workbook_xml(rows=a, instances=score).replace('aggregation value="true"', 'aggregation value="false"')
    assert only_layer(load(tmp_path, document)).disaggregated is True


def test_totals_of_both_shelves_combine(tmp_path: Path) -> None:
    school, a = instance("School")
    sex, b = instance("Sex")
    year, c = instance("Year", "None", "ok")
    subtotals = f"<subtotals><column>{a}</column></subtotals>"
    document = workbook_xml(rows=f"({a} / {b})", cols=c, instances=school + sex + year, table=subtotals)
    document = document.replace("<rows>", '<rows total="true">').replace("<cols>", '<cols total="true">')
    layer = only_layer(load(tmp_path, document))
    assert [g.caption for g in layer.grain] == ["School", "Sex", "Year"]
    assert {t.keeps for t in layer.totals} == {(0, 1), (0, 2), (0,), (2,), ()}


def test_a_field_that_is_not_there_is_said(tmp_path: Path) -> None:
    layer = only_layer(load(tmp_path, workbook_xml(rows="[ds].[none:Gone:nk]")))
    assert len(layer.grain) == 1
    assert problems(layer.grain[0].expr) == layer.problems != ()


def test_a_broken_shelf_is_a_problem_of_the_visual(tmp_path: Path) -> None:
    (visual,) = load(tmp_path, workbook_xml(rows="[ds].[a] ? [ds].[b]")).visuals
    assert visual.problems == ("a shelf of an unknown form",)


def test_unknown_parts_that_name_fields_are_said(tmp_path: Path) -> None:
    school, a = instance("School")
    table = f"<novel-shelf><column>{a}</column></novel-shelf><novel-look kind='round'/>"
    (visual,) = load(tmp_path, workbook_xml(rows=a, instances=school, table=table)).visuals
    assert visual.problems == ("an unknown part of the worksheet that names fields (novel-shelf)",)


OTHER = (
    '<datasource name="other" caption="Areas"><connection class="federated"><named-connections>'
    '<named-connection name="f2"><connection class="textscan" directory="Data" filename="areas.csv"/>'
    '</named-connection></named-connections><relation connection="f2" name="areas.csv" table="[areas#csv]" '
    'type="table"><columns header="yes" separator=","><column name="School" datatype="string"/>'
    '<column name="Area" datatype="string"/><column name="Places" datatype="integer"/></columns></relation>'
    "</connection></datasource></datasources><datasource-relationships>{links}</datasource-relationships>"
)


def blended(tmp_path: Path, links: str, **shelves: str) -> tuple[Layer, ...]:
    places = "[other].[sum:Places:qk]"
    document = workbook_xml(encodings=f'<text column="{places}"/>', **shelves).replace(
        '<datasource name="ds"/></datasources>', '<datasource name="ds"/><datasource name="other"/></datasources>'
    )
    instances = (
        '<datasource-dependencies datasource="other"><column-instance column="[Places]" derivation="Sum" '
        'name="[sum:Places:qk]" type="quantitative"/><column-instance column="[Area]" derivation="None" '
        'name="[none:Area:nk]" type="nominal"/></datasource-dependencies></view>'
    )
    document = document.replace("</view>", instances).replace("</datasources>", OTHER.format(links=links), 1)
    (visual,) = load(tmp_path, document).visuals
    return visual.layers


def test_a_blended_source_is_a_layer_of_its_own_by_the_linking_fields_in_use(tmp_path: Path) -> None:
    school, a = instance("School")
    sex, b = instance("Sex")
    primary, secondary = blended(tmp_path, "", rows=f"({a} / {b})", instances=school + sex)
    assert (primary.source, secondary.source) == ("ds", "other")
    assert [g.expr for g in primary.grain] == [SCHOOL, SEX]
    assert [g.expr for g in secondary.grain] == [Column("areas.csv", "School")]
    assert [b.arg for b in secondary.bases] == [Column("areas.csv", "Places")]
    assert not primary.problems
    assert not secondary.problems
    assert all(any("blending" in note for note in layer.approximate) for layer in (primary, secondary))


def test_stated_links_come_before_equal_names(tmp_path: Path) -> None:
    school, a = instance("School")
    links = (
        '<datasource-relationship source="ds" target="other"><column-mapping>'
        f'<map key="{a}" value="[other].[none:Area:nk]"/></column-mapping></datasource-relationship>'
    )
    _, secondary = blended(tmp_path, links, rows=a, instances=school)
    assert [g.expr for g in secondary.grain] == [Column("areas.csv", "Area")]


def test_dimensions_of_a_blended_source_do_not_split_the_marks(tmp_path: Path) -> None:
    school, a = instance("School")
    primary, _ = blended(tmp_path, "", rows=f"({a} / [other].[none:Area:nk])", instances=school)
    assert [g.expr for g in primary.grain] == [SCHOOL]


def test_measure_values_stand_for_the_chosen_measures(tmp_path: Path) -> None:
    score, _ = instance("Score", "Avg", "qk")
    upn, counted = instance("UPN", "CountD", "qk")
    share, passed = instance("Passed %", "Sum", "qk")
    field = '<column name="[Passed %]" datatype="real"><calculation class="tableau" formula="[Score]"/></column>'
    members = "".join(
        f'<groupfilter function="member" level="[:Measure Names]" member="&quot;{chosen}&quot;"/>'
        for chosen in (counted, passed.replace("%", r"\%"))
    )
    view = f'<filter class="categorical" column="[ds].[:Measure Names]"><groupfilter function="union">{members}'
    document = workbook_xml(
        fields=field,
        instances=score + upn + share,
        view=view + "</groupfilter></filter>",
        cols="[ds].[:Measure Names]",
        encodings='<text column="[ds].[Multiple Values]"/>',
    )
    layer = only_layer(load(tmp_path, document))
    assert [(b.aggregate, b.arg) for b in layer.bases] == [("count_distinct", UPN), ("sum", SCORE)]
    assert layer.filters == ()
    assert layer.grain == ()


@pytest.mark.parametrize(
    ("tree", "named", "expected", "said"),
    [
        ('<groupfilter function="except"><groupfilter function="level-members" level="[:Measure Names]"/>{}</groupfilter>',
         "[ds].[avg:Score:qk]", ["count_distinct"], False),
        ("{}", "[ds].[sum:Gone:qk]", [], True),
    ],
)  # fmt: skip
def test_measures_left_out_and_measures_that_are_gone(
    tmp_path: Path, tree: str, named: str, expected: list[str], said: bool
) -> None:
    score, _ = instance("Score", "Avg", "qk")
    upn, _ = instance("UPN", "CountD", "qk")
    member = f'<groupfilter function="member" level="[:Measure Names]" member="&quot;{named}&quot;"/>'
    view = f'<filter class="categorical" column="[ds].[:Measure Names]">{tree.format(member)}</filter>'
    layer = only_layer(load(tmp_path, workbook_xml(
        instances=score + upn, view=view, cols="[ds].[:Measure Names]", encodings='<text column="[ds].[Multiple Values]"/>'
    )))  # fmt: skip
    assert [b.aggregate for b in layer.bases] == expected
    assert bool(layer.problems) is said


def test_fields_named_in_a_tooltip_are_encodings(tmp_path: Path) -> None:
    upn, reference = instance("UPN", "Attribute")
    panes = (
        '<panes><pane><mark class="Bar"/><customized-tooltip><formatted-text><run>Pupil &lt;</run>'
        f"<run>{reference}&gt;</run></formatted-text></customized-tooltip></pane></panes>"
    )
    score, a = instance("Score", "Sum", "qk")
    (visual,) = load(tmp_path, workbook_xml(rows=a, instances=upn + score, panes=panes)).visuals
    assert ("tooltip", "UPN") in {(e.role, e.use.caption) for e in visual.encodings}
