"""Typed and saved text of a report: titles, text boxes, literals left in filters and bookmarks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linter.container import CACHE
from linter.errors import Unreadable
from linter.json_tree import dig, line_of, objects_within
from linter.model import Text, UnreadPart
from linter.parsers.powerbi.query import literal_text
from linter.parsers.powerbi.saved import members, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.container import Parts
    from linter.json_tree import Tree
    from linter.parsers.powerbi.record import Card, Container, ReportRecord

_SHOWN = {"text": "text", "titleText": "title", "altText": "alternative text", "savedUtterance": "saved question",
          "savedQuestion": "saved question", "subTitle": "subtitle"}  # fmt: skip
_AMOUNT = re.compile(r"^datetime'|^-?[\d.]+[DdMm]?$")
"""A literal of a date or an amount; keys are texts, or whole numbers with an L."""
_EXPORTED_QUERIES = re.compile(r"(?:Model/)?DAXQueries/[^/]+\.dax", re.IGNORECASE)


def of_report(report: ReportRecord) -> Iterator[Text]:
    """Everything a reader of the file can read without the data, each text once for its place."""
    seen: set[tuple[str, str, str]] = set()
    for found in _of_report(report):
        key = (found.part, found.where, found.text)
        if key not in seen:
            seen.add(key)
            yield found


def _of_report(report: ReportRecord) -> Iterator[Text]:
    yield from report.texts
    for card in report.cards:
        yield from _of_card(card, report.part, "report filter", report.settings_line)
    for page in report.pages:
        yield Text(page.part, "page name", page.name, page.line or None)
        for card in page.cards:
            kind = "drill-through filter" if card.created == "drill_through" else "page filter"
            yield from _of_card(card, page.part, f"{kind} of {page.name!r}", page.line)
        for container in page.containers:
            yield from _of_container(container, page.name)
    for bookmark in report.bookmarks:
        yield Text(bookmark.part, "bookmark name", bookmark.name, bookmark.line or None)
        yield from _literals(bookmark.state, bookmark.part, f"bookmark {bookmark.name!r}", bookmark.line)
        yield from members(bookmark.state, bookmark.part, f"bookmark {bookmark.name!r}", bookmark.line)


def of_queries(parts: Parts) -> tuple[list[Text], list[UnreadPart]]:
    """Queries that authors saved beside the report, and the name of a project's data cache."""
    texts: list[Text] = []
    unread: list[UnreadPart] = []
    if (cache := parts.find(CACHE)) is not None:
        texts.append(Text(cache, "data cache", ""))
    for part in parts.names():
        if _EXPORTED_QUERIES.fullmatch(part):
            try:
                texts.append(Text(part, "saved query", parts.read(part).decode("utf-8-sig", errors="replace")))
            except Unreadable as error:
                unread.append(UnreadPart(part, error.reason))
    return texts, unread


def _of_container(container: Container, page: str) -> Iterator[Text]:
    where = f"{container.type or 'group'} on {page!r}"
    for card in container.cards:
        yield from _of_card(card, container.part, f"filter of {where}", container.line)
    for item in objects_within([container.objects, container.frame]):
        properties = item.get("properties")
        if isinstance(properties, dict):
            for name, label in _SHOWN.items():
                if text := literal_text(properties.get(name)):
                    line = line_of(properties, name) or container.line
                    yield Text(container.part, f"{label} of {where}", text, line or None)
            paragraphs = properties.get("paragraphs")
            if isinstance(paragraphs, list) and (text := _paragraphs(paragraphs)):
                line = line_of(properties, "paragraphs") or container.line
                yield Text(container.part, f"text of {where}", text, line or None)
    yield from _literals(container.objects, container.part, f"saved choice of {where}", container.line)


def _paragraphs(paragraphs: list[Any]) -> str:
    runs = (item.get("value") for item in objects_within(paragraphs) if "value" in item)
    return " ".join(run for run in runs if isinstance(run, str)).strip()


def _of_card(card: Card, part: str, where: str, line: int) -> Iterator[Text]:
    if card.definition is not None:
        yield from _literals({"filter": card.definition}, part, where, card.line or line)
    yield from members(card.state, part, where, card.line or line)


def _literals(tree: Any, part: str, where: str, line: int) -> Iterator[Text]:
    """Members in the conditions of saved filters, each once for the fields it is compared with."""
    seen: set[tuple[str, str]] = set()
    for holder in objects_within(tree):
        known = _tables(holder)
        conditions = holder.get("Where")
        for condition in conditions if isinstance(conditions, list) else [conditions]:
            fields = ", ".join(_fields(condition, known))
            limits = _limits(condition)
            for item in objects_within(condition):
                value = shown_value(item)
                if value and id(item) not in limits and (fields, value) not in seen:
                    seen.add((fields, value))
                    at = line_of(item.get("Literal"), "Value") or line
                    yield Text(part, f"{where}, on {fields}" if fields else where, value, at or None)


def _limits(condition: Any) -> set[int]:
    """The objects of the ends of ranges of dates and amounts, which are nobody's own value."""
    found: set[int] = set()
    for item in objects_within(condition):
        ranged = [item[kind] for kind in ("Between", "Comparison") if kind in item]
        for part in ranged:
            if dig(part, "ComparisonKind") != 0:
                found.update(id(x) for x in objects_within(part) if _AMOUNT.search(str(dig(x, "Literal", "Value"))))
    return found


def _tables(holder: Tree) -> dict[str, str]:
    """What the aliases of a saved condition stand for."""
    listed = holder.get("From")
    items = [i for i in listed if isinstance(i, dict)] if isinstance(listed, list) else []
    return {str(i["Name"]): str(i["Entity"]) for i in items if "Name" in i and "Entity" in i}


def _fields(condition: Any, known: dict[str, str]) -> dict[str, None]:
    """The columns that a condition names, as ``Table[Column]``."""
    found: dict[str, None] = {}
    for item in objects_within(condition):
        name, source = dig(item, "Column", "Property"), dig(item, "Column", "Expression", "SourceRef")
        if isinstance(name, str):
            table = dig(source, "Entity") or known.get(str(dig(source, "Source")), "")
            found[f"{table}[{name}]"] = None
    return found
