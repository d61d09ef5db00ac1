"""A data source at work: what the data say of its tables, how its people are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from linter.cells.amounts import NONE, Amounts, amount_of
from linter.cells.loading import Loader
from linter.cells.population import Population
from linter.cells.query import Place
from linter.cells.summed import Numbers, by_count
from linter.cells.units import Declared, meaning
from linter.data.engine import LoadedTable
from linter.errors import DataProcessFailed, Unreadable
from linter.evidence import Unit
from linter.expressions import Column, Expr, columns
from linter.model import Base, Source

UNKNOWN = Unit("unknown")
_SEVERAL = "a row may be related to several of them"


class SourceAtWork:
    """A data source at work: its tables' evidence, units, and what has been loaded."""

    def __init__(
        self,
        loader: Loader,
        source: Source,
        units: dict[str, Unit],
        declared: Declared,
        as_of: dt.date,
        *,
        largest: int = 0,
    ) -> None:
        self.loader, self.source, self.units, self.declared, self.as_of = loader, source, units, declared, as_of
        self.largest = largest
        self.loaded: dict[str, LoadedTable] = {}
        self.failure: str | None = None

    def holds_nothing(self, tables: Iterable[str]) -> bool:
        """Whether all of some tables were counted and have no row."""
        held = [self.loader.tables.get((self.source.id, t)) for t in tables]
        return bool(held) and all(e is not None and e.rows == 0 for e in held)

    def unique(self, table: str, exprs: tuple[Expr, ...]) -> bool:
        """Whether the data show at most one row per value (single columns only)."""
        evidence = self.loader.tables.get((self.source.id, table))
        if evidence is None or evidence.rows is None or len(exprs) != 1 or not isinstance(exprs[0], Column):
            return False
        column = evidence.columns.get(exprs[0].name)
        return bool(
            column and column.distinct is not None and column.distinct + (1 if column.nulls else 0) >= evidence.rows
        )

    def without_nulls(self, base: Base, population: Population) -> Base:
        """The base as one of all rows where the data show that its column has no null: cheaper to count.

        An outer join may add nulls to the tables it joins, so that only the root's columns qualify.
        """
        own = isinstance(base.arg, Column) and base.arg.table == population.root
        if not isinstance(base.arg, Column) or not own or self.source.joined or self.loader.engine != "hyper":
            return base
        evidence = self.loader.tables.get((self.source.id, base.arg.table))
        facts = evidence.columns.get(base.arg.name) if evidence else None
        return replace(base, arg=None) if facts and facts.nulls == 0 and not facts.problem else base

    def key(self, table: str) -> Unit | None:
        """A column of which the data show that it tells the rows of a table apart, nulls excluded."""
        evidence = self.loader.tables.get((self.source.id, table))
        facts = evidence.columns.items() if evidence and evidence.rows else ()
        name = next((n for n, c in facts if evidence and c.distinct == evidence.rows and not c.problem), None)
        return None if name is None else Unit("key", name, Column(table, name))

    def unit(self, population: Population) -> Unit:
        """How people are counted in a population: the root's own way, else a key of a table it reaches.

        Where rows of the root may meet several of that table, these are not the persons of the rows: classes
        have teachers, who say nothing of how many pupils there are.
        """
        found = [self.units.get(t, UNKNOWN) for t in population.tables]
        root = found[0]
        if root.kind in {"key", "count_field"} or root.confidence == "declared":
            return root
        loose = self._loose(population)
        keys = [(t, u) for t, u in zip(population.tables[1:], found[1:], strict=True) if u.kind == "key"]
        sure = next((u for t, u in keys if t not in loose or u.confidence == "declared"), None)
        if sure is not None:
            return sure
        if keys and root.kind != "rows":
            return replace(keys[0][1], confidence="low", why=f"{keys[0][1].why}; {_SEVERAL}")
        counted = [u for u in found[1:] if u.kind == "count_field"]
        if counted and self.source.joined:
            return counted[0]
        return root  # persons or things in a related table say nothing of how many persons these rows are

    def _loose(self, population: Population) -> set[str]:
        """The tables of which a row of the root may meet several, by a relationship many to many."""
        several = {frozenset((r.many, r.one)) for r in self.source.relationships if not r.unique and self.is_model}
        found: set[str] = set()
        for join in population.joins:
            before = {c.table for left, _ in join.on for c in columns(left)}
            if join.fans_out or before & found or any(frozenset((t, join.table)) in several for t in before):
                found.add(join.table)
        return found

    @property
    def numbers(self) -> Numbers:
        """What the data say of the columns that are added up."""
        return Numbers(self._codes, lambda c: self._type(c) in {"integer", "real"}, self._counted)

    def _codes(self, column: Column) -> frozenset[float] | None:
        """The values of a flag or of a number that has two at most, in rows that are no counts of people."""
        kind = self._type(column)
        if kind == "boolean":
            return frozenset({0.0, 1.0})
        evidence = self.loader.tables.get((self.source.id, column.table))
        facts = evidence.columns.get(column.name) if evidence else None
        known = facts is not None and facts.codes is not None and kind in {"integer", "real"}
        return frozenset(facts.codes or ()) if facts and known and not self._counted(column) else None

    def _counted(self, column: Column) -> bool:
        return self.units.get(column.table, UNKNOWN).kind == "count_field" or self.is_count(column)

    def _type(self, column: Column) -> str | None:
        table = self.source.table(column.table)
        held = table.column(column.name) if table else None
        return held.type if held else None

    def repeats(self, unit: Unit, population: Population) -> bool:
        """Whether a fixed join may repeat the rows that are people, or counts of them."""
        if not self.source.joined or unit.kind not in {"rows", "count_field"}:
            return False
        if unit.column is not None and unit.column.table != population.root:
            return True
        return any(not self.unique(j.table, tuple(b for _, b in j.on)) for j in population.joins)

    def tells_rows_apart(self, unit: Unit, table: str) -> bool:
        """Whether the data show that everybody has one row in a table, and in a fixed join one row as well."""
        if unit.kind != "key" or unit.column is None or unit.column.table != table:
            return False
        evidence = self.loader.tables.get((self.source.id, table))
        facts = evidence.columns.get(unit.column.name) if evidence else None
        if evidence is None or facts is None or facts.problem or not evidence.rows or facts.distinct != evidence.rows:
            return False
        links = self.source.relationships if self.source.joined else ()
        return all(self.unique(link.one, tuple(b for _, b in link.on)) for link in links)

    def lacks_keys(self, unit: Unit) -> bool:
        """Whether rows of the data have no key, as far as is known; an outer join has others without anybody."""
        if unit.kind != "key" or unit.column is None:
            return False
        evidence = self.loader.tables.get((self.source.id, unit.column.table))
        facts = evidence.columns.get(unit.column.name) if evidence else None
        return facts is None or facts.nulls != 0

    def is_text(self, expr: Expr) -> bool:
        """Whether it is a column of text, such as a printed count with its symbols."""
        table = self.source.table(expr.table) if isinstance(expr, Column) else None
        held = table.column(expr.name) if table and isinstance(expr, Column) else None
        return held is not None and held.type == "text"

    def is_count(self, column: Column) -> bool:
        """Whether a column of numbers is a count of people, declared or by its name."""
        table = self.source.table(column.table)
        held = table.column(column.name) if table else None
        if table is None or held is None or held.type not in {"integer", "real"}:
            return False
        unit = self.units.get(table.id, UNKNOWN)
        named = self.declared.names_count(table, held) or (unit.kind == "count_field" and unit.column == column)
        return named or meaning(table, held).kind == "count_field"

    def by_count(self, bases: Iterable[Base], population: Population) -> list[tuple[tuple[Base, ...], Unit]]:
        """The bases of a population by how their people are counted."""
        return by_count(bases, self.unit(population), self.is_count)

    def amounts(self, bases: Sequence[Base], unit: Unit) -> Amounts:
        """What the bases sum over people, and of how many contributors the shares are asked for."""
        if not self.largest:
            return NONE
        found = {i: amount_of(base, unit, self.is_count) for i, base in enumerate(bases)}
        return Amounts({i: e for i, e in found.items() if e is not None}, self.largest)

    def load(self, needed: Mapping[str, Iterable[str]], keys: Collection[Column] = ()) -> None:
        """Load columns (by table), once for all plans; of ``keys`` only which are equal matters."""
        if not needed:
            return
        try:
            self.loaded = self.loader.load(self.source, needed, keys)
        except (DataProcessFailed, Unreadable) as error:
            self.failure = str(error)

    @property
    def is_model(self) -> bool:
        """Whether it is a semantic model: filters flow along relationships, measures change them."""
        return self.loader.workbook.tool == "powerbi"

    @property
    def place(self) -> Place:
        """What queries run on."""
        fold = self.loader.engine == "duckdb" and not self.source.case_sensitive
        return Place(self.loader.engine, self.loaded, self.as_of, fold)

    def opaque(self, expr: Expr) -> bool:
        """Whether labels of a grouping could name or describe a person: keys, identifiers, free text."""
        return any(self._sensitive(c) for c in columns(expr))

    def _sensitive(self, column: Column) -> bool:
        table = self.source.table(column.table)
        held = table.column(column.name) if table else None
        if table is None or held is None:
            return True
        evidence = self.loader.tables.get((self.source.id, table.id))
        facts = evidence.columns.get(held.name) if evidence else None
        if meaning(table, held, facts).kind in {"unit_key", "identifier"}:
            return True
        unit = self.units.get(table.id, UNKNOWN)
        if unit.column == column and unit.kind == "key":
            return True
        if held.type != "text" or unit.kind == "not_people" or evidence is None or not evidence.rows or facts is None:
            return False
        return (facts.distinct or 0) > 50 and (facts.distinct or 0) > 0.5 * evidence.rows
