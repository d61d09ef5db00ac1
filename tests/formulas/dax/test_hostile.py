"""Untrusted text: deep, long, exploding or broken, always answered in time and without a crash."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.formulas.dax import DaxError, Reducer, parse
from linter.formulas.dax.lexer import MAX_LENGTH
from linter.formulas.dax.parser import MAX_DEPTH, MAX_VARIABLES
from linter.formulas.dax.reduce import MAX_BASES
from tests.formulas.dax.school import bases, schema

"""Far more than any of these takes; an exponential one would take years."""


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "IF(" * 5000,
        "- " * 5000 + "1",
        "NOT " * 5000 + "1",
        "{" * 5000,
        "VAR x = " * 3000,
        "1 ^ " * 10 + "(" * 300,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(DaxError, match=f"nested deeper than {MAX_DEPTH}"):
        parse(text)


def test_long_text_and_many_variables_are_refused() -> None:
    with pytest.raises(DaxError, match="longer than"):
        parse("1" * (MAX_LENGTH + 1))
    with pytest.raises(DaxError, match=f"more than {MAX_VARIABLES} variables"):
        parse("VAR a = 1 " * (MAX_VARIABLES + 1) + "RETURN a")


@pytest.mark.parametrize(
    "text",
    ["1" + " + 1" * 49_000, '"a"' + ' & "b"' * 30_000, "'" + "''" * 90_000, "/*" * 90_000, "[" * 190_000,
     "f(" + "," * 190_000 + ")", "-- " * 60_000, "9" * 190_000, '"' * 190_001],
)  # fmt: skip
def test_long_text_takes_linear_time(text: str) -> None:
    assert isinstance(bases(text), tuple | list)  # comes back at all: quadratic work would take minutes


def test_deepest_text_that_is_read_reduces() -> None:
    depth = MAX_DEPTH - 2
    nested = "IF(TRUE, " * depth + "COUNTROWS(Results)" + ")" * depth
    (found,) = bases(nested)
    assert found.aggregate == "count"
    assert sys.getrecursionlimit() <= 1000 or found.problems == ()


def test_measures_that_double_each_other() -> None:
    chain = {f"m{i}": f"[m{i - 1}] + [m{i - 1}]" for i in range(1, 40)}
    (found,) = bases("[m39]", m0="COUNTROWS(Results)", **chain)
    assert found.problems == ()
    assert len(found.via) == 40


def test_contexts_that_double_each_other_are_given_up_as_the_worst_case() -> None:
    names = ("Score", "Grade", "Present", "PupilID", "SchoolID", "Date", "Entered")
    chain = {
        f"m{i}": f"CALCULATE([m{i - 1}], Results[{names[i % 7]}] = {i}) + CALCULATE([m{i - 1}], "
        f"KEEPFILTERS(Results[{names[i % 7]}] = -{i}))"
        for i in range(1, 30)
    }
    found = bases("[m29]", m0="COUNTROWS(Results)", **chain)
    assert len(found) <= MAX_BASES
    assert all(use.problems for use in found)
    assert {use.table for use in found} == {"Results"}


def test_choices_that_double_each_other() -> None:
    chain = {f"m{i}": f"[m{i - 1}] + [m{i - 1}]" for i in range(1, 40)}
    found = bases("SUMX(Pupils, [m39])", m0="IF(COUNTROWS(Results) > 3, 1)", **chain)
    assert all("choices for each row" in use.problems[0] for use in found)
    ladder = ", ".join(f"[n] < {i}, {i} * [n]" for i in range(40))
    assert bases(f"SUMX(Pupils, SWITCH(TRUE(), {ladder}))", n="COUNTROWS(Results)")[0].problems == ()


def test_long_chains_of_measures_and_variables() -> None:
    chain = {f"m{i}": f"[m{i - 1}]" for i in range(1, 3000)}
    (found,) = bases("IF([m2999] > 5, 1)", m0="COUNTROWS(Results)", **chain)
    assert found.table == "Results"
    assert "nested deeper" in found.problems[0]
    text = "VAR a0 = COUNTROWS(Results) " + " ".join(f"VAR a{i} = a{i - 1}" for i in range(1, 290))
    (found,) = bases(f"{text} RETURN a289")
    assert found.table == "Results"


def test_many_branches() -> None:
    branches = ", ".join(f"[n] < {i}, {i} * SUM(Results[Score])" for i in range(3000))
    found = bases(f"SWITCH(TRUE(), {branches})", n="COUNTROWS(Results)")
    assert found


FRAGMENTS = st.sampled_from(
    ["CALCULATE(", "SUM(", "FILTER(", "ALL(", "SUMX(", "IF(", "VAR x = ", " RETURN ", "x", ")", ",", "Results",
     "Results[Score]", "[n]", "Pupils[Sex]", "=", "+", "/", "1", '"a"', "{", "}", "IN ", "NOT ", "'Date'[Date]",
     "DATESYTD(", "VALUES(", "ADDCOLUMNS(", '"@n"', "[@n]", "TOPN(", "SWITCH(TRUE(),", "EARLIER(", "&&", "<"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_text_is_either_refused_or_reduced(text: str) -> None:
    reducer = Reducer(schema(n="COUNTROWS(Results)"))
    found = reducer.expression_bases(text, home="Results", name="m")
    try:
        parse(text)
    except DaxError:
        assert all(use.problems for use in found)
        assert found
    assert all(use.table is not None or use.problems for use in found)


CALLS = ["SUM({})", "CALCULATE({}, {})", "IF({}, {}, {})", "DIVIDE({}, {})", "SUMX({}, {})", "FILTER({}, {})",
         "ALL({})", "VALUES({})", "({} + {})", "({} = {})", "({} IN {{1, {}}})", "RANKX({}, {})", "TOPN(2, {}, {})",
         "TOTALYTD({}, {})", "TREATAS({}, {})", "SUMMARIZE({}, {}, \"@a\", {})", "SELECTEDVALUE({})",
         "VAR v = {} RETURN IF(v < 3, {}, v)", "RELATED({})", "ALLEXCEPT({}, {})", "COUNTROWS({})",
         "OFFSET(-1, {}, ORDERBY({}))", "LOOKUPVALUE({}, {}, {})", "KEEPFILTERS({})"]  # fmt: skip
EXPRESSIONS = st.recursive(
    st.sampled_from(["Results", "Pupils", "Results[Score]", "'Date'[Date]", "Schools[Area]", "[n]", "[@a]", "v", "1"]),
    lambda inner: st.sampled_from(CALLS).flatmap(
        lambda form: st.lists(inner, min_size=3, max_size=3).map(lambda parts: "(" + form.format(*parts) + ")")
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
@settings(max_examples=400, deadline=None)
def test_every_well_formed_text_reduces(text: str) -> None:
    for use in Reducer(schema(n="COUNTROWS(Results)")).expression_bases(text, home="Results", name="m"):
        assert use.table is not None or use.problems
        use.to_model()
