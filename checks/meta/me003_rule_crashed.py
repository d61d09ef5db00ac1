"""ME003: a rule failed."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.rules import Context, rule


@rule("ME003", "rule-crashed", severity=Severity.ERROR, coverage=True)
def rule_crashed(context: Context) -> Iterator[Finding]:  # noqa: ARG001 - the engine reports it
    """A rule failed on this workbook, so what it checks was not checked.

    ## What it checks
    Nothing by itself: the engine reports it in the place of the rule that failed. The other rules run
    on.

    ## Why it matters
    A rule that failed found nothing, which must not look like nothing to find.

    ## Example that fires
    A third-party rule that raises an exception.

    ## The same, mended
    The rule corrected, or left out with --ignore CODE.

    ## How to fix it
    Report it with the structure of the workbook, never with its data.

    ## When a waiver is fair
    Never.

    ## Limits
    None.

    ## Sources
    None.
    """
    yield from ()
