"""What several rules ask about a workbook: which columns identify persons, which tables hold them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from checks.npd.selects import renamed
from checks.wholeness import kept, to_the_day
from linter.evidence import ColumnEvidence, LayerResult, Unit, is_supplied
from linter.expressions import Column, columns
from linter.findings import Confidence, Severity
from linter.model import Encoding, FieldUse, Source, Table, TableColumn, Visual, Workbook
from linter.policy.births import by_range
from linter.policy.names import NameEvidence, classify_names, words
from linter.records import dataclass
from linter.rules import Context

ORDER = [Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH]

PEOPLE = frozenset({"key", "rows"})
"""Unit kinds of tables with a row, or several, for each person."""

_IDENTIFIERS = "identifiers"
_BIRTHDAYS = 150
"""Dates that a year group of some size is born on; events of a term fall on fewer."""

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


class Identifiers(dict[tuple[str, Column], Identifier]):
    """The columns that key or name persons, by source id and column, with the formulas over them."""

    def __init__(self, workbook: Workbook) -> None:
        super().__init__()
        self._calendars: dict[tuple[str, str], Identifier] = {}
        self._measures = {(s.id, f.caption) for s in workbook.sources for f in s.fields if f.kind == "measure"}
        self._formulas = {(s.id, f.caption): f.formula for s in workbook.sources for f in s.fields if f.formula}

    def find_calendars(self, workbook: Workbook) -> None:
        """Note the date tables that a tool made for a date of birth: their levels are its parts."""
        for source in workbook.sources:
            made = {t.id for t in source.tables if t.generated}
            for tie in (r for r in source.relationships if r.one in made):
                for here, _ in tie.on:
                    found = self.get((source.id, here)) if isinstance(here, Column) else None
                    if found is not None and found.what.of == "date_of_birth":
                        self._calendars[source.id, tie.one] = found

    def born(self, source: str, column: Column) -> Identifier | None:
        """The date of birth that a column is, or is a part of."""
        found = self.get((source, column)) or self._calendars.get((source, column.table))
        return found if found is not None and found.what.of == "date_of_birth" else None

    def is_measure(self, use: FieldUse) -> bool:
        """Whether a field is a measure, which has no values to choose from."""
        return (use.source, use.caption) in self._measures

    def only_count(self, use: FieldUse, column: Column) -> bool:
        """Whether the formulas under a field name the column for nothing but a count of its values."""
        texts = [self._formulas.get((use.source, caption), "") for caption in dict.fromkeys((use.caption, *use.via))]
        name = re.escape(f"[{column.name}]")
        counting = rf"\b(?:DISTINCT)?COUNT[A-Z]*\s*\(\s*[^()\[]*{name}"
        named = sum(len(re.findall(name, text, re.IGNORECASE)) for text in texts)
        return 0 < named == sum(len(re.findall(counting, text, re.IGNORECASE)) for text in texts)


def sureness(found: Iterable[Identifier]) -> Confidence:
    """How sure it is that these columns, taken together, tell who somebody is: as the surest of them."""
    return max((i.what.confidence for i in found), key=ORDER.index)


def doubted(confidence: Confidence) -> Severity | None:
    """What is only suspected to be about persons warns; None leaves the rule's own severity."""
    return Severity.WARNING if confidence is Confidence.LOW else None


def column_facts(context: Context, source: Source, table: Table, column: TableColumn) -> ColumnEvidence | None:
    """What was counted about a column; None if its rows are not at hand."""
    evidence = context.evidence.tables.get((source.id, table.id))
    return evidence.columns.get(column.name) if evidence else None


def rows_in_file(context: Context, source: Source, table: Table) -> int:
    """Rows of a table that the file itself carries; rows supplied for the check are none, nor unread ones."""
    evidence = context.evidence.tables.get((source.id, table.id))
    return 0 if evidence is None or is_supplied(table) else evidence.rows or 0


def column_meaning(context: Context, source: Source, table: Table, column: TableColumn) -> NameEvidence:
    """What a column is by name, table, neighbours and values; its names in store and query, even SQL, count as well."""
    facts = column_facts(context, source, table, column)
    values = facts.identifiers if facts else None
    neighbours = [c.caption or c.name for c in table.columns if c.name != column.name]
    what = classify_names((*column.names, *_before(source, column)), table.caption, neighbours, values)
    if facts is None or facts.earliest_year is None or facts.latest_year is None:
        return what
    unit = context.evidence.units.get((source.id, table.id))
    rows = rows_in_file(context, source, table)
    return by_range(
        what,
        column.caption or column.name,
        (facts.earliest_year, facts.latest_year),
        people=unit is not None and unit.kind in PEOPLE,
        varied=(facts.distinct or 0) >= min(_BIRTHDAYS, rows / 2),
        today=context.policy.today,
    )


def _before(source: Source, column: TableColumn) -> tuple[str, ...]:
    """What a column is called in the database, where custom SQL gives it another name."""
    queries = [c.query for c in source.connections if c.kind == "custom-sql"]
    return tuple(name for sql in queries for name in renamed(sql).get(column.physical.casefold(), ()))


def identifiers(context: Context) -> Identifiers:
    """Every column of the workbook that keys or names persons; worked out once for all rules."""
    if _IDENTIFIERS not in context.shared:
        context.shared[_IDENTIFIERS] = _identifiers(context)
    known: Identifiers = context.shared[_IDENTIFIERS]
    return known


