"""SC002: a percentage, mean or other statistic rests on few people."""

from __future__ import annotations

from collections.abc import Iterator

from checks.small_counts.examples import examples
from checks.small_counts.marks import judged, rests, small_bases
from checks.small_counts.sc001_small_count import confidence, elsewhere
from checks.subjects import identifiers, shown_identifiers
from checks.suppression.figures import is_count
from linter.evidence import LayerResult
from linter.findings import Confidence, Finding, Severity
from linter.model import Visual
from linter.policy.masking import band
from linter.policy.names import words
from linter.rules import Context, place, rule
from linter.text import listing, plural

_PERCENTAGE = frozenset({"percent", "percentage", "pct", "rate", "proportion", "share", "average", "mean"})


@rule("SC002", "small-base", severity=Severity.ERROR)
def small_base(context: Context) -> Iterator[Finding]:
    """A percentage, mean, ratio, median or other statistic rests on only a few people.

    ## What it checks
    For each cell of a visual, the people behind every measure that is not a plain count: the numerator,
    the denominator, and their difference, which is the people without the attribute. The rule fires
    where one of them is between one and the threshold of the profile. People without a value do not
    count: a mean of eleven pupils with eight scores rests on eight. A sum rests on those whose value is
    neither missing nor 0: the days of exclusion of thirty pupils of whom three were excluded are those
    of three. A percentage whose people cannot be counted is reported as a note.

    ## Why it matters
    A percentage is a count in disguise: with the size of the group known, one with no decimals gives
    away the numerator of every group of up to a hundred. The mean of two pupils tells each the other's
    score.

    ## Example that fires
    Average Attainment 8 by school and SEN provision, where one school has four pupils with a plan.

    ## The same, mended
    The average is shown for groups with at least the threshold of scores, and by school alone elsewhere.

    ## How to fix it
    Tableau: suppress in the data source, or merge members with Create > Group. Power BI: group in Power
    Query before loading and leave out statistics of small groups; hide the count as well as the
    percentage. Show fewer decimals.

    ## When a waiver is fair
    The figures are already published by their owner; or the disclosure team has agreed in writing.

    ## Limits
    The difference is formed where numerator and denominator are both counts. How many decimals a format
    shows is not read. One finding for each visual: where its counts are small as well, SC001 speaks.

    ## Sources
    Nexus, Exclusions Methodology (NCER): percentages with a numerator or denominator of 1 or 2 are
    suppressed; the numbers in force are those of the profile.
    """
    known = identifiers(context)
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        by_person = any(shown_identifiers(visual, known))
        layers = [
            x
            for i, x in enumerate(result.layers if result else ())
            if judged(x) and not elsewhere(visual, i, x, by_person=by_person)
        ]
        worst = max(layers, key=lambda x: _small(context, x), default=None)
        if worst is not None and _small(context, worst):
            yield _finding(context, visual, worst)
        elif unknown := [m for x in layers for m in _without_base(context, x)]:
            yield _unknown(context, visual, tuple(dict.fromkeys(unknown)))


def _small(context: Context, layer: LayerResult) -> int:
    return sum(sum(small_bases(context, layer, table)) for table in layer.tables)


def _without_base(context: Context, layer: LayerResult) -> Iterator[str]:
    """Percentages and means of which nobody can say how many people stand behind them."""
    for base in layer.body.bases if layer.body else ():
        average = bool(_PERCENTAGE & set(words(base.measure))) or base.aggregate in {"avg", "median"}
        if average and base.units is None and not is_count(layer, base, context):
            yield base.measure


def _finding(context: Context, visual: Visual, layer: LayerResult) -> Finding:
    profile = context.policy.profile
    cells = sum(len(t) for t in layer.tables)
    small = _small(context, layer)
    measures = _measures(context, layer)
    verb = "rests" if small == 1 else "rest"
    return small_base.finding(
        context,
        f"{listing(list(measures))}: {plural(small, 'figure')} of {cells:,} {verb} on {band(1, profile)} people "
        f"({' by '.join(layer.grain) or 'one figure'}).",
        place(context.workbook, visual),
        "Leave out statistics of small groups, or merge the groups, in the data before they are loaded.",
        confidence=confidence(layer),
        evidence={
            "grain": layer.grain,
            "cells": cells,
            "small_figures": small,
            "threshold": profile.threshold,
            "examples": examples(layer, lambda table: small_bases(context, layer, table)),
            "unit": layer.unit.kind,
            "unit_field": layer.unit.field,
            "measures": measures,
        },
        fields=layer.grain,
    )


def _measures(context: Context, layer: LayerResult) -> tuple[str, ...]:
    """Statistics with a small base somewhere, by name; all of them where the whole cell is small."""
    t = context.policy.profile.threshold
    statistics = [b for table in layer.tables for b in table.bases if not is_count(layer, b, context)]
    small = [b.measure for b in statistics if b.contributors.small(t)]
    small += [b.measure for table in layer.tables for b, rest in rests(table, context) if any(0 < n <= t for n in rest)]
    return tuple(dict.fromkeys(small or [b.measure for b in statistics]))


def _unknown(context: Context, visual: Visual, measures: tuple[str, ...]) -> Finding:
    return small_base.finding(
        context,
        f"How many people stand behind {listing(list(measures))} can't be told: the data hold no count of them.",
        place(context.workbook, visual),
        "Show the number of people behind each percentage, or declare the field that holds it (--count-field).",
        severity=Severity.NOTE, confidence=Confidence.LOW, evidence={"measures": measures}, fields=measures,
    )  # fmt: skip
