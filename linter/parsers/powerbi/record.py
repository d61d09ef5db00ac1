"""What both report formats are read into: pages, containers, projections, filter cards.

Still Power BI's own words and expression trees, only without the differences between the legacy
``Report/Layout`` and the PBIR folders; the modules after this one know nothing of either.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.json_tree import Tree
    from linter.model import Ignore, Text, UnreadPart

Created = Literal["auto", "user", "drill", "include", "exclude", "drill_through"]
LEGACY_CREATED: tuple[Created, ...] = ("auto", "user", "drill", "include", "exclude", "drill_through")


@dataclass(frozen=True, slots=True)
class Projection:
    """One field in one well. ``active`` None: the format says nothing about it."""

    role: str
    ref: str
    tree: Tree | None  # None: the query has no expression of that name
    active: bool | None
    caption: str = ""
    offered: bool = False  # a choice of a field parameter that is not made in the saved state


@dataclass(frozen=True, slots=True)
class FieldParameter:
    """A field parameter that fills places of a well: readers pick the fields."""

    role: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the filter pane. ``definition`` None: it restricts nothing."""

    name: str
    field: Tree | None
    definition: Tree | None
    created: Created
    type: str
    hidden: bool = False
    locked: bool = False
    state: Tree | None = None  # the whole card, with the members that it names
    line: int = 0  # in a text file; 0 where lines mean nothing


@dataclass(frozen=True, slots=True)
class Container:
    """One visual container. ``type`` is empty for a group of containers."""

    id: str
    type: str
    part: str
    hidden: bool = False
    parent: str = ""
    projections: tuple[Projection, ...] = ()
    cards: tuple[Card, ...] = ()
    objects: Tree = field(default_factory=dict)
    frame: Tree = field(default_factory=dict)  # title, alternative text and so on of the container
    sync_group: str = ""
    parameters: tuple[FieldParameter, ...] = ()
    problems: tuple[str, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    line: int = 0  # in a text file; 0 where lines mean nothing
    box: tuple[float, float, float, float] = (0, 0, 0, 0)  # left, top, width, height; within a group from its corner


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page. ``bound`` are the fields of a drill-through or tooltip binding."""

    id: str
    name: str
    part: str
    kind: Literal["page", "tooltip", "drill_through"]
    hidden: bool
    width: float
    height: float
    cards: tuple[Card, ...]
    containers: tuple[Container, ...]
    interactions: dict[tuple[str, str], str]  # (source, target) -> NoFilter, DataFilter, HighlightFilter
    bound: tuple[Tree, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    line: int = 0


def placed(container: Container, page: PageRecord) -> tuple[float, float, float, float] | None:
    """The container's place as shares of the page, its groups' corners added; None if nothing is stated."""
    left, top, width, height = container.box
    if min(page.width, page.height, width, height) <= 0:
        return None
    by_id = {c.id: c for c in page.containers}
    seen = {container.id}
    group = by_id.get(container.parent)
    while group is not None and group.id not in seen:
        seen.add(group.id)
        left, top = left + group.box[0], top + group.box[1]
        group = by_id.get(group.parent)
    return left / page.width, top / page.height, width / page.width, height / page.height


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A saved state of the report, as stored."""

    name: str
    part: str
    state: Any
    line: int = 0


@dataclass(frozen=True, slots=True)
class ReportMeasure:
    """A measure that the report adds to the model it is connected to."""

    table: str
    name: str
    formula: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A whole report."""

    part: str
    settings: Tree
    settings_line: int = 0
    pages: tuple[PageRecord, ...] = ()
    cards: tuple[Card, ...] = ()
    pane_hidden: bool = False
    bookmarks: tuple[Bookmark, ...] = ()
    measures: tuple[ReportMeasure, ...] = ()
    texts: tuple[Text, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    unread: tuple[UnreadPart, ...] = ()


def with_unique_ids(report: ReportRecord) -> ReportRecord:
    """The report with container ids that name one container each.

    Desktop keeps the ids when a page is duplicated; there the page's id is put in front.
    """
    seen = Counter(c.id for page in report.pages for c in page.containers)
    return replace(report, pages=tuple(_distinct(page, seen) for page in report.pages))


def _distinct(page: PageRecord, seen: Counter[str]) -> PageRecord:
    here: Counter[str] = Counter()
    containers = []
    for container in page.containers:
        here[container.id] += 1
        twice = f"#{here[container.id]}" if here[container.id] > 1 else ""
        new = _renamed(container.id, page, seen) + twice
        containers.append(replace(container, id=new, parent=_renamed(container.parent, page, seen)))
    interactions = {
        (_renamed(source, page, seen), _renamed(target, page, seen)): kind
        for (source, target), kind in page.interactions.items()
    }
    return replace(page, containers=tuple(containers), interactions=interactions)


def _renamed(name: str, page: PageRecord, seen: Counter[str]) -> str:
    return f"{page.id}/{name}" if seen[name] > 1 else name
