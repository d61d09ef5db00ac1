"""SU001: a hidden figure follows from what the same visual shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.subjects import identifiers, lists_persons, shown_identifiers
from checks.suppression.audit import VisualAudit, subtraction
from checks.suppression.reporting import confidence, evidence, mending, revealed, severity
from linter.findings import Confidence, Finding, Severity
from linter.rules import Context, place, rule
from linter.text import plural


@rule("SU001", "recoverable-in-visual", severity=Severity.ERROR, needs="checks.suppression.subtraction")
def recoverable_in_visual(context: Context) -> Iterator[Finding]:
    """A hidden figure can be calculated from what the same visual shows.

    ## What it checks
    Figures of people that readers do not see: removed by a measure filter, replaced by a symbol or a
    blank in a formula, or missing in the published data behind the visual. All sums that hold between
    the visual's cells and its totals are solved exactly. Each cell that follows is proved by a
    certificate, the subtraction a reader would do. Where small figures are still shown, the same audit
    asks what would follow if these alone were hidden; that is a warning.

    ## Why it matters
    Hiding one figure in a row that has a total hides nothing: the total minus the rest is the figure.
    The DfE asks for primary and for secondary suppression.

    ## Example that fires
    Pupils by school and SEN provision with totals, where the only figure below ten is a star.

    ## The same, mended
    A second figure is hidden in the same row and in the same column, so that every total still holds
    two unknowns.

    ## How to fix it
    Suppress figures in the data before they are loaded, primary and secondary figures with the same symbol.
    Tableau: Analysis > Totals, and remove the totals. Power BI: Format > Subtotals, off.

    ## When a waiver is fair
    The disclosure team has agreed to the hidden figure itself; or the hidden figures are not hidden to
    protect anybody (a filter on the ten largest).

    ## Limits
    Only counts that add up are audited: rows, people who are in one cell each, and sums of a count
    field. Visuals with hidden figures of another kind are listed in a note. Counts that are rounded
    by a format are taken as exact.

    ## Sources
    Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), on secondary suppression;
    DfE, Children in need 2020, data guidance: "Secondary suppression has been applied where necessary".
    """
    found = subtraction(context)
    for audit in found.visuals:
        if audit.alone:
            yield _follows(context, audit)
        elif audit.what_if and not _by_person(context, audit):
            yield would_follow(context, audit)
    told = {a.visual.id for a in found.visuals if a.alone or a.what_if}
    reasons: dict[str, list[str]] = {}
    for visual, reason in found.publication.left_out:
        reasons.setdefault(visual.id, []).append(reason)
    for audit in found.visuals:
        if audit.contradicted and audit.hidden:
            reasons.setdefault(audit.visual.id, []).append("its figures contradict each other")
        if audit.undecided and audit.hidden and not (audit.alone or audit.together):
            reasons.setdefault(audit.visual.id, []).append("some cells could not be decided in time")
    for visual in context.workbook.visuals:
        if visual.id in reasons and visual.id not in told:
            why = "; ".join(dict.fromkeys(reasons[visual.id]))
            # What nobody audited is not clean: it leaves the workbook incomplete.
            unaudited = recoverable_in_visual.finding(
                context, f"Whether its hidden figures can be calculated was not audited: {why}.",
                place(context.workbook, visual), "Check by hand that no hidden figure follows from a total.",
                severity=Severity.NOTE, confidence=Confidence.LOW, evidence={"not_audited": why},
                fields=("not audited",),
            )  # fmt: skip
            yield replace(unaudited, coverage=True)


def _by_person(context: Context, audit: VisualAudit) -> bool:
    """Marks by person are DR001's and DR002's: hiding figures is no way to mend them."""
    known = identifiers(context)
    return any(shown_identifiers(audit.visual, known)) or lists_persons(audit.visual, audit.layer.position, audit.layer)


def _follows(context: Context, audit: VisualAudit) -> Finding:
    many = len(audit.alone) > 1
    return recoverable_in_visual.finding(
        context,
        f"{plural(len(audit.alone), 'hidden figure')} of {audit.hidden:,} {'follow' if many else 'follows'} "
        f"from what it shows ({' by '.join(audit.layer.grain)}).",
        place(context.workbook, audit.visual), mending(audit),
        severity=severity(context, audit.alone), confidence=confidence(audit),
        evidence=evidence(audit, audit.alone), revealed=revealed(audit, audit.alone), fields=audit.layer.grain,
    )  # fmt: skip


def would_follow(context: Context, audit: VisualAudit) -> Finding:
    """The what-if of a visual whose small figures are still shown."""
    return recoverable_in_visual.finding(
        context,
        f"Hiding just its {plural(audit.small, 'small figure')} would not be enough: {len(audit.what_if):,} of them "
        "would follow from what it still shows.",
        place(context.workbook, audit.visual), mending(audit),
        severity=Severity.WARNING, confidence=confidence(audit),
        evidence=evidence(audit, audit.what_if) | {"what_if": True}, revealed=revealed(audit, audit.what_if),
        fields=audit.layer.grain,
    )  # fmt: skip
