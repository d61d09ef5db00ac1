"""SC001: a mark or cell rests on few people."""

from __future__ import annotations

from collections.abc import Iterator

from checks.subjects import identifiers, shown_identifiers
from linter.evidence import CellTable, LayerResult
from linter.findings import Confidence, Finding, Severity
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
    counted, not the rows. The rule fires where a cell has between one person and the threshold of
    the profile, for the whole cell or for the rows that one of its measures really uses.

    ## Why it matters
    A count, an average or any other figure of a handful of pupils tells something about each of them
    to anybody who knows the school. The special permission to see unsuppressed pupil data ends when
    a workbook is visible outside the authority.

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
    Reader-made states (other filters, drill levels) are not judged here. Where a measure could not be
    evaluated, the rows of its table are judged in its place and the confidence is lower.

    ## Sources
    The threshold is that of the profile in force; its sources are named in the profile's file.
    """
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        if result is None or any(shown_identifiers(visual, known)):
            continue  # one cause, one finding: a visual by person is DR001's
        layers = [x for x in result.layers if _judged(x) and _small(x, context)]
        certain = [x for x in layers if x.unit.kind != "unknown"]
        if certain or layers:
            yield _finding(context, visual, certain or layers)


def _judged(layer: LayerResult) -> bool:
    return layer.body is not None and layer.unit.kind != "not_people" and bool(layer.grain or len(layer.body) == 1)


def _small(layer: LayerResult, context: Context) -> int:
    t = context.policy.profile.threshold
    return sum(table.small_shown(t) for table in _tables(layer))


def _tables(layer: LayerResult) -> list[CellTable]:
    return [t for t in (layer.body, *(table for _, table in layer.totals)) if t is not None]


def _finding(context: Context, visual: Visual, layers: list[LayerResult]) -> Finding:
    profile = context.policy.profile
    worst = max(layers, key=lambda x: _small(x, context))
    body = worst.body.small_shown(profile.threshold) if worst.body else 0
    totals = _small(worst, context) - body
    cells = sum(len(t) for t in _tables(worst))
    unknown = worst.unit.kind == "unknown"
    who = "rows, which may be people" if unknown else "people"
    grain = " by ".join(worst.grain) or "one figure"
    parts = [plural(body, "cell")] if body else []
    parts += [plural(totals, "total")] if totals else []
    message = (
        f"{listing(parts)} of {cells:,} {'rests' if body + totals == 1 else 'rest'} on "
        f"{band(1, profile)} {who} ({grain})."
    )
    fix = (
        "Declare what is counted: --unit FIELD, or people = false for the data source in the manifest."
        if unknown
        else "Suppress or merge the small groups in the data before they are loaded; hiding or filtering leaves them in the file."
    )
    uncertain = unknown or worst.unit.confidence == "low" or worst.status == "not_evaluated"
    return small_count.finding(
        context, message, place(context.workbook, visual), fix,
        severity=Severity.NOTE if unknown else None,
        confidence=Confidence.LOW if uncertain else Confidence.MEDIUM if worst.unit.confidence == "medium" else Confidence.HIGH,
        evidence={
            "grain": worst.grain, "cells": cells, "small_cells": body, "small_totals": totals,
            "threshold": profile.threshold, "unit": worst.unit.kind, "unit_field": worst.unit.field,
        },
        revealed={"smallest": min((m for t in _tables(worst) if (m := t.contributors.minimum) is not None), default=None)},
        fields=worst.grain,
    )  # fmt: skip
