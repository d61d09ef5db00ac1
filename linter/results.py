"""The outcome of a run: what every reporter renders and what the exit code is decided from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum

from linter.evidence import STATUS_ORDER, Evidence, Status, VisualResult
from linter.findings import Finding, Severity
from linter.model import Visual, Workbook
from linter.policy.profile import Profile
from linter.records import dataclass


class ExitCode(IntEnum):
    """The same for every command and format. Where several hold: 2, then 1, then 3."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many visuals were recomputed, and how many were not."""

    visuals: int
    by_status: Mapping[Status, int]

    @property
    def complete(self) -> bool:
        """No visual with data was left out."""
        return not (self.by_status.get("not_evaluated") or self.by_status.get("data_unread"))


@dataclass(frozen=True, slots=True)
class WorkbookResult:
    """One workbook linted. ``workbook`` and ``evidence`` are None when nothing of it could be read."""

    path: str  # as given or found, for display
    kind: str  # tableau or powerbi
    sha256: str
    audience: str
    delivery: str
    profile: str
    assumptions: tuple[str, ...]  # what was assumed because nobody declared it
    findings: tuple[Finding, ...]
    threshold: int
    workbook: Workbook | None = field(default=None, repr=False)
    evidence: Evidence | None = field(default=None, repr=False)
    seconds: float = 0.0
    internal_error: bool = False  # disclint itself failed on this file
    configuration: tuple[tuple[str, str], ...] = ()  # what was in force, each with who asked for it
    scale: Profile | None = field(default=None, repr=False)  # the profile that was in force: its bands

    @property
    def coverage(self) -> Coverage:
        """Visuals by status; every visual of the workbook is counted once."""
        counts = Counter(status for _, status in self.visuals())
        return Coverage(sum(counts.values()), {s: counts.get(s, 0) for s in STATUS_ORDER})

    def visuals(self) -> list[tuple[Visual, Status]]:
        """Every visual with its status, in workbook order."""
        if self.workbook is None:
            return []
        results = self.evidence.visuals if self.evidence else {}
        return [(v, results[v.id].status if v.id in results else "not_evaluated") for v in self.workbook.visuals]

    def visual_result(self, visual_id: str) -> VisualResult | None:
        """What was recomputed for a visual."""
        return self.evidence.visuals.get(visual_id) if self.evidence else None

    @property
    def complete(self) -> bool:
        """Everything was read and evaluated: nothing unread, no coverage finding stands."""
        unread = self.workbook is None or self.workbook.unread or (self.evidence and self.evidence.unread)
        return not unread and self.coverage.complete and not any(f.coverage for f in self.findings)

    def fails(self, fail_on: Severity | None) -> bool:
        """Whether an open finding is at or above ``fail_on`` (None: never)."""
        return fail_on is not None and any(
            f.severity >= fail_on for f in self.findings if f.suppression is None and not f.coverage
        )


@dataclass(frozen=True, slots=True)
class Run:
    """All workbooks of a run, in order. ``fail_on`` None means never."""

    results: tuple[WorkbookResult, ...]
    fail_on: Severity | None
    show_values: bool = False

    def count(self, severity: Severity) -> int:
        """Open findings of a severity over all workbooks."""
        return sum(1 for r in self.results for f in r.findings if f.suppression is None and f.severity == severity)

    @property
    def suppressed(self) -> int:
        """Findings that are waived, ignored inline or in the baseline."""
        return sum(1 for r in self.results for f in r.findings if f.suppression is not None)

    @property
    def exit_code(self) -> ExitCode:
        """An internal error outranks findings, these incompleteness; nothing to lint is never clean."""
        if any(r.internal_error for r in self.results):
            return ExitCode.USAGE
        if any(r.fails(self.fail_on) for r in self.results):
            return ExitCode.FINDINGS
        if not self.results or any(not r.complete for r in self.results):
            return ExitCode.INCOMPLETE
        return ExitCode.CLEAN
