"""The shares of the largest contributors to amounts against brute force, in both engines and both queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.cells.amounts import Amounts, amount_of
from linter.cells.answers import cell_tables
from linter.cells.contexts import context_query
from linter.cells.population import Population
from linter.cells.query import Place, layer_query
from linter.cells.rowsteps import Scope
from linter.data.engine import LoadedTable, columnar
from linter.evidence import SHARE, Unit
from linter.expressions import Case, Column, Literal, call
from linter.model import Base, Filter, Grouping, Layer, Source, Table, TableColumn, Total
from tests.cells.test_brute_force import COLUMNS, TODAY, Row, col, insert, rows

PAID = Base("Paid", "value", "sum", col("Score"), "t")
GIRLS = Base("Paid to girls", "value", "sum", col("Score"), "t", adds=call("eq", col("Sex"), Literal("F")))
BASES = (PAID, GIRLS)
UNITS = [Unit("key", "Pupil", col("Pupil")), Unit("rows")]
SHOWN = Filter("f", call("not", call("in", col("School"), Literal("Cedar"))), "dimension", "visual")
LAYER = Layer(
    "layer", "s", (Grouping("School", col("School"), "rows"), Grouping("Sex", col("Sex"), "columns")), BASES,
    (SHOWN,), (Total((0,)), Total(())), ("t",),
)  # fmt: skip
N = 3

Shares = dict[tuple[int, ...], dict[tuple[Any, ...], list[list[float]]]]


def expected(data: list[Row], unit: Unit) -> Shares:
    """Per grouping set and cell, for each base: the largest shares of the sum of absolute contributions."""
    kept = [r for r in data if r["School"] != "Cedar"]
    found: Shares = {}
    for keeps in ((0, 1), (0,), ()):
        cells: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for r in kept:
            cells[tuple((r["School"], r["Sex"])[i] for i in keeps)].append(r)
        found[keeps] = {cell: [shares(own, unit, base) for base in BASES] for cell, own in cells.items()}
    return found


def shares(members: list[Row], unit: Unit, base: Base) -> list[float]:
    sums: dict[Any, float] = defaultdict(float)
    for n, r in enumerate(members):
        if r["Score"] is not None and (base is PAID or r["Sex"] == "F"):
            sums[r["Pupil"] if unit.kind == "key" else n] += r["Score"]
    each = sorted((abs(v) for v in sums.values()), reverse=True)
    total = sum(each)
    return [v / total for v in (each + [0.0] * N)[:N]] if total else [0.0] * N


def check(data: list[Row], unit: Unit, query: Any, run: Callable[[str], list[Any]]) -> None:
    answer = columnar(run(query.sql), query.groups, [False] * query.groups)
    tables = cell_tables(answer, query, BASES, unit, amounts=frozenset({0, 1}))
    wanted = expected(data, unit)
    seen: Shares = {}
    for table in tables:
        assert all(base.largest is not None and len(base.largest) == N for base in table.bases)
        seen[table.keeps] = {
            tuple(table.labels[g][table.codes[g][i]] for g in range(len(table.keeps))): [
                [largest.values[i] / SHARE for largest in base.largest or ()] for base in table.bases
            ]
            for i in range(len(table))
        }
    for keeps, cells in wanted.items():
        assert seen[keeps].keys() == cells.keys()
        for cell, bases in cells.items():
            for got, right in zip(seen[keeps][cell], bases, strict=True):
                assert got == pytest.approx(right, abs=2e-9)


def amounts(unit: Unit) -> Amounts:
    found = [amount_of(base, unit, lambda _: False) for base in BASES]
    return Amounts({i: e for i, e in enumerate(found) if e is not None}, N)


def place(engine: Any) -> Place:
    return Place(engine, {"t": LoadedTable("t", ("t",), {c: c for c in COLUMNS})}, TODAY, fold_case=False)


@given(rows, st.sampled_from(UNITS), st.booleans())
def test_duckdb(data: list[Row], unit: Unit, model: bool) -> None:
    connection = duckdb.connect(":memory:")
    insert(data, connection.execute)
    if model:
        columns = tuple(TableColumn(c, c) for c in COLUMNS)
        scope = Scope(LAYER, Source("s", "S", "embedded", (Table("t", "T", columns),)), place("duckdb"), unit)
        query = context_query(scope, BASES, "t", amounts(unit))
    else:
        query = layer_query(LAYER, BASES, unit, Population("t", ()), place("duckdb"), amounts=amounts(unit))
    check(data, unit, query, lambda sql: connection.execute(sql).fetchall())
    connection.close()


@pytest.fixture(scope="module")
def hyper() -> Iterator[Any]:
    api = pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")
    process = api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
    with process, api.Connection(process.endpoint) as connection:
        yield connection


@given(rows, st.sampled_from(UNITS))
def test_hyper(hyper: Any, data: list[Row], unit: Unit) -> None:
    insert(data, hyper.execute_command)
    try:
        query = layer_query(LAYER, BASES, unit, Population("t", ()), place("hyper"), amounts=amounts(unit))
        check(data, unit, query, hyper.execute_list_query)
    finally:
        hyper.execute_command('DROP TABLE "t"')


def test_numbers_of_people_are_no_amounts() -> None:
    key, flag = UNITS[0], Column("t", "Flag")
    ones = Case(((call("ne", flag, Literal(0)), Literal(1)),))

    def counted(column: Column) -> bool:
        return column.name == "Pupils"

    assert amount_of(PAID, key, counted) == col("Score")
    assert amount_of(Base("Flags", "value", "sum", ones), key, counted) is None
    assert amount_of(Base("Pupils", "value", "sum", col("Pupils")), key, counted) is None
    assert amount_of(Base("Mean", "value", "avg", col("Score")), key, counted) is None
    assert amount_of(Base("Part", "numerator", "sum", col("Score")), key, counted) is None
    assert amount_of(PAID, Unit("count_field", "Pupils", col("Pupils")), counted) is None


@given(rows, st.sampled_from(UNITS))
def test_an_amount_in_a_filter_context_of_its_own(data: list[Row], unit: Unit) -> None:
    """Whatever the sex of a cell, its amount is that of the school."""
    everyone = Base("Paid to all", "value", "sum", col("Score"), "t", removes=(col("Sex"),))
    layer = replace(LAYER, bases=(PAID, everyone), totals=())
    connection = duckdb.connect(":memory:")
    insert(data, connection.execute)
    columns = tuple(TableColumn(c, c) for c in COLUMNS)
    scope = Scope(layer, Source("s", "S", "embedded", (Table("t", "T", columns),)), place("duckdb"), unit)
    query = context_query(scope, (PAID, everyone), "t", Amounts({1: col("Score")}, N))
    answer = columnar(connection.execute(query.sql).fetchall(), query.groups, [False] * query.groups)
    (body,) = cell_tables(answer, query, (PAID, everyone), unit, amounts=frozenset({0, 1}))
    connection.close()
    assert body.bases[0].largest == ()
    for i in range(len(body)):
        school = body.labels[0][body.codes[0][i]]
        members = [r for r in data if r["School"] == school and school != "Cedar"]
        found = [largest.values[i] / SHARE for largest in body.bases[1].largest or ()]
        assert found == pytest.approx(shares(members, unit, PAID), abs=2e-9)
