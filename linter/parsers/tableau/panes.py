"""Panes: the marks cards of a worksheet, which blocks each draws, and what lies on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.parsers.tableau.names import REFERENCE, text_of
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

    from linter.model import Role
    from linter.parsers.tableau.placements import Placement, Placer

ROLES: dict[str, Role] = {
    "color": "color", "size": "size", "shape": "shape", "text": "label", "lod": "detail",
    "tooltip": "tooltip", "path": "path", "wedge-size": "angle", "geometry": "geometry",
}  # fmt: skip
"""Children of ``encodings`` in the model's words; any other is ``other`` and counts just the same."""

_IN_TEXT = re.compile(rf"<({REFERENCE.pattern})>")
_SHEET_IN_TEXT = re.compile(r'<Sheet\s+name="([^"]*)"')

Blocks = tuple[tuple["Placement", ...], ...]
Axis = tuple[str, int] | None
"""Reference of an axis and its number among equal ones."""


@dataclass(frozen=True, slots=True)
class Pane:
    """One marks card.

    Attributes:
        axes: for rows and columns, the reference of the axis it is bound to and its number among
            equal ones; None where it is bound to none.
        others: axes that other panes of the worksheet are bound to; a pane bound to none draws
            what these leave.
        tooltip: references named in the text of the tooltip or label.
        hosts: worksheets shown inside its tooltip.
    """

    mark: str
    encodings: tuple[tuple[Role, Placement], ...]
    axes: tuple[Axis, Axis]
    others: tuple[tuple[Axis, Axis], ...] = ()
    tooltip: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def draws(self, rows: Blocks, row: int, cols: Blocks, col: int) -> bool:
        """Whether it draws the marks where these two blocks meet."""
        place = _axes(rows, row), _axes(cols, col)
        if self.axes != (None, None):
            return _fits(self.axes, place)
        return not any(_fits(other, place) for other in self.others)


def panes_of(table: etree._Element, placer: Placer) -> tuple[Pane, ...]:
    """The marks cards of a worksheet.

    With map layers each pane is a layer of its own, but for the one without a title, which is the
    template of the others.
    """
    holder = table.find("panes")
    elements = [] if holder is None else list(holder.iterfind("pane"))
    if holder is not None and holder.get("customization-axis") == "layer":
        elements = [e for e in elements if e.get("generated-title")] or elements
        bound: list[tuple[Axis, Axis]] = [(None, None)] * len(elements)
    else:
        bound = [(_axis(e, "y"), _axis(e, "x")) for e in elements]
    special = tuple(b for b in bound if b != (None, None))
    if not elements:
        return (Pane("Automatic", (), (None, None)),)
    return tuple(
        Pane(
            mark=_mark(element),
            encodings=_encodings(element, placer),
            axes=axes,
            others=special if axes == (None, None) else (),
            tooltip=_references(element),
            hosts=hosted_sheets(element),
        )
        for element, axes in zip(elements, bound, strict=True)
    )


def hosted_sheets(element: etree._Element) -> tuple[str, ...]:
    """Names of worksheets that tooltips below the element show."""
    texts = (text_of(t) for t in element.iter("customized-tooltip"))
    return tuple(dict.fromkeys(name for text in texts for name in _SHEET_IN_TEXT.findall(text)))


def _mark(element: etree._Element) -> str:
    mark = element.find("mark")
    return "Automatic" if mark is None else mark.get("class", "Automatic")


def _encodings(element: etree._Element, placer: Placer) -> tuple[tuple[Role, Placement], ...]:
    return tuple(
        (ROLES.get(str(child.tag), "other"), placer.place(child.get("column", "")))
        for child in element.iterfind("encodings/*")
        if child.get("column")
    )


def _references(element: etree._Element) -> tuple[str, ...]:
    found: list[str] = []
    for tag in ("customized-tooltip", "customized-label"):
        for text in element.iterfind(tag):
            found.extend(match[1] for match in _IN_TEXT.finditer(text_of(text)))
    return tuple(dict.fromkeys(found))


def _axis(element: etree._Element, letter: str) -> Axis:
    name = element.get(f"{letter}-axis-name")
    index = element.get(f"{letter}-index", "0")
    return None if name is None else (name, int(index) if index.isdigit() else 0)


def _axes(blocks: Blocks, at: int) -> Axis:
    """The axis of a block and its number among the blocks with the same one; None without axis."""
    name = _axis_of(blocks[at])
    return None if name is None else (name, sum(_axis_of(b) == name for b in blocks[:at]))


def _axis_of(block: tuple[Placement, ...]) -> str | None:
    last = next((p for p in reversed(block) if p.continuous or p.nature in {"measure", "values"}), None)
    return None if last is None else f"[{last.source}].[{last.name}]"


def _fits(
    axes: tuple[Axis, Axis],
    place: tuple[Axis, Axis],
) -> bool:
    """Whether a pane's binding agrees with a place; unbound sides agree with everything."""
    return all(
        bound is None or (at is not None and _same(bound[0], at[0]) and bound[1] == at[1])
        for bound, at in zip(axes, place, strict=True)
    )


def _same(first: str, second: str) -> bool:
    return first.replace("[", "").replace("]", "") == second.replace("[", "").replace("]", "")
