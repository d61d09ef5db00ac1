"""Ignores that an author typed where Tableau Desktop lets them: a sheet's caption, a field's comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.model import Ignore
from linter.parsers.tableau.names import bare, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from linter.model import Source

_MARK = re.compile(r"\bdisclint:ignore\b[ \t]*([^\n]*)", re.IGNORECASE)
_LINE = "\u00c6"
"""What Tableau writes for the end of a line in formatted text."""


def read_ignores(root: etree._Element, part: str, sources: Mapping[str, Source]) -> Iterator[Ignore]:
    """Every line ``disclint:ignore ...`` with the worksheet or field on which it stands.

    Args:
        root: of the document.
        part: its name in the package.
        sources: the data sources by id, which know the fields' captions and tables.
    """
    for sheet in root.iterfind("worksheets/worksheet"):
        for caption in sheet.iterfind("layout-options/caption"):
            for text in _marked(caption):
                yield Ignore(part, sheet.get("name", ""), text)
    for datasource in [root] if root.tag == "datasource" else root.iterfind("datasources/datasource"):
        source = sources.get(datasource.get("name") or datasource.get("formatted-name") or "")
        for column in datasource.iterfind("column"):
            for description in column.iterfind("desc"):
                for text in _marked(description):
                    yield Ignore(part, *_named(column, source, text))


def _named(column: etree._Element, source: Source | None, text: str) -> tuple[str, str, int | None, str]:
    """Caption of the field, the text, no line, and the caption of the field's table."""
    name = bare(column.get("name", ""))
    field = next((f for f in source.fields if f.id == name), None) if source else None
    table = next((t for t in source.tables if field and t.id == field.table), None) if source else None
    caption = field.caption if field else column.get("caption") or name
    return caption, text, None, table.caption if table else source.caption if source else ""


def _marked(element: etree._Element) -> Iterator[str]:
    for found in _MARK.finditer(text_of(element).replace(_LINE, "\n").replace("\r", "\n")):
        yield found[1].strip()
