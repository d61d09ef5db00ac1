"""Where rows come from: sources, their tables, relationships and fields."""

from __future__ import annotations

from typing import Literal

from linter.expressions import Column, Expr
from linter.model.filters import Filter
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Store:
    """Where the rows of a table physically lie, enough for ``linter.data`` to open them.

    ``typed`` rows stand in the definition of the model, under a key as ``table`` that the data process gave them.
    """

    kind: Literal["hyper", "vertipaq", "csv", "excel", "typed"]
    member: str  # path inside the container, or beside it when ``beside``
    table: tuple[str, ...] = ()  # physical name: schema and table, sheet name or range
    beside: bool = False
    separator: str | None = None  # csv: as declared, None to sniff
    encoding: str | None = None
    header: bool | None = True  # None: nothing says whether it has one
    locale: str = ""  # of the dates and numbers in a flat file, such as en_GB
    also: tuple[Store, ...] = ()  # the other members of a union: their rows follow, columns matched by name


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One physical column. ``name`` is the model's id, ``physical`` the name in the store."""

    name: str
    physical: str
    type: Literal["text", "integer", "real", "date", "datetime", "boolean", "geometry", "other"] = "other"
    caption: str = ""
    hidden: bool = False
    formula: str | None = None  # a calculated column: its text, already materialised in the store
    rests_on: tuple[Column, ...] = ()  # lineage of a calculated column
    collation: str = ""  # as declared for flat files, such as en_GB_CI; empty: binary
    sort_by: str = ""  # the column of the same table that orders its values
    source_name: str = ""  # what its query calls it, where the model renamed it

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called: by readers, in the model, in the store, in its query; each once."""
        return tuple(dict.fromkeys(n for n in (self.caption, self.name, self.physical, self.source_name) if n))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a source. ``store`` is None when its rows are not in the file (see ``unread``)."""

    id: str
    caption: str
    columns: tuple[TableColumn, ...]
    store: Store | None = None
    hidden: bool = False
    unread: str | None = None  # why the rows can't be had
    origin: str = ""  # file, sheet, query text: evidence of provenance, never printed whole
    calculated: bool = False
    generated: bool = False  # made by the tool itself (auto date table)
    rows_of: str = ""  # a table whose query changes these rows, or that has others besides

    def column(self, name: str) -> TableColumn | None:
        """The column with that id, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Relationship:
    """Rows of the ``many`` table refer to rows of the ``one`` table by equal pairs.

    ``on`` pairs an expression of the many table with one of the one table. ``unique`` False is
    many-to-many. ``join`` is set where the source is a fixed join (see ``Source.joined``).
    """

    many: str
    one: str
    on: tuple[tuple[Expr, Expr], ...]
    active: bool = True
    both_directions: bool = False
    unique: bool = True
    join: Literal["inner", "left", "right", "full"] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """An entry of the data pane: a column, a calculation, a group, a set, a bin, a measure."""

    id: str
    caption: str
    table: str | None
    expr: Expr | None  # None for what has no expression (a table count, generated latitude)
    hidden: bool = False
    kind: Literal["column", "calculation", "measure", "group", "bin", "set", "combined", "other"] = "column"
    formula: str | None = None
    rests_on: tuple[Column, ...] = ()  # base columns at any depth
    via: tuple[str, ...] = ()  # captions of the fields between this one and its base columns
    description: str = ""
    format: str = ""  # of its numbers, as spreadsheets write it: 0.0%, or a formula that yields such a text


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a source says its rows came from. Values may name people and servers: report with care."""

    kind: str
    server: str = ""
    database: str = ""
    path: str = ""
    username: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A drill path from coarse to fine, of field ids or columns."""

    caption: str
    levels: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A data source (Tableau) or a semantic model (Power BI)."""

    id: str
    caption: str
    delivery: Literal["embedded", "live", "template", "missing", "unreadable"]
    tables: tuple[Table, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    fields: tuple[Field, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    filters: tuple[Filter, ...] = ()
    connections: tuple[Connection, ...] = ()
    roles: tuple[str, ...] = ()  # names of row-level security roles or user filters
    reason: str = ""  # why the rows are not at hand, when they are not
    joined: bool = False  # True: relationships are a fixed join, every table takes part always
    case_sensitive: bool = False  # text comparison of the engine that serves readers

    def table(self, table_id: str) -> Table | None:
        """The table with that id, or None."""
        return next((t for t in self.tables if t.id == table_id), None)
