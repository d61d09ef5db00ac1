"""A summary in GitHub's Markdown, for a pull request or the summary of a job.

Every name is escaped: it may hold markup, links, mentions of users (``@``) or of issues (``#``).
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from linter import __version__
from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.reading import tally, unchecked, verdict
from linter.reporters.remarks import Checkout, gap_text, remarks
from linter.text import clean, listing, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.reporters.interface import Style
    from linter.reporters.reading import VerdictKind
    from linter.reporters.remarks import Remark
    from linter.results import Run, WorkbookResult

ROWS = 100
"""Findings that are listed in all: a comment on GitHub may have 65,536 characters."""

_HEADS: dict[VerdictKind, str] = {
    "unsafe": "not safe to publish",
    "incomplete": "not complete",
    "review": "to review",
    "clean": "no finding",
}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~$&:/^=@])|(?<=www)(\.)")
_PINGS = re.compile(r"(\\[@#])")
_ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True, slots=True)
class MarkdownReporter:
    """A table of workbooks; per workbook what was not checked and what was found."""

    style: Style
    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """The document; no member values."""
        return "".join(f"{line}\n" for line in self._lines(run))

    def _lines(self, run: Run) -> Iterator[str]:
        outcomes = [verdict(r, run.fail_on, self.style.left_out) for r in run.results]
        if not outcomes:
            yield "## disclint: nothing to lint"
            yield from ("", "No workbook was found, so nothing was checked.")
            return
        worst = min((o.kind for o in outcomes), key=list(_HEADS).index)
        yield f"## disclint: {_HEADS[worst]}"
        yield from ("", "| workbook | errors | warnings | notes | suppressed | verdict |")
        yield "| --- | ---: | ---: | ---: | ---: | --- |"
        found = remarks(run, self.checkout)
        for result, of, outcome in zip(run.results, found, outcomes, strict=True):
            counts = [sum(f.severity == s for f in result.findings if f.suppression is None) for s in _ORDER]
            cells = [*counts, sum(r.suppression is not None for r in of), escaped(outcome.text)]
            yield (f"| {escaped(self.checkout.path(result.path))} | " + " | ".join(str(cell) for cell in cells) + " |")
        room = ROWS
        for result, of in zip(run.results, found, strict=True):
            yield from self._workbook(result, of, room)
            room = max(0, room - len(_told(of)))
        yield from ("", f"disclint {__version__}; `disclint explain CODE` tells why and how.")

    def _workbook(self, result: WorkbookResult, found: list[Remark], room: int) -> Iterator[str]:
        gaps, told = unchecked(result), _told(found)
        if not (gaps or told):
            return
        yield from ("", f"### {escaped(self.checkout.path(result.path))}", "")
        assumed = f" Assumed: {escaped(listing(list(result.assumptions)))}." if result.assumptions else ""
        yield (
            f"Readers: {escaped(result.audience)}. Delivery: {escaped(result.delivery)}. "
            f"Profile: {escaped(result.profile)}.{assumed}"
        )
        if gaps:
            yield from ("", "**Not checked**", "")
            for gap in gaps[:room]:
                where = f" ({escaped(listing(gap.named, 6))})" if gap.places else ""
                yield f"- {escaped(gap_text(gap))}{where}"
            if len(gaps) > room:
                yield f"- {plural(len(gaps) - room, 'more gap')}: see the full report."
        if told[:room]:
            yield from ("", "| severity | rule | where | what | fix |", "| --- | --- | --- | --- | --- |")
            for r in told[:room]:
                what = f"{r.message} {r.follows}." if r.follows else r.message
                cells = (r.severity.label, f"{r.code} {r.name}", r.place or "workbook", what, r.fix)
                yield f"| {' | '.join(escaped(cell) for cell in cells)} |"
        if len(told) > room:
            rest = tally(told[room:])
            yield from ("", f"Not listed here: {rest}. See the full report.")


_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _told(found: list[Remark]) -> list[Remark]:
    """What the table of a workbook lists: open findings; gaps have their own list."""
    return [r for r in found if not r.coverage and r.suppression is None]


def escaped(text: str) -> str:
    """Text that Markdown shows as it is. A zero-width space keeps ``@`` and ``#`` from being mentions."""
    safe = _MARKUP.sub(lambda m: "\\" + m.group(), clean(text, 2000))
    return _PINGS.sub(rf"\1{_ZERO_WIDTH}", safe)
