"""MF004: what was declared holds no longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.location import Location
from linter.rules import Context, rule


@rule("MF004", "declaration-stale", severity=Severity.WARNING)
def declaration_stale(context: Context) -> Iterator[Finding]:
    """The file is not the one that was approved, or a date in its manifest has passed.

    ## What it checks
    The SHA-256 of the approved file against this file (an error where they differ), the day until which
    the workbook may be kept, days of the impact assessment and of the approval that are still to come,
    and, where the repository sets `review_days`, how long ago they are.

    ## Why it matters
    A signature holds for what was signed. A workbook that was refreshed since holds other cells.

    ## Example that fires
    A workbook saved again after the DPO put its hash into `approval.sha256`.

    ## The same, mended
    The new file checked, approved, and its hash entered.

    ## How to fix it
    Have the new file approved, renew what has run out, or delete the workbook.

    ## When a waiver is fair
    A review is under way; let the waiver end with it.

    ## Limits
    Without a hash in the manifest nothing ties the approval to the file.

    ## Sources
    The contract of disclint on manifests.
    """
    declaration, today = context.policy.declaration, context.policy.today
    if declaration is None:
        return
    review = dt.timedelta(days=context.policy.review_days) if context.policy.review_days else None
    if declaration.sha256 and declaration.sha256 != context.workbook.sha256:
        message = "The file is not the one that was approved: its hash differs from approval.sha256."
        yield _finding(context, "approval.sha256", message, Severity.ERROR)
    if declaration.delete_by is not None and declaration.delete_by < today:
        yield _finding(context, "retention.delete_by", f"It was to be deleted by {declaration.delete_by}.")
    for key, day in (("legal.dpia_date", declaration.dpia_date), ("approval.date", declaration.approved_on)):
        if day is not None and day > today:
            yield _finding(context, key, f"{key} is {day}, a day that is still to come.")
        elif review is not None and day is not None and day < today - review:
            message = f"{key} is {day}, more than {review.days} days ago: it is due for review."
            yield _finding(context, key, message)


def _finding(context: Context, key: str, message: str, severity: Severity = Severity.WARNING) -> Finding:
    return declaration_stale.finding(
        context,
        message,
        Location(""),
        "Have this file approved, or renew the entry.",
        severity=severity,
        evidence={"key": key},
        fields=(key,),
    )
