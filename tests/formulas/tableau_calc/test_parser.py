"""The grammar: each construct by example, precedence by property, hostile text by force."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.formulas.tableau_calc import FormulaError, parse, references
from linter.formulas.tableau_calc.parser import MAX_DEPTH
from linter.formulas.tableau_calc.tree import (
    Among,
    Binary,
    CaseOf,
    Constant,
    DateConstant,
    FieldRef,
    FunctionCall,
    If,
    LevelOfDetail,
    Logic,
    Membership,
    Node,
    Unary,
)

A, B, C = FieldRef("a"), FieldRef("b"), FieldRef("c")
ONE, TWO = Constant(1), Constant(2)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", ONE), ("1.", Constant(1.0)), (".5", Constant(0.5)), ("1e3", Constant(1000.0)),
        ("true", Constant(True)), ("False", Constant(False)), ("NULL", Constant(None)),
        ("'it''s'", Constant("it's")), ('"it\'s"', Constant("it's")), ('"say ""x"""', Constant('say "x"')),
        ("''", Constant("")), ("'domain\\user'", Constant("domain\\user")), ("'\\'", Constant("\\")),
        ("'it\\'s'", Constant("it's")),  # readable only with the backslash as an escape
        ("#2014-12-31#", DateConstant("2014-12-31")), ("# April 15, 2004 #", DateConstant("April 15, 2004")),
        ("[a]", A), ("[a ]] b]", FieldRef("a ] b")), ("[ds].[f]", FieldRef("f", "ds")),
        ("[ds] . [f]", FieldRef("f", "ds")), ("[Parameters].[p]", FieldRef("p", "Parameters")),
        ("[ds].[x].[y]", FieldRef("x].[y", "ds")), ("Profit_Expected", FieldRef("Profit_Expected")),
        ("Größe", FieldRef("Größe")), ("[new\nline]", FieldRef("new\nline")), ("[]", FieldRef("")),
        ("-a", Unary("-", A)), ("+a", A), ("- -a", Unary("-", Unary("-", A))), ("((a))", A),
        ("a == b", Binary("=", A, B)), ("a != b", Binary("<>", A, B)), ("a <> b", Binary("<>", A, B)),
        ("a<=b", Binary("<=", A, B)), ("a>=b", Binary(">=", A, B)), ("a<b", Binary("<", A, B)),
        ("a in (1, 2)", Membership(A, Among((ONE, TWO)))),
        ("a IN [b]", Membership(A, Among((B,), listed=False))),
        ("a NOT IN (1)", Unary("NOT", Membership(A, Among((ONE,))))),
        ("IF a THEN 1 END", If(((A, ONE),))),
        ("if a then 1 elseif b then 2 else c end", If(((A, ONE), (B, TWO)), C)),
        ("IF a THEN 1 ELSE IF b THEN 2 END END", If(((A, ONE),), If(((B, TWO),)))),
        ("CASE a WHEN 1 THEN b WHEN 2 THEN c ELSE a END", CaseOf(A, ((ONE, B), (TWO, C)), A)),
        ("CASE a WHEN IN (1, 2) THEN b WHEN IN [s] THEN c END",
         CaseOf(A, ((Among((ONE, TWO)), B), (Among((FieldRef("s"),), listed=False), C)))),
        ("iif (a, 1, 2)", FunctionCall("IIF", (A, ONE, TWO))), ("TODAY( )", FunctionCall("TODAY", ())),
        ("NoSuch(a)", FunctionCall("NOSUCH", (A,))),
        ("{fixed [a], b : SUM(c)}", LevelOfDetail("FIXED", (A, B), FunctionCall("SUM", (C,)))),
        ("{ FIXED : MAX([c]) }", LevelOfDetail("FIXED", (), FunctionCall("MAX", (C,)))),
        ("{SUM(c)}", LevelOfDetail("FIXED", (), FunctionCall("SUM", (C,)))),
        ("{INCLUDE a:SUM(c)}", LevelOfDetail("INCLUDE", (A,), FunctionCall("SUM", (C,)))),
        ("{EXCLUDE : SUM(c)}", LevelOfDetail("EXCLUDE", (), FunctionCall("SUM", (C,)))),
        ("{FIXED YEAR(a) : SUM(c)}",
         LevelOfDetail("FIXED", (FunctionCall("YEAR", (A,)),), FunctionCall("SUM", (C,)))),
        ("a // b\r\n+ /* c\n ' */ 1", Binary("+", A, ONE)), ("a //* b", A), ("a /**/", A),
        ("'//' + \"/*\"", Binary("+", Constant("//"), Constant("/*"))),
        ("a\u00a0+\ufeff 1", Binary("+", A, ONE)),
    ],
)  # fmt: skip
def test_each_construct(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("-a ^ b", "(-a) ^ b"), ("a ^ -b", "a ^ (-b)"), ("a ^ b ^ c", "(a ^ b) ^ c"),
        ("a * b ^ c", "a * (b ^ c)"), ("a - b - c", "(a - b) - c"), ("a + b * c % a", "a + ((b * c) % a)"),
        ("a / b * c", "(a / b) * c"), ("a + b = c", "(a + b) = c"), ("a = b = c", "(a = b) = c"),
        ("NOT a = b", "NOT (a = b)"), ("NOT a AND b", "(NOT a) AND b"), ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a IN (1)", "NOT (a IN (1))"), ("a + 1 IN (1)", "(a + 1) IN (1)"), ("-a * b", "(-a) * b"),
        ("a AND NOT b OR c", "(a AND (NOT b)) OR c"), ("NOT NOT a", "NOT (NOT a)"),
    ],
)  # fmt: skip
def test_precedence_by_example(text: str, grouped: str) -> None:
    assert parse(text) == parse(grouped)


