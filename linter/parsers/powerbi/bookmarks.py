"""Bookmarks: the filters and slicer choices that readers call up with them.

Source: https://learn.microsoft.com/power-bi/create-reports/desktop-bookmarks and the ``explorationState``
of stored reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.errors import Unreadable
from linter.json_tree import Tree, dig, mapping, mappings, objects_within, sequence, text
from linter.model import SavedFilter, SavedState, UnreadPart
from linter.parsers.powerbi import wells
from linter.parsers.powerbi.controls import targets
from linter.parsers.powerbi.query import chosen, literal_text, restricts
from linter.parsers.powerbi.record import Card
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.model import Scope
    from linter.parsers.powerbi.layers import Visuals
    from linter.parsers.powerbi.record import Bookmark, Container, PageRecord, ReportRecord


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """Reads the bookmarks of a report. ``data`` are the ids of containers that show data."""

    report: ReportRecord
    maker: Visuals
    data: frozenset[str]

    def states(self) -> tuple[tuple[SavedState, ...], tuple[UnreadPart, ...]]:
        """One state per bookmark that has filters, and what could not be read."""
        found: list[SavedState] = []
        lost: list[UnreadPart] = []
        for bookmark in self.report.bookmarks:
            try:
                filters = tuple(self._filters(bookmark))
            except Unreadable as error:
                lost.append(UnreadPart(bookmark.part, f"a bookmark can't be read: {error.reason}"))
            else:
                if filters:
                    found.append(SavedState(bookmark.name, bookmark.part, filters))
        return tuple(found), tuple(lost)

    def _filters(self, bookmark: Bookmark) -> Iterator[SavedFilter]:
        if dig(bookmark.state, "options", "suppressData") is True:
            return  # it sets what is shown and leaves the filters alone
        state = mapping(dig(bookmark.state, "explorationState"), "a bookmark")
        every = tuple(c.id for page in self.report.pages for c in page.containers if c.id in self.data)
        yield from self._cards(state, "report", every)
        sections = mapping(state.get("sections"), "a bookmark")
        for page in self.report.pages:
            saved = mapping(sections.get(page.id), "a bookmark's page")
            yield from self._cards(saved, "page", tuple(c.id for c in page.containers if c.id in self.data))
            for name, item in _containers(saved):
                container = _named(page, name)
                if container is not None and self._applies(bookmark, name):
                    yield from self._of_container(page, container, item)

    def _applies(self, bookmark: Bookmark, name: str) -> bool:
        """Whether it sets the visual of that name: it may be for chosen visuals only."""
        if dig(bookmark.state, "options", "applyOnlyToTargetVisuals") is not True:
            return True
        return name in sequence(dig(bookmark.state, "options", "targetVisualNames"), "a bookmark's visuals")

    def _of_container(self, page: PageRecord, container: Container, item: Tree) -> Iterator[SavedFilter]:
        yield from self._cards(item, "visual", (container.id,))
        if container.type not in wells.WITHOUT_DATA:  # custom visuals filter others as well
            visual = mapping(item.get("singleVisual"), "a bookmark's slicer")
            objects = mapping(visual.get("objects"), "a bookmark's slicer")
            for held in (objects, mapping(objects.get("merge"), "a bookmark's slicer")):
                definition = chosen(held)
                if definition is not None:
                    field = next((p.tree for p in container.projections if p.tree is not None), None)
                    card = Card("", field, definition, "user", "")
                    for made in self.maker.filters([card], "slicer"):
                        yield SavedFilter(made, targets(page, container.id, self.data))

    def _cards(self, holder: Tree, scope: Scope, visuals: tuple[str, ...]) -> Iterator[SavedFilter]:
        saved = mapping(holder.get("filters"), "a bookmark's filters")
        listed: list[Tree] = []
        for kind in saved.values():  # by name, by expression, by type
            items = kind.values() if isinstance(kind, dict) else sequence(kind, "a bookmark's filters")
            listed += mappings(tuple(items), "a bookmark's filters")
        for item in listed:
            definition = mapping(item.get("filter"), "a bookmark's filter")
            if restricts(definition):
                field = mapping(item.get("expression") or item.get("field"), "a bookmark's filter")
                card = Card(text(item.get("name")), field or None, definition, "user", text(item.get("type")))
                for made in self.maker.filters([card], scope):
                    yield SavedFilter(made, visuals)


def opens_pane(bookmark: Bookmark) -> bool:
    """Whether it brings back the filter pane that the report hides."""
    panes = objects_within(dig(bookmark.state, "explorationState", "objects", "merge", "outspacePane"))
    return any(literal_text(dig(pane, "properties", "visible")) == "true" for pane in panes)


def _containers(saved: Tree) -> Iterator[tuple[str, Tree]]:
    for name, item in mapping(saved.get("visualContainers"), "a bookmark's visuals").items():
        yield name, mapping(item, "a bookmark's visual")


def _named(page: PageRecord, name: str) -> Container | None:
    """The container of that name; names that several pages share have the page's in front."""
    return next((c for c in page.containers if c.id in {name, f"{page.id}/{name}"}), None)
