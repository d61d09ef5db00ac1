"""The states that readers can bring visuals to, counted once per population instead of once per state.

A *population* is a table with the filters that readers can't change. All fields that readers can turn on
its visuals, and those that the visuals split by, are aggregated once to distinct combinations of values;
the scan in the data process then walks combinations of fields. Filters that a reader can change are left
out: a reader can take them off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from time import monotonic

from linter.cells.contexts import removal_of
from linter.cells.population import NotEvaluated
from linter.cells.protection import Counted, Protection, condition_of, protections
from linter.cells.query import ROWS
from linter.cells.removal import Removal, restricted
from linter.cells.sources import SourceAtWork
from linter.cells.states import States
from linter.cells.turning import Turnable, Turning
from linter.cells.units import meaning
from linter.data.scanning import Scanned
from linter.errors import DataProcessFailed, Unreadable
from linter.evidence import Combination, Reached, Unit
from linter.expressions import TRUE, Column, Expr, columns, problems
from linter.model import Base, Filter, Grouping, Layer, Link, Visual, Workbook
from linter.records import dataclass

Fields = frozenset[Expr]
FigureKey = tuple[Expr, tuple[Protection, ...], Fields]
OF_THE_CELL = "measures that compare with values of their cell: the rows of the cell are judged"
_PEOPLE = frozenset({"key", "rows", "count_field"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted: cells of 1..``threshold`` people in states of up to ``depth`` fields, in ``budget`` seconds.

    ``roles``: which parts of a ratio are looked at.
    """

    threshold: int
    depth: int = 3
    budget: float = 20.0
    roles: frozenset[str] = frozenset({"value", "numerator", "denominator"})


