"""Queries come from anywhere: any text ends in an answer, and what is cut out once stays out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.formulas.dax import typed as dax
from linter.formulas.power_query import Queries, section, typed_in, typed_table, without_rows
from linter.formulas.power_query.lexer import tokens
from linter.formulas.power_query.parser import parse
from linter.formulas.power_query.tree import Call, Items, Let, Literal, Name, NotM, Other, Record, Type
from linter.formulas.typed import NotRead

WORDS = (
    *["(", ")", "{", "}", "[", "]", ",", "=", "&", "-", "=>", "..", ";", "?", "@", "a", "b", "let", "in", "each", "if", "then", "else", "try", "otherwise", "type", "table", "text", "meta", "null", "not"],
    *["#table", "Table.FromRows", "Table.FromRecords", "Table.RenameColumns", "List.Sum", "Json.Document", "Binary.FromText"],
    *["DATATABLE", "ROW", "UNION", "STRING", "shared", "nullable", "optional", "as", ".5", "1", "/*", "//x"],
    '"Zebedee"', '#"q q"', '"',
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_words_end_in_an_answer(query):
    for cut in (without_rows, dax.without_rows):
        text, _ = cut(query)
        assert cut(text) == (text, 0)
    typed_in(query)
    dax.typed_in(query)
    section(query)
    for read in (lambda: typed_table(query, Queries({"a": query})), lambda: dax.typed_table(query)):
        with contextlib.suppress(NotRead):
            read().read()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a""b"', 'a"b'), ('"#(lf)#(cr,lf)#(tab)"', "\n\r\n\t"), ('"#(00E9)#(#)(x)"', "é#(x)"),
        ('"#(nonsense)"', "#(nonsense)"), ('#"a ""b"""', 'a "b"'), ("Table.FromRows", "Table.FromRows"), ("#date", "#date"),
    ],
)  # fmt: skip
def test_escapes(text, value):
    assert [t.value for t in tokens(f"/* c */ {text} // end")] == [value, ""]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-1.5", Literal(-1.5)), ("0x1F", Literal(31)), ("007", Literal(7.0)), ("true", Literal(True)),
        ("1 + 1", Other((Literal(1), Other(()), Literal(1)))),
        ("[a b = 1, c = null]", Record((("a b", Literal(1)), ("c", Literal(None))))),
        ("{[a], {}}", Items((Other(()), Items(())))),
        ("type table [A = text, #\"B c\" = Int64.Type, optional D = any]", Type("table", ("A", "B c", "D"))),
        ("let t = ((type text) meta [Serialized.Text = true]) in t", Let((("t", Type("text")),), Name("t"))),
        ("f(x{0}[a], (y) => y)", Call("f", (Other((Other((Name("x"),)),)), Other((Name("y"),))))),
    ],
)  # fmt: skip
def test_trees(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize("text", ["", "let a = 1", "f(", "1 2)", "{" * 200, "let a = in a", "- - -,"])
def test_what_is_no_query_is_not_guessed(text):
    with pytest.raises(NotM):
        parse(text)
