"""From a result to what the HTML report shows: every finding in its place, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING

from linter.evidence import CellTable
from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.facts import equations_of
from linter.reporters.guidance import guidance_of
from linter.reporters.html_grid import grid_of, profile_of
from linter.reporters.html_head import facts, tiles
from linter.reporters.html_items import Scribe
from linter.reporters.html_parts import Card, Gap, Item, PageView, Sheet, Table
from linter.reporters.html_proof import leaks
from linter.reporters.html_wireframe import Shape, wireframe
from linter.reporters.json_ import visible
from linter.reporters.reading import (
    NOT_CHECKED,
    fold,
    name,
    open_findings,
    place,
    sentence,
    suppressed_findings,
    tally,
    unchecked,
    verdict,
)
from linter.reporters.wording import excuse, gap_head, tool
from linter.text import listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.evidence import LayerResult, Status
    from linter.findings import Finding
    from linter.model import Page, Visual
    from linter.policy.profile import Profile
    from linter.reporters.html_grid import Grid
    from linter.reporters.html_parts import State
    from linter.reporters.reading import Unchecked
    from linter.results import Run, WorkbookResult
    from linter.rules import Rule

_STATUS: dict[Status, str] = {
    "evaluated": "recomputed exactly",
    "approximate": "recomputed, with a deviation that can't hide a small cell",
    "not_evaluated": "not checked: it could not be recomputed",
    "data_unread": "not checked: its rows are not at hand",
    "no_query": "shows no data",
}
_UNITS = {
    "key": "people, by {}",
    "rows": "people, one row each",
    "count_field": "people, as summed in {}",
    "not_people": "not about people",
    "unknown": "rows; whether they are people is not declared",
}
_PAGES = {"tooltip": "Tooltip", "drill_through": "Drill-through page", "sheet": "Sheet", "story": "Story"}


def sheets(run: Run, rules: tuple[Rule, ...], left_out: tuple[str, ...]) -> list[Sheet]:
    """A sheet per workbook, in order."""
    return [_Builder(run, rules, result, f"w{i}").sheet(left_out) for i, result in enumerate(run.results, 1)]


@dataclass
class _Builder:
    """Puts every finding where it belongs, once."""

    run: Run
    rules: tuple[Rule, ...]
    result: WorkbookResult
    anchor: str
    profile: Profile | None = None
    grids: dict[str, Grid] = field(default_factory=dict)  # by visual id
    folded: list[tuple[Finding, list[Finding]]] = field(default_factory=list)
    items: list[tuple[Finding, Item]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # visual id -> number on its cards and drawings

    def sheet(self, left_out: tuple[str, ...]) -> Sheet:
        result = self.result
        self.profile = result.scale or profile_of(result.profile)
        self.folded = fold(open_findings(result))
        self.grids = dict(self._grids())
        scribe = Scribe(guidance_of(self.rules, result), self.grids, self.run.show_values)
        self.items = [(cause, scribe.item(cause, self._page_of(cause), more)) for cause, more in self.folded]
        found = {f.location.visual_id for f in open_findings(result)}
        with_data = [v.id for v, status in result.visuals() if status != "no_query" or v.id in found]
        self.numbers = {visual: i for i, visual in enumerate(with_data, 1)}
        outcome = verdict(result, self.run.fail_on, left_out)
        hidden = suppressed_findings(result)
        return Sheet(
            anchor=self.anchor,
            path=name(result.path),
            tool=tool(result),
            verdict=outcome,
            facts=tuple(facts(result)),
            tiles=tuple(tiles(result)),
            gaps=tuple(_gap(gap) for gap in unchecked(result)),
            items=tuple(
                item for finding, item in self.items if finding.location.page is None and not self._home(finding)
            ),
            pages=tuple(self._pages()),
            suppressed=tuple(_excused(f) for f in hidden),
            notice="" if self.profile else "The bands of this profile are not at hand, so no heat map is drawn.",
        )

    def _home(self, finding: Finding) -> Visual | None:
        """The visual on whose card a finding stands."""
        visuals = self.result.workbook.visuals if self.result.workbook else ()
        return next((v for v in visuals if v.id == finding.location.visual_id), None)

    def _told(self, visual: Visual) -> Iterable[str]:
        """Findings on a visual that follow from one elsewhere, under which they stand."""
        for cause, followers in self.folded:
            if cause.location.visual_id != visual.id:
                at = place(cause.location.page, cause.location.visual) or "the workbook as a whole"
                for f in followers:
                    if f.location.visual_id == visual.id:
                        yield f"{name(f.rule)} follows from {name(cause.rule)} at {at}: {sentence(f.message)}"

    def _pages(self) -> Iterable[PageView]:
        book = self.result.workbook
        status = {v.id: s for v, s in self.result.visuals()}
        pages = list(book.pages) if book else []
        known = {page.id for page in pages}
        titles = {page.name for page in pages}
        for i, page in enumerate(pages, 1):
            namesakes = [p for p in pages if p.name == page.name]
            first = namesakes[0] is page
            here = [v for v in (book.visuals if book else ()) if page.id in v.pages]
            view = self._page(page, f"{self.anchor}-p{i}", here, status, self._loose(page.name) if first else ())
            yield view if first else replace(view, title=f"{view.title} ({namesakes.index(page) + 1})")
        stray = [v for v in (book.visuals if book else ()) if not v.pages or v.pages[0] not in known]
        other = [f.location.page for f, _ in self.items if f.location.page is not None and not self._home(f)]
        names = [p for p in dict.fromkeys(other) if p not in titles]
        if stray or names:
            items = tuple(item for page in names for item in self._loose(page))
            cards = tuple(self._card(v, status[v.id], None) for v in stray if v.id in self.numbers)
            plain = _plain(v for v in stray if v.id not in self.numbers)
            yield PageView(f"{self.anchor}-p0", "On no page", "", False, None, (), cards, items, plain)  # noqa: FBT003

    def _loose(self, page: str) -> tuple[Item, ...]:
        """Findings on a page that belong to no visual we know."""
        return tuple(item for f, item in self.items if f.location.page == page and not self._home(f))

    def _page(
        self, page: Page, anchor: str, here: list[Visual], status: dict[str, Status], items: tuple[Item, ...]
    ) -> PageView:
        own = [v for v in here if v.pages[0] == page.id]
        cards = tuple(self._card(v, status[v.id], page) for v in own if v.id in self.numbers)
        return PageView(
            anchor=anchor,
            title=name(page.name),
            kind=_PAGES.get(page.kind, "Page"),
            hidden=page.hidden,
            drawing=wireframe([self._shape(v, status[v.id]) for v in own if v.box], page.width, page.height),
            elsewhere=tuple(
                f"{self.numbers[v.id]} {name(v.name)}" for v in here if v not in own and v.id in self.numbers
            ),
            cards=cards,
            items=items,
            plain=_plain(v for v in own if v.id not in self.numbers),
        )

    def _shape(self, visual: Visual, status: Status) -> Shape:
        state, word = self._state(visual, status)
        number = self.numbers.get(visual.id)
        return Shape(
            self._anchor(visual), number, name(visual.name), word, state, visual.hidden, visual.box or (0, 0, 0, 0)
        )

    def _anchor(self, visual: Visual) -> str:
        return f"{self.anchor}-v{self.numbers.get(visual.id, 0)}"

    def _state(self, visual: Visual, status: Status) -> tuple[State, str]:
        """How a visual is coloured, and the same in words; what was found outweighs what was not checked."""
        found = [f for f in open_findings(self.result) if f.location.visual_id == visual.id]
        if found:
            states: dict[Severity, State] = {
                Severity.ERROR: "error",
                Severity.WARNING: "warning",
                Severity.NOTE: "note",
            }
            return states[found[0].severity], tally(found) + (", not checked" if status in NOT_CHECKED else "")
        if status in NOT_CHECKED:
            return "unchecked", "not checked"
        return ("none", "no data") if status == "no_query" else ("clean", "no finding")

    def _card(self, visual: Visual, status: Status, page: Page | None) -> Card:
        known = self.result.visual_result(visual.id)
        state, word = self._state(visual, status)
        book = self.result.workbook
        others = [book.page(p) for p in visual.pages if page is None or p != page.id] if book else []
        return Card(
            anchor=self._anchor(visual),
            number=self.numbers[visual.id],
            name=name(visual.name),
            type=name(visual.type),
            pages=listing([name(p.name) for p in others if p is not None], 6),
            hidden=visual.hidden,
            state=state,
            word=word,
            status=_STATUS[status],
            reason="; ".join(sentence(r) for r in known.reasons) if known else "",
            tables=tuple(t for x in (known.layers if known else ()) for t in self._tables(x)),
            grid=self.grids.get(visual.id),
            items=tuple(item for finding, item in self.items if finding.location.visual_id == visual.id),
            told=tuple(self._told(visual)),
        )

    def _tables(self, layer: LayerResult) -> Iterable[Table]:
        unit = _UNITS[layer.unit.kind].format(name(layer.unit.field or "a key"))
        grain = " × ".join(name(caption) for caption in layer.grain) or "one figure"
        if layer.body is None:
            why = "; ".join(sentence(r) for r in layer.reasons) or "not recomputed"
            yield Table(name(layer.label), grain, why, "–", "–")
            return
        yield self._row(name(layer.label), grain, unit, layer.body)
        for label, total in layer.totals:
            kept = " × ".join(name(layer.grain[i]) for i in total.keeps) or "one figure"
            yield self._row(f"{name(layer.label)}: {name(label)}", kept, unit, total)

    def _row(self, label: str, grain: str, unit: str, table: CellTable) -> Table:
        cells = visible(table, table.contributors).cells
        return Table(label, grain, unit, f"{cells:,}", f"{table.small_shown(self.result.threshold):,}")

    def _grids(self) -> Iterable[tuple[str, Grid]]:
        """The heat map of each visual, with what follows in it from open findings."""
        found = open_findings(self.result)
        for visual, _ in self.result.visuals():
            known = self.result.visual_result(visual.id)
            worst = known.worst(self.result.threshold) if known else None
            if worst is None or self.profile is None:
                continue
            grid = grid_of(worst, self.profile, self.result.threshold, reveal=self.run.show_values)
            if grid is not None:
                equations = [e for f in found if f.location.visual_id == visual.id for e in equations_of(f)]
                yield visual.id, grid.marked(leaks(equations, grid))

    def _page_of(self, finding: Finding) -> str:
        """The page that the filter knows a finding by."""
        page, home, book = finding.location.page, self._home(finding), self.result.workbook
        if home and book and page is None:
            first = book.page(home.pages[0]) if home.pages else None
            page = first.name if first else None
        return "Whole workbook" if page is None else name(page)


def _gap(gap: Unchecked) -> Gap:
    rules = dict.fromkeys(name(f.rule) for f in gap.findings if gap.what != "finding")
    fixes = tuple(sentence(fix) for fix in gap.fixes)
    return Gap(gap_head(gap), "; ".join(gap.named), fixes, ", ".join(rules))


def _plain(visuals: Iterable[Visual]) -> str:
    counts = Counter(name(v.name) for v in visuals)
    return "; ".join(one if n == 1 else f"{one} × {n}" for one, n in counts.items())


def _excused(finding: Finding) -> tuple[str, str, str]:
    what, where, why = excuse(finding)
    return what, where or "Whole workbook", why
