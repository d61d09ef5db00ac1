"""Elements nobody knows yet: a future shelf or card must not be overlooked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.model import UnreadPart
from linter.parsers.tableau.names import REFERENCE, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_KNOWN = {
    "table": {
        "view", "style", "panes", "rows", "cols", "pages", "subtotals", "annotations", "mark-labels",
        "forecast-specification", "show-full-range", "join-lod-include-overrides", "page-trail-options",
        "tooltip-style", "label-style", "percentages",
    },
    "view": {
        "datasources", "datasource-dependencies", "mapsources", "filter", "slices", "aggregation", "breakdown",
    },
    "pane": {
        "view", "mark", "encodings", "style", "mark-sizing", "customized-label", "customized-tooltip",
        "reference-line", "trendline",
    },
}  # fmt: skip


def unknown_elements(worksheet: etree._Element) -> Iterator[str]:
    """A sentence for each unknown child of a table, view or pane that names fields; sorts aside."""
    for parent, known in _KNOWN.items():
        for element in worksheet.iter(parent):
            for child in element:
                tag = str(child.tag)
                if tag not in known and "sort" not in tag and _names_fields(child):
                    yield f"an unknown part of the worksheet that names fields ({tag[:40]})"


def extensions(root: etree._Element, part: str) -> Iterator[UnreadPart]:
    """Programs of third parties on dashboards and in place of marks, which may read the data and show it."""
    told: dict[str, tuple[str, str]] = {}
    for element in (*root.iter("dashboard-extension", "worksheet-extension"), *root.iter("add-in")):
        draws = element.tag == "worksheet-extension" or next(element.iterancestors("worksheet"), None) is not None
        name = element.get("id", "") or element.get("add-in-id", "")
        told.setdefault(name, ("viz" if draws else "dashboard", text_of(element.find("name")) or name))
    for kind, caption in told.values():
        yield UnreadPart(f"{part}: extension {caption}", f"a {kind} extension: its program is not in the file")


def _names_fields(element: etree._Element) -> bool:
    return any(
        REFERENCE.search(text)
        for part in element.iter()
        for text in (part.text or "", *(str(v) for v in part.attrib.values()))
    )
