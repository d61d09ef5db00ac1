"""DR006: filters, drill levels and clicks that together single people out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace

from checks.subjects import ORDER
from linter.evidence import Combination, Reached
from linter.findings import Confidence, Finding, Record, Severity
from linter.location import Location
from linter.model import Visual
from linter.policy.masking import band, people_in_small
from linter.policy.profile import Profile
from linter.records import dataclass
from linter.rules import Context, rule
from linter.text import clean, listing, plural

MOST_LISTED = 40
"""Combinations that one finding lists, the worst first."""


@rule("DR006", "filter-isolation", severity=Severity.ERROR)
def filter_isolation(context: Context) -> Iterator[Finding]:
    """Filters, drill levels and clicks that readers can combine leave only a few people.

    ## What it checks
    For every page: what a reader can turn (slicers, filter cards, parameters, actions, clicks that filter
    other visuals, drill-through with what it passes on, hierarchies, tooltips, bookmarks, fields that can
    be swapped) and the visuals that each of them acts on. Filters that readers can change are taken off;
    hidden and locked ones stay. Then the people behind every combination of values of up to three such
    fields and the visual's own groupings are counted (`--reach` says how many fields), and those of one
    to the threshold are told by their smallest part: where School and Sex already single somebody out,
    School, Sex and Ethnicity are not told as well. Figures that a measure or a fixed filter hides below a
    number of people are looked at after that, in every state: what is left are small figures that still
    show, and those that follow by subtracting two states that do (all pupils less all but one group).

    ## Why it matters
    The saved view may be harmless, and two clicks later it shows four pupils. Hiding small numbers in a
    measure does not help where the number with the filter and without it are both shown.

    ## Example that fires
    A matrix of pupils by school and ethnic group, every cell above the threshold, with a slicer on sex
    that splits some of them into twelve boys and three girls.

    ## The same, mended
    The slicer is removed, or the data hold figures that were merged and suppressed for every
    combination that the slicers reach.

    ## How to fix it
    Take off filters that are not needed, starting with the pair of fields that leads the table of pairs.
    Tableau: use fewer filters over data that are aggregated for the visible fields. Power BI: pre-aggregate
    by the fields of page and slicers, suppress in that table, and drop the table of pupils. Switch off
    interactions between visuals that nobody needs.

    ## When a waiver is fair
    The figures of every combination are published by their owner already.

    ## Limits
    Combinations of more fields than `--reach` are not looked at, and what time did not allow is said.
    Numbers of cells and people are those of the figure that singles out the most; cells of different
    combinations may hold the same people. A filter that takes one value at a time is treated as one that
    takes several. With personalised visuals the fields that the report uses are combined, not all of the
    model's. Single persons picked by a key are DR005's, the saved view is SC001's.

    ## Sources
    Minimal combinations: Elliot, Manning, Mayes, Gurd and Bane, SUDA: a program for detecting special
    uniques (2005), with the profile's threshold in the place of one.
    """
    reached = {r.visual: r for r in context.evidence.reach}
    by_page: dict[str, _Page] = {}
    for visual in context.workbook.visuals:
        states = reached.get(visual.id)
        if states is not None:
            first = visual.pages[0] if visual.pages else visual.id
            by_page.setdefault(first, _Page(first, visual.part)).add(visual, states)
    for pages in _alike(p for p in by_page.values() if p.found):
        yield _finding(context, pages)
    yield from _undecided(context, [(v, s) for p in by_page.values() for v, s in p.visuals])


@dataclass(slots=True)
class _Page:
    """What can be reached on a page: of every combination the figure that singles out the most people."""

    id: str
    part: str
    visuals: list[tuple[Visual, Reached]] = field(default_factory=list)
    found: dict[tuple[str, ...], Combination] = field(default_factory=dict)

    def add(self, visual: Visual, states: Reached) -> None:
        self.visuals.append((visual, states))
        for one in states.found:
            key = tuple(sorted(one.fields))
            known = self.found.get(key, one)
            worst = max(known, one, key=lambda c: (c.people, c.cells))
            self.found[key] = replace(worst, by_difference=known.by_difference and one.by_difference)

    @property
    def worst_first(self) -> list[Combination]:
        """Few fields first, then many people."""
        return sorted(self.found.values(), key=lambda c: (len(c.fields), -c.people, c.fields))

    @property
    def concerned(self) -> list[tuple[Visual, Reached]]:
        """The visuals on which somebody is singled out."""
        return [(v, s) for v, s in self.visuals if s.found]


def _alike(pages: Iterable[_Page]) -> list[list[_Page]]:
    """Pages on which the same fields single people out have one cause."""
    groups: dict[frozenset[tuple[str, ...]], list[_Page]] = {}
    for page in pages:
        groups.setdefault(frozenset(page.found), []).append(page)
    return list(groups.values())


def _finding(context: Context, pages: Sequence[_Page]) -> Finding:
    profile = context.policy.profile
    first = pages[0]
    found = first.worst_first
    involved = [(v, s) for p in pages for v, s in p.concerned]
    names = dict.fromkeys(name for c in found for name in c.fields)
    states = [s for _, s in involved]
    return filter_isolation.finding(
        context,
        f"{_said(found, band(1, profile))}{_elsewhere(context, pages)}.{_limits(states)}",
        _place(context, first),
        "Remove filters, starting with the pair that singles out the most; or merge and suppress in the data for "
        "every combination that readers can reach.",
        confidence=_confidence(states),
        evidence={
            "fields": tuple(names),
            "controls": tuple(dict.fromkeys(name for s in states for name in s.fields)),
            "pairs": tuple(_record(c, profile) for c in found[:MOST_LISTED]),
            "combinations": len(found),
            "depth": max(s.depth for s in states),
            "not_decided": sum(_not_decided(states).values()),
            "left_out": tuple(dict.fromkeys(p for s in states for p in s.problems)),
            "notes": tuple(dict.fromkeys(n for s in states for n in s.notes)),
            "threshold": profile.threshold,
            "unit": states[0].unit.kind,
            "unit_field": states[0].unit.field,
            "pages": tuple(dict.fromkeys(_page_name(context, p) for p in pages)),
            "visuals": tuple(dict.fromkeys(v.name for v, _ in involved)),
        },
        revealed={"people": tuple(f"{' x '.join(c.fields)}: {c.people:,}" for c in found[:MOST_LISTED])},
        fields=sorted(names),
    )


def _said(found: Sequence[Combination], few: str) -> str:
    cells = plural(sum(c.cells for c in found), "cell")
    named = listing([" x ".join(c.fields) for c in found], 4)
    if all(c.by_difference for c in found):
        return f"The difference of two states that readers can reach tells of {few} people in {cells} ({named})"
    return f"Filters, clicks and drill levels that readers can use leave {few} people in {cells} ({named})"


def _elsewhere(context: Context, pages: Sequence[_Page]) -> str:
    """The other pages on which the same fields single people out."""
    _, *others = dict.fromkeys(clean(_page_name(context, p)) for p in pages)
    return f"; also on: {listing(others, 6)}" if others else ""


def _limits(states: Sequence[Reached]) -> str:
    decided = min(s.decided for s in states)
    if decided == 0:
        return " Not all that can be turned was decided."
    return f" Not decided beyond {plural(decided, 'field')} at once." if decided < max(s.depth for s in states) else ""


def _not_decided(states: Sequence[Reached]) -> dict[int, int]:
    """Combinations that were not looked at, by their number of fields."""
    sizes: dict[int, int] = {}
    for one in states:
        for size, n in one.not_decided.items():
            sizes[size] = max(n, sizes.get(size, 0))
    return sizes


def _record(one: Combination, profile: Profile) -> Record:
    """Fields that together single people out; one alone, pairs, and those that do only with a third."""
    return {
        "fields": one.fields,
        "isolated": people_in_small(one.people, one.cells, profile),
        "cells": one.cells,
        "by_difference": one.by_difference,
    }


def _confidence(states: Sequence[Reached]) -> Confidence:
    """As sure as we are of whom is counted."""
    stated = (s.unit.confidence for s in states)
    return min((Confidence.HIGH if c == "declared" else Confidence(c) for c in stated), key=ORDER.index)


def _page_name(context: Context, page: _Page) -> str:
    held = context.workbook.page(page.id)
    return held.name if held else page.visuals[0][0].name


def _place(context: Context, page: _Page) -> Location:
    held = context.workbook.page(page.id)
    return Location(held.part if held and held.part else page.part, _page_name(context, page))


def _undecided(context: Context, visuals: Sequence[tuple[Visual, Reached]]) -> Iterator[Finding]:
    """A field or a figure that can't be judged, or not even pairs were looked at: the workbook is not complete."""
    gaps: dict[str, list[tuple[Visual, Reached]]] = {}
    late: list[tuple[Visual, Reached]] = []
    for visual, states in visuals:
        known = context.evidence.visuals.get(visual.id)
        if known is not None and known.status in {"not_evaluated", "data_unread"}:
            continue  # that is said already
        if states.problems or states.decided < min(2, states.depth):
            reason = "; ".join(states.problems) or "the time allowed was spent"
            gaps.setdefault(reason, []).append((visual, states))
        elif states.decided < states.depth and not states.found:
            late.append((visual, states))
    if late:
        yield _late(context, late)
    for reason, concerned in gaps.items():
        named = [v.name for v, _ in concerned]
        first = concerned[0][0]
        page = context.workbook.page(first.pages[0]) if first.pages else None
        note = filter_isolation.finding(
            context,
            f"What readers can reach with filters was not all decided for {plural(len(concerned), 'visual')} "
            f"({listing(named, 3)}): {reason}.",
            Location(first.part, page.name if page else None),
            "Try the filters of these visuals by hand.",
            severity=Severity.WARNING,
            evidence={"reason": reason, "visuals": tuple(named)},
            fields=(reason,),
        )
        yield replace(note, coverage=True)


def _late(context: Context, visuals: Sequence[tuple[Visual, Reached]]) -> Finding:
    """Pairs single nobody out, and there was no time for more: complete, and said."""
    decided = min(s.decided for _, s in visuals)
    named = [v.name for v, _ in visuals]
    return filter_isolation.finding(
        context,
        f"Up to {plural(decided, 'field')} at once, what readers can turn on {listing(named, 3)} singles nobody out; "
        "beyond that the time allowed did not suffice.",
        Location(visuals[0][0].part),
        "Lower --reach to what was decided, or use fewer filters.",
        severity=Severity.NOTE,
        evidence={"visuals": tuple(named), "not_decided": sum(_not_decided([s for _, s in visuals]).values())},
        fields=("late",),
    )
