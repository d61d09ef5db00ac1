"""The enhanced report format (PBIR): one JSON file per page, visual and bookmark.

Source: https://learn.microsoft.com/power-bi/developer/projects/projects-report
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.container import is_text
from linter.errors import Unreadable
from linter.json_tree import Tree, decode, dig, line_of, mapping, mappings, number, sequence, text
from linter.model import Ignore, Text, UnreadPart
from linter.parsers.powerbi import legacy, saved
from linter.parsers.powerbi.model import IGNORE
from linter.parsers.powerbi.query import flag_of, restricts
from linter.parsers.powerbi.record import (
    Bookmark,
    Card,
    Container,
    Created,
    FieldParameter,
    PageRecord,
    Projection,
    ReportRecord,
)
from linter.parsers.powerbi.unknown import strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.container import Parts

ROOT = "Report/definition"
_CREATED: dict[str, Created] = {
    "Auto": "auto", "User": "user", "Drill": "drill", "Include": "include", "Exclude": "exclude",
    "Drillthrough": "drill_through",
}  # fmt: skip


def read(parts: Parts) -> ReportRecord:
    """The report below ``Report/definition``.

    Raises:
        Unreadable: ``report.json`` is missing or damaged; damaged pages, visuals and bookmarks are
            among ``unread`` or carry problems.
    """
    part = f"{ROOT}/report.json"
    report = _object(parts, part)
    unread: list[UnreadPart] = []
    texts: list[Text] = []
    return ReportRecord(
        part=part,
        settings=mapping(report.get("settings"), "the report's settings"),
        settings_line=line_of(report.get("settings"), "exportDataMode") or line_of(report, "settings"),
        pages=tuple(_pages(parts, unread, texts)),
        cards=_cards(report),
        pane_hidden=flag_of(mapping(report.get("objects"), "the report's format"), "outspacePane", "visible") is False,
        bookmarks=tuple(_bookmarks(parts, unread)),
        measures=legacy.measures(_extensions(parts, unread)),
        ignores=_ignores(report, part, ""),
        unread=(*unread, *strange(parts)),
        texts=tuple(texts),
    )


def _pages(parts: Parts, unread: list[UnreadPart], texts: list[Text]) -> Iterator[PageRecord]:
    names = parts.names()
    pages = [n for n in names if n.startswith(f"{ROOT}/pages/") and n.endswith("/page.json")]
    known = {part.removesuffix("page.json") for part in pages}
    unread.extend(
        UnreadPart(part, "the visual lies on a page that is missing")
        for part in names
        if part.startswith(f"{ROOT}/pages/")
        and part.endswith("/visual.json")
        and part.rsplit("visuals/", 1)[0] not in known
    )
    for part in _in_order(parts, pages):
        folder = part.removesuffix("page.json")
        visuals = [n for n in names if n.startswith(f"{folder}visuals/") and n.endswith("/visual.json")]
        try:
            yield _page(parts, part, visuals, texts)
        except Unreadable as error:
            unread.append(UnreadPart(part, f"the page can't be read: {error.reason}"))


def _in_order(parts: Parts, pages: list[str]) -> list[str]:
    """By the order of the tabs where it is stated."""
    try:
        order = [text(name) for name in sequence(_object(parts, f"{ROOT}/pages/pages.json").get("pageOrder"), "it")]
    except Unreadable:  # only the order is lost
        order = []
    rank = {name: position for position, name in enumerate(order)}
    return sorted(pages, key=lambda part: (rank.get(part.split("/")[-2], len(rank)), part))


def _page(parts: Parts, part: str, visuals: list[str], texts: list[Text]) -> PageRecord:
    page = _object(parts, part)
    cards, name = _cards(page), text(page.get("displayName"))
    kind = text(page.get("type")) or text(dig(page, "pageBinding", "type"))
    drill = kind == "Drillthrough" or any(card.created == "drill_through" for card in cards)
    bound = [
        mapping(p.get("fieldExpr"), "the page's binding")
        for p in mappings(dig(page, "pageBinding", "parameters"), "the page's binding")
    ]
    return PageRecord(
        id=text(page.get("name")) or part.split("/")[-2],
        name=name,
        part=part,
        kind="tooltip" if kind == "Tooltip" else "drill_through" if drill else "page",
        hidden=page.get("visibility") == "HiddenInViewMode",
        width=number(page.get("width")),
        height=number(page.get("height")),
        cards=cards,
        containers=tuple(_container(parts, v, saved.Named(name, v, texts)) for v in sorted(visuals)),
        interactions={
            (text(i.get("source")), text(i.get("target"))): text(i.get("type"))
            for i in mappings(page.get("visualInteractions"), "the page's interactions")
        },
        bound=tuple(bound) or tuple(c.field for c in cards if c.created == "drill_through" and c.field is not None),
        ignores=_ignores(page, part, text(page.get("name")) or part.split("/")[-2]),
        line=line_of(page, "displayName", "name"),
    )


def _container(parts: Parts, part: str, named: saved.Named) -> Container:
    place = part.split("/")[-2]
    try:
        item = _object(parts, part)
        box, line = legacy.box(item.get("position")), line_of(item, "name")
        return replace(_sound_container(item, _mobile(parts, part), part, named), box=box, line=line)
    except Unreadable as error:
        return Container(place, "unknown", part, problems=(f"the visual can't be read: {error.reason}",))


def _mobile(parts: Parts, part: str) -> Tree:
    """What the layout for phones changes of the visual in that part."""
    found = parts.find(part.removesuffix("visual.json") + "mobile.json")
    return {} if found is None else mapping(decode(parts.read(found), found), "the part")  # its lines are no one's


def _sound_container(item: Tree, mobile: Tree, part: str, named: saved.Named) -> Container:
    what, frame = "the visual's format", "visualContainerObjects"
    name, parent = text(item.get("name")) or part.split("/")[-2], text(item.get("parentGroupName"))
    hidden = item.get("isHidden") is True
    if item.get("visualGroup") is not None:
        return Container(name, "", part, hidden=hidden, parent=parent)
    visual = mapping(item.get("visual"), "the visual")
    if not text(visual.get("visualType")):
        return Container(name, "unknown", part, problems=("a kind of container that is not known",))
    query = mapping(visual.get("query"), "the visual's query")
    state = mapping(query.get("queryState"), "the visual's query")
    wells = {role: mapping(well, "the visual's wells") for role, well in state.items()}
    projections = tuple(_projection(role, p) for role, well in wells.items() for p in _well(well, "projections"))
    named.add(visual, line_of(item, "name"))
    return Container(
        id=name,
        type=text(visual.get("visualType")),
        part=part,
        hidden=hidden,
        parent=parent,
        projections=saved.expanded(projections, visual.get("expansionStates")),
        cards=_cards(item),
        objects=saved.with_mobile(mapping(visual.get("objects"), what), mapping(mobile.get("objects"), what)),
        frame=saved.with_mobile(mapping(visual.get(frame), what), mapping(mobile.get(frame), what)),
        sync_group=text(dig(visual, "syncGroup", "groupName")),
        parameters=tuple(
            FieldParameter(role, mapping(p.get("parameterExpr"), "a field parameter"))
            for role, well in wells.items()
            for p in _well(well, "fieldParameters")
        ),
        ignores=_ignores(item, part, name),
    )


def _ignores(holder: Tree, part: str, owner: str) -> tuple[Ignore, ...]:
    return tuple(
        Ignore(part, owner, text(note.get("value")), line_of(note, "value", "name") or None)
        for note in mappings(holder.get("annotations"), "a list of annotations")
        if note.get("name") == IGNORE
    )


def _well(well: Tree, key: str) -> tuple[Tree, ...]:
    return mappings(well.get(key), "the visual's wells")


def _projection(role: str, item: Tree) -> Projection:
    active, field = item.get("active"), item.get("field")
    return Projection(
        role=role,
        ref=text(item.get("queryRef")),
        tree=None if field is None else mapping(field, "a visual's field"),
        active=active if isinstance(active, bool) else None,
        caption=text(item.get("displayName")) or text(item.get("nativeQueryRef")),
    )


def _cards(holder: Tree) -> tuple[Card, ...]:
    config = mapping(holder.get("filterConfig"), "the filters")
    return tuple(_card(item) for item in mappings(config.get("filters"), "a list of filters"))


def _card(item: Tree) -> Card:
    field = item.get("field")
    definition = mapping(item.get("filter"), "a filter's condition")
    return Card(
        name=text(item.get("name")),
        field=None if field is None else mapping(field, "a filter's field"),
        definition=definition if restricts(definition) else None,
        created=_CREATED.get(text(item.get("howCreated")), "auto"),
        type=text(item.get("type")),
        hidden=item.get("isHiddenInViewMode") is True,
        locked=item.get("isLockedInViewMode") is True,
        state=item,
        line=line_of(item, "name"),
    )


def _bookmarks(parts: Parts, unread: list[UnreadPart]) -> Iterator[Bookmark]:
    for part in parts.names():
        if part.startswith(f"{ROOT}/bookmarks/") and part.endswith(".bookmark.json"):
            try:
                state = _object(parts, part)
            except Unreadable as error:
                unread.append(UnreadPart(part, f"the bookmark can't be read: {error.reason}"))
            else:
                yield Bookmark(text(state.get("displayName")), part, state, line_of(state, "displayName"))


def _extensions(parts: Parts, unread: list[UnreadPart]) -> list[Tree]:
    part = parts.find(f"{ROOT}/reportExtensions.json")
    if part is None:
        return []
    try:
        return [_object(parts, part)]
    except Unreadable as error:
        unread.append(UnreadPart(part, f"the report's own measures can't be read: {error.reason}"))
        return []


def _object(parts: Parts, part: str) -> Tree:
    found = parts.find(part)
    if found is None:
        raise Unreadable("the part is missing", part=part)
    return mapping(decode(parts.read(found), part, lined=is_text(parts)), "the part")
