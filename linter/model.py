"""The common model of a workbook, whichever tool made it.

Parsers write it, everything above reads it. One vocabulary for both tools: a *visual* has *layers*
(a pane or map layer in Tableau, a query in Power BI); a layer is a *grain* (grouping expressions),
*bases* (whose rows stand behind a number), *filters* and *totals*. A *control* is anything a reader
can turn: slicer, quick filter, parameter, action, drill-through, hierarchy.

Plain frozen records: no I/O, no third party, nothing lazy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from linter.expressions import TRUE, Column, Expr

Tool = Literal["tableau", "powerbi"]

Role = Literal[
    "rows", "columns", "axis", "legend", "color", "size", "shape", "label", "detail", "tooltip",
    "pages", "path", "angle", "geometry", "small_multiples", "values", "target", "explain_by",
    "slicer", "other",
]  # fmt: skip
"""The shelf or well on which a field lies."""

Stage = Literal["extract", "source", "context", "set", "dimension", "measure", "table_calc"]
"""When a filter works in the order of operations. Up to ``dimension`` it removes rows; ``measure``
and ``table_calc`` filters only hide cells."""

Scope = Literal["source", "report", "page", "visual", "slicer", "action", "drill_through"]


@dataclass(frozen=True, slots=True)
class Store:
    """Where the rows of a table physically lie, enough for ``linter.data`` to open them."""

    kind: Literal["hyper", "vertipaq", "csv", "excel"]
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


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field as it is placed somewhere: what readers see, and the base columns under it.

    ``expr`` is its value in a row; None for a measure and wherever it is not at hand.
    """

    caption: str
    columns: tuple[Column, ...]
    source: str
    via: tuple[str, ...] = ()  # chain of captions down to the base columns, nearest first
    expr: Expr | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Encoding:
    """One field on one shelf. ``groups`` tells whether it splits the marks."""

    role: Role
    use: FieldUse
    groups: bool
    aggregate: str | None = None  # sum, avg, min, ...; None for a grouping or an unaggregated field
    layer: int | None = None  # None: on every layer


@dataclass(frozen=True, slots=True)
class Grouping:
    """One grouping expression of a layer's grain.

    ``drilled`` False marks a level that is on the visual but not expanded in the saved state.
    """

    caption: str
    expr: Expr
    role: Role
    drilled: bool = True


CELL = "\0cell"
"""Table id of the columns that stand for a ``CellValue``, by its name."""


@dataclass(frozen=True, slots=True)
class CellValue:
    """One value per cell that a condition compares with: ``Column(CELL, name)`` stands for it.

    ``keeps`` None: computed from the rows of ``table`` in the cell itself; otherwise only the cell's
    filters on these columns work (none: one value for all cells). Filters reach other tables along
    relationships. ``values`` are those that ``adds`` compares with. ``per``: one value for each
    combination of these columns in the cell, compared with on the rows that have it.
    """

    name: str
    table: str
    aggregate: str
    arg: Expr
    adds: Expr = TRUE
    keeps: tuple[Column, ...] | None = None
    values: tuple[CellValue, ...] = ()
    per: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship that a measure switches on, off or to another direction, by its two ends."""

    first: Column
    second: Column
    mode: Literal["active", "none", "one_way", "both"]


@dataclass(frozen=True, slots=True)
class Base:
    """Whose rows stand behind a number: a table, an aggregate and the filters the measure changes.

    ``removes`` None keeps the whole filter context; an empty tuple removes everything.
    ``reselects`` likewise, but only the cell's own groupings go and the filters of the visual stay.
    ``guards``: it is shown only where all of these hold (dynamic suppression). ``over``: of the cell's
    members of these columns only some count or are listed; judged for each member by itself, a small
    one can't be missed.
    """

    measure: str
    role: Literal["value", "numerator", "denominator"]
    aggregate: str
    arg: Expr | None
    table: str | None = None  # the table that is aggregated; None: that of the layer
    adds: Expr = TRUE
    removes: tuple[Column, ...] | None = None
    problems: tuple[str, ...] = ()
    reselects: tuple[Column, ...] | None = None
    links: tuple[Link, ...] = ()
    values: tuple[CellValue, ...] = ()
    guards: tuple[ShownWhere, ...] = ()
    over: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownWhere:
    """A number is shown only where ``base`` compares so with ``value``."""

    base: Base
    comparison: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    value: float


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows (or, for measure and table_calc stages, on cells)."""

    caption: str
    predicate: Expr
    stage: Stage
    scope: Scope
    columns: tuple[Column, ...] = ()
    changeable: bool = False  # a reader can change it in the tool
    hidden: bool = False
    source: str = ""
    values: tuple[CellValue, ...] = ()  # of the cell, or of a member that a ranking ranks


@dataclass(frozen=True, slots=True)
class Total:
    """A total or subtotal: the positions of the layer's grain that it keeps (none: grand total)."""

    keeps: tuple[int, ...]
    label: str = "total"


