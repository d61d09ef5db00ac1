"""How the people behind a table are counted: by a key, by rows, by a count column, or not at all.

Names propose, evidence decides: a key must have more than a handful of values, and be unique in
some table or lie in a table that relates to one where it is. What the owner declares wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from linter.evidence import ColumnEvidence, TableEvidence, Unit, UnitKind
from linter.expressions import Column
from linter.findings import Confidence
from linter.model import Source, Table, TableColumn
from linter.policy.names import NameEvidence, classify_names, speaks_of_people
from linter.records import dataclass

_RANK = {Confidence.HIGH: 3, Confidence.MEDIUM: 2, Confidence.LOW: 1}
_NAMES = frozenset({"full_name", "surname", "forename"})
_STRONG_KEYS = ("upn", "pupil_matching_reference", "uln")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the owner says: ``fields`` are ``FIELD`` or ``TABLE.FIELD`` names of unit keys."""

    keys: tuple[str, ...] = ()
    count_fields: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()  # captions or ids of sources or tables

    def names_count(self, table: Table, column: TableColumn) -> bool:
        """Whether the column is a declared count of people."""
        return _named(self.count_fields, table, column)


def _named(names: Iterable[str], table: Table, column: TableColumn, *, with_table: bool = False) -> bool:
    own = {n.casefold() for n in (column.name, column.caption, column.physical) if n}
    meant = {f"{t.casefold()}.{n}" for t in (table.id, table.caption) for n in own} | (set() if with_table else own)
    return any(n.casefold() in meant for n in names)


def meaning(table: Table, column: TableColumn, evidence: ColumnEvidence | None = None) -> NameEvidence:
    """What a column is, by its name, table, neighbours and values."""
    values = evidence.identifiers if evidence else None
    neighbours = [c.caption or c.name for c in table.columns if c.name != column.name]
    return classify_names(column.names, table.caption, neighbours, values)


def detect(source: Source, tables: Mapping[tuple[str, str], TableEvidence], declared: Declared) -> dict[str, Unit]:
    """The unit of each table of a source, by table id."""
    return {t.id: _of_table(source, t, tables.get((source.id, t.id)), declared) for t in source.tables}


def _of_table(source: Source, table: Table, evidence: TableEvidence | None, declared: Declared) -> Unit:
    aside = bool({source.id, source.caption, table.id, table.caption} & set(declared.not_people))
    kinds: tuple[tuple[UnitKind, tuple[str, ...]], ...] = (
        ("key", declared.keys),
        ("count_field", declared.count_fields),
    )
    for kind, names in kinds:  # of two who declare differently, one may be the officer: persons come before counts
        # TABLE.FIELD speaks of this table, FIELD of any
        column = next((c for c in table.columns if _named(names, table, c, with_table=aside)), None)
        if column is not None:
            caption = column.caption or column.name
            return Unit(kind, caption, Column(table.id, column.name), "declared", "declared")
    if aside:
        return Unit("not_people", confidence="declared", why="declared not to be about people")
    columns = evidence.columns if evidence else {}
    meanings = {c.name: meaning(table, c, columns.get(c.name)) for c in table.columns}
    return (
        _key(table, evidence, meanings)
        or _related_key(source, table)
        or _count_field(table, meanings)
        or _rows(table, evidence, meanings)
        or _not_people(table, meanings)
        or Unit("unknown", why="nothing tells whether these rows are about people")
    )


def _key(table: Table, evidence: TableEvidence | None, meanings: Mapping[str, NameEvidence]) -> Unit | None:
    """The best key column: strongest name first, then the most distinct values."""
    found: list[tuple[tuple[int, int, int], TableColumn, NameEvidence]] = []
    for column in table.columns:
        what = meanings[column.name]
        if what.kind != "unit_key":
            continue
        distinct = _distinct(evidence, column.name)
        if distinct is not None and distinct <= 2 and (evidence is None or evidence.rows is None or evidence.rows > 20):
            continue  # a column of that name that identifies nobody
        strength = (
            _RANK[what.confidence],
            len(_STRONG_KEYS) - _STRONG_KEYS.index(what.of) if what.of in _STRONG_KEYS else 0,
            distinct or 0,
        )
        found.append((strength, column, what))
    if not found:
        return None
    _, column, what = max(found, key=lambda item: item[0])
    return Unit("key", column.caption or column.name, Column(table.id, column.name), what.confidence.value, what.why)


def _related_key(source: Source, table: Table) -> Unit | None:
    """A foreign key to a table of persons counts persons, whatever its name."""
    for relationship in source.relationships:
        if relationship.many != table.id or not relationship.active or len(relationship.on) != 1:
            continue
        here, there = relationship.on[0]
        one = source.table(relationship.one)
        if one is None or not isinstance(here, Column) or not isinstance(there, Column):
            continue
        target = one.column(there.name)
        own = table.column(here.name)
        if target is None or own is None:
            continue
        what = meaning(one, target)
        if what.kind == "unit_key":
            return Unit(
                "key",
                own.caption or own.name,
                here,
                "medium",
                f"it refers to {one.caption!r}, whose key is that of a person",
            )
    return None


def _count_field(table: Table, meanings: Mapping[str, NameEvidence]) -> Unit | None:
    counts = [
        (c, meanings[c.name])
        for c in table.columns
        if meanings[c.name].kind == "count_field"
        and c.type in {"integer", "real", "other"}
        and meanings[c.name].confidence is not Confidence.LOW
    ]
    if not counts:
        return None
    column, what = max(counts, key=lambda item: _RANK[item[1].confidence])
    return Unit(
        "count_field",
        column.caption or column.name,
        Column(table.id, column.name),
        what.confidence.value,
        what.why,
    )


def _rows(table: Table, evidence: TableEvidence | None, meanings: Mapping[str, NameEvidence]) -> Unit | None:
    """Persons without a key: identifiers or personal attributes in rows that are not aggregated.

    Where a name comes back in many rows, the rows are not persons: the name stands in for the key.
    Namesakes then count as one, which errs on the side of alarm; counting rows would hide people.
    """
    named = [(c, meanings[c.name]) for c in table.columns if meanings[c.name].of in _NAMES]
    rows = evidence.rows if evidence else None
    for column, what in named:
        distinct = _distinct(evidence, column.name)
        if what.of == "full_name" and rows and distinct and distinct < 0.9 * rows:
            return Unit(
                "key", column.caption or column.name, Column(table.id, column.name), "medium", f"no key; {what.why}"
            )
    if named:
        return Unit("rows", confidence="medium", why=named[0][1].why)
    why = speaks_of_people(table.caption, [c.caption or c.name for c in table.columns])
    return Unit("rows", confidence="low", why=why) if why else None


def _not_people(table: Table, meanings: Mapping[str, NameEvidence]) -> Unit | None:
    if table.generated:
        return Unit("not_people", confidence="high", why="a date table made by the tool itself")
    things = [w for w in meanings.values() if w.kind == "not_people" and w.confidence is not Confidence.LOW]
    people = [w for w in meanings.values() if w.kind in {"person_attribute", "identifier", "unit_key"}]
    if things and not people:
        return Unit("not_people", confidence=things[0].confidence.value, why=things[0].why)
    return None


def _distinct(evidence: TableEvidence | None, column: str) -> int | None:
    found = evidence.columns.get(column) if evidence else None
    return found.distinct if found else None
