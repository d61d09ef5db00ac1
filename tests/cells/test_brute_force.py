"""Cells against brute force: random rows, groupings, filters, totals and bases, in both engines."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.cells.answers import cell_tables
from linter.cells.population import Population
from linter.cells.query import Place, layer_query
from linter.data.engine import LoadedTable, columnar
from linter.evidence import CellTable, Unit
from linter.expressions import Aggregate, Column, Expr, Fixed, Literal, TopMembers, call
from linter.model import Base, Filter, Grouping, Layer, Total

COLUMNS = {
    "School": "text",
    "Sex": "text",
    "Born": "date",
    "Score": "double precision",
    "Pupil": "text",
    "Pupils": "bigint",
}
Row = dict[str, Any]
TODAY = dt.date(2026, 1, 1)


def col(name: str) -> Column:
    return Column("t", name)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "School": st.sampled_from(["Ash", "Birch", "Cedar", None]),
            "Sex": st.sampled_from(["F", "M", None]),
            "Born": st.sampled_from([dt.date(2010, 1, 1), dt.date(2010, 12, 31), dt.date(2011, 6, 5), None]),
            "Score": st.sampled_from([0.0, 1.5, 7.0, -2.0, None]),
            "Pupil": st.sampled_from(["p1", "p2", "p3", "p4", "p5", None]),
            "Pupils": st.sampled_from([1, 4, 12, None]),
        }
    ),
    max_size=25,
)


@dataclass(frozen=True)
class Rule:
    """A neutral expression with the same thing in plain Python."""

    expr: Expr
    plain: Callable[[Row, list[Row]], Any]


def year(row: Row) -> int | None:
    return row["Born"].year if row["Born"] else None


def total_score(members: list[Row]) -> float | None:
    found = [r["Score"] for r in members if r["Score"] is not None]
    return sum(found) if found else None


def fixed_total(row: Row, population: list[Row]) -> float | None:
    return total_score([r for r in population if r["School"] == row["School"]])


def in_top(row: Row, population: list[Row], count: int) -> bool:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for r in population:
        groups[r["School"]].append(r)
    # most distinct pupils first, ties by name, null last
    order = sorted(groups, key=lambda g: (-len({r["Pupil"] for r in groups[g]} - {None}), g is None, g or ""))
    return row["School"] in order[:count]


GROUPS = [
    Rule(col("School"), lambda r, _: r["School"]),
    Rule(col("Sex"), lambda r, _: r["Sex"]),
    Rule(call("date_part", Literal("year"), col("Born")), lambda r, _: year(r)),
    Rule(call("bin", col("Score"), Literal(5)), lambda r, _: None if r["Score"] is None else 5 * (r["Score"] // 5)),
    Rule(Fixed((col("School"),), Aggregate("sum", col("Score"))), fixed_total),
]
FILTERS = [
    Rule(call("in", col("School"), Literal("Ash"), Literal(None)), lambda r, _: r["School"] in {"Ash", None}),
    Rule(call("not", call("in", col("Sex"), Literal("F"))), lambda r, _: r["Sex"] != "F"),
    Rule(call("ge", col("Score"), Literal(0)), lambda r, _: r["Score"] is not None and r["Score"] >= 0),
    Rule(TopMembers((col("School"),), Aggregate("count_distinct", col("Pupil")), 2), lambda r, p: in_top(r, p, 2)),
]
STAGES = ["source", "dimension"]
BASES = [
    (Base("rows", "value", "count", None), lambda _: True),
    (Base("score", "value", "avg", col("Score")), lambda r: r["Score"] is not None),
    (Base("girls", "numerator", "count", None, adds=call("eq", col("Sex"), Literal("F"))), lambda r: r["Sex"] == "F"),
]
UNITS = [Unit("key", "Pupil", col("Pupil")), Unit("rows"), Unit("count_field", "Pupils", col("Pupils"))]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Row], Layer, list[Any], list[tuple[Any, str]], list[int], Unit]:
    data = draw(rows)
    grain = draw(st.lists(st.sampled_from(range(len(GROUPS))), unique=True, max_size=3))
    filters = [(FILTERS[i], draw(st.sampled_from(STAGES))) for i in draw(st.lists(st.integers(0, 2), unique=True))]
    if draw(st.booleans()):
        filters.append((FILTERS[3], "set"))
    bases = draw(st.lists(st.sampled_from(range(len(BASES))), unique=True))
    keeps = [
        k
        for k in draw(st.lists(st.sampled_from([(), (0,), (1,), (0, 1)]), unique=True))
        if all(i < len(grain) for i in k)
    ]
    layer = Layer(
        "layer", "s",
        tuple(Grouping(str(g), GROUPS[g].expr, "rows") for g in grain),
        tuple(BASES[b][0] for b in bases),
        tuple(Filter("f", f.expr, stage, "visual") for f, stage in filters),
        tuple(Total(k) for k in keeps if k != tuple(range(len(grain)))),
    )  # fmt: skip
    return data, layer, [GROUPS[g] for g in grain], filters, bases, draw(st.sampled_from(UNITS))


def brute_force(case: Any) -> dict[tuple[int, ...], dict[tuple[Any, ...], list[int]]]:
    """Per grouping set: label tuple -> records, units, then rows and units of each base."""
    data, layer, grain, filters, bases, unit = case
    early = [r for r in data if all(f.plain(r, data) for f, stage in filters if stage == "source")]
    kept = [r for r in early if all(f.plain(r, early) for f, stage in filters if stage != "source")]
    labels = {id(r): tuple(g.plain(r, early) for g in grain) for r in kept}
    result = {}
    for keeps in dict.fromkeys([tuple(range(len(grain))), *(t.keeps for t in layer.totals)]):
        cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for r in kept:
            cells[tuple(labels[id(r)][i] for i in keeps)].append(r)
        result[keeps] = {
            cell: [
                n
                for members in (rs, *([r for r in rs if BASES[b][1](r)] for b in bases))
                for n in (len(members), people(members, unit))
            ]
            for cell, rs in cells.items()
        }
    return result


def people(members: list[Row], unit: Unit) -> int:
    if unit.kind == "key":
        return len({r["Pupil"] for r in members} - {None})
    if unit.kind == "count_field":
        return sum(r["Pupils"] or 0 for r in members)
    return len(members)


def as_counts(table: CellTable) -> dict[tuple[Any, ...], list[int]]:
    found = {}
    for i in range(len(table)):
        cell = tuple(table.labels[g][table.codes[g][i]] for g in range(len(table.keeps)))
        numbers = [table.records.values[i], table.contributors.values[i]]
        for base in table.bases:
            numbers += [base.rows.values[i], base.contributors.values[i]]
        found[cell] = numbers
    return found


def label(value: Any) -> str | None:
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def check(case: Any, engine: Any, run: Callable[[str], list[Any]]) -> None:
    data, layer, *_, unit = case
    loaded = {"t": LoadedTable("t", ("t",), {c: c for c in COLUMNS})}
    query = layer_query(layer, layer.bases, unit, Population("t", ()), Place(engine, loaded, TODAY, fold_case=False))
    answer = columnar(run(query.sql), query.groups, [False] * query.groups)
    tables = cell_tables(answer, query, layer.bases, unit)
    expected = {
        keeps: {tuple(map(label, cell)): numbers for cell, numbers in cells.items()}
        for keeps, cells in brute_force(case).items()
    }
    assert {t.keeps: as_counts(t) for t in tables} == expected


def insert(data: list[Row], execute: Callable[[str], Any]) -> None:
    execute('CREATE TEMPORARY TABLE "t" (' + ", ".join(f'"{c}" {t}' for c, t in COLUMNS.items()) + ")")
    for row in data:
        values = ", ".join(
            "NULL" if v is None else f"DATE '{v}'" if isinstance(v, dt.date) else repr(v)
            for v in (row[c] for c in COLUMNS)
        )
        execute(f'INSERT INTO "t" VALUES ({values})')


@given(cases())
def test_duckdb_cells_equal_brute_force(case: Any) -> None:
    connection = duckdb.connect(":memory:")
    insert(case[0], connection.execute)
    check(case, "duckdb", lambda sql: connection.execute(sql).fetchall())
    connection.close()


@pytest.fixture(scope="module")
def hyper() -> Iterator[Any]:
    api = pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")
    process = api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
    with process, api.Connection(process.endpoint) as connection:
        yield connection


@given(cases())
def test_hyper_cells_equal_brute_force(hyper: Any, case: Any) -> None:
    insert(case[0], hyper.execute_command)
    try:
        check(case, "hyper", hyper.execute_list_query)
    finally:
        hyper.execute_command('DROP TABLE "t"')
