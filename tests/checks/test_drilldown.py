"""DR001 and DR003 to DR005: what shows, leads to or picks single persons, and what does not."""

from __future__ import annotations

import pytest

from checks.drilldown.dr001_unit_on_visual import unit_on_visual
from checks.drilldown.dr003_drill_to_unit import drill_to_unit
from checks.drilldown.dr004_action_to_unit import action_to_unit
from checks.drilldown.dr005_unit_filter import unit_filter
from checks.exposure.ex003_hidden_not_protected import hidden_not_protected
from linter.evidence import Unit
from linter.expressions import Case, Column, Expr, Literal, call
from linter.findings import Severity
from linter.model import (
    Connection,
    Control,
    Encoding,
    Field,
    Grouping,
    Layer,
    Page,
    Parameter,
    Relationship,
    TableColumn,
)
from linter.reporters.reading import fold
from tests.checks.build import context, judged, source, table, use, visual, workbook

PUPIL_LIST = Page("p2", "Pupil list", "drill_through", hidden=True)
OPEN = Page("p2", "Pupil list")


def slicer(field: str, **more: bool) -> Control:
    return Control("s1", "slicer", field, (use(field),), ("p1",), ("chart",), part="report", **more)


class TestSlicersAreNotVisuals:
    def test_a_slicer_on_a_key_is_dr005_and_not_dr001(self) -> None:
        book = workbook(
            visual("s1", Encoding("slicer", use("UPN"), groups=True)),
            visual("chart", "School"),
            controls=(slicer("UPN"),),
        )
        assert judged(unit_on_visual, book) == []
        (found,) = judged(unit_filter, book)
        assert (found.location.visual_id, found.location.page) == ("s1", "Overview")
        assert "UPN" in found.message

    def test_the_same_field_on_a_table_is_dr001(self) -> None:
        assert len(judged(unit_on_visual, workbook(visual("list", "UPN")))) == 1


class TestUnitFilter:
    def test_a_slicer_on_school_is_fine(self) -> None:
        assert judged(unit_filter, workbook(visual("chart", "School"), controls=(slicer("School"),))) == []

    def test_hidden_slicers_count(self) -> None:
        (found,) = judged(unit_filter, workbook(visual("chart", "School"), controls=(slicer("Surname", hidden=True),)))
        assert "hidden" in found.message

    def test_a_card_of_a_visual_that_shows_the_field_is_part_of_dr001(self) -> None:
        card = Control("c", "quick_filter", "UPN", (use("UPN"),), ("p1",), ("list",))
        assert judged(unit_filter, workbook(visual("list", "UPN"), controls=(card,))) == []
        assert len(judged(unit_filter, workbook(visual("list", "School"), controls=(card,)))) == 1

    def test_a_filter_on_a_count_picks_nobody(self) -> None:
        counted = Field("m", "Pupils", "Pupil", None, kind="measure", formula="DISTINCTCOUNT(Pupil[UPN])")
        card = Control(
            "c", "quick_filter", "Pupils", (use("UPN", caption="Pupils", via=("Pupils",)),), ("p1",), ("chart",)
        )
        book = workbook(visual("chart", "School"), controls=(card,), sources=(source(fields=(counted,)),))
        assert judged(unit_filter, book) == []

    def test_one_finding_for_a_field_on_a_page(self) -> None:
        again = Control("s2", "quick_filter", "UPN", (use("UPN"),), ("p1",), ("chart",))
        assert len(judged(unit_filter, workbook(visual("chart", "School"), controls=(slicer("UPN"), again)))) == 1

    @pytest.mark.parametrize(
        ("caption", "fires"), [("Pupil UPN", True), ("Student name", True), ("Top schools", False)]
    )
    def test_a_parameter_is_judged_by_its_name(self, caption: str, fires: bool) -> None:
        control = Control("p", "parameter", caption, (), ("p1",))
        parameter = Parameter("p", caption, Literal("x"), (Literal("x"), Literal("y")))
        book = workbook(visual("chart", "School"), tool="tableau", controls=(control,), parameters=(parameter,))
        assert bool(judged(unit_filter, book)) is fires


