"""Recompute every visual of a workbook and count who stands behind each cell."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from linter.cells.answers import cell_tables, lacks_counts, one_cell_per_record, uncounted
from linter.cells.combined import FANNED_OUT, as_records, by_table, distinct_unit, rows_of, within
from linter.cells.contexts import context_query
from linter.cells.loading import Loader
from linter.cells.parts import Part
from linter.cells.parts import parts as model_parts
from linter.cells.population import NotEvaluated, Population, fixed_join, related
from linter.cells.query import Place, layer_query, tables_of
from linter.cells.rowsteps import Scope
from linter.cells.summed import by_count, really_used
from linter.cells.units import Declared, detect, meaning
from linter.data.engine import LoadedTable
from linter.errors import DataProcessFailed, Unreadable
from linter.evidence import STATUS_ORDER, CellTable, Evidence, LayerResult, Status, Unit, VisualResult
from linter.expressions import Column, Expr, columns, problems
from linter.model import Base, Layer, Source, Visual

_UNKNOWN = Unit("unknown")


def evaluate(loader: Loader, declared: Declared, as_of: dt.date) -> Evidence:
    """Everything that can be counted in the workbook of the loader."""
    loader.describe()
    loader.judge()
    units = {
        (source.id, table): unit
        for source in loader.workbook.sources
        for table, unit in detect(source, loader.tables, declared).items()
    }
    work = {
        s.id: _Source(loader, s, {t: u for (i, t), u in units.items() if i == s.id}, declared, as_of)
        for s in loader.workbook.sources
    }
    plans = {v.id: [_plan(work, v, layer) for layer in v.layers] for v in loader.workbook.visuals}
    for source in work.values():
        source.load(p for group in plans.values() for p in group if p.source is source)
    visuals = {v.id: _visual(v, plans[v.id]) for v in loader.workbook.visuals}
    return Evidence(dict(loader.tables), units, visuals, tuple(loader.unread))


@dataclass(slots=True)
class _Plan:
    """One query of a layer: the bases of one table and their population, or why there is none."""

    layer: Layer
    source: _Source | None
    parts: list[tuple[tuple[Base, ...], Population, Unit]]
    status: Status = "evaluated"
    reasons: tuple[str, ...] = ()
    of_model: list[tuple[Part, Unit]] = field(default_factory=list)  # a semantic model's, in place of ``parts``


class _Source:
    """A data source at work: its tables' evidence, units, and what has been loaded."""

    def __init__(
        self, loader: Loader, source: Source, units: dict[str, Unit], declared: Declared, as_of: dt.date
    ) -> None:
        self.loader, self.source, self.units, self.declared, self.as_of = loader, source, units, declared, as_of
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
        """How people are counted in a population: the root's own way, else a key of a table it reaches."""
        found = [self.units.get(t, _UNKNOWN) for t in population.tables]
        root = found[0]
        if root.kind in {"key", "count_field"} or root.confidence == "declared":
            return root
        keys = [u for u in found[1:] if u.kind == "key"]
        if keys:
            return keys[0]
        counted = [u for u in found[1:] if u.kind == "count_field"]
        if counted and self.source.joined:
            return counted[0]
        return root  # persons or things in a related table say nothing of how many persons these rows are

    def two_valued(self, column: Column) -> bool:
        """Whether a number of the data has at most two values, as flags have, in rows that are no counts of people."""
        table = self.source.table(column.table)
        held = table.column(column.name) if table else None
        evidence = self.loader.tables.get((self.source.id, column.table))
        facts = evidence.columns.get(column.name) if evidence else None
        counted = self.units.get(column.table, _UNKNOWN).kind == "count_field" or self.is_count(column)
        if held is None or facts is None or facts.distinct is None or counted:
            return False
        return held.type in {"integer", "real"} and facts.distinct <= 2 and not facts.problem

    def repeats(self, unit: Unit, population: Population) -> bool:
        """Whether a fixed join may repeat the rows that are people, or counts of them."""
        if not self.source.joined or unit.kind not in {"rows", "count_field"}:
            return False
        if unit.column is not None and unit.column.table != population.root:
            return True
        return any(not self.unique(j.table, tuple(b for _, b in j.on)) for j in population.joins)

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
        unit = self.units.get(table.id, _UNKNOWN)
        named = self.declared.names_count(table, held) or (unit.kind == "count_field" and unit.column == column)
        return named or meaning(table, held).kind == "count_field"

    def by_count(self, bases: Iterable[Base], population: Population) -> list[tuple[tuple[Base, ...], Unit]]:
        """The bases of a population by how their people are counted."""
        return by_count(bases, self.unit(population), self.is_count)

    def load(self, plans: Iterable[_Plan]) -> None:
        """Load the columns that the plans need, once."""
        needed: dict[str, set[str]] = defaultdict(set)
        for plan in plans:
            for bases, population, unit in plan.parts:
                exprs = [*(g.expr for g in plan.layer.grain), *(f.predicate for f in plan.layer.filters)]
                exprs += [e for b in bases for e in (b.arg, b.adds) if e is not None]
                exprs += [side for j in population.joins for pair in j.on for side in pair]
                used = {c for e in exprs for c in columns(e)}
                used |= {unit.column} if unit.column else set()
                for table in population.tables:
                    needed[table] |= {c.name for c in used if c.table == table}
            for part, unit in plan.of_model:
                for table in part.tables:
                    needed[table] |= set()
                for column in {*part.columns, *([unit.column] if unit.column else [])}:
                    needed[column.table].add(column.name)
        if not needed:
            return
        try:
            self.loaded = self.loader.load(self.source, needed)
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
        unit = self.units.get(table.id, _UNKNOWN)
        if unit.column == column and unit.kind == "key":
            return True
        if held.type != "text" or unit.kind == "not_people" or evidence is None or not evidence.rows or facts is None:
            return False
        return (facts.distinct or 0) > 50 and (facts.distinct or 0) > 0.5 * evidence.rows


