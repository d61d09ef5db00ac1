"""Bases against an independent DAX engine: counting a base's rows gives the engine's own number."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import pytest

from linter.expressions import Call, Column, Expr, Literal
from linter.formulas.dax import BaseUse
from tests.formulas.dax.school import LINKS, TABLES, only

pytestmark = pytest.mark.slow

engine = pytest.importorskip("pbix_mcp.dax.engine", reason="the independent DAX engine is not installed")

# no blank area: the engine loses such rows when ALL(Schools) is iterated
SCHOOLS = [
    ["1", "One", "N"],
    ["2", "Two", "S"],
    ["3", "Three", "E"],
]  # no blank: the engine loses such rows in ALL(Schools)
PUPILS = [["a", "F", True, "Ann"], ["b", "M", False, "Bob"], ["c", None, None, "Cy"]]
SCORES = (None, 0, 4, 5, 6, -1)
GRADES = ("A", "a", "B", "", None)
PRESENT = (True, False, None)
RESULTS = [
    ["abc"[number % 3], "123"[number % 7 % 3], None, None, score, grade, PRESENT[number % 5 % 3]]
    for number, (score, grade) in enumerate(itertools.product(SCORES, GRADES))
]
ROWS = {"Results": RESULTS, "Pupils": PUPILS, "Schools": SCHOOLS, "Date": [], "Targets": []}

FILTERS = [
    "Results[Score] = 5", "Results[Score] = 0", "Results[Score] <> 0", "Results[Score] <> 5", "Results[Score] < 5",
    "Results[Score] <= 0", "Results[Score] > 0", "Results[Score] > -5", "Results[Score] >= 5", "Results[Score] == 0",
    'Results[Grade] = "A"', 'Results[Grade] = "a"', 'Results[Grade] <> "B"', 'Results[Grade] = ""',
    'Results[Grade] <> ""', "Results[Grade] = BLANK()", "Results[Score] <> BLANK()", "ISBLANK(Results[Score])",
    "NOT ISBLANK(Results[Score])", "Results[Score] IN {0, 5}", "Results[Score] IN {5, BLANK()}",
    "Results[Present] = FALSE", "Results[Present] = TRUE", "NOT Results[Score] > 4",
    "Results[Score] > 0 && Results[Score] < 6", 'Results[Score] = 5 || Results[Grade] = "B"', 'Schools[Area] = "N"',
    "ALL(Results)", "ALL(Results[Grade])", "REMOVEFILTERS(Schools)", "ALLEXCEPT(Results, Results[Grade])",
    'KEEPFILTERS(Results[Grade] = "B")', "ALL()",
    'FILTER(Results, Results[Grade] = "B")', 'FILTER(ALL(Results[Grade]), Results[Grade] = "B")',
    'FILTER(ALL(Results), RELATED(Schools[Area]) = "N")', "Results[Score] + 1 = 1", "Results[Score] * 2 = 0",
    'Results[Score] > 0, ALL(Results[Score]), Schools[Area] = "S"', "FILTER(Schools, Schools[Area] <> \"N\")",
]  # fmt: skip
CELLS = [{}, {"Results.Grade": ["B"]}, {"Schools.Area": ["N"]}, {"Results.Grade": ["A"], "Schools.Area": ["S"]}]


COUNT = "CALCULATE(COUNTROWS(Results))"
SHAPES = [
    "COUNTROWS(Results)",
    f"SUMX(VALUES(Schools[Area]), {COUNT})",
    f"SUMX(ALL(Schools[Area]), {COUNT})",
    f"SUMX(ALL(Schools), {COUNT})",
    f'SUMX(FILTER(Schools, Schools[Area] = "N"), {COUNT})',
    f'SUMX(FILTER(ALL(Schools), Schools[Area] <> "N"), {COUNT})',
    f'SUMX(ADDCOLUMNS(VALUES(Pupils[PupilID]), "@n", {COUNT}), [@n])',
    'SUMX(SUMMARIZE(Results, Pupils[PupilID], "@n", COUNTROWS(Results)), [@n])',
    "SUMX(Pupils, COUNTROWS(RELATEDTABLE(Results)))",
    'SUMX(FILTER(Pupils, Pupils[Sex] = "F"), COUNTROWS(RELATEDTABLE(Results)))',
    "COUNTROWS(FILTER(ALL(Results), Results[Score] > 4))",
    'COUNTROWS(CALCULATETABLE(Results, Results[Grade] = "B", ALL(Schools)))',
    'VAR t = FILTER(Results, Results[Grade] = "B") RETURN CALCULATE(COUNTROWS(Results), t)',
    'VAR t = FILTER(Results, Results[Grade] = "B") RETURN CALCULATE(COUNTROWS(Results), ALL(Results), t)',
    "VAR n = COUNTROWS(Results) RETURN CALCULATE(n, ALL(Results))",
    'CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Results[Grade])), Results[Grade] = "B")',
    'CALCULATE(CALCULATE(COUNTROWS(Results), Results[Grade] = "A"), Results[Grade] = "B")',
    "CALCULATE(CALCULATE(COUNTROWS(Results), KEEPFILTERS(Results[Score] > 4)), Results[Score] > 0)",
    'CALCULATE(CALCULATE(COUNTROWS(Results), ALL(Schools[School])), Schools[Area] = "N")',
    'CALCULATE(COUNTROWS(Results), TREATAS({"A", "B"}, Results[Grade]))',
    'CALCULATE(COUNTROWS(Results), KEEPFILTERS(TREATAS({"A"}, Results[Grade])))',
    "COUNTX(Results, Results[PupilID])",
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("filters", FILTERS)
def test_rows_of_a_base_are_the_rows_the_engine_counts(filters: str, cell: dict[str, list[str]]) -> None:
    text = f"CALCULATE(COUNTROWS(Results), {filters})"
    assert counted(only(text), cell) == engine_value(text, cell)


@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("text", SHAPES)
def test_iterators_variables_and_nested_contexts(text: str, cell: dict[str, list[str]]) -> None:
    assert counted(only(text), cell) == engine_value(text, cell)


def engine_value(text: str, cell: dict[str, list[str]]) -> float:
    """What the engine says of a measure in a cell; BLANK is nothing."""
    tables = {name: {"columns": list(TABLES[name]), "rows": rows} for name, rows in ROWS.items()}
    links = [
        {"FromTable": x.many.table, "FromColumn": x.many.name, "ToTable": x.one.table, "ToColumn": x.one.name,
         "IsActive": x.active}
        for x in LINKS
    ]  # fmt: skip
    said = engine.evaluate_measure("m", tables, {"m": text}, filter_context=dict(cell), relationships=links)
    return float(said or 0)


def counted(use: BaseUse, cell: dict[str, list[str]]) -> int:
    """The rows of Results behind a base in a cell, one by one."""
    assert (use.table, use.aggregate, use.problems) == ("Results", "count", ())
    removed = {f"{c.table}.{c.name}" for c in use.removes or ()}
    holds = {} if use.removes == () else {name: v for name, v in cell.items() if name not in removed}
    return sum(
        all(_same(row[name], wanted) for name, (wanted,) in holds.items())
        and all(value(add, row) is True for add in use.adds)
        and (use.arg is None or value(use.arg, row) is not None)
        for row in joined()
    )


def joined() -> list[dict[str, Any]]:
    """Results with the pupil and the school of each row."""
    found = []
    for result in RESULTS:
        pupil = next(p for p in PUPILS if p[0] == result[0])
        school = next(s for s in SCHOOLS if s[0] == result[1])
        parts = {"Results": result, "Pupils": pupil, "Schools": school}
        found.append({f"{t}.{c}": v for t, row in parts.items() for c, v in zip(TABLES[t], row, strict=True)})
    return found


def _same(left: Any, right: Any) -> bool:
    fold = [side.casefold() if isinstance(side, str) else side for side in (left, right)]
    return type(fold[0]) is type(fold[1]) and fold[0] == fold[1]


_ORDER = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
          "add": operator.add, "mul": operator.mul}  # fmt: skip


def value(expr: Expr, row: dict[str, Any]) -> Any:
    """The shared language over one row, with SQL's nulls and text without regard to case."""
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, Column):
        return row[f"{expr.table}.{expr.name}"]
    assert isinstance(expr, Call)
    args = [value(arg, row) for arg in expr.args]
    match expr.function:
        case "is_null":
            return args[0] is None
        case "coalesce":
            return next((arg for arg in args if arg is not None), None)
        case "null_safe_eq":
            return _same(*args)
        case "in":
            return any(_same(args[0], arg) for arg in args[1:])
        case "and" | "or":
            decisive = expr.function == "or"
            return decisive if decisive in args else None if None in args else not decisive
    if None in args:
        return None
    match expr.function:
        case "not":
            return not args[0]
        case "eq" | "ne":
            return _same(*args) == (expr.function == "eq")
        case function:
            return _ORDER[function](*args)
