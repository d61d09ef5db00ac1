"""A worksheet as a visual: its layers (one per pane and block), encodings, filters and totals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from linter.errors import Unreadable
from linter.expressions import problems
from linter.model import Base, Encoding, Filter, Grouping, Layer, Total, Visual
from linter.parsers.tableau.derivations import Instance, read_instances
from linter.parsers.tableau.filters import Reading, read_filter
from linter.parsers.tableau.names import REFERENCE, text_of
from linter.parsers.tableau.panes import panes_of
from linter.parsers.tableau.placements import Placement, Placer, bases
from linter.parsers.tableau.shelves import blocks
from linter.parsers.tableau.unknown import unknown_elements

if TYPE_CHECKING:
    from lxml import etree

    from linter.expressions import Expr
    from linter.model import Role
    from linter.parsers.tableau.panes import Pane

_FORECAST = "estimated marks of a forecast or model are not recomputed"
_BLEND = "data blending: marks are computed from another data source too, and that is not recomputed"


_HIDING = {"measure", "table_calc"}
"""Stages that hide cells and remove no row: not understanding one can't hide a small cell."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a worksheet needs to know of the workbook around it."""

    part: str
    placer: Placer  # without the worksheet's own instances
    pages: tuple[str, ...] = ()
    hidden: bool = False
    changeable: frozenset[str] = frozenset()  # references with a filter card
    shared: dict[str, list[etree._Element]] = field(default_factory=dict)  # source -> filters of all its sheets
    links: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The parsed parts of one worksheet."""

    name: str
    placer: Placer
    sources: tuple[str, ...]
    rows: tuple[tuple[Placement, ...], ...]
    cols: tuple[tuple[Placement, ...], ...]
    pages: tuple[Placement, ...]
    measures: tuple[Placement, ...]  # those chosen for Measure Values
    element: etree._Element

    @property
    def primary(self) -> str:
        return self.sources[0] if self.sources else ""


Shelf = Literal["rows", "columns"]
Item = tuple["Role", Placement]


def read_worksheet(element: etree._Element, context: Context) -> Visual:
    """The visual of one ``worksheet`` element; never fails, what is not understood is a problem of it."""
    name = element.get("name", "")
    table, view = element.find("table"), element.find("table/view")
    found = Visual(name, name, "worksheet", context.pages, context.part, hidden=context.hidden, title=_title(element))
    if table is None or view is None:
        return replace(found, problems=("a worksheet without a table",))
    placer = Placer(context.placer.fields, context.placer.rows, _instances(view))
    try:
        sheet = _Sheet(
            name,
            placer,
            _sources(view),
            _shelf(table.findtext("rows"), placer),
            _shelf(table.findtext("cols"), placer),
            tuple(placer.place(c.text or "") for c in table.iterfind("pages/column")),
            _chosen_measures(view, placer),
            element,
        )
    except Unreadable as error:
        return replace(found, problems=(error.reason,))
    panes = panes_of(table, placer)
    layers = _merge(_place_layers(sheet, panes))
    filters = _filters(view, sheet, context)
    return replace(
        found,
        type=", ".join(dict.fromkeys(p.mark for p in panes)) or "worksheet",
        layers=tuple(_finish(layer, sheet, filters) for layer in layers),
        encodings=_encodings(sheet, panes),
        problems=tuple(dict.fromkeys(unknown_elements(element))),
    )


def _instances(view: etree._Element) -> dict[str, dict[str, Instance]]:
    return {d.get("datasource", ""): read_instances(d) for d in view.iterfind("datasource-dependencies")}


def _sources(view: etree._Element) -> tuple[str, ...]:
    """Data sources of the worksheet, the primary one first; parameters aside."""
    named = (d.get("name", "") for d in view.iterfind("datasources/datasource"))
    return tuple(n for n in named if n != "Parameters")


def _shelf(text: str | None, placer: Placer) -> tuple[tuple[Placement, ...], ...]:
    return tuple(tuple(placer.place(r) for r in block) for block in blocks(text))


def _chosen_measures(view: etree._Element, placer: Placer) -> tuple[Placement, ...]:
    """The measures that Measure Values stands for: those its filter lists, or all there are."""
    for element in view.iterfind("filter"):
        if element.get("column", "").endswith("[:Measure Names]"):
            members = [m.strip('"') for node in element.iter("groupfilter") if (m := node.get("member"))]
            chosen = [placer.place(m) for m in members if REFERENCE.fullmatch(m)]
            if chosen:
                return tuple(p for p in chosen if p.nature == "measure")
    return tuple(
        placed
        for source, instances in placer.instances.items()
        for name in instances
        if (placed := placer.place_name(source, name)).nature == "measure"
    )


def _place_layers(sheet: _Sheet, panes: tuple[Pane, ...]) -> list[Layer]:
    """One layer for each pane at each pair of blocks; a pair that no pane claims is drawn by all."""
    found = []
    for r, row_block in enumerate(sheet.rows):
        for c, col_block in enumerate(sheet.cols):
            shelves: list[Item] = [("rows", p) for p in row_block]
            shelves += [("columns", p) for p in col_block]
            shelves += [("pages", p) for p in sheet.pages]
            drawing = [p for p in panes if p.draws(sheet.rows, r, sheet.cols, c)] or panes
            for pane in drawing:
                items = [*shelves, *pane.encodings]
                if items:
                    found.append(_layer(sheet, pane.mark, items))
    return found


def _layer(sheet: _Sheet, label: str, items: list[Item]) -> Layer:
    grain: list[Grouping] = []
    stated: list[str] = []
    found: list[Base] = []
    placed = list(items)
    if any(p.nature in {"values", "names"} for _, p in items):
        placed += [("values", p) for p in sheet.measures]
    for role, placement in placed:
        if placement.source not in {sheet.primary, "Parameters", ""}:
            stated.append(_BLEND)
            continue
        for caption, expr in placement.groups:
            if all(g.expr != expr for g in grain):
                grain.append(Grouping(caption, expr, role))
                stated.extend(problems(expr))
        found.extend(bases(placement))
    if len(sheet.sources) > 1:
        stated.append(_BLEND)
    forecast = any(p.nature == "forecast" for _, p in items) or _is_modelled(sheet.element)
    tables = dict.fromkeys(base.table for base in found if base.table)
    return Layer(
        label=label,
        source=sheet.primary,
        grain=tuple(grain),
        bases=tuple(dict.fromkeys(found)),
        totals=(),
        tables=tuple(tables),
        problems=tuple(dict.fromkeys(stated)),
        approximate=(_FORECAST,) if forecast else (),
    )


def _is_modelled(element: etree._Element) -> bool:
    return any(f.get("enabled") == "true" for f in element.iter("forecast-specification"))


def _merge(layers: list[Layer]) -> list[Layer]:
    """Layers of the same grain are one: a dual axis shows two numbers of the same cells."""
    merged: dict[frozenset[object], Layer] = {}
    for layer in layers:
        key = frozenset(g.expr for g in layer.grain)
        if (known := merged.get(key)) is None:
            merged[key] = layer
            continue
        merged[key] = replace(
            known,
            label=known.label if layer.label in known.label.split(", ") else f"{known.label}, {layer.label}",
            bases=tuple(dict.fromkeys(known.bases + layer.bases)),
            tables=tuple(dict.fromkeys(known.tables + layer.tables)),
            problems=tuple(dict.fromkeys(known.problems + layer.problems)),
            approximate=tuple(dict.fromkeys(known.approximate + layer.approximate)),
        )
    return list(merged.values())


def _finish(layer: Layer, sheet: _Sheet, filters: tuple[Filter, ...]) -> Layer:
    """Add what holds for all layers: filters, totals, whether marks are aggregated at all."""
    own = tuple(f for f in filters if f.source in {layer.source, "Parameters", ""})
    stated = [p for f in own if f.stage not in _HIDING for p in problems(f.predicate)]
    hiding = [p for f in own if f.stage in _HIDING for p in problems(f.predicate)]
    loose = [f"{p}, so marks that it hides count as shown" for p in hiding]
    if len(own) < len(filters):
        stated.append("a filter on a field of another data source")
    aggregation = sheet.element.find("table/view/aggregation")
    return replace(
        layer,
        filters=own,
        totals=_totals(layer, sheet),
        disaggregated=aggregation is not None and aggregation.get("value") == "false",
        problems=tuple(dict.fromkeys([*layer.problems, *stated])),
        approximate=tuple(dict.fromkeys([*layer.approximate, *loose])),
    )


def _filters(view: etree._Element, sheet: _Sheet, context: Context) -> tuple[Filter, ...]:
    own = [read_filter(e, sheet.placer, Reading(changeable=context.changeable)) for e in view.iterfind("filter")]
    shared = [
        read_filter(e, context.placer, Reading(scope="report", changeable=context.changeable))
        for source in sheet.sources
        for e in context.shared.get(source, ())
    ]
    return tuple(f for f in (*own, *shared) if f is not None)


def _totals(layer: Layer, sheet: _Sheet) -> tuple[Total, ...]:
    """Every combination of the totals of rows with those of columns, the plain cells aside.

    A grand total drops the groupings of its shelf, a subtotal those to the right of its field; what
    lies on the marks card or on pages stays.
    """
    marked = [sheet.placer.place(c.text or "") for c in sheet.element.iterfind("table/subtotals/column")]
    subtotalled = {expr for placement in marked for _, expr in placement.groups}
    rows = _shelf_totals(layer, "rows", sheet.element.find("table/rows"), subtotalled)
    cols = _shelf_totals(layer, "columns", sheet.element.find("table/cols"), subtotalled)
    found = []
    for row_words, row_gone in rows:
        for col_words, col_gone in cols:
            words = ", ".join(w for w in (row_words, col_words) if w)
            if words:
                gone = row_gone | col_gone
                found.append(Total(tuple(i for i in range(len(layer.grain)) if i not in gone), words))
    return tuple(found)


def _shelf_totals(
    layer: Layer, shelf: Shelf, element: etree._Element | None, subtotalled: set[Expr]
) -> list[tuple[str, frozenset[int]]]:
    """What a shelf shows: its cells (no words), its subtotals, its grand total; each with what it drops."""
    places = [i for i, g in enumerate(layer.grain) if g.role == shelf]
    found: list[tuple[str, frozenset[int]]] = [("", frozenset())]
    for at, place in enumerate(places[:-1]):
        if layer.grain[place].expr in subtotalled:
            found.append((f"subtotal of {layer.grain[place].caption}", frozenset(places[at + 1 :])))
    if places and element is not None and element.get("total") == "true":
        found.append((f"grand total of {shelf}", frozenset(places)))
    return found


def _encodings(sheet: _Sheet, panes: tuple[Pane, ...]) -> tuple[Encoding, ...]:
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


def _sorting(sheet: _Sheet) -> list[Placement]:
    """Measures that order the marks: their order stays visible where their values are hidden."""
    view = "table/view"
    found = [e.get("using", "") for e in sheet.element.iterfind(f"{view}/computed-sort")]
    found += [e.get("measure-to-sort-by", "") for e in sheet.element.iterfind(f"{view}/shelf-sorts/shelf-sort-v2")]
    placed = [sheet.placer.place(r) for r in found if REFERENCE.fullmatch(r)]
    return [p for p in placed if p.nature == "measure"]


def _title(element: etree._Element) -> str:
    return " ".join(text_of(element.find("layout-options/title")).split())
