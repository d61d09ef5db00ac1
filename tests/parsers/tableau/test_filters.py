"""Filters: which rows remain, at which stage, and that nothing is dropped in silence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from linter.expressions import (
    FALSE,
    TRUE,
    Aggregate,
    Case,
    Column,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    all_of,
    any_of,
    call,
    problems,
)  # fmt: skip
from tests.parsers.tableau.build import TABLE, instance, load, only_layer, table_calculation, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.expressions import Expr
    from linter.model import Filter, Layer

SCHOOL, SEX, YEAR = Column(TABLE, "School"), Column(TABLE, "Sex"), Column(TABLE, "Year")
SCORE, BORN = Column(TABLE, "Score"), Column(TABLE, "Born")
LEVEL = 'level="[none:School:nk]"'
EVERYTHING = f'<groupfilter function="level-members" {LEVEL}/>'


def member(text: str, level: str = LEVEL) -> str:
    return f'<groupfilter function="member" {level} member="{text}"/>'


def top(inside: str, count: str = "3", end: str = "top", units: str = "records") -> str:
    """A top or bottom filter by the sum of scores."""
    return (
        f'<groupfilter function="end" count="{count}" end="{end}" units="{units}"><groupfilter function="order" '
        f'direction="DESC" expression="SUM([Score])">{inside}</groupfilter></groupfilter>'
    )


def condition(formula: str) -> str:
    """A filter by a condition."""
    return f'<groupfilter function="filter" expression="{formula}">{EVERYTHING}</groupfilter>'


def layer_of(folder: Path, view: str, more: str = "", parameters: str = "") -> Layer:
    made = [instance("School"), instance("Sex"), instance("Score", "None", "qk"), instance("Score", "Sum", "qk")]
    made += [instance("Born", "None", "qk"), instance("Born", "MY", "ok"), instance("Born", "Year", "ok")]
    instances = "".join(element for element, _ in made) + more
    document = workbook_xml(rows="[ds].[none:Sex:nk]", instances=instances, view=view, parameters=parameters)
    return only_layer(load(folder, document))


def filter_of(folder: Path, tree: str, column: str = "none:School:nk", attributes: str = "") -> Filter:
    view = f'<filter class="categorical" column="[ds].[{column}]" {attributes}>{tree}</filter>'
    (found,) = layer_of(folder, view).filters
    return found


def quantitative(folder: Path, attributes: str, inside: str = "", column: str = "none:Score:qk") -> Filter:
    view = f'<filter class="quantitative" column="[ds].[{column}]" {attributes}>{inside}</filter>'
    (found,) = layer_of(folder, view).filters
    return found


def kept(condition: Expr) -> Expr:
    return call("not", call("coalesce", condition, FALSE))


GIRLS = member("&quot;F&quot;", 'level="[none:Sex:nk]"')
AMONG_CHOSEN = call("eq", Aggregate("max", Case(((call("eq", SCHOOL, Literal("A")), Literal(1)),))), Literal(1))

CASES: list[tuple[str, Expr]] = [
    (EVERYTHING, TRUE),
    (member("&quot;North&quot;"), call("eq", SCHOOL, Literal("North"))),
    (member("%null%"), call("is_null", SCHOOL)),
    (
        f'<groupfilter function="union">{member("&quot;A&quot;")}{member("%null%")}</groupfilter>',
        call("in", SCHOOL, Literal("A"), Literal(None)),
    ),
    (
        f'<groupfilter function="except">{EVERYTHING}{member("&quot;A&quot;")}</groupfilter>',
        kept(call("eq", SCHOOL, Literal("A"))),
    ),
    (
        f'<groupfilter function="range" {LEVEL} from="&quot;A&quot;" to="&quot;C&quot;"/>',
        all_of(call("ge", SCHOOL, Literal("A")), call("le", SCHOOL, Literal("C"))),
    ),
    (
        f'<groupfilter function="crossjoin">{member("&quot;A&quot;")}{GIRLS}</groupfilter>',
        all_of(call("eq", SCHOOL, Literal("A")), call("eq", SEX, Literal("F"))),
    ),
    (
        f'<groupfilter function="intersection">{EVERYTHING}{member("&quot;A&quot;")}</groupfilter>',
        call("eq", SCHOOL, Literal("A")),
    ),
    (condition("[Score] &gt; 3"), call("gt", SCORE, Literal(3))),
    (condition("SUM([Score]) &gt; 10"), Fixed((SCHOOL,), call("gt", Aggregate("sum", SCORE), Literal(10)))),
    (top(EVERYTHING), TopMembers((SCHOOL,), Aggregate("sum", SCORE), 3, descending=True)),
    (
        top(member("&quot;A&quot;")),
        all_of(
            call("eq", SCHOOL, Literal("A")),
            TopMembers((SCHOOL,), Case(((AMONG_CHOSEN, Aggregate("sum", SCORE)),)), 3, descending=True),
        ),
    ),
    (top(EVERYTHING, end="bottom"), TopMembers((SCHOOL,), Aggregate("sum", SCORE), 3, descending=False)),
]


@pytest.mark.parametrize(("tree", "expected"), CASES)
def test_categorical(tmp_path: Path, tree: str, expected: Expr) -> None:
    found = filter_of(tmp_path, tree)
    assert found.predicate == expected
    assert (found.caption, found.stage, found.scope) == ("School", "dimension", "visual")


@pytest.mark.parametrize(
    "tree",
    [
        f'<groupfilter function="sideways">{EVERYTHING}</groupfilter>',
        f'<groupfilter function="member" {LEVEL}/>',
        top(EVERYTHING, units="percent"),
        condition("SUM("),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, tree: str) -> None:
    view = f'<filter class="categorical" column="[ds].[none:School:nk]">{tree}</filter>'
    layer = layer_of(tmp_path, view)
    assert problems(layer.filters[0].predicate)
    assert set(problems(layer.filters[0].predicate)) <= set(layer.problems)


def test_unknown_class_is_said(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, '<filter class="fuzzy" column="[ds].[none:School:nk]"/>')
    assert isinstance(layer.filters[0].predicate, Unsupported)
    assert layer.problems


def test_nothing_chosen(tmp_path: Path) -> None:
    """No member passes, and the filter says so of its field; an action that nobody used yet leaves out nothing."""
    tree = '<groupfilter function="empty-level" member="[none:School:nk]" {}/>'
    chosen = tree.format('user:ui-marker="enumerate"')
    view = f'<filter class="categorical" column="[ds].[none:School:nk]">{chosen}</filter>'
    (only,) = layer_of(tmp_path, view).filters
    anything = any_of(call("is_null", SCHOOL), call("not", call("is_null", SCHOOL)))
    assert (only.predicate, only.columns) == (call("not", call("coalesce", anything, FALSE)), (SCHOOL,))
    assert layer_of(tmp_path, view.replace("user:ui-marker", "user:ui-action-filter")).filters == ()
    (everything,) = layer_of(
        tmp_path, view.replace('ui-marker="enumerate"', 'ui-manual-selection-all-when-empty="true"')
    ).filters
    assert everything.predicate == TRUE
    broken = view.replace(chosen, '<groupfilter function="union"/>')
    assert layer_of(tmp_path, broken).problems == ("a filter with the unknown part 'union'",)


def test_a_filter_on_a_set_without_its_members_is_said(tmp_path: Path) -> None:
    girls = '<group name="[Girls]" user:ui-builder="filter-group"><groupfilter function="member" level="[Sex]" member="&quot;F&quot;"/></group>'
    element, reference = instance("School")
    view = f'<filter class="categorical" column="[ds].[Girls]">{EVERYTHING}</filter>'
    layer = only_layer(load(tmp_path, workbook_xml(rows=reference, instances=element, view=view, fields=girls)))
    assert layer.problems == ("a filter on a set that doesn't say which of its members pass",)


def test_top_n_by_parameter(tmp_path: Path) -> None:
    tree = top(EVERYTHING, count="[Parameters].[N]")
    view = f'<filter class="categorical" column="[ds].[none:School:nk]">{tree}</filter>'
    parameter = '<column name="[N]" caption="How many" datatype="integer" param-domain-type="any" value="7"/>'
    predicate = layer_of(tmp_path, view, parameters=parameter).filters[0].predicate
    assert isinstance(predicate, TopMembers)
    assert predicate.count == 7


def test_date_members_are_integers_of_the_derivation(tmp_path: Path) -> None:
    my = filter_of(tmp_path, member("202401", 'level="[my:Born:ok]"'), "my:Born:ok")
    assert my.predicate == call("eq", call("year_month", BORN), Literal(202401))
    year = filter_of(tmp_path, member("2024", 'level="[year:Born:ok]"'), "year:Born:ok")
    assert year.predicate == call("eq", call("date_part", Literal("year"), BORN), Literal(2024))


@pytest.mark.parametrize(
    ("included", "expected"),
    [
        ("in-range", all_of(call("ge", SCORE, Literal(1)), call("le", SCORE, Literal(2.5)))),
        ("non-null", call("not", call("is_null", SCORE))),
        ("null", call("is_null", SCORE)),
        ("all", TRUE),
        (
            "in-range-or-null",
            any_of(all_of(call("ge", SCORE, Literal(1)), call("le", SCORE, Literal(2.5))), call("is_null", SCORE)),
        ),
    ],
)
def test_quantitative(tmp_path: Path, included: str, expected: Expr) -> None:
    found = quantitative(tmp_path, f'included-values="{included}"', "<min>1</min><max>2.5</max>")
    assert found.predicate == expected
    assert found.stage == "dimension"


def test_range_of_dates(tmp_path: Path) -> None:
    found = quantitative(tmp_path, 'included-values="in-range"', "<min>#2011-01-31#</min>", "none:Born:qk")
    assert found.predicate == call("ge", BORN, Literal(dt.date(2011, 1, 31)))


def test_filters_on_aggregates_hide_cells(tmp_path: Path) -> None:
    found = quantitative(tmp_path, 'included-values="in-range"', "<min>10</min>", "sum:Score:qk")
    assert found.stage == "measure"
    assert found.predicate == call("ge", Aggregate("sum", SCORE), Literal(10))


def test_user_filters_count_as_for_a_reader_whom_none_restricts(tmp_path: Path) -> None:
    user = condition("ISCURRENTUSER('a')")
    tree = f'<groupfilter function="intersection">{member("&quot;A&quot;")}{user}</groupfilter>'
    layer = layer_of(tmp_path, f'<filter class="categorical" column="[ds].[none:School:nk]">{tree}</filter>')
    assert layer.filters[0].predicate == call("eq", SCHOOL, Literal("A"))
    assert layer.problems == ()
    assert any("depends on who looks" in note for note in layer.approximate)


def test_filters_on_table_calculations_hide_cells_and_are_approximate(tmp_path: Path) -> None:
    more, rank = table_calculation("Score", "Sum", "Rank")
    view = f'<filter class="quantitative" column="{rank}" included-values="in-range"><max>3</max></filter>'
    layer = layer_of(tmp_path, view, more)
    assert layer.filters[0].stage == "table_calc"
    assert layer.filters[0].predicate == TRUE
    assert layer.problems == ()
    assert layer.approximate == ("a filter on a table calculation, so marks that it hides count as shown",)


def test_hidden_members_leave_the_view_only(tmp_path: Path) -> None:
    tree = f'<groupfilter function="except">{EVERYTHING}{member("%null%")}</groupfilter>'
    assert filter_of(tmp_path, tree, attributes='kind="hide"').stage == "table_calc"


def test_context(tmp_path: Path) -> None:
    assert filter_of(tmp_path, member("&quot;A&quot;"), attributes='context="true"').stage == "context"


@pytest.mark.parametrize(
    ("attributes", "upper"),
    [
        ('include-future="true"', None),
        ('include-future="false"', True),
    ],
)
def test_relative_date(tmp_path: Path, attributes: str, upper: bool | None) -> None:
    view = (
        '<filter class="relative-date" column="[ds].[none:Born:qk]" period-type="month" first-period="-2" '
        f'last-period="0" include-null="false" anchor="#2024-05-17#" {attributes}/>'
    )
    anchor = Literal(dt.date(2024, 5, 17))
    month = Literal("month")
    start = call("date_trunc", month, anchor)
    bounds = [
        call("ge", BORN, call("date_add", month, Literal(-2), start)),
        call("lt", BORN, call("date_add", month, Literal(1), start)),
    ]
    if upper:
        day = Literal("day")
        bounds.append(call("lt", BORN, call("date_add", day, Literal(1), call("date_trunc", day, anchor))))
    assert layer_of(tmp_path, view).filters[0].predicate == all_of(*bounds)


def test_relative_date_without_anchor_is_today(tmp_path: Path) -> None:
    view = (
        '<filter class="relative-date" column="[ds].[none:Born:qk]" period-type="year" first-period="0" '
        'last-period="0" include-null="true"/>'
    )
    assert "today" in repr(layer_of(tmp_path, view).filters[0].predicate)


ACTION = (
    '<group name="[Action (School)]" hidden="true" user:auto-column="sheet_link"><groupfilter function="crossjoin">'
    '<groupfilter function="level-members" level="[School]"/></groupfilter></group>'
)


def test_action_filters_start_unrestricted_and_keep_a_saved_choice(tmp_path: Path) -> None:
    def read(tree: str) -> tuple[Filter, ...]:
        view = f'<filter class="categorical" column="[ds].[Action (School)]">{tree}</filter>'
        sex, on_rows = instance("Sex")
        return only_layer(load(tmp_path, workbook_xml(rows=on_rows, instances=sex, view=view, fields=ACTION))).filters

    assert read('<groupfilter function="level-members" level="[School]"/>') == ()
    (chosen,) = read('<groupfilter function="member" level="[School]" member="&quot;A&quot;"/>')
    assert chosen.predicate == call("eq", SCHOOL, Literal("A"))
    assert (chosen.scope, chosen.changeable) == ("action", True)


def test_filters_of_the_source_of_all_sheets_and_of_the_reader(tmp_path: Path) -> None:
    sex, on_rows = instance("Sex")
    school, reference = instance("School")
    one = member("&quot;A&quot;")
    after = (
        f'<shared-views><shared-view name="ds"><filter class="categorical" column="{reference}">{one}</filter>'
        "</shared-view></shared-views><dashboards><dashboard name='D'><zones><zone id='1' name='Sheet 1'/>"
        f"<zone id='2' type-v2='filter' name='Sheet 1' param='{reference}'/></zones></dashboard></dashboards>"
    )
    source = f'{school}<filter class="categorical" column="{reference.removeprefix("[ds].")}">{one}</filter>'
    workbook = load(tmp_path, workbook_xml(rows=on_rows, instances=sex + school, after=after, source_inside=source))
    shared, own = only_layer(workbook).filters
    assert (own.scope, own.stage) == ("source", "source")
    assert (shared.scope, shared.stage, shared.changeable) == ("report", "dimension", True)
    assert shared.predicate == call("eq", SCHOOL, Literal("A"))
    ds = workbook.source("ds")
    assert ds is not None
    assert [(f.stage, f.scope) for f in ds.filters] == [("source", "source")]
    (control,) = [c for c in workbook.controls if c.kind == "quick_filter"]
    assert (control.caption, control.pages, control.visuals) == ("School", ("D",), ("Sheet 1",))
