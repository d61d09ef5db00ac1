"""Where the rows of a leaf relation lie, or why they can't be had."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from lxml import etree
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from linter.errors import Unreadable
from linter.model import Store
from linter.parsers.tableau.container import HYPER, TDE
from linter.parsers.tableau.names import parts, text_of
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.parsers.tableau.container import Container, Located

TDE_REASON = "the extract has the old TDE format, which can't be inspected"
TDE_FIX = "open and save the workbook in Tableau 2022.4, or supply the source"

Delivery = Literal["embedded", "live", "missing", "unreadable"]

EXTRACTS = {"hyper", "dataengine"}
FLAT = {"textscan": "csv", "excel-direct": "excel", "excel": "excel"}
FILES = {"msaccess", "ogrdirect", "semistructpassivestore-direct", "stat-direct", "pdf-direct", "textclean"}
"""Connections to files that are not read."""

_SHAPES = {
    "text": "custom SQL on files",
    "pivot": "a pivot of files",
    "project": "a reshaped file",
    "join": "a join inside a table that is related to others",
    "stored-proc": "a stored procedure",
}
_MADE_LATER = "without an extract is not recomputed yet; create an extract"


@dataclass(frozen=True, slots=True)
class Placed:
    """The outcome for one table: a store, or a reason."""

    delivery: Delivery
    store: Store | None = None
    reason: str = ""


def of_extract(container: Container, connection: etree._Element, table: etree._Element) -> Placed:
    """The rows of one table of an extract (Hyper, or the older TDE)."""
    path = connection.get("dbname", "") or connection.get("filename", "")
    located = container.locate(path)
    if located is None:
        return Placed("missing", reason="the extract is not in the file")
    try:
        head = container.head(located)
    except Unreadable as error:
        return Placed("unreadable", reason=f"the extract can't be read: {error.reason}")
    if head.startswith(TDE):
        return Placed("unreadable", reason=f"{TDE_REASON}: {TDE_FIX}")
    if not head.startswith(HYPER):
        return Placed("unreadable", reason="the extract is in no known format")
    name = parts(table.get("table", "")) or (connection.get("schema", "Extract"), "Extract")
    return Placed("embedded", Store("hyper", located.member, name, beside=located.beside))


def of_union(members: list[Placed]) -> Placed:
    """The rows of a union: those of its members, all of which must be flat files."""
    found = [member.store for member in members if member.store is not None]
    unread = next((member for member in members if member.store is None), None)
    if unread is not None:
        return unread
    if not found:
        return Placed("unreadable", reason=f"a union of files found by a pattern {_MADE_LATER}")
    if any(store.kind not in {"csv", "excel"} for store in found):
        return Placed("unreadable", reason="a union of extracts")
    named = [replace(s, table=(s.member.rpartition("/")[2],)) if s.kind == "csv" else s for s in found]
    return Placed("embedded", replace(named[0], also=tuple(named[1:])))


def of_relation(container: Container, connection: etree._Element, relation: etree._Element) -> Placed:
    """The rows of a leaf relation of a connection that is not extracted."""
    kind = connection.get("class", "")
    if kind == "sqlproxy":
        return Placed("live", reason="the data source is published on a server and not in the file")
    is_file = kind in EXTRACTS or kind in FLAT or kind in FILES
    if not is_file:
        return Placed("live", reason=f"the rows are in a live connection ({kind or 'unknown'})")
    located = container.locate(_path(connection))
    if located is None:
        return Placed("missing", reason="the source file is not packaged and not beside the workbook")
    shape = relation.get("type", "table")
    if shape == "text" and kind in FLAT and (table := whole_table(text_of(relation))) is not None:
        return _flat(kind, connection, table, located)
    if shape != "table":
        return Placed("unreadable", reason=f"{_SHAPES.get(shape, f'a relation of type {shape!r}')} {_MADE_LATER}")
    if kind in EXTRACTS:
        return of_extract(container, connection, relation)
    if kind in FILES:
        return Placed("unreadable", reason=f"files of this kind ({kind}) are not read; create an extract")
    return _flat(kind, connection, relation, located)


def whole_table(query: str) -> etree._Element | None:
    """The table that custom SQL on a file merely reads: ``SELECT * FROM [Sheet$]`` or plain columns of it.

    Anything that filters, joins, groups, renames or computes is None: not understood here.
    """
    try:
        parsed = parse_one(query, dialect="tsql")
    except SqlglotError:
        return None
    tables = list(parsed.find_all(exp.Table))
    plain = all(isinstance(column, exp.Column | exp.Star) for column in parsed.expressions)
    clauses = {name for name, value in parsed.args.items() if value} - {"expressions", "from", "from_", "kind"}
    single = len(tables) == 1 and len(list(parsed.find_all(exp.Select))) == 1 and not tables[0].alias
    if not isinstance(parsed, exp.Select) or not single or not plain or clauses:
        return None
    relation = etree.Element("relation", {"table": f"[{tables[0].name}]"})
    etree.SubElement(relation, "columns", {"header": "yes"})
    return relation


def _flat(kind: str, connection: etree._Element, relation: etree._Element, located: Located) -> Placed:
    columns = relation.find("columns")
    declared = {} if columns is None else {str(k): str(v) for k, v in columns.attrib.items()}
    header = declared.get("header", "yes") != "no"
    if kind == "textscan":
        store = Store(
            "csv",
            located.member,
            beside=located.beside,
            separator=declared.get("separator"),
            encoding=declared.get("character-set"),
            header=header,
            locale=declared.get("locale", ""),
        )
        return Placed("embedded", store)
    if connection.get("cleaning") == "yes":
        return Placed("unreadable", reason=f"a sheet cleaned by the data interpreter {_MADE_LATER}")
    name = _sheet(relation.get("table", ""), declared.get("gridOrigin", ""))
    return Placed("embedded", Store("excel", located.member, name, beside=located.beside, header=header))


def _sheet(table: str, origin: str) -> tuple[str, ...]:
    """Sheet or named range of ``['My Sheet$']``, with the cell range if it doesn't start at A1.

    Tableau writes a dot in a sheet's name as ``#``.
    """
    name = parts(table)[-1] if parts(table) else table
    if len(name) >= 2 and name[0] == name[-1] == "'":
        name = name[1:-1].replace("''", "'")
    sheet, dollar, cells = name.rpartition("$")
    if not dollar:
        return (name,)
    sheet = sheet.replace("#", ".")
    grid = re.match(r"([A-Z]+\d+):([A-Z]+\d+)", origin)
    if cells:
        return (sheet, cells)
    if grid and grid[1] != "A1":
        return (sheet, grid[0])
    return (sheet,)


def _path(connection: etree._Element) -> str:
    directory, file = connection.get("directory", ""), connection.get("filename", "")
    file = file or connection.get("dbname", "")
    return f"{directory.rstrip('/')}/{file}" if directory else file
