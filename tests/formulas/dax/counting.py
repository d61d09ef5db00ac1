"""A few marks of a few pupils, and what the bases of a measure count in every cell of a visual over them.

The expected numbers are written out in plain Python by the tests, from what DAX means.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from linter.cells.answers import cell_tables
from linter.cells.contexts import context_query
from linter.cells.parts import parts
from linter.cells.query import Place
from linter.cells.rowsteps import Scope
from linter.data.engine import LoadedTable, columnar
from linter.evidence import Unit
from linter.expressions import Column, Literal, call
from linter.formulas.dax import Reducer, Schema, to_model
from linter.formulas.dax import Relationship as DaxRelationship
from linter.model import Base, Filter, Grouping, Layer, Relationship, Source, Table, TableColumn, Total

Row = dict[str, Any]
Numbers = tuple[int, int]  # rows, people
Cell = tuple[Any, ...]
TABLES = {
    "Marks": {"PupilID": "text", "Year": "integer", "Day": "date", "Subject": "text", "Score": "integer"},
    "Pupils": {"PupilID": "text", "School": "text", "FSM": "boolean"},
    "Years": {"Year": "integer", "Name": "text"},
    "Dates": {"Day": "date", "Month": "integer"},
    "Picked": {"Year": "integer", "School": "text"},
}
LINKS = [("Marks", "Pupils", "PupilID"), ("Marks", "Years", "Year"), ("Marks", "Dates", "Day")]
YEARS = (2021, 2022, 2023, 2024, 2025)
DAYS = [dt.date(2025, month, day) for month in (1, 2, 3) for day in (1, 10, 20)]


def rows() -> dict[str, list[Row]]:
    """Always the same rows: thirty pupils of three schools with marks of some years, some without a known pupil."""
    draw = random.Random(11)
    pupils = [
        {"PupilID": f"p{i}", "School": draw.choice(["Ash", "Birch", "Cedar"]), "FSM": draw.random() < 0.4}
        for i in range(30)
    ]
    marks = [
        {"PupilID": f"p{draw.randrange(32)}", "Year": draw.choice([*YEARS[:2], *YEARS[3:], None, *YEARS]),
         "Day": draw.choice([*DAYS[:4], DAYS[6], None]), "Subject": draw.choice(["Art", "Maths", "Music"]),
         "Score": draw.choice([None, 0, 1, 5, 9])}
        for _ in range(90)
    ]  # fmt: skip
    years = [{"Year": y, "Name": f"{y}/{y % 100 + 1}"} for y in YEARS]
    dates = [{"Day": day, "Month": day.month} for day in DAYS]
    picked = [{"Year": 2022, "School": "Ash"}, {"Year": 2025, "School": "Cedar"}, {"Year": 2025, "School": None}]
    return {"Marks": marks, "Pupils": pupils, "Years": years, "Dates": dates, "Picked": picked}


DATA = rows()
SOURCE = Source(
    "model", "model", "embedded",
    tables=tuple(Table(t, t, tuple(TableColumn(c, c, kind) for c, kind in cs.items())) for t, cs in TABLES.items()),
    relationships=tuple(Relationship(m, o, ((Column(m, c), Column(o, c)),)) for m, o, c in LINKS),
)  # fmt: skip


def bases(text: str, **measures: str) -> tuple[Base, ...]:
    """The bases of a measure as the visual has them."""
    schema = Schema(
        {t: tuple(columns) for t, columns in TABLES.items()},
        {name: ("Marks", formula) for name, formula in measures.items()},
        tuple(DaxRelationship(Column(m, c), Column(o, c)) for m, o, c in LINKS),
        TABLES,
    )
    return to_model(Reducer(schema).expression_bases(text, home="Marks", name="m"))


def marks() -> list[Row]:
    """The marks, each with its pupil's school and year's name beside it: None under the blank row."""
    known = {p["PupilID"]: p for p in DATA["Pupils"]}
    years = {y["Year"]: y for y in DATA["Years"]}
    dates = {d["Day"]: d for d in DATA["Dates"]}
    return [
        {**m, "School": known.get(m["PupilID"], {}).get("School"), "FSM": known.get(m["PupilID"], {}).get("FSM"),
         "Name": years.get(m["Year"], {}).get("Name"), "Month": dates.get(m["Day"], {}).get("Month")}
        for m in DATA["Marks"]
    ]  # fmt: skip


def counted(found: Iterable[Base], *grain: str, where: str = "") -> list[dict[Cell, Numbers]]:
    """Rows and people behind each base in every cell of a visual by these columns, with the grand total under ().

    Args:
        found: the bases.
        grain: columns as ``Table.name``.
        where: ``Table.name=value`` that the page is filtered to.
    """
    groupings = tuple(Grouping(name, Column(*name.split(".")), "rows") for name in grain)
    filters = ()
    if where:
        column, value = where.split("=")
        same = call("eq", Column(*column.split(".")), Literal(value))
        filters = (Filter(column, same, "dimension", "page"),)
    answers = []
    for base in found:
        assert base.problems == ()
        layer = Layer("l", "model", groupings, (base,), filters, (Total(()),) if grain else ())
        (part,) = parts(SOURCE, layer)
        connection, loaded = _loaded()
        root = part.population.root
        keyed = "PupilID" in TABLES[root]
        unit = Unit("key", "PupilID", Column(root, "PupilID")) if keyed else Unit("rows")
        scope = Scope(part.layer, SOURCE, Place("duckdb", loaded, dt.date(2026, 1, 1), fold_case=False), unit)
        query = context_query(scope, part.bases, root)
        answer = columnar(connection.execute(query.sql).fetchall(), query.groups, [False] * query.groups)
        connection.close()
        cells: dict[Cell, Numbers] = {}
        for table in cell_tables(answer, query, part.bases, unit):
            (own,) = table.bases
            for i in range(len(table)):
                cell = tuple(table.labels[g][table.codes[g][i]] for g in range(len(table.keeps)))
                if own.rows.values[i]:
                    cells[cell] = own.rows.values[i], own.contributors.values[i]
        answers.append(cells)
    return answers


def by(grain: tuple[str, ...], behind: Callable[[dict[str, Any]], Iterable[Row]]) -> dict[Cell, Numbers]:
    """What is expected: for every cell {column: value}, and the grand total {}, the rows ``behind`` its number."""
    every = marks()
    members = [list(dict.fromkeys([*(row[g] for row in every), *(YEARS if g == "Year" else ())])) for g in grain]
    cells = [dict(zip(grain, values, strict=True)) for values in itertools.product(*members)]
    found = {tuple(map(_label, cell.values())): list(behind(cell)) for cell in (*cells, {})}
    return {cell: numbers(own) for cell, own in found.items() if own}


def under(cell: dict[str, Any], *freed: str) -> list[Row]:
    """The marks of a cell, without its filters on some columns."""
    held = {column: value for column, value in cell.items() if column not in freed}
    return [row for row in marks() if all(row[column] == value for column, value in held.items())]


def numbers(own: Iterable[Row]) -> Numbers:
    """Rows and the people behind them."""
    given = list(own)
    return len(given), len({r["PupilID"] for r in given} - {None})


def _label(value: Any) -> str | None:
    return None if value is None else str(value)


def _loaded() -> tuple[duckdb.DuckDBPyConnection, dict[str, LoadedTable]]:
    types = {"text": "VARCHAR", "integer": "BIGINT", "date": "DATE", "boolean": "BOOLEAN"}
    connection = duckdb.connect(":memory:")
    for table, columns in TABLES.items():
        named = ", ".join(f'"{c}" {types[kind]}' for c, kind in columns.items())
        lines = ", ".join("(" + ", ".join(_written(row[c]) for c in columns) + ")" for row in DATA[table])
        connection.execute(f'CREATE TABLE "{table}" ({named}); INSERT INTO "{table}" VALUES {lines}')
    return connection, {t: LoadedTable(t, (t,), {c: c for c in columns}) for t, columns in TABLES.items()}


def _written(value: Any) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"
