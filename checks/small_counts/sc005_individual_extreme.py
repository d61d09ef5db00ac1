"""SC005: the smallest or largest value of a group is one person's."""

from __future__ import annotations

from collections.abc import Iterator

from checks.small_counts.marks import judged
from checks.small_counts.sc001_small_count import elsewhere
from checks.subjects import PEOPLE, column_meaning, identifiers, shown_identifiers
from linter.evidence import BaseCounts, LayerResult
from linter.expressions import Column
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.policy.names import words
from linter.rules import Context, place, rule
from linter.text import listing

_EXTREMES = frozenset({"min", "max", "first", "last"})
_OF_NOBODY = frozenset({
    "year", "sort", "order", "index", "rank", "latitude", "longitude", "lat", "lon", "term", "period", "version", "id",
})  # fmt: skip


@rule("SC005", "individual-extreme", severity=Severity.WARNING, confidence=Confidence.MEDIUM)
def individual_extreme(context: Context) -> Iterator[Finding]:
    """A minimum, maximum or first value shows what a single person has.

    ## What it checks
    Measures that aggregate a numeric column of a table with rows of persons by minimum, maximum, first or
    last value. Whatever the size of the group, the figure is the value of one of them.

    ## Why it matters
    The lowest Attainment 8 score of a school belongs to somebody whom the year group knows.

    ## Example that fires
    The lowest and the highest attendance of each school, from one row for each pupil.

    ## The same, mended
    The tenth and the ninetieth percentile of groups that are large enough, rounded.

    ## How to fix it
    Tableau: change the aggregation of the pill to Average or Percentile. Power BI: change the aggregation of
    the field, and check that no field stands at First.

    ## When a waiver is fair
    The column does not describe persons (the capacity of the school, repeated on each pupil's row), or the
    extreme is a limit of the scale that many share.

    ## Limits
    Columns of numbers only; texts that identify are DR001's. Distribution marks that draw one point for
    each person are DR002's. That a value is the same for the whole group is not checked.

    ## Sources
    ONS Safe Researcher output checking guidance: minima and maxima are not released.
    """
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        names = [
            base.measure
            for layer in (result.layers if result else ())
            if judged(layer) and not elsewhere(visual, layer.position, layer, by_person=by_person) and layer.body
            for base in layer.body.bases
            if _of_one_person(context, layer, base)
        ]
        if names:
            yield _finding(context, visual, tuple(dict.fromkeys(names)))


def _of_one_person(context: Context, layer: LayerResult, base: BaseCounts) -> bool:
    arg = base.base.arg if base.base else None
    if base.aggregate not in _EXTREMES or not isinstance(arg, Column):
        return False
    source = next((s for s in context.workbook.sources if s.id == layer.source), None)
    table = source.table(arg.table) if source else None
    column = table.column(arg.name) if table else None
    unit = context.evidence.units.get((layer.source, arg.table))
    if source is None or table is None or column is None or unit is None or unit.kind not in PEOPLE:
        return False
    if column.type not in {"integer", "real"} or _OF_NOBODY & set(words(column.caption or column.name)):
        return False
    return column_meaning(context, source, table, column).kind in {"person_attribute", "unknown"}


def _finding(context: Context, visual: Visual, measures: tuple[str, ...]) -> Finding:
    many = len(measures) > 1
    return individual_extreme.finding(
        context,
        f"{listing(list(measures))} {'are' if many else 'is'} the value of a single person in each cell.",
        place(context.workbook, visual),
        "Show an average or a percentile of a group that is large enough instead.",
        evidence={"measures": measures}, fields=measures,
    )  # fmt: skip
