"""The table of functions against the neutral language."""

from __future__ import annotations

import pytest

from linter.expressions import AGGREGATES, problems
from linter.expressions import FUNCTIONS as NEUTRAL
from linter.formulas.tableau_calc import FUNCTIONS, Function, parse, translate
from tests.formulas.tableau_calc.conftest import Fields


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
def test_neutral_counterparts_exist_and_take_the_arguments(function: Function) -> None:
    if function.kind == "aggregate":
        assert function.neutral in AGGREGATES
    elif function.neutral is not None:
        least, most = NEUTRAL[function.neutral]
        assert least <= function.least
        assert most is None or (function.most is not None and function.most <= most)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
def test_every_function_translates_with_every_arity_and_refuses_others(function: Function) -> None:
    most = function.least + 2 if function.most is None else function.most
    for count in range(most + 2):
        args = ["'day'", *["[Odd]"] * 8] if function.name.startswith("DATE") else ["[Odd]"] * 9
        made = translate(parse(f"{function.name}({', '.join(args[:count])})"), Fields())
        refused = any("arguments" in problem for problem in problems(made.expr))
        assert refused is not function.takes(count)


def test_row_functions_have_a_meaning_but_for_two() -> None:
    without = set()
    for function in FUNCTIONS.values():
        if function.kind == "row":
            args = ["'day'", *["[Born]"] * 8] if function.name.startswith("DATE") else ["[Odd]"] * 9
            made = translate(parse(f"{function.name}({', '.join(args[: function.least])})"), Fields())
            if problems(made.expr):
                without.add(function.name)
    assert without == {"HEXBINX", "HEXBINY"}


def test_the_documented_classes_are_all_there() -> None:
    kinds = {function.kind for function in FUNCTIONS.values()}
    assert kinds == {
        "row", "aggregate", "table_calc", "user", "spatial", "script", "model", "passthrough",
        "passthrough_aggregate", "connector",
    }  # fmt: skip
