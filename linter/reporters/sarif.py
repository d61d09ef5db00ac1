"""SARIF 2.1.0 (errata 01): for code scanning and other viewers.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
and what GitHub reads of it. Only the part of the format that is needed, as plain dictionaries.
Neither member values nor evidence, whatever the options.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from linter import __version__
from linter.findings import Confidence, Severity
from linter.records import dataclass
from linter.reporters.guidance import section
from linter.reporters.json_ import dumps, string
from linter.reporters.reading import name, place, sentence, unchecked
from linter.reporters.remarks import Checkout, encoded, file_of, fingerprints, gap_text, line_of
from linter.text import clean, log_safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.findings import Finding, Suppression
    from linter.location import Location
    from linter.reporters.reading import Unchecked
    from linter.results import Run, WorkbookResult
    from linter.rules import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_CRASHED = "ME003"
_SHORT = 1024
"""Characters that GitHub shows of a rule's descriptions."""


@dataclass(frozen=True, slots=True)
class SarifReporter:
    """One run. ``rules`` are all that were in force, whether or not they fired."""

    rules: tuple[Rule, ...] = ()
    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """The document."""
        return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_Log(self, run).document()]})


class _Log:
    """One run in the making: artifacts and rules are referred to by their index."""

    def __init__(self, reporter: SarifReporter, run: Run) -> None:
        self._run, self._checkout = run, reporter.checkout
        self._artifacts: list[dict[str, Any]] = []
        self._parts: dict[tuple[int, str], int] = {}
        self._rules = [_rule(rule) for rule in reporter.rules]
        self._index = {rule.code: i for i, rule in enumerate(reporter.rules)}
        self._seen: dict[str, int] = {}

    def document(self) -> dict[str, Any]:
        results: list[dict[str, Any]] = []
        notifications: list[dict[str, Any]] = []
        for workbook in self._run.results:
            container = self._container(workbook)
            found = sorted(workbook.findings, key=lambda f: f.sort_key)
            results += [self._result(workbook, finding, container) for finding in found]
            notifications += [self._notification(gap, container) for gap in unchecked(workbook)]
        if not self._run.results:
            notifications.append({"level": "error", "message": {"text": "No workbook was found: nothing was checked."}})
        crashed = any(r.internal_error or any(f.rule == _CRASHED for f in r.findings) for r in self._run.results)
        return {
            "tool": {
                "driver": {
                    "name": "disclint",
                    "version": __version__,
                    "semanticVersion": _semantic(__version__),
                    "rules": self._rules,
                }
            },
            "columnKind": "unicodeCodePoints",
            "artifacts": self._artifacts,
            "results": results,
            "invocations": [
                {
                    "executionSuccessful": not crashed,
                    "exitCode": int(self._run.exit_code),
                    "exitCodeDescription": self._run.exit_code.name.lower(),
                    "toolExecutionNotifications": notifications,
                }
            ],
        }

    def _container(self, workbook: WorkbookResult) -> int:
        artifact: dict[str, Any] = {
            "location": {"uri": self._checkout.uri(workbook.path)},
            "roles": ["analysisTarget"],
        }
        if workbook.sha256:
            artifact["hashes"] = {"sha-256": workbook.sha256}
        if artifact in self._artifacts:  # the format wants each once
            return self._artifacts.index(artifact)
        self._artifacts.append(artifact)
        return len(self._artifacts) - 1

    def _file(self, workbook: WorkbookResult, where: Location, container: int) -> int:
        """The artifact of the text file that a finding points to; the workbook itself unless it is a project."""
        file = file_of(workbook, where)
        if file == workbook.path:
            return container
        artifact: dict[str, Any] = {"location": {"uri": self._checkout.uri(file)}}
        if artifact not in self._artifacts:
            self._artifacts.append(artifact)
        return self._artifacts.index(artifact)

    def _part(self, container: int, part: str) -> int:
        """The artifact of a file inside the workbook."""
        if (container, part) not in self._parts:
            uri = "/" + encoded(clean(part, 4000).lstrip("/"))
            self._artifacts.append({"location": {"uri": uri}, "parentIndex": container})
            self._parts[container, part] = len(self._artifacts) - 1
        return self._parts[container, part]

    def _result(self, workbook: WorkbookResult, finding: Finding, container: int) -> dict[str, Any]:
        where = finding.location
        properties: dict[str, Any] = {"confidence": finding.confidence.value, "coverage": finding.coverage}
        if where.part:
            properties |= {"part": string(where.part), "partIndex": self._part(container, where.part)}
        if finding.related:
            properties["related"] = sorted(finding.related)
        artifact = self._file(workbook, where, container)
        at = place(where.page, where.visual)
        text = f"{sentence(finding.message)}{f' At {at}.' if at else ''}"
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": self._rule_index(finding),
            "level": finding.severity.label,
            "message": {"text": _plain(f"{text}{f' Fix: {sentence(finding.fix)}' if finding.fix else ''}")},
            "locations": [self._location(artifact, line_of(workbook, where), where)],
            "partialFingerprints": fingerprints(finding, self._checkout.path(workbook.path), self._seen),
            "properties": properties,
        }
        if finding.suppression is not None:
            result["suppressions"] = [_suppression(finding.suppression)]
        return result

    def _location(self, container: int, line: int, where: Location | None = None) -> dict[str, Any]:
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": {"uri": self._artifacts[container]["location"]["uri"], "index": container},
                # GitHub wants all four, also where a container has no lines.
                "region": {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 1},
            }
        }
        logical = _logical(where) if where else None
        return location | ({"logicalLocations": [logical]} if logical else {})

    def _rule_index(self, finding: Finding) -> int:
        """The rule of a finding; one that the machine itself reports may not be among those in force."""
        if finding.rule not in self._index:
            self._index[finding.rule] = len(self._rules)
            self._rules.append(
                {"id": finding.rule, "name": finding.name, "shortDescription": {"text": name(finding.name)},
                 "help": {"text": f"See `disclint explain {finding.rule}`."}}
            )  # fmt: skip
        return self._index[finding.rule]

    def _notification(self, gap: Unchecked, container: int) -> dict[str, Any]:
        fix = "".join(f" Fix: {sentence(fix)}" for fix in gap.fixes)
        at = f" At {'; '.join(gap.named)}." if gap.places else ""
        location = self._location(container, 1)
        notification: dict[str, Any] = {
            "level": "warning",
            "message": {"text": _plain(f"{gap_text(gap)}{at}{fix}")},
            "locations": [location],
        }
        if gap.findings:
            first = gap.findings[0]
            notification["associatedRule"] = {"id": first.rule, "index": self._rule_index(first)}
        return notification


