"""SU006: a hidden figure follows together with what has been published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.reach import main_part
from checks.suppression.audit import VisualAudit
from checks.suppression.reporting import MOST_NAMED, confidence
from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural

if TYPE_CHECKING:
    from checks.suppression.against import Leaks

AGAINST = "against"
"""Where the engine leaves what ``--against`` names: published tables, and contexts of earlier workbooks."""


@rule("SU006", "recoverable-against-published", severity=Severity.ERROR)
def recoverable_against_published(context: Context) -> Iterator[Finding]:
    """A hidden figure can be calculated together with an earlier or national publication.

    ## What it checks
    With `--against`, the counts of the workbook beside those of published tables and of workbooks that were
    published before. Figures are the same where the names of measure and dimensions and the labels are
    equal, case and spaces aside. Only what the workbook alone does not give away is reported.

    ## Why it matters
    National statistics are often published unsuppressed for the same year. What one hides the other shows.

    ## Example that fires
    Enrolments by phase and ethnicity with figures below ten hidden, against the national download that
    shows all of them.

    ## The same, mended
    The workbook stays at the grain at which the national publication suppresses as well.

    ## How to fix it
    Hide what the other publication gives away, or publish figures that don't overlap with it.

    ## When a waiver is fair
    The figure is public already and its owner has decided so.

    ## Limits
    Only what is named with `--against` is compared. Names must agree; a dimension of the other table with a
    single label that the workbook lacks (the year) is taken as said of all of it. Counts under filters other
    than single values are left out.

    ## Sources
    ICO, guidance on anonymisation: linkability with other publications.
    """
    if not context.shared.get(AGAINST):
        return
    from checks.suppression.against import followed

    found = followed(context, context.shared[AGAINST])
    if found is None:
        yield _nothing_in_common(context)
        return
    for audit, leaks in found.leaks:
        yield _finding(context, audit, leaks, found.others)


def _nothing_in_common(context: Context) -> Finding:
    return recoverable_against_published.finding(
        context,
        "What --against names has no measure in common with the workbook by name, so that nothing was compared.",
        Location(main_part(context.workbook)),
        "Give the measure the name it has in the publication, or audit an export with `disclint table --against`.",
        severity=Severity.NOTE, fields=("nothing in common",),
    )  # fmt: skip


def _finding(context: Context, audit: VisualAudit, leaks: Leaks, others: tuple[str, ...]) -> Finding:
    t = context.policy.profile.threshold
    small = any(0 < v <= t for v in leaks.values)
    follow = "follow" if len(leaks.names) > 1 else "follows"
    return recoverable_against_published.finding(
        context,
        f"{plural(len(leaks.names), 'hidden figure')} of {audit.hidden:,} {follow} together with "
        f"{listing([clean(o) for o in others])}.",
        place(context.workbook, audit.visual),
        "Hide what the other publication gives away, or publish figures that do not overlap with it.",
        severity=Severity.ERROR if small else Severity.WARNING,
        confidence=confidence(audit),
        evidence={
            "grain": audit.layer.grain, "recoverable": len(leaks.names), "against": others,
            "certificates": tuple(leaks.certificates[:MOST_NAMED]),
        },
        revealed={"certificates": tuple(leaks.exact[:MOST_NAMED])},
        fields=audit.layer.grain,
    )  # fmt: skip
