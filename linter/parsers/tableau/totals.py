"""Totals and subtotals of a worksheet: which groupings of a layer's grain each of them keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from linter.model import Layer, Total

if TYPE_CHECKING:
    from lxml import etree

    from linter.expressions import Expr
    from linter.parsers.tableau.placements import Placer

Shelf = Literal["rows", "columns"]


def totals_of(layer: Layer, table: etree._Element, placer: Placer) -> tuple[Total, ...]:
    """Every combination of the totals of rows with those of columns, the plain cells aside.

    A grand total drops the groupings of its shelf, a subtotal those to the right of its field; what
    lies on the marks card or on pages stays.
    """
    marked = [placer.place(c.text or "") for c in table.iterfind("subtotals/column")]
    subtotalled = {expr for placement in marked for _, expr in placement.groups}
    rows = _shelf_totals(layer, "rows", table.find("rows"), subtotalled)
    cols = _shelf_totals(layer, "columns", table.find("cols"), subtotalled)
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
