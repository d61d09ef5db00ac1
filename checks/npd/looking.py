"""Columns that look like National Pupil Database fields, where they are, and what is declared of them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.subjects import ORDER, column_facts, rows_in_file
from linter.evidence import is_supplied
from linter.expressions import Column
from linter.model import FieldUse, Source, Table, Visual
from linter.policy.declaration import OWN_ORIGINS, DeclaredSource
from linter.policy.vocabulary import NpdMatch, match
from linter.records import dataclass
from linter.rules import Context

_LOOKING = "looking like NPD"


@dataclass(frozen=True, slots=True)
class Looking:
    """A column that looks like an NPD field, with what the manifest says about its table."""

    source: Source
    table: Table
    column: Column
    caption: str
    match: NpdMatch
    declared: DeclaredSource | None

    @property
    def own(self) -> bool:
        """Declared as the authority's own or as open data: the NPD's limits don't apply."""
        return self.declared is not None and self.declared.origin in OWN_ORIGINS


def looking_like_npd(context: Context) -> dict[tuple[str, Column], Looking]:
    """Every such column of the workbook, used or not, by source id and column; worked out once for all rules."""
    if _LOOKING not in context.shared:
        context.shared[_LOOKING] = _looking(context)
    known: dict[tuple[str, Column], Looking] = context.shared[_LOOKING]
    return known


def _looking(context: Context) -> dict[tuple[str, Column], Looking]:
    found = {}
    for source in context.workbook.sources:
        for table in source.tables:
            declared = context.policy.declared(source, table)
            for column, caption, npd in _matches(context, source, table):
                found[source.id, column] = Looking(source, table, column, caption, npd, declared)
    return found


def _matches(context: Context, source: Source, table: Table) -> Iterator[tuple[Column, str, NpdMatch]]:
    """Captions and physical names count alike: a rename doesn't change what a column is."""
    where = place_words(source, table)
    neighbours = [n for c in table.columns for n in (c.caption or c.name, c.physical, c.source_name) if n]
    for column in table.columns:
        facts = column_facts(context, source, table, column)
        values = facts.identifiers if facts else None
        found = [
            match(name, neighbours, table=table.caption, place=where, values=values, local=context.policy.vocabulary)
            for name in column.names
        ]
        best = max((m for m in found if m), key=lambda m: ORDER.index(m.confidence), default=None)
        if best:
            yield Column(table.id, column.name), column.caption or column.name, best


def place_words(source: Source, table: Table) -> str:
    """Names of the source, its files and databases, and of the table and its file: they may tell of the NPD."""
    connections = [text for c in source.connections for text in (c.path, c.database)]
    stored = table.store.member if table.store else ""
    return " ".join([source.caption, table.caption, table.origin, stored, *connections])


def uses(visual: Visual) -> Iterator[FieldUse]:
    """Every field a visual rests on: shelves, wells and filters."""
    yield from (e.use for e in visual.encodings)
    for layer in visual.layers:
        yield from (FieldUse(f.caption, f.columns, f.source or layer.source) for f in layer.filters)


def shown_columns(context: Context) -> frozenset[tuple[str, Column]]:
    """Columns on any visual, filter or control, by source id."""
    found = [use for visual in context.workbook.visuals for use in uses(visual)]
    found += [use for control in context.workbook.controls for use in control.uses]
    return frozenset((use.source, column) for use in found for column in use.columns)


def carries_rows(context: Context, source: Source, table: Table) -> bool:
    """Whether rows of the table are in the file, or may be where they can't be read."""
    typed = table.store is not None and table.store.kind == "typed"
    if not (typed or source.delivery in {"embedded", "unreadable"}) or is_supplied(table):
        return False
    evidence = context.evidence.tables.get((source.id, table.id))
    return evidence is None or evidence.rows is None or evidence.rows > 0


def within_reach(context: Context, table: Table, source: Source) -> bool:
    """Whether readers get the table's rows, on visuals or not."""
    return rows_in_file(context, source, table) > 0 and context.policy.delivery.reach != "view"
