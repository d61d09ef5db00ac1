"""What several rules ask about a workbook: which columns identify persons, which tables hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linter.evidence import ColumnEvidence, LayerResult, Unit
from linter.expressions import Column, columns
from linter.findings import Confidence
from linter.model import Encoding, Source, Table, TableColumn, Visual
from linter.policy.names import NameEvidence, classify_name
from linter.rules import Context

PEOPLE = frozenset({"key", "rows"})
"""Unit kinds of tables with a row, or several, for each person."""

SHOWS_VALUE = frozenset({"min", "max", "any", "first", "last", "collect"})
"""Aggregates that print a value of the column instead of counting it."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column that identifies persons, and what makes us think so."""

    source: Source
    table: Table
    column: TableColumn
    what: NameEvidence

    @property
    def caption(self) -> str:
        """What the reader sees."""
        return self.column.caption or self.column.name


def column_facts(context: Context, source: Source, table: Table, column: TableColumn) -> ColumnEvidence | None:
    """What was counted about a column; None if its rows are not at hand."""
    evidence = context.evidence.tables.get((source.id, table.id))
    return evidence.columns.get(column.name) if evidence else None


def column_meaning(context: Context, source: Source, table: Table, column: TableColumn) -> NameEvidence:
    """What a column is by name, table, neighbours and values; the physical name counts as well."""
    facts = column_facts(context, source, table, column)
    values = facts.identifiers if facts else None
    neighbours = [c.caption or c.name for c in table.columns if c.name != column.name]
    found = classify_name(column.caption or column.name, table.caption, neighbours, values)
    if found.kind == "unknown" and column.physical not in {column.caption, ""}:
        return classify_name(column.physical, table.caption, neighbours, values)
    return found


def identifiers(context: Context) -> dict[tuple[str, Column], Identifier]:
    """Every column of the workbook that keys or names persons, by source id and column."""
    found = {}
    for source in context.workbook.sources:
        for table in source.tables:
            unit = context.evidence.units.get((source.id, table.id))
            if table.generated or (unit and unit.kind == "not_people" and unit.confidence == "declared"):
                continue
            for column in table.columns:
                what = column_meaning(context, source, table, column)
                if what.kind in {"unit_key", "identifier"}:
                    found[source.id, Column(table.id, column.name)] = Identifier(source, table, column, what)
                elif unit and unit.kind == "key" and unit.column == Column(table.id, column.name):
                    declared = NameEvidence("unit_key", "person_id", Confidence.HIGH, unit.why)
                    found[source.id, Column(table.id, column.name)] = Identifier(source, table, column, declared)
    return found


def shown_identifiers(
    visual: Visual, known: dict[tuple[str, Column], Identifier]
) -> Iterator[tuple[Encoding, Identifier]]:
    """Identifiers that a visual prints or splits by; counting them is no exposure."""
    plain = {g.expr for layer in visual.layers for g in layer.grain}
    for encoding in visual.encodings:
        for column in encoding.use.columns if encoding.groups else _printed(visual, encoding):
            found = known.get((encoding.use.source, column))
            if found is None:
                continue
            coarsened = encoding.groups and column not in plain and found.what.kind == "identifier"
            if coarsened and (encoding.use.via or found.what.of == "date_of_birth"):
                continue  # a part of it, such as the year of birth or the area of a postcode
            yield encoding, found


def _printed(visual: Visual, encoding: Encoding) -> frozenset[Column]:
    """Columns of which an aggregate prints a value: MIN, MAX and the like, not a count or a mean."""
    if encoding.aggregate not in SHOWS_VALUE:
        return frozenset()
    bases = [b for layer in visual.layers for b in layer.bases if b.measure == encoding.use.caption]
    if not bases:
        return frozenset(encoding.use.columns)
    return frozenset(c for b in bases if b.aggregate in SHOWS_VALUE and b.arg is not None for c in columns(b.arg))


def lists_persons(visual: Visual, position: int, layer: LayerResult) -> bool:
    """Whether the layer at a position draws single records of people: DR002's case."""
    if layer.unit.kind not in PEOPLE:
        return False
    if position < len(visual.layers) and visual.layers[position].disaggregated:
        return True
    return visual.lists_records and bool(layer.grain) and share_of_single(layer) > 0.5


def share_of_single(layer: LayerResult) -> float:
    """The share of cells with contributors that rest on exactly one person."""
    counts = [n for n in layer.body.contributors.values if n > 0] if layer.body else []
    return sum(1 for n in counts if n == 1) / len(counts) if len(counts) > 1 else 0.0


def people_unit(context: Context, source: Source, table: Table) -> Unit | None:
    """The unit of a table that holds rows of persons; None for other tables."""
    unit = context.evidence.units.get((source.id, table.id))
    return unit if unit and unit.kind in PEOPLE and unit.confidence != "low" else None
