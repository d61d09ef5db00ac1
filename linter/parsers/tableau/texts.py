"""Typed and saved text: titles, captions, annotations, aliases, member lists, caches, thumbnails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.errors import Unreadable
from linter.model import Text, UnreadPart
from linter.parsers.tableau.filters import saved_members
from linter.parsers.tableau.names import text_of
from linter.parsers.tableau.query_cache import is_cache, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from linter.parsers.tableau.container import Container

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_SERVER = re.compile(r"[A-Za-z][\w+.-]*://[^/?#]+")
MAX_CACHE = 16 << 20
"""Bytes of a cache entry that are read."""


def read_texts(root: etree._Element, part: str) -> Iterator[Text]:
    """All text of the document that readers get, by place; lists of members are one text per list."""
    for sheet in root.iterfind("worksheets/worksheet"):
        name = sheet.get("name", "")
        yield from _layout(sheet, part, f"worksheet {name}")
        yield from _worksheet(sheet, part, f"worksheet {name}")
    for dashboard in root.iterfind("dashboards/dashboard"):
        yield from _dashboard(dashboard, part, f"dashboard {dashboard.get('name', '')}")
    for datasource in [root] if root.tag == "datasource" else root.iterfind("datasources/datasource"):
        yield from _datasource(datasource, part)
    for view in root.iterfind("shared-views/shared-view"):
        for element in view.iterfind("filter"):
            yield from _made(part, f"saved filter members, shared, {element.get('column', '')}", saved_members(element))
    yield from _windows(root, part)
    for thumbnail in root.iterfind("thumbnails/thumbnail"):
        yield Text(part, "thumbnail", thumbnail.get("name", ""))
    published = [root.get(_BASE, ""), *(e.get("derived-from", "") for e in root.iter("repository-location"))]
    for server in dict.fromkeys(found[0] for address in published if (found := _SERVER.match(address))):
        yield Text(part, "server address", server)


def read_caches(container: Container) -> Iterator[Text | UnreadPart]:
    """Cached query results in the package: the fields that each names, and how many rows it holds."""
    for member in container.members():
        if not is_cache(member) or not member.lower().endswith(".key") or container.archive is None:
            continue
        try:
            key = container.archive.read(member, MAX_CACHE)
            held = container.archive.find(member[: -len(".key")] + ".bin")
            result = None if held is None or "Timestamps" in member else container.archive.read(held, MAX_CACHE)
        except Unreadable as error:
            yield UnreadPart(member, error.reason)
            continue
        entry = read_entry(key, result)
        yield Text(member, "query cache", "\n".join(entry.fields))
        if entry.rows is not None:
            yield Text(member, "rows of the query cache", str(len(entry.rows)))


def _layout(element: etree._Element, part: str, where: str) -> Iterator[Text]:
    for tag in ("title", "caption"):
        for found in element.iterfind(f"layout-options/{tag}"):
            yield from _made(part, f"{tag} of {where}", [_plain(found)])


def _worksheet(sheet: etree._Element, part: str, where: str) -> Iterator[Text]:
    for annotation in sheet.iter("annotation"):
        yield from _made(part, f"annotation in {where}", [_plain(annotation)])
        values = [v.text or "" for v in annotation.iterfind(".//tuple/value")]
        yield from _made(part, f"annotated mark in {where}", values)
    for tooltip in sheet.iter("customized-tooltip"):
        yield from _made(part, f"tooltip in {where}", [_plain(tooltip)])
    for element in sheet.iterfind("table/view/filter"):
        yield from _made(part, f"saved filter members in {where}, {element.get('column', '')}", saved_members(element))
    for tag, what in (("manual-sort", "saved manual sort"), ("sort", "saved manual sort")):
        for sort in sheet.iterfind(f"table/view/{tag}"):
            field = sort.get("column", "")
            yield from _made(part, f"{what} in {where}, {field}", [b.text or "" for b in sort.iter("bucket")])
    for encoding in sheet.iterfind(".//style//encoding"):
        yield from _made(part, f"saved color or shape map in {where}, {encoding.get('field', '')}", _buckets(encoding))
    labelled = [v.text or "" for v in sheet.iterfind(".//mark-label//tuple/value")]
    yield from _made(part, f"annotated mark in {where}", labelled)
    yield from _state(sheet, part, where)


def _windows(root: etree._Element, part: str) -> Iterator[Text]:
    """What was selected when the workbook was saved, in the sheet's own window and on dashboards."""
    for window in root.iterfind("windows/window"):
        for view in window.iter("viewpoint"):
            holder = view.getparent()
            name = view.get("name") or (holder.get("name") if holder is not None else "") or window.get("name", "")
            yield from _state(view, part, f"worksheet {name}")


