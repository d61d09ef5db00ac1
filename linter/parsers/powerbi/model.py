"""The semantic model as the report sees it: what its names mean, and which rows a measure takes."""

from __future__ import annotations

from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from linter.expressions import Column, Expr, columns
from linter.formulas.dax import CalculationGroup, Lineage, Reducer, Schema, text_lineage
from linter.formulas.dax import Relationship as DaxRelationship
from linter.model import (
    Connection,
    Field,
    Hierarchy,
    Ignore,
    Place,
    Relationship,
    Source,
    Table,
    TableColumn,
    Text,
    UnreadPart,
)
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from linter.parsers.powerbi.record import ReportMeasure

Delivery = Literal["embedded", "live", "template", "missing", "unreadable"]

SOURCE_ID = "model"
IGNORE = "disclint.ignore"
"""The annotation by which an author asks to ignore findings."""
AUTO_DATE = ("LocalDateTable_", "DateTableTemplate_")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of the model or of the report."""

    table: str
    name: str
    formula: str
    hidden: bool = False
    description: str = ""
    format: str = ""  # a format string, or the formula of a dynamic one


@dataclass(frozen=True)
class Model:
    """What names in the report mean. ``known`` False: there is no model to ask (live connection).

    Lookups ignore letter case as the engine does and give the model's own spelling.

    Attributes:
        hierarchies: levels by (table, hierarchy), from coarse to fine.
        variations: (table, hierarchy) behind a date column's own hierarchy, by folded
            (table, column, hierarchy).
        calculation_groups: tables whose items change every measure; ``groups`` those that could be read.
        queries: texts of the queries that no table is loaded from directly, and of row security.
        kept: rows in the file that no visual shows as they are.
        loads: part and line of a text file that says how a table is loaded, by table.
    """

    tables: tuple[Table, ...] = ()
    measures: tuple[Measure, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    hierarchies: Mapping[tuple[str, str], Mapping[str, Column]] = field(default_factory=dict)
    variations: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    calculation_groups: frozenset[str] = frozenset()
    groups: tuple[CalculationGroup, ...] = ()
    connections: tuple[Connection, ...] = ()
    queries: tuple[Text, ...] = ()
    roles: tuple[str, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    places: tuple[Place, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    kept: tuple[Table, ...] = ()
    loads: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    known: bool = True
    case_sensitive: bool = False

    @cached_property
    def schema(self) -> Schema:
        """The model as DAX formulas see it."""
        return Schema(
            tables={t.id: tuple(c.name for c in t.columns) for t in self.tables},
            measures={m.name: (m.table, m.formula) for m in self.measures},
            relationships=tuple(
                DaxRelationship(_bare(r.on[0][0]), _bare(r.on[0][1]), r.active, r.both_directions, r.unique)
                for r in self.relationships
            ),
            groups=self.groups,
            types={t.id: {c.name: c.type for c in t.columns if c.type != "other"} for t in self.tables},
        )

    @cached_property
    def reducer(self) -> Reducer:
        """Reduces measures to bases; keeps what it has parsed."""
        return Reducer(self.schema)

    @cached_property
    def _levels(self) -> dict[tuple[str, str], dict[str, Column]]:
        return {
            (fold(table), fold(name)): {fold(level): column for level, column in levels.items()}
            for (table, name), levels in self.hierarchies.items()
        }

    def column(self, table: str, name: str) -> Column | None:
        """The column of those names; without a model, taken at their word."""
        return self.schema.column(table, name) if self.known else Column(table, name)

    def level(self, table: str, hierarchy: str, level: str) -> Column | None:
        """The column under a level of a hierarchy."""
        return self._levels.get((fold(table), fold(hierarchy)), {}).get(fold(level))

    def variation(self, table: str, column: str, hierarchy: str, level: str) -> Column | None:
        """The column of the auto date table under a level of a date column's own hierarchy."""
        target = self.variations.get((fold(table), fold(column), fold(hierarchy)))
        return None if target is None else self.level(target[0], target[1], level)

    def table(self, table_id: str) -> Table | None:
        """The table with that id, or None."""
        return next((t for t in self.tables if t.id == table_id), None)

    def measure_lineage(self, name: str) -> Lineage:
        """The columns a measure rests on; nothing for a measure that is not in the model."""
        found = self.schema.measure(name)
        if found is None:
            return Lineage(())
        return text_lineage(self.schema, found.text, home=found.table, name=found.name)

    def with_measures(self, added: Iterable[ReportMeasure]) -> Model:
        """With the report's own measures."""
        own = tuple(Measure(m.table, m.name, m.formula, m.hidden) for m in added)
        return replace(self, measures=self.measures + own)

    def with_referenced(self, named: Iterable[Column], reason: str) -> Model:
        """Where nothing is known of the model: the tables and columns that the report names."""
        by_table: dict[str, dict[str, None]] = {}
        for column in named:
            by_table.setdefault(column.table, {})[column.name] = None
        tables = tuple(
            Table(t, t, tuple(TableColumn(c, c, caption=c) for c in names), unread=reason)
            for t, names in by_table.items()
        )
        return replace(self, tables=self.tables + tables)

    def source(self, delivery: Delivery, reason: str = "") -> Source:
        """The model as a source of the workbook."""
        return Source(
            id=SOURCE_ID,
            caption="semantic model",
            delivery=delivery,
            tables=(*self.tables, *self.kept),
            relationships=self.relationships,
            fields=(*self._columns_as_fields(), *self._measures_as_fields()),
            hierarchies=tuple(
                Hierarchy(name, tuple(f"{c.table}[{c.name}]" for c in levels.values()), tuple(levels.values()))
                for (table, name), levels in self.hierarchies.items()
                if not is_auto_date(table)
            ),
            connections=self.connections,
            roles=self.roles,
            reason=reason,
            case_sensitive=self.case_sensitive,
        )

    def _columns_as_fields(self) -> Iterable[Field]:
        for table in self.tables:
            for column in table.columns:
                yield Field(
                    id=f"{table.id}[{column.name}]",
                    caption=column.caption,
                    table=table.id,
                    expr=Column(table.id, column.name),
                    hidden=table.hidden or column.hidden,
                    kind="column" if column.formula is None else "calculation",
                    formula=column.formula,
                    rests_on=column.rests_on,
                )

    def _measures_as_fields(self) -> Iterable[Field]:
        for measure in self.measures:
            lineage = self.measure_lineage(measure.name)
            yield Field(
                id=f"{measure.table}[{measure.name}]",
                caption=measure.name,
                table=measure.table,
                expr=None,
                hidden=measure.hidden,
                kind="measure",
                formula=measure.formula,
                rests_on=lineage.columns,
                via=via(lineage),
                description=measure.description,
                format=measure.format,
            )


def via(lineage: Lineage) -> tuple[str, ...]:
    """The measures between a formula and its base columns, nearest first."""
    chains = sorted((origin.via for origin in lineage.origins), key=len)
    return tuple(dict.fromkeys(name for chain in chains for name in chain))


def is_auto_date(table: str) -> bool:
    """Whether Power BI made the table itself, for a date column."""
    return table.startswith(AUTO_DATE)


def fold(name: str) -> str:
    """A name as the engine compares it."""
    return name.casefold()


def _bare(side: Expr) -> Column:
    """The column of one side of a relationship, whatever date truncation lies over it."""
    return next(iter(columns(side)))