@dataclass(frozen=True, slots=True)
class Layered:
    """A layer of a visual as it is counted: which bases of which table by which unit.

    ``choice``: the parameter with another value of which it is so; empty for the saved state. ``missing``:
    why there are states of that parameter that nobody looks at.
    """

    visual: Visual
    layer: Layer
    source: SourceAtWork
    root: str
    bases: tuple[Base, ...]
    unit: Unit
    choice: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A figure of a visual, over the fields that work on it.

    ``told``: the saved state shows its own cells, so that small ones among them are another rule's.
    """

    visual: str
    grain: Fields
    turned: Fields
    condition: Expr
    protections: tuple[Protection, ...]
    told: bool
    choice: str

    @property
    def figure(self) -> FigureKey:
        """What one scan decides. What follows by difference of a protected figure depends on what can be turned."""
        return self.condition, self.protections, self.turned if self.protections else frozenset()


@dataclass(slots=True)
class Population:
    """What is aggregated once.

    ``fields``: captions by expression; ``saved``: conditions that can be switched on; ``told``: the fields of
    tables and totals that saved states show, so that small cells by just these are another rule's.
    """

    source: SourceAtWork
    root: str
    links: tuple[Link, ...]
    unit: Unit
    filters: tuple[Filter, ...]
    single: bool
    fields: dict[Expr, str] = field(default_factory=dict)
    saved: set[Expr] = field(default_factory=set)
    views: list[View] = field(default_factory=list)
    told: set[Fields] = field(default_factory=set)


class Survey:
    """All populations of a workbook with the visuals whose states they decide."""

    def __init__(self, workbook: Workbook, layers: Iterable[Layered], wanted: Wanted) -> None:
        self.wanted = wanted
        self._turning = Turning(workbook)
        self._populations: dict[object, Population] = {}
        self._units: dict[str, Unit] = {}
        self._open: set[str] = set()  # visuals of which something can't be decided
        self._turnable: dict[str, dict[str, None]] = defaultdict(dict)
        self._problems: dict[str, dict[str, None]] = defaultdict(dict)
        self._notes: dict[str, dict[str, None]] = defaultdict(dict)
        for layered in layers:
            self._add(layered)
        found = (p for p in self._populations.values() if p.views)
        self._states = [States(p) for p in sorted(found, key=lambda p: len(p.fields))]

    def needed(self, source: SourceAtWork) -> dict[str, set[str]]:
        """The columns to load, by table."""
        needed: dict[str, set[str]] = defaultdict(set)
        for states in self._states:
            if states.population.source is source:
                for table, names in states.needed.items():
                    needed[table] |= names
        return needed

    def results(self) -> tuple[Reached, ...]:
        """What readers reach, by visual: those with something to turn and people behind them."""
        deadline = monotonic() + self.wanted.budget
        found: dict[str, dict[tuple[str, ...], Combination]] = defaultdict(dict)
        left: dict[str, dict[int, int]] = defaultdict(dict)
        for place, states in enumerate(self._states):
            budget = (deadline - monotonic()) / (len(self._states) - place)
            views = states.population.views
            for view, combination in self._scanned(states, budget, left):
                known = found[view.visual].get(combination.fields)
                found[view.visual][combination.fields] = _worse(known, combination)
            for view in views:
                self._problems[view.visual] |= dict.fromkeys(states.problems)
                self._notes[view.visual] |= dict.fromkeys(states.notes)
        return tuple(self._reached(visual, found[visual], left[visual]) for visual in self._units)

    # -- collecting --------------------------------------------------------------------------------

    def _add(self, x: Layered) -> None:
        """Put the figures of a layer into their populations."""
        if x.unit.kind not in _PEOPLE or x.layer.disaggregated:
            return  # one mark per record is a cause of its own
        shown = [g.expr for g in x.layer.grain if g.drilled]
        if any(_names_person(x.source, e) for e in shown):
            return
        if x.missing:
            self._undecided(x, [f"parameter {x.choice}: {x.missing}"])
        turnable = [*self._turning.of(x.visual, x.layer), *_undrilled(x.layer.grain)]
        turned = dict.fromkeys(t for t in turnable if not _names_person(x.source, t.expr))
        for base in x.bases or (None,):
            if base is None or base.role in self.wanted.roles:
                self._add_figure(x, base, shown, list(turned))

    def _add_figure(self, x: Layered, base: Base | None, shown: list[Expr], turned: list[Turnable]) -> None:
        left_out = self._problems[x.visual.id]
        if base is not None and base.values:
            self._notes[x.visual.id][OF_THE_CELL] = None
            base = replace(base, values=(), adds=TRUE)
        removal = Removal() if base is None else removal_of(base)
        try:
            filters = tuple(dict.fromkeys(f for f in x.layer.filters if _stays(f, removal)))
            works = [t for t in turned if removal.restricts(columns(t.expr))]
        except NotEvaluated as error:
            self._undecided(x, [str(error)])
            return
        condition = TRUE if base is None else condition_of(base, x.unit)
        unread = {t.caption: problems(t.expr) for t in works}
        unread |= {f"filter {f.caption}": problems(f.predicate) for f in filters}
        told_of = [f"{caption}: {reason}" for caption, reasons in unread.items() for reason in reasons]
        if any(problems(f.predicate) for f in filters) or problems(condition) or any(map(problems, shown)):
            self._undecided(x, told_of if works else [])
            return
        left_out |= dict.fromkeys(told_of)
        works = [t for t in works if not problems(t.expr)]
        population = self._population(x, base, filters)
        grain = frozenset(e for e in shown if removal.groups(columns(e)))
        counted = Counted(x.source, x.root, x.unit, population.single)
        guards = protections(x.layer, base, counted)
        narrowed = any(f.changeable and f.stage in ROWS and f.predicate != TRUE for f in x.layer.filters)
        told = not (x.choice or narrowed)
        if told and not guards:
            population.told |= {grain, *(frozenset(x.layer.grain[i].expr for i in t.keeps) for t in x.layer.totals)}
        exprs = frozenset(t.expr for t in works)
        if told and (not exprs or (not guards and exprs <= grain)):
            return  # nothing to turn beyond what the saved state shows
        for caption, expr in [*((g.caption, g.expr) for g in x.layer.grain), *((t.caption, t.expr) for t in works)]:
            if expr in exprs or expr in grain:
                population.fields.setdefault(expr, caption)
        population.saved |= {t.expr for t in works if t.saved}
        view = View(x.visual.id, grain, exprs, condition, guards, told and not guards, x.choice)
        if view not in population.views:
            population.views.append(view)
        self._units.setdefault(x.visual.id, x.unit)
        self._turnable[x.visual.id] |= dict.fromkeys(t.caption for t in works)

    def _undecided(self, x: Layered, reasons: Iterable[str]) -> None:
        """Note why nothing can be said of a figure whose states readers change."""
        reasons = list(reasons)
        if reasons:
            self._units.setdefault(x.visual.id, x.unit)
            self._open.add(x.visual.id)
            self._problems[x.visual.id] |= dict.fromkeys(reasons)

    def _population(self, x: Layered, base: Base | None, filters: tuple[Filter, ...]) -> Population:
        links = () if base is None else base.links
        key = (x.source.source.id, x.root, links, x.unit, filters)
        if key not in self._populations:
            single = x.source.tells_rows_apart(x.unit, x.root)
            self._populations[key] = Population(x.source, x.root, links, x.unit, filters, single)
        return self._populations[key]

    # -- judging -----------------------------------------------------------------------------------

    def _scanned(
        self, states: States, budget: float, left: dict[str, dict[int, int]]
    ) -> Iterator[tuple[View, Combination]]:
        """What the scan of a population says of each of its views."""
        try:
            scans = states.scan(self.wanted.threshold, self.wanted.depth, budget)
        except (NotEvaluated, Unreadable, DataProcessFailed) as error:
            states.problems.append(str(error))
            scans = {}
        except Exception as error:  # noqa: BLE001 - one population that trips us must not silence the others
            states.problems.append(f"it could not be put into a query ({type(error).__name__})")
            scans = {}
        for view in states.population.views:
            scan = scans.get(view.figure)
            if scan is None:
                left[view.visual][1] = left[view.visual].get(1, 0) + 1
                continue
            for size, n in scan.not_decided.items():
                left[view.visual][size] = max(n, left[view.visual].get(size, 0))
            yield from ((view, c) for c in self._of_view(states, view, scan))

    def _of_view(self, states: States, view: View, scan: Scanned) -> Iterator[Combination]:
        population = states.population
        for one in scan.found:
            exprs = [states.fields[f] for f in one.fields]
            inside = frozenset(exprs)
            if not inside <= view.grain | view.turned or inside in population.told:
                continue
            if inside <= view.grain and view.told:
                continue
            captions = [population.fields[e] for e in exprs]
            choice = [f"parameter {view.choice}"] if view.choice else []
            yield Combination((*captions, *choice), one.cells, one.people, one.by_difference == one.cells)

    def _reached(self, visual: str, found: dict[tuple[str, ...], Combination], left: dict[int, int]) -> Reached:
        views = [v for s in self._states for v in s.population.views if v.visual == visual]
        if visual in self._open:
            left[1] = left.get(1, 0) + 1
        ordered = sorted(found.values(), key=lambda c: (len(c.fields), -c.people, c.fields))
        return Reached(
            visual,
            self._units[visual],
            tuple(self._turnable[visual]),
            tuple(ordered),
            self.wanted.depth,
            left,
            tuple(self._problems[visual]),
            guarded=bool(views) and all(v.protections for v in views),
            notes=tuple(self._notes[visual]),
        )


def _worse(known: Combination | None, new: Combination) -> Combination:
    """Of two figures in the same states, the one that singles out more people."""
    if known is None:
        return new
    worst = max(known, new, key=lambda c: (c.people, c.cells))
    return replace(worst, by_difference=known.by_difference and new.by_difference)


def _undrilled(grain: Iterable[Grouping]) -> Iterator[Turnable]:
    yield from (Turnable(g.caption, g.expr) for g in grain if not g.drilled)


def _stays(found: Filter, removal: Removal) -> bool:
    """Whether a filter on rows works whatever readers do."""
    if found.stage not in ROWS or found.changeable or found.predicate == TRUE:
        return False
    on = restricted(found.predicate)
    return not on or removal.restricts(on)


def _names_person(source: SourceAtWork, expr: Expr) -> bool:
    """Whether a field tells persons apart by itself: their key or an identifier, which other rules are about."""
    if not isinstance(expr, Column):
        return False
    table = source.source.table(expr.table)
    held = table.column(expr.name) if table else None
    unit = source.units.get(expr.table)
    if unit is not None and unit.kind == "key" and unit.column == expr:
        return True
    evidence = source.loader.tables.get((source.source.id, expr.table))
    facts = evidence.columns.get(expr.name) if evidence else None
    return table is not None and held is not None and meaning(table, held, facts).kind in {"unit_key", "identifier"}
