"""ME004: a waiver does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from linter.findings import Finding, Severity
from linter.rules import Context, rule


@rule("ME004", "waiver-problem", severity=Severity.WARNING)
def waiver_problem(_context: Context) -> Iterator[Finding]:
    """A waiver or ignore is expired, malformed, not allowed, or no longer needed.

    ## What it checks
    Nothing by itself: the engine reports it when it applies the waivers file and the ignores inside the
    workbook. A waiver needs a rule, a path, an object or a fingerprint, a reason, who approved it and when
    it ends. It must end within the repository's limit (365 days unless `waiver_days` says otherwise). With
    `second_person = true` the owner of the workbook can't approve it. An ignore needs a rule that the
    repository opens to authors (`inline_ignores`), a reason and a last day.

    ## Why it matters
    A waiver that doesn't hold must not go on working quietly. The finding it was for is back; one that
    nothing needs any more may some day hide something new, and is noted.

    ## Example that fires
    A waiver with `expires = 2025-03-31`, read in April 2025.

    ## The same, mended
    The waiver renewed by the person who approves, or taken out.

    ## How to fix it
    `disclint waive` writes a complete one. An ignore in a workbook reads
    `CODE until YEAR-MONTH-DAY: reason`; for rules that are not open to authors, ask for a waiver.

    ## When a waiver is fair
    Never.

    ## Limits
    Names are compared as text: who really approved is for the repository's history to show. A waiver
    with wildcards in its path is called unused only when no workbook of the run needs it.

    ## Sources
    The contract of disclint on waivers.
    """
    yield from ()
