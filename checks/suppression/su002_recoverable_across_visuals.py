"""SU002: a hidden figure follows from several visuals together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.reach import main_part
from checks.suppression.audit import VisualAudit, subtraction
from checks.suppression.reporting import confidence, evidence, mending, revealed, severity
from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural


@rule("SU002", "recoverable-across-visuals", severity=Severity.ERROR)
def recoverable_across_visuals(context: Context) -> Iterator[Finding]:
    """A hidden figure can be calculated from what several visuals show.

    ## What it checks
    The counts of all visuals of the workbook, hidden pages and tooltips included, are one system of
    equations: the same thing counted, under the same filters, with the same dimension values, is one
    number wherever it stands. A filter on a single value of a column counts as that value of a
    dimension. Of filters on lists of values, on their complements and on ranges, it is known which is a part
    of which, so that differences are figures too: all pupils less those of years 7 to 10. The rule fires for
    a hidden figure that follows, and for a small one that no visual shows and two of them tell. A percentage
    counts as what it says of the counts it divides. Figures that follow from one visual alone are SU001's.

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
    school and its town) are not used. Filters that overlap without one being a part of the other, on texts by
    pattern, or on identifiers, are populations of their own. Where no format says how many decimals a
    percentage shows, the profile's number is assumed; rounding inside its formula is not seen. Other
    states of filters are DR006's. Figures of identifiers are not joined across visuals.

    ## Sources
    de Wolf and Giessing, Adjusting the tau-ARGUS modular approach to deal with linked tables (2009).
    """
    found = subtraction(context)
    for audit in found.visuals:
        if audit.together or audit.differences:
            yield _finding(context, audit)
    if not found.compared:
        note = recoverable_across_visuals.finding(
            context, "Not all differences between its filters were looked at: there are too many.",
            Location(main_part(context.workbook)), "Check by hand that no two filters differ by a few people.",
            severity=Severity.NOTE, fields=("not compared",),
        )  # fmt: skip
        yield replace(note, coverage=True)


def _finding(context: Context, audit: VisualAudit) -> Finding:
    leaks = [*audit.together, *audit.differences]
    names = dict.fromkeys(v for leak in leaks for v in leak.visuals if v != audit.visual.name)
    beside = listing([f"“{clean(n)}”" for n in names]) or "other visuals"
    said = []
    if audit.together:
        many = len(audit.together) > 1
        hidden = f"{plural(len(audit.together), 'hidden figure')} of {audit.hidden:,}"
        said.append(f"{hidden} {'follow' if many else 'follows'} together with {beside}")
    if audit.differences:
        small = plural(len(audit.differences), "small figure")
        verb = "are the differences" if len(audit.differences) > 1 else "is the difference"
        said.append(f"{small} that no visual shows {verb} of its filter and that of {beside}")
    fix = mending(audit) if audit.together else (
        "Show the figures under one of the two filters only, or merge the groups, so that no difference is small."
    )  # fmt: skip
    return recoverable_across_visuals.finding(
        context, f"{'; '.join(said)}.", place(context.workbook, audit.visual), fix,
        severity=severity(context, leaks), confidence=confidence(audit),
        evidence=evidence(audit, leaks) | {"visuals": tuple(names), "differences": len(audit.differences)},
        revealed=revealed(audit, leaks), fields=audit.layer.grain,
    )  # fmt: skip
