"""What the rules on recoverable figures have in common: evidence, severity, and the mend."""

from __future__ import annotations

from collections.abc import Sequence

from checks.suppression.audit import Leak, VisualAudit
from linter.findings import Confidence, EvidenceValue, Record, Severity
from linter.rules import Context
from linter.text import plural

MOST_NAMED = 20
"""Certificates and cells that one finding lists."""


def evidence(audit: VisualAudit, leaks: Sequence[Leak]) -> dict[str, EvidenceValue]:
    """Numbers of cells and the certificates by the names of cells, without a number."""
    found: dict[str, EvidenceValue] = {
        "grain": audit.layer.grain,
        "hidden_cells": audit.hidden,
        "small_cells_shown": audit.small,
        "recoverable": len(leaks),
        "certificates": tuple(leak.certificate for leak in leaks[:MOST_NAMED]),
        "not_decided": audit.undecided,
    }
    equations: list[Record] = [
        {"cell": leak.name, "plus": leak.plus, "minus": leak.minus} for leak in leaks[:MOST_NAMED] if leak.plus
    ]
    if equations:
        found["equations"] = tuple(equations)
    if audit.mend is not None:
        found |= {"mend_cells": len(audit.mend), "mend": audit.mend[:MOST_NAMED]}
    return found


def revealed(audit: VisualAudit, leaks: Sequence[Leak]) -> dict[str, EvidenceValue]:
    """The same with every number."""
    found: dict[str, EvidenceValue] = {"certificates": tuple(leak.exact for leak in leaks[:MOST_NAMED])}
    if audit.mend is not None:
        found["mend_cost"] = audit.mend_cost
    return found


def severity(context: Context, leaks: Sequence[Leak]) -> Severity:
    """A small count that follows is an error; a larger one hidden beside it is a warning."""
    t = context.policy.profile.threshold
    return Severity.ERROR if any(0 < leak.value <= t for leak in leaks) else Severity.WARNING


def confidence(audit: VisualAudit) -> Confidence:
    """As sure as we are of whom the layer counts, and of its figures."""
    sure = audit.layer.unit.confidence in {"declared", "high"} and audit.layer.status == "evaluated"
    return Confidence.HIGH if sure else Confidence.MEDIUM


def mending(audit: VisualAudit) -> str:
    """How to mend it: hide more, or show less."""
    first = (
        "Suppress figures in the data before they are loaded, and hide a second figure in each row and column of totals"
    )
    if audit.mend:
        number = plural(len(audit.mend), "further cell")
        plan = f"hiding {number} as well would do (a plan that passes the audit, not the smallest)"
        plan += ", together with the percentages of what is hidden" if audit.by_percentage else ""
        return f"{first}: {plan}, or merge the groups, or leave out the totals."
    first += ", and hide the percentages of hidden counts" if audit.by_percentage else ""
    return f"{first}, or merge the groups, or leave out the totals."
