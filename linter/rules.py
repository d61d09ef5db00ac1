"""What a rule is: a function from a workbook and its evidence to findings, with its metadata."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from linter.errors import UsageError
from linter.findings import Confidence, EvidenceValue, Finding, Severity
from linter.location import Location
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.evidence import Evidence
    from linter.model import Visual, Workbook
    from linter.policy.decision import Policy

Check = Callable[["Context"], Iterator[Finding]]
ENTRY_POINTS = "disclint.rules"


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at: the model, the counts, and the policy in force.

    ``shared`` keeps what several rules work out together, by a name of theirs.
    """

    workbook: Workbook
    evidence: Evidence
    policy: Policy
    shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule. ``doc`` is the text of its page; its first line is the summary.

    ``needs``: a module that it imports when it has something to judge, best while the data are read.
    """

    code: str
    name: str
    family: str
    severity: Severity
    confidence: Confidence
    since: str
    status: Literal["preview", "stable"]
    check: Check
    coverage: bool = False
    needs: str = ""

    @property
    def doc(self) -> str:
        """The rule's page: the docstring of its function."""
        return inspect.cleandoc(self.check.__doc__ or "")

    @property
    def summary(self) -> str:
        """The first paragraph of the page, on one line."""
        return " ".join(self.doc.split("\n\n", 1)[0].split())

    def finding(
        self,
        context: Context,
        message: str,
        location: Location,
        fix: str,
        *,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        evidence: dict[str, EvidenceValue] | None = None,
        revealed: dict[str, EvidenceValue] | None = None,
        fields: Iterable[str] = (),
        related: Iterable[str] = (),
    ) -> Finding:
        """Build a finding of this rule, its severity as the policy in force has it."""
        return Finding(
            rule=self.code,
            name=self.name,
            severity=context.policy.severity(self.code, severity or self.severity),
            confidence=confidence or self.confidence,
            message=message,
            location=location,
            fix=fix,
            evidence=evidence or {},
            revealed=revealed or {},
            fields=tuple(fields),
            related=tuple(related),
            coverage=self.coverage,
        )


def rule(
    code: str,
    name: str,
    *,
    severity: Severity,
    confidence: Confidence = Confidence.HIGH,
    since: str = "0.1",
    status: Literal["preview", "stable"] = "stable",
    coverage: bool = False,
    needs: str = "",
) -> Callable[[Check], Rule]:
    """Turn a function into a rule; its docstring is the rule's page."""

    def register(check: Check) -> Rule:
        return Rule(code, name, code_order(code)[0], severity, confidence, since, status, check, coverage, needs)

    return register


def place(workbook: Workbook, visual: Visual, field: str | None = None) -> Location:
    """The location of a visual on its first page."""
    page = workbook.page(visual.pages[0]) if visual.pages else None
    return Location(visual.part, page.name if page else None, visual.name, visual.id, field)


def load_rules() -> tuple[Rule, ...]:
    """All rules of the entry-point group, built-in and third-party, by code.

    Raises:
        UsageError: an entry point can't be loaded, or two rules share a code.
    """
    found: dict[str, Rule] = {}
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            rules = entry.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(f"rules of {entry.value!r} can't be loaded: {error}") from error
        for rule in rules:
            if rule.code in found:
                raise UsageError(f"two rules have the code {rule.code}")
            found[rule.code] = rule
    if not found:
        raise UsageError("no rules found: is disclint installed properly?")
    return tuple(found[code] for code in sorted(found, key=code_order))


def code_order(code: str) -> tuple[str, int]:
    """Sort key of a code: family, then number."""
    match = re.fullmatch(r"([A-Z]+)(\d+)", code)
    return (match[1], int(match[2])) if match else (code, 0)


def select(
    rules: tuple[Rule, ...],
    chosen: Iterable[str] = (),
    ignored: Iterable[str] = (),
    extended: Iterable[str] = (),
) -> tuple[Rule, ...]:
    """Rules by code, family prefix, name or ``ALL``; the longest selector that matches decides.

    Raises:
        UsageError: a selector that matches no rule.
    """
    chosen, ignored = [*(chosen or ("ALL",)), *extended], list(ignored)
    for selector in [*chosen, *ignored]:
        if not any(_matches(selector, rule) for rule in rules):
            raise UsageError(f"no rule is called {selector!r}: see `disclint rules`")

    def weight(rule: Rule, selectors: list[str]) -> int:
        return max(
            (len(rule.code) if s == rule.name else len(s.replace("ALL", "")) for s in selectors if _matches(s, rule)),
            default=-1,
        )

    return tuple(r for r in rules if weight(r, chosen) > weight(r, ignored))


def _matches(selector: str, rule: Rule) -> bool:
    return selector in {"ALL", rule.name} or (
        selector.isupper() and bool(re.fullmatch(re.escape(selector) + r"\d*", rule.code))
    )
