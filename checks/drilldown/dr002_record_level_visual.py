"""DR002: a visual that lists records of people."""

from __future__ import annotations

from collections.abc import Iterator

from checks.drilldown.dr001_unit_on_visual import consequences_of
from checks.reach import following, mend
from checks.subjects import identifiers, lists_persons, shown_identifiers
from linter.evidence import LayerResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.rules import Context, place, rule


@rule("DR002", "record-level-visual", severity=Severity.ERROR)
def record_level_visual(context: Context) -> Iterator[Finding]:
    """A visual draws one mark or line for each record of a person.

    ## What it checks
    Views whose marks are not aggregated, and tables or matrices in which most lines rest on a single
    person, where the rows are about people. Visuals that name a person's key are DR001's.

    ## Why it matters
    A list without names is still a list of persons: a few ordinary facts together point to one pupil.

    ## Example that fires
    A table of sex, ethnic group, SEN provision and attainment with one line for each pupil.

    ## The same, mended
    The same fields as a count of pupils for each combination, small groups merged or suppressed.

    ## How to fix it
    Tableau: Analysis > Aggregate Measures, then take fine-grained fields off the view. Power BI: set
    each numeric field to Sum or Average and remove columns that split the lines.

    ## When a waiver is fair
    The records are not about persons; declare the source with people = false instead.

    ## Limits
    Where rows can't be read, a view with aggregation switched off is reported by its definition alone.

    ## Sources
    ONS and DfE guidance treats unaggregated records as microdata.
    """
    known = identifiers(context)
    consequences: list[Finding] | None = None
    for visual in context.workbook.visuals:
        if any(shown_identifiers(visual, known)):
            continue
        result = context.evidence.visuals.get(visual.id)
        for position, layer in enumerate(result.layers if result else ()):
            if lists_persons(visual, position, layer):
                disaggregated = not layer.grain or _disaggregated(visual, position)
                consequences = consequences_of(context) if consequences is None else consequences
                related = following(consequences, visual)
                yield _finding(context, visual, layer, related, disaggregated=disaggregated)
                break


def _disaggregated(visual: Visual, position: int) -> bool:
    return position < len(visual.layers) and visual.layers[position].disaggregated


def _finding(
    context: Context, visual: Visual, layer: LayerResult, related: tuple[str, ...], *, disaggregated: bool
) -> Finding:
    message = (
        "Its marks are single records of people: aggregation is switched off."
        if disaggregated
        else "Most of its lines or points stand for one person each."
    )
    return record_level_visual.finding(
        context, message, place(context.workbook, visual),
        mend(
            context.workbook,
            "Analysis > Aggregate Measures on, then drag fine-grained fields off until groups are large enough.",
            "Set each number to Sum or Average in the well (not Don't summarise); remove columns that split the lines.",
        ),
        confidence=Confidence.LOW if layer.unit.confidence == "low" else Confidence.HIGH,
        evidence={"grain": layer.grain, "unit": layer.unit.kind, "unit_field": layer.unit.field},
        fields=layer.grain, related=related,
    )  # fmt: skip
