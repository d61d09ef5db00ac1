"""The counts of a workbook as tables that a reader can lay side by side.

One variable per distinct cell: equal source, equal thing counted, equal filters, equal dimension values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from checks.subjects import identifiers
from checks.suppression.additive import ROW_STAGES, Label, labels_of, model_layer, not_additive
from checks.suppression.figures import Figures, figures, groupings, listed_counts, quotients, spelled_out
from checks.suppression.percentages import ShownAs, form, shown_as
from checks.suppression.populations import Restriction, conjuncts, restrictions
from linter.disclosure.system import Bools, Floats
from linter.disclosure.tables import Table
from linter.evidence import LayerResult
from linter.expressions import TRUE, Column, Expr, columns
from linter.model import Layer, Visual
from linter.records import dataclass
from linter.rules import Context

TOTAL = "\0total"
_ELSEWHERE = "\0filtered"  # the parent of a label that a filter has singled out: it sums to nothing shown
_TOTAL_WORDS = ("total", "all ", "all", "overall", "grand total", "everyone")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One count of one visual, body and totals, ready for the audit.

    ``rows``: the labels of each row by dimension name, ``TOTAL`` where it is summed over. ``small``: shown figures
    of 1..t. ``truth``: NaN where the data do not say.
    """

    visual: Visual
    layer: LayerResult
    table: Table
    hidden: Bools
    small: Bools
    truth: Floats
    people: bool
    whole: bool  # no filter but those that are dimensions
    caption: str  # of the measure
    within: Mapping[str, Restriction] = field(default_factory=dict)  # by dimension: what its filters leave


@dataclass(frozen=True, slots=True)
class Quotient:
    """A percentage on show: the tables of its numerators and denominators, a row of both, and the text."""

    numerators: Shown
    denominators: Shown
    row: int
    text: ShownAs = field(repr=False)


@dataclass(slots=True)
class Publication:
    """All counts of a workbook that add up, and those that were left out, with the reason.

    ``quotients``: percentages of such counts. Their numerators and denominators stand in tables of their own,
    in which every figure is hidden from readers and none is theirs to protect.
    """

    shown: list[Shown] = field(default_factory=list)
    left_out: list[tuple[Visual, str]] = field(default_factory=list)
    quotients: list[Quotient] = field(default_factory=list)

    def of(self, visual: Visual) -> list[Shown]:
        """The counts of one visual."""
        return [s for s in self.shown if s.visual.id == visual.id]


