"""One finding as the report for people tells it: what, which cells, why, how it follows, how to mend it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from rich.text import Text

from linter.records import dataclass
from linter.reporters.facts import cells_of, equations_of, pairs_of
from linter.reporters.guidance import Guidance, adds, guidance_of
from linter.reporters.reading import following, name, sentence
from linter.reporters.terminal import Ink, labelled, small_table
from linter.reporters.wording import confidence, exact, unsaid_place
from linter.text import listing, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from linter.findings import Finding
    from linter.reporters.facts import Equation
    from linter.reporters.interface import Style
    from linter.results import WorkbookResult
    from linter.rules import Rule

_LABEL = 5  # columns of the labels
_CELLS, _PAIRS, _TERMS = 5, 8, 2
"""How many cells, combinations of fields, and terms of a subtraction a finding lists."""
_INDENT, _NARROW = 8, 28
"""Columns that a finding is further in, and what a column of names may take in any case."""


@dataclass
class Teller:
    """Tells the findings on one workbook. What holds for a rule is told with its first finding only."""

    style: Style
    result: WorkbookResult
    rules: tuple[Rule, ...]
    show_values: bool
    told: set[tuple[str, str]] = field(default_factory=set)
    guidance: dict[str, Guidance] = field(init=False)

    def __post_init__(self) -> None:
        self.guidance = guidance_of(self.rules, self.result)

    def head(self, finding: Finding) -> Text:
        """Severity, code and name."""
        head = Text.assemble(
            Ink(self.style).mark(finding.severity), "  ", (name(finding.rule), "bold"), f" {name(finding.name)}"
        )
        return head.append(f", {sure}", "dim") if (sure := confidence(finding)) else head

    def body(self, finding: Finding, followers: list[Finding]) -> Iterator[RenderableType]:
        """Everything below the head."""
        yield Text(sentence(finding.message), overflow="fold")
        if where := unsaid_place(finding):
            yield Text(where, "dim", overflow="fold")
        yield from self._cells(finding)
        yield from self._how(finding)
        if self.show_values and finding.revealed:
            yield _line("Exact:", exact(finding), "yellow")
        yield from self._why_and_fix(finding)
        if followers:
            yield Text(following(followers), "dim")

    def _cells(self, finding: Finding) -> Iterator[RenderableType]:
        """A small table of the cells, or of the pairs of fields, that the finding is about."""
        found = cells_of(finding, _CELLS)
        if found:
            yield small_table(found.head, found.rows, max(_NARROW, self._room // len(found.head) - 2))
            if found.more:
                yield Text(f"and {plural(found.more, 'more cell')}", "dim")
        pairs = pairs_of(finding)
        if pairs:
            head: tuple[str, ...] = ("fields together", "people singled out", "cells")
            rows: list[tuple[str, ...]] = [
                (listing(list(pair.fields), 6), pair.people, f"{pair.cells:,}") for pair in pairs[:_PAIRS]
            ]
            if any(pair.by_difference for pair in pairs[:_PAIRS]):
                head = (*head, "by difference")
                rows = [(*row, "yes" if p.by_difference else "") for row, p in zip(rows, pairs[:_PAIRS], strict=True)]
            yield small_table(head, rows, max(_NARROW, self._room - sum(len(title) + 2 for title in head[1:])))
            known = finding.evidence.get("combinations")
            more = max(known if isinstance(known, int) else 0, len(pairs)) - len(rows)
            if more > 0:
                yield Text(f"and {plural(more, 'more combination')} of fields", "dim")

    @property
    def _room(self) -> int:
        """Columns that a table below a finding may take."""
        return self.style.width - _INDENT

    def _how(self, finding: Finding) -> Iterator[RenderableType]:
        """How a hidden figure follows; with values the certificate itself is among the exact facts."""
        equations, certificates = equations_of(finding), finding.evidence.get("certificates")
        if self.show_values:
            return
        if equations:
            yield _line("How:", _subtraction(equations[0]), "cyan")
        elif isinstance(certificates, tuple) and certificates:
            yield _line("How:", sentence(str(certificates[0])), "cyan")

    def _why_and_fix(self, finding: Finding) -> Iterator[RenderableType]:
        known = self.guidance.get(finding.rule, Guidance())
        if known.why and self._first(finding.rule, "why"):
            yield _line("Why:", Text(f"{known.why}{f' Source: {known.source}.' if known.source else ''}", "dim"), "dim")
        if finding.fix:
            first = self._first(finding.rule, finding.fix)
            fix = sentence(finding.fix) if first else f"as above for {name(finding.rule)}."
            yield _line("Fix:", fix, "green")
        if known.mend and adds(known.mend, finding.fix) and self._first(finding.rule, "mend"):
            yield _line("Menu:", known.mend, "green")

    def _first(self, rule: str, what: str) -> bool:
        """Whether this was not told before."""
        new = (rule, what) not in self.told
        self.told.add((rule, what))
        return new


def _line(label: str, body: str | Text, style: str) -> RenderableType:
    return labelled(label, body, style, columns=_LABEL)


def _subtraction(equation: Equation) -> str:
    """``[whole] - [part] - 4 more shown cells = [hidden]``."""

    def terms(cells: tuple[str, ...], sign: str) -> Iterator[str]:
        few = cells if len(cells) <= _TERMS + 1 else cells[:_TERMS]
        yield from (f"{sign} [{sentence(cell)}]" for cell in few)
        if len(cells) > len(few):
            yield f"{sign} {plural(len(cells) - len(few), 'more cell')}"

    said = " ".join([*terms(equation.plus, "+"), *terms(equation.minus, "-")]).removeprefix("+ ")
    return f"{said} = [{sentence(equation.cell)}]"
