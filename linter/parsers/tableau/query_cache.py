"""Results of queries that Tableau keeps in a package: what was asked, and how many rows it still holds.

A cache outlives the extract that it was made from. Each entry is a ``.key``, which describes the
query, beside a ``.bin`` with its result. Layout of a result, as found in workbooks of 9.0 to 2021.1
(all numbers little-endian): a header, then cells of a type (1 byte), a 1 for null (1 byte), ``FF FF``
and, unless null, a length (4 bytes) and that many bytes. In version 3 the first cell is the number
of columns, each column is described by some twenty cells that end with its name in brackets (plain
fields add the table and its id), and the rows follow, cell by cell. In version 1 each column is
described by one cell of XML.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import struct
from dataclasses import field
from typing import TYPE_CHECKING

from lxml import etree

from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

Cell = int | float | str | bool | dt.datetime | None

_CACHE = re.compile(r"(TwbxExternalCache|ExternalCacheV\d+)/", re.IGNORECASE)
_FIELD = re.compile(r"<field>(\[[^<]*\])</field>|<output column='(?:\[[^\]]*\]\.)?(\[[^']*\])'")
_DAY, _JULIAN = 864_000_000, 1_721_424
"""Moments count tenths of milliseconds from day zero of the Julian calendar."""

_MAGIC = b"\x7a\xb1\xea\x08"


@dataclass(frozen=True, slots=True)
class Asked:
    """One column of a cached query: its name there, the aggregate (empty for a grouping), the field.

    ``field`` is empty where it is computed by more than one aggregate of one field.
    """

    name: str
    aggregate: str
    field: str


@dataclass(frozen=True, slots=True)
class CachedQuery:
    """An entry: the fields it names, its groupings and measures, whether it filters, and its rows.

    ``rows`` is None where the result is not understood. ``database`` is the extract it was asked of.
    """

    fields: tuple[str, ...]
    groups: tuple[Asked, ...] = ()
    measures: tuple[Asked, ...] = ()
    filtered: bool = False
    database: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] | None = field(default=None, repr=False)


def is_cache(member: str) -> bool:
    """Whether a member of the package belongs to a query cache."""
    return bool(_CACHE.search(member))


def read_entry(key: bytes, result: bytes | None) -> CachedQuery:
    """One entry; nothing of it is guessed: what is not understood stays empty."""
    text = key.decode("utf-8", "replace")
    plain = text
    for mark, sign in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'")):
        plain = plain.replace(mark, sign)
    fields = tuple(dict.fromkeys(a or b for a, b in _FIELD.findall(plain)))
    query = logical_query(text)
    columns, rows = _result(result) if result is not None else ((), None)
    if query is None:
        return CachedQuery(fields, columns=columns, rows=rows)
    return CachedQuery(
        fields,
        tuple(_asked(b) for b in query.iterfind(".//groupbys/binding")),
        tuple(_asked(b) for b in query.iterfind(".//measures/binding")),
        any(True for tag in ("predicate", "topOp", "havingOp") for _ in query.iter(tag)),
        _attribute(text, "dbname"),
        columns,
        rows,
    )


def logical_query(text: str) -> etree._Element | None:
    """The query inside the key, which itself is no proper XML; None for other versions."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(_attribute(text, "ec-logical-query").encode(), parser)
    except etree.XMLSyntaxError:
        return None


def _attribute(text: str, name: str) -> str:
    found = re.search(rf" {name}='([^']*)'", text)
    return html.unescape(found[1]) if found else ""


def _asked(binding: etree._Element) -> Asked:
    """A grouping or measure; widening an integer changes nothing."""
    name, inner = binding.get("name", ""), next(iter(binding), None)
    aggregate = ""
    if inner is not None and inner.tag == "funcallExp" and inner.get("shape") == "aggregate":
        aggregate, inner = inner.get("function", ""), next(iter(inner), None)
    while inner is not None and inner.get("function") == "$EXTEND_INT$":
        inner = next(iter(inner), None)
    if inner is not None and inner.tag == "literalExp":
        return Asked(name, aggregate, inner.get("value", ""))
    return Asked(name, aggregate, "" if inner is None else inner.get("identifier", ""))


def _result(content: bytes) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...] | None]:
    """Names of the columns and the rows; None instead of rows that don't come out even."""
    if content[:4] != _MAGIC:
        return (), None
    try:
        cells = list(_cells(content, 12 if content[14:16] == b"\xff\xff" else 20))
        count = int(str(cells[0]))
        names, start = _described(cells, count)
    except (IndexError, ValueError, TypeError, OverflowError, struct.error, UnicodeDecodeError, etree.XMLSyntaxError):
        return (), None
    if not count or (len(cells) - start) % count:
        return names, None
    return names, tuple(tuple(cells[at : at + count]) for at in range(start, len(cells), count))


def _described(cells: list[Cell], count: int) -> tuple[tuple[str, ...], int]:
    """Names of the columns and where the rows start."""
    names: list[str] = []
    at = 1
    for _ in range(count):
        first = cells[at]
        if isinstance(first, str) and first.startswith("<metadata-record"):
            record = etree.fromstring(first.strip().encode())
            names.append(f"[{record.findtext('remote-name')}]")
            at += 1
            continue
        at = next(i for i in range(at + 2, len(cells)) if _bracketed(cells[i : i + 1]))
        names.append(str(cells[at]))
        at += 3 if _bracketed(cells[at + 2 : at + 3]) else 1
    return tuple(names), at


def _bracketed(found: list[Cell]) -> bool:
    cell = found[0] if found else None
    return isinstance(cell, str) and cell.startswith("[") and cell.endswith("]")


def _cells(content: bytes, at: int) -> Iterator[Cell]:
    while at < len(content):
        kind, null, mark = struct.unpack_from("<BBH", content, at)
        if mark != 0xFFFF:
            raise ValueError("not a cell")
        if null:
            yield None
            at += 4
            continue
        (length,) = struct.unpack_from("<I", content, at + 4)
        at += 8
        if at + length > len(content):
            raise ValueError("not a cell")
        yield _value(kind, content[at : at + length])
        at += length


def _value(kind: int, payload: bytes) -> Cell:
    match kind:
        case 0:
            return int.from_bytes(payload, "little", signed=True)
        case 1:
            return float(struct.unpack("<d", payload)[0])
        case 2:
            return payload.decode("utf-16-le")
        case 3:
            day, part = divmod(int.from_bytes(payload, "little"), _DAY)
            return dt.datetime.fromordinal(day - _JULIAN) + dt.timedelta(milliseconds=part / 10)
        case 4:
            return payload != b"\0"
        case _:
            raise ValueError("a cell of an unknown type")
