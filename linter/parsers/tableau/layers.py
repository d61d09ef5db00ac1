"""The tables behind a worksheet: one layer per pane and block, and one per blended data source."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from linter.expressions import Call, Expr, all_of, columns, problems
from linter.formulas.tableau_calc import WHO_LOOKS, View
from linter.model import Base, Filter, Grouping, Layer
from linter.parsers.tableau.bases import bases
from linter.parsers.tableau.blends import BLENDED, PARTNERS, linking
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

    from linter.model import Role
    from linter.parsers.tableau.blends import Links
    from linter.parsers.tableau.panes import Pane
    from linter.parsers.tableau.placements import Placement, Placer

_FORECAST = "estimated marks of a forecast or model are not recomputed"
_ANY_USER = "it depends on who looks: counted as for a reader whom no user filter restricts"
_EACH_USER = "{} depends on who looks: counted as split by all the fields that it compares with the user"

Item = tuple["Role", "Placement"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The parsed parts of one worksheet, enough to place its layers."""

    name: str
    placer: Placer
    sources: tuple[str, ...]  # the primary one first
    rows: tuple[tuple[Placement, ...], ...]
    cols: tuple[tuple[Placement, ...], ...]
    pages: tuple[Placement, ...]
    measures: tuple[Placement, ...]  # those chosen for Measure Values
    element: etree._Element
    links: Links = field(default_factory=dict)

    @property
    def primary(self) -> str:
        """The data source whose rows make the marks."""
        return self.sources[0] if self.sources else ""


def layers_of(sheet: Sheet, panes: tuple[Pane, ...], filters: tuple[Filter, ...]) -> list[tuple[Layer, View]]:
    """One layer for each pane at each pair of blocks; a pair that no pane claims is drawn by all.

    Each comes with its view, in which the filters of its INCLUDE and EXCLUDE fields have a meaning.
    """
    kept = all_of(*(f.predicate for f in filters if f.stage in {"set", "dimension"} and f.source == sheet.primary))
    found: list[tuple[Layer, View]] = []
    for r, row_block in enumerate(sheet.rows):
        for c, col_block in enumerate(sheet.cols):
            shelves: list[Item] = [("rows", p) for p in row_block]
            shelves += [("columns", p) for p in col_block]
            shelves += [("pages", p) for p in sheet.pages]
            drawing = [p for p in panes if p.draws(sheet.rows, r, sheet.cols, c)] or panes
            for pane in drawing:
                items = [*shelves, *pane.encodings]
                if items:
                    found.extend(_place(sheet, pane.mark, items, kept))
    return _merge(found)


@dataclass(slots=True)
class _Made:
    """A layer in the making."""

    grain: list[Grouping] = field(default_factory=list)
    bases: dict[str, list[Base]] = field(default_factory=dict)  # by data source
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def group(self, caption: str, expr: Expr, role: Role) -> None:
        """Add a grouping. Who looks is no field of the data: a split by it is a split by what it is compared with."""
        stated = problems(expr)
        if stated and all(p.endswith(WHO_LOOKS) for p in stated):
            self.notes.append(_EACH_USER.format(caption))
            for column in sorted(columns(expr), key=lambda c: (c.table, c.name)):
                self.group(caption, column, role)
        elif all(g.expr != expr for g in self.grain):
            self.grain.append(Grouping(caption, expr, role))
            self.problems.extend(stated)


def _place(sheet: Sheet, label: str, items: list[Item], kept: Expr) -> list[tuple[Layer, View]]:
    """The layer of the primary data source, then those of the sources blended into it."""
    placed = list(items)
    if any(p.nature in {"values", "names"} for _, p in items):
        placed += [("values", p) for p in sheet.measures]
    made = _Made()
    own = [(role, p) for role, p in placed if p.source in {sheet.primary, "Parameters", ""}]
    for role, placement in own:
        if not placement.view_lod:
            for caption, expr in placement.groups:
                made.group(caption, expr, role)
    view = View(tuple(g.expr for g in made.grain), kept)
    placer = sheet.placer.seen_in(view)
    seen = [(role, placer.place_name(p.source, p.name) if p.view_lod else p) for role, p in placed]
    for role, placement in seen:
        if placement.view_lod and placement.source == sheet.primary:
            for caption, expr in placement.groups:
                made.group(caption, expr, role)
        for source, base in bases(placement, sheet.placer.fields):
            made.bases.setdefault(sheet.primary if source in {"Parameters", ""} else source, []).append(base)
    if any(p.nature == "forecast" for _, p in items) or _is_modelled(sheet.element):
        made.notes.append(_FORECAST)
    foreign = [p for _, p in placed if p.source not in {sheet.primary, "Parameters", ""}]
    return [(layer, view) for layer in _finished(sheet, label, made, foreign)]


def _finished(sheet: Sheet, label: str, made: _Made, foreign: list[Placement]) -> list[Layer]:
    """The primary layer, whose marks exist whatever is blended in, and one layer per other source in use."""
    others = [s for s in sheet.sources[1:] if s in made.bases or any(p.source == s for p in foreign)]
    notes = [*made.notes, *([BLENDED] if others else [])]
    layers = [_layer(Layer(label, sheet.primary, tuple(made.grain)), made, notes, made.problems)]
    for other in others:
        links = linking(sheet.placer, sheet.links, (sheet.primary, other), made.grain)
        grain = tuple(Grouping(g.caption, expr, g.role) for g, expr in links)
        stated = [p for _, expr in links for p in problems(expr)]
        layers.append(_layer(Layer(f"{label} (blended)", other, grain), made, [*made.notes, PARTNERS], stated))
    return layers


def _layer(layer: Layer, made: _Made, notes: list[str], stated: list[str]) -> Layer:
    found = made.bases.get(layer.source, [])
    return replace(
        layer,
        bases=tuple(dict.fromkeys(found)),
        tables=tuple(dict.fromkeys(b.table for b in found if b.table)),
        problems=tuple(dict.fromkeys(stated)),
        approximate=tuple(dict.fromkeys(notes)),
    )


def _is_modelled(element: etree._Element) -> bool:
    return any(f.get("enabled") == "true" for f in element.iter("forecast-specification"))


def _merge(layers: list[tuple[Layer, View]]) -> list[tuple[Layer, View]]:
    """Layers of the same grain are one: a dual axis shows two numbers of the same cells."""
    merged: dict[object, tuple[Layer, View]] = {}
    for layer, view in layers:
        key = (layer.source, frozenset(g.expr for g in layer.grain))
        if key not in merged:
            merged[key] = layer, view
            continue
        known, first = merged[key]
        joined = replace(
            known,
            label=known.label if layer.label in known.label.split(", ") else f"{known.label}, {layer.label}",
            bases=tuple(dict.fromkeys(known.bases + layer.bases)),
            tables=tuple(dict.fromkeys(known.tables + layer.tables)),
            problems=tuple(dict.fromkeys(known.problems + layer.problems)),
            approximate=tuple(dict.fromkeys(known.approximate + layer.approximate)),
        )
        merged[key] = joined, first
    return list(merged.values())


def for_any_user(predicate: Expr) -> tuple[Expr, tuple[str, ...]]:
    """A filter with the parts that ask who looks left out, and the note that says so."""
    stated = problems(predicate)
    if not stated or not all(p.endswith(WHO_LOOKS) for p in stated):
        return predicate, ()
    parts = predicate.args if isinstance(predicate, Call) and predicate.function == "and" else (predicate,)
    return all_of(*(p for p in parts if not problems(p))), (_ANY_USER,)
