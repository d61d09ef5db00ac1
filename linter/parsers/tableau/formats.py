"""Number formats, of fields and of worksheets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.model import Look
from linter.parsers.tableau.names import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from linter.parsers.tableau.placements import Placer

_KIND = re.compile(r"^[A-Za-z*](?=[\d#?.,\"\[;$£€])")
"""The letter that Tableau puts in front: number, percentage, currency, custom."""


def plain_format(text: str) -> str:
    """A format as spreadsheets write it: ``p0.0%`` is ``0.0%``."""
    return _KIND.sub("", text)


def looks(element: etree._Element, placer: Placer) -> Iterator[Look]:
    """The number formats that a worksheet gives to measures of its own accord."""
    seen: dict[str, str] = {}
    for style in element.iter("format"):
        field, text = style.get("field", ""), style.get("value", "")
        if style.get("attr") == "text-format" and text and REFERENCE.fullmatch(field):
            placed = placer.place(field)
            if placed.nature == "measure":
                seen[placed.use.caption] = plain_format(text)
    yield from (Look(measure, text) for measure, text in seen.items())
