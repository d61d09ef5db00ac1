"""Story points: a worksheet as its author left it at that point is one more state that readers see.

A point keeps what differs from the worksheet itself: filters that were added, changed or removed, and
other values of parameters. Each such state is read like a worksheet of its own, and its layers are
added to those of the worksheet, so that its cells are counted too.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.parsers.tableau.datasources import PARAMETERS
from linter.parsers.tableau.fields import Fields
from linter.parsers.tableau.names import bare
from linter.parsers.tableau.placements import Placer
from linter.parsers.tableau.worksheets import Context, read_worksheet
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from linter.model import Layer, Visual
    from linter.parsers.tableau.dashboards import Layout

_HARMLESS = {"selection-collection", "sort", "computed-sort", "manual-sort", "natural-sort", "alphabetic-sort", "zoom"}
"""Captured changes that leave the cells as they are: what is marked, and in which order."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One worksheet at one story point; ``filters`` are those that differ, ``parameters`` new values by name."""

    label: str
    filters: tuple[etree._Element, ...]
    parameters: dict[str, str]
    problems: tuple[str, ...] = ()


def captured_states(root: etree._Element, layout: Layout) -> dict[str, list[Captured]]:
    """By worksheet, the states that story points keep of it and that differ from its own."""
    found: dict[str, list[Captured]] = {}
    for dashboard in root.iterfind("dashboards/dashboard"):
        for number, point in enumerate(dashboard.iter("story-point"), 1):
            label = f"story point {number}"
            page = point.get("captured-sheet", "")
            shown = list(layout.sheets_on(page)) or [page]
            shown += [inside for host, inside in layout.tooltips if host in shown]
            changed = {w.get("name", ""): w for w in point.iterfind("capturedDeltas/worksheet")}
            parameters = dict(_parameters(point))
            others = tuple(dict.fromkeys(_others(point)))
            for sheet in dict.fromkeys([*changed, *(shown if parameters or others else ())]):
                state = _captured(label, changed.get(sheet), parameters, others)
                if state.filters or state.parameters or state.problems:
                    found.setdefault(sheet, []).append(state)
    return found


def _parameters(point: etree._Element) -> Iterator[tuple[str, str]]:
    for source in point.iterfind("capturedDeltas/datasource"):
        if source.get("name") == PARAMETERS:
            yield from ((bare(c.get("name", "")), c.get("value", "")) for c in source.iterfind("column"))


def _others(point: etree._Element) -> Iterator[str]:
    """What a point changes outside its worksheets' filters and the parameters, such as members of a set."""
    for delta in point.iterfind("capturedDeltas/*"):
        if delta.tag == "datasource":
            known = {"column"} if delta.get("name") == PARAMETERS else set()
            yield from (str(c.tag) for c in delta.iterchildren("*") if c.tag not in known)
        elif delta.tag != "worksheet":
            yield str(delta.tag)


def _captured(
    label: str, changed: etree._Element | None, parameters: dict[str, str], outside: tuple[str, ...]
) -> Captured:
    children = [] if changed is None else list(changed.iterchildren("*"))
    filters = tuple(c for c in children if c.tag == "filter")
    others = dict.fromkeys([*(str(c.tag) for c in children if c.tag not in {"filter", *_HARMLESS}), *outside])
    return Captured(label, filters, parameters, tuple(f"{label} keeps a change that is not read ({o})" for o in others))


def with_captured(visual: Visual, element: etree._Element, context: Context, states: list[Captured]) -> Visual:
    """The visual of a worksheet with the layers of its captured states."""
    layers = list(visual.layers)
    problems = list(visual.problems)
    for state in states:
        problems += state.problems
        at_point = read_worksheet(_at_point(element, state), _context(context, state))
        problems += [f"{state.label}: {p}" for p in at_point.problems if p not in visual.problems]
        layers += [
            replace(layer, label=f"{layer.label} ({state.label})")
            for layer in at_point.layers
            if all(not _same(layer, known) for known in layers)
        ]
    return replace(visual, layers=tuple(layers), problems=tuple(dict.fromkeys(problems)))


def _same(layer: Layer, other: Layer) -> bool:
    return replace(layer, label="") == replace(other, label="")


def _at_point(element: etree._Element, state: Captured) -> etree._Element:
    """The worksheet with its filters as captured."""
    made = deepcopy(element)
    view = made.find("table/view")
    if view is not None:
        columns = {f.get("column") for f in state.filters}
        for known in view.findall("filter"):
            if known.get("column") in columns:
                view.remove(known)
        view.extend(deepcopy(f) for f in state.filters if f.get("delta-type") != "removed")
    return made


def _context(context: Context, state: Captured) -> Context:
    """The workbook around the worksheet: filters shared with other sheets and parameters as captured.

    Filters of data sources may rest on parameters too.
    """
    columns = {f.get("column") for f in state.filters}
    shared = {name: [f for f in filters if f.get("column") not in columns] for name, filters in context.shared.items()}
    context = replace(context, shared=shared)
    if not state.parameters:
        return context
    placer = with_parameters(context.placer, state.parameters)
    return replace(context, placer=placer, source_filters=context.filters_under(placer))


def with_parameters(placer: Placer, parameters: Mapping[str, str]) -> Placer:
    """The same with other values of some parameters, by name and as written."""
    if not parameters:
        return placer
    definitions = dict(placer.fields.definitions)
    for name, value in parameters.items():
        definition = definitions.get((PARAMETERS, name))
        if definition is not None:
            definitions[PARAMETERS, name] = replace(definition, saved=value)
    return Placer(Fields(definitions, placer.fields.calendars, placer.fields.instances), placer.rows)
