"""The code quality report of GitLab: a list of issues, each with a fingerprint of its own.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.json_ import dumps
from linter.reporters.remarks import NOT_CHECKED, Checkout, remarks

if TYPE_CHECKING:
    from linter.results import Run

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


@dataclass(frozen=True, slots=True)
class GitlabReporter:
    """Findings that count, and gaps. GitLab knows no suppression, so what is suppressed is left out."""

    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """The list; nothing to lint is an issue as well."""
        issues = [
            {
                "description": r.text if r.code == NOT_CHECKED else f"{r.code}: {r.text}",
                "check_name": r.code,
                "fingerprint": r.fingerprint,
                "severity": _SEVERITIES[r.severity],
                "location": {"path": r.path, "lines": {"begin": r.line}},
            }
            for of in remarks(run, self.checkout)
            for r in of
            if r.suppression is None
        ]
        if not run.results:
            issues = [
                {
                    "description": "Nothing to lint: no workbook was found.",
                    "check_name": NOT_CHECKED,
                    "fingerprint": "0" * 32,
                    "severity": "critical",
                    "location": {"path": ".", "lines": {"begin": 1}},
                }
            ]
        return dumps(issues)
