"""The lines of a project's report files at which pages, visuals, their fields and filter cards are defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.json_tree import line_of, objects_within
from linter.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linter.json_tree import Tree
    from linter.parsers.powerbi.expressions import Reader
    from linter.parsers.powerbi.record import Card, Container, ReportRecord


def of_report(report: ReportRecord, reader: Reader) -> Iterator[Place]:
    """Every place of a report; the captions are those that findings use."""
    yield from _of_cards(report.cards, reader, report.part, "", report.settings_line)
    for page in report.pages:
        if page.line:
            yield Place(page.part, page.line, "page", page=page.name)
        yield from _of_cards(page.cards, reader, page.part, page.name, page.line)
        for container in page.containers:
            if container.line:
                yield from _of_container(container, reader)


def _of_container(container: Container, reader: Reader) -> Iterator[Place]:
    yield Place(container.part, container.line, "visual", container.id)
    for p in container.projections:
        caption = reader.caption(p.tree, p.caption, p.ref)
        yield Place(container.part, _named(p.tree) or container.line, "visual", container.id, field=caption)
    for card in container.cards:
        caption, line = reader.caption(card.field, "", card.name), _named(card.field) or card.line or container.line
        yield Place(container.part, line, "visual", container.id, field=caption)


def _of_cards(cards: Iterable[Card], reader: Reader, part: str, page: str, line: int) -> Iterator[Place]:
    for card in cards:
        at = _named(card.field) or card.line or line
        if at:
            yield Place(part, at, "page", page=page, field=reader.caption(card.field, "", card.name))


def _named(tree: Tree | None) -> int:
    """The line that names the column, measure or level of an expression; 0 where lines mean nothing."""
    return next(
        (line_of(item, key) for item in objects_within(tree) for key in ("Property", "Level") if key in item), 0
    )
