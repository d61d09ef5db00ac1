"""The legacy report: one ``Report/Layout`` (in projects ``report.json``) with JSON inside strings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from linter.errors import Unreadable
from linter.json_tree import (
    Tree,
    decode,
    dig,
    line_of,
    mapping,
    mappings,
    nested,
    number,
    text,
)
from linter.model import Text, UnreadPart
from linter.parsers.powerbi import saved
from linter.parsers.powerbi.query import aliases, flag_of, restricts, with_entities
from linter.parsers.powerbi.record import (
    LEGACY_CREATED,
    Bookmark,
    Card,
    Container,
    FieldParameter,
    PageRecord,
    Projection,
    ReportMeasure,
    ReportRecord,
)

_INTERACTIONS: dict[float, str] = {1: "DataFilter", 2: "HighlightFilter", 3: "NoFilter"}
_TOOLTIP, _DRILL_THROUGH = 1, 2  # the page's ``type``
_HIDDEN = 1  # the page's ``visibility``


def read(data: bytes, part: str, *, lined: bool = False) -> ReportRecord:
    """The report in those bytes, with lines if these mean something to a reader.

    Raises:
        Unreadable: the part as a whole is damaged; damaged pages and visuals are among ``unread``
            or carry problems.
    """
    layout = mapping(decode(data, part, lined=lined), "the report")
    config = mapping(nested(layout, "config", part), "the report's configuration")
    unread: list[UnreadPart] = []
    pages: list[PageRecord] = []
    texts: list[Text] = []
    for section in mappings(layout.get("sections"), "the report's list of pages"):
        try:
            pages.append(_page(section, part, texts))
        except Unreadable as error:
            name = text(section.get("displayName"), "?")
            unread.append(UnreadPart(part, f"page {name!r} can't be read: {error.reason}"))
    return ReportRecord(
        part=part,
        settings=mapping(config.get("settings"), "the report's settings"),
        settings_line=line_of(layout, "config"),
        pages=tuple(pages),
        cards=_cards(layout, part),
        pane_hidden=flag_of(mapping(config.get("objects"), "the report's format"), "outspacePane", "visible") is False,
        bookmarks=tuple(replace(b, line=line_of(layout, "config")) for b in _bookmarks(config.get("bookmarks"), part)),
        measures=measures(config.get("modelExtensions")),
        texts=tuple(texts),
        unread=tuple(unread),
    )


def measures(extensions: object) -> tuple[ReportMeasure, ...]:
    """The measures that a report adds to its model."""
    return tuple(
        ReportMeasure(
            text(entity.get("name")),
            text(measure.get("name")),
            text(measure.get("expression")),
            measure.get("hidden") is True,
        )
        for extension in mappings(extensions, "the report's own measures")
        for entity in mappings(extension.get("entities"), "the report's own measures")
        for measure in mappings(entity.get("measures"), "the report's own measures")
    )


def _bookmarks(value: object, part: str) -> list[Bookmark]:
    found: list[Bookmark] = []
    for item in mappings(value, "the list of bookmarks"):
        found.append(Bookmark(text(item.get("displayName")), part, item))
        found.extend(_bookmarks(item.get("children"), part))  # bookmarks may lie in groups
    return found


def _page(section: Tree, part: str, texts: list[Text]) -> PageRecord:
    config = mapping(nested(section, "config", part), "the page's configuration")
    page = text(section.get("displayName"))
    cards = _cards(section, part)
    drill = any(card.created == "drill_through" for card in cards) or config.get("type") == _DRILL_THROUGH
    return PageRecord(
        id=text(section.get("name")),
        name=page,
        part=part,
        kind="tooltip" if config.get("type") == _TOOLTIP else "drill_through" if drill else "page",
        hidden=config.get("visibility") == _HIDDEN,
        width=number(section.get("width")),
        height=number(section.get("height")),
        cards=cards,
        containers=tuple(
            _container(item, part, f"{text(section.get('name'))}/{position}", saved.Named(page, part, texts))
            for position, item in enumerate(mappings(section.get("visualContainers"), "the page's list of visuals"))
        ),
        interactions={
            (text(r.get("source")), text(r.get("target"))): _INTERACTIONS.get(number(r.get("type")), "")
            for r in mappings(config.get("relationships"), "the page's interactions")
        },
        bound=tuple(c.field for c in cards if c.created == "drill_through" and c.field is not None),
        line=line_of(section, "displayName", "name"),
    )


def _container(item: Tree, part: str, place: str, named: saved.Named) -> Container:
    """One container. ``place`` stands in for an id that is missing or damaged."""
    try:
        return replace(_sound_container(item, part, place, named), box=box(item), line=line_of(item, "config"))
    except Unreadable as error:
        return Container(place, "unknown", part, problems=(f"the visual can't be read: {error.reason}",))


def box(place: object) -> tuple[float, float, float, float]:
    """Left, top, width and height of a container, 0 where they aren't stated."""
    return number(dig(place, "x")), number(dig(place, "y")), number(dig(place, "width")), number(dig(place, "height"))


