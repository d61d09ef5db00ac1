"""Random visuals with their filters, as a report writes them and as what they mean."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import strategies as st

from tests.oracle.powerbi.contexts import ZERO, Context
from tests.oracle.powerbi.grammar import ITEMS, Measure, filterable, filtered, fitting, under
from tests.oracle.powerbi.stars import BLANK, Relation, Star, column_of, table_of
from tests.parsers.powerbi import build as b

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

AS_OF = dt.date(2024, 6, 15)
GROUPS = [
    {
        "name": "Shift",
        "calculationGroup": {"calculationItems": [{"name": n, "expression": dax} for n, (dax, _, _) in ITEMS.items()]},
        "columns": [{"name": "Show as", "dataType": "string", "sourceColumn": "Name"}],
        "partitions": [{"source": {"type": "calculationGroup"}}],
    }
]
KINDS = ("pivotTable", "tableEx", "barChart")


def field(column: str) -> dict[str, Any]:
    return b.column(table_of(column), column_of(column))


@dataclass(frozen=True)
class Card:
    """A filter on a column: its condition in a report, and the values that it leaves (given those of the column)."""

    column: str
    condition: dict[str, Any]
    leaves: Callable[[Any], bool]
    place: str = "visual"  # visual, page, report, slicer
    hidden: bool = False

    def json(self) -> dict[str, Any]:
        return b.card(field(self.column), self.condition, isHiddenInViewMode=self.hidden)

    def relation(self, star: Star) -> Relation:
        return Relation((self.column,), frozenset((v,) for v in star.members(self.column) if self.leaves(v)))


@dataclass(frozen=True)
class Top:
    """The first members of a column by the number of results or the sum of their scores, ties included."""

    column: str
    count: int
    descending: bool
    by_score: bool

    def json(self) -> dict[str, Any]:
        by = b.aggregation("Results", "Score" if self.by_score else "Hours", 0 if self.by_score else 5)
        order = [{"Direction": 2 if self.descending else 1, "Expression": by}]
        query = {"Select": [], "From": [], "OrderBy": order, "Top": self.count}
        ranked = {"In": {"Expressions": [field(self.column)], "Table": {"SourceRef": {"Source": "sub"}}}}
        definition = {
            "From": [{"Name": "sub", "Expression": {"Subquery": {"Query": query}}, "Type": 2}],
            "Where": [{"Condition": ranked}],
        }
        return {"name": "top", "expression": field(self.column), "type": "TopN", "filter": definition}

    def relation(self, outer: Context) -> Relation:
        sizes: dict[Any, float] = {}
        for value in outer.values(self.column):
            rows = outer.within(Relation((self.column,), frozenset({(value,)}))).rows("Results")
            held = outer.star.tables["Results"]["Results[Score]" if self.by_score else "Results[Hours]"].iloc[rows]
            known = [v for v in held if v != BLANK]
            if known:
                sizes[value] = sum(known) if self.by_score else len(known)
        better = (lambda a, b: a > b) if self.descending else (lambda a, b: a < b)
        first = {v for v, n in sizes.items() if sum(better(m, n) for m in sizes.values()) < self.count}
        return Relation((self.column,), frozenset((v,) for v in first))


def literal(value: Any, kind: str) -> dict[str, Any]:
    if value is None:
        return b.literal("null")
    match kind:
        case "boolean":
            return b.literal(str(value).lower())
        case "integer":
            return b.literal(f"{value}L")
        case "real":
            return b.literal(f"{value}D")
        case "date":
            return b.literal(f"datetime'{value.isoformat()}T00:00:00'")
        case _:
            return b.literal(f"'{value}'")


@st.composite
def cards(draw: st.DrawFn, star: Star) -> Card:
    """A categorical, advanced or relative filter."""
    column = draw(st.sampled_from([*filterable(star), "Dates[Date]"]))
    kind = star.types[column]
    zero, values = ZERO[kind], fitting(star, column)
    place = draw(st.sampled_from(["visual", "visual", "page", "slicer"]))
    hidden = draw(st.booleans())
    match draw(st.sampled_from(["in", "not in", "compared", "text", "range", "relative"])):
        case "compared" | "range" if kind in {"integer", "real", "date"}:
            name, code = draw(st.sampled_from([("=", 0), (">", 1), (">=", 2), ("<", 3), ("<=", 4)]))
            value = draw(st.sampled_from([v for v in values if v is not None]))
            tests = {0: lambda v: v == value, 1: lambda v: v > value, 2: lambda v: v >= value, 3: lambda v: v < value,
                     4: lambda v: v <= value}  # fmt: skip
            condition = {"Comparison": {"ComparisonKind": code, "Left": field(column), "Right": literal(value, kind)}}
            return Card(column, condition, lambda v: tests[code](zero if v == BLANK else v), place, hidden)
        case "relative" if kind == "date":
            months = draw(st.integers(1, 9))
            ago = {"DateAdd": {"Expression": {"Now": {}}, "Amount": -months, "TimeUnit": 2}}
            bounds = {
                "Expression": field(column), "LowerBound": {"DateSpan": {"Expression": ago, "TimeUnit": 0}},
                "UpperBound": {"DateSpan": {"Expression": {"Now": {}}, "TimeUnit": 0}},
            }  # fmt: skip
            first = (pd.Timestamp(AS_OF) - pd.DateOffset(months=months)).date()
            return Card(column, {"Between": bounds}, lambda v: v != BLANK and first <= v <= AS_OF, place, hidden)
        case "text" if kind == "text":
            part = draw(st.sampled_from(["a", "AR", "th", "e"]))
            how = draw(st.sampled_from(["Contains", "StartsWith"]))
            condition: dict[str, Any] = {how: {"Left": field(column), "Right": b.literal(f"'{part}'")}}
            part, negative = part.casefold(), draw(st.booleans())

            def holds(v: Any) -> bool:
                text = "" if v == BLANK else v
                return (part in text if how == "Contains" else text.startswith(part)) != negative

            return Card(column, {"Not": {"Expression": condition}} if negative else condition, holds, place, hidden)
        case how:
            chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
            wanted = {BLANK if v is None else v.casefold() if isinstance(v, str) else v for v in chosen}
            listed = {"In": {"Expressions": [field(column)], "Values": [[literal(v, kind)] for v in chosen]}}
            if how == "not in":
                return Card(column, {"Not": {"Expression": listed}}, lambda v: v not in wanted, place, hidden)
            return Card(column, listed, lambda v: v in wanted, place, hidden)


@dataclass(frozen=True)
class Shown:
    """A visual over a star. ``undrilled``: how many levels at the end of its rows are not expanded."""

    kind: str
    rows: tuple[str, ...]
    cols: tuple[str, ...]
    measures: tuple[str, ...]
    cards: tuple[Card, ...] = ()
    top: Top | None = None
    item: str = ""
    undrilled: int = 0
    row_totals: bool = True
    col_totals: bool = True

    @property
    def grain(self) -> tuple[str, ...]:
        return (*self.rows[: len(self.rows) - self.undrilled], *self.cols)

    def keeps(self) -> list[tuple[str, ...]]:
        """The groupings of the body and of each total."""
        body = self.grain
        if self.kind == "tableEx":
            return [body, ()] if self.row_totals and body else [body]
        if self.kind == "barChart":
            return [body]
        rows = body[: len(body) - len(self.cols)]
        prefixes = [rows[:n] for n in range(len(rows) + 1)] if self.row_totals else [rows]
        tails = [self.cols[:n] for n in range(len(self.cols) + 1)] if self.col_totals else [self.cols]
        return [body, *(k for r in prefixes for c in tails if (k := (*r, *c)) != body)]

    def outer(self, star: Star) -> Context:
        """The filters of report, page, slicers and visual."""
        relations = tuple(c.relation(star) for c in self.cards)
        made = Context(star, relations, relations, star.links)
        if self.top is not None:
            relations = (*relations, self.top.relation(made))
        return Context(star, relations, relations, star.links)

    def cells(self, outer: Context, keeps: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], Context]]:
        """Every combination of members that the visual may show, with its context."""
        tables = list(dict.fromkeys(map(table_of, keeps)))
        own = [tuple(c for c in keeps if table_of(c) == t) for t in tables]
        order = [c for columns in own for c in columns]
        for found in product(*(outer.combinations(columns) for columns in own)):
            values = dict(zip(order, (v for part in found for v in part), strict=True))
            cell = tuple(values[c] for c in keeps)
            yield cell, outer.within(*(Relation((c,), frozenset({(values[c],)})) for c in keeps))

    def meant(self, measure: Measure) -> Measure:
        return under(measure, self.item) if self.item else measure

    def container(self, name: str) -> dict[str, Any]:
        values = [b.measure(m, "Results") for m in self.measures]
        shown = len(self.rows) - self.undrilled
        drilled = [(field(c), True) if self.undrilled and i < shown else (field(c), False) if self.undrilled
                   else field(c) for i, c in enumerate(self.rows)]  # fmt: skip
        if self.kind == "tableEx":
            wells = {"Values": [*map(field, self.rows), *map(field, self.cols), *values]}
        elif self.kind == "barChart":
            wells = {"Category": drilled, "Series": list(map(field, self.cols)), "Y": values}
        else:
            wells = {"Rows": drilled, "Columns": list(map(field, self.cols)), "Values": values}
        own = [c.json() for c in self.cards if c.place == "visual"] + ([self.top.json()] if self.top else [])
        objects: dict[str, Any] = {}
        if self.kind == "pivotTable":
            flags = {"rowSubtotals": self.row_totals, "columnSubtotals": self.col_totals}
            objects["subTotals"] = [
                {"properties": {n: {"expr": b.literal("true" if v else "false")} for n, v in flags.items()}}
            ]
        elif self.kind == "tableEx":
            shown_total = {"expr": b.literal("true" if self.row_totals else "false")}
            objects["total"] = [{"properties": {"totals": shown_total}}]
        return b.visual(name, self.kind, wells, filters=own, objects=objects)


def slicer(name: str, column: dict[str, Any], condition: dict[str, Any]) -> dict[str, Any]:
    choice = {"general": [{"properties": {"filter": {"filter": b.where(condition)}}}]}
    return b.visual(name, "slicer", {"Values": [column]}, objects=choice)


def write(
    folder: Path, star: Star, measures: dict[str, Measure], shown: Sequence[Shown], common: Sequence[Card]
) -> Path:
    """A template with these visuals, ``v0``, ``v1``..., each on a page of its own."""
    pages = []
    for i, one in enumerate(shown):
        slicers = [
            slicer(f"s{i}.{n}", field(c.column), c.condition) for n, c in enumerate(one.cards) if c.place == "slicer"
        ]
        if one.item:
            item = b.column("Shift", "Show as")
            slicers.append(slicer(f"item{i}", item, b.one_of(item, f"'{one.item}'")))
        cards = [c.json() for c in one.cards if c.place == "page"]
        pages.append(b.page(f"p{i}", *slicers, one.container(f"v{i}"), filters=cards))
    model = star.of_model({n: m.dax for n, m in measures.items()}, GROUPS)
    schema = json.dumps(model).encode("utf-16-le")
    return b.pbix(folder / "r.pbit", b.layout(*pages, filters=[c.json() for c in common]), DataModelSchema=schema)


@st.composite
def visuals(draw: st.DrawFn, star: Star, names: list[str], common: list[Card]) -> Shown:
    """A visual of some of the measures; ``common`` are the filters of its report."""
    grain = draw(st.lists(st.sampled_from(filterable(star)), unique=True, max_size=3))
    cut = draw(st.integers(0, len(grain)))
    kind = draw(st.sampled_from(KINDS))
    rows, cols = (tuple(grain), ()) if kind == "tableEx" else (tuple(grain[:cut]), tuple(grain[cut:]))
    found = [*common, *draw(st.lists(cards(star), max_size=2))]
    top = None
    if draw(st.integers(0, 3)) == 0:
        top = Top(
            draw(st.sampled_from(filtered(star))), draw(st.integers(1, 2)), draw(st.booleans()), draw(st.booleans())
        )
    return Shown(
        kind, rows, cols, tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))),
        tuple(found), top, "" if top else draw(st.sampled_from(["", "", "", *ITEMS])),
        undrilled=draw(st.integers(0, max(len(rows) - 1, 0))) if kind != "tableEx" else 0,
        row_totals=draw(st.booleans()), col_totals=draw(st.booleans()),
    )  # fmt: skip
