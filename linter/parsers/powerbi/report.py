"""A report record and its model to the pages, visuals and controls of the common model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from linter.errors import Unreadable
from linter.json_tree import objects_within
from linter.model import Control, Filter, Ignore, Page, SavedState, Scope, Settings, UnreadPart, Visual
from linter.parsers.powerbi import wells
from linter.parsers.powerbi.bookmarks import Bookmarks, opens_pane
from linter.parsers.powerbi.controls import Controls, targets
from linter.parsers.powerbi.expressions import Reader
from linter.parsers.powerbi.formatted import shows_data
from linter.parsers.powerbi.layers import Visuals
from linter.parsers.powerbi.model import Model
from linter.parsers.powerbi.record import placed
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.expressions import Column
    from linter.parsers.powerbi.record import Card, Container, PageRecord, ReportRecord

_EXPORT: dict[object, Literal["none", "summarised", "underlying"]] = {
    0: "underlying", 1: "summarised", 2: "none",
    "AllowSummarizedAndUnderlying": "underlying", "AllowSummarized": "summarised", "None": "none",
}  # fmt: skip
"""``exportDataMode``. The legacy number 0 allows underlying rows, 1 summarised data only: one public
report is stored both as the number and as the name."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the report shows and what its readers can do; ``unread`` is what could not be made out."""

    pages: tuple[Page, ...]
    visuals: tuple[Visual, ...]
    controls: tuple[Control, ...]
    settings: Settings
    states: tuple[SavedState, ...]
    unread: tuple[UnreadPart, ...]


def translate(report: ReportRecord, model: Model) -> Report:
    """The report in the common model's words."""
    report = replace(report, pane_hidden=report.pane_hidden and not any(map(opens_pane, report.bookmarks)))
    hidden = frozenset(c.id for page in report.pages for c in page.containers if _hidden(c, page))
    data = frozenset(c.id for page in report.pages for c in page.containers if shows_data(c))
    translator = _Translator(report, Reader(model), hidden, data)
    visuals = tuple(visual for page in report.pages for visual in translator.visuals(page))
    controls, lost = Controls(translator.reader, report, hidden, data).all()
    states, unread = Bookmarks(report, translator.maker, data).states()
    return Report(
        pages=tuple(Page(p.id, p.name, p.kind, p.hidden, p.part, p.width, p.height) for p in report.pages),
        visuals=visuals,
        controls=controls,
        settings=_settings(report),
        states=states,
        unread=(*dict.fromkeys(translator.unread), *lost, *unread),
    )


class _Translator:
    """Containers to visuals under the filters of report, page and slicers."""

    def __init__(self, report: ReportRecord, reader: Reader, hidden: frozenset[str], data: frozenset[str]) -> None:
        self.reader = reader
        self.unread: list[UnreadPart] = []
        self.maker = Visuals(reader, report.pane_hidden)
        self._hidden = hidden
        self._data = data
        self._everywhere = self._filters(report.cards, "report", report.part)

    def visuals(self, page: PageRecord) -> Iterator[Visual]:
        """One visual per container that is not a group."""
        outer = (*self._everywhere, *self._filters(page.cards, "page", page.part))
        choices = list(self._choices(page))
        unsaved = list(self._unsaved(page))
        for container in page.containers:
            if container.type:
                working = (*outer, *(f for f, targets in choices if container.id in targets))
                hidden = container.id in self._hidden
                notes = tuple(note for note, targets in unsaved if container.id in targets)
                box = placed(container, page)
                try:
                    made = self.maker.visual(container, page, working, hidden=hidden)
                    layers = tuple(replace(x, approximate=(*x.approximate, *notes)) for x in made.layers)
                    yield replace(made, layers=layers, box=box)
                except Unreadable as error:
                    reason = f"the visual can't be read: {error.reason}"
                    yield Visual(container.id, container.type, container.type, (page.id,), container.part,
                                 hidden=hidden, problems=(*container.problems, reason), box=box)  # fmt: skip

    def _filters(self, cards: Iterable[Card], scope: Scope, part: str) -> tuple[Filter, ...]:
        found: list[Filter] = []
        for card in cards:
            try:
                found.extend(self.maker.filters([card], scope))
            except Unreadable as error:
                self.unread.append(UnreadPart(part, f"a filter of the {scope} can't be read: {error.reason}"))
        return tuple(found)

    def _choices(self, page: PageRecord) -> Iterator[tuple[Filter, frozenset[str]]]:
        """The saved choices of the page's slicers, hidden ones too, and the visuals they work on.

        A slicer that is synchronised with other pages has a container, with the choice, on each of
        them.
        """
        for container in page.containers:
            if container.type not in wells.WITHOUT_DATA:  # custom visuals filter others as well
                try:
                    made = self.maker.slicer_filter(container)
                except Unreadable as error:
                    self.unread.append(UnreadPart(container.part, f"a slicer can't be read: {error.reason}"))
                    continue
                if made is not None:
                    yield made, frozenset(targets(page, container.id, self._data))

    def _unsaved(self, page: PageRecord) -> Iterator[tuple[str, frozenset[str]]]:
        """Remarks on slicers whose choice is made when the page opens, and the visuals they work on."""
        for container in page.containers:
            try:
                note = self.maker.unsaved_choice(container)
            except Unreadable as error:
                self.unread.append(UnreadPart(container.part, f"a slicer can't be read: {error.reason}"))
                continue
            if note is not None:
                yield note, frozenset(targets(page, container.id, self._data))


def referenced(report: ReportRecord) -> tuple[Column, ...]:
    """The columns that a report names, for a report without a model at hand."""
    reader = Reader(Model(known=False))
    trees = [c.field for c in report.cards]
    for page in report.pages:
        trees += [c.field for c in page.cards] + list(page.bound)
        for container in page.containers:
            trees += [p.tree for p in container.projections] + [c.field for c in container.cards]
    found: dict[Column, None] = {}
    for item in objects_within([tree for tree in trees if tree is not None]):
        if "Column" in item or "HierarchyLevel" in item:
            found.update(dict.fromkeys(reader.use(item, "").columns))
    return tuple(found)


def ignores(report: ReportRecord) -> Iterator[Ignore]:
    """What authors ask to ignore of the report, its pages and its containers, by their unique ids."""
    yield from report.ignores
    for page in report.pages:
        yield from page.ignores
        for container in page.containers:
            yield from (replace(ignore, object=container.id) for ignore in container.ignores)


def _hidden(container: Container, page: PageRecord) -> bool:
    """Hidden itself, or in a group that is."""
    by_id = {c.id: c for c in page.containers}
    seen: set[str] = set()
    current: Container | None = container
    while current is not None and current.id not in seen:
        if current.hidden:
            return True
        seen.add(current.id)
        current = by_id.get(current.parent)
    return False


def _settings(report: ReportRecord) -> Settings:
    mode = report.settings.get("exportDataMode")
    known = isinstance(mode, str) or (isinstance(mode, int) and not isinstance(mode, bool))
    return Settings(
        export=_EXPORT.get(mode, "unstated") if known else "unstated",
        personalise=report.settings.get("allowInlineExploration") is True,
        part=report.part,
        line=report.settings_line or None,
    )