def _sound_container(item: Tree, part: str, place: str, named: saved.Named) -> Container:
    config = mapping(nested(item, "config", part), "the visual's configuration")
    name, parent = text(config.get("name")) or place, text(config.get("parentGroupName"))
    group = config.get("singleVisualGroup")
    if group is not None:
        return Container(name, "", part, hidden=dig(group, "isHidden") is True, parent=parent)
    visual = mapping(config.get("singleVisual"), "the visual")
    if not text(visual.get("visualType")):
        return Container(name, "unknown", part, problems=("a kind of container that is not known",))
    what = "the visual's format"
    mobile = mapping(dig(config, "layouts", 1), "the layout for phones")
    named.add(visual, line_of(item, "config"))
    out_of_step = saved.out_of_step(item, visual, part)
    return Container(
        id=name,
        type=text(visual.get("visualType")),
        part=part,
        problems=(out_of_step,) if out_of_step else (),
        hidden=dig(visual, "display", "mode") == "hidden",
        parent=parent,
        projections=saved.expanded(_projections(visual), visual.get("expansionStates")),
        cards=_cards(item, part),
        objects=saved.with_mobile(mapping(visual.get("objects"), what), mapping(mobile.get("objects"), what)),
        frame=saved.with_mobile(mapping(visual.get("vcObjects"), what), mapping(mobile.get("vcObjects"), what)),
        sync_group=text(dig(visual, "syncGroup", "groupName")),
        parameters=tuple(
            FieldParameter(role, mapping(entry.get("expr"), "a field parameter"))
            for role, entries in mapping(visual.get("queryFieldParametersByRole"), "the field parameters").items()
            for entry in mappings(entries, "the field parameters")
        ),
    )


def _projections(visual: Tree) -> tuple[Projection, ...]:
    query = mapping(visual.get("prototypeQuery"), "the visual's query")
    known = aliases(query)
    selected: dict[str, Tree] = {}
    for select in mappings(query.get("Select"), "the visual's query"):
        selected.setdefault(text(select.get("Name")), with_entities(select, known))
    captions = mapping(visual.get("columnProperties"), "the visual's columns")
    found = []
    for role, wells in mapping(visual.get("projections"), "the visual's wells").items():
        for well in mappings(wells, "the visual's wells"):
            ref = text(well.get("queryRef"))
            tree = selected.get(ref)
            caption = text(dig(captions, ref, "displayName")) or text(dig(tree, "NativeReferenceName"))
            active = well.get("active")
            found.append(Projection(role, ref, tree, active if isinstance(active, bool) else None, caption))
    return tuple(found)


def _cards(holder: Tree, part: str) -> tuple[Card, ...]:
    line = line_of(holder, "filters")
    return tuple(_card(item, line) for item in mappings(nested(holder, "filters", part), "a list of filters"))


def _card(item: Tree, line: int) -> Card:
    code: Any = item.get("howCreated")
    known = isinstance(code, int) and 0 <= code < len(LEGACY_CREATED)
    field = item.get("expression")
    definition = mapping(item.get("filter"), "a filter's condition")
    return Card(
        name=text(item.get("name")),
        field=None if field is None else mapping(field, "a filter's field"),
        definition=definition if restricts(definition) else None,
        created=LEGACY_CREATED[code] if known else "auto",
        type=text(item.get("type")),
        hidden=item.get("isHiddenInViewMode") is True,
        locked=item.get("isLockedInViewMode") is True,
        state=item,
        line=line,
    )
