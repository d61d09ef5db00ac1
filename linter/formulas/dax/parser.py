"""DAX tokens to a tree: a Pratt parser over the expression language.

Queries (``DEFINE``, ``EVALUATE``) are not expressions and are not read. Precedence follows the
published operator table: ``^``, sign, ``* /``, ``+ -``, ``&``, comparison, ``NOT``, ``&&``, ``||``;
equal precedence goes from left to right.
"""

from __future__ import annotations

from linter.formulas.dax.lexer import DaxError, Token, tokens
from linter.formulas.dax.tree import (
    Call,
    Chain,
    DateText,
    Let,
    Missing,
    Name,
    Node,
    Number,
    Ref,
    Rows,
    TableRef,
    Text,
    Tuple,
    Unary,
)

MAX_DEPTH = 100
"""Deepest nesting that is read. Real expressions stay below 30; Python's own stack allows more."""

MAX_VARIABLES = 300
"""Most variables in one expression."""

_OR, _AND, _NOT, _COMPARE, _CONCAT, _ADD, _MULTIPLY, _SIGN, _POWER = range(1, 10)

_BINARY = {
    "||": _OR,
    "&&": _AND,
    **dict.fromkeys(("=", "==", "<>", "<", "<=", ">", ">=", "IN"), _COMPARE),
    "&": _CONCAT,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "^": _POWER,
}
_RESERVED = frozenset({"VAR", "RETURN", "IN", "NOT"})
_CONSTANTS = frozenset({"TRUE", "FALSE"})


def parse(text: str) -> Node:
    """Parse one DAX expression (the text of a measure, column, table or calculation item).

    A leading ``=`` as in older models is allowed.

    Raises:
        DaxError: not an expression of the language, too long or too deeply nested.
    """
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, stream: tuple[Token, ...]) -> None:
        self._stream = stream
        self._at = 0
        self._depth = 0
        self._variables = 0

    def whole(self) -> Node:
        if self._stream[0].value == "=" and self._stream[0].kind == "op":
            self._at = 1
        node = self._expression(_OR)
        if self._next.kind != "end":
            raise self._error("expected an operator or the end")
        return node

    @property
    def _next(self) -> Token:
        return self._stream[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _error(self, reason: str) -> DaxError:
        if self._next.kind == "end":
            reason = "the expression ends too early"
        return DaxError(reason, self._next.position)

    def _is_op(self, value: str) -> bool:
        return self._next.kind == "op" and self._next.value == value

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "name" and self._next.value.upper() == word

    def _expect(self, value: str) -> None:
        if not self._is_op(value):
            raise self._error(f"expected '{value}'")
        self._at += 1

    def _expression(self, least: int) -> Node:
        """An expression whose operators all bind at least as strongly as ``least``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise DaxError(f"nested deeper than {MAX_DEPTH} levels", self._next.position)
        node = self._prefix()
        while (level := self._level()) >= least:
            rest: list[tuple[str, Node]] = []
            while self._level() == level:
                operator = self._take().value.upper()
                rest.append((operator, self._expression(level + 1)))
            node = Chain(node, tuple(rest))
        self._depth -= 1
        return node

    def _level(self) -> int:
        """How strongly the next token binds as a binary operator; 0 if it is none."""
        return _BINARY.get(self._next.value.upper(), 0) if self._next.kind in {"op", "name"} else 0

    def _prefix(self) -> Node:
        token = self._take()
        match token.kind:
            case "number":
                return Number(token.value)
            case "text":
                return Text(token.value)
            case "date":
                return DateText(token.value)
            case "bracket":
                return self._reference(None, token)
            case "table":
                if self._next.kind == "bracket":
                    return self._reference(token.value, self._take())
                return TableRef(token.value)
            case "name":
                return self._word(token)
            case "op" if token.value in "+-":
                return Unary(token.value, self._expression(_SIGN))
            case "op" if token.value == "(":
                return self._brackets()
            case "op" if token.value == "{":
                return Rows(() if self._closed("}") else self._items("}"))
            case _:
                self._at -= 1
                raise self._error("expected a value")

    def _closed(self, close: str) -> bool:
        if self._is_op(close):
            self._at += 1
            return True
        return False

    def _word(self, token: Token) -> Node:
        word = token.value.upper()
        if word == "VAR":
            return self._let(token)
        if word == "NOT":
            return Unary("NOT", self._expression(_COMPARE))
        if word in _RESERVED:
            self._at -= 1
            raise self._error(f"{word} is out of place")
        if self._is_op("("):
            self._at += 1
            return Call(word, () if self._closed(")") else self._arguments())
        if self._next.kind == "bracket":
            return self._reference(token.value, self._take())
        if word in _CONSTANTS:
            return Call(word, ())
        if word in {"ASC", "DESC"} and self._is_word("BLANKS"):
            return Name(f"{word} {self._blanks()}")
        return Name(token.value)

    def _blanks(self) -> str:
        """``BLANKS FIRST``, ``LAST`` or ``DEFAULT``: where a window's order puts blanks."""
        self._at += 1
        if not any(self._is_word(place) for place in ("FIRST", "LAST", "DEFAULT")):
            raise self._error("expected FIRST, LAST or DEFAULT")
        return f"BLANKS {self._take().value.upper()}"

    def _reference(self, table: str | None, column: Token) -> Node:
        if self._is_op(".") and self._stream[self._at + 1].kind == "bracket":
            self._at += 1
            return Ref(table, column.value, self._take().value)
        return Ref(table, column.value)

    def _arguments(self) -> tuple[Node, ...]:
        """What stands between the brackets of a call; an empty place is ``Missing``."""
        args: list[Node] = []
        while True:
            empty = self._is_op(",") or self._is_op(")")
            args.append(Missing() if empty else self._expression(_OR))
            if self._closed(")"):
                return tuple(args)
            self._expect(",")

    def _items(self, close: str) -> tuple[Node, ...]:
        items = [self._expression(_OR)]
        while not self._closed(close):
            self._expect(",")
            items.append(self._expression(_OR))
        return tuple(items)

    def _brackets(self) -> Node:
        items = self._items(")")
        return items[0] if len(items) == 1 else Tuple(items)

    def _let(self, first: Token) -> Node:
        """``VAR`` definitions up to ``RETURN``, the first ``VAR`` being read already."""
        bindings: list[tuple[str, Node]] = []
        self._at -= 1
        while self._is_word("VAR"):
            self._at += 1
            if self._next.kind != "name" or self._next.value.upper() in _RESERVED:
                raise self._error("expected the name of a variable")
            name = self._take().value
            self._expect("=")
            self._variables += 1
            if self._variables > MAX_VARIABLES:
                raise DaxError(f"more than {MAX_VARIABLES} variables", first.position)
            bindings.append((name, self._expression(_OR)))
        if not self._is_word("RETURN"):
            raise self._error("expected VAR or RETURN") if bindings else DaxError("empty VAR", first.position)
        self._at += 1
        return Let(tuple(bindings), self._expression(_OR))
