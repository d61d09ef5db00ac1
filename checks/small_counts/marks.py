"""Which cells of a layer rest on few people, and whether a count or a statistic is what they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.suppression.figures import is_count, shares
from checks.suppression.guards import guarded
from linter.evidence import BaseCounts, CellTable, LayerResult
from linter.model import Visual
from linter.rules import Context

Mask = list[bool]


def judged(layer: LayerResult) -> bool:
    """Whether people stand behind the cells of a layer; where nobody knows, MF002 asks."""
    return layer.body is not None and layer.unit.kind not in {"not_people", "unknown"}


def small_counts(context: Context, layer: LayerResult, table: CellTable) -> Mask:
    """Cells that show a small count, or a mark without a measure: SC001's."""
    counts = [b for b in table.bases if is_count(layer, b, context)]
    if table.bases and not counts:
        return [False] * len(table)
    unseen = _unseen(context, layer, table)
    masks = [_small(context, table.contributors.values, unseen)]
    masks += [_small(context, b.contributors.values, unseen_figures(context, layer, table, b)) for b in counts]
    return _any(masks)


def small_bases(context: Context, layer: LayerResult, table: CellTable) -> Mask:
    """Cells with a statistic that rests on a small base, numerator or rest: SC002's, without SC001's."""
    statistics = [b for b in table.bases if not is_count(layer, b, context)]
    if not statistics:
        return [False] * len(table)
    asked = [b for b in statistics if _asked(context, b)]
    masks = [_small(context, b.contributors.values, unseen_figures(context, layer, table, b)) for b in asked]
    masks += [_small(context, rest, unseen_figures(context, layer, table, b)) for b, rest in rests(table, context)]
    masks.append(_small(context, table.contributors.values, _unseen(context, layer, table)))
    counted = small_counts(context, layer, table)
    return [found and not before for found, before in zip(_any(masks), counted, strict=True)]


def rests(table: CellTable, context: Context) -> Iterable[tuple[BaseCounts, list[int]]]:
    """Denominator minus numerator of every share of people: those who lack the attribute."""
    if not context.policy.profile.percentages.difference:
        return
    for part, whole in shares(table):
        parts, wholes = part.contributors.values, whole.contributors.values
        if all(p <= w for p, w in zip(parts, wholes, strict=True)):
            yield part, [w - p for p, w in zip(parts, wholes, strict=True)]


def _asked(context: Context, base: BaseCounts) -> bool:
    """Whether the profile looks at that part of a ratio."""
    wanted = context.policy.profile.percentages
    return {"numerator": wanted.numerator, "denominator": wanted.denominator}.get(base.role, True)


def _small(context: Context, counts: Sequence[int], hidden: Sequence[bool]) -> Mask:
    t = context.policy.profile.threshold
    return [not h and 0 < n <= t for n, h in zip(counts, hidden, strict=True)]


def unseen_figures(context: Context, layer: LayerResult, table: CellTable, base: BaseCounts) -> Mask:
    """Cells in which readers do not see the figure of a base; a guard that can't be followed hides nothing."""
    by_guard = guarded(context.workbook, layer, table, base, _visual(context, layer)) or [False] * len(table)
    return [bool(f) or g for f, g in zip(table.hidden or by_guard, by_guard, strict=True)]


def _visual(context: Context, layer: LayerResult) -> Visual | None:
    """The visual that a layer belongs to."""
    if "visual of layer" not in context.shared:
        results = ((v, context.evidence.visuals.get(v.id)) for v in context.workbook.visuals)
        context.shared["visual of layer"] = {id(x): v for v, r in results if r for x in r.layers}
    found: Visual | None = context.shared["visual of layer"].get(id(layer))
    return found


def _unseen(context: Context, layer: LayerResult, table: CellTable) -> Mask:
    """Cells in which readers see no figure at all."""
    if not table.bases:
        return [bool(f) for f in table.hidden] or [False] * len(table)
    return [all(flags) for flags in zip(*(unseen_figures(context, layer, table, b) for b in table.bases), strict=True)]


def _any(masks: Sequence[Mask]) -> Mask:
    return [any(flags) for flags in zip(*masks, strict=True)]
