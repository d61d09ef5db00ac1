"""Dashboards, stories, tooltips and windows: which page carries which worksheet, and what is hidden."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from linter.model import Page
from linter.parsers.tableau.panes import hosted_sheets
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_CARDS = {"filter", "paramctrl", "parameter", "highlighter", "set-membership"}
_WHOLE = 100_000  # the width and the height of a dashboard in the units of its zones
_WINDOW = re.compile(r"window-id=\"?(\{[^}\"]+\})")


@dataclass(frozen=True, slots=True)
class Card:
    """Something to turn on a dashboard or beside a worksheet: a filter, parameter, highlighter or set card."""

    kind: Literal["filter", "parameter", "highlighter", "set"]
    reference: str
    sheet: str  # the worksheet whose filter it is, empty for parameters
    page: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """A button that goes to another sheet, or that shows and hides a container with worksheets."""

    page: str
    target: str = ""
    shows: tuple[str, ...] = ()


@dataclass
class Layout:
    """Where everything is.

    Attributes:
        pages: dashboards, stories, tooltips and the tabs of sheets that are on none of them.
        carried: worksheet -> ids of the pages that carry it.
        inside: page -> worksheets on it, those of a story's dashboards included.
        hidden: names of worksheets whose window is hidden.
        boxes: (page, worksheet) -> left, top, width and height as shares of the dashboard.
    """

    pages: list[Page] = field(default_factory=list)
    carried: dict[str, list[str]] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    boxes: dict[tuple[str, str], tuple[float, float, float, float]] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    tooltips: list[tuple[str, str]] = field(default_factory=list)  # (host, shown worksheet)

    def pages_of(self, sheet: str) -> tuple[str, ...]:
        """Ids of the pages that carry the worksheet."""
        return tuple(dict.fromkeys(self.carried.get(sheet, ())))

    def sheets_on(self, page: str) -> tuple[str, ...]:
        """Worksheets on a page."""
        return tuple(dict.fromkeys(self.inside.get(page, ())))

    def box_of(self, sheet: str) -> tuple[float, float, float, float] | None:
        """The place of the worksheet on the first page that carries it."""
        pages = self.pages_of(sheet)
        return self.boxes.get((pages[0], sheet)) if pages else None

    def put(self, sheet: str, page: str) -> None:
        """Note that a page carries a worksheet."""
        self.carried.setdefault(sheet, []).append(page)
        self.inside.setdefault(page, []).append(sheet)


def read_layout(root: etree._Element, part: str) -> Layout:
    """Pages, placements, cards and buttons of a workbook."""
    layout = Layout()
    sheets = [w.get("name", "") for w in root.iterfind("worksheets/worksheet")]
    windows = {w.get("name", ""): w for w in root.iterfind("windows/window")}
    layout.hidden = {name for name, w in windows.items() if w.get("hidden") == "true"}
    ids = {i.get("uuid", ""): name for name, w in windows.items() for i in w.iterfind("simple-id")}
    dashboards = list(root.iterfind("dashboards/dashboard"))
    for element in sorted(dashboards, key=_is_story):  # stories carry what dashboards carry
        _read_dashboard(element, layout, set(sheets), ids, part)
    _read_tooltips(root, layout, set(sheets), part)
    for name in sheets:
        if not layout.carried.get(name) and name not in layout.hidden:
            layout.pages.append(Page(name, name, "sheet", part=part))
            layout.put(name, name)
        if (window := windows.get(name)) is not None:
            layout.cards.extend(_sheet_cards(window, name))
    return layout


def _is_story(element: etree._Element) -> bool:
    return element.get("type") == "storyboard" or element.find(".//flipboard") is not None


def _read_dashboard(element: etree._Element, layout: Layout, sheets: set[str], ids: dict[str, str], part: str) -> None:
    name = element.get("name", "")
    size = element.find("size")
    extent = {} if size is None else {str(k): str(v) for k, v in size.attrib.items()}
    layout.pages.append(
        Page(
            id=name,
            name=name,
            kind="story" if _is_story(element) else "dashboard",
            hidden=name in layout.hidden,
            part=part,
            width=_number(extent.get("maxwidth")),
            height=_number(extent.get("maxheight")),
        )
    )
    for zone in _zones(element):
        kind = zone.get("type-v2") or zone.get("type") or ""
        sheet, reference = zone.get("name", ""), zone.get("param", "")
        if sheet in sheets and kind in {"", "viz"}:
            layout.put(sheet, name)
            if (box := _box(zone)) is not None:
                layout.boxes.setdefault((name, sheet), box)
        elif kind in _CARDS and reference:
            layout.cards.append(_card(kind, reference, sheet, name, hidden=_is_hidden(zone)))
        elif kind == "dashboard-object":
            layout.buttons.extend(_button(zone, name, ids))
        if zone.get("hidden-by-user") == "true" and not any(map(_is_hidden, zone.iterancestors("zone"))):
            shown = tuple(n for z in zone.iter("zone") if (n := z.get("name", "")) in sheets)
            if shown:
                layout.buttons.append(Button(name, shows=tuple(dict.fromkeys(shown))))
    for point in element.iter("story-point"):
        captured = point.get("captured-sheet", "")
        for sheet in [captured] if captured in sheets else layout.sheets_on(captured):
            layout.put(sheet, name)


def _zones(element: etree._Element) -> Iterator[etree._Element]:
    """Zones of the dashboard and of its device layouts; the same zone there is no second one."""
    seen: set[tuple[str | None, ...]] = set()
    for zone in element.iter("zone"):
        key = (zone.get("id"), zone.get("name"), zone.get("param"), zone.get("type-v2"), zone.get("type"))
        if key not in seen:
            seen.add(key)
            yield zone


def _box(zone: etree._Element) -> tuple[float, float, float, float] | None:
    """A zone's place, which is written in parts of the dashboard; None if it is not, or has no extent."""
    try:
        left, top, width, height = (int(zone.get(key, "")) / _WHOLE for key in ("x", "y", "w", "h"))
    except ValueError:
        return None
    return (left, top, width, height) if width > 0 and height > 0 else None