class TestDrillToUnit:
    def drill(self, *fields: str, on: str = "chart") -> Control:
        return Control("h", "hierarchy", "School to pupil", tuple(use(f) for f in fields), ("p1",), (on,))

    def test_a_level_behind_the_axis(self) -> None:
        book = workbook(visual("chart", "School", "Surname", drilled=False), controls=(self.drill("Surname"),))
        (found,) = judged(drill_to_unit, book)
        assert found.location.visual == "chart"
        assert found.severity == Severity.ERROR
        assert judged(unit_on_visual, book) == [], "what is not expanded is not shown"

    @pytest.mark.parametrize(("levels", "fires"), [(("Year", "Month", "Day"), True), (("Year", "Quarter"), False)])
    def test_a_date_of_birth_down_to_the_day(self, levels: tuple[str, ...], fires: bool) -> None:
        born = source(table(columns=("UPN", "School", TableColumn("DOB", "DOB", "date", "DOB"))))
        uses = tuple(use("DOB", caption=level) for level in levels)
        control = Control("h", "hierarchy", "Born", uses, ("p1",), ("chart",))
        found = judged(drill_to_unit, workbook(visual("chart", "School"), sources=(born,), controls=(control,)))
        assert [f.evidence["levels"] for f in found] == ([("Day",)] if fires else [])

    def test_the_date_table_that_the_tool_made_for_it(self) -> None:
        made = table("LocalDateTable_1", ("Date", "Day"), generated=True)
        tie = Relationship("Pupil", "LocalDateTable_1", ((Column("Pupil", "DOB"), Column("LocalDateTable_1", "Date")),))
        born = source(table(columns=("UPN", "School", "DOB")), made, relationships=(tie,))
        control = Control("h", "hierarchy", "Born", (use("Day", of="LocalDateTable_1"),), ("p1",), ("chart",))
        book = workbook(visual("chart", "School"), sources=(born,), controls=(control,))
        (found,) = judged(drill_to_unit, book)
        assert found.fields == ("Pupil.DOB",)

    @pytest.mark.parametrize(
        ("parts", "fires"),
        [(("Year", "Month", "Day"), True), (("Year", "Month"), False), (("Day of DOB", "Month of DOB"), False)],
    )
    def test_parts_of_a_date_of_birth_side_by_side_are_dr001(self, parts: tuple[str, ...], fires: bool) -> None:
        shown = [Encoding("rows", use("DOB", caption=part), groups=True) for part in parts]
        grain = tuple(Grouping(p, call("date_part", Literal("year"), Column("Pupil", "DOB")), "rows") for p in parts)
        born = source(table(columns=("UPN", "School", "DOB")))
        book = workbook(visual("list", *shown, layer=Layer("l", "model", grain, tables=("Pupil",))), sources=(born,))
        assert bool(judged(unit_on_visual, book)) is fires

    @pytest.mark.parametrize(("unit", "fires"), [("day", True), ("month", False)])
    def test_a_date_of_birth_cut_off_at_the_day_is_dr001(self, unit: str, fires: bool) -> None:
        grain = (Grouping("Day of DOB", call("date_trunc", Literal(unit), Column("Pupil", "DOB")), "rows"),)
        shown = Encoding("rows", use("DOB", caption="Day of DOB"), groups=True)
        born = source(table(columns=("UPN", "School", "DOB")))
        book = workbook(visual("list", shown, layer=Layer("l", "model", grain, tables=("Pupil",))), sources=(born,))
        assert bool(judged(unit_on_visual, book)) is fires

    def test_the_date_itself_behind_its_year(self) -> None:
        born = source(table(columns=("UPN", "School", TableColumn("DOB", "DOB", "date", "DOB"))))
        control = Control("h", "hierarchy", "DOB", (use("DOB"),), ("p1",), ("chart",))
        assert (
            len(judged(drill_to_unit, workbook(visual("chart", "School"), sources=(born,), controls=(control,)))) == 1
        )

    def test_what_is_only_suspected_to_be_of_persons_warns(self) -> None:
        things = source(table("Company", ("Company", "Email")))
        way = Control("h", "hierarchy", "x", (use("Email", of="Company"),), ("p1",), ("chart",))
        book = workbook(visual("chart", "School"), sources=(things,), controls=(way,))
        (found,) = judged(drill_to_unit, book, unit=Unit("unknown"))
        assert (found.severity, found.confidence) == (Severity.WARNING, "low")

    def test_levels_without_persons(self) -> None:
        assert (
            judged(drill_to_unit, workbook(visual("chart", "School"), controls=(self.drill("School", "KS4_ATT8"),)))
            == []
        )

    def test_a_level_that_is_shown_already_is_dr001(self) -> None:
        book = workbook(visual("chart", "School", "Surname"), controls=(self.drill("School", "Surname"),))
        assert judged(drill_to_unit, book) == []
        assert len(judged(unit_on_visual, book)) == 1


class TestActionToUnit:
    def test_a_drill_through_page_with_a_list(self) -> None:
        way = Control("d", "drill_through", "Pupil list", (use("School"),), ("p2",), target="p2")
        book = workbook(visual("list", "UPN", page="p2"), pages=(Page("p1", "Overview"), PUPIL_LIST), controls=(way,))
        (found,) = judged(action_to_unit, book)
        assert (found.location.page, found.location.visual, found.severity) == ("Pupil list", "list", Severity.ERROR)

    def test_a_page_bound_to_a_key_shows_one_person_at_a_time(self) -> None:
        way = Control("d", "drill_through", "Profile", (use("UPN"),), ("p2",), target="p2")
        book = workbook(
            visual("card", "School", page="p2"), pages=(Page("p1", "Overview"), PUPIL_LIST), controls=(way,)
        )
        (found,) = judged(action_to_unit, book)
        assert found.evidence["bound_to"] == ("UPN",)
        assert found.location.page == "Pupil list"

    def test_a_drill_through_page_of_groups_is_fine(self) -> None:
        way = Control("d", "drill_through", "Detail", (use("School"),), ("p2",), target="p2")
        book = workbook(
            visual("chart", "School", page="p2"), pages=(Page("p1", "Overview"), PUPIL_LIST), controls=(way,)
        )
        assert judged(action_to_unit, book) == []

    def test_a_sheet_in_a_tooltip(self) -> None:
        way = Control("t", "tooltip", "chart", (use("School"),), ("p1",), ("list",), target="list")
        book = workbook(
            visual("chart", "School"), visual("list", "UPN", page="tip", hidden=True), tool="tableau", controls=(way,)
        )
        (found,) = judged(action_to_unit, book)
        assert "chart" in found.evidence["visuals"]  # type: ignore[operator]

    def test_a_button_to_an_open_page_is_a_warning_and_once(self) -> None:
        ways = tuple(Control(f"b{i}", "navigation", "Pupil list", (), ("p1",), target="p2") for i in range(3))
        book = workbook(visual("list", "UPN", page="p2"), pages=(Page("p1", "Overview"), OPEN), controls=ways)
        (found,) = judged(action_to_unit, book)
        assert found.severity == Severity.WARNING

    def test_a_click_that_only_narrows_leads_nowhere(self) -> None:
        way = Control("c", "filter_action", "chart", (use("School"),), ("p1",), ("list",))
        assert judged(action_to_unit, workbook(visual("chart", "School"), visual("list", "UPN"), controls=(way,))) == []


