"""The baseline: findings that were there when a team began. New ones count, these are marked.

Sorted JSON without values, lines or dates, so that two runs give the same bytes. An entry holds for
the audience it was written for and narrower ones, and for findings no worse than it was: what officers
may see is not thereby fit for the public, nor what a service showed fit to be given away as a file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from linter.config.keys import never_accepted
from linter.config.strict import Said, Strict, plain
from linter.errors import UsageError
from linter.findings import Finding, Severity
from linter.manifest import AudienceName
from linter.policy.audience import Audience

Key = tuple[str, str, Severity]
"""Rule, fingerprint and severity of a known finding."""


class Known(Strict):
    """A finding that is known, ``count`` times in one workbook."""

    path: Said
    rule: Said
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    audience: AudienceName
    severity: Literal["note", "warning", "error"]
    count: int = Field(default=1, ge=1)

    @property
    def key(self) -> Key:
        """What it is compared by."""
        return self.rule, self.fingerprint, Severity[self.severity.upper()]


class Baseline(Strict):
    """The content of the file."""

    schema_version: int = Field(default=1, ge=1, le=1)  # not a literal: true would equal it
    findings: list[Known] = Field(default=[])

    def budget(self, path: str, audience: str) -> Counter[Key]:
        """How many findings of each rule, fingerprint and severity are known there for that audience."""
        known: Counter[Key] = Counter()
        for entry in self.findings:
            if entry.path == path and Audience(entry.audience).strictest(Audience(audience)) == entry.audience:
                known[entry.key] += entry.count
        return known

    def text(self) -> str:
        """The file: sorted, the same bytes for the same findings."""
        ordered = sorted(self.findings, key=lambda e: (e.path, e.rule, e.fingerprint, e.audience, e.severity))
        document = {"schema_version": 1, "findings": [entry.model_dump() for entry in ordered]}
        return json.dumps(document, indent=1, sort_keys=True) + "\n"


def acceptable(finding: Finding) -> bool:
    """Whether a finding may be taken over: not what was not covered, nor what ``never_accepted`` names."""
    return not finding.coverage and not never_accepted(finding.rule)


def read_baseline(file: Path) -> Baseline:
    """The baseline in that file.

    Raises:
        UsageError: it can't be read, or is none. An unread baseline must not look like an empty one.
    """
    try:
        return Baseline.model_validate(json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        raise UsageError(f"{file.name}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{file.name}: can't be read ({error.strerror})") from error
    except ValidationError as error:
        raise UsageError(f"{file.name}: {plain(error, Baseline)}") from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise UsageError(f"{file.name}: not a baseline (JSON)") from None


def known_of(path: str, audience: AudienceName, findings: Iterable[Finding]) -> list[Known]:
    """The entries for one workbook's findings: what is open now or was known before, coverage never."""
    counted = Counter(
        (f.rule, f.fingerprint, f.severity)
        for f in findings
        if acceptable(f) and (f.suppression is None or f.suppression.kind == "baseline")
    )
    return [
        Known.model_validate(
            {
                "path": path,
                "rule": rule,
                "fingerprint": fingerprint,
                "audience": audience,
                "severity": severity.label,
                "count": count,
            }
        )
        for (rule, fingerprint, severity), count in counted.items()
    ]
