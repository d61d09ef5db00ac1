"""What readers of a report can turn: slicers, filter cards, drill-through, tooltips, clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from linter.errors import Unreadable
from linter.expressions import Aggregate, TopMembers, all_of, problems, walk
from linter.json_tree import Tree, dig, mapping, mappings, objects_within
from linter.model import Control, FieldUse, UnreadPart
from linter.parsers.powerbi import formatted, wells
from linter.parsers.powerbi.filters import Conditions
from linter.parsers.powerbi.model import SOURCE_ID
from linter.parsers.powerbi.query import literal_text, property_of
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linter.expressions import Expr
    from linter.parsers.powerbi.expressions import Reader
    from linter.parsers.powerbi.record import Bookmark, Card, Container, PageRecord, ReportRecord

NO_FILTER = "NoFilter"


@dataclass(frozen=True, slots=True)
class Controls:
    """Finds the controls of a report. ``hidden`` are the ids of hidden containers, ``data`` of those that show data."""

    reader: Reader
    report: ReportRecord
    hidden: frozenset[str]
    data: frozenset[str]

    def all(self) -> tuple[tuple[Control, ...], tuple[UnreadPart, ...]]:
        """Every control (report, bookmarks, then page by page), and what could not be read."""
        found: list[Control] = []
        lost: list[UnreadPart] = []
        for part, made in self._groups():
            try:
                found.extend(made)
            except Unreadable as error:
                lost.append(UnreadPart(part, f"a filter, slicer or action can't be read: {error.reason}"))
        return tuple(found), tuple(dict.fromkeys(lost))

    def _groups(self) -> Iterator[tuple[str, Iterator[Control]]]:
        everywhere = tuple(page.id for page in self.report.pages)
        yield self.report.part, self._cards(self.report.cards, "report", self.report.part, everywhere, ())
        for bookmark in self.report.bookmarks:
            yield bookmark.part, self._bookmark(bookmark)
        for page in self.report.pages:
            yield page.part, self._cards(page.cards, page.id, page.part, (page.id,), ())
            yield page.part, self._binding(page)
            for container in page.containers:
                yield container.part, self._container(page, container)

    def _cards(
        self, cards: Iterable[Card], owner: str, part: str, pages: tuple[str, ...], visuals: tuple[str, ...]
    ) -> Iterator[Control]:
        for card in cards:
            closed = card.hidden or card.locked or self.report.pane_hidden
            if closed or card.created == "drill_through" or card.field is None:
                continue
            use = self._use(card.field, card.name)
            yield Control(f"{owner}/filter/{card.name or use.caption}", "quick_filter", use.caption, (use,), pages,
                          visuals, part=part)  # fmt: skip

    def _bookmark(self, bookmark: Bookmark) -> Iterator[Control]:
        """A saved state that readers call up: it may filter by fields that no card on a page offers."""
        states = dig(bookmark.state, "explorationState", "sections") or {}
        pages = tuple(page.id for page in self.report.pages if isinstance(states, dict) and page.id in states)
        fields = [
            item["expression"]
            for item in objects_within(states)
            if isinstance(item.get("expression"), dict) and dig(item, "filter", "Where")
        ]
        uses = tuple(dict.fromkeys(self._use(tree, "") for tree in fields))
        if uses:
            yield Control(f"bookmark/{bookmark.name}", "quick_filter", bookmark.name, uses, pages, part=bookmark.part,
                          states=self._saved(states, len(fields)))  # fmt: skip

    def _saved(self, pages: Tree, filters: int) -> tuple[Expr, ...]:
        """The one condition a bookmark sets, if it filters a single page as a whole by rows; else nobody knows."""
        found = [
            item["filter"]
            for page in pages.values()
            for item in objects_within(dig(page, "filters"))
            if isinstance(item.get("expression"), dict) and dig(item, "filter", "Where")
        ]
        if len(pages) != 1 or len(found) != filters:
            return ()
        try:
            state = all_of(*(Conditions(self.reader).predicate(definition) for definition in found))
        except Unreadable:  # then any value of its fields is taken to be chosen, which hides nothing
            return ()
        on_cells = any(isinstance(part, Aggregate | TopMembers) for part in walk(state))
        return () if on_cells or problems(state) else (state,)

    def _binding(self, page: PageRecord) -> Iterator[Control]:
        if page.bound and page.kind != "page":
            kind: Literal["tooltip", "drill_through"] = "tooltip" if page.kind == "tooltip" else "drill_through"
            uses = tuple(self._use(tree, "") for tree in page.bound)
            yield Control(f"{page.id}/{kind}", kind, page.name, uses, (page.id,), hidden=page.hidden,
                          target=page.id, part=page.part)  # fmt: skip

    def _container(self, page: PageRecord, container: Container) -> Iterator[Control]:
        if not container.type:
            return
        where, hidden = (page.id,), container.id in self.hidden
        uses = tuple(self._use(p.tree, p.caption, p.ref) for p in container.projections if p.tree is not None)
        groups = tuple(
            self._use(p.tree, p.caption, p.ref)
            for p in container.projections
            if p.tree is not None and self.reader.groups(p.tree)
        )
        part, name = (
            container.part,
            literal_text(property_of(container.frame, "title", "text")) or container.type,
        )
        yield from self._cards(container.cards, container.id, part, where, (container.id,))
        yield from self._links(page, container, groups, hidden=hidden)
        if container.type in wells.SLICERS:
            yield Control(container.id, "slicer", uses[0].caption if uses else name, uses, where,
                          targets(page, container.id, self.data), hidden, part=part)  # fmt: skip
            return
        factors = formatted.explaining(container)
        if factors is not None:
            by = tuple(self._use(tree, "") for tree in factors) or uses
            yield Control(f"{container.id}/explain", "regroup", name, by, where, (container.id,), hidden, part=part)
        if container.type in wells.REGROUPING:
            yield Control(f"{container.id}/regroup", "regroup", name, uses, where, (container.id,), hidden, part=part)
        for parameter in container.parameters:
            use = self._parameter(parameter.tree)
            yield Control(f"{container.id}/{use.caption}", "regroup", use.caption, (use,), where, (container.id,),
                          hidden, part=part)  # fmt: skip
        drill = tuple(
            self._use(p.tree, p.caption, p.ref)
            for p in container.projections
            if p.tree and self.reader.groups(p.tree) and not wells.expanded(container, p)
        )
        if drill:
            yield Control(f"{container.id}/drill", "hierarchy", name, drill, where, (container.id,), hidden, part=part)
        reached = targets(page, container.id, self.data)
        if groups and reached:
            yield Control(f"{container.id}/click", "filter_action", name, groups, where, reached, hidden, part=part)

    def _links(
        self, page: PageRecord, container: Container, groups: tuple[FieldUse, ...], *, hidden: bool
    ) -> Iterator[Control]:
        """Tooltip pages that a visual calls, and what its button opens."""
        for item in mappings(container.frame.get("visualTooltip"), "a visual's tooltip"):
            section = literal_text(dig(item, "properties", "section"))
            if section:
                yield Control(f"{container.id}/tooltip", "tooltip", self._page_name(section), groups, (page.id,),
                              hidden=hidden, target=section, part=container.part)  # fmt: skip
        for item in mappings(container.frame.get("visualLink"), "a button's link"):
            properties = mapping(item.get("properties"), "a button's link")
            for key in ("navigationSection", "drillthroughSection"):
                section = literal_text(properties.get(key))
                if section:
                    yield Control(f"{container.id}/{key}", "navigation", self._page_name(section), (), (page.id,),
                                  hidden=hidden, target=section, part=container.part)  # fmt: skip
            if (address := literal_text(properties.get("webUrl"))) is not None:
                yield Control(f"{container.id}/url", "url_action", "web address", (), (page.id,), hidden=hidden,
                              target=address, part=container.part)  # fmt: skip

    def _parameter(self, tree: Tree) -> FieldUse:
        """A field parameter, with the columns under every field that it offers."""
        use = self._use(tree, "")
        choices = [self.reader.use(choice, "") for choice in self.reader.choices(tree) or ()]
        columns = dict.fromkeys([*use.columns, *(c for choice in choices for c in choice.columns)])
        return FieldUse(use.caption, tuple(columns), SOURCE_ID)

    def _page_name(self, section: str) -> str:
        return next((p.name for p in self.report.pages if p.id == section), section)

    def _use(self, tree: Tree | None, caption: str, ref: str = "") -> FieldUse:
        return self.reader.use(tree, self.reader.caption(tree, caption if ref else "", ref or caption))


def targets(page: PageRecord, source: str, data: frozenset[str]) -> tuple[str, ...]:
    """Those containers of the page, of all that show ``data``, that a choice in the container ``source`` filters."""
    return tuple(
        c.id
        for c in page.containers
        if c.id != source and c.id in data and page.interactions.get((source, c.id)) != NO_FILTER
    )