def _state(element: etree._Element, part: str, where: str) -> Iterator[Text]:
    """The marks and headers selected, and the page turned to."""
    for state in element.iter("selection-collection", "current-page"):
        yield from _made(part, f"saved selection in {where}", [v.text or "" for v in state.iter("value", "bucket")])


def _dashboard(dashboard: etree._Element, part: str, where: str) -> Iterator[Text]:
    yield from _layout(dashboard, part, where)
    for zone in dashboard.iter("zone"):
        for run in zone.iterfind("formatted-text"):
            yield from _made(part, f"text zone of {where}", [_plain(run)])
    pictures = [z.get("param", "") for z in dashboard.iter("zone") if "bitmap" in {z.get("type"), z.get("type-v2")}]
    yield from _made(part, f"picture on {where}", pictures)
    for point in dashboard.iter("story-point"):
        yield from _made(part, f"story caption of {where}", [point.get("caption", "")])
        for element in point.iter("filter"):
            field = element.get("column", "")
            yield from _made(part, f"captured filter members of {where}, {field}", saved_members(element))
        yield from _made(part, f"captured selection of {where}", [v.text or "" for v in point.iter("value", "bucket")])


def _datasource(datasource: etree._Element, part: str) -> Iterator[Text]:
    where = datasource.get("caption") or datasource.get("name", "")
    for column in datasource.iterfind("column"):
        field = column.get("caption") or column.get("name", "")
        aliases = [f"{a.get('key', '')} = {a.get('value', '')}" for a in column.iterfind("aliases/alias")]
        yield from _made(part, f"aliases of {field} in {where}", aliases)
        members = [m.get("value", "") for m in column.iterfind("members/member")]
        yield from _made(part, f"members of {field} in {where}", members)
        description = column.find("desc")
        yield from _made(
            part, f"description of {field} in {where}", [] if description is None else [_plain(description)]
        )
        groups = [v.text or "" for v in column.iterfind("calculation/bin/value")]
        yield from _made(part, f"members of the group {field} in {where}", groups)
    for group in datasource.iterfind("group"):
        name = group.get("caption") or group.get("name", "")
        yield from _made(part, f"members of the set {name} in {where}", saved_members(group))
        users = [
            g.get("expression", "") for g in group.iter("groupfilter") if "USER" in g.get("expression", "").upper()
        ]
        yield from _made(part, f"users of the user filter {name} in {where}", users)
    for element in (*datasource.iterfind("filter"), *datasource.iterfind("extract/filter")):
        yield from _made(part, f"saved filter members of {where}, {element.get('column', '')}", saved_members(element))
    for sort in datasource.iterfind("default-sorts/*"):
        field = sort.get("column", "")
        yield from _made(part, f"saved manual sort of {where}, {field}", [b.text or "" for b in sort.iter("bucket")])
    for encoding in datasource.iterfind(".//style//encoding"):
        yield from _made(part, f"saved color or shape map of {where}, {encoding.get('field', '')}", _buckets(encoding))
    for record in datasource.iter("metadata-record"):
        statistics = [f"{s.get('aggregation')} {s.text}" for s in record.iterfind("statistics/statistic")]
        yield from _made(part, f"column statistics of {record.findtext('remote-name')} in {where}", statistics)


def _buckets(encoding: etree._Element) -> list[str]:
    return [b.text or "" for b in encoding.iterfind("map//bucket")]


def _made(part: str, where: str, lines: list[str] | tuple[str, ...]) -> Iterator[Text]:
    kept = [line.strip() for line in lines if line and line.strip()]
    if kept:
        yield Text(part, where, "\n".join(dict.fromkeys(kept)))


def _plain(element: etree._Element) -> str:
    return " ".join(text_of(element).replace("\u00c6", " ").split())