def _plan(work: dict[str, _Source], visual: Visual, layer: Layer) -> _Plan:
    """Decide which population each base of a layer is counted in."""
    source = work.get(layer.source)
    if source is None:
        return _Plan(layer, None, [], "data_unread", ("its data source is not in the file",))
    layer = replace(layer, bases=tuple(used for b in layer.bases for used in really_used(b, source.two_valued)))
    reasons = [*visual.problems, *layer.problems]
    reasons += [r for b in layer.bases for r in b.problems]
    reasons += [f"{g.caption}: {r}" for g in layer.grain for r in problems(g.expr)]
    reasons += [f"filter {f.caption}: {r}" for f in layer.filters for r in problems(f.predicate)]
    status: Status = "not_evaluated" if reasons else "approximate" if layer.approximate else "evaluated"
    plan = _Plan(layer, source, [], status, tuple(dict.fromkeys([*reasons, *layer.approximate])))
    if any(problems(e) for e in [*(g.expr for g in layer.grain), *(f.predicate for f in layer.filters)]):
        unread = _unread(source, _tables_in_use(layer))
        return replace(plan, status="data_unread", reasons=(unread, *plan.reasons)) if unread else plan
    try:
        if source.is_model:
            plan.of_model = [
                (replace(part, bases=bases), unit)
                for part in model_parts(source.source, layer)
                for bases, unit in source.by_count(part.bases, part.population)
            ]
        else:
            plan.parts = [
                (own, population, unit)
                for bases, population in _parts(source, layer)
                for own, unit in source.by_count(bases, population)
            ]
    except NotEvaluated as error:
        plan.status, plan.reasons = "not_evaluated", (*plan.reasons, str(error))
        used = _tables_in_use(layer) or {t.id for t in source.source.tables}
    else:
        used = {t for _, population, _ in plan.parts for t in population.tables}
        used |= {t for part, _ in plan.of_model for t in part.tables}
    unread = _unread(source, used)
    if unread is not None:
        plan.status, plan.reasons, plan.parts, plan.of_model = "data_unread", (unread,), [], []
    return plan


def _unread(source: _Source, tables: Iterable[str]) -> str | None:
    if source.source.delivery != "embedded" and not any((source.source.id, t) in source.loader.tables for t in tables):
        return source.source.reason or "its rows are not in the file"
    why = next((why for t in sorted(tables) if (why := source.loader.why_not(source.source, t))), None)
    if why is None and source.holds_nothing(tables):
        return "its tables hold no rows: an empty extract is filled somewhere else"
    return why


def _tables_in_use(layer: Layer) -> set[str]:
    exprs = [*(g.expr for g in layer.grain), *(f.predicate for f in layer.filters)]
    exprs += [e for b in layer.bases for e in (b.arg, b.adds) if e is not None]
    return tables_of(*exprs) | set(layer.tables) | {b.table for b in layer.bases if b.table}


def _parts(source: _Source, layer: Layer) -> Iterable[tuple[tuple[Base, ...], Population]]:
    """One part per table that the bases aggregate; one for all in a fixed join."""
    if source.source.joined:
        yield layer.bases, fixed_join(source.source)
        return
    shared = tables_of(*rows_of(layer))
    fan_out = source.loader.workbook.tool == "tableau"
    for table, bases in by_table(layer.bases).items():
        own = tables_of(*(e for b in bases for e in (b.arg, b.adds) if e is not None))
        used = shared | own | (set(layer.tables) if table is None else set())
        yield tuple(bases), related(source.source, sorted(used), table, source.unique, fan_out=fan_out)


def _visual(visual: Visual, plans: Sequence[_Plan]) -> VisualResult:
    if not visual.layers:
        status: Status = "not_evaluated" if visual.problems else "no_query"
        return VisualResult(visual.id, status, visual.problems)
    layers = tuple(replace(x, position=i) for i, plan in enumerate(plans) for x in _layers(plan))
    worst = max((x.status for x in layers), key=STATUS_ORDER.index)
    reasons = dict.fromkeys(r for x in layers if x.status == worst for r in x.reasons)
    return VisualResult(visual.id, worst, tuple(reasons), layers)


