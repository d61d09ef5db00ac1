"""Sums of flags count the ones, and every count of people counts by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.cells.answers import cell_tables
from linter.cells.population import Population
from linter.cells.query import Place, layer_query
from linter.cells.summed import Numbers, by_count, really_used
from linter.data.engine import LoadedTable, columnar
from linter.evidence import Unit
from linter.expressions import NULL, Aggregate, Case, Column, Expr, Fixed, Literal, call
from linter.model import Base, Layer

FSM, PUPILS, FLAG = Column("t", "FSM"), Column("t", "Pupils"), Column("t", "Flag")
YES = call("eq", FSM, Literal("Yes"))
UNIT = Unit("count_field", "Pupils", PUPILS, "high")
KNOWN = Numbers({FLAG: frozenset({0.0, 1.0})}.get, lambda c: c != FSM, {PUPILS}.__contains__)


def used(aggregate, arg, role="value"):
    return [(b.role, b.aggregate, b.arg) for b in really_used(Base("m", role, aggregate, arg), KNOWN)]


def test_a_sum_of_ones_and_noughts_is_a_count_of_the_ones():
    ones = Case(((YES, Literal(1)),), NULL)
    assert used("sum", Case(((YES, Literal(1)),), Literal(0))) == [("value", "count", ones)]
    assert used("sum", Case(((YES, Literal(1)),), Literal(0)), "numerator") == [("numerator", "count", ones)]
    assert used("sum", call("to_int", YES)) == [("value", "count", Case(((YES, Literal(1)),)))]


def test_rows_that_add_nothing_are_not_behind_an_amount():
    assert used("sum", Case(((YES, PUPILS),), Literal(0))) == [("value", "sum", Case(((YES, PUPILS),), NULL))]
    assert used("sum", PUPILS) == [("value", "sum", PUPILS)]


def test_a_column_of_noughts_and_ones_is_a_flag():
    ones = Case(((call("ne", FLAG, Literal(0)), Literal(1)),))
    assert used("sum", FLAG) == [("value", "count", ones)]
    assert used("avg", FLAG) == [("value", "avg", FLAG), ("numerator", "count", ones), ("denominator", "count", FLAG)]


A, B = Column("t", "Authorised"), Column("t", "Unauthorised")


@pytest.mark.parametrize("added", [FLAG, PUPILS, FSM])
def test_amounts_in_one_number_rest_on_who_has_any_of_them(added):
    base = Base("Absences", "numerator", "sum", A, added=(B,))
    (found,) = really_used(base, KNOWN)
    some = call("or", call("ne", A, Literal(0)), call("ne", B, Literal(0)))
    assert found == replace(base, arg=Case(((some, call("coalesce", A, Literal(0))),)), added=())
    (apart,) = really_used(replace(base, added=(added,)), KNOWN)  # who counts people is a number of its own
    assert apart == replace(base, arg=Case(((call("ne", A, Literal(0)), A),)), added=())


def test_other_statistics_stay_as_they_are():
    assert used("max", FLAG) == [("value", "max", FLAG)]
    assert used("count", None) == [("value", "count", None)]


def test_each_count_field_tells_its_own_people():
    own, other, mean = (
        Base("a", "value", "sum", PUPILS),
        Base("b", "value", "sum", FSM),
        Base("c", "value", "avg", FLAG),
    )
    found = by_count((own, other, mean), UNIT, {PUPILS, FSM}.__contains__)
    assert [(bases, unit.column) for bases, unit in found] == [((own, mean), PUPILS), ((other,), FSM)]
    assert by_count((own, other), Unit("rows"), {PUPILS, FSM}.__contains__) == [((own, other), Unit("rows"))]
    assert by_count((), UNIT, {PUPILS}.__contains__) == [((), UNIT)]


# -- against brute force ---------------------------------------------------------------------------

COLUMNS = {"flag": (0, 1), "code": (1, 2), "five": (0, 5), "sign": (-1, 1), "minus": (-1, 0), "real": (0.0, 1.0),
           "third": (0.1, 0.3), "many": (0, 1, 2), "score": (0.0, 1.5, -2.0, 7.0), "key": ("p", "q"), "yes": (True, False)}  # fmt: skip
TYPES = {str: "text", bool: "boolean", int: "bigint", float: "double precision"}
C = {name: Column("t", name) for name in COLUMNS}
Plain = Callable[[dict[str, Any], list[dict[str, Any]]], Any]


def of(name: str, plain: Callable[[Any], Any] = lambda v: v) -> Plain:
    return lambda r, _: None if r[name] is None else plain(r[name])


def both(one: str, two: str, plain: Callable[[Any, Any], Any]) -> Plain:
    return lambda r, _: None if r[one] is None or r[two] is None else plain(r[one], r[two])


def most(row: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    return max((r["many"] for r in rows if r["key"] == row["key"] and r["many"] is not None), default=None)


WHETHER = Case(((C["yes"], Literal(1)), (call("not", C["yes"]), Literal(0))))
YES_ = call("eq", C["key"], Literal("p"))
ARGS: list[tuple[Expr, Plain]] = [
    *((C[name], of(name)) for name in COLUMNS if name not in {"key", "yes"}),
    (WHETHER, of("yes", int)),
    (call("mul", WHETHER, Literal(100)), of("yes", lambda v: v * 100.0)),
    (call("mul", C["score"], C["flag"]), both("score", "flag", lambda a, b: a * b)),
    (call("mul", C["score"], Case(((YES_, Literal(1)),), Literal(0))),
     lambda r, _: None if r["score"] is None else r["score"] * (r["key"] == "p")),
    (call("sub", Literal(1), C["flag"]), of("flag", lambda v: 1 - v)),
    (call("neg", C["flag"]), of("flag", lambda v: -v)),
    (Case(((YES_, Literal(100)),), Literal(0)), lambda r, _: 100 * (r["key"] == "p")),
    (Case(((YES_, Literal(1)),), Literal(2)), lambda r, _: 1 if r["key"] == "p" else 2),
    (Case(((YES_, C["many"]),)), lambda r, _: r["many"] if r["key"] == "p" else None),
    (call("coalesce", C["flag"], Literal(0)), lambda r, _: r["flag"] or 0),
    (call("coalesce", C["flag"], Literal(1)), lambda r, _: 1 if r["flag"] is None else r["flag"]),
    (call("coalesce", C["many"], C["score"]), lambda r, _: r["score"] if r["many"] is None else r["many"]),
    (Fixed((C["key"],), Aggregate("max", C["many"])), most),
    (Fixed((C["key"],), Case(((call("gt", Aggregate("max", C["many"]), Literal(1)), Literal(1)),), Literal(0))),
     lambda r, rows: int((most(r, rows) or 0) > 1)),
]  # fmt: skip
TABLES = st.lists(
    st.fixed_dictionaries({n: st.sampled_from([*values, None]) for n, values in COLUMNS.items()}),
    min_size=1, max_size=12,
)  # fmt: skip
ASKED = st.lists(st.sampled_from(range(len(ARGS))), min_size=1, max_size=4, unique=True)


def check(rows: list[dict[str, Any]], asked: list[int], engine: Any, run: Callable[[str], list[Any]]) -> None:
    """Every sum rests on the rows that change it, and the mean of two values tells how many have either."""
    names = [n for n, values in COLUMNS.items() if not isinstance(values[0], str)]
    codes = {C[n]: frozenset(float(r[n]) for r in rows if r[n] is not None) for n in names}
    codes[C["yes"]] = frozenset({0.0, 1.0})
    known = Numbers(
        lambda c: codes[c] if len(codes.get(c, "123")) < 3 else None,
        lambda c: c.name not in {"key", "yes"},
        lambda _: False,
    )
    wanted = [Base(f"{i} {a} {role}", role, a, ARGS[i][0]) for i in asked
              for a, role in (("sum", "value"), ("avg", "value"), ("sum", "numerator"))]  # fmt: skip
    bases = tuple(b for base in wanted for b in really_used(base, known))
    loaded = {"t": LoadedTable("t", ("t",), {c: c for c in COLUMNS})}
    layer = Layer("layer", "s", (), bases)
    query = layer_query(layer, bases, Unit("rows"), Population("t", ()), Place(engine, loaded, dt.date(2026, 1, 1), fold_case=False))  # fmt: skip
    (table,) = cell_tables(columnar(run(query.sql), 0, []), query, bases, Unit("rows"))
    for i in asked:
        expr, plain = ARGS[i]
        found = {(b.measure, b.role, b.aggregate): b.rows.values[0] for b in table.bases}
        values = [v for v in (plain(r, rows) for r in rows) if v is not None]
        told = [v for v in values if v != 0]
        (summed,) = (n for (m, *_), n in found.items() if m == f"{i} sum value")
        assert summed == len(told), expr
        assert found[f"{i} avg value", "value", "avg"] == len(values), expr
        if (
            len(set(values)) == 2
            and not isinstance(expr, Fixed)
            and "score" not in repr(expr)
            and "many" not in repr(expr)
        ):
            ones = found[f"{i} avg value", "numerator", "count"]
            assert {ones, len(values) - ones} == {values.count(v) for v in set(values)}, expr
            (divided,) = (n for (m, *_), n in found.items() if m == f"{i} sum numerator")
            assert divided in {values.count(v) for v in set(values)}, expr


def insert(rows: list[dict[str, Any]], execute: Callable[[str], Any]) -> None:
    typed = ", ".join(f'"{n}" {TYPES[type(values[-1])]}' for n, values in COLUMNS.items())
    execute(f'CREATE TEMPORARY TABLE "t" ({typed})')
    lines = ", ".join(f"({', '.join('NULL' if v is None else repr(v) for v in map(row.get, COLUMNS))})" for row in rows)
    execute(f'INSERT INTO "t" VALUES {lines}')


@given(TABLES, ASKED)
def test_duckdb_counts_whoever_changes_a_sum(rows: list[dict[str, Any]], asked: list[int]) -> None:
    connection = duckdb.connect(":memory:")
    insert(rows, connection.execute)
    check(rows, asked, "duckdb", lambda sql: connection.execute(sql).fetchall())
    connection.close()


@pytest.fixture(scope="module")
def hyper() -> Iterator[Any]:
    api = pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")
    process = api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
    with process, api.Connection(process.endpoint) as connection:
        yield connection


@given(TABLES, ASKED)
def test_hyper_counts_whoever_changes_a_sum(hyper: Any, rows: list[dict[str, Any]], asked: list[int]) -> None:
    try:
        insert(rows, hyper.execute_command)
        check(rows, asked, "hyper", hyper.execute_list_query)
    finally:
        hyper.execute_command('DROP TABLE IF EXISTS "t"')
