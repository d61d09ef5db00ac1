"""What a model holds, as far as DAX needs it: tables, columns, measures and relationships.

Names are case-insensitive, as in the engine; everything is given back in the model's own spelling.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from linter.expressions import Case, Column, Expr, Literal, call
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Relationship:
    """Rows of ``many`` refer to rows of ``one`` (many-to-many: to several of them)."""

    many: Column
    one: Column
    active: bool = True
    both_directions: bool = False
    unique: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure in its home table."""

    name: str
    table: str
    text: str


@dataclass(frozen=True, slots=True)
class CalculationGroup:
    """A calculation group: the column that picks its ``items`` {name: DAX text}; a higher precedence goes first.

    ``unpicked`` and ``several``: it changes measures also where none, or several, of them are picked.
    """

    column: Column
    items: Mapping[str, str]
    precedence: int = 0
    unpicked: bool = False
    several: bool = False


@dataclass(frozen=True)
class Schema:
    """A semantic model: ``tables`` {table: columns}, ``measures`` {name: (home table, text)}.

    ``types`` {table: {column: text, integer, real, date, datetime or boolean}} decides what BLANK
    equals; a comparison with BLANK on a column without a type is not understood.
    """

    tables: Mapping[str, tuple[str, ...]]
    measures: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: tuple[CalculationGroup, ...] = ()
    _tables: dict[str, str] = field(init=False, repr=False, compare=False)
    _columns: dict[tuple[str, str], Column] = field(init=False, repr=False, compare=False)
    _measures: dict[str, Measure] = field(init=False, repr=False, compare=False)
    _types: dict[Column, str] = field(init=False, repr=False, compare=False)
    _expanded: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = {
            (table.casefold(), name.casefold()): Column(table, name)
            for table, names in self.tables.items()
            for name in names
        }
        types = {
            found: kind
            for table, kinds in self.types.items()
            for name, kind in kinds.items()
            if (found := columns.get((table.casefold(), name.casefold()))) is not None
        }
        measures = {name.casefold(): Measure(name, table, text) for name, (table, text) in self.measures.items()}
        object.__setattr__(self, "groups", tuple(sorted(self.groups, key=lambda g: -g.precedence)))
        object.__setattr__(self, "_tables", {name.casefold(): name for name in self.tables})
        object.__setattr__(self, "_columns", columns)
        object.__setattr__(self, "_measures", measures)
        object.__setattr__(self, "_types", types)
        object.__setattr__(self, "_expanded", {})

    def table(self, name: str) -> str | None:
        """The table of that name in the model's spelling, or None."""
        return self._tables.get(name.casefold())

    def column(self, table: str, name: str) -> Column | None:
        """The column in the model's spelling, or None."""
        return self._columns.get((table.casefold(), name.casefold()))

    def measure(self, name: str) -> Measure | None:
        """The measure of that name, or None; measure names are unique in a model."""
        return self._measures.get(name.casefold())

    def type(self, column: Column) -> str | None:
        """The column's type if it was given."""
        return self._types.get(column)

    def columns(self, *tables: str) -> frozenset[Column]:
        """All columns of these tables; of the whole model if none is named."""
        return frozenset(Column(t, name) for t in tables or self.tables for name in self.tables.get(t, ()))

    @property
    def item_columns(self) -> frozenset[Column]:
        """The columns that pick calculation items: they filter no rows."""
        return frozenset(group.column for group in self.groups)

    def row_of(self, table: str) -> Expr | None:
        """A value that every row of the table has; None for a table without columns."""
        first = next(iter(self.tables.get(table, ())), None)
        return None if first is None else Case(((call("is_null", Column(table, first)), Literal(1)),), Literal(1))

    def key_of(self, table: str) -> tuple[Column, ...] | None:
        """What tells the rows of a table apart: the column by which others relate to it; None if none do."""
        keys = (link.one for link in self.relationships if link.one.table == table and link.unique)
        found = next(keys, None)
        return None if found is None else (found,)

    def expanded(self, table: str) -> tuple[str, ...]:
        """The table and all that are reached from it along active relationships, many to one.

        A filter on a table works on this whole expanded table; many-to-many relationships don't expand it.
        """
        if table not in self._expanded:
            reached = [table]
            for current in reached:
                reached += [
                    link.one.table
                    for link in self.relationships
                    if link.active and link.unique and link.many.table == current and link.one.table not in reached
                ]
            self._expanded[table] = tuple(dict.fromkeys(reached))
        return self._expanded[table]

    def filtered_by(self, table: str) -> tuple[str, ...]:
        """The tables whose filters reach this one, itself first, inactive relationships included."""
        reached = [table]
        for current in reached:
            for link in self.relationships:
                if link.many.table == current and link.one.table not in reached:
                    reached.append(link.one.table)
                if link.both_directions and link.one.table == current and link.many.table not in reached:
                    reached.append(link.many.table)
        return tuple(reached)

    def ordered(self, columns: frozenset[Column]) -> tuple[Column, ...]:
        """These columns in the model's order, unknown ones last."""
        known = [column for column in self._columns.values() if column in columns]
        return (*known, *sorted(columns.difference(known), key=lambda c: (c.table, c.name)))
