"""What an expression names, and what a measure rests on at any depth."""

from __future__ import annotations

import pytest

from linter.formulas.dax import Origin, lineage, parse, references
from linter.formulas.dax.lineage import text_lineage
from tests.formulas.dax.school import col, schema


def test_references_in_the_model_s_spelling() -> None:
    model = schema(n="COUNTROWS(Results)")
    found = references(parse("CALCULATE([N], 'pupils'[sex] = \"F\", ALL(schools)) + SUM(Other[x])"), model)
    assert found.columns == (col("Pupils.Sex"),)
    assert found.tables == ("Pupils", "Schools")
    assert found.measures == ("n",)
    assert found.unknown == ("Other[x]",)


def test_a_variable_is_no_table() -> None:
    model = schema()
    assert references(parse("VAR Results = 1 RETURN Results"), model).tables == ()
    assert references(parse("COUNTROWS(Results)"), model).tables == ("Results",)


def test_bare_names_are_measures_first_then_columns_of_home() -> None:
    model = schema(Score="1")
    assert references(parse("[Score] + [Grade]"), model, home="Results").measures == ("Score",)
    assert references(parse("[Score] + [Grade]"), model, home="Results").columns == (col("Results.Grade"),)


def test_chains_of_captions() -> None:
    model = schema(a="[b] + SUM(Results[Score])", b="[c] * 2", c="MAX(Pupils[Name])")
    found = lineage(model, "A")
    assert found.origins == (
        Origin(col("Results.Score"), "Results", ()),
        Origin(None, "Results", ()),
        Origin(col("Pupils.Name"), "Pupils", ("b", "c")),
        Origin(None, "Pupils", ("b", "c")),
    )
    assert found.columns == (col("Results.Score"), col("Pupils.Name"))
    assert found.tables == ("Results", "Pupils")
    assert found.problems == ()


def test_cycles_end() -> None:
    assert lineage(schema(a="[b]", b="[a] + MAX(Pupils[Name])"), "a").columns == (col("Pupils.Name"),)


def test_what_can_not_be_read_is_said() -> None:
    found = lineage(schema(a="[b] + [zz]", b="SUM("), "a")
    assert found.problems == ("a: unknown name zz", "b: the expression ends too early (at character 5)")
    with pytest.raises(KeyError):
        lineage(schema(), "a")


def test_computed_columns_are_not_unknown() -> None:
    found = text_lineage(schema(), 'MAXX(ADDCOLUMNS(Pupils, "@n", 1), [@n])', home="Results", name="v")
    assert found.problems == ()
    assert found.tables == ("Pupils",)
