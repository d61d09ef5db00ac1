"""Recompute every visual of a workbook and count who stands behind each cell."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

from linter.cells.amounts import NONE, Amounts
from linter.cells.answers import cell_tables, lacks_counts, one_cell_per_record, uncounted
from linter.cells.collations import OF_ANOTHER_TABLE, differ
from linter.cells.combined import FANNED_OUT, as_records, by_table, distinct_unit, rows_of, within
from linter.cells.contexts import context_query
from linter.cells.loading import Loader
from linter.cells.parts import Part
from linter.cells.parts import parts as model_parts
from linter.cells.population import NotEvaluated, Population, fixed_join, related
from linter.cells.query import LayerQuery, layer_query, tables_of
from linter.cells.reachable import Layered, Survey, Wanted
from linter.cells.rowsteps import Scope
from linter.cells.shares import counting, side_by_side
from linter.cells.sources import UNKNOWN, SourceAtWork
from linter.cells.summed import really_used
from linter.cells.units import Declared, detect
from linter.errors import DataProcessFailed, Unreadable
from linter.evidence import STATUS_ORDER, CellTable, Evidence, LayerResult, Status, Unit, VisualResult
from linter.expressions import columns, problems
from linter.model import Base, Layer, Visual, Workbook
from linter.records import dataclass


def evaluate(
    loader: Loader, declared: Declared, as_of: dt.date, largest: int = 0, reach: Wanted | None = None
) -> Evidence:
    """Everything that can be counted in the workbook of the loader.

    ``largest``: of how many contributors to each amount the shares are asked for; 0 for none. ``reach``:
    what is asked of the states that readers can bring visuals to; None for nothing.
    """
    loader.discover()
    loader.describe()
    loader.judge()
    units = {
        (source.id, table): unit
        for source in loader.workbook.sources
        for table, unit in detect(source, loader.tables, declared).items()
    }
    work = {
        s.id: SourceAtWork(
            loader, s, {t: u for (i, t), u in units.items() if i == s.id}, declared, as_of, largest=largest
        )
        for s in loader.workbook.sources
    }
    plans = {v.id: [_plan(work, v, layer) for layer in v.layers] for v in loader.workbook.visuals}
    survey = Survey(loader.workbook, _layered(work, plans, loader.workbook), reach) if reach else None
    for source in work.values():
        own = [p for group in plans.values() for p in group if p.source is source]
        needed = _needed(own)
        for table, names in survey.needed(source).items() if survey else ():
            needed[table] |= names
        keys = {unit.column for p in own for _, unit in p.of_model if unit.column and unit.kind == "key"}
        source.load(needed, keys | {c for p in own for part, _ in p.of_model for c in part.counted})
    visuals = {v.id: _visual(v, plans[v.id]) for v in loader.workbook.visuals}
    reached = survey.results() if survey else ()
    return Evidence(dict(loader.tables), units, visuals, tuple(loader.unread), reached)


def _layered(work: dict[str, SourceAtWork], plans: dict[str, list[_Plan]], workbook: Workbook) -> Iterable[Layered]:
    """The layers of all visuals as they are counted, saved states first, then those of other parameter values."""
    for visual in workbook.visuals:
        for plan in plans[visual.id]:
            yield from _ways(visual, plan, "")
    for visual in workbook.visuals:
        for chosen in visual.chosen:
            for layer in chosen.layers:
                yield from _ways(visual, _plan(work, visual, layer), chosen.parameter, chosen.missing)


def _ways(visual: Visual, plan: _Plan, choice: str, missing: str = "") -> Iterable[Layered]:
    if plan.source is not None:
        for bases, population, unit in plan.parts:
            yield Layered(visual, plan.layer, plan.source, population.root, bases, unit, choice, missing)
        for part, unit in plan.of_model:
            yield Layered(visual, plan.layer, plan.source, part.population.root, part.bases, unit, choice, missing)


@dataclass(slots=True)
class _Plan:
    """One query of a layer: the bases of one table and their population, or why there is none."""

    layer: Layer
    source: SourceAtWork | None
    parts: list[tuple[tuple[Base, ...], Population, Unit]]
    status: Status = "evaluated"
    reasons: tuple[str, ...] = ()
    of_model: list[tuple[Part, Unit]] = field(default_factory=list)  # a semantic model's, in place of ``parts``


def _needed(plans: Iterable[_Plan]) -> dict[str, set[str]]:
    """The columns whose values plans rest on, by table; a table without any is needed for its rows.

    The keys of a semantic model's people are left out: of them only the number of distinct ones counts.
    """
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
            counts = unit.column if unit.kind == "count_field" else None
            for column in {*part.columns, *([counts] if counts else [])}:
                needed[column.table].add(column.name)
    return needed


def _plan(work: dict[str, SourceAtWork], visual: Visual, layer: Layer) -> _Plan:
    """Decide which population each base of a layer is counted in."""
    source = work.get(layer.source)
    if source is None:
        return _Plan(layer, None, [], "data_unread", ("its data source is not in the file",))
    numbers = source.numbers
    layer = replace(layer, bases=tuple(used for b in layer.bases for used in really_used(b, numbers)))
    reasons = [*visual.problems, *layer.problems]
    reasons += [r for b in layer.bases for r in b.problems]
    reasons += [f"{g.caption}: {r}" for g in layer.grain for r in problems(g.expr)]
    reasons += [f"filter {f.caption}: {r}" for f in layer.filters for r in problems(f.predicate)]
    status: Status = "not_evaluated" if reasons else "approximate" if layer.approximate else "evaluated"
    plan = _Plan(layer, source, [], status, _once([*reasons, *layer.approximate]))
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


def _once(reasons: Iterable[str]) -> tuple[str, ...]:
    """Each reason once: without what another tells with the name of the field or filter it holds for."""
    found = tuple(dict.fromkeys(reasons))
    return tuple(r for r in found if not any(other.endswith(f": {r}") for other in found))


def _unread(source: SourceAtWork, tables: Iterable[str]) -> str | None:
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


def _parts(source: SourceAtWork, layer: Layer) -> Iterable[tuple[tuple[Base, ...], Population]]:
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
    reasons = _once(r for x in layers if x.status == worst for r in x.reasons)
    return VisualResult(visual.id, worst, reasons, layers)


def _layers(plan: _Plan) -> Iterable[LayerResult]:
    layer = plan.layer
    drilled = [g for g in layer.grain if g.drilled]
    grain = tuple(g.caption for g in drilled)
    if plan.source is None or not (plan.parts or plan.of_model):
        yield LayerResult(layer.label, grain, (False,) * len(grain), UNKNOWN, plan.status, plan.reasons)
        return
    source = plan.source
    opaque = tuple(source.opaque(g.expr) for g in drilled)
    found = []
    for bases, population, unit in plan.parts:
        result = LayerResult(layer.label, grain, opaque, unit, plan.status, plan.reasons, layer.source)
        found.append(_tried(result, partial(_counted, result, layer, bases, population, source)))
    for part, unit in plan.of_model:
        captions = tuple(g.caption for g in part.layer.grain)
        hidden = tuple(source.opaque(g.expr) for g in part.layer.grain)
        result = LayerResult(layer.label, captions, hidden, unit, plan.status, plan.reasons, layer.source)
        result = _deviating(result, part.notes)
        found.append(_tried(result, partial(_counted_in_contexts, result, part, source)))
    yield from side_by_side(found)


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


def _counted_in_contexts(result: LayerResult, part: Part, source: SourceAtWork) -> LayerResult:
    """A part of a semantic model's layer, every base in its own filter context."""
    if source.failure:
        raise NotEvaluated(source.failure)

    def write(amounts: Amounts) -> LayerQuery:
        single = source.tells_rows_apart(result.unit, part.population.root)
        scope = Scope(part.layer, source.source, source.place, result.unit, single=single)
        return context_query(scope, part.bases, part.population.root, amounts)

    asked = source.amounts(part.bases, result.unit)
    query, answer = _answered(write, asked, source, result.opaque)
    keyless = source.lacks_keys(result.unit)
    tables = cell_tables(answer, query, part.bases, result.unit, keyless=keyless, amounts=frozenset(asked.sums))
    return _with_tables(result, part.layer, tables, source, lacking=lacks_counts(answer, query))


