"""Ignores that an author left in the workbook: ``SC001, EX003 until 2026-12-31: reason``.

They count only for rules that the repository's configuration opens to authors (``inline_ignores``),
with a reason and a last day. All others are said (ME004), and the finding stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from linter.config.resolve import Acceptance
from linter.findings import Confidence, Finding, Severity, Suppression
from linter.location import Location
from linter.model import Ignore, Workbook
from linter.records import dataclass
from linter.suppress.baseline import acceptable
from linter.suppress.problem import CODE, NAME, ends
from linter.text import clean

_FORM = re.compile(
    r"(?P<codes>[A-Z]{2,}\d{3}(?:\s*[,;]\s*[A-Z]{2,}\d{3})*)\s+until\s+(?P<day>\d{4}-\d{2}-\d{2})(?:\s*[:,-]\s*|\s+)(?P<reason>.*\w.*)",
    re.DOTALL,
)
_LONGEST = 2000  # characters of an ignore
_WANTED = "it is not CODE until YEAR-MONTH-DAY: reason"
_FIX = "Mend the finding, ask the disclosure team for a waiver, or take the ignore out of the workbook."


@dataclass(frozen=True, slots=True)
class _Said:
    """One code of one ignore, or (``code`` empty) an ignore that can't be understood."""

    ignore: Ignore
    code: str
    expires: dt.date = dt.date.min
    reason: str = ""
    problem: str = ""


def ignored(
    findings: Iterable[Finding],
    workbook: Workbook,
    acceptance: Acceptance,
    today: dt.date,
    selected: frozenset[str],
) -> tuple[list[Finding], list[Finding]]:
    """The findings with those marked that an ignore covers, and an ME004 for each ignore that doesn't hold.

    Args:
        findings: of one workbook.
        workbook: with the ignores that were found in it.
        acceptance: which rules authors may ignore, and how far ahead an ignore may end.
        today: the day on which last days are judged; an ignore holds on its last day.
        selected: codes of the rules that ran: an ignore of another rule is not called unused.
    """
    said = [one for ignore in workbook.ignores for one in _read(ignore)]
    said = [one if one.problem else replace(one, problem=_failing(one, acceptance, today)) for one in said]
    holding = [one for one in said if not one.problem]
    used: set[int] = set()
    marked = [_marked(finding, holding, workbook, used) for finding in findings]
    idle = [one for i, one in enumerate(holding) if i not in used and one.code in selected]
    problems = [_problem(one, workbook, one.problem) for one in said if one.problem]
    problems += [_problem(one, workbook, "no finding needs it", Severity.NOTE) for one in idle]
    return marked, list({p.fingerprint: p for p in problems}.values())


def _read(ignore: Ignore) -> Sequence[_Said]:
    """What an ignore says, one entry for each code."""
    found = _FORM.fullmatch(ignore.text.strip()) if len(ignore.text) <= _LONGEST else None
    if found is None:
        return [_Said(ignore, "", problem=_WANTED)]
    codes = re.split(r"\s*[,;]\s*", found["codes"])
    try:
        day = dt.date.fromisoformat(found["day"])
    except ValueError:
        return [_Said(ignore, code, problem="its last day is no day of the calendar") for code in codes]
    return [_Said(ignore, code, day, clean(found["reason"], 400)) for code in dict.fromkeys(codes)]


def _failing(said: _Said, acceptance: Acceptance, today: dt.date) -> str:
    """Why a well-formed ignore doesn't hold; empty if it does."""
    if said.code not in acceptance.authors_may:
        return "the repository doesn't open this rule to authors (inline_ignores)"
    return ends(said.expires, today, acceptance.longest)


def _marked(finding: Finding, holding: Sequence[_Said], workbook: Workbook, used: set[int]) -> Finding:
    covering = [i for i, one in enumerate(holding) if one.code == finding.rule and _about(one, finding, workbook)]
    if not covering or not acceptable(finding):
        return finding
    used.update(covering)
    last = max((holding[i] for i in covering), key=lambda one: one.expires)
    if finding.suppression is not None:
        return finding
    return replace(finding, suppression=Suppression("inline", last.reason, last.expires.isoformat()))


def _about(said: _Said, finding: Finding, workbook: Workbook) -> bool:
    """Whether a finding is about the object that the ignore stands on, and not about more than that."""
    ignore, where = said.ignore, finding.location
    if not ignore.object:
        return where.visual_id is None and where.page is None
    visual = next((v for v in workbook.visuals if v.id == ignore.object), None)
    if visual is not None and not ignore.table:
        return where.visual_id == visual.id
    page = workbook.page(ignore.object)
    if page is not None and not ignore.table:
        here = {v.id for v in workbook.visuals if page.id in v.pages}
        alone = [p.name for p in workbook.pages].count(page.name) == 1
        return where.visual_id in here if where.visual_id else alone and where.page == page.name
    named = {*finding.fields, *([where.field] if where.field else [])}
    return ignore.object in named and named <= {ignore.object, ignore.table, f"{ignore.table}.{ignore.object}"}


def _problem(said: _Said, workbook: Workbook, reason: str, severity: Severity = Severity.WARNING) -> Finding:
    ignore = said.ignore
    visual = next((v for v in workbook.visuals if v.id == ignore.object and not ignore.table), None)
    page = next((workbook.page(p) for p in visual.pages), None) if visual else workbook.page(ignore.object)
    name = visual.name if visual else page.name if page else ignore.object
    on = f" on {clean(name)}" if name else ""
    return Finding(
        CODE, NAME, severity, Confidence.HIGH,
        f"An ignore{f' of {said.code}' if said.code else ''}{on} "
        f"{'is not used' if severity is Severity.NOTE else 'does not hold'}: {reason}.",
        Location(
            workbook.files.get(ignore.part, ignore.part), page.name if page else None, visual.name if visual else None,
            visual.id if visual else None, ignore.object if not visual and not page and ignore.object else None,
            ignore.line,
        ),
        _FIX,
        evidence={"ignored": said.code, "object": name, "reason": reason},
        fields=(said.code, ignore.table, ignore.object),
    )  # fmt: skip