def _rule(rule: Rule) -> dict[str, Any]:
    """All that a viewer shows of a rule, offline."""
    short = _cut(rule.summary or rule.name)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": short},
        "fullDescription": {"text": _cut(section(rule.doc, "What it checks") or short)},
        "help": {"text": rule.doc or rule.name, "markdown": rule.doc or rule.name},
        "defaultConfiguration": {"level": rule.severity.label},
        "properties": {
            "tags": ["disclosure", "privacy", rule.family],
            "precision": _PRECISIONS[rule.confidence],
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


_PRECISIONS = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _logical(where: Location) -> dict[str, Any] | None:
    """Page, visual and field as a path of stable names; None for the workbook as a whole."""
    steps: Iterable[tuple[str, str | None, str | None]] = (
        ("page", where.page, where.page),
        ("visual", where.visual, where.visual_id or where.visual),
        ("field", where.field, where.field),
    )
    known = [(kind, shown, key) for kind, shown, key in steps if shown is not None]
    if not known:
        return None
    path = "/".join(f"{kind}:{string(key or '').replace('/', '%2F')}" for kind, _, key in known)
    return {"name": string(known[-1][1] or ""), "fullyQualifiedName": f"report/{path}", "kind": known[-1][0]}


def _suppression(excuse: Suppression) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": "inSource" if excuse.kind == "inline" else "external",
        "status": "accepted",
        "justification": string(excuse.reason),
        "properties": {"kind": excuse.kind},
    }
    if excuse.expires:
        found["properties"]["expires"] = string(excuse.expires)
    return found


def _plain(text: str) -> str:
    """Text in which no name makes a link: ``[text](address)`` is one even in plain messages."""
    return log_safe(text.replace("](", "] ("))


def _semantic(version: str) -> str:
    """A Python version as a semantic one: ``1.2.0a1`` is ``1.2.0-a1``."""
    found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?[.]?(.*)", version)
    if found is None:
        return "0.0.0"
    release = ".".join(part or "0" for part in found.groups()[:3])
    tail = re.sub(r"[^0-9A-Za-z.-]", "-", found[4])
    return f"{release}-{tail}" if tail else release