def _is_hidden(zone: etree._Element) -> bool:
    return any(z.get("hidden-by-user") == "true" for z in (zone, *zone.iterancestors("zone")))


def _button(zone: etree._Element, page: str, ids: dict[str, str]) -> Iterator[Button]:
    for button in zone.iter("button"):
        target = _WINDOW.search(button.get("action", ""))
        if target is not None:
            yield Button(page, ids.get(target[1], ""))


def _read_tooltips(root: etree._Element, layout: Layout, sheets: set[str], part: str) -> None:
    for worksheet in root.iterfind("worksheets/worksheet"):
        host = worksheet.get("name", "")
        shown = [name for name in hosted_sheets(worksheet) if name in sheets]
        if shown:
            page = f"{host} (tooltip)"
            layout.pages.append(Page(page, host, "tooltip", part=part))
        for name in shown:
            layout.put(name, page)
            layout.tooltips.append((host, name))


def _sheet_cards(window: etree._Element, sheet: str) -> Iterator[Card]:
    for card in window.iter("card"):
        kind, reference = card.get("type", ""), card.get("param", "")
        if kind in _CARDS and reference:
            yield _card(kind, reference, sheet, "", hidden=False)


def _card(kind: str, reference: str, sheet: str, page: str, *, hidden: bool) -> Card:
    words: dict[str, Literal["filter", "parameter", "highlighter", "set"]] = {
        "paramctrl": "parameter", "parameter": "parameter", "highlighter": "highlighter", "set-membership": "set",
    }  # fmt: skip
    return Card(words.get(kind, "filter"), reference, sheet, page, hidden)


def _number(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0
