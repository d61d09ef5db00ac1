"""How a result reads to a person: what was not checked, what follows from what, the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Literal, Protocol

from linter.findings import Finding, Severity
from linter.records import dataclass
from linter.rules import code_order
from linter.text import clean, listing, log_safe, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.evidence import Status
    from linter.model import UnreadPart, Visual, Workbook
    from linter.results import Run, WorkbookResult

NOT_CHECKED: dict[Status, str] = {
    "not_evaluated": "not evaluated",
    "data_unread": "without rows",
}
"""The states of a visual that leave a workbook incomplete, in words."""


class Rated(Protocol):
    """What has a severity."""

    @property
    def severity(self) -> Severity: ...  # noqa: D102


VerdictKind = Literal["unsafe", "incomplete", "review", "clean"]
NO_REASON = "no reason was given"
PART_UNREAD = "ME001"


def name(text: str) -> str:
    """A name from a workbook, safe to print anywhere."""
    return log_safe(clean(text)) or "(no name)"


def sentence(text: str) -> str:
    """A message that may hold names from a workbook, safe to print anywhere."""
    return log_safe(clean(text, 2000))


def place(page: str | None, visual: str | None) -> str:
    """``page > visual``, once where a sheet stands on its own tab; empty for the workbook itself."""
    return " > ".join(dict.fromkeys(name(x) for x in (page, visual) if x is not None))


def place_of(workbook: Workbook, visual: Visual) -> str:
    """The place of a visual, on its first page."""
    page = workbook.page(visual.pages[0]) if visual.pages else None
    return place(page.name if page else None, visual.name)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """One reason why something was not checked, and everything it holds for."""

    what: Literal["visual", "part", "finding"]
    state: str
    reason: str
    places: dict[str, int] = field(default_factory=dict)  # how often each: names needn't be unique
    ids: set[str] = field(default_factory=set)  # of the visuals or parts, as locations name them
    fixes: dict[str, None] = field(default_factory=dict)  # in order, each once
    findings: list[Finding] = field(default_factory=list)  # that say the same

    def advise(self, fix: str) -> None:
        """Note a way out, once."""
        if fix:
            self.fixes[fix] = None

    @property
    def named(self) -> list[str]:
        """The places, with their number where several bear one name."""
        return [where if n == 1 else f"{where} x {n}" for where, n in self.places.items()]

    def says(self, finding: Finding) -> bool:
        """Whether a coverage finding only repeats this."""
        repeated = clean(self.reason).rstrip(".") in clean(finding.message, 2000)
        if self.what == "part":  # parts with one reason are one group, wherever a project's finding was moved to
            return repeated and finding.rule == PART_UNREAD
        return repeated and finding.location.visual_id in self.ids


def unchecked(result: WorkbookResult) -> list[Unchecked]:
    """Everything that was not checked, grouped by reason: parts, then visuals, then the rest."""
    groups: dict[tuple[str, str, str], Unchecked] = {}

    def add(what: Literal["visual", "part", "finding"], state: str, reason: str, where: str, key: str) -> Unchecked:
        group = groups.setdefault((what, state, reason), Unchecked(what, state, reason))
        if where and key not in group.ids:
            group.places[where] = group.places.get(where, 0) + 1
        group.ids.add(key)
        return group

    if result.workbook is not None:
        for unread in unread_parts(result):
            part = result.workbook.files.get(unread.part, unread.part)
            where = name(part) if unread.line is None else f"{name(part)}, line {unread.line}"
            group = add("part", "not read", unread.reason or NO_REASON, where, clean(part))
            group.advise(unread.fix)
        for visual, status in result.visuals():
            if status in NOT_CHECKED:
                known = result.visual_result(visual.id)
                reason = known.reasons[0] if known and known.reasons else NO_REASON
                add("visual", NOT_CHECKED[status], reason, place_of(result.workbook, visual), visual.id)
    for finding in coverage_findings(result):
        same = [g for g in groups.values() if g.says(finding)]
        where = place(finding.location.page, finding.location.visual)
        for group in same or [add("finding", finding.rule, finding.message, where, finding.fingerprint)]:
            group.findings.append(finding)
            group.advise(finding.fix)
    if result.workbook is None and not groups:
        add("part", "not read", NO_REASON, "", result.path)
    return list(groups.values())


def unread_parts(result: WorkbookResult) -> list[UnreadPart]:
    """Parts that the reader or the data process could not read, each once."""
    found = (result.workbook.unread if result.workbook else (), result.evidence.unread if result.evidence else ())
    return list(dict.fromkeys(part for parts in found for part in parts))


def coverage_findings(result: WorkbookResult) -> list[Finding]:
    """Findings that say what was not covered. A waiver doesn't make the workbook complete."""
    return sorted((f for f in result.findings if f.coverage), key=lambda f: f.sort_key)


def open_findings(result: WorkbookResult) -> list[Finding]:
    """Findings about disclosure that count, worst first."""
    return sorted((f for f in result.findings if not f.coverage and f.suppression is None), key=lambda f: f.sort_key)


