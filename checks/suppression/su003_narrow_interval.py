"""SU003: a hidden figure can be placed within a narrow range."""

from __future__ import annotations

from collections.abc import Iterator

from checks.suppression.audit import VisualAudit, subtraction
from checks.suppression.reporting import confidence
from linter.findings import Finding, Severity
from linter.rules import Context, place, rule
from linter.text import plural


@rule("SU003", "narrow-interval", severity=Severity.ERROR)
def narrow_interval(context: Context) -> Iterator[Finding]:
    """What a reader can infer of a hidden figure is narrower than the profile allows.

    ## What it checks
    The smallest and the largest value that each hidden figure of 1..t people can have, given everything
    that the workbook shows and that counts are whole numbers not below zero. The rule fires where fewer
    values remain than the profile's width. Figures that follow exactly are SU001's and SU002's.

    ## Why it matters
    A figure that can only be one or two is hidden in name only.

    ## Example that fires
    Two hidden figures in a row whose total leaves three people for both of them.

    ## The same, mended
    The second hidden figure is a larger one, so that the first could be anything from nought to twelve.

    ## How to fix it
    Hide a larger figure beside the small one, in the data before they are loaded, or merge categories.

    ## When a waiver is fair
    The disclosure team finds the range that remains wide enough.

    ## Limits
    The time for ranges is limited; cells without an answer are counted in the evidence. The counts audited
    are those of SU001. What a symbol says (fewer than 5) is used for published tables only.

    ## Sources
    Fischetti and Salazar, Solving the cell suppression problem (2001), on protection levels; the audit of
    tau-ARGUS.
    """
    for audit in subtraction(context).visuals:
        if audit.narrow:
            yield _finding(context, audit)


def _finding(context: Context, audit: VisualAudit) -> Finding:
    pinned = sum(1 for _, low, high in audit.narrow if low == high)
    exactly = f", {pinned:,} of them exactly" if pinned else ""
    return narrow_interval.finding(
        context,
        f"{plural(len(audit.narrow), 'hidden figure')} of {audit.hidden:,} can be placed within fewer than "
        f"{context.policy.profile.width} values{exactly}.",
        place(context.workbook, audit.visual),
        "Hide a larger figure beside each of them, in the data before they are loaded, or merge categories.",
        severity=Severity.ERROR if pinned else Severity.WARNING,
        confidence=confidence(audit),
        evidence={
            "grain": audit.layer.grain, "narrow": len(audit.narrow), "pinned": pinned,
            "cells": tuple(name for name, _, _ in audit.narrow[:20]), "not_decided": audit.undecided,
        },
        revealed={"ranges": tuple(f"{name}: {low:g} to {high:g}" for name, low, high in audit.narrow[:20])},
        fields=audit.layer.grain,
    )  # fmt: skip