def test_a_sheet_that_only_a_story_point_brings_up() -> None:
    tale = Page("tale", "Tale", "story")
    book = workbook(
        visual("chart", "School"), visual("list", "UPN", page="tale", hidden=True), tool="tableau",
        pages=(Page("p1", "Overview"), tale),
    )  # fmt: skip
    (found,) = judged(unit_on_visual, book)
    assert (found.location.page, "hidden" in found.message) == ("Tale", False), "a story shows it to everybody"


def test_what_follows_from_a_list_of_pupils_is_folded_under_it() -> None:
    way = Control("d", "drill_through", "Pupil list", (use("School"),), ("p2",), target="p2")
    book = workbook(visual("list", "UPN", page="p2"), pages=(Page("p1", "Overview"), PUPIL_LIST), controls=(way,))
    here = context(book)
    findings = [f for rule in (unit_on_visual, action_to_unit, hidden_not_protected) for f in rule.check(here)]
    folded = fold(findings)
    assert [(root.rule, [f.rule for f in below]) for root, below in folded] == [("DR001", ["DR004", "EX003"])]


def test_a_key_that_measures_only_count_is_not_shown() -> None:
    inner = Field("a", "Pupils", "Pupil", None, kind="measure", formula="DISTINCTCOUNT ( 'Pupil'[UPN] )")
    outer = Field("b", "Most pupils", "Pupil", None, kind="measure", formula="MAXX(Days, [Pupils])")
    leaky = Field("c", "Last pupil", "Pupil", None, kind="measure", formula="MAX(Pupil[UPN])")
    for chain, fires in ((("Most pupils", "Pupils"), False), (("Last pupil",), True)):
        placed = Encoding("values", use("UPN", caption=chain[0], via=chain), groups=False, aggregate="max")
        book = workbook(visual("card", placed), sources=(source(fields=(inner, outer, leaky)),))
        assert bool(judged(unit_on_visual, book)) is fires


class TestComputedNames:
    """A calculation over another calculation is judged by what it does to the text, not by its depth."""

    WHOLE = call("upper", call("concat", Column("Pupil", "Forename"), Column("Pupil", "Surname")))

    @pytest.mark.parametrize(
        ("expr", "fires"),
        [
            (WHOLE, True),
            (Case(((Literal(value=True), WHOLE),), Literal("other")), True),
            (call("left", WHOLE, Literal(1)), False),
            (Case(((call("is_null", WHOLE), Literal("none")),), Literal("some")), False),
        ],
        ids=["in capitals", "in some cases", "initial", "whether there is one"],
    )
    def test_whether_the_name_can_be_read(self, expr: Expr, fires: bool) -> None:
        shown = use("Forename", "Surname", caption="Label", via=("Full",))
        layer = Layer("chart", "model", (Grouping("Label", expr, "rows"),), tables=("Pupil",))
        book = workbook(visual("chart", Encoding("rows", shown, groups=True), layer=layer))
        assert bool(judged(unit_on_visual, book)) is fires


@pytest.mark.parametrize(
    ("sql", "fires"),
    [
        ("SELECT p.UPN AS ref FROM pupils p", True),
        ("SELECT x AS ref FROM (SELECT Forename + ' ' + Surname AS x FROM pupils) AS q", True),
        ("SELECT '' AS ref UNION ALL SELECT UPN FROM pupils", True),
        ("SELECT COUNT(p.UPN) AS ref FROM pupils p", False),
        ("SELECT s.School AS ref FROM schools s", False),
    ],
)
def test_a_new_name_in_custom_sql_is_no_escape(sql: str, fires: bool) -> None:
    made = table(columns=("ref", "School"))
    book = workbook(visual("chart", "ref"), sources=(source(made, connections=(Connection("custom-sql", query=sql),)),))
    assert bool(judged(unit_on_visual, book, unit=Unit("rows", "", None, "high", "declared"))) is fires
