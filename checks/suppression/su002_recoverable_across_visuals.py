"""SU002: a hidden figure follows from several visuals together."""

from __future__ import annotations

from collections.abc import Iterator

from checks.suppression.reporting import confidence, evidence, mending, revealed, severity
from checks.suppression.subtraction import VisualAudit, subtraction
from linter.findings import Finding, Severity
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural


@rule("SU002", "recoverable-across-visuals", severity=Severity.ERROR)
def recoverable_across_visuals(context: Context) -> Iterator[Finding]:
    """A hidden figure can be calculated from what several visuals show.

    ## What it checks
    The counts of all visuals of the workbook, hidden pages and tooltips included, are one system of
    equations: the same thing counted, under the same filters, with the same dimension values, is one
    number wherever it stands. A filter on a single value of a column counts as that value of a
    dimension. Figures that follow from one visual alone are SU001's.

    ## Why it matters
    A table without totals looks safe. The bar chart beside it shows the totals.

    ## Example that fires
    Pupils by school and SEN provision with figures below ten filtered out and no totals, and, on another
    page, the number of pupils of each school.

    ## The same, mended
    The figures that give the hidden one away are hidden as well, on every page, or neither page shows
    a total that the other lacks.

    ## How to fix it
    Suppress once, in the data that all visuals share, before they are loaded. Check again after each
    new page.

    ## When a waiver is fair
    The disclosure team has agreed to the hidden figure itself.

    ## Limits
    Groupings are joined when they rest on the same expression; relations between different fields (a
    school and its town) and between overlapping filters are not used. Other states of filters are
    DR006's. Figures of identifiers are not joined across visuals.

    ## Sources
    de Wolf and Giessing, Adjusting the tau-ARGUS modular approach to deal with linked tables (2009).
    """
    for audit in subtraction(context).visuals:
        if audit.together:
            yield _finding(context, audit)


def _finding(context: Context, audit: VisualAudit) -> Finding:
    names = dict.fromkeys(v for leak in audit.together for v in leak.visuals if v != audit.visual.name)
    beside = listing([f"“{clean(n)}”" for n in names]) or "other visuals"
    many = len(audit.together) > 1
    return recoverable_across_visuals.finding(
        context,
        f"{plural(len(audit.together), 'hidden figure')} of {audit.hidden:,} {'follow' if many else 'follows'} "
        f"together with {beside}.",
        place(context.workbook, audit.visual), mending(audit),
        severity=severity(context, audit.together), confidence=confidence(audit),
        evidence=evidence(audit, audit.together) | {"visuals": tuple(names)},
        revealed=revealed(audit, audit.together), fields=audit.layer.grain,
    )  # fmt: skip