def suppressed_findings(result: WorkbookResult) -> list[Finding]:
    """Findings about disclosure that are waived, ignored inline or in the baseline."""
    return sorted(
        (f for f in result.findings if not f.coverage and f.suppression is not None), key=lambda f: f.sort_key
    )


def fold(findings: Iterable[Finding]) -> list[tuple[Finding, list[Finding]]]:
    """Causes with what follows from them, in the order given.

    Every finding comes out once. Nothing is folded under something milder, and where two point at
    each other one of them stays in view.
    """
    ordered = list(findings)
    by_print: dict[str, list[int]] = {}
    for i, finding in enumerate(ordered):
        by_print.setdefault(finding.fingerprint, []).append(i)

    def next_to(i: int, cause: Finding) -> list[int]:
        near = (j for related in ordered[i].related for j in by_print.get(related, ()))
        return [j for j in near if j != i and ordered[j].severity <= cause.severity]

    consequences = {j for i, finding in enumerate(ordered) for j in next_to(i, finding)}
    seen: set[int] = set()
    folded: dict[int, list[int]] = {}
    for root in sorted(range(len(ordered)), key=lambda i: i in consequences):
        if root in seen:
            continue
        seen.add(root)
        folded[root] = []
        queue = [root]
        while queue:
            for j in next_to(queue.pop(), ordered[root]):
                if j not in seen:
                    seen.add(j)
                    folded[root].append(j)
                    queue.append(j)
    return [(ordered[i], [ordered[j] for j in sorted(folded[i])]) for i in sorted(folded)]


def told(result: WorkbookResult) -> list[tuple[Finding, list[Finding]]]:
    """Every finding for a report of one line per cause: open ones with what follows from each, then the marked ones."""
    rest = sorted((f for f in result.findings if f.coverage or f.suppression is not None), key=lambda f: f.sort_key)
    return sorted([*fold(open_findings(result)), *((f, []) for f in rest)], key=lambda entry: entry[0].sort_key)


def following(findings: list[Finding]) -> str:
    """``2 more follow from this: SC002 and SU001``; empty when nothing does."""
    if not findings:
        return ""
    codes = Counter(name(f.rule) for f in findings)
    rules = listing([f"{code} x {n}" if n > 1 else code for code, n in codes.items()], limit=8)
    return f"{len(findings)} more {'follows' if len(findings) == 1 else 'follow'} from this: {rules}"


def tally(findings: Iterable[Rated]) -> str:
    """``2 errors, 1 warning``; empty when there are none."""
    counts = Counter(f.severity for f in findings)
    return ", ".join(plural(counts[s], s.label) for s in sorted(Severity, reverse=True) if counts[s])


def statistics(run: Run) -> list[tuple[str, str, int, int]]:
    """Per rule that fired: code, name, open findings, suppressed findings. By code."""
    found = [f for r in run.results for f in r.findings]
    counts = Counter((f.rule, f.name, f.suppression is not None) for f in found)
    rules = sorted({(f.rule, f.name) for f in found}, key=lambda r: code_order(r[0]))
    return [(code, rule, counts[code, rule, False], counts[code, rule, True]) for code, rule in rules]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one workbook, in words."""

    kind: VerdictKind
    text: str


def verdict(result: WorkbookResult, fail_on: Severity | None, left_out: tuple[str, ...] = ()) -> Verdict:
    """The worst thing first; what else holds is said too. An error is unsafe whatever ``fail_on`` says."""
    found, hidden = open_findings(result), suppressed_findings(result)
    gaps = _gaps(result)
    tail = f" ({len(hidden)} suppressed)" if hidden else ""
    if result.fails(fail_on) or any(f.severity == Severity.ERROR for f in found):
        more = f" Not complete either: {gaps}." if gaps else ""
        return Verdict("unsafe", f"Not safe to publish: {tally(found)}{tail}.{more}")
    if gaps:
        rest = "" if result.workbook is None else f"; {tally(found) or 'no finding'}{tail} in the rest"
        return Verdict("incomplete", f"Not complete: {gaps}{rest}.")
    scope = "everything was checked" if result.coverage.visuals else "it has no visual, the rest was checked"
    scope = f"{plural(len(left_out), 'rule')} left out" if left_out else scope
    if found:
        return Verdict("review", f"To review: {tally(found)}{tail}; {scope}.")
    return Verdict("clean", f"No finding{tail}; {scope}.")


def _gaps(result: WorkbookResult) -> str:
    """What is missing for a complete check, in a few words; empty when nothing is."""
    if result.workbook is None:
        return "the workbook could not be read"
    coverage = result.coverage
    visuals = sum(coverage.by_status.get(s, 0) for s in NOT_CHECKED)
    parts = len(unread_parts(result))
    if result.complete and not parts:
        return ""
    said = [
        f"{visuals} of {plural(coverage.visuals, 'visual')} not checked" if visuals else "",
        f"{plural(parts, 'part')} not read" if parts else "",
    ]
    return listing([s for s in said if s]) or plural(len(coverage_findings(result)), "gap") + " in the coverage"
