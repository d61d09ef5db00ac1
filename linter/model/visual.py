"""What a visual shows: its layers with grain and bases, and the fields on its shelves."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from linter.expressions import TRUE, Column, Expr
from linter.model.filters import CellValue, Filter
from linter.records import dataclass

Role = Literal[
    "rows", "columns", "axis", "legend", "color", "size", "shape", "label", "detail", "tooltip",
    "pages", "path", "angle", "geometry", "small_multiples", "values", "target", "explain_by",
    "slicer", "other",
]  # fmt: skip
"""The shelf or well on which a field lies."""


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
    one can't be missed. ``added``: what the same number adds from the same rows besides ``arg``.
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
    added: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownWhere:
    """A number is shown only where ``base`` compares so with ``value``."""

    base: Base
    comparison: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    value: float


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
