"""ME002: a visual could not be recomputed."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.model import Visual
from linter.rules import Context, place, rule
from linter.text import clean, listing, plural


@rule("ME002", "visual-not-evaluated", severity=Severity.WARNING, coverage=True)
def visual_not_evaluated(context: Context) -> Iterator[Finding]:
    """A visual could not be recomputed, so its cells were not judged or only by a worst case.

    ## What it checks
    Visuals whose grouping, filter or measure was not understood, and visuals whose rows are not in
    the file: live connections, templates, missing or unreadable extracts. One finding for each reason.

    ## Why it matters
    What was not recomputed was not checked: the workbook is incomplete.

    ## Example that fires
    A worksheet over a published data source, whose rows are on the server.

    ## The same, mended
    The same worksheet over an extract in the file.

    ## How to fix it
    Embed an extract for the check, or simplify what the reason names.

    ## When a waiver is fair
    Never: have a person check these visuals and say so in the sign-off.

    ## Limits
    None.

    ## Sources
    The reasons come from the evaluation itself.
    """
    by_reason: dict[tuple[str, str], list[Visual]] = {}
    for visual in context.workbook.visuals:
        result = context.evidence.visuals.get(visual.id)
        status = result.status if result else "not_evaluated"
        if status in {"not_evaluated", "data_unread"}:
            reason = clean(result.reasons[0] if result and result.reasons else "no reason was given")
            by_reason.setdefault((status, reason), []).append(visual)
    for (found, reason), visuals in by_reason.items():
        names = [clean(v.name) for v in visuals]
        what = "could not be recomputed" if found == "not_evaluated" else "rest on rows that are not at hand"
        yield visual_not_evaluated.finding(
            context,
            f"{plural(len(visuals), 'visual')} {what} ({listing(names, 3)}): {reason}.",
            place(context.workbook, visuals[0]),
            "Have these visuals checked by hand, or give disclint the rows."
            if found == "data_unread"
            else "Check these visuals by hand.",
            evidence={"status": found, "reason": reason, "visuals": tuple(names)},
            fields=(reason,),
        )