def test_long_conditions_are_flat() -> None:
    assert parse("a OR b OR c") == Logic("OR", (A, B, C))
    assert parse("(a OR b) OR c") == Logic("OR", (Logic("OR", (A, B)), C))
    wide = parse(" OR ".join(f"[a] = {n}" for n in range(3000)))
    assert isinstance(wide, Logic)
    assert len(wide.operands) == 3000


def test_references_are_in_order_and_once() -> None:
    tree = parse("IF [b] = [Parameters].[p] THEN {FIXED [x] : SUM([ds].[y])} ELSE [b] END // [z] '[w]'")
    assert references(tree) == ((None, "b"), ("Parameters", "p"), (None, "x"), ("ds", "y"))


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "empty"), ("  // x", 6, "empty"), ("1 +", 3, "end of the formula"), ("(1", 2, "expected )"),
        ("1 2", 2, "unexpected a number"), ("'abc", 0, "string is not closed"), ("'a''", 0, "not closed"),
        ("[abc", 0, "field name is not closed"), ("#2020", 0, "date is not closed"),
        ("1 /* x", 2, "comment is not closed"), ("1 \x00", 2, "unexpected character"),
        ("a ? b", 2, "character"),
        ("IF a THEN 1", 11, "expected END"), ("IF a 1 END", 5, "expected THEN"),
        ("CASE a END", 7, "expected WHEN"),
        ("SUM(a", 5, "expected )"), ("SUM(,)", 4, "expected a value"), ("THEN", 0, "unexpected THEN"),
        ("{FIXED a SUM(b)}", 9, "expected :"), ("[a].", 4, "expected a field"),
        ("a IN ()", 2, "expected a value"),
        ("a IN 1", 5, "expected a field"), ("1e999", 0, "too large"), ("9" * 500, 0, "digits"),
    ],
)  # fmt: skip
def test_errors_say_where_and_why(text: str, position: int, reason: str) -> None:
    with pytest.raises(FormulaError, match="at character") as caught:
        parse(text)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert "\n" not in caught.value.reason


