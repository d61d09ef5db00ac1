"""One population of reachable states as a query: its fields, its conditions, who is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from linter.cells.combined import FANNED_OUT, distinct_unit, within
from linter.cells.contexts import context_query
from linter.cells.dialects import sql_text
from linter.cells.parts import REPEATED, Part
from linter.cells.parts import parts as model_parts
from linter.cells.population import NotEvaluated, fixed_join, related
from linter.cells.population import Population as Joined
from linter.cells.query import LayerQuery, layer_query, tables_of
from linter.cells.rowsteps import Scope
from linter.cells.sql import number
from linter.data.deadline import SPENT
from linter.data.scanning import Figure, Scanned, ScanRequest
from linter.evidence import Unit
from linter.expressions import TRUE, Case, Column, Expr, Literal, columns
from linter.model import Base, Grouping, Layer
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.cells.reachable import FigureKey, Population, View

_ROWS = Unit("rows")
_REPEATS = "a relationship repeats the rows that are people or counts of people"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the rows come from. ``layer`` has the fields, the person and the conditions for its groupings."""

    layer: Layer
    unit: Unit  # by whom rows are told apart
    joined: Joined | None = None
    part: Part | None = None


class States:
    """A population made ready. ``problems`` say which of its fields or figures can't be combined, and why;
    ``notes`` what is counted otherwise than the tool does.

    ``fields`` are those that are scanned, in order; ``needed`` the columns to load, by table.
    """

    def __init__(self, population: Population) -> None:
        self.population = population
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.needed: dict[str, set[str]] = {}
        self.fields: list[Expr] = []
        self._conditions: list[Expr] = []
        self._shape: _Shape | None = None
        try:
            self._shape = self._prepare()
        except NotEvaluated as error:
            self.problems.append(str(error))

    def scan(self, threshold: int, depth: int, budget: float) -> dict[FigureKey, Scanned]:
        """The reachable states of every figure.

        Raises:
            NotEvaluated, Unreadable, DataProcessFailed: they can't be counted.
        """
        source = self.population.source
        if source.failure:
            raise NotEvaluated(source.failure)
        figures: dict[FigureKey, list[View]] = {}
        for view in self.population.views if self._shape else ():
            if all(c == TRUE or c in self._conditions for c in _conditions(view)):
                figures.setdefault(view.figure, []).append(view)
        if self._shape is None or not self.fields:  # where no field reaches the table, all states are alike
            return dict.fromkeys(figures, Scanned((), {}))
        keyed = self._keyed(self._shape)
        if budget <= 0:
            raise NotEvaluated(SPENT)
        request = ScanRequest(
            sql=self._sql(self._query(self._shape), keyed=keyed),
            fields=len(self.fields),
            unit=keyed,
            flags=len(self._conditions),
            figures=tuple(self._figure(views) for views in figures.values()),
            selectable={i: (1,) for i, e in enumerate(self.fields) if e in self.population.saved},
            threshold=threshold,
            depth=depth,
            budget=budget,
        )
        return dict(zip(figures, source.loader.process.scan(request), strict=True))

    # -- what is asked -----------------------------------------------------------------------------

    def _figure(self, views: list[View]) -> Figure:
        place = {e: i for i, e in enumerate(self.fields)}

        def places(exprs: Iterable[Expr]) -> tuple[int, ...]:
            return tuple(sorted(place[e] for e in exprs if e in place))

        cliques = dict.fromkeys((places(v.grain | v.turned), places(v.turned)) for v in views)
        guards = tuple((p.least, self._flag(p.condition)) for p in views[0].protections)
        return Figure(self._flag(views[0].condition), guards, tuple(cliques))

    def _flag(self, condition: Expr) -> int | None:
        return None if condition == TRUE else self._conditions.index(condition)

    # -- where the rows come from ------------------------------------------------------------------

    def _prepare(self) -> _Shape:
        p = self.population
        conditions = list(dict.fromkeys(c for v in p.views for c in _conditions(v) if c != TRUE))
        fields = list(p.fields)
        if p.source.is_model:
            return self._of_model(fields, conditions)
        return self._of_join(fields, conditions)

    def _of_model(self, fields: list[Expr], conditions: list[Expr]) -> _Shape:
        """Fields that don't reach the table change nothing there."""
        p = self.population
        keyed = p.unit.kind == "key" and not p.single
        layer = self._layer(fields, conditions, p.unit.column if keyed else None)
        counted = Base("", "value", "count", None, p.root, links=p.links)
        part = next(iter(model_parts(p.source.source, replace(layer, bases=(counted,), tables=(p.root,)))))
        kept = set(part.positions)
        self.fields = [e for i, e in enumerate(fields) if i in kept]
        first = len(fields) + keyed
        self._conditions = [c for i, c in enumerate(conditions, first) if i in kept]
        if keyed and len(fields) not in kept:
            raise NotEvaluated("the key of the people does not reach the table that is counted")
        if REPEATED in part.notes and not keyed:
            raise NotEvaluated(_REPEATS)
        for table in part.tables:
            self.needed.setdefault(table, set())
        counts = p.unit.column if p.unit.kind == "count_field" else None  # a key that is needed is a grouping
        for column in {*part.columns, *([counts] if counts else [])}:
            self.needed.setdefault(column.table, set()).add(column.name)
        return _Shape(part.layer, p.unit if p.unit.kind == "count_field" else _ROWS, part=part)

    def _of_join(self, fields: list[Expr], conditions: list[Expr]) -> _Shape:
        p = self.population
        always = [f.predicate for f in p.filters]
        self.fields = [e for e in fields if self._joins([*always, e], p.fields[e])]
        self._conditions = [c for c in conditions if self._joins([*always, c], "a measure")]
        own = [p.unit.column] if p.unit.column else []
        joined = self._join([*always, *self.fields, *self._conditions, *own])
        unit = p.unit
        if p.source.repeats(unit, joined):
            raise NotEvaluated("a join may repeat the rows that are people or counts of people; declare their key")
        if joined.fans_out:
            unit = distinct_unit(unit, p.source.key(joined.root))
            self.notes.append(FANNED_OUT)
        keyed = unit.kind == "key" and (not p.single or joined.fans_out or self._repeats(joined))
        layer = self._layer(self.fields, self._conditions, unit.column if keyed else None)
        if not p.source.source.joined:
            layer, _ = within(layer, joined)
        self._need(layer, joined, unit)
        counted = p.unit if p.unit.kind == "count_field" else unit if keyed else _ROWS
        return _Shape(layer, counted, joined=joined)

    def _join(self, exprs: Iterable[Expr]) -> Joined:
        p = self.population
        if p.source.source.joined:
            return fixed_join(p.source.source)
        return related(p.source.source, sorted({p.root, *tables_of(*exprs)}), p.root, p.source.unique, fan_out=True)

    def _joins(self, exprs: Iterable[Expr], what: str) -> bool:
        try:
            self._join(exprs)
        except NotEvaluated as error:
            self.problems.append(f"{what}: {error}")
            return False
        return True

    def _repeats(self, joined: Joined) -> bool:
        """Whether a fixed join may bring a row of the root several times."""
        source = self.population.source
        return any(not source.unique(j.table, tuple(b for _, b in j.on)) for j in joined.joins if source.source.joined)

    def _need(self, layer: Layer, joined: Joined, unit: Unit) -> None:
        exprs = [*(g.expr for g in layer.grain), *(f.predicate for f in layer.filters)]
        exprs += [side for j in joined.joins for pair in j.on for side in pair]
        used = {c for e in exprs for c in columns(e)} | ({unit.column} if unit.column else set())
        self.needed = {t: {c.name for c in used if c.table == t} for t in joined.tables}

    def _layer(self, fields: list[Expr], conditions: list[Expr], key: Column | None) -> Layer:
        p = self.population
        exprs = [_as_flag(e) if e in p.saved else e for e in fields]
        exprs += [key] if key is not None else []
        exprs += [_as_flag(c) for c in conditions]
        grain = tuple(Grouping(str(i), e, "other") for i, e in enumerate(exprs))
        return Layer("states", p.source.source.id, grain, filters=p.filters)

    # -- the query ---------------------------------------------------------------------------------

    def _keyed(self, shape: _Shape) -> bool:
        return len(shape.layer.grain) > len(self.fields) + len(self._conditions)

    def _query(self, shape: _Shape) -> LayerQuery:
        source, unit = self.population.source, _ROWS if shape.unit.kind == "key" else shape.unit
        if shape.part is not None:
            scope = Scope(shape.layer, source.source, source.place, unit)
            return context_query(scope, shape.part.bases, self.population.root)
        if shape.joined is None:
            raise NotEvaluated("nothing tells which rows are counted")
        return layer_query(shape.layer, (), unit, shape.joined, source.place)

    def _sql(self, query: LayerQuery, *, keyed: bool) -> str:
        """The combinations of values as codes; equal values by the engine's own collation have one code."""
        n = len(self.fields)
        columns: list[exp.Expr] = []
        for i, e in enumerate(self.fields):
            label = exp.column(f"g{i}")
            columns.append(label if e in self.population.saved else exp.Sub(this=_rank(label), expression=number(1)))
        if keyed:
            unknown = exp.Is(this=exp.column(f"g{n}"), expression=exp.null())
            known = exp.Case(
                ifs=[exp.If(this=unknown, true=exp.Neg(this=number(1)))], default=_rank(exp.column(f"g{n}"))
            )
            columns.append(known)
        columns += [exp.column(f"g{n + keyed + i}") for i in range(len(self._conditions))]
        people = query.numbers.index("units" if "units" in query.numbers else "records")
        counted = exp.func("coalesce", exp.column(f"n{people}"), number(0))
        columns.append(exp.cast(exp.func("round", counted), "BIGINT"))  # counts may be kept as real numbers
        named = [c.as_(f"c{i}") for i, c in enumerate(columns)]
        outer = sql_text(exp.select(*named).from_("states"), self.population.source.place.engine)
        return f'WITH "states" AS ({query.sql}) {outer}'


def _conditions(view: View) -> list[Expr]:
    return [view.condition, *(p.condition for p in view.protections)]


def _as_flag(condition: Expr) -> Expr:
    """1 where it holds, else 0."""
    return Case(((condition, Literal(1)),), Literal(0))


def _rank(label: exp.Expr) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=label, desc=False, nulls_first=False)])
    return exp.Window(this=exp.Anonymous(this="DENSE_RANK"), order=order)
