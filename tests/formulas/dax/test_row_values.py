"""Functions of single rows, as DuckDB computes what they become: the values that DAX documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from linter.cells.dialects import sql_text
from linter.cells.sql import SqlWriter
from linter.expressions import Expr
from linter.formulas.dax import Reducer
from linter.formulas.dax.env import Env
from linter.formulas.dax.parser import parse
from tests.formulas.dax.school import schema


def value(text: str) -> Any:
    reducer = Reducer(schema())
    made: Expr = reducer.row(parse(text), Env("Results"))
    writer = SqlWriter("duckdb", lambda c: pytest.fail(f"no column {c}"), dt.date(2026, 1, 1), fold_case=False)
    return duckdb.sql(f"SELECT {sql_text(writer.write(made), 'duckdb')}").fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DATE(2024, 2, 29)", dt.date(2024, 2, 29)),
        ("DATE(2024, 0, 1)", dt.date(2023, 12, 1)),
        ("DATE(2024, 13, 1)", dt.date(2025, 1, 1)),
        ("DATE(2024, 3, 0)", dt.date(2024, 2, 29)),
        ("DATE(2023, 2, 29)", dt.date(2023, 3, 1)),
        ("DATE(2024, 1 - 2, 31)", dt.date(2023, 12, 1)),  # November has 30 days
        ("TRUNC(-1.7)", -1), ("TRUNC(1.7)", 1), ("ROUNDDOWN(-1.7, 0)", -1), ("ROUNDUP(-1.2, 0)", -2),
        ("ROUNDUP(1.2, 0)", 2), ("QUOTIENT(7, 2)", 3), ("QUOTIENT(-7, 2)", -3), ("INT(-1.2)", -2),
        ("WEEKNUM(DATE(2024, 1, 6))", 1), ("WEEKNUM(DATE(2024, 1, 7))", 2),  # a Saturday and a Sunday
        ("WEEKNUM(DATE(2024, 1, 7), 2)", 1), ("WEEKNUM(DATE(2024, 1, 8), 2)", 2),
        ("WEEKNUM(DATE(2024, 12, 30), 21)", 1),
        ('PATHLENGTH("1|22|3")', 3), ('PATHLENGTH("1")', 1),
        ('PATHCONTAINS("1|22|3", "22")', True), ('PATHCONTAINS("1|22|3", "2")', False),
        ('PATHCONTAINS("1|22|3", 3)', True),
    ],
)  # fmt: skip
def test_values(text: str, expected: Any) -> None:
    found = value(text)
    assert (found.date() if isinstance(found, dt.datetime) else found) == expected
