"""The head of the HTML report on a workbook: what it is, and the outcome in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.evidence import STATUS_ORDER
from linter.findings import Severity
from linter.reporters.reading import NOT_CHECKED, name, open_findings, sentence, suppressed_findings
from linter.reporters.wording import small, tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.evidence import Status
    from linter.results import WorkbookResult

_COVERAGE: dict[Status, str] = {
    "evaluated": "exact",
    "approximate": "approximate",
    "not_evaluated": "not evaluated",
    "data_unread": "without rows",
    "no_query": "showing no data",
}


def facts(result: WorkbookResult) -> Iterator[tuple[str, str, bool]]:
    """Label, fact, and whether it was assumed."""
    yield "Tool", tool(result), False
    for label, option, value in (
        ("Readers", "audience", result.audience),
        ("Delivery", "delivery", result.delivery),
    ):
        yield label, name(value).replace("_", " "), option in result.assumptions
    yield (
        "Profile",
        f"{name(result.profile)}; small means {small(result.threshold)}",
        "profile" in result.assumptions,
    )
    for assumption in result.assumptions:
        if assumption not in {"audience", "delivery", "profile"}:
            yield "Assumed", sentence(assumption), True
    if result.sha256:
        yield "SHA-256", name(result.sha256), False


def tiles(result: WorkbookResult) -> Iterator[tuple[str, str, str]]:
    """Number, label and colour of what was found, then of what was checked."""
    found, coverage = open_findings(result), result.coverage
    for severity in sorted(Severity, reverse=True):
        count = sum(f.severity == severity for f in found)
        label = severity.label if count == 1 else f"{severity.label}s"
        yield f"{count:,}", label, severity.label if count else "none"
    yield f"{len(suppressed_findings(result)):,}", "suppressed", "none"
    for status in (*STATUS_ORDER[1:], STATUS_ORDER[0]):  # what shows no data comes last
        count = coverage.by_status.get(status, 0)
        if count:
            label = f"{'visual' if count == 1 else 'visuals'} {_COVERAGE[status]}"
            yield f"{count:,}", label, "unchecked" if status in NOT_CHECKED else "none"
