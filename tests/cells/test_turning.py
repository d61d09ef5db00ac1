"""What readers can turn on a visual, by kind of control."""

from __future__ import annotations

from dataclasses import replace

from linter.cells.turning import Turning
from linter.expressions import Column, Expr, Literal, Unsupported, call
from linter.model import (
    Control,
    Encoding,
    Field,
    FieldUse,
    Filter,
    Grouping,
    Layer,
    Page,
    Settings,
    Source,
    Table,
    TableColumn,
    Visual,
    Workbook,
)


def col(name: str) -> Column:
    return Column("t", name)


def use(name: str, expr: Expr | None = None) -> FieldUse:
    return FieldUse(name, (col(name),), "s", expr=expr or col(name))


def visual(name: str, page: str, *fields: str) -> Visual:
    grain = tuple(Grouping(f, col(f), "rows") for f in fields)
    encodings = tuple(Encoding("rows", use(f), groups=True) for f in fields)
    return Visual(name, name, "chart", (page,), "part", (Layer("layer", "s", grain),), encodings)


TABLE = Table("t", "t", (TableColumn("School", "School"), TableColumn("Seen", "Seen", "datetime")))
BOOK = Workbook(
    "powerbi", "x", "0", (Source("s", "s", "embedded", (TABLE,)),), (Page("p1", "One"), Page("p2", "Two")),
    (visual("chart", "p1", "School"), visual("other", "p1", "Ethnicity"), visual("detail", "p2", "Year")),
)  # fmt: skip


def turned(name: str, *controls: Control, **more: object) -> list[str]:
    book = replace(BOOK, controls=controls, **more)  # type: ignore[arg-type]
    shown = next(v for v in book.visuals if v.id == name)
    return [t.caption for t in Turning(book).of(shown, shown.layers[0])]


def control(kind: str, *uses: FieldUse, **more: object) -> Control:
    return Control("c", kind, "c", uses, **{"pages": ("p1",), **more})  # type: ignore[arg-type]


def test_a_filter_acts_on_the_visuals_it_names_else_on_its_pages() -> None:
    assert turned("chart", control("slicer", use("Sex"), visuals=("chart",))) == ["Sex"]
    assert turned("other", control("slicer", use("Sex"), visuals=("chart",))) == []
    assert turned("other", control("quick_filter", use("Sex"))) == ["Sex"]
    assert turned("detail", control("quick_filter", use("Sex"))) == []


def test_hidden_controls_count_and_measures_do_not() -> None:
    assert turned("chart", control("slicer", use("Sex"), hidden=True)) == ["Sex"]
    assert turned("chart", control("quick_filter", FieldUse("Pupils", (col("UPN"),), "s", ("Pupils",)))) == []


def test_highlighting_and_navigation_narrow_nothing() -> None:
    for kind in ("highlight", "navigation", "url_action"):
        assert turned("chart", control(kind, use("Sex"), visuals=("chart",))) == []


def test_a_drill_through_brings_along_where_it_came_from() -> None:
    drill = control("drill_through", use("School"), pages=("p2",), target="p2")
    slicer = control("slicer", use("Sex"), visuals=("chart",))
    elsewhere = control("slicer", use("Phase"), visuals=("other",))
    assert turned("detail", drill, slicer, elsewhere) == ["School", "Sex"]
    assert turned("chart", drill) == []


def test_a_tooltip_filters_its_page_by_what_is_pointed_at() -> None:
    assert turned("detail", control("tooltip", use("School"), target="p2")) == ["School"]


def test_points_in_time_expand_to_days() -> None:
    drill = replace(BOOK, controls=(control("hierarchy", use("Seen"), visuals=("chart",)),))
    (found,) = Turning(drill).of(drill.visuals[0], drill.visuals[0].layers[0])
    assert found.expr == call("date_trunc", Literal("day"), col("Seen"))


def test_a_saved_state_is_one_choice_unless_its_field_is_free() -> None:
    state = call("eq", col("Sex"), Literal("F"))
    bookmark = control("quick_filter", use("Sex"), states=(state,))
    book = replace(BOOK, controls=(bookmark,))
    (found,) = Turning(book).of(book.visuals[0], book.visuals[0].layers[0])
    assert (found.expr, found.saved) == (state, True)
    assert turned("chart", bookmark, control("slicer", use("Sex"))) == ["Sex"]


def test_a_set_action_narrows_the_visuals_that_use_the_set() -> None:
    members = replace(use("Ethnicity"), caption="Ethnicity")
    assert turned("other", control("set_action", members, pages=())) == ["Ethnicity"]
    assert turned("chart", control("set_action", members, pages=())) == []
    filtered = Filter("In/Out of Ethnicity", call("eq", col("Ethnicity"), Literal("A")), "dimension", "visual",
                      (col("Ethnicity"),))  # fmt: skip
    chart = replace(BOOK.visuals[0], layers=(replace(BOOK.visuals[0].layers[0], filters=(filtered,)),))
    assert turned("chart", control("set_action", members, pages=()), visuals=(chart,)) == ["Ethnicity"]


def test_personalised_visuals_combine_what_the_report_uses() -> None:
    assert set(turned("chart", settings=Settings(personalise=True))) == {"School", "Ethnicity", "Year"}


def test_a_filter_on_the_column_of_a_set_is_not_the_set() -> None:
    chosen = call("in", col("Ethnicity"), Literal("A"))
    action = control("set_action", FieldUse("Big groups", (col("Ethnicity"),), "s", expr=chosen), pages=())
    fields = (Field("e", "Ethnicity", "t", col("Ethnicity")), Field("b", "Big groups", "t", chosen, kind="set"))
    book = (replace(BOOK.sources[0], fields=fields),)

    def narrowed(caption: str, predicate: Expr) -> list[str]:
        found = Filter(caption, predicate, "dimension", "visual", (col("Ethnicity"),))
        chart = replace(BOOK.visuals[0], layers=(replace(BOOK.visuals[0].layers[0], filters=(found,)),))
        return turned("chart", action, visuals=(chart,), sources=book)

    other = call("in", col("Ethnicity"), Literal("B"))
    assert narrowed("Ethnicity", other) == []
    assert narrowed("Ethnicity", call("not", chosen)) == ["Big groups"]
    assert narrowed("Ethnicity", Unsupported("a formula that can't be read")) == ["Big groups"]
    assert narrowed("Big groups", chosen) == narrowed("A calculation", other) == ["Big groups"]
    assert turned("other", action, sources=book) == []
