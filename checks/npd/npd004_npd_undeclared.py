"""NPD004: content that looks like the NPD's and is not declared, or is declared to be something else."""

from __future__ import annotations

from collections.abc import Iterator

from checks.npd.looking import Looking, looking_like_npd, shown_columns, within_reach
from checks.subjects import ORDER
from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.policy.vocabulary import match
from linter.rules import Context, rule
from linter.text import listing


@rule("NPD004", "npd-undeclared", severity=Severity.ERROR, confidence=Confidence.MEDIUM)
def npd_undeclared(context: Context) -> Iterator[Finding]:
    """Content looks like the National Pupil Database's, and the manifest doesn't say so or says otherwise.

    ## What it checks
    Each table with columns that look like NPD fields, shown or within readers' reach: whether the
    manifest declares its origin, and whether a declaration as the authority's own or as open data is
    contradicted by names that only the NPD uses. It is an error where a manifest leaves the table out
    or is contradicted, a warning where there is no manifest.

    ## Why it matters
    The limits of the data sharing agreement follow the data. Who declares an export as the authority's
    own lifts them by mistake, and nobody looks again.

    ## Example that fires
    A source with PupilMatchingRefAnonymous and KS4_PTQ_EE, declared `origin = "la_collected"`.

    ## The same, mended
    The same source declared `origin = "npd_via_nexus"` with its agreement, or replaced by the
    authority's own data.

    ## How to fix it
    Add a [[source]] with its origin to the manifest; `disclint init` writes one for each source.

    ## When a waiver is fair
    The authority's own system uses the NPD's very names; say which system.

    ## Limits
    Names are evidence of origin, not proof. A declared origin is believed unless a name that only the
    NPD uses contradicts it.

    ## Sources
    NCER help centre, NPD restrictions briefing; DfE NPD data tables (Open Government Licence v3).
    """
    declared = context.policy.declaration is not None
    if not (context.policy.external or declared):
        return
    shown = shown_columns(context)
    tables: dict[tuple[str, str], list[Looking]] = {}
    for (source, column), found in looking_like_npd(context).items():
        if (source, column) in shown or within_reach(context, found.table, found.source):
            tables.setdefault((source, column.table), []).append(found)
    for held in tables.values():
        first = held[0].declared
        if first is None:
            yield _undeclared(context, held, declared)
        elif held[0].own and (proof := [x for x in held if _only_npd(x)]):
            yield _contradicted(context, proof, first.origin or "")


def without_manifest(context: Context) -> tuple[str, ...]:
    """Fingerprints of what is found here only because there is no manifest at all: no cause of its own."""
    if context.policy.declaration is not None:
        return ()
    return tuple(found.fingerprint for found in npd_undeclared.check(context))


def _only_npd(found: Looking) -> bool:
    """Whether the name alone, without neighbours, is one that only the NPD uses."""
    alone = match(found.match.name, table=found.table.caption)
    return alone is not None and alone.confidence is Confidence.HIGH


def _reasons(held: list[Looking]) -> tuple[str, ...]:
    return tuple(f"{x.caption}: {x.match.why}" for x in held)


def _undeclared(context: Context, held: list[Looking], declared: bool) -> Finding:  # noqa: FBT001
    captions = [x.caption for x in held]
    silent = "the manifest says nothing about it" if declared else "no manifest declares its origin"
    return npd_undeclared.finding(
        context,
        f"{held[0].table.caption} looks like NPD data ({listing(captions, 6)}), and {silent}.",
        Location("", field=held[0].table.caption),
        "Declare the table or its source in the manifest: [[source]] with name and origin.",
        severity=None if declared else Severity.WARNING,
        confidence=max((x.match.confidence for x in held), key=ORDER.index),
        evidence={"table": held[0].table.caption, "fields": tuple(captions), "why": _reasons(held), "declared": None},
        fields=(held[0].source.caption, held[0].table.caption),
    )


def _contradicted(context: Context, proof: list[Looking], origin: str) -> Finding:
    captions = [x.caption for x in proof]
    table = proof[0].table.caption
    said = "collected by the authority" if origin == "la_collected" else "open data"
    return npd_undeclared.finding(
        context,
        f"{table} is declared as {said}, but only the NPD uses the names {listing(captions, 6)}.",
        Location("", field=table),
        "Declare where the rows really come from, or leave these columns out.",
        confidence=Confidence.HIGH,
        evidence={"table": table, "fields": tuple(captions), "why": _reasons(proof), "declared": origin},
        fields=(proof[0].source.caption, table, "contradicted"),
    )
