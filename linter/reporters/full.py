"""The report for people: per workbook what was not checked, what was found, and what it means."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from linter import __version__
from linter.evidence import STATUS_ORDER
from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.concise import statistics_lines
from linter.reporters.full_finding import Teller
from linter.reporters.reading import (
    Verdict,
    fold,
    name,
    open_findings,
    sentence,
    suppressed_findings,
    tally,
    unchecked,
    verdict,
)
from linter.reporters.terminal import Ink, draw, indented, labelled
from linter.reporters.wording import excuse, gap_head, small, tool
from linter.text import listing, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from linter.findings import Finding
    from linter.reporters.interface import Style
    from linter.reporters.reading import Unchecked, VerdictKind
    from linter.results import Run, WorkbookResult
    from linter.rules import Rule

_STATUS_WORDS = {
    "evaluated": "evaluated",
    "approximate": "approximate",
    "not_evaluated": "not evaluated",
    "data_unread": "without rows",
    "no_query": "showing no data",
}
_OPTIONS = ("audience", "delivery", "profile")  # what may be assumed and set on the command line
_LABEL = 9  # columns of the labels in header and summary
_BLANK = Text("")
_Folded = tuple["Finding", list["Finding"]]


@dataclass(frozen=True, slots=True)
class FullReporter:
    """Grouped by workbook, page and visual; the verdict comes last, where the eye rests."""

    style: Style
    rules: tuple[Rule, ...] = ()

    def render(self, run: Run) -> str:
        """The whole report."""
        parts: list[RenderableType] = [Text(f"disclint {__version__}", "dim")]
        if run.show_values:
            parts.append(Text("This report shows exact values: handle it like the data itself.", "bold yellow"))
        verdicts = [verdict(r, run.fail_on, self.style.left_out) for r in run.results]
        for result, outcome in zip(run.results, verdicts, strict=True):
            parts += [_BLANK, *_Sheet(self.style, self.rules, run, result).parts(outcome)]
        if not run.results:
            parts += [_BLANK, Text("Nothing to lint: no workbook was found.", "bold yellow")]
        if self.style.statistics:
            parts += [
                _BLANK,
                Text("Rules that fired", "bold"),
                *(Text(line) for line in statistics_lines(run)),
            ]
        if len(run.results) > 1:
            parts += [_BLANK, Text(_overall(verdicts), "bold")]
        return draw(parts, self.style)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The report on one workbook."""

    style: Style
    rules: tuple[Rule, ...]
    run: Run
    result: WorkbookResult

    def parts(self, outcome: Verdict) -> Iterator[RenderableType]:
        yield from self._header()
        gaps = unchecked(self.result)
        if gaps:
            yield _BLANK
            yield indented(Text("Not checked", "bold yellow"), 2)
            for gap, after in zip(gaps, [*gaps[1:], None], strict=True):
                same = after is not None and (after.what, after.fixes) == (gap.what, gap.fixes)
                yield from _gap(gap, () if same else tuple(gap.fixes))
        yield from self._findings()
        yield from self._suppressed()
        yield _BLANK
        for label, line in self._summary(bool(gaps)):
            yield indented(labelled(label, line, columns=_LABEL), 2)
        yield _BLANK
        yield indented(Ink(self.style).verdict(outcome), 2)

    def _header(self) -> Iterator[RenderableType]:
        result = self.result
        yield Text(name(result.path), "bold")

        def said(option: str, value: str) -> str:
            return f"{value} (assumed)" if option in result.assumptions else value

        facts = {
            "Tool": tool(result),
            "Readers": said("audience", result.audience),
            "Delivery": said("delivery", result.delivery),
            "Profile": f"{said('profile', name(result.profile))}; small means {small(result.threshold)}",
            "Assumed": "; ".join(sentence(a) for a in result.assumptions if a not in _OPTIONS),
        }
        for label, fact in facts.items():
            if fact:
                style = "yellow" if label == "Assumed" else "dim"
                yield indented(labelled(label, fact, style, columns=_LABEL), 2)

    def _findings(self) -> Iterator[RenderableType]:
        teller = Teller(self.style, self.result, self.rules, self.run.show_values)
        pages = self._page_order()
        folded: list[_Folded] = sorted(
            fold(open_findings(self.result)), key=lambda f: pages.get(f[0].location.page, -1)
        )
        for page, on_page in groupby(folded, key=lambda f: f[0].location.page):
            yield _BLANK
            whole = Text("Whole workbook", "bold")
            yield indented(whole if page is None else Text.assemble("Page ", (name(page), "bold")), 2)
            visuals = _by_visual(list(on_page))
            for visual, group in visuals:
                headed = visual is not None and (visual != page or len(visuals) > 1)
                if visual is not None and headed:
                    yield indented(Text(name(visual), "underline"), 4)
                for finding, followers in group:
                    yield indented(teller.head(finding), 6 if headed else 4)
                    for line in teller.body(finding, followers):
                        yield indented(line, 8 if headed else 6)

    def _page_order(self) -> dict[str | None, int]:
        """Pages as the workbook has them; those it doesn't name come last, the workbook itself first."""
        pages = [p.name for p in self.result.workbook.pages] if self.result.workbook else []
        named = sorted({f.location.page for f in self.result.findings if f.location.page is not None} - set(pages))
        return {page: i for i, page in reversed(list(enumerate([*pages, *named])))}

    def _suppressed(self) -> Iterator[RenderableType]:
        hidden = suppressed_findings(self.result)
        if not hidden:
            return
        yield _BLANK
        yield indented(Text("Suppressed", "bold"), 2)
        for what, where, why in map(excuse, hidden):
            yield indented(Text(f"{what}{' at ' if where else ''}{where}: {why}", "dim", overflow="fold"), 4)

    def _summary(self, has_gaps: bool) -> Iterator[tuple[str, str]]:  # noqa: FBT001
        coverage = self.result.coverage
        parts = [
            f"{coverage.by_status.get(s, 0)} {_STATUS_WORDS[s]}" for s in STATUS_ORDER if coverage.by_status.get(s)
        ]
        parts.sort(key=lambda p: p.endswith(_STATUS_WORDS["no_query"]))
        yield "Visuals", f"{coverage.visuals}{': ' if parts else ''}{', '.join(parts)}"
        found, hidden = open_findings(self.result), suppressed_findings(self.result)
        suppressed = f" ({len(hidden)} suppressed)" if hidden else ""
        yield "Findings", (tally(found) or "none") + suppressed
        if self.style.left_out:
            yield (
                "Left out",
                f"{listing(list(self.style.left_out), 12)}: not asked for, so nothing is said about them",
            )
        yield "Next", " ".join(self._next(found, has_gaps))

    def _next(self, found: list[Finding], has_gaps: bool) -> Iterator[str]:  # noqa: FBT001
        if has_gaps:
            yield "Make readable what is listed as not checked, or have it reviewed by hand."
        if self.result.assumptions:
            options = [f"--{a}" for a in self.result.assumptions if a in _OPTIONS]
            yield f"Declare what was assumed{f' ({listing(options)})' if options else ''}."
        if found:
            worst = found[0]
            verb = "Mend the errors" if worst.severity == Severity.ERROR else "Look at each finding"
            yield f"{verb}, save the workbook and check it again."
            yield f"`disclint explain {worst.rule}` tells why and how."
        if not found and not has_gaps:
            yield "Nothing to mend. Check again whenever the workbook or its data changes."