@dataclass(frozen=True, slots=True)
class Layer:
    """One table behind a visual. ``disaggregated``: every row is a mark or a line.

    ``tables`` names the tables that take part even if no grouping rests on them (the measure's
    own); ``problems`` says what could not be translated; ``approximate`` what deviates and can't
    hide a small cell.
    """

    label: str
    source: str
    grain: tuple[Grouping, ...]
    bases: tuple[Base, ...] = ()
    filters: tuple[Filter, ...] = ()
    totals: tuple[Total, ...] = ()
    tables: tuple[str, ...] = ()
    disaggregated: bool = False
    problems: tuple[str, ...] = ()
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How a visual writes the numbers of a measure.

    ``format`` is its own number format, empty for that of the field. ``unreadable``: comparisons with a
    value where the figure has the colour of what lies behind it.
    """

    measure: str
    format: str = ""
    unreadable: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Visual:
    """A Tableau worksheet or a Power BI data visual. No layers: it shows no data.

    ``box`` is its place on the first of its pages: left, top, width and height as shares of the
    page (0..1); None where the file doesn't say.
    """

    id: str
    name: str
    type: str
    pages: tuple[str, ...]  # page ids
    part: str  # the file inside the container that defines it
    layers: tuple[Layer, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    hidden: bool = False
    problems: tuple[str, ...] = ()
    lists_records: bool = False  # a table or matrix whose lines may be records
    title: str = ""
    box: tuple[float, float, float, float] | None = None
    chosen: tuple[Chosen, ...] = ()
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The layers of a visual that differ under another value of a parameter that readers can choose.

    ``missing``: why these are not the layers of all its values.
    """

    parameter: str  # its caption
    layers: tuple[Layer, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, dashboard, story or a sheet's own tab."""

    id: str
    name: str
    kind: Literal["page", "dashboard", "story", "sheet", "tooltip", "drill_through"] = "page"
    hidden: bool = False
    part: str = ""
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Control:
    """Anything a reader can turn, with the fields it sets and the visuals it acts on.

    ``states``: the conditions it sets, where it offers only these (a bookmark) and not every value.
    """

    id: str
    kind: Literal[
        "slicer", "quick_filter", "parameter", "filter_action", "set_action", "parameter_action",
        "navigation", "drill_through", "tooltip", "hierarchy", "url_action", "highlight", "regroup",
    ]  # fmt: skip
    caption: str
    uses: tuple[FieldUse, ...]
    pages: tuple[str, ...] = ()
    visuals: tuple[str, ...] = ()  # ids it acts on; empty: all of its pages
    hidden: bool = False
    target: str | None = None
    part: str = ""
    states: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its saved value and the values a reader may choose (empty: any)."""

    id: str
    caption: str
    value: Expr
    choices: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the workbook itself says about export and exploration."""

    export: Literal["none", "summarised", "underlying", "unstated"] = "unstated"
    personalise: bool = False
    part: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """A part that could not be read, so that nothing can be said about it.

    ``blocks_data``: rows that visuals rest on are behind it.
    """

    part: str
    reason: str
    fix: str = ""
    blocks_data: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Typed or saved text that readers get: titles, captions, annotations, notes, saved literals."""

    part: str
    where: str
    text: str = field(repr=False)
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter or slicer choice of a saved state, and the ids of the visuals on which it works."""

    filter: Filter
    visuals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedState:
    """A state that readers call up (a bookmark), as far as it sets filters; they replace those in force."""

    name: str
    part: str
    filters: tuple[SavedFilter, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text file of the workbook defines something; ``line`` is 1-based.

    ``of`` a visual (its id), a page (its name; empty for the whole report) or the model; with ``field`` the
    caption of what lies on it: a field, a filter card, a table, or a field of the model with its ``table``.
    """

    part: str
    line: int
    of: Literal["visual", "page", "model"]
    visual: str = ""
    page: str = ""
    field: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Ignore:
    """An annotation ``disclint.ignore`` that an author left in the workbook; nothing is decided by it here.

    ``object`` is the id of a visual or page, or the caption of a table or field (then ``table`` holds the
    field's table); empty for the whole workbook. ``line`` is that of the annotation, in a text file.
    """

    part: str
    object: str
    text: str = field(repr=False)
    line: int | None = None
    table: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """Everything a parser could read of one workbook, and what it could not.

    ``files`` are the parts of a project, by name, with their paths from the project's folder.
    """

    tool: Tool
    path: str
    sha256: str
    sources: tuple[Source, ...] = ()
    pages: tuple[Page, ...] = ()
    visuals: tuple[Visual, ...] = ()
    controls: tuple[Control, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    settings: Settings = Settings()
    texts: tuple[Text, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    version: str = ""
    ignores: tuple[Ignore, ...] = ()
    states: tuple[SavedState, ...] = ()
    places: tuple[Place, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def source(self, source_id: str) -> Source | None:
        """The source with that id, or None."""
        return next((s for s in self.sources if s.id == source_id), None)

    def page(self, page_id: str) -> Page | None:
        """The page with that id, or None."""
        return next((p for p in self.pages if p.id == page_id), None)
