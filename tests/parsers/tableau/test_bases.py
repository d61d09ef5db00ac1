"""Bases: whose rows stand behind a measure, however it is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linter.expressions import Case, Column, Fixed, Literal, Unsupported, call, walk
from linter.model import Base
from tests.parsers.tableau.build import TABLE, instance, load, only_layer, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Layer

SCHOOL, SEX, SCORE, UPN = (Column(TABLE, name) for name in ("School", "Sex", "Score", "UPN"))

SINCE_2020 = (
    '<filter class="quantitative" column="[ds].[none:Year:qk]" included-values="in-range"><min>2020</min></filter>'
)


def layer_of(folder: Path, formula: str, derivation: str = "User", kind: str = "qk", **more: str) -> Layer:
    """A worksheet by school with a calculation on its text shelf."""
    school, rows = instance("School")
    made, shown = instance("Calculation_1", derivation, kind)
    field = (
        '<column caption="Made" datatype="real" name="[Calculation_1]" role="measure" type="quantitative">'
        f'<calculation class="tableau" formula="{formula}"/></column>'
    )
    year, _ = instance("Year", "None", "qk")
    document = workbook_xml(
        rows=rows, instances=school + made + year, encodings=f'<text column="{shown}"/>', fields=field, **more
    )
    return only_layer(load(folder, document))


def parts(layer: Layer) -> list[tuple[str, str, object]]:
    return [(b.role, b.aggregate, b.arg) for b in layer.bases]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("RANK(SUM([Score]))", [("value", "sum", SCORE)]),
        ("WINDOW_SUM(SUM([Score]), -2, 0) + AVG([Year])", [("value", "sum", SCORE),
                                                          ("value", "avg", Column(TABLE, "Year"))]),
        ("SUM([Score]) / TOTAL(SUM([Score]))", [("numerator", "sum", SCORE)]),
        ("SUM([Score]) / TOTAL(COUNTD([UPN]))", [("numerator", "sum", SCORE), ("value", "count_distinct", UPN)]),
        ("SUM([Score]) / LOOKUP(SUM([Score]), -1)", [("numerator", "sum", SCORE)]),
        ("SUM([Score]) / COUNTD([UPN])", [("numerator", "sum", SCORE), ("denominator", "count_distinct", UPN)]),
        ("INDEX() + FIRST()", []),
        ("ATTR([Sex])", [("value", "any", SEX)]),
        ("SCRIPT_REAL('f(.arg1)', SUM([Score]))", [("value", "sum", SCORE)]),
        ("SUM({INCLUDE [Sex] : AVG([Score])})", [("value", "sum", SCORE), ("numerator", "avg", SCORE)]),
        ("SUM({INCLUDE [Sex] : SUM([Score])})", [("value", "sum", SCORE)]),
        ("AVG({EXCLUDE [School] : COUNTD([UPN])})", [("value", "avg", UPN), ("numerator", "count_distinct", UPN)]),
        ("IF SUM([Score]) &gt; 5 THEN COUNTD([UPN]) END", [("value", "sum", SCORE), ("value", "count_distinct", UPN)]),
    ],
)  # fmt: skip
def test_a_measure_rests_on_the_aggregates_inside(
    tmp_path: Path, formula: str, expected: list[tuple[str, str, object]]
) -> None:
    layer = layer_of(tmp_path, formula)
    assert parts(layer) == expected
    assert all(b.problems == () for b in layer.bases)
    assert [g.expr for g in layer.grain] == [SCHOOL]


def test_a_level_of_detail_that_the_shelf_aggregates(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, "{EXCLUDE [School] : SUM([Score]) / COUNTD([UPN])}", "Avg")
    base, shown = layer.bases
    either = call("or", call("not", call("is_null", SCORE)), call("not", call("is_null", UPN)))
    assert base.arg == Case(((either, Literal(1)),))
    assert base.table == TABLE
    assert (shown.role, shown.aggregate, shown.arg) == ("numerator", "sum", SCORE), (
        "it prints sums, whatever divides them"
    )


def test_a_condition_on_a_level_of_detail_is_evaluated_over_the_view(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, "SUM(IF {INCLUDE [Sex] : SUM([Score])} &gt; 9 THEN [Score] END)", view=SINCE_2020)
    (base,) = layer.bases
    assert base.problems == ()
    (fixed,) = [part for part in walk(base.arg or Literal(None)) if isinstance(part, Fixed)]
    assert fixed.by == (SCHOOL, SEX)
    assert Column(TABLE, "Year") in set(walk(fixed.body)), "the filters of the view come before INCLUDE"


def test_levels_of_detail_inside_fixed_stay_before_the_filters(tmp_path: Path) -> None:
    formula = "SUM(IF {INCLUDE [Sex] : MAX({FIXED [UPN] : MIN([Score])})} &gt; 9 THEN [Score] END)"
    layer = layer_of(tmp_path, formula, view=SINCE_2020)
    inner = [p for b in layer.bases if b.arg for p in walk(b.arg) if isinstance(p, Fixed) and p.by == (UPN,)]
    assert inner
    assert all(Column(TABLE, "Year") not in set(walk(p)) for p in inner)


@pytest.mark.parametrize(
    "formula", ["RAWSQLAGG_REAL('f(%1)', [Score])", "SUM([Score]) + SUM([Missing])", "WINDOW_SUM([Missing])"]
)
def test_what_is_not_understood_is_a_problem_of_the_base(tmp_path: Path, formula: str) -> None:
    layer = layer_of(tmp_path, formula)
    assert any(b.problems for b in layer.bases)


def test_shapes_group_by_what_they_are_made_of(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, "MAKEPOINT([Score], [Year])", "None", "nk")
    assert {c for c in walk(layer.grain[1].expr) if isinstance(c, Column)} == {SCORE, Column(TABLE, "Year")}
    assert not any(isinstance(p, Unsupported) for p in walk(layer.grain[1].expr))


def test_what_is_measured_on_shapes_rests_on_rows_with_both(tmp_path: Path) -> None:
    formula = "DISTANCE(MAKEPOINT([Score], [Year]), MAKEPOINT(1, 2), 'km')"
    layer = layer_of(tmp_path, formula, "Avg")
    (base,) = layer.bases
    assert (base.aggregate, base.problems) == ("avg", ())
    assert {c for c in walk(base.arg or Literal(None)) if isinstance(c, Column)} == {SCORE, Column(TABLE, "Year")}


def test_a_field_that_depends_on_who_looks_splits_by_what_it_compares(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, "USERNAME() = [UPN]", "None", "nk")
    assert [g.expr for g in layer.grain] == [SCHOOL, UPN]
    assert any("who looks" in note for note in layer.approximate)


def test_the_user_alone_splits_nothing(tmp_path: Path) -> None:
    assert [g.expr for g in layer_of(tmp_path, "USERNAME()", "None", "nk").grain] == [SCHOOL]


def test_a_constant_counts_rows(tmp_path: Path) -> None:
    assert layer_of(tmp_path, "SUM(1)").bases == (Base("Made", "value", "count", None),)