def test_errors_do_not_repeat_literals() -> None:
    for text in ("1 'Jo Bloggs'", "'Jo'Bloggs'", "a #2001-02-03#", "a 8837264"):
        with pytest.raises(FormulaError) as caught:
            parse(text)
        assert not any(secret in str(caught.value) for secret in ("Bloggs", "2001", "8837264"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000, "(" * 49_000 + "1" + ")" * 49_000, "-" * 100_000, "NOT " * 25_000, "{" * 99_999,
        "IF " * 30_000, "CASE " * 20_000, "f(" * 50_000, "IIF(a,b," * 12_000, "1 OR 1 AND 1=1+1*1^(" * 5_000,
        "1+" * 49_000 + "1", "x IN " * 20_000, "[" * 100_000, "[a" + "]]" * 49_000, "'" + "''" * 49_000,
        "'" + "\\" * 99_000, "\"\\'" * 33_000, "#" * 99_999, "/*" * 50_000, "/**/" * 24_999, "\x00" * 100_000,
        "1" * 100_001, "9" * 99_999, "CASE a WHEN IN (" * 6_000,
    ],
)  # fmt: skip
def test_hostile_text_is_refused_quickly(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_a_chain_as_deep_as_allowed() -> None:
    assert parse("+".join(["a"] * MAX_DEPTH))
    with pytest.raises(FormulaError, match="chain"):
        parse("+".join(["a"] * (MAX_DEPTH + 1)))


# --- print and read again -------------------------------------------------------------------------

LEVELS = {
    "OR": 1,
     "AND": 2, "NOT": 3, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6,
    "%": 6, "^": 7,
}  # fmt: skip
IN, NEGATION, ATOM = 4, 8, 9


def show(node: Node, least: int = 0) -> str:
    """The formula with as few parentheses as the documented precedence allows."""
    level, text = _show(node)
    return f"({text})" if level < least else text


def _show(node: Node) -> tuple[int, str]:
    match node:
        case Binary(op=op, left=left, right=right):
            return LEVELS[op], f"{show(left, LEVELS[op])} {op} {show(right, LEVELS[op] + 1)}"
        case Logic(op=op, operands=operands):
            return LEVELS[op], f" {op} ".join(show(o, LEVELS[op] + 1) for o in operands)
        case Unary(op="-", operand=operand):
            return NEGATION, f"-{show(operand, NEGATION)}"
        case Unary(operand=operand):
            return LEVELS["NOT"], f"NOT {show(operand, LEVELS['NOT'])}"
        case Membership(operand=operand, among=among):
            return IN, f"{show(operand, IN)} IN {_among(among)}"
        case _:
            return ATOM, _atom(node)


def _atom(node: Node) -> str:
    match node:
        case Constant(value=str() as text):
            quote = "'" if len(text) % 2 else '"'
            return quote + text.replace(quote, quote * 2) + quote
        case Constant(value=value):
            return "NULL" if value is None else repr(value)
        case DateConstant(text=text):
            return f"#{text}#"
        case FieldRef(name=name, source=source):
            before = "" if source is None else f"[{source.replace(']', ']]')}]."
            return f"{before}[{name.replace(']', ']]')}]"
        case If(branches=branches, otherwise=otherwise):
            words = (f"{show(test)} THEN {show(then)}" for test, then in branches)
            return f"IF {' ELSEIF '.join(words)}{_else(otherwise)} END"
        case CaseOf(subject=subject, whens=whens, otherwise=otherwise):
            words = (f"WHEN {_wanted(wanted)} THEN {show(then)}" for wanted, then in whens)
            return f"CASE {show(subject)} {' '.join(words)}{_else(otherwise)} END"
        case FunctionCall(name=name, args=args):
            return f"{name}({', '.join(map(show, args))})"
        case LevelOfDetail(scope=scope, by=by, body=body):
            return f"{{{scope} {', '.join(map(show, by))}: {show(body)}}}"
    raise AssertionError(node)


def _among(among: Among) -> str:
    return f"({', '.join(map(show, among.members))})" if among.listed else show(among.members[0])


def _wanted(wanted: Node) -> str:
    return f"IN {_among(wanted)}" if isinstance(wanted, Among) else show(wanted)


def _else(otherwise: Node | None) -> str:
    return "" if otherwise is None else f" ELSE {show(otherwise)}"


names = st.text(st.sampled_from("ab ]['\"/*#.\\\n🙂"), min_size=1, max_size=5)
field_refs = st.builds(FieldRef, names, st.none() | names)
leaves = st.one_of(
    st.builds(Constant, st.none() | st.booleans() | st.integers(0, 10**12) | st.text(max_size=6)),
    st.builds(Constant, st.floats(0, 1e300, allow_subnormal=False)),
    st.builds(DateConstant, st.sampled_from(["2020-01-02", "April 15, 2004", "1/2/2003 10:11:12 PM"])),
    field_refs,
)


def compound(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.lists(st.tuples(nodes, nodes), min_size=1, max_size=3).map(tuple)
    several = st.lists(nodes, min_size=1, max_size=3).map(tuple)
    among = st.builds(Among, several) | st.builds(Among, st.tuples(field_refs), st.just(value=False))
    whens = st.lists(st.tuples(nodes | among, nodes), min_size=1, max_size=3).map(tuple)
    operators = st.sampled_from([op for op in LEVELS if op not in {"AND", "OR", "NOT"}])
    return st.one_of(
        st.builds(Binary, operators, nodes, nodes),
        st.builds(Logic, st.sampled_from(["AND", "OR"]), st.lists(nodes, min_size=2, max_size=4).map(tuple)),
        st.builds(Unary, st.sampled_from(["-", "NOT"]), nodes),
        st.builds(Membership, nodes, among),
        st.builds(If, pairs, st.none() | nodes),
        st.builds(CaseOf, nodes, whens, st.none() | nodes),
        st.builds(FunctionCall, st.sampled_from(["SUM", "LEFT", "NOSUCH"]), st.lists(nodes, max_size=3).map(tuple)),
        st.builds(
            LevelOfDetail,
            st.sampled_from(["FIXED", "INCLUDE", "EXCLUDE"]),
            st.lists(nodes, max_size=2).map(tuple),
            nodes,
        ),
    )


@settings(max_examples=4 * settings.default.max_examples)
@given(st.recursive(leaves, compound, max_leaves=25))
def test_a_printed_tree_reads_back_equal(tree: Node) -> None:
    assert parse(show(tree)) == tree


@settings(max_examples=4 * settings.default.max_examples)
@given(st.text(st.sampled_from("ab1 .,'\"[]{}()#/*-+=<>!\\\n:") | st.characters(), max_size=40))
def test_any_text_is_a_tree_or_a_formula_error(text: str) -> None:
    try:
        tree = parse(text)
    except FormulaError as error:
        tree = None
        position = error.position
    if tree is None:
        assert 0 <= position <= len(text)
    else:
        assert parse(show(tree)) == tree
