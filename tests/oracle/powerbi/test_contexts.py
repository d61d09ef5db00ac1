"""Counts of random visuals over a star schema against a brute force of what DAX means."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.cells.answers import cell_tables
from linter.cells.contexts import context_query
from linter.cells.parts import Part, parts
from linter.cells.query import Place
from linter.cells.rowsteps import Scope
from linter.data.engine import LoadedTable, columnar
from linter.evidence import CellTable, Unit
from linter.expressions import Column, Expr, Literal, TopMembers, call
from linter.formulas.dax import CalculationGroup, Reducer, Schema, to_model
from linter.formulas.dax import Relationship as DaxRelationship
from linter.model import (
    CELL,
    CellValue,
    Filter,
    Grouping,
    Layer,
    Relationship,
    Source,
    Stage,
    Table,
    TableColumn,
    Total,
)
from tests.oracle.powerbi.measures import MEASURES, Measure
from tests.oracle.powerbi.school import DATES, LINKS, MODEL, SEVERAL, TYPES, Context, Data, Row

pytestmark = pytest.mark.slow

SOURCE = Source(
    "model",
    "model",
    "embedded",
    tables=tuple(Table(t, t, tuple(TableColumn(c, c, TYPES[c]) for c in columns)) for t, columns in MODEL.items()),
    relationships=tuple(
        Relationship(many, one, ((Column(many, a), Column(one, b)),), active, both, (many, one) not in SEVERAL)
        for many, one, a, b, active, both in LINKS
    ),
)
SHIFT = CalculationGroup(
    Column("Shift", "Name"),
    {
        "Art": 'CALCULATE(SELECTEDMEASURE(), Results[Subject] = "Art")',
        "Last year": "CALCULATE(SELECTEDMEASURE(), SAMEPERIODLASTYEAR(Dates[Date]))",
        "All subjects": "CALCULATE(SELECTEDMEASURE(), ALL(Results[Subject]))",
        "Art last year": (
            'CALCULATE(CALCULATE(SELECTEDMEASURE(), Shift[Name] = "Last year"), KEEPFILTERS(Results[Subject] = "Art"))'
        ),
    },
)
REDUCER = Reducer(
    Schema(
        {**MODEL, "Shift": ("Name",)},
        {f"m{i}": ("Results", m.dax) for i, m in enumerate(MEASURES)},
        tuple(
            DaxRelationship(Column(m, a), Column(o, b), active, both, (m, o) not in SEVERAL)
            for m, o, a, b, active, both in LINKS
        ),
        {t: {c: TYPES[c] for c in columns} for t, columns in MODEL.items()},
        (SHIFT,),
    )
)
GROUPINGS = [
    ("Classes", "School"),
    ("Classes", "Year"),
    ("Pupils", "Sex"),
    ("Results", "Subject"),
    ("Dates", "Year"),
    ("Dates", "Month"),
    ("Clubs", "Club"),
    ("Teachers", "Teacher"),
    ("Apart", "Level"),
]
REPEATING = {"Clubs", "Teachers"}  # a row may have several
COUNT = CellValue("n", "Results", "count", Column("Results", "Subject"))


@dataclass(frozen=True)
class Choice:
    """A filter as the report has it, and its plain meaning."""

    table: str
    column: str
    predicate: Expr
    holds: Callable[[Row], bool]

    @property
    def filter(self) -> Filter:
        return Filter(self.column, self.predicate, "dimension", "visual")


def is_in(table: str, column: str, *members: Any) -> Choice:
    expr = call("in", Column(table, column), *(Literal(m) for m in members))
    return Choice(table, column, expr, lambda r: r[column] in members)


FILTERS = [
    is_in("Classes", "School", "Ash", "Birch"),
    is_in("Pupils", "Sex", "F", None),
    is_in("Dates", "Year", 2025),
    is_in("Dates", "Month", 1, 2, 3),
    is_in("Results", "Subject", "Art", "Maths"),
    is_in("Clubs", "Club", "Chess"),
    is_in("Teachers", "Teacher", "Ada"),
    is_in("Apart", "Level", 1),
    Choice(
        "Classes",
        "School",
        call("not", call("in", Column("Classes", "School"), Literal("Ash"))),
        lambda r: r["School"] != "Ash",
    ),
]

days = st.sampled_from([*(r["Date"] for r in DATES[::4]), dt.date(2031, 1, 1), None])
pupils = st.lists(
    st.fixed_dictionaries(
        {"ClassID": st.sampled_from(["c1", "c2", "c3", "c4", None]), "Sex": st.sampled_from(["F", "M", None])}
    ),
    min_size=1,
    max_size=6,
)
results = st.lists(
    st.fixed_dictionaries(
        {
            "PupilID": st.sampled_from(["p0", "p1", "p2", "p3", "p9", None]),
            "Date": days,
            "Entered": days,
            "Subject": st.sampled_from(["Art", "Maths", "Music"]),
            "Score": st.sampled_from([None, 0, 1, 7]),
        }
    ),
    max_size=14,
)
clubs = st.lists(
    st.fixed_dictionaries({"PupilID": st.sampled_from(["p0", "p1", "p2"]), "Club": st.sampled_from(["Chess", "Judo"])}),
    max_size=5,
)
CLASSES: list[Row] = [
    {"ClassID": "c1", "School": "Ash", "Year": 7},
    {"ClassID": "c2", "School": "Birch", "Year": 7},
    {"ClassID": "c3", "School": "Ash", "Year": 8},
]
TEACHERS: list[Row] = [
    {"Subject": "Art", "Teacher": "Ada"},
    {"Subject": "Art", "Teacher": "Bo"},
    {"Subject": "Maths", "Teacher": "Ada"},
]


@st.composite
def data(draw: st.DrawFn) -> Data:
    people = [{"PupilID": f"p{i}", **row} for i, row in enumerate(draw(pupils))]
    apart: list[Row] = [{"Level": 1}, {"Level": 2}]
    tables = {"Results": draw(results), "Pupils": people, "Classes": CLASSES, "Clubs": draw(clubs), "Apart": apart,
              "Teachers": TEACHERS}  # fmt: skip
    return Data({**tables, "Dates": DATES})


@st.composite
def cases(draw: st.DrawFn) -> tuple[Data, list[tuple[str, str]], list[Choice], list[int], list[tuple[int, ...]]]:
    grain = draw(st.lists(st.sampled_from(GROUPINGS), unique=True, max_size=3))
    chosen = draw(st.lists(st.sampled_from(FILTERS), unique=True, max_size=3))
    measures = draw(st.lists(st.integers(0, len(MEASURES) - 1), min_size=1, max_size=3, unique=True))
    sets = draw(st.lists(st.sampled_from([(), (0,), (1,), (0, 1)]), unique=True, max_size=2))
    if any(MEASURES[m].of_members for m in measures):
        grain = [g for g in grain if g[0] not in REPEATING]
        chosen = [c for c in chosen if c.table not in REPEATING]
    if any(MEASURES[m].counts_absent for m in measures):
        grain = [g for g in grain if g[0] in {"Pupils", "Classes"}]
    return (
        draw(data()),
        grain,
        chosen,
        measures,
        [s for s in sets if all(i < len(grain) for i in s) and len(s) < len(grain)],
    )


def layer(
    grain: list[tuple[str, str]], filters: list[Filter], measures: list[int], sets: list[tuple[int, ...]]
) -> Layer:
    bases = [b for m in measures for b in to_model(REDUCER.measure_bases(f"m{m}"))]
    assert [b.problems for b in bases if b.problems] == []
    groupings = tuple(Grouping(f"{t}.{c}", Column(t, c), "rows") for t, c in grain)
    return Layer("l", "model", groupings, tuple(bases), tuple(filters), tuple(Total(s) for s in sets))


def load(tables: Data) -> tuple[duckdb.DuckDBPyConnection, dict[str, LoadedTable]]:
    names = {"text": "VARCHAR", "integer": "BIGINT", "date": "TIMESTAMP"}
    connection = duckdb.connect(":memory:")
    for table, columns in MODEL.items():
        connection.execute(f'CREATE TABLE "{table}" (' + ", ".join(f'"{c}" {names[TYPES[c]]}' for c in columns) + ")")
        if tables[table]:
            lines = ", ".join("(" + ", ".join(written(row[c]) for c in columns) + ")" for row in tables[table])
            connection.execute(f'INSERT INTO "{table}" VALUES {lines}')
    return connection, {t: LoadedTable(t, (t,), {c: c for c in columns}) for t, columns in MODEL.items()}


def written(value: Any) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def counted(tables: Data, part: Part) -> list[CellTable]:
    connection, loaded = load(tables)
    unit = Unit("key", "PupilID", Column(part.population.root, "PupilID"))
    keys = [row["PupilID"] for row in tables[part.population.root] if row["PupilID"] is not None]
    place, single = Place("duckdb", loaded, dt.date(2026, 1, 1), fold_case=False), len(set(keys)) == len(keys)
    scope = Scope(part.layer, SOURCE, place, unit, single=single)
    query = context_query(scope, part.bases, part.population.root)
    answer = columnar(connection.execute(query.sql).fetchall(), query.groups, [False] * query.groups)
    connection.close()
    return cell_tables(answer, query, part.bases, unit)


def as_counts(table: CellTable) -> dict[tuple[Any, ...], list[int]]:
    found = {}
    for i in range(len(table)):
        cell = tuple(table.labels[g][table.codes[g][i]] for g in range(len(table.keeps)))
        assert cell not in found
        series = [table.records, table.contributors, *(c for b in table.bases for c in (b.rows, b.contributors))]
        found[cell] = [s.values[i] for s in series]
    return found


def label(value: Any) -> str | None:
    return None if value is None else str(value)


def cell_contexts(outer: Context, grain: list[tuple[str, str]], keeps: tuple[int, ...]) -> Any:
    """Every combination of members with its context."""
    members = [[*dict.fromkeys(row[grain[i][1]] for row in outer.data[grain[i][0]]), None] for i in keeps]
    for combination in itertools.product(*(dict.fromkeys(m) for m in members)):
        context = outer
        for i, value in zip(keeps, combination, strict=True):
            table, column = grain[i]
            context = context.adding(table, [column], lambda r, c=column, v=value: r[c] == v)
        yield tuple(map(label, combination)), context


def numbers(rows: list[Row]) -> list[int]:
    return [len(rows), len({r["PupilID"] for r in rows} - {None})]


def expected(
    outer: Context, part: Part, grain: list[tuple[str, str]], measures: list[Measure], keeps: tuple[int, ...]
) -> Any:
    own = [grain[i] for i in part.positions]
    root = part.population.root
    far = root == "Pupils" and any(table not in {"Pupils", "Classes", "Clubs"} for table, _ in own)
    cells = {}
    for cell, context in cell_contexts(outer, own, keeps):
        records = context.rows(root)
        used = [m.rows(context) for m in measures]
        # where a grouping doesn't filter the pupils, a cell is there for its measure alone
        if (records and not far) or any(
            rows and (m.own_cells or not keeps) and seen(outer, own, keeps, cell)
            for rows, m in zip(used, measures, strict=True)
        ):
            cells[cell] = [n for rows in (records, *used) for n in numbers(rows)]
    return cells


def seen(outer: Context, grain: list[tuple[str, str]], keeps: tuple[int, ...], cell: tuple[str | None, ...]) -> bool:
    """Whether the filters of the visual leave these members; the blank one is taken to be there."""
    wanted: dict[str, dict[str, str | None]] = {}
    for i, value in zip(keeps, cell, strict=True):
        wanted.setdefault(grain[i][0], {})[grain[i][1]] = value
    return all(
        set(named.values()) == {None}
        or any(all(label(row[c]) == v for c, v in named.items()) for row in outer.rows(table))
        for table, named in wanted.items()
    )


def of_part(part: Part, measures: list[int]) -> list[Measure]:
    """The measures of the case that a part counts, in the order of its bases."""
    return [MEASURES[m] for m in measures if MEASURES[m].table == part.population.root]


@given(cases())
def test_counts_equal_brute_force(case: Any) -> None:
    tables, grain, chosen, measures, sets = case
    outer = Context(tables)
    for choice in chosen:
        outer = outer.adding(choice.table, [choice.column], choice.holds)
    made = layer(grain, [c.filter for c in chosen], measures, sets)
    for part in parts(SOURCE, made):
        root = part.population.root
        clubs = {n for n, i in enumerate(part.positions) if grain[i][0] in REPEATING and root != grain[i][0]}
        for table in counted(tables, part):
            found = as_counts(table)
            if clubs & set(table.keeps):  # pupils without a club: said to be judged as a cell of their own
                assert part.notes
                found = {
                    c: n
                    for c, n in found.items()
                    if all(c[table.keeps.index(g)] is not None for g in clubs & set(table.keeps))
                }
            assert found == expected(outer, part, grain, of_part(part, measures), table.keeps)


PLAIN = [0, 1]
NEAR = GROUPINGS[:4]
ONCE = [f for f in FILTERS if f.table not in REPEATING]  # a value over rows that a relationship repeats is refused


@given(
    data(),
    st.lists(st.sampled_from(NEAR), unique=True, min_size=1, max_size=3),
    st.lists(st.sampled_from(ONCE), unique=True, max_size=2),
    st.lists(st.sampled_from(PLAIN), unique=True, min_size=1),
    st.integers(1, 3),
)
def test_a_filter_on_a_measure_hides_cells_and_leaves_them_out_of_totals(
    tables: Data, grain: list[tuple[str, str]], chosen: list[Choice], measures: list[int], least: int
) -> None:
    hiding = Filter("n", call("ge", Column(CELL, "n"), Literal(least)), "measure", "visual", values=(COUNT,))
    made = layer(grain, [*(c.filter for c in chosen), hiding], measures, [()])
    outer = Context(tables)
    for choice in chosen:
        outer = outer.adding(choice.table, [choice.column], choice.holds)
    (part,) = parts(SOURCE, made)
    body, total = counted(tables, part)
    own = [MEASURES[m] for m in measures]
    expect = expected(outer, part, grain, own, tuple(range(len(grain))))
    assert as_counts(body) == expect
    cells = list(as_counts(body))
    assert dict(zip(cells, body.hidden, strict=True)) == {c: int(n[0] < least) for c, n in expect.items()}
    shown = [
        context
        for cell, context in cell_contexts(outer, grain, tuple(range(len(grain))))
        if expect.get(cell, [0])[0] >= least
    ]
    rows = [[r for c in shown for r in m(c)] for m in (lambda c: c.rows("Results"), *(m.rows for m in own))]
    assert as_counts(total) == ({(): [n for found in rows for n in numbers(found)]} if any(rows) else {})


@given(
    data(),
    st.sampled_from(NEAR),
    st.lists(st.sampled_from(ONCE), unique=True, max_size=2),
    st.integers(1, 2),
    st.sampled_from(PLAIN),
)
def test_a_ranking_keeps_the_first_members_with_ties(
    tables: Data, ranked: tuple[str, str], chosen: list[Choice], most: int, measure: int
) -> None:
    table, column = ranked
    stage: Stage = "set"
    top = Filter("top", TopMembers((Column(table, column),), Column(CELL, "n"), most), stage, "visual", values=(COUNT,))
    made = layer([("Pupils", "Sex")], [*(c.filter for c in chosen), top], [measure], [()])
    outer = Context(tables)
    for choice in chosen:
        outer = outer.adding(choice.table, [choice.column], choice.holds)
    sizes = {c.held[-1]: len(c.rows("Results")) for _, c in cell_contexts(outer, [ranked], (0,))}
    members = [held for held, n in sizes.items() if n and sum(1 for other in sizes.values() if other > n) < most]
    outer = outer.adding(table, [column], lambda r: any(h.holds(r) for h in members))
    (part,) = parts(SOURCE, made)
    for cells in counted(tables, part):
        assert as_counts(cells) == expected(outer, part, [("Pupils", "Sex")], [MEASURES[measure]], cells.keeps)
