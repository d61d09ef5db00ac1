"""A worksheet as a visual: its layers (one per pane and block), encodings, filters and totals."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from linter.errors import Unreadable
from linter.expressions import TRUE, Literal, columns, problems
from linter.model import Encoding, Filter, Layer, Visual
from linter.parsers.tableau.blends import linking
from linter.parsers.tableau.derivations import Instance, read_instances
from linter.parsers.tableau.filters import Reading, read_filter
from linter.parsers.tableau.formats import looks
from linter.parsers.tableau.layers import Sheet, for_any_user, layers_of
from linter.parsers.tableau.names import REFERENCE, text_of, value
from linter.parsers.tableau.panes import panes_of
from linter.parsers.tableau.placements import Placement, Placer
from linter.parsers.tableau.shelves import blocks
from linter.parsers.tableau.totals import totals_of
from linter.parsers.tableau.unknown import unknown_elements
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml import etree

    from linter.formulas.tableau_calc import View
    from linter.model import Role
    from linter.parsers.tableau.blends import Links
    from linter.parsers.tableau.panes import Pane

_HIDING = {"measure", "table_calc"}
"""Stages that hide cells and remove no row: not understanding one can't hide a small cell."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a worksheet needs to know of the workbook around it."""

    part: str
    placer: Placer  # without the worksheet's own instances
    pages: tuple[str, ...] = ()
    hidden: bool = False
    box: tuple[float, float, float, float] | None = None
    changeable: frozenset[str] = frozenset()  # references with a filter card
    shared: dict[str, list[etree._Element]] = field(default_factory=dict)  # source -> filters of all its sheets
    links: Links = field(default_factory=dict)
    source_filters: dict[str, tuple[Filter, ...]] = field(default_factory=dict)  # by data source
    filters_under: Callable[[Placer], dict[str, tuple[Filter, ...]]] = lambda _: {}  # under other parameters


def read_worksheet(element: etree._Element, context: Context) -> Visual:
    """The visual of one ``worksheet`` element; never fails, what is not understood is a problem of it."""
    name = element.get("name", "")
    table, view = element.find("table"), element.find("table/view")
    title = _title(element)
    found = Visual(
        name, name, "worksheet", context.pages, context.part, hidden=context.hidden, title=title, box=context.box
    )
    if table is None or view is None:
        return replace(found, problems=("a worksheet without a table",))
    placer = Placer(context.placer.fields, context.placer.rows, _instances(view))
    try:
        sheet = Sheet(
            name,
            placer,
            _sources(view),
            _shelf(table.findtext("rows"), placer),
            _shelf(table.findtext("cols"), placer),
            tuple(placer.place(c.text or "") for c in table.iterfind("pages/column")),
            _chosen_measures(view, placer),
            element,
            context.links,
        )
    except Unreadable as error:
        return replace(found, problems=(error.reason,))
    panes = panes_of(table, placer)
    sheet = replace(sheet, sources=_primary_first(sheet, panes))
    layers = layers_of(sheet, panes, _filters(view, sheet, context, placer))
    return replace(
        found,
        type=", ".join(dict.fromkeys(p.mark for p in panes)) or "worksheet",
        layers=tuple(_finish(layer, seen, sheet, context) for layer, seen in layers),
        encodings=_encodings(sheet, panes),
        looks=tuple(looks(element, placer)),
        problems=tuple(dict.fromkeys([*unknown_elements(element), *_undrawn(sheet, panes)])),
    )


def _instances(view: etree._Element) -> dict[str, dict[str, Instance]]:
    return {d.get("datasource", ""): read_instances(d) for d in view.iterfind("datasource-dependencies")}


def _sources(view: etree._Element) -> tuple[str, ...]:
    """Data sources of the worksheet, the primary one first; parameters aside."""
    named = (d.get("name", "") for d in view.iterfind("datasources/datasource"))
    return tuple(n for n in named if n != "Parameters")


def _primary_first(sheet: Sheet, panes: tuple[Pane, ...]) -> tuple[str, ...]:
    """The data sources, those that no shelf or card uses last: marks can't come from one of them."""
    placed = [p for block in (*sheet.rows, *sheet.cols) for p in block]
    placed += [*sheet.pages, *(p for pane in panes for _, p in pane.encodings)]
    used = {p.source for p in placed}
    return tuple(sorted(sheet.sources, key=lambda s: s not in used))


def _undrawn(sheet: Sheet, panes: tuple[Pane, ...]) -> Iterator[str]:
    """A marks card bound to an axis that no shelf has: what it splits the marks by is not known to be shown."""
    places = [(r, c) for r in range(len(sheet.rows)) for c in range(len(sheet.cols))]
    drawn = [[p.draws(sheet.rows, r, sheet.cols, c) for r, c in places] for p in panes]
    if not all(map(any, zip(*drawn, strict=True))):
        return  # what no card claims is drawn by all of them
    for pane, draws in zip(panes, drawn, strict=True):
        if pane.axes != (None, None) and not any(draws) and any(p.groups for _, p in pane.encodings):
            yield "a marks card is bound to an axis that is on no shelf"


def _shelf(text: str | None, placer: Placer) -> tuple[tuple[Placement, ...], ...]:
    return tuple(tuple(placer.place(r) for r in block) for block in blocks(text))


