"""The figures that visuals print: numbers of people or rows, cell by cell, shown or hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from checks.suppression.guards import guarded
from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.expressions import Case, Column, Expr, Literal, all_of
from linter.model import Base, Grouping, Visual
from linter.policy.names import words
from linter.records import dataclass
from linter.rules import Context

COUNTS = frozenset({"count", "count_distinct"})
_OF_ONE_ROW = frozenset({"any", "min", "max", "avg", "median", "sum"})
_NO_COUNT = frozenset({"percent", "percentage", "rate", "average", "mean", "score", "share", "proportion", "ratio"})


@dataclass(frozen=True, slots=True)
class Figures:
    """One printed number per cell, for the body or one total of a layer.

    ``hidden``: 1 where readers do not see it. ``unknown``: its value is not in the data either.
    ``blank``: a hidden cell looks like a combination that nobody is in.
    """

    visual: Visual
    layer: LayerResult
    base: BaseCounts
    counted: tuple[str, Expr | None]
    table: CellTable
    values: Sequence[int] = field(repr=False)
    hidden: Sequence[bool] = field(repr=False)
    unknown: Sequence[bool] = field(repr=False)
    blank: bool = False


def is_count(layer: LayerResult, base: BaseCounts, context: Context) -> bool:
    """Whether a base prints a number of people or rows, not a statistic about them."""
    return base.role == "value" and (base.aggregate in COUNTS or _count_field_shown(layer, base, context))


def groupings(visual: Visual, layer: LayerResult) -> tuple[Grouping, ...] | None:
    """The groupings behind the captions of a layer's grain; None if they can't be told."""
    if layer.position >= len(visual.layers):
        return None
    rest = [g for g in visual.layers[layer.position].grain if g.drilled]
    found = []
    for caption in layer.grain:
        at = next((i for i, g in enumerate(rest) if g.caption == caption), None)
        if at is None:
            return None
        found.append(rest[at])
        del rest[: at + 1]
    return tuple(found)


def spelled_out(base: Base) -> Base:
    """``COUNTD(IF x THEN key END)`` as the count of keys over the rows where x holds."""
    match base.arg:
        case Case(((condition, Column() | Literal() as value),), None | Literal(None)) if value != Literal(None):
            arg = value if isinstance(value, Column) else None
            return replace(base, arg=arg, adds=all_of(base.adds, condition))
        case _:
            return base


def quotients(
    context: Context, visual: Visual, layer: LayerResult
) -> Iterator[tuple[str, tuple[Figures, ...], tuple[Figures, ...]]]:
    """Percentages that divide one count by another: the measure, its numerators and its denominators.

    One of each for the body and every total; hidden where readers do not see the percentage.
    """
    found: dict[str, list[tuple[Figures, Figures]]] = {}
    for table in layer.tables:
        for part, whole in shares(table):
            unseen = guarded(context.workbook, layer, table, part, visual)
            pair = _counted(context, visual, layer, table, part), _counted(context, visual, layer, table, whole)
            if unseen is None or pair[0] is None or pair[1] is None:
                continue
            filtered = [bool(h) for h in table.hidden] or [False] * len(table)
            hidden = [a or b for a, b in zip(unseen, filtered, strict=True)]
            both = replace(pair[0], hidden=hidden), replace(pair[1], hidden=hidden)
            found.setdefault(part.measure, []).append(both)
    for measure, pairs in found.items():
        yield measure, tuple(p for p, _ in pairs), tuple(w for _, w in pairs)


def shares(table: CellTable) -> Iterator[tuple[BaseCounts, BaseCounts]]:
    """Numerator and denominator of the measures that divide one count by another."""
    for part in table.bases:
        if part.role != "numerator" or part.aggregate not in COUNTS:
            continue
        same = [b for b in table.bases if b.measure == part.measure]
        wholes = [b for b in same if b.role == "denominator" and b.aggregate in COUNTS]
        if len(wholes) == 1 and sum(b.role == "numerator" for b in same) == 1:
            yield part, wholes[0]


def _counted(
    context: Context, visual: Visual, layer: LayerResult, table: CellTable, base: BaseCounts
) -> Figures | None:
    """A numerator or denominator as if it were printed; None if it is no number of people or rows."""
    if base.base is None:
        return None
    plain = replace(base, role="value", base=replace(base.base, role="value", guards=()))
    printed = _printed(layer, plain, context)
    if printed is None:
        return None
    counted, values = printed
    unknown = [bool(m) for m in table.missing] or [False] * len(table)
    return Figures(visual, layer, plain, counted, table, values, unknown, unknown, any(table.hidden))


def figures(context: Context, visual: Visual, layer: LayerResult) -> Iterator[Figures]:
    """Every count that a layer prints, in its body and its totals."""
    for table in layer.tables:
        body = table is layer.body
        if not body and context.workbook.tool == "powerbi" and any(layer.body.hidden if layer.body else ()):
            continue  # its totals leave out what the filter hides
        for base in table.bases:
            printed = _printed(layer, base, context)
            by_guard = guarded(context.workbook, layer, table, base, visual)
            if printed is None or by_guard is None:
                continue
            counted, values = printed
            filtered = [bool(h) for h in table.hidden] or [False] * len(table)
            unknown = [bool(m) for m in table.missing] or [False] * len(table)
            hidden = [any(flags) for flags in zip(filtered, by_guard, unknown, strict=True)]
            yield Figures(visual, layer, base, counted, table, values, hidden, unknown, any(table.hidden))


def listed_counts(context: Context, visual: Visual, layer: LayerResult) -> LayerResult:
    """A table that lists a printed count as one more column, read as the count by the other columns."""
    grain, body = groupings(visual, layer), layer.body
    if grain is None or body is None or body.bases or layer.unit.kind != "count_field" or layer.unit.column is None:
        return layer
    models = [Base(g.caption, "value", "any", g.expr, layer.unit.column.table) for g in grain]
    at = next((i for i, m in enumerate(models) if _text_of(context, layer, m, layer.unit.column)), None)
    if at is None or body.units is None or any(n > 1 for n in body.records.values):
        return layer
    rest = [i for i in range(len(grain)) if i != at]
    printed = BaseCounts(grain[at].caption, "value", "any", body.records, body.units, (), models[at])
    table = replace(
        body, keeps=tuple(range(len(rest))), labels=tuple(body.labels[i] for i in rest),
        codes=tuple(body.codes[i] for i in rest), bases=(printed,),
    )  # fmt: skip
    captions, opaque = tuple(layer.grain[i] for i in rest), tuple(layer.opaque[i] for i in rest)
    return replace(layer, grain=captions, opaque=opaque, body=table, totals=())


def _printed(
    layer: LayerResult, base: BaseCounts, context: Context
) -> tuple[tuple[str, Expr | None], Sequence[int]] | None:
    """What a base counts and the numbers it prints; None if it prints something else."""
    if base.base is None or not is_count(layer, base, context):
        return None
    model = spelled_out(base.base)
    if _count_field_shown(layer, base, context):
        return (("people", layer.unit.column), base.units.values) if base.units else None
    if base.aggregate == "count_distinct":
        if layer.unit.kind != "key" or model.arg != layer.unit.column or base.units is None:
            return None
        return ("people", layer.unit.column), base.units.values
    rows = base.rows.values
    if layer.unit.kind == "key" and base.units is not None and list(rows) == list(base.units.values):
        plain = model.arg is None or model.arg == layer.unit.column
        return ("people", layer.unit.column if plain else model.arg), rows
    return ("rows", model.arg), rows


def _count_field_shown(layer: LayerResult, base: BaseCounts, context: Context) -> bool:
    """Whether a base prints the count field itself, or the text made of it, one row to a cell."""
    model, unit = base.base, layer.unit
    if unit.kind != "count_field" or unit.column is None or model is None or not isinstance(model.arg, Column):
        return False
    if model.arg == unit.column and base.aggregate == "sum":
        return True
    body = layer.body
    if base.aggregate not in _OF_ONE_ROW or body is None or any(n > 1 for n in body.records.values):
        return False
    return model.arg == unit.column or _text_of(context, layer, model, unit.column)


def _text_of(context: Context, layer: LayerResult, model: Base, count: Column) -> bool:
    """Whether a text column is the count field as printed, such as ``Number of pupils`` beside ``Pupils``."""
    arg = model.arg
    if not isinstance(arg, Column) or arg.table != count.table:
        return False
    source = next((s for s in context.workbook.sources if s.id == layer.source), None)
    table = source.table(arg.table) if source else None
    column = table.column(arg.name) if table else None
    said = set(words(column.caption or column.name)) if column and column.type == "text" else set()
    return bool(said) and set(words(count.name)) <= said and not said & _NO_COUNT
