"""A report record and its model to the pages, visuals and controls of the common model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from linter.model import Control, Filter, Page, Settings, Visual
from linter.parsers.powerbi import wells
from linter.parsers.powerbi.controls import Controls
from linter.parsers.powerbi.expressions import Reader
from linter.parsers.powerbi.json_tree import objects_within
from linter.parsers.powerbi.layers import Visuals
from linter.parsers.powerbi.model import Model

if TYPE_CHECKING:
    from linter.expressions import Column
    from linter.parsers.powerbi.record import Container, PageRecord, ReportRecord

_EXPORT: dict[object, Literal["none", "summarised", "underlying"]] = {
    0: "underlying", 1: "summarised", 2: "none",
    "AllowSummarizedAndUnderlying": "underlying", "AllowSummarized": "summarised", "None": "none",
}  # fmt: skip
"""``exportDataMode``. The legacy number 0 allows underlying rows, 1 summarised data only: one public
report is stored both as the number and as the name."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the report shows and what its readers can do."""

    pages: tuple[Page, ...]
    visuals: tuple[Visual, ...]
    controls: tuple[Control, ...]
    settings: Settings


def translate(report: ReportRecord, model: Model) -> Report:
    """The report in the common model's words."""
    reader = Reader(model)
    visuals = Visuals(reader, report.pane_hidden)
    hidden = frozenset(c.id for page in report.pages for c in page.containers if _hidden(c, page))
    controls = Controls(reader, report, hidden)
    everywhere = visuals.filters(report.cards, "report")
    made: list[Visual] = []
    for page in report.pages:
        outer = (*everywhere, *visuals.filters(page.cards, "page"))
        choices = _choices(page, visuals, controls)
        for container in page.containers:
            if container.type:
                working = (*outer, *(f for f, targets in choices if container.id in targets))
                made.append(visuals.visual(container, page, working, hidden=container.id in hidden))
    return Report(
        pages=tuple(Page(p.id, p.name, p.kind, p.hidden, p.part, p.width, p.height) for p in report.pages),
        visuals=tuple(made),
        controls=tuple(controls.all()),
        settings=_settings(report),
    )


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


def _choices(page: PageRecord, visuals: Visuals, controls: Controls) -> list[tuple[Filter, frozenset[str]]]:
    """The saved choices of the page's slicers, hidden ones too, and the visuals they work on.

    A slicer that is synchronised with other pages has a container, with the choice, on each of them.
    """
    found = []
    for container in page.containers:
        if container.type in wells.SLICERS:
            made = visuals.slicer_filter(container)
            if made is not None:
                found.append((made, frozenset(controls.targets(page, container.id))))
    return found


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
    )
