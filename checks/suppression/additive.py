"""Whether the cells of a count may be summed: each person in one of them, each row once."""

from __future__ import annotations

from collections.abc import Sequence

from checks.suppression.figures import Figures, groupings
from linter.evidence import LayerResult
from linter.expressions import TRUE, columns
from linter.model import Base, Layer, Source, Visual
from linter.rules import Context

ROW_STAGES = frozenset({"extract", "source", "context", "set", "dimension"})
"""Stages of filters that remove rows."""

Label = str | None


def model_layer(visual: Visual, layer: LayerResult) -> Layer:
    """The model's layer behind a result."""
    return visual.layers[layer.position]


def not_additive(context: Context, visual: Visual, layer: LayerResult, parts: Sequence[Figures]) -> str | None:
    """Why the cells of a count can't be summed; None if they can."""
    base = parts[0].base.base
    if layer.status == "not_evaluated":
        return "it was not evaluated"
    if any(f.stage == "table_calc" and f.predicate != TRUE for f in model_layer(visual, layer).filters):
        return "a table calculation hides some of its cells"
    if base is None or groupings(visual, layer) is None:
        return "its fields could not be told apart"
    if _changes_filters(base, model_layer(visual, layer)) or base.links or base.values:
        return "its measure changes the filters of the cell"
    if len({p.counted for p in parts}) > 1:
        return "body and totals count different things"
    totals = [p for p in parts if p.table is not layer.body]
    body = next((p for p in parts if p.table is layer.body), None)
    if body is None:
        return "its cells could not be counted"
    if totals and not any(any(p.unknown) for p in parts):
        fits = all(_sums_to(body, total) for total in totals)
        return None if fits else "its cells do not add up to its totals: a person is in several of them"
    what = parts[0].counted[0]
    source = next((s for s in context.workbook.sources if s.id == layer.source), None)
    if source is None:
        return "its data source is not known"
    if what == "people" and layer.unit.kind == "key" and not _one_row_each(context, layer, source, base.table):
        return "one person may be in several of its cells, and no total shows it"
    whole = source.joined or _rows_stay_whole(source, layer, visual, base.table)
    return None if whole else "its rows are repeated by a relationship"


def _changes_filters(base: Base, layer: Layer) -> bool:
    """Whether a base removes a grouping or a filter that works in the layer."""
    exprs = [g.expr for g in layer.grain] + [f.predicate for f in layer.filters]
    used = {c for e in exprs for c in columns(e)}
    return any(
        named is not None and bool(used if named == () else used & set(named))
        for named in (base.removes, base.reselects)
    )


def _sums_to(body: Figures, total: Figures) -> bool:
    """Whether the body sums to a total on every cell of it."""
    sums: dict[tuple[Label, ...], int] = {}
    for i, value in enumerate(body.values):
        key = labels_of(body, total.table.keeps, i)
        sums[key] = sums.get(key, 0) + value
    keeps = total.table.keeps
    return all(sums.get(labels_of(total, keeps, i), 0) == value for i, value in enumerate(total.values))


def labels_of(part: Figures, positions: Sequence[int], cell: int) -> tuple[Label, ...]:
    """The labels of a cell; where they are masked, the number of the member within its query."""
    table = part.table
    at = {g: place for place, g in enumerate(table.keeps)}
    codes = [table.codes[at[g]][cell] for g in positions]
    return tuple(
        f"member {code + 1}" if part.layer.opaque[g] else table.labels[at[g]][code]
        for g, code in zip(positions, codes, strict=True)
    )


def _one_row_each(context: Context, layer: LayerResult, source: Source, table: str | None) -> bool:
    """Whether the data show that the table counted has one row for each person."""
    key = layer.unit.column
    if key is None or (table is not None and key.table != table):
        return False
    evidence = context.evidence.tables.get((source.id, key.table))
    facts = evidence.columns.get(key.name) if evidence else None
    return bool(evidence and facts and evidence.rows and facts.distinct == evidence.rows)


def _rows_stay_whole(source: Source, layer: LayerResult, visual: Visual, table: str | None) -> bool:
    """Whether every grouping and filter lies in the counted table or on the one side of it."""
    model = model_layer(visual, layer)
    exprs = [g.expr for g in model.grain if g.drilled] + [f.predicate for f in model.filters if f.stage in ROW_STAGES]
    used = {c.table for e in exprs for c in columns(e)}
    root = table or next(iter(used), None)
    reached, grown = {root}, True
    while grown:
        more = {r.one for r in source.relationships if r.unique and r.active and r.many in reached} - reached
        reached |= more
        grown = bool(more)
    return used <= reached