def _by_visual(found: list[_Folded]) -> list[tuple[str | None, list[_Folded]]]:
    """Findings of a page by visual, the worst visual first."""
    groups: dict[tuple[str | None, str | None], list[_Folded]] = {}
    for entry in sorted(found, key=lambda f: f[0].sort_key):
        groups.setdefault((entry[0].location.visual, entry[0].location.visual_id), []).append(entry)
    ranked = sorted(groups.items(), key=lambda g: -g[1][0][0].severity)
    return [(visual, group) for (visual, _), group in ranked]


def _gap(gap: Unchecked, fixes: tuple[str, ...]) -> Iterator[RenderableType]:
    yield indented(Text(gap_head(gap), overflow="fold"), 4)
    if gap.places:
        yield indented(Text("; ".join(gap.named), "bold", overflow="fold"), 6)
    for fix in fixes:
        yield indented(labelled("Fix:", sentence(fix), "green"), 6)


def _overall(verdicts: list[Verdict]) -> str:
    words: dict[VerdictKind, str] = {
        "unsafe": "not safe to publish",
        "incomplete": "not complete",
        "review": "to review",
        "clean": "without a finding",
    }
    counts = Counter(v.kind for v in verdicts)
    said = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])
    return f"{plural(len(verdicts), 'workbook')}: {said}."
