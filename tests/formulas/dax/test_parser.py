"""The grammar: precedence, names, constants, variables; printing and parsing again; refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.formulas.dax import DaxError, parse, show
from linter.formulas.dax import tree as t

A, B, C = t.Ref(None, "a"), t.Ref(None, "b"), t.Ref(None, "c")
ONE, TWO = t.Number("1"), t.Number("2")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("[a] + [b] * [c]", t.Chain(A, (("+", t.Chain(B, (("*", C),))),))),
        ("[a] - [b] + [c]", t.Chain(A, (("-", B), ("+", C)))),
        ("-[a] ^ 2", t.Unary("-", t.Chain(A, (("^", TWO),)))),
        ("2 ^ -1", t.Chain(TWO, (("^", t.Unary("-", ONE)),))),
        ("-1 * 2", t.Chain(t.Unary("-", ONE), (("*", TWO),))),
        ('"x" & 1 + 2', t.Chain(t.Text("x"), (("&", t.Chain(ONE, (("+", TWO),))),))),
        ("[a] = 1 && [b] <> 2 || [c]",
         t.Chain(t.Chain(t.Chain(A, (("=", ONE),)), (("&&", t.Chain(B, (("<>", TWO),))),)), (("||", C),))),
        ("NOT [a] = 1", t.Unary("NOT", t.Chain(A, (("=", ONE),)))),
        ("NOT [a] IN {1, 2} && [b]",
         t.Chain(t.Unary("NOT", t.Chain(A, (("IN", t.Rows((ONE, TWO))),))), (("&&", B),))),
        ("[a] == [b]", t.Chain(A, (("==", B),))),
        ("(1, 2) in {(1, 2)}", t.Chain(t.Tuple((ONE, TWO)), (("IN", t.Rows((t.Tuple((ONE, TWO)),))),))),
        ("{}", t.Rows(())),
        ("= 1", ONE),
        ("((1))", ONE),
        ("'It''s'[A]]B]", t.Ref("It's", "A]B")),
        ("Sales[Amount]", t.Ref("Sales", "Amount")),
        ("Sales [Amount]", t.Ref("Sales", "Amount")),
        ("Éléve[Prénom]", t.Ref("Éléve", "Prénom")),
        ("'D'[Date].[Year]", t.Ref("D", "Date", "Year")),
        ("'My table'", t.TableRef("My table")),
        ("percentile.inc(T[a], .5)", t.Call("PERCENTILE.INC", (t.Ref("T", "a"), t.Number(".5")))),
        ("f(1,,2)", t.Call("F", (ONE, t.Missing(), TWO))),
        ("f(,)", t.Call("F", (t.Missing(), t.Missing()))),
        ("f()", t.Call("F", ())),
        ("true", t.Call("TRUE", ())),
        ("TRUE()", t.Call("TRUE", ())),
        ('"say ""hi"""', t.Text('say "hi"')),
        ('dt"2020-01-01"', t.DateText("2020-01-01")),
        ("1.5e-3", t.Number("1.5e-3")),
        ("1 -- one\n + 2 // two\n /* three\n lines */", t.Chain(ONE, (("+", TWO),))),
        ("VAR x = 1 VAR y = x RETURN x + y",
         t.Let((("x", ONE), ("y", t.Name("x"))), t.Chain(t.Name("x"), (("+", t.Name("y")),)))),
        ("1 + (VAR x = 1 RETURN x)", t.Chain(ONE, (("+", t.Let((("x", ONE),), t.Name("x"))),))),
        ("VAR x = VAR y = 1 RETURN y RETURN x",
         t.Let((("x", t.Let((("y", ONE),), t.Name("y"))),), t.Name("x"))),
        ("ORDERBY([a], DESC, [b], asc blanks last)",
         t.Call("ORDERBY", (A, t.Name("DESC"), B, t.Name("ASC BLANKS LAST")))),
    ],
)  # fmt: skip
def test_tree(text: str, node: t.Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("", "the expression ends too early", 0),
        ("1 +", "the expression ends too early", 3),
        ("SUM(T[a]", "the expression ends too early", 8),
        ("SUM(T[a]))", "expected an operator or the end", 9),
        ("1 2", "expected an operator or the end", 2),
        ('"abc', "text without its closing quote", 0),
        ("'abc", "table name without its closing quote", 0),
        ("T[abc", "column name without its closing bracket", 1),
        ("1 /* x", "comment without its end", 2),
        ("1 + #", "unexpected character", 4),
        ("VAR x = 1", "the expression ends too early", 9),
        ("VAR x = 1 x", "expected VAR or RETURN", 10),
        ("VAR 1 = 1 RETURN 1", "expected the name of a variable", 4),
        ("RETURN 1", "RETURN is out of place", 0),
        ("ORDERBY([a], DESC BLANKS NEVER)", "expected FIRST, LAST or DEFAULT", 25),
        ("{1,}", "expected a value", 3),
    ],
)
def test_refused_with_place_and_reason(text: str, reason: str, position: int) -> None:
    with pytest.raises(DaxError) as caught:
        parse(text)
    assert (caught.value.reason, caught.value.position) == (reason, position)
    assert "\n" not in str(caught.value)


NAMES = st.text("abcXYZé_", min_size=1, max_size=4).filter(
    lambda n: n.upper() not in {"VAR", "RETURN", "IN", "NOT", "TRUE", "FALSE", "ASC", "DESC"}
)
ANY_TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)
NUMBERS = st.from_regex(r"\A(0|[1-9][0-9]{0,4})(\.[0-9]{1,3})?(e-?[0-9]{1,2})?\Z")
LEAVES = st.one_of(
    NUMBERS.map(t.Number),
    ANY_TEXT.map(t.Text),
    NAMES.map(t.Name),
    ANY_TEXT.map(t.TableRef),
    st.builds(t.Ref, st.none() | ANY_TEXT, ANY_TEXT, st.none() | NAMES),
    st.just(t.DateText("2020-01-01")),
)
LEVELS = [("||",), ("&&",), ("=", "==", "<>", "<", "<=", ">", ">=", "IN"), ("&",), ("+", "-"), ("*", "/"), ("^",)]


def _grow(inner: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    many = st.lists(inner, max_size=3).map(tuple)
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    chain = st.sampled_from(LEVELS).flatmap(
        lambda ops: st.builds(
            t.Chain, inner, st.lists(st.tuples(st.sampled_from(ops), inner), min_size=1, max_size=3).map(tuple)
        )
    )
    lets = st.builds(t.Let, st.lists(st.tuples(NAMES, inner), min_size=1, max_size=2).map(tuple), inner)
    pairs = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        chain,
        st.builds(t.Unary, st.sampled_from(["-", "+", "NOT"]), inner),
        st.builds(t.Call, NAMES.map(str.upper), many),
        st.builds(t.Call, st.just("F"), st.lists(inner | st.just(t.Missing()), min_size=2, max_size=3).map(tuple)),
        lets,
        st.builds(t.Rows, some | st.just(())),
        st.builds(t.Tuple, pairs),
    )


@given(st.recursive(LEAVES, _grow, max_leaves=20))
@settings(max_examples=4 * settings.default.max_examples)
def test_printed_tree_parses_to_itself(node: t.Node) -> None:
    assert parse(show(node)) == node
