"""A data source: its tables with their stores, its connections, whether its rows are at hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.model import Connection, Relationship, Table, TableColumn
from linter.parsers.tableau import stores
from linter.parsers.tableau.names import bare, parts, text_of
from linter.parsers.tableau.relations import TYPES, Physical, Tables, read_columns, read_tables, resolve_ties
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

    from linter.parsers.tableau.container import Container

PARAMETERS = "Parameters"
"""The name of the data source that holds the parameters."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The physical side of a data source."""

    delivery: stores.Delivery
    reason: str
    tables: tuple[Table, ...]
    relationships: tuple[Relationship, ...]
    columns: dict[str, Physical]  # by the field's internal name
    objects: dict[str, str]  # object id -> table id
    joined: bool = False
    extracted: bool = False


def read_rows(container: Container, datasource: etree._Element) -> Rows:
    """Tables, columns and stores of a data source; an enabled extract replaces its connection."""
    extract = datasource.find("extract")
    connection = datasource.find("connection")
    extracted = extract is not None and extract.get("enabled") == "true" and extract.find("connection") is not None
    if extracted and extract is not None:
        connection = extract.find("connection")
    if connection is None:
        return Rows("missing", "the data source has no connection", (), (), {}, {})
    tables = read_tables(datasource, connection, "extract" if extracted else "")
    columns = read_columns(connection, tables.leaves)
    if not extracted and len(tables.leaves) > 1:
        columns = one_collation(columns)
    placed = {name: _place(container, connection, leaf, extracted=extracted) for name, leaf in tables.leaves.items()}
    ready = {name for name, outcome in placed.items() if outcome.store is not None and outcome.store.kind == "hyper"}
    if not extracted:
        columns = as_chosen(columns, datasource, ready)
    delivery, reason = _overall(tables, placed)
    captions = dict(tables.captions)
    return Rows(
        delivery=delivery,
        reason=reason,
        tables=tuple(
            _table(name, captions.get(name, ""), leaf, placed[name], columns) for name, leaf in tables.leaves.items()
        ),
        relationships=resolve_ties(tables, columns),
        columns={c.local: c for c in columns},
        objects=_objects(datasource, tables),
        joined=tables.joined,
        extracted=extracted,
    )


def one_collation(columns: tuple[Physical, ...]) -> tuple[Physical, ...]:
    """The columns with the most common collation of the source: engines don't compare text of different ones."""
    found = Counter(column.collation for column in columns if column.collation)
    if len(found) < 2:
        return columns
    common = found.most_common(1)[0][0]
    return tuple(replace(c, collation=common) if c.collation else c for c in columns)


def as_chosen(columns: tuple[Physical, ...], datasource: etree._Element, ready: set[str]) -> tuple[Physical, ...]:
    """The columns of files with the types chosen in the data pane: text is read as them, or they as text.

    Tables that are ``ready`` have typed values; numbers of another kind stay what they are.
    """
    retyped = datasource.iterfind("column[@datatype-customized='true']")
    chosen = {bare(e.get("name", "")): TYPES.get(e.get("datatype", ""), "other") for e in retyped}

    def read(column: Physical) -> Physical:
        kind = chosen.get(column.local, "other")
        fits = column.table not in ready and "text" in {column.type, kind} and kind != "other"
        return replace(column, type=kind) if fits else column

    return tuple(read(column) for column in columns)


def read_connections(datasource: etree._Element) -> tuple[Connection, ...]:
    """Every place a data source names as the origin of its rows, with custom and initial SQL."""
    found = []
    for element in datasource.iter("connection"):
        directory, file = element.get("directory", ""), element.get("filename", "")
        query = element.get("one-time-sql", "")
        made = Connection(
            kind=element.get("class", ""),
            server=element.get("server", ""),
            database=element.get("dbname", ""),
            path=f"{directory}/{file}" if directory and file else directory or file,
            username=element.get("username", ""),
            query=query,
        )
        if made.kind != "federated":
            found.append(made)
    found.extend(
        Connection("custom-sql", query=text_of(relation).strip())
        for relation in datasource.iter("relation")
        if relation.get("type") == "text"
    )
    return tuple(dict.fromkeys(found))


def _place(container: Container, connection: etree._Element, leaf: etree._Element, *, extracted: bool) -> stores.Placed:
    if extracted:
        if leaf.get("type", "table") != "table":
            return stores.Placed("unreadable", reason=f"an extract table of type {leaf.get('type')!r}")
        return stores.of_extract(container, connection, leaf)
    if leaf.get("type") == "union":
        members = [_place(container, connection, inner, extracted=False) for inner in leaf.iterfind("relation")]
        return stores.of_union(members)
    return stores.of_relation(container, _named(connection, leaf), leaf)


def _named(connection: etree._Element, leaf: etree._Element) -> etree._Element:
    """The connection a leaf relation belongs to: a named one of a federation, or the only one."""
    wanted = leaf.get("connection") or next((r.get("connection") for r in leaf.iter("relation")), None)
    named = {n.get("name"): n.find("connection") for n in connection.iterfind("named-connections/named-connection")}
    found = named.get(wanted)
    if found is None and len(named) == 1:
        found = next(iter(named.values()))
    return connection if found is None else found


def _overall(tables: Tables, placed: dict[str, stores.Placed]) -> tuple[stores.Delivery, str]:
    """The delivery of the whole source: that of its worst table."""
    if tables.problem and len(tables.leaves) != 1:
        return "unreadable", tables.problem
    for worst in ("live", "missing", "unreadable"):
        for outcome in placed.values():
            if outcome.delivery == worst:
                return outcome.delivery, outcome.reason
    return "embedded", ""


def _table(
    name: str, caption: str, leaf: etree._Element, placed: stores.Placed, columns: tuple[Physical, ...]
) -> Table:
    return Table(
        id=name,
        caption=caption or name,
        columns=tuple(
            TableColumn(c.local, c.remote, c.type, collation=c.collation) for c in columns if c.table == name
        ),
        store=placed.store,
        unread=None if placed.store else placed.reason,
        origin=leaf.get("table", "") or (leaf.text or "").strip(),
    )


def _objects(datasource: etree._Element, tables: Tables) -> dict[str, str]:
    """Logical tables (the object ids that ``COUNT(table)`` names) by the table that carries them."""
    found = {}
    only = next(iter(tables.leaves)) if len(tables.leaves) == 1 else None
    for item in datasource.iterfind("object-graph/objects/object"):
        names = [r.get("name", "") for r in item.iter("relation")]
        table = next((n for n in reversed(names) if n in tables.leaves), only)
        if table is not None:
            found[item.get("id", "")] = table
    return found


def table_count_object(name: str) -> str | None:
    """The object id of ``[__tableau_internal_object_id__].[object]``, None for any other name."""
    names = parts(name)
    return names[1] if len(names) == 2 and names[0] == "__tableau_internal_object_id__" else None
