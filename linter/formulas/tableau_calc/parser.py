"""From text to tree: precedence climbing over the documented order of Tableau's operators.

Tightest first: negation, ``^``, ``* / %``, ``+ -``, comparisons and IN, NOT, AND, OR; equals are
taken from the left, ``^`` included (Tableau help, "Formatting calculations", operator precedence).
Formula text is untrusted: its length, its nesting and the depth of its tree are bounded, and
parsing is linear in the number of tokens.
"""

from __future__ import annotations

import functools
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, cast

from linter.formulas.tableau_calc.lexer import KEYWORDS, Kind, Token, tokens
from linter.formulas.tableau_calc.tree import (
    Among,
    Binary,
    CaseOf,
    Constant,
    DateConstant,
    FieldRef,
    FormulaError,
    FunctionCall,
    If,
    LevelOfDetail,
    Logic,
    Membership,
    Node,
    Unary,
    depth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NESTING = 100
"""Parentheses, calls, branches and right operands open at once: keeps the parser off the stack limit."""

MAX_DEPTH = 200
"""Depth of the finished tree: a chain of additions is one level per term."""

_OR, _AND, _NOT, _COMPARE = 1, 2, 3, 4
_LEVELS = {
    "OR": _OR, "AND": _AND, "IN": _COMPARE, "NOT": _COMPARE, "=": _COMPARE, "==": _COMPARE, "<>": _COMPARE,
    "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 7,
}  # fmt: skip
_SAME = {"==": "=", "!=": "<>"}

_Operator = Literal["^", "*", "/", "%", "+", "-", "=", "<>", "<", "<=", ">", ">="]
_Scope = Literal["FIXED", "INCLUDE", "EXCLUDE"]


@functools.lru_cache(maxsize=1_024)  # each sheet that uses a calculation reads it again, under every choice
def parse(text: str) -> Node:
    """Read a whole calculation.

    A backslash is a plain character (file paths and domain names are full of them); only where the
    formula can't be read that way is it taken as the escape of a quote.

    Raises:
        FormulaError: not a calculation, or beyond the bounds of this module.
    """
    try:
        return _Parser(tokens(text)).formula()
    except FormulaError:
        if "\\'" not in text and '\\"' not in text:
            raise
        try:
            return _Parser(tokens(text, backslash=True)).formula()
        except FormulaError:
            pass
        raise


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._open = 0

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, kind: Kind, *values: str) -> bool:
        return self._peek().kind == kind and self._peek().value in values

    def _skip(self, kind: Kind, value: str) -> bool:
        if self._is(kind, value):
            self._at += 1
            return True
        return False

    def _expect(self, kind: Kind, value: str) -> None:
        if not self._skip(kind, value):
            raise FormulaError(f"expected {value}, found {_describe(self._peek())}", self._peek().position)

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._open += 1
        if self._open > MAX_NESTING:
            raise FormulaError(f"nested deeper than {MAX_NESTING} levels", self._peek().position)
        yield
        self._open -= 1

    def formula(self) -> Node:
        if self._peek().kind == "end":
            raise FormulaError("the formula is empty", self._peek().position)
        node = self._expression()
        if self._peek().kind != "end":
            raise FormulaError(f"unexpected {_describe(self._peek())}", self._peek().position)
        if depth(node) > MAX_DEPTH:
            raise FormulaError(f"a chain of more than {MAX_DEPTH} operations", node.position)
        return node

    def _expression(self, least: int = 0) -> Node:
        with self._nested():
            left = self._prefix()
            while (level := self._level()) >= max(least, 1):
                left = self._infix(left, level)
            return left

    def _level(self) -> int:
        token = self._peek()
        if token.kind not in {"symbol", "word"}:
            return 0
        if token.value == "NOT":  # only as the first word of NOT IN
            following = self._tokens[self._at + 1]
            return _COMPARE if following.kind == "word" and following.value == "IN" else 0
        return _LEVELS.get(token.value, 0)

    def _infix(self, left: Node, level: int) -> Node:
        op = self._take()
        if op.value == "NOT":
            among = self._among(self._take().position)
            return Unary("NOT", Membership(left, among, op.position), op.position)
        if op.value == "IN":
            return Membership(left, self._among(op.position), op.position)
        if op.value in {"AND", "OR"}:
            operands = [left, self._expression(level + 1)]
            while self._skip("word", op.value):
                operands.append(self._expression(level + 1))
            return Logic("AND" if op.value == "AND" else "OR", tuple(operands), op.position)
        symbol = cast("_Operator", _SAME.get(op.value, op.value))
        return Binary(symbol, left, self._expression(level + 1), op.position)

    def _among(self, position: int) -> Among:
        if not self._skip("symbol", "("):
            return Among((self._field(),), listed=False, position=position)
        if not (members := self._arguments(")")):
            raise FormulaError("expected a value after IN (", position)
        return Among(members, position=position)

    def _prefix(self) -> Node:
        token = self._peek()
        if self._skip("word", "NOT"):
            return Unary("NOT", self._expression(_NOT + 1), token.position)
        if self._is("symbol", "-", "+"):
            self._take()
            with self._nested():
                operand = self._prefix()
            return Unary("-", operand, token.position) if token.value == "-" else operand
        return self._primary()

    def _primary(self) -> Node:
        token = self._peek()
        match token.kind:
            case "number":
                return Constant(_number(self._take()), token.position)
            case "string":
                return Constant(self._take().value, token.position)
            case "date":
                return DateConstant(self._take().value, token.position)
            case "field":
                return self._field()
            case "word":
                return self._named()
            case "symbol" if token.value == "(":
                self._take()
                node = self._expression()
                self._expect("symbol", ")")
                return node
            case "symbol" if token.value == "{":
                return self._level_of_detail()
            case _:
                raise FormulaError(f"expected a value, found {_describe(token)}", token.position)

    def _named(self) -> Node:
        token = self._take()
        match token.value:
            case "TRUE" | "FALSE":
                return Constant(token.value == "TRUE", token.position)
            case "NULL":
                return Constant(None, token.position)
            case "IF":
                return self._if(token.position)
            case "CASE":
                return self._case(token.position)
            case word if word in KEYWORDS:
                raise FormulaError(f"unexpected {word}", token.position)
        if self._skip("symbol", "("):
            return FunctionCall(token.value, self._arguments(")"), token.position)
        return FieldRef(token.written, position=token.position)

    def _field(self) -> FieldRef:
        position = self._peek().position
        if self._peek().kind == "word" and self._peek().value not in KEYWORDS:
            return FieldRef(self._take().written, position=position)
        parts = [self._bracketed()]
        while self._skip("symbol", "."):
            parts.append(self._bracketed())
        source = parts[0] if len(parts) > 1 else None
        return FieldRef("].[".join(parts[1:] or parts), source, position)

    def _bracketed(self) -> str:
        if self._peek().kind != "field":
            raise FormulaError(f"expected a field, found {_describe(self._peek())}", self._peek().position)
        return self._take().value

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        if self._skip("symbol", closing):
            return ()
        found = [self._expression()]
        while self._skip("symbol", ","):
            found.append(self._expression())
        self._expect("symbol", closing)
        return tuple(found)

    def _if(self, position: int) -> If:
        branches = [self._branch(self._expression())]
        while self._skip("word", "ELSEIF"):
            branches.append(self._branch(self._expression()))
        return If(tuple(branches), self._else(), position)

    def _case(self, position: int) -> CaseOf:
        subject = self._expression()
        whens = []
        while self._skip("word", "WHEN"):
            at = self._peek().position
            whens.append(self._branch(self._among(at) if self._skip("word", "IN") else self._expression()))
        if not whens:
            raise FormulaError(f"expected WHEN, found {_describe(self._peek())}", self._peek().position)
        return CaseOf(subject, tuple(whens), self._else(), position)

    def _branch(self, condition: Node) -> tuple[Node, Node]:
        self._expect("word", "THEN")
        return condition, self._expression()

    def _else(self) -> Node | None:
        otherwise = self._expression() if self._skip("word", "ELSE") else None
        self._expect("word", "END")
        return otherwise

    def _level_of_detail(self) -> LevelOfDetail:
        position = self._take().position
        if not self._is("word", "FIXED", "INCLUDE", "EXCLUDE"):
            body = self._expression()
            self._expect("symbol", "}")
            return LevelOfDetail("FIXED", (), body, position)
        scope = cast("_Scope", self._take().value)
        by = self._arguments(":")
        body = self._expression()
        self._expect("symbol", "}")
        return LevelOfDetail(scope, by, body, position)


def _number(token: Token) -> int | float:
    if token.value.isdigit():
        return int(token.value)
    value = float(token.value)
    if math.isinf(value):
        raise FormulaError("the number is too large", token.position)
    return value


def _describe(token: Token) -> str:
    """What a token is, without its text where that may be data."""
    match token.kind:
        case "symbol":
            return token.value
        case "word":
            # After a stray quote a word may be a piece of data, so it isn't repeated.
            return token.value if token.value in KEYWORDS else "a name"
        case "end":
            return "the end of the formula"
        case kind:
            return f"a {kind}"
