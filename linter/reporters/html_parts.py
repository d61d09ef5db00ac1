"""What the HTML report shows, as plain records, all text safe to print: the template only lays it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.reporters.facts import CellList
    from linter.reporters.html_grid import Grid
    from linter.reporters.html_lineage import Lineage
    from linter.reporters.html_proof import Proof
    from linter.reporters.html_reach import Reach
    from linter.reporters.html_wireframe import Wireframe
    from linter.reporters.reading import Verdict

State = Literal["error", "warning", "note", "unchecked", "clean", "none"]
WORDS: dict[State, str] = {
    "error": "errors",
    "warning": "warnings",
    "note": "notes",
    "unchecked": "not checked",
    "clean": "no finding",
    "none": "no data",
}
"""What a page or visual is, from the worst."""


@dataclass(frozen=True, slots=True)
class Item:
    """A finding with what follows from it."""

    rule: str
    name: str
    severity: str
    confidence: str  # empty where it is high
    message: str
    where: str  # field and part, where the message doesn't name them
    fix: str
    exact: str  # only where values may be shown
    page: str  # for the filter
    why: str = ""
    source: str = ""
    mend: str = ""  # in the menu words of the tool
    cells: CellList | None = None
    proofs: tuple[Proof, ...] = ()
    more_proofs: int = 0
    reach: Reach | None = None
    lineage: Lineage | None = None
    followers: tuple[Item, ...] = ()

    @property
    def rules(self) -> str:
        """All codes in it, for the filter."""
        return " ".join(dict.fromkeys([self.rule, *(f.rule for f in self.followers)]))


@dataclass(frozen=True, slots=True)
class Table:
    """A layer, or a total of it, in numbers of cells."""

    label: str
    grain: str
    unit: str
    cells: str
    small: str


@dataclass(frozen=True, slots=True)
class Card:
    """A visual with everything said about it."""

    anchor: str
    number: int
    name: str
    type: str
    pages: str  # other pages that carry it
    hidden: bool
    state: State
    word: str
    status: str
    reason: str
    tables: tuple[Table, ...]
    grid: Grid | None
    items: tuple[Item, ...]
    told: tuple[str, ...]  # findings that stand under their cause elsewhere


@dataclass(frozen=True, slots=True)
class PageView:
    """A page: its drawing where places are known, its visuals, and what lies on none of them."""

    anchor: str
    title: str
    kind: str
    hidden: bool
    drawing: Wireframe | None
    elsewhere: tuple[str, ...]  # visuals that are shown here and described on an earlier page
    cards: tuple[Card, ...]
    items: tuple[Item, ...]
    plain: str  # what shows no data

    @property
    def state(self) -> State:
        """The worst of what stands on it."""
        states = {card.state for card in self.cards} | {item.severity for item in self.items}
        return next((state for state in WORDS if state in states), "none")

    @property
    def word(self) -> str:
        """The same in words."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not checked."""

    head: str
    places: str
    fixes: tuple[str, ...]
    rules: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The report on one workbook."""

    anchor: str
    path: str
    tool: str
    verdict: Verdict
    facts: tuple[tuple[str, str, bool], ...]  # label, fact, whether it was assumed
    tiles: tuple[tuple[str, str, str], ...]  # number, label, state
    gaps: tuple[Gap, ...]
    items: tuple[Item, ...]  # of the workbook as a whole
    pages: tuple[PageView, ...]
    suppressed: tuple[tuple[str, str, str], ...]  # rule and severity, place, why
    notice: str