def _counted(
    result: LayerResult, layer: Layer, bases: tuple[Base, ...], population: Population, source: SourceAtWork
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
    if differ(source.loaded, population):
        result = _deviating(result, [OF_ANOTHER_TABLE])
    plain = tuple(source.without_nulls(base, population) for base in bases)
    asked = NONE if layer.disaggregated else source.amounts(bases, counted)
    wanted = NONE if population.fans_out else asked  # rows repeated by a relationship are not summed twice

    def write(amounts: Amounts) -> LayerQuery:
        return layer_query(layer, plain, counted, population, source.place, amounts=amounts)

    query, answer = _answered(write, wanted, source, () if layer.disaggregated else result.opaque)
    keyless = source.lacks_keys(counted)
    tables = cell_tables(answer, query, bases, counted, keyless=keyless, amounts=frozenset(asked.sums))
    if population.fans_out:
        tables = [as_records(table, result.unit) for table in tables]
    if layer.disaggregated:
        return replace(result, body=one_cell_per_record(tables[0], result.unit))
    return _with_tables(result, layer, tables, source, lacking=lacks_counts(answer, query))


def _answered(
    write: Callable[[Amounts], LayerQuery], amounts: Amounts, source: SourceAtWork, opaque: Sequence[bool]
) -> tuple[LayerQuery, dict[str, Any]]:
    """A query with its answer; without its amounts where these can't be summed, so that the counts stand."""
    if amounts.sums:
        try:
            query = write(amounts)
            return query, source.loader.process.query(query.sql, list(opaque))
        except (NotEvaluated, Unreadable):
            amounts = NONE  # texts, dates: the answer lacks the shares, which the rule on dominance says
    query = write(amounts)
    return query, source.loader.process.query(query.sql, list(opaque))


def _deviating(result: LayerResult, stated: Sequence[str]) -> LayerResult:
    """The result with stated deviations that can't hide a small cell."""
    status: Status = "approximate" if stated and result.status == "evaluated" else result.status
    return replace(result, status=status, reasons=tuple(dict.fromkeys((*result.reasons, *stated))))


def _with_tables(
    result: LayerResult, layer: Layer, tables: Sequence[CellTable], source: SourceAtWork, *, lacking: bool
) -> LayerResult:
    if any(uncounted(table, result.unit, source.is_text) for table in tables):
        reason = "a figure is shown whose number of people is suppressed or missing in the data"
        result = replace(result, status="not_evaluated", reasons=(*result.reasons, reason))
    elif lacking:
        result = _deviating(
            result, ["some rows have no count of people (suppressed or missing); what they add is unknown"]
        )
    labels = {t.keeps: t.label for t in layer.totals}
    tables = counting(tables, result.unit)
    return replace(result, body=tables[0], totals=tuple((labels.get(t.keeps, "total"), t) for t in tables[1:]))
