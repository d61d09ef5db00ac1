"""The function table, and that everything that claims to be translated is in it."""

from __future__ import annotations

import pytest

from linter.formulas.dax.aggregates import AGGREGATES
from linter.formulas.dax.functions import _WORDS, FUNCTIONS
from linter.formulas.dax.row_functions import ROW_FUNCTIONS
from tests.formulas.dax.school import bases


def test_each_function_is_listed_once() -> None:
    assert len(FUNCTIONS) == sum(len(words.split()) for words in _WORDS.values())
    assert len(FUNCTIONS) > 450


@pytest.mark.parametrize(
    ("name", "kind", "least", "most"),
    [
        ("SUM", "aggregate", 1, 1), ("SUMX", "iterator", 2, 2), ("PERCENTILE.INC", "aggregate", 2, 2),
        ("CALCULATE", "filter", 1, None), ("COUNTROWS", "aggregate", 0, 1), ("IF", "scalar", 2, 3),
        ("SAMEPERIODLASTYEAR", "time_table", 1, 1), ("TOTALYTD", "time", 2, 4), ("PATH", "parent_child", 2, 2),
        ("USERELATIONSHIP", "relationship", 2, 2), ("WINDOW", "window", 2, None), ("TRUE", "scalar", 0, 0),
        ("INFO.VIEW.TABLES", "system", 0, None), ("RUNNINGSUM", "visual", 1, None),
        ("ALLSELECTEDREMOVE", "table", 1, None), ("GROUPCROSSAPPLYTABLE", "table", 1, None), ("CODE", "scalar", 1, 1),
        ("TOTALWTD", "time", 2, 3), ("LOOKUPWITHTOTALS", "visual", 1, None), ("TABLEOF", "information", 1, 1),
    ],
)  # fmt: skip
def test_kind_and_arity(name: str, kind: str, least: int, most: int | None) -> None:
    found = FUNCTIONS[name]
    assert (found.kind, found.least, found.most) == (kind, least, most)
    assert not found.accepts(least - 1)
    assert found.accepts(least)
    assert most is None or not found.accepts(most + 1)


def test_translated_functions_are_known() -> None:
    assert set(ROW_FUNCTIONS) <= set(FUNCTIONS)
    aggregates = {name for name, f in FUNCTIONS.items() if f.kind in {"aggregate", "iterator"}}
    assert aggregates - set(AGGREGATES) == {"COUNTROWS", "COUNTBLANK", "RANK.EQ"}
    assert set(AGGREGATES) <= aggregates


@pytest.mark.parametrize(
    "text",
    [
        "FROB()", "FROB([n])", "FROB(Results)", "[n] + FROB(1)", "SUMX(FROB(Results), [n])",
        "SUMX(Results, FROB(Results[Score]))", "CALCULATE([n], FROB(Results))", "CALCULATE([n], FROB(Results[Grade]) = 1)",
        "CALCULATE([n], FILTER(Results, FROB(Results[Grade])))", "COUNTROWS(FROB(Results))", "IF(FROB(1), [n])",
        "SUMX(Pupils, IF(FROB(Pupils[Sex]), [n]))", "CALCULATE([n], TREATAS(FROB(Pupils), Results[Grade]))",
        "CALCULATE([n], GROUPCROSSAPPLY(Results[Grade]))", "CALCULATE([n], NONFILTER(Results))", "ROUND()",
    ],
)  # fmt: skip
def test_an_unknown_function_is_said_wherever_it_stands(text: str) -> None:
    """Never ignored: whatever it may do, the number is not taken for understood."""
    assert any(b.problems for b in bases(text, n="COUNTROWS(Results)"))
