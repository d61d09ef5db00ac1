"""NPD005: data that this audience may not have, or not yet."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.looking import Looking, looking_like_npd, shown_columns, within_reach
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.policy.datasets import datasets_in
from linter.policy.declaration import OWN_ORIGINS, DeclaredSource
from linter.policy.vocabulary import match
from linter.rules import Context, rule
from linter.text import listing

_STAGES = frozenset({"early", "unamended"})


@rule("NPD005", "npd-restricted", severity=Severity.ERROR)
def npd_restricted(context: Context) -> Iterator[Finding]:
    """Data on children in need or looked after, early, unamended or embargoed data for this audience.

    ## What it checks
    Declared sources: NPD datasets on children in need (CIN) and looked-after children (CLA), release
    stages `early` and `unamended`, and embargoes that have not passed. Undeclared ones: columns with
    CIN or CLA names or of DfE's strictest sensitivities, shown or within readers' reach. For internal
    readers only an embargo and an early release are mentioned.

    ## Why it matters
    These have limits of their own in the agreement, whatever the counts are; for early and unamended
    figures the reason is also that they will change.

    ## Example that fires
    `origin = "npd_via_nexus"`, `dataset = "KS4"`, `release_stage = "unamended"` for schools.

    ## The same, mended
    The final release of the same dataset, once its embargo has passed.

    ## How to fix it
    Wait for the release that may be shared, or take the source out of the workbook.

    ## When a waiver is fair
    The agreement names this use; give its reference as the reason.

    ## Limits
    A dataset is known by the words in its declaration, and the text of the agreement is not read. Own
    and open data are judged by their embargo only.

    ## Sources
    NCER help centre, NPD restrictions briefing: "Early access", "Unamended NPD data", "Further
    publication rules"; DfE sensitivity codes A and B in the NPD data tables.
    """
    declaration = context.policy.declaration
    for source in declaration.sources if declaration else ():
        reasons = _reasons(context, source)
        if reasons:
            yield _finding(context, source.name, reasons, Confidence.HIGH)
    if not context.policy.external:
        return
    tables: dict[tuple[str, str], list[Looking]] = {}
    shown = shown_columns(context)
    for (source_id, column), found in looking_like_npd(context).items():
        said = found.declared is not None and (found.own or bool(_reasons(context, found.declared)))
        reached = (source_id, column) in shown or within_reach(context, found.table, found.source)
        telling = match(found.match.name, table=found.table.caption) is not None  # Sex alone says nothing
        if found.match.restricted and telling and reached and not said:
            tables.setdefault((source_id, column.table), []).append(found)
    for held in tables.values():
        names = listing([x.caption for x in held], 6)
        reason = f"its fields {names} are of children in need or looked after, or of the strictest sensitivity"
        why = tuple(f"{x.caption}: {x.match.why}" for x in held)
        yield _finding(context, held[0].table.caption, (reason,), held[0].match.confidence, why)


def _reasons(context: Context, source: DeclaredSource) -> tuple[str, ...]:
    """Why a declared source is not for this audience, one sentence part each."""
    policy, reasons = context.policy, []
    if policy.embargoed(source.embargo_until):
        reasons.append(f"it is under embargo until {source.embargo_until}")
    if source.origin in OWN_ORIGINS:
        return tuple(reasons)
    if source.release_stage in _STAGES and (policy.external or source.release_stage == "early"):
        reasons.append(f"it is {source.release_stage} data")
    if policy.external and any(d.restricted for d in datasets_in(f"{source.dataset} {source.name}")):
        reasons.append("it holds data on children in need or looked after")
    return tuple(reasons)


def _finding(
    context: Context, name: str, reasons: tuple[str, ...], confidence: Confidence, why: tuple[str, ...] = ()
) -> Finding:
    return npd_restricted.finding(
        context,
        f"{name} is not for the audience {context.policy.audience.value!r}: {listing(list(reasons))}.",
        Location("", field=name),
        "Wait for the release that may be shared, or take this source out.",
        confidence=confidence,
        evidence={"source": name, "reasons": reasons, "why": why},
        fields=(name,),
    )