def _chosen_measures(view: etree._Element, placer: Placer) -> tuple[Placement, ...]:
    """The measures that Measure Values stands for: those its filter lists, all but those, or all there are."""
    every = tuple(
        placed
        for source, instances in placer.instances.items()
        for name in instances
        if (placed := placer.place_name(source, name)).nature == "measure"
    )
    for element in view.iterfind("filter"):
        if element.get("column", "").endswith("[:Measure Names]"):
            named = [value(m) for node in element.iter("groupfilter") if (m := node.get("member"))]
            members = [m.value for m in named if isinstance(m, Literal) and isinstance(m.value, str)]
            chosen = [placer.place(m) for m in members if REFERENCE.fullmatch(m)]
            if any(node.get("function") == "except" for node in element.iter("groupfilter")):
                left = {(p.source, p.name) for p in chosen}
                return tuple(p for p in every if (p.source, p.name) not in left)
            if chosen:  # what isn't understood is kept, and said
                return tuple(p for p in chosen if p.nature == "measure" or problems(p.expr))
    return every


def _finish(layer: Layer, seen: View, sheet: Sheet, context: Context) -> Layer:
    """Add what holds for all layers: filters, totals, whether marks are aggregated at all."""
    view, table = sheet.element.find("table/view"), sheet.element.find("table")
    assert view is not None and table is not None  # noqa: PT018, S101 - read_worksheet has looked
    of_source = context.source_filters.get(layer.source, ())
    filters = (*_filters(view, sheet, context, sheet.placer.seen_in(seen)), *of_source)
    own: list[Filter] = []
    notes: list[str] = []
    unplaced: list[str] = []
    for found in filters:
        if found.source not in {layer.source, "Parameters", ""}:
            if _hides_whole_marks(found, layer, sheet):
                notes.append("a filter on a field of another data source: marks that it hides count as shown")
            else:
                unplaced.append("a filter on a field of another data source may leave only a part of a mark's rows")
            continue
        predicate, stated = for_any_user(found.predicate)
        if found.stage in _HIDING and problems(predicate):
            stated = tuple(f"{p}, so marks that it hides count as shown" for p in problems(predicate))
            predicate = TRUE
        own.append(replace(found, predicate=predicate))
        notes += stated
    stated_problems = [p for f in own for p in problems(f.predicate)]
    aggregation = view.find("aggregation")
    return replace(
        layer,
        filters=tuple(own),
        totals=totals_of(layer, table, sheet.placer),
        disaggregated=aggregation is not None and aggregation.get("value") == "false",
        problems=tuple(dict.fromkeys([*layer.problems, *unplaced, *stated_problems])),
        approximate=tuple(dict.fromkeys([*layer.approximate, *notes])),
    )


def _hides_whole_marks(found: Filter, layer: Layer, sheet: Sheet) -> bool:
    """Whether a filter of another data source can only hide marks: by values of them, or by what links them.

    By any other field the tool filters the rows behind a mark, which leaves it with fewer people.
    """
    if layer.source != sheet.primary or found.stage in _HIDING or found.predicate == TRUE:
        return True
    links = linking(sheet.placer, sheet.links, (layer.source, found.source), layer.grain)
    return columns(found.predicate) <= frozenset(c for _, partner in links for c in columns(partner))


def _filters(view: etree._Element, sheet: Sheet, context: Context, placer: Placer) -> tuple[Filter, ...]:
    own = [read_filter(e, placer, Reading(changeable=context.changeable)) for e in view.iterfind("filter")]
    shared = [
        read_filter(e, context.placer, Reading(scope="report", changeable=context.changeable))
        for source in sheet.sources
        for e in context.shared.get(source, ())
    ]
    return tuple(f for f in (*own, *shared) if f is not None)


def _encodings(sheet: Sheet, panes: tuple[Pane, ...]) -> tuple[Encoding, ...]:
    """Every field on every shelf, with what sorts by a measure and what the tooltip text names."""
    shelves: list[tuple[Role, Placement]] = [("rows", p) for block in sheet.rows for p in block]
    shelves += [("columns", p) for block in sheet.cols for p in block]
    shelves += [("pages", p) for p in sheet.pages]
    shelves += [item for pane in panes for item in pane.encodings]
    shelves += [("tooltip", sheet.placer.place(r)) for pane in panes for r in pane.tooltip]
    if any(p.nature in {"values", "names"} for _, p in shelves):
        shelves += [("values", p) for p in sheet.measures]
    shelves += [("other", p) for p in _sorting(sheet)]
    found = [
        Encoding(role, p.use, bool(p.groups), None if p.aggregate == "user" else p.aggregate)
        if p.nature != "measure" or p.aggregate != "user"
        else Encoding(role, p.use, groups=False, aggregate="any")
        for role, p in shelves
        if p.nature in {"dimension", "measure"}
    ]
    return tuple(dict.fromkeys(found))


def _sorting(sheet: Sheet) -> list[Placement]:
    """Measures that order the marks: their order stays visible where their values are hidden."""
    view = "table/view"
    found = [e.get("using", "") for tag in ("computed-sort", "sort") for e in sheet.element.iterfind(f"{view}/{tag}")]
    found += [e.get("measure-to-sort-by", "") for e in sheet.element.iterfind(f"{view}/shelf-sorts/shelf-sort-v2")]
    placed = [sheet.placer.place(r) for r in found if REFERENCE.fullmatch(r)]
    return [p for p in placed if p.nature == "measure"]


def _title(element: etree._Element) -> str:
    return " ".join(text_of(element.find("layout-options/title")).split())