def publication(context: Context) -> Publication:
    """Everything that the visuals of a workbook show of counts."""
    found, names = Publication(), _Names(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        for layer in result.layers if result else ():
            if layer.body is None or layer.unit.kind in {"not_people", "unknown"}:
                continue
            _add(context, visual, listed_counts(context, visual, layer), found, names)
            _add_quotients(context, visual, layer, found, names)
    return found


class _Names:
    """Readable names that are unique: of dimensions by expression, of measures by what they count."""

    def __init__(self, context: Context) -> None:
        self.unnamed = frozenset(identifiers(context))
        self.taken: dict[str, object] = {}
        self.given: dict[object, str] = {}

    def of(self, key: object, caption: str) -> str:
        if key not in self.given:
            name, n = caption, 1
            while name in self.taken:
                n += 1
                name = f"{caption} ({n})"
            self.taken[name], self.given[key] = key, name
        return self.given[key]


def _add(context: Context, visual: Visual, layer: LayerResult, found: Publication, names: _Names) -> None:
    """The counts of a layer, one per base that adds up; what can't be told is left out, with the reason."""
    by_base: dict[tuple[str, int], list[Figures]] = {}
    for printed in figures(context, visual, layer):
        place = next(i for i, b in enumerate(printed.table.bases) if b is printed.base)
        by_base.setdefault((printed.base.measure, place), []).append(printed)
    hides = layer.body is not None and (any(layer.body.hidden) or any(layer.body.missing))
    if not by_base and hides:
        found.left_out.append((visual, "what it shows is no count that adds up"))
    for parts in by_base.values():
        reason = not_additive(context, visual, layer, parts)
        if reason is None:
            found.shown.append(_shown(context, visual, layer, parts, names))
        elif any(any(p.hidden) for p in parts):
            found.left_out.append((visual, reason))


def _add_quotients(context: Context, visual: Visual, layer: LayerResult, found: Publication, names: _Names) -> None:
    """The percentages of a layer whose counts add up; the others say nothing that could be used."""
    for measure, *sides in quotients(context, visual, layer):
        if any(not_additive(context, visual, layer, parts) is not None for parts in sides):
            continue
        how = form(context, visual, layer, measure)
        top, base = (_shown(context, visual, layer, parts, names) for parts in sides)
        readable = ~top.hidden & np.isfinite(top.truth) & np.isfinite(base.truth)
        for row in np.flatnonzero(readable).tolist():
            text = shown_as(int(top.truth[row]), int(base.truth[row]), how)
            if text is not None:
                found.quotients.append(Quotient(top, base, row, text))


def behind(shown: Shown) -> Shown:
    """Numerators or denominators as readers have them: not printed, so that no figure of them is hidden either."""
    nowhere = np.zeros(len(shown.hidden), dtype=np.bool_)
    return replace(shown, table=replace(shown.table, hidden=~nowhere), hidden=nowhere, small=nowhere)


def _shown(context: Context, visual: Visual, layer: LayerResult, parts: Sequence[Figures], names: _Names) -> Shown:
    """One table in long form, with the filters as part of what is counted."""
    grain = groupings(visual, layer) or ()
    dimensions = []
    for i, grouping in enumerate(grain):
        own: object = (visual.id, layer.position, i) if layer.opaque[i] else (layer.source, grouping.expr)
        dimensions.append(names.of(own, grouping.caption))
    base = parts[0].base
    adds = spelled_out(base.base).adds if base.base else TRUE
    unnamed = frozenset(column for source, column in names.unnamed if source == layer.source)
    fixed, population = _population(model_layer(visual, layer), [g.expr for g in grain], adds, unnamed)
    within = {names.of((layer.source, column), column.name): r for column, r in fixed.items()}
    slices = {d: r.single or names.of((d, r), r.label()) for d, r in within.items()}
    counted = (layer.source, parts[0].counted, base.base.table if base.base else None, population)
    totals = _total_labels(layer, parts[0]) if layer.unit.kind == "count_field" else {}
    labels, values, hidden, truth = _rows(parts, len(grain), totals)
    table_of: dict[str, Any] = {d: [row[i] for row in labels] for i, d in enumerate(dimensions)}
    table_of |= {d: [label] * len(labels) for d, label in slices.items()}
    unsure = any(p.blank for p in parts) or layer.unit.kind == "count_field"
    table = Table(
        table_of, values, hidden, totals=TOTAL,
        hierarchies={d: {label: _ELSEWHERE} for d, label in slices.items()},
        measures=(names.of(counted, base.measure),), absent="unknown" if unsure else "zero",
        truth=truth, name=visual.name,
    )  # fmt: skip
    t = context.policy.profile.threshold
    small = ~hidden & (values >= 1) & (values <= t)
    whole = not population and all(r.single is not None for r in within.values())
    people = parts[0].counted[0] == "people"
    return Shown(visual, layer, table, hidden, small, truth, people, whole, base.measure, within)


def _rows(
    parts: Sequence[Figures], dimensions: int, totals: dict[int, frozenset[Label]]
) -> tuple[list[list[Label]], Floats, Bools, Floats]:
    """Labels, values, hidden flags and true values of body and totals, row by row."""
    labels: list[list[Label]] = []
    values: list[float] = []
    hidden: list[bool] = []
    truth: list[float] = []
    for part in parts:
        for i, value in enumerate(part.values):
            row: list[Label] = [TOTAL] * dimensions
            for g, label in zip(part.table.keeps, labels_of(part, part.table.keeps, i), strict=True):
                row[g] = TOTAL if label in totals.get(g, ()) else label
            labels.append(row)
            values.append(float(value))
            hidden.append(part.hidden[i])
            truth.append(float("nan") if part.unknown[i] else float(value))
    # Engines answer in any order; the same workbook must give the same derivations.
    order = sorted(range(len(labels)), key=lambda i: [(x is None, x or "") for x in labels[i]])
    flags = np.array(hidden, dtype=np.bool_)
    return [labels[i] for i in order], np.array(values)[order], flags[order], np.array(truth)[order]


def _population(
    layer: Layer, grain: Sequence[Expr], adds: Expr, unnamed: frozenset[Column]
) -> tuple[dict[Column, Restriction], frozenset[Expr]]:
    """Conditions on the values of one column, which are one more dimension, and all others.

    Those of the filters, and those that the measure itself ``adds``. Conditions on a grouping of its own, and
    on the columns ``unnamed``, whose values no report may name, are of the others.
    """
    conditions = [c for f in layer.filters if f.stage in ROW_STAGES for c in conjuncts(f.predicate)]
    found, others = restrictions(iter([*conditions, *conjuncts(adds)]))
    used = {c for e in others for c in columns(e)}
    kept = {c: r for c, r in found.items() if c not in grain and c not in unnamed and c not in used}
    left = [e for e in (*conditions, *conjuncts(adds)) if not columns(e) & kept.keys()]
    return kept, frozenset(left)


def _total_labels(layer: LayerResult, body: Figures) -> dict[int, frozenset[Label]]:
    """Labels of published counts that stand for the total: so called, and never contradicted by a sum."""
    found: dict[int, frozenset[Label]] = {}
    for place, labels in enumerate(body.table.labels):
        named = [x for x in labels if x is not None and _called_total(x)]
        if len(named) == 1 and _is_sum(body, place, named[0]):
            found[layer.body.keeps[place] if layer.body else place] = frozenset(named)
    return found


def _called_total(label: str) -> bool:
    text = label.strip().casefold()
    return text in _TOTAL_WORDS or text.startswith(("all ", "total "))


def _is_sum(body: Figures, place: int, label: str) -> bool:
    """Whether the others never sum to more than the label, and to exactly it where all are known."""
    table = body.table
    groups: dict[tuple[int, ...], list[int]] = {}
    for i in range(len(table)):
        groups.setdefault(tuple(c[i] for k, c in enumerate(table.codes) if k != place), []).append(i)
    for members in groups.values():
        total = [i for i in members if table.labels[place][table.codes[place][i]] == label]
        rest = [i for i in members if i not in total]
        if len(total) != 1 or not rest or body.unknown[total[0]]:
            continue
        known = sum(body.values[i] for i in rest if not body.unknown[i])
        whole = body.values[total[0]]
        if known > whole or (known != whole and not any(body.unknown[i] for i in rest)):
            return False
    return True
