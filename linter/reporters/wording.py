"""Sentences that the report for people and the HTML report have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.findings import Confidence
from linter.reporters.reading import name, place, sentence
from linter.text import plural

if TYPE_CHECKING:
    from linter.findings import EvidenceValue, Finding, Record
    from linter.reporters.reading import Unchecked
    from linter.results import WorkbookResult

_TOOLS = {"tableau": "Tableau", "powerbi": "Power BI"}


def tool(result: WorkbookResult) -> str:
    """The program that the workbook is for."""
    return _TOOLS.get(result.kind, name(result.kind))


def small(threshold: int) -> str:
    """What the profile calls small: ``1 to 9``."""
    return f"1 to {threshold}" if threshold > 1 else "1" if threshold else "nothing"


def gap_head(gap: Unchecked) -> str:
    """What was not checked and why: ``2 visuals not evaluated: a filter by measure``."""
    what = gap.state
    if gap.what != "finding" and gap.places:
        what = f"{plural(sum(gap.places.values()), gap.what)} {gap.state}"
    return f"{what}: {sentence(gap.reason)}"


def confidence(finding: Finding) -> str:
    """How sure the rule is; empty where it is."""
    return "" if finding.confidence is Confidence.HIGH else f"{finding.confidence.value} confidence"


def unsaid_place(finding: Finding) -> str:
    """The part, line and field where the message doesn't name them and no visual does."""
    where, said = finding.location, finding.message
    parts = [f"field {name(where.field)}"] if where.field and where.field not in said else []
    if where.part and where.visual is None and where.part not in said:
        parts.append(f"in {name(where.part)}" + (f", line {where.line}" if where.line else ""))
    return " ".join(parts)


def exact(finding: Finding) -> str:
    """What may be told only where values may be shown: ``minimum 1; smallest cells A: 1, B: 2``."""
    return "; ".join(f"{sentence(k).replace('_', ' ')} {_fact(v)}" for k, v in finding.revealed.items())


def _fact(value: EvidenceValue | Record) -> str:
    match value:
        case tuple():
            return ", ".join(_fact(v) for v in value)
        case str() | int() | float() | None:
            return sentence(str(value))
        case _:
            return ", ".join(f"{sentence(k)} {_fact(v)}" for k, v in value.items())


def excuse(finding: Finding) -> tuple[str, str, str]:
    """Of a suppressed finding: rule and severity, place (empty: the workbook), and who says why until when."""
    given = finding.suppression
    until = f" (until {sentence(given.expires)})" if given and given.expires else ""
    why = f"{given.kind}: {sentence(given.reason)}{until}" if given else ""
    where = place(finding.location.page, finding.location.visual)
    return f"{name(finding.rule)} {finding.severity.label}", where, why