def _identifiers(context: Context) -> Identifiers:
    found = Identifiers(context.workbook)
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
    found.find_calendars(context.workbook)
    return found


def embedded_identifiers(context: Context) -> dict[tuple[str, str], list[Identifier]]:
    """Identifiers in rows that the file carries, by source and table id: what EX002 reports.

    Keys without a meaning of their own and coordinates are left out, as are empty columns and notes about things.
    """
    by_table: dict[tuple[str, str], list[Identifier]] = defaultdict(list)
    for (source_id, column), found in identifiers(context).items():
        evidence = context.evidence.tables.get((source_id, column.table))
        if evidence is None or not rows_in_file(context, found.source, found.table):
            continue
        if found.what.of in {"person_id", "coordinates"}:
            continue
        if found.what.of == "free_text" and not people_unit(context, found.source, found.table):
            continue
        facts = evidence.columns.get(column.name)
        if facts is None or facts.distinct != 0:
            by_table[source_id, column.table].append(found)
    return by_table


def shown_identifiers(visual: Visual, known: Identifiers) -> Iterator[tuple[Encoding, Identifier]]:
    """Identifiers that a visual prints or splits by; counting them is no exposure.

    Choices of a slicer are DR005's, levels that readers must drill to are DR003's.
    """
    plain = {g.expr for layer in visual.layers for g in layer.grain}
    for encoding in visual.encodings:
        if encoding.role == "slicer" or only_by_drilling(visual, encoding):
            continue
        for column in encoding.use.columns if encoding.groups else _printed(visual, encoding):
            found = known.get((encoding.use.source, column))
            if found is None or known.only_count(encoding.use, column):
                continue
            coarsened = encoding.groups and column not in plain and found.what.kind == "identifier"
            born = found.what.of == "date_of_birth"
            if coarsened and (born or (encoding.use.via and not _whole(visual, encoding, column))):
                continue  # a part of it, such as the year of birth or the area of a postcode
            yield encoding, found
    yield from _whole_births(visual, known)


def _whole(visual: Visual, encoding: Encoding, column: Column) -> bool:
    """Whether a grouping prints all of a text: joined with others, in capitals, in some cases; not a part of it."""
    caption = encoding.use.caption
    exprs = (g.expr for layer in visual.layers for g in layer.grain if g.caption == caption)
    return any(column in kept(expr) for expr in exprs)


def _whole_births(visual: Visual, known: Identifiers) -> Iterator[tuple[Encoding, Identifier]]:
    """Dates of birth that stand on a visual to the day: cut off at the day, or as year, month and day side by side."""
    parts: dict[tuple[str, Column], tuple[set[str], list[tuple[Encoding, Identifier]]]] = {}
    exact = {g.caption for layer in visual.layers for g in layer.grain if to_the_day(g.expr)}
    for encoding in visual.encodings:
        if not encoding.groups or encoding.role == "slicer" or only_by_drilling(visual, encoding):
            continue
        for found in filter(None, (known.born(encoding.use.source, c) for c in encoding.use.columns)):
            if encoding.use.caption in exact:
                yield encoding, found
            key = found.source.id, Column(found.table.id, found.column.name)
            said, places = parts.setdefault(key, (set(), []))
            said.update(words(encoding.use.caption))
            places.append((encoding, found))
    for said, places in parts.values():
        if {"year", "month", "day"} <= said:
            yield from places


def only_by_drilling(visual: Visual, encoding: Encoding) -> bool:
    """Whether a level is on the visual but not expanded in the saved state."""
    levels = [g for x in visual.layers for g in x.grain if (g.caption, g.role) == (encoding.use.caption, encoding.role)]
    return bool(levels) and not any(g.drilled for g in levels)


def identified(use: FieldUse, known: Identifiers) -> Iterator[Identifier]:
    """Identifiers whose values a control or saved list of that field offers one by one."""
    for column in () if known.is_measure(use) else use.columns:
        found = known.get((use.source, column))
        if found is None or (found.what.kind == "identifier" and use.via):
            continue
        if found.what.of == "date_of_birth" and use.caption not in {found.caption, found.column.name}:
            continue  # a part of the date, such as the year
        yield found


def shows_persons(context: Context, visual: Visual, known: Identifiers) -> bool:
    """Whether a visual is at the level of single persons: DR001's or DR002's case."""
    if any(shown_identifiers(visual, known)):
        return True
    result = context.evidence.visuals.get(visual.id)
    return any(lists_persons(visual, i, layer) for i, layer in enumerate(result.layers if result else ()))


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


def used_columns(workbook: Workbook) -> set[tuple[str, Column]]:
    """Columns that a visual or a control rests on, by source id."""
    used = {(e.use.source, c) for v in workbook.visuals for e in v.encodings for c in e.use.columns}
    for visual in workbook.visuals:
        for layer in visual.layers:
            used.update((f.source or layer.source, c) for f in layer.filters for c in f.columns)
    used.update((use.source, c) for control in workbook.controls for use in control.uses for c in use.columns)
    below = {
        (source.id, base)
        for source in workbook.sources
        for table in source.tables
        for column in table.columns
        if (source.id, Column(table.id, column.name)) in used
        for base in column.rests_on
    }
    return used | below
