"""A layer as one SQL query: population, levels of detail, filters, grouping sets, counts.

The query is a chain of named steps:
``p`` joins the tables and applies the early filters (extract, source, context);
``s1``, ``s2``... add one level-of-detail value or top-N flag each, computed on the step before;
``d`` applies the dimension filters and names groupings, unit and base conditions;
the last step groups it, body and totals at once, and counts rows and people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import field

from sqlglot import exp

from linter.cells.amounts import NONE, Amounts, beside, shares_of_details
from linter.cells.collations import equal
from linter.cells.dialects import Engine, sql_text
from linter.cells.population import NotEvaluated, Population
from linter.cells.sql import NotExpressible, SqlWriter, func, number
from linter.data.engine import LoadedTable
from linter.evidence import Unit
from linter.expressions import (
    TRUE,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    all_of,
    call,
    columns,
    rewrite,
    walk,
)
from linter.model import CELL, Base, Layer
from linter.records import dataclass

EARLY = frozenset({"extract", "source", "context"})
ROWS = frozenset({"extract", "source", "context", "set", "dimension"})
_DERIVED = "\0derived"  # table id of values that the s-steps add


@dataclass(frozen=True, slots=True)
class Place:
    """What a query runs on: the engine, its loaded tables, the date that is today."""

    engine: Engine
    loaded: Mapping[str, LoadedTable]
    as_of: dt.date
    fold_case: bool


@dataclass(frozen=True, slots=True)
class LayerQuery:
    """SQL text and what its columns are.

    The first ``groups`` columns are labels. ``numbers`` names the rest, in order: ``flag0``...
    (1 where that grouping is summed over), ``records``, ``units``, ``rows:i`` and ``units:i`` per
    distinct base condition, ``missing`` (rows without a count of people), ``hidden`` (1 where a
    measure filter hides the cell), ``share:i:k`` (the share of base i's k-th largest contributor).
    ``base_slots[i]`` is the condition of base i, None for all rows.
    """

    sql: str
    groups: int
    sets: tuple[tuple[int, ...], ...]
    numbers: tuple[str, ...]
    base_slots: tuple[int | None, ...]


@dataclass(slots=True)
class _Step:
    """One named step and the SQL name of every column it passes on."""

    name: str
    held: dict[Column, str]
    query: exp.Select = field(repr=False)


def layer_query(
    layer: Layer, bases: tuple[Base, ...], unit: Unit, population: Population, place: Place, *, amounts: Amounts = NONE
) -> LayerQuery:
    """Write the query of a layer over its population.

    Raises:
        NotEvaluated: something in the grain, a filter or a base can't be put into SQL.
    """
    try:
        return _Builder(layer, bases, unit, population, place, amounts=amounts).build()
    except NotExpressible as error:
        raise NotEvaluated(str(error)) from error


class _Builder:
    def __init__(
        self,
        layer: Layer,
        bases: tuple[Base, ...],
        unit: Unit,
        population: Population,
        place: Place,
        *,
        amounts: Amounts,
    ) -> None:
        self.layer, self.bases, self.unit, self.population, self.place = layer, bases, unit, population, place
        self.early = all_of(*(f.predicate for f in layer.filters if f.stage in EARLY))
        self.late = all_of(*(f.predicate for f in layer.filters if f.stage in ROWS - EARLY))
        self.having = all_of(*(f.predicate for f in layer.filters if f.stage == "measure"))
        self.grain = [g.expr for g in layer.grain if g.drilled]
        self.conditions = [base_condition(b) for b in bases]
        self.count = unit.column if unit.kind == "count_field" else None
        self.key = unit.column if unit.kind == "key" else None
        self.amounts = amounts

    def build(self) -> LayerQuery:
        steps = [self._population()]
        self._derive(steps)
        slots = list(dict.fromkeys(c for c in self.conditions if c != TRUE))
        details = self._details(steps[-1], slots)
        sets = self._sets()
        numbers = self._numbers(sets, slots, details)
        base_slots = tuple(None if c == TRUE else slots.index(c) for c in self.conditions)
        tree = self._grouped(sets, numbers)
        named: dict[str, exp.Query] = {step.name: step.query for step in [*steps, details]}
        if self.amounts.sums:
            shares = shares_of_details(self.amounts, sets, base_slots, keyed=self.key is not None)
            named |= {"cells": tree} | {step: query for step, (query, _) in shares.items()}
            keys = [(step, names) for step, (_, names) in shares.items()]
            tree = beside("cells", tree.named_selects, keys, self.amounts.largest)
        for name, query in named.items():
            tree = tree.with_(name, as_=query, copy=False)
        names = (*numbers, *self.amounts.names())
        return LayerQuery(sql_text(tree, self.place.engine), len(self.grain), sets, names, base_slots)

    # -- steps -----------------------------------------------------------------------------------

    def _population(self) -> _Step:
        """Step p: the joined tables with the columns in use, rows of the early filters only."""
        alias = {table: f"t{i}" for i, table in enumerate(self.population.tables)}
        writer = self._writer(lambda c: exp.column(physical(self.place, c), table=self._alias(alias, c.table)))
        extra = [c for c in (self.key, self.count) if c is not None]
        exprs = [*self.grain, self.late, self.having, *self.conditions, *self.amounts.sums.values()]
        used = dict.fromkeys([*sorted({c for e in exprs for c in columns(e)}, key=lambda c: (c.table, c.name)), *extra])
        held = {column: f"k{i}" for i, column in enumerate(used)}
        selected = [writer.write(c).as_(name) for c, name in held.items()] or [number(1).as_("one")]
        query = exp.select(*selected).from_(relation(self.place, self.population.root, alias[self.population.root]))
        for join in self.population.joins:
            on = exp.and_(*(equal(self.place.loaded, (a, b), writer.write(a), writer.write(b)) for a, b in join.on))
            query = query.join(relation(self.place, join.table, alias[join.table]), on=on, join_type=join.kind)
        if self.early != TRUE:
            query = query.where(writer.write(self.early))
        return _Step("p", held, query)

    def _derive(self, steps: list[_Step]) -> None:
        """Steps s: one per level of detail or top N, innermost first, each used as a column after."""
        made: dict[Expr, Column] = {}

        def replace(node: Expr) -> Expr:
            if not isinstance(node, Fixed | TopMembers):
                return node
            if node not in made:
                made[node] = Column(_DERIVED, f"v{len(made)}")
                steps.append(self._derived(node, made[node], steps[-1], len(steps)))
            value = made[node]
            return value if isinstance(node, Fixed) else call("not", call("is_null", value))

        self.grain = [rewrite(e, replace) for e in self.grain]
        self.late, self.having = rewrite(self.late, replace), rewrite(self.having, replace)
        self.conditions = [rewrite(c, replace) for c in self.conditions]
        self.amounts = self.amounts.rewritten(lambda e: rewrite(e, replace))

    def _derived(self, node: Fixed | TopMembers, value: Column, before: _Step, index: int) -> _Step:
        writer = self._writer(lambda c: exp.column(before.held[c], table="b"))
        keys = [writer.write(e) for e in node.by]
        names = [f"b{i}" for i in range(len(keys))]
        result = writer.write(node.body) if isinstance(node, Fixed) else exp.true()
        inner = exp.select(*(k.as_(n) for k, n in zip(keys, names, strict=True)), result.as_("v"))
        inner = inner.from_(exp.alias_(exp.to_table(before.name), "b", table=True))
        if keys:
            inner = inner.group_by(*(k.copy() for k in keys))
        if isinstance(node, TopMembers):
            order = exp.Ordered(this=writer.write(node.order), desc=node.descending, nulls_first=False)
            ties = [exp.Ordered(this=k.copy(), desc=False, nulls_first=False) for k in keys]
            inner = inner.order_by(order, *ties).limit(node.count)
        pairs = [
            exp.NullSafeEQ(this=k.copy(), expression=exp.column(n, table="f")) for k, n in zip(keys, names, strict=True)
        ]
        on = exp.and_(*pairs) if pairs else exp.true()
        passed = [exp.column(n, table="b").as_(n) for n in before.held.values()]
        outer = exp.select(*passed, exp.column("v", table="f").as_(value.name))
        outer = outer.from_(exp.alias_(exp.to_table(before.name), "b", table=True))
        outer = outer.join(inner.subquery("f"), on=on, join_type="left")
        return _Step(f"s{index}", {**before.held, value: value.name}, outer)

    def _details(self, before: _Step, slots: list[Expr]) -> _Step:
        """Step d: one row per contributing record, with its groups, unit and base conditions."""
        writer = self._writer(lambda c: exp.column(before.held[c]))
        selected = [writer.write(e).as_(f"g{i}") for i, e in enumerate(self.grain)]
        if self.key is not None:
            selected.append(writer.write(self.key).as_("u"))
        if self.count is not None:
            selected.append(writer.write(self.count).as_("w"))
        selected += [exp.func("coalesce", writer.write(c), exp.false()).as_(f"m{i}") for i, c in enumerate(slots)]
        selected += [writer.write(e).as_(f"a{i}") for i, e in self.amounts.sums.items()]
        kept = {c: before.held[c] for c in columns(self.having)}
        selected += [exp.column(name) for name in kept.values()]
        query = exp.select(*(selected or [number(1).as_("one")])).from_(before.name)
        if self.late != TRUE:
            query = query.where(writer.write(self.late))
        return _Step("d", kept, query)

    def _sets(self) -> tuple[tuple[int, ...], ...]:
        """The body's grouping set first, then those of the totals."""
        body = tuple(range(len(self.grain)))
        return tuple(dict.fromkeys([body, *(t.keeps for t in self.layer.totals)]))

    def _numbers(self, sets: tuple[tuple[int, ...], ...], slots: list[Expr], details: _Step) -> dict[str, exp.Expr]:
        numbers: dict[str, exp.Expr] = {}
        counted = self.key is not None or self.count is not None
        if len(sets) > 1:
            numbers |= {f"flag{i}": func("grouping", exp.column(f"g{i}")) for i in range(len(self.grain))}
        numbers["records"] = exp.Count(this=exp.Star())
        if counted:
            numbers["units"] = units_of(self.unit, None)
        for i in range(len(slots)):
            numbers[f"rows:{i}"] = filtered(exp.Count(this=exp.Star()), exp.column(f"m{i}"))
            if counted:
                numbers[f"units:{i}"] = units_of(self.unit, exp.column(f"m{i}"))
        if self.count is not None:
            missing = exp.Is(this=exp.column("w"), expression=exp.null())
            numbers["missing"] = filtered(exp.Count(this=exp.Star()), missing)
        if self.having != TRUE:
            shown = self._writer(lambda c: exp.column(details.held[c])).write(self.having)
            numbers["hidden"] = exp.Case(ifs=[exp.If(this=shown, true=number(0))], default=number(1))
        return numbers

    def _grouped(self, sets: tuple[tuple[int, ...], ...], numbers: Mapping[str, exp.Expr]) -> exp.Select:
        names = [f"g{i}" for i in range(len(self.grain))]
        counts = [x.as_(f"n{i}") for i, x in enumerate(numbers.values())]
        query = exp.select(*(exp.column(n) for n in names), *counts).from_("d")
        if len(sets) > 1:
            tuples = [exp.Tuple(expressions=[exp.column(names[i]) for i in s]) for s in sets]
            return query.group_by(exp.GroupingSets(expressions=tuples))
        return query.group_by(*(exp.column(n) for n in names)) if names else query

    # -- names -----------------------------------------------------------------------------------

    def _writer(self, column: Callable[[Column], exp.Expr]) -> SqlWriter:
        return SqlWriter(self.place.engine, column, self.place.as_of, fold_case=self.place.fold_case)

    @staticmethod
    def _alias(alias: Mapping[str, str], table: str) -> str:
        if table not in alias:
            raise NotEvaluated("it uses a table that is not part of its population")
        return alias[table]


def physical(place: Place, column: Column) -> str:
    """The name of a column in the engine."""
    table = place.loaded.get(column.table)
    if table is None:
        raise NotEvaluated("it uses a table whose rows are not at hand")
    if column.name in table.problems:
        raise NotEvaluated(f"column {column.name!r}: {table.problems[column.name]}")
    if column.name not in table.columns:
        raise NotEvaluated(f"column {column.name!r} is not in the data")
    return table.columns[column.name]


def relation(place: Place, table: str, alias: str) -> exp.Expr:
    """A loaded table under an alias."""
    loaded = place.loaded.get(table)
    if loaded is None or loaded.problem:
        raise NotEvaluated(
            loaded.problem if loaded and loaded.problem else "it uses a table whose rows are not at hand"
        )
    parts = [exp.to_identifier(p, quoted=True) for p in loaded.relation]
    named = exp.Table(
        this=parts[-1],
        db=parts[-2] if len(parts) > 1 else None,
        catalog=parts[-3] if len(parts) > 2 else None,
    )
    return exp.alias_(named, alias, table=True)


def base_condition(base: Base) -> Expr:
    """Which rows a base really uses: those its filters add and whose aggregated value is not null."""
    if base.arg is None or isinstance(base.arg, Literal):
        return base.adds
    return all_of(call("not", call("is_null", base.arg)), base.adds)


def units_of(unit: Unit, mask: exp.Expr | None, *, single: bool = False) -> exp.Expr:
    """Distinct keys ``u``, or the sum of the counts ``w`` where rows are already aggregated.

    ``single``: no two rows have the same key, so that every one found is another person.
    """
    if unit.kind == "key":
        keys = exp.column("u")
        return filtered(exp.Count(this=keys if single else exp.Distinct(expressions=[keys])), mask)
    total = filtered(func("sum", exp.cast(exp.column("w"), "double")), mask)
    return exp.cast(func("round", total, number(0)), "bigint")


def filtered(aggregate: exp.Expr, mask: exp.Expr | None) -> exp.Expr:
    """The aggregate over the rows of the mask only."""
    return aggregate if mask is None else exp.Filter(this=aggregate, expression=exp.Where(this=mask))


def tables_of(*exprs: Expr) -> set[str]:
    """Ids of the tables that expressions rest on."""
    return {part.table for e in exprs for part in walk(e) if isinstance(part, Column) and part.table != CELL}
