"""Nested calculations: meaning, cycles, lineage."""

from __future__ import annotations

from linter.expressions import Aggregate, Call, Column, Literal, columns, problems
from linter.formulas.tableau_calc import FieldEntry, FormulaSet

SCORE, NAME, QUOTA = Column("t", "Score"), Column("t", "Name"), Column("other", "Quota")


def formulas(**texts: str) -> FormulaSet:
    entries = {
        (None, "Score"): FieldEntry("Score", SCORE, "integer"),
        (None, "Name"): FieldEntry("Pupil name", NAME, "text"),
        ("other", "Quota"): FieldEntry("Quota", QUOTA, "real"),
        ("Parameters", "p"): FieldEntry("Choose", Literal(2), "integer"),
    }
    return FormulaSet(entries | {(None, key): FieldEntry(f"The {key}", text) for key, text in texts.items()})


def test_nested_calculations_are_resolved() -> None:
    made = formulas(a="[Score] + 1", b="[a] * [Parameters].[p]", c="SUM([b]) / SUM([other].[Quota])").resolve("c")
    assert made is not None
    inner = Call("mul", (Call("add", (SCORE, Literal(1))), Literal(2)))
    assert made.expr == Call("div", (Aggregate("sum", inner), Aggregate("sum", QUOTA)))
    assert (made.type, made.aggregated) == ("real", True)
    assert made.references == ((None, "b"), ("other", "Quota"))


def test_flags_come_up_from_nested_calculations() -> None:
    fields = formulas(
        a="INDEX()",
        b="USERNAME()",
        c="{INCLUDE [Name] : SUM([Score])}",
        d="IF [b]='x' THEN [a] ELSE AVG([c]) END",
    )
    made = fields.resolve("d")
    assert made is not None
    assert (made.aggregated, made.table_calc, made.user_dependent, made.view_lod) == (True, True, True, True)


def test_a_parameter_does_not_mix_with_aggregates() -> None:
    made = formulas(a="CASE [Parameters].[p] WHEN 1 THEN SUM([Score]) END").resolve("a")
    assert made is not None
    assert not problems(made.expr)


def test_cycles_are_said() -> None:
    fields = formulas(a="[b] + 1", b="[c] + 1", c="[a] + 1", d="[a] + 1", e="[e]", f="[Score]")
    for name in "abcde":
        made = fields.resolve(name)
        assert made is not None
        assert any("circular" in problem for problem in problems(made.expr)), name
    assert fields.resolve("f") is not None
    assert fields.lineage("a").columns == frozenset()


def test_names_match_without_case_only_if_one_field_fits() -> None:
    fields = FormulaSet({
        (None, "LUID"): FieldEntry("LUID", NAME), (None, "x"): FieldEntry("x", SCORE),
        (None, "X"): FieldEntry("X", QUOTA),
    })  # fmt: skip
    luid, small = fields.resolve("luid"), fields.resolve("x")
    assert luid is not None
    assert luid.expr == NAME
    assert small is not None
    assert small.expr == SCORE
    assert FormulaSet({(None, "y"): FieldEntry("y", NAME), (None, "Y"): FieldEntry("Y", SCORE)}).resolve("ÿ") is None


def test_names_without_a_source_belong_to_the_source_of_the_formula() -> None:
    fields = FormulaSet({
        ("one", "x"): FieldEntry("x", NAME), ("two", "x"): FieldEntry("x", SCORE),
        ("two", "calc"): FieldEntry("calc", "[x]"), ("one", "calc"): FieldEntry("calc", "[two].[calc]"),
    }, home="one")  # fmt: skip
    made = fields.resolve("calc")
    assert made is not None
    assert made.expr == SCORE
    assert fields.lineage("x").columns == {NAME}


def test_lineage_goes_through_what_has_no_translation() -> None:
    fields = formulas(
        a="IF [Parameters].[p] = 1 THEN [Name] ELSE 'x' END",
        b="{EXCLUDE [a] : SUM([Score])}",
        c="WINDOW_SUM(SUM([b]))",
        d="RAWSQLAGG_REAL('f(%1)', [other].[Quota]) + [c]",
    )
    lineage = fields.lineage("d")
    assert lineage.columns == {SCORE, NAME, QUOTA}
    assert lineage.via == ("The c", "The b", "The a")
    assert lineage.unread == ()
    made = fields.resolve("d")
    assert made is not None
    assert columns(made.expr) == frozenset()


def test_lineage_says_what_it_could_not_follow() -> None:
    fields = formulas(a="[Nowhere] + [b]", b="[Score] +")
    lineage = fields.lineage("a")
    assert set(lineage.unread) == {"Nowhere", "The b"}
    assert fields.lineage("no such").unread == ("no such",)
    made = fields.resolve("a")
    assert made is not None
    assert any("can't be read" in problem for problem in problems(made.expr))
    assert fields.resolve("no such") is None
    assert fields.tree("b") is None
    assert fields.tree("a") is not None


def test_deep_fields_are_nearest_first_and_chains_are_shortest() -> None:
    fields = formulas(a="[Name]", b="[a] + [a]", c="[b] + [Score]", d="[c] + [a]")
    assert fields.deep_fields("d") == ("The c", "The a", "The b", "Score", "Pupil name")
    assert fields.deep_fields("d", to=NAME) == ("The a", "Pupil name")
    assert fields.deep_fields("d", to=SCORE) == ("The c", "Score")
    assert fields.deep_fields("d", to=QUOTA) == ()
    assert fields.deep_fields("no such") == ()


def test_growth_and_depth_of_nested_calculations_are_bounded() -> None:
    doubling = {f"n{i}": f"[n{i - 1}] + [n{i - 1}]" for i in range(1, 60)} | {"n0": "[Score]"}
    chain = {f"m{i}": f"ABS([m{i - 1}])" for i in range(1, 3000)} | {"m0": "[Score]"}
    fields = formulas(**doubling, **chain)
    for name in ("n59", "m2999"):
        made = fields.resolve(name)
        assert made is not None
        assert any("too large" in problem for problem in problems(made.expr))
        assert fields.lineage(name).columns == {SCORE}
    small = fields.resolve("n10")
    assert small is not None
    assert columns(small.expr) == {SCORE}
