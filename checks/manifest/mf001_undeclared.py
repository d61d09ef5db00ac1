"""MF001: audience or delivery not declared."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.npd004_npd_undeclared import without_manifest
from linter.findings import Finding, Severity
from linter.location import Location
from linter.policy.audience import Audience
from linter.rules import Context, rule
from linter.text import listing

_AUDIENCES = {
    Audience.INTERNAL: "the authority's officers",
    Audience.SCHOOLS: "schools",
    Audience.PARTNERS: "third parties",
    Audience.PUBLIC: "anybody",
}
_REACHES = {
    "file": "may have the whole file",
    "model": "may reach the data model",
    "view": "may see the views",
}


@rule("MF001", "audience-undeclared", severity=Severity.WARNING)
def audience_undeclared(context: Context) -> Iterator[Finding]:
    """Nobody has said for whom the workbook is, or how readers get it.

    ## What it checks
    Whether audience and delivery were given, by manifest, configuration or command line. What is not
    declared is judged as the strictest case: for the public, as a file.

    ## Why it matters
    The same workbook is right for officers and a breach for the public.

    ## Example that fires
    `disclint check report.pbix`

    ## The same, mended
    `disclint check report.pbix --audience schools --delivery service_view`

    ## How to fix it
    Put both into the manifest beside the workbook (`disclint init` writes one), or give --audience and
    --delivery. The strictest of command line, manifest and repository holds.

    ## When a waiver is fair
    Never: declaring costs less.

    ## Limits
    What is declared is not checked against what the service really does.

    ## Sources
    NCER help centre, re-use of Nexus exports: external means visible to schools, third parties or the
    public.
    """
    missing = context.policy.assumptions
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        yield audience_undeclared.finding(
            context,
            f"Its {listing(list(missing))} {verb} not declared, so it is judged by the strictest: "
            f"{_AUDIENCES[context.policy.audience]} {_REACHES[context.policy.delivery.reach]}.",
            Location(""),
            f"Declare {'it' if len(missing) == 1 else 'them'} in the manifest beside the workbook, or give "
            f"{listing(['--' + m for m in missing])}.",
            evidence={"assumed": missing},
            related=without_manifest(context),
        )