def _layers(plan: _Plan) -> Iterable[LayerResult]:
    layer = plan.layer
    drilled = [g for g in layer.grain if g.drilled]
    grain = tuple(g.caption for g in drilled)
    if plan.source is None or not (plan.parts or plan.of_model):
        yield LayerResult(layer.label, grain, (False,) * len(grain), _UNKNOWN, plan.status, plan.reasons)
        return
    source = plan.source
    opaque = tuple(source.opaque(g.expr) for g in drilled)
    for bases, population, unit in plan.parts:
        result = LayerResult(layer.label, grain, opaque, unit, plan.status, plan.reasons, layer.source)
        yield _tried(result, partial(_counted, result, layer, bases, population, source))
    for part, unit in plan.of_model:
        captions = tuple(g.caption for g in part.layer.grain)
        hidden = tuple(source.opaque(g.expr) for g in part.layer.grain)
        result = LayerResult(layer.label, captions, hidden, unit, plan.status, plan.reasons, layer.source)
        result = _deviating(result, part.notes)
        yield _tried(result, partial(_counted_in_contexts, result, part, source))


def _tried(result: LayerResult, count: Callable[[], LayerResult]) -> LayerResult:
    """The counts of a layer, or why there are none."""
    try:
        return count()
    except (NotEvaluated, Unreadable) as error:
        return replace(result, status="not_evaluated", reasons=(*result.reasons, str(error)))
    except DataProcessFailed as error:
        return replace(result, status="data_unread", reasons=(str(error),))
    except Exception as error:  # noqa: BLE001 - one visual that trips us must not silence the others
        reason = f"it could not be put into a query ({type(error).__name__})"
        return replace(result, status="not_evaluated", reasons=(*result.reasons, reason))


def _counted_in_contexts(result: LayerResult, part: Part, source: _Source) -> LayerResult:
    """A part of a semantic model's layer, every base in its own filter context."""
    if source.failure:
        raise NotEvaluated(source.failure)
    scope = Scope(part.layer, source.source, source.place, result.unit)
    query = context_query(scope, part.bases, part.population.root)
    answer = source.loader.process.query(query.sql, list(result.opaque))
    tables = cell_tables(answer, query, part.bases, result.unit, keyless=source.lacks_keys(result.unit))
    return _with_tables(result, part.layer, tables, source, lacking=lacks_counts(answer, query))


def _counted(
    result: LayerResult, layer: Layer, bases: tuple[Base, ...], population: Population, source: _Source
) -> LayerResult:
    if source.failure:
        raise NotEvaluated(source.failure)
    if source.repeats(result.unit, population):
        raise NotEvaluated("a join may repeat the rows that are people or counts of people; declare their key")
    if layer.disaggregated:  # every record is a mark: the grain says nothing more
        layer = replace(layer, grain=(), totals=())
    counted = result.unit
    if not source.source.joined:
        layer, stated = within(layer, population)
        if population.fans_out:
            counted, stated = distinct_unit(result.unit, source.key(population.root)), (*stated, FANNED_OUT)
        result = _deviating(result, stated)
    plain = tuple(source.without_nulls(base, population) for base in bases)
    query = layer_query(layer, plain, counted, population, source.place)
    answer = source.loader.process.query(query.sql, [] if layer.disaggregated else list(result.opaque))
    tables = cell_tables(answer, query, bases, counted, keyless=source.lacks_keys(counted))
    if population.fans_out:
        tables = [as_records(table, result.unit) for table in tables]
    if layer.disaggregated:
        return replace(result, body=one_cell_per_record(tables[0], result.unit))
    return _with_tables(result, layer, tables, source, lacking=lacks_counts(answer, query))


def _deviating(result: LayerResult, stated: Sequence[str]) -> LayerResult:
    """The result with stated deviations that can't hide a small cell."""
    status: Status = "approximate" if stated and result.status == "evaluated" else result.status
    return replace(result, status=status, reasons=tuple(dict.fromkeys((*result.reasons, *stated))))


def _with_tables(
    result: LayerResult, layer: Layer, tables: Sequence[CellTable], source: _Source, *, lacking: bool
) -> LayerResult:
    if any(uncounted(table, result.unit, source.is_text) for table in tables):
        reason = "a figure is shown whose number of people is suppressed or missing in the data"
        result = replace(result, status="not_evaluated", reasons=(*result.reasons, reason))
    elif lacking:
        result = _deviating(
            result, ["some rows have no count of people (suppressed or missing); what they add is unknown"]
        )
    labels = {t.keeps: t.label for t in layer.totals}
    return replace(result, body=tables[0], totals=tuple((labels.get(t.keeps, "total"), t) for t in tables[1:]))
