"""Mark the findings that waivers, ignores or the baseline accept, and report those that don't hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from linter.config.globs import literal
from linter.config.resolve import Acceptance
from linter.errors import UsageError
from linter.findings import Confidence, Finding, Severity, Suppression
from linter.location import Location
from linter.model import Workbook
from linter.policy.decision import Policy
from linter.results import WorkbookResult
from linter.suppress.baseline import acceptable, read_baseline
from linter.suppress.inline import ignored
from linter.suppress.problem import CODE, NAME, ends
from linter.suppress.waivers import Entry, Waiver, read_waivers

_FIX = "Renew the waiver with the person who approved it, correct it, or take it out."


def accept(
    findings: Iterable[Finding],
    acceptance: Acceptance,
    policy: Policy,
    selected: frozenset[str],
    *,
    workbook: Workbook | None = None,
    baseline: bool = True,
) -> tuple[Finding, ...]:
    """The findings with those marked that are accepted, and one ME004 for each waiver or ignore that doesn't hold.

    Args:
        findings: of one workbook.
        acceptance: where its waivers and baseline lie.
        policy: in force for it; the manifest names the owner for the two-person rule.
        selected: codes of the rules that ran: a waiver of another rule is not called unused.
        workbook: with what its author ignores in it.
        baseline: False where only waivers count, as when a baseline is being written.

    Raises:
        UsageError: a file that the configuration names is missing, or one can't be read.
    """
    found = list(findings)
    entries = [e for e in _waivers(acceptance) if e.concerns(acceptance.name)]
    valid: list[tuple[Entry, Waiver]] = []
    problems: list[Finding] = []
    for entry in entries:
        reason = entry.problem or failing(entry.waiver, acceptance, policy)
        if entry.waiver is None or reason:
            problems.append(_problem(entry, acceptance, reason))
        else:
            valid.append((entry, entry.waiver))
    used: set[int] = set()
    marked = [_waived(finding, valid, used) for finding in found]
    for entry, waiver in valid:
        if entry.number not in used and waiver.rule in selected and literal(waiver.path):
            problems.append(idle(entry, acceptance))
    if workbook is not None:
        marked, unheard = ignored(marked, workbook, acceptance, policy.today, selected)
        problems += unheard
    reported = problems if CODE in selected else []
    marked = _known(marked, acceptance, policy) if baseline else marked
    return tuple(sorted([*marked, *reported], key=lambda f: f.sort_key))


def failing(waiver: Waiver | None, acceptance: Acceptance, policy: Policy) -> str:
    """Why a well-formed waiver doesn't hold; empty if it does. It holds on its last day."""
    if waiver is None:
        return ""
    if late := ends(waiver.expires, policy.today, acceptance.longest):
        return late
    if acceptance.second_person:
        declaration = policy.declaration
        named = (declaration.owner, declaration.prepared_by, *declaration.builders) if declaration else ()
        own = {_person(name) for name in named if name}
        if not own:
            return "a second person must approve it, and no manifest names the workbook's owner"
        if _person(waiver.approved_by) in own:
            return "the owner of the workbook approved it; a second person must"
    return ""


def idle(entry: Entry, acceptance: Acceptance) -> Finding:
    """A waiver that no finding needs."""
    return _problem(entry, acceptance, "no finding needs it", Severity.NOTE)


def with_idle_patterns(
    results: Sequence[WorkbookResult], acceptances: Sequence[Acceptance], selected: frozenset[str]
) -> tuple[WorkbookResult, ...]:
    """The results of a run, with a note on the first workbook for each wildcard waiver that none of them needs."""
    marked = list(results)
    judged = [i for i, result in enumerate(results) if result.workbook is not None]
    for file in dict.fromkeys(a.waivers for a in acceptances if CODE in selected):
        here = [i for i in judged if acceptances[i].waivers == file]
        for entry in _waivers(acceptances[here[0]]) if here else ():
            waiver = entry.waiver
            if waiver is None or literal(waiver.path) or waiver.rule not in selected:
                continue
            meant = [i for i in here if entry.concerns(acceptances[i].name)]
            found = [f for i in meant for f in marked[i].findings]
            note = idle(entry, acceptances[here[0]])
            said = any(f.fingerprint == note.fingerprint for f in found)
            if meant and not said and not any(waiver.covers(f) for f in found):
                first = marked[meant[0]]
                marked[meant[0]] = replace(first, findings=(*first.findings, note))
    return tuple(marked)


def _waivers(acceptance: Acceptance) -> tuple[Entry, ...]:
    return read_waivers(acceptance.waivers) if _there(acceptance.waivers, "waivers", acceptance) else ()


def _known(findings: list[Finding], acceptance: Acceptance, policy: Policy) -> list[Finding]:
    """The same with those marked that the baseline holds, as often as it holds them and no worse than then."""
    if not _there(acceptance.baseline, "baseline", acceptance):
        return findings
    left = read_baseline(acceptance.baseline).budget(acceptance.name, policy.audience)
    marked = []
    for finding in findings:
        keys = [(finding.rule, finding.fingerprint, s) for s in Severity if s >= finding.severity]
        key = next((k for k in keys if left[k]), None)
        if key and finding.suppression is None and acceptable(finding):
            left[key] -= 1
            finding = replace(finding, suppression=Suppression("baseline", "known when the baseline was written"))  # noqa: PLW2901
        marked.append(finding)
    return marked


def _there(file: Path, key: str, acceptance: Acceptance) -> bool:
    """Whether there is such a file; one that the configuration names must not be missing."""
    if not file.exists() and key in acceptance.named:
        raise UsageError(f"{file.name}: there is no such file, though {key!r} names it")
    return file.exists()


def _waived(finding: Finding, valid: list[tuple[Entry, Waiver]], used: set[int]) -> Finding:
    covering = [(entry, waiver) for entry, waiver in valid if waiver.covers(finding)]
    used.update(entry.number for entry, _ in covering)
    if not covering or finding.suppression is not None:
        return finding
    _, waiver = max(covering, key=lambda item: item[1].expires)
    reason = f"{waiver.reason} (approved by {waiver.approved_by})"
    return replace(finding, suppression=Suppression("waiver", reason, waiver.expires.isoformat()))


def _problem(entry: Entry, acceptance: Acceptance, reason: str, severity: Severity = Severity.WARNING) -> Finding:
    waiver = entry.waiver
    about = (waiver.object or waiver.fingerprint or "") if waiver else str(entry.number)
    return Finding(
        CODE, NAME, severity, Confidence.HIGH,
        f"Waiver {entry.number} of {acceptance.waivers.name}{f' for {entry.rule}' if entry.rule else ''} "
        f"{'is not used' if severity is Severity.NOTE else 'does not hold'}: {reason}.",
        Location(part=""), _FIX,
        evidence={"file": acceptance.waivers.name, "entry": entry.number, "waived": entry.rule, "reason": reason},
        fields=(entry.rule, entry.path or "", about),
    )  # fmt: skip


def _person(name: str) -> str:
    return " ".join(name.casefold().split())
