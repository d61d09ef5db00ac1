"""SC001: a count of few people, or a mark that stands for few."""

from __future__ import annotations

from collections.abc import Iterator

from checks.small_counts.examples import examples
from checks.small_counts.marks import judged, small_counts
from checks.subjects import identifiers, lists_persons, share_of_single, shown_identifiers
from checks.suppression.audit import subtraction
from checks.suppression.su001_recoverable_in_visual import would_follow
from linter.evidence import CellTable, LayerResult
from linter.findings import Confidence, Finding, Severity, fingerprint
from linter.model import Visual
from linter.policy.masking import band
from linter.rules import Context, place, rule
from linter.text import listing, plural


@rule("SC001", "small-count", severity=Severity.ERROR)
def small_count(context: Context) -> Iterator[Finding]:
    """A visual shows marks or cells behind which there are only a few people.

    ## What it checks
    The table behind every visual is recomputed from the embedded rows, in the saved state of the
    workbook: same grouping fields, same filters, same totals. For each cell the distinct people are
    counted, not the rows. The rule fires where a shown count, or a mark without any measure, has between
    one person and the threshold of the profile. Percentages, means and other statistics are SC002's.

    ## Why it matters
    A count of a handful of pupils tells something about each of them to anybody who knows the school.
    The special permission to see unsuppressed pupil data ends when a workbook is visible outside the
    authority.

    ## Example that fires
    A bar chart of pupils by school and ethnic group in which one school has four pupils of a group.

    ## The same, mended
    The ethnic groups are merged until each bar has at least the threshold, or the small cells are
    replaced by a symbol in the data before they are loaded, with a second cell hidden in the same
    row and column so that none follows from the totals.

    ## How to fix it
    Tableau: aggregate and suppress in the data source, then Data > Extract Data > Aggregate data for
    visible dimensions; or combine members with Create > Group. Power BI: aggregate in Power Query
    before loading (Group By), suppress there, and remove the pupil table from the model. A filter, a
    format or a hidden page takes nothing out of the file.

    ## When a waiver is fair
    The people are not pupils and the figures are already published by their owner; or the disclosure
    team has agreed to this cell in writing.

    ## Limits
    Reader-made states (other filters, drill levels) are not judged here. Figures that a formula replaces
    by a symbol or a blank are SU004's. Where a measure could not be evaluated, the rows of its table are
    judged in its place and the confidence is lower.

    ## Sources
    The threshold is that of the profile in force; its sources are named in the profile's file.
    """
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        layers = [
            x
            for i, x in enumerate(result.layers if result else ())
            if judged(x) and _small(context, x) and not elsewhere(visual, i, x, by_person=by_person)
        ]
        if layers:
            yield _finding(context, visual, max(layers, key=lambda x: _small(context, x)))


def elsewhere(visual: Visual, position: int, layer: LayerResult, *, by_person: bool) -> bool:
    """One cause, one finding: marks by person are DR001's, records of people DR002's."""
    return lists_persons(visual, position, layer) or (by_person and share_of_single(layer) >= 0.9)


def _small(context: Context, layer: LayerResult) -> int:
    """Small cells and totals that readers see."""
    return sum(sum(small_counts(context, layer, table)) for table in layer.tables)


def _measures(layer: LayerResult, threshold: int) -> tuple[str, ...]:
    """Measures that rest on few people in some cell."""
    bases = [b for table in layer.tables for b in table.bases if b.contributors.small(threshold)]
    return tuple(dict.fromkeys(b.measure for b in bases))


def _finding(context: Context, visual: Visual, layer: LayerResult) -> Finding:
    profile = context.policy.profile
    body = sum(small_counts(context, layer, layer.body)) if layer.body else 0
    totals = _small(context, layer) - body
    cells = sum(len(t) for t in layer.tables)
    parts = [plural(body, "cell")] if body else []
    parts += [plural(totals, "total")] if totals else []
    verb = "rests" if body + totals == 1 else "rest"
    grain = " by ".join(layer.grain) or "one figure"
    return small_count.finding(
        context,
        f"{listing(parts)} of {cells:,} {verb} on {band(1, profile)} people ({grain}).",
        place(context.workbook, visual),
        "Suppress or merge the small groups in the data before they are loaded; "
        "hiding or filtering leaves them in the file.",
        confidence=confidence(layer),
        evidence={
            "grain": layer.grain,
            "cells": cells,
            "small_cells": body,
            "small_totals": totals,
            "threshold": profile.threshold,
            "examples": examples(layer, lambda table: small_counts(context, layer, table)),
            "unit": layer.unit.kind,
            "unit_field": layer.unit.field,
            "measures": _measures(layer, profile.threshold),
        },
        revealed={"smallest": _smallest(layer.tables)},
        fields=layer.grain,
        related=[*_what_if(context, visual), zeros_of(context, visual, layer)],
    )


def zeros_of(context: Context, visual: Visual, layer: LayerResult) -> str:
    """The fingerprint of what SC004 says of the same table: one mend hides small figures and zeros alike."""
    return fingerprint("SC004", place(context.workbook, visual), layer.grain)


def _what_if(context: Context, visual: Visual) -> list[str]:
    """What would follow if just these were hidden is no cause of its own."""
    audits = [a for a in subtraction(context).visuals if a.visual is visual and a.what_if and not a.alone]
    return [would_follow(context, a).fingerprint for a in audits]


def _smallest(tables: tuple[CellTable, ...]) -> int | None:
    return min((m for t in tables if (m := t.contributors.minimum) is not None), default=None)


def confidence(layer: LayerResult) -> Confidence:
    """As sure as we are of whom the layer counts, and of its rows."""
    uncertain = layer.unit.confidence == "low" or layer.status == "not_evaluated"
    return Confidence.LOW if uncertain else _CONFIDENCE[layer.unit.confidence]


_CONFIDENCE = {
    "declared": Confidence.HIGH,
    "high": Confidence.HIGH,
    "medium": Confidence.MEDIUM,
    "low": Confidence.LOW,
}
