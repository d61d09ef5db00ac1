"""Filters of worksheets, data sources and extracts: predicates, and when in the order of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import (
    NULL,
    TRUE,
    Aggregate,
    Expr,
    Literal,
    Unsupported,
    all_of,
    any_of,
    call,
    columns,
)  # fmt: skip
from linter.model import Filter
from linter.parsers.tableau.fields import meaning
from linter.parsers.tableau.groupfilters import is_action, is_empty, is_unrestricted, read_selection
from linter.parsers.tableau.names import split_reference, value
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

    from linter.model import Scope, Stage
    from linter.parsers.tableau.placements import Placement, Placer

_PERIODS = {"year", "quarter", "month", "week", "day", "hour", "minute", "second"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a group of filter elements is meant.

    Attributes:
        stage: their stage unless the element itself says context, or the field measure.
        scope: what they filter.
        changeable: references of which a reader has a filter card.
        home: the data source of a filter that names none, which is inside it.
    """

    stage: Stage = "dimension"
    scope: Scope = "visual"
    changeable: frozenset[str] = frozenset()
    home: str = ""


def read_filter(element: etree._Element, placer: Placer, reading: Reading) -> Filter | None:
    """One filter; None for what restricts no row: a choice of measures, an action with nothing chosen."""
    reference = element.get("column", "")
    source, name = split_reference(reference)
    placement = placer.place_name(source or reading.home, name)
    tree = element.find("groupfilter")
    if placement.nature in {"names", "values", "forecast"}:
        return None
    acts = placement.nature == "action" or (tree is not None and is_action(tree))
    if placement.nature == "action" and (tree is None or is_unrestricted(tree)):
        return None
    if acts and tree is not None and is_empty(tree):
        return None  # what it shows when it is used is a part of what it would show without
    predicate = _predicate(element, tree, placement, placer)
    used = placement.use.columns or tuple(sorted(columns(predicate), key=lambda c: (c.table, c.name)))
    return Filter(
        caption=placement.use.caption,
        predicate=predicate,
        stage=_stage(element, placement, reading),
        scope="action" if acts else reading.scope,
        columns=used,
        changeable=reference in reading.changeable or placement.nature == "action",
        source=placement.source,
    )


def extraction_filter(element: etree._Element, placer: Placer, home: str) -> Filter | None:
    """A filter applied when the extract was made: its rows are not in the store, nothing is left to do."""
    source, name = split_reference(element.get("column", ""))
    placement = placer.place_name(source or home, name)
    return Filter(placement.use.caption, TRUE, "extract", "source", placement.use.columns, source=placement.source)


def _stage(element: etree._Element, placement: Placement, reading: Reading) -> Stage:
    if placement.table_calcs or element.get("kind") == "hide":
        return "table_calc"  # hidden members only leave the view: totals still have them
    if placement.nature == "measure":
        return "measure"
    return "context" if element.get("context") == "true" else reading.stage


def _predicate(element: etree._Element, tree: etree._Element | None, placement: Placement, placer: Placer) -> Expr:
    match element.get("class"):
        case "categorical" if tree is not None:
            return _categorical(tree, placement, placer)
        case "quantitative":
            return _quantitative(element, _subject(placement))
        case "relative-date":
            return _relative_date(element, _subject(placement))
        case other:
            return Unsupported(f"a filter of the unknown class {str(other)[:30]!r}")


def _subject(placement: Placement) -> Expr:
    """What a range filter compares: the grouping expression, or the aggregate."""
    if placement.table_calcs:
        return Unsupported("a filter on a table calculation")
    if any(part.source not in {None, placement.source} for part in placement.parts):
        return Unsupported("a filter on values of several data sources")
    if placement.aggregate in {None, "user"}:
        return placement.expr
    arg = None if placement.aggregate == "count" and isinstance(placement.expr, Literal) else placement.expr
    return Aggregate(placement.aggregate or "", arg)


def _categorical(tree: etree._Element, placement: Placement, placer: Placer) -> Expr:
    if placement.table_calcs and not is_unrestricted(tree):
        return Unsupported("a filter on a table calculation")
    named = placer.fields.definition(placement.source, placement.name)
    if named is not None and named.kind == "set" and is_unrestricted(tree):
        return Unsupported("a filter on a set that doesn't say which of its members pass")
    return read_selection(tree, _Levels(placer, placement)).predicate


@dataclass(frozen=True, slots=True)
class _Levels:
    """Levels inside a filter: instances of the worksheet, the filtered field itself if it aggregates."""

    placer: Placer
    placement: Placement

    def level(self, name: str) -> Expr:
        placed = self.placer.place_name(self.placement.source, name)
        if placed.nature == "measure":
            return _subject(placed)
        return placed.expr if len(placed.groups) <= 1 else Unsupported("a filter on a combined field")

    def formula(self, text: str) -> Expr:
        return meaning(self.placer.fields, self.placement.source, self.placer.view).formula(text)

    def parameter(self, name: str) -> Expr:
        return self.placer.fields.resolve("Parameters", name).expr


def _quantitative(element: etree._Element, subject: Expr) -> Expr:
    """A range with its bounds; ``included-values`` says what happens to nulls."""
    bounds = []
    if (low := element.findtext("min")) is not None:
        bounds.append(call("ge", subject, value(low)))
    if (high := element.findtext("max")) is not None:
        bounds.append(call("le", subject, value(high)))
    match element.get("included-values", "in-range"):
        case "all":
            return TRUE
        case "non-null":
            return call("not", call("is_null", subject))
        case "null":
            return call("is_null", subject)
        case "in-range":
            return all_of(*bounds) if bounds else call("not", call("is_null", subject))
        case "in-range-or-null":
            return any_of(all_of(*bounds), call("is_null", subject)) if bounds else TRUE
        case other:
            return Unsupported(f"a range filter of the unknown kind {other[:30]!r}")


def _relative_date(element: etree._Element, subject: Expr) -> Expr:
    """Periods around an anchor, today unless one is given; both ends are counted in whole periods."""
    period = element.get("period-type", element.get("period-type-v2", ""))
    first, last = value(element.get("first-period")), value(element.get("last-period"))
    if period not in _PERIODS or not isinstance(first, Literal) or not isinstance(last, Literal):
        return Unsupported("a relative date filter of an unknown form")
    unit = Literal(period)
    anchor = call("today") if element.get("anchor") is None else value(element.get("anchor"))
    if isinstance(anchor, Literal) and anchor == NULL:
        anchor = call("today")
    start = call("date_trunc", unit, anchor)
    beyond = Literal(int(last.value) + 1) if isinstance(last.value, int) else Unsupported("a period that is no number")
    bounds = [
        call("ge", subject, call("date_add", unit, first, start)),
        call("lt", subject, call("date_add", unit, beyond, start)),
    ]
    if element.get("include-future") == "false":
        tomorrow = call("date_add", Literal("day"), Literal(1), call("date_trunc", Literal("day"), anchor))
        bounds.append(call("lt", subject, tomorrow))
    inside = all_of(*bounds)
    return any_of(inside, call("is_null", subject)) if element.get("include-null") == "true" else inside


def saved_members(element: etree._Element) -> tuple[str, ...]:
    """Member values that a filter or set carries in clear, as written."""
    return tuple(
        node.get(name, "")
        for node in element.iter("groupfilter")
        for name in ("member", "from", "to")
        if node.get(name) is not None
        and node.get("function") != "empty-level"
        and not node.get("level", "").startswith("[:Measure Names")
    )
