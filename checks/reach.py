"""Which visuals a reader gets to by which way: pages, tooltips, drill-through, buttons and actions."""

from __future__ import annotations

from collections.abc import Iterable

from checks.subjects import Identifiers, shows_persons
from linter.findings import Finding
from linter.location import Location
from linter.model import Control, Page, Source, Visual, Workbook
from linter.rules import Context

_LEADING = frozenset({"filter_action", "set_action", "parameter_action", "navigation"})


def main_part(workbook: Workbook, source: Source | None = None) -> str:
    """The part of the container that defines a source, or the whole: the model or the document."""
    if workbook.tool == "powerbi" and source is not None:
        return "DataModel"
    parts = (
        part for items in (workbook.pages, workbook.visuals, workbook.texts) for item in items if (part := item.part)
    )
    return next(parts, "")


def mend(workbook: Workbook, tableau: str, powerbi: str) -> str:
    """The way out in the menus of the tool that made the workbook."""
    return tableau if workbook.tool == "tableau" else powerbi


def page_of(workbook: Workbook, control: Control) -> Page | None:
    """The first page that a control is on."""
    return workbook.page(control.pages[0]) if control.pages else None


def at_control(workbook: Workbook, control: Control, field: str | None = None) -> Location:
    """The location of a control: a visual of its own (a slicer), or a card on a page."""
    page = page_of(workbook, control)
    visual = next((v for v in workbook.visuals if v.id == control.id), None)
    name, number = (visual.name, visual.id) if visual else (None, None)
    return Location(control.part, page.name if page else None, name, number, field)


def shown_pages(workbook: Workbook, visual: Visual) -> list[Page]:
    """Pages that readers see and that carry the visual; a tooltip or a hidden page is none."""
    pages = (workbook.page(p) for p in visual.pages)
    return [p for p in pages if p and not p.hidden and p.kind in {"page", "dashboard", "story", "sheet"}]


def is_binding(control: Control) -> bool:
    """Whether a drill-through or tooltip control is the page's own binding to fields."""
    return control.kind in {"drill_through", "tooltip"} and control.target in control.pages


def led_to(workbook: Workbook, control: Control) -> tuple[Visual, ...]:
    """Visuals that a control brings into view; empty for one that only narrows what is there."""
    on_target = tuple(v for v in workbook.visuals if control.target in v.pages)
    acted_on = tuple(v for v in workbook.visuals if v.id in control.visuals)
    if control.kind in {"drill_through", "tooltip"}:
        return on_target or acted_on
    if control.kind not in _LEADING:
        return ()
    if control.kind == "navigation":
        return on_target or acted_on
    return tuple(v for v in acted_on if not set(v.pages) & set(control.pages))


def unit_level(context: Context, visuals: Iterable[Visual], known: Identifiers) -> list[Visual]:
    """Those of the visuals that are at the level of single persons."""
    return [v for v in visuals if shows_persons(context, v, known)]


def following(findings: Iterable[Finding], visual: Visual) -> tuple[str, ...]:
    """Fingerprints of the findings that follow from what a visual shows: they lead to it or hide it."""
    return tuple(
        f.fingerprint
        for f in findings
        if visual.id == f.location.visual_id or visual.id in _tuple(f.evidence.get("visual_ids"))
    )


def _tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
