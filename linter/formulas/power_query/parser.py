"""M tokens to a tree.

Enough to find the rows that are typed into a query and the steps that follow. Operators, functions
and access to fields become ``Other`` with their parts, which nobody evaluates.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from linter.formulas.power_query.lexer import Token, tokens
from linter.formulas.power_query.tree import Call, Items, Let, Literal, Name, Node, NotM, Other, Record, Type

MAX_DEPTH = 60
"""Deepest nesting that is read; real queries stay below 20."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ENDS = frozenset({",", ")", "]", "}", ";", "=>"})
_WORDS = frozenset({"in", "then", "else", "otherwise"})
_TYPED = frozenset({"nullable", "optional"})


@lru_cache(maxsize=8)
def parse(text: str) -> Node:
    """One query.

    Raises:
        NotM: not understood, or nested too deeply.
    """
    reader = _Reader(text)
    found = reader.expression()
    if reader.now.kind != "end":
        raise NotM("not a query of the language")
    return found


def section(text: str) -> dict[str, str]:
    """The texts of the queries in a section document by name, ``shared Name = ...;``."""
    found: dict[str, str] = {}
    name, depth, start = "", 0, -1
    every = tokens(text)
    for at, token in enumerate(every):
        if token.kind == "op":
            depth += (token.value in _CLOSING) - (token.value in ")]}")
            if token.value == ";" and depth == 0 and start >= 0:
                found[name] = text[start : token.start]
                start = -1
        elif token.value == "shared" and start < 0 and at + 2 < len(every) and every[at + 2].value == "=":
            name, start = every[at + 1].value, every[at + 2].end
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._at]

    def step(self) -> Token:
        token = self.now
        if token.kind != "end":
            self._at += 1
        return token

    def is_(self, *values: str) -> bool:
        token = self.now
        return token.kind in {"op", "name"} and not token.quoted and token.value in values

    def take(self, value: str) -> bool:
        found = self.is_(value)
        self._at += found
        return found

    def need(self, value: str) -> None:
        if not self.take(value):
            raise NotM("not a query of the language")

    def word(self) -> str:
        """The name of a field or variable, which may hold blanks without being quoted."""
        first, last = self.now, self.now
        if first.quoted:
            return self.step().value
        while self.now.kind in {"name", "number"} or (self.now.kind == "op" and self.now.value in ".@-#"):
            last = self.step()
        return self._text[first.start : last.end].strip()

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotM("nested too deeply")
        try:
            return self._expression()
        finally:
            self._depth -= 1

    def _expression(self) -> Node:
        if self.take("let"):
            return self._let()
        if self._is_function():
            return Other((self.expression(),))
        parts: list[Node] = []
        while not self._over():
            if self.is_("if", "try"):
                parts += self._branches()
            elif self.is_("each", "error"):
                self.step()
                parts.append(self.expression())
                parts.append(Other(()))
            elif self.take("meta"):
                self._primary()  # says nothing of the value
            elif self._is_operator(parts) or self.is_("and", "or", "not", "as", "is"):
                self.step()
                parts.append(Other(()))
            else:
                parts.append(self._primary())
        if not parts:
            raise NotM("not a query of the language")
        return parts[0] if len(parts) == 1 else Other(tuple(parts))

    def _over(self) -> bool:
        token = self.now
        if token.kind == "end":
            return True
        return not token.quoted and (
            (token.kind == "op" and token.value in _ENDS) or (token.kind == "name" and token.value in _WORDS)
        )

    def _branches(self) -> list[Node]:
        """The expressions of ``if``, ``then``, ``else``, or of ``try`` and ``otherwise``."""
        parts: list[Node] = [Other(())]
        words = ("then", "else") if self.step().value == "if" else ("otherwise",)
        parts.append(self.expression())
        return parts + [self.expression() for word in words if self.take(word)]

    def _is_operator(self, before: list[Node]) -> bool:
        """Whether an operator comes next; a sign before a number is part of that."""
        token = self.now
        signed = token.value == "-" and not before and self._tokens[self._at + 1].kind == "number"
        return token.kind == "op" and token.value not in _CLOSING and not signed

    def _is_function(self) -> bool:
        """Step over the parameters of a function, ``(a, optional b as text) as table =>``."""
        if not self.is_("("):
            return False
        start, self._at = self._at, self._past(self._at)
        if self.take("as"):
            while self.now.kind == "name":
                self.step()
        if self.take("=>"):
            return True
        self._at = start
        return False

    def _past(self, at: int) -> int:
        """The place after the bracket that closes the one at a place."""
        depth = 0
        while self._tokens[at].kind != "end":
            if self._tokens[at].kind == "op":
                depth += (self._tokens[at].value in _CLOSING) - (self._tokens[at].value in ")]}")
            at += 1
            if not depth:
                return at
        raise NotM("a bracket without its end")

    def _let(self) -> Node:
        bindings = []
        while True:
            name = self.word()
            self.need("=")
            bindings.append((name, self.expression()))
            if not self.take(","):
                break
        self.need("in")
        return Let(tuple(bindings), self.expression())

    def _primary(self) -> Node:
        token = self.step()
        found: Node
        if token.kind == "text":
            found = Literal(token.value)
        elif token.kind == "number" or (token.kind == "op" and token.value == "-" and self.now.kind == "number"):
            found = _number(token.value if token.kind == "number" else f"-{self.step().value}")
        elif token.kind == "name":
            found = self._named(token)
        elif token.value == "(":
            found = self.expression()
            self.need(")")
        elif token.value == "{":
            found = Items(tuple(self._listed("}")))
        elif token.value == "[":
            found = self._record()
        else:
            raise NotM("not a query of the language")
        return self._with_suffixes(found)

    def _named(self, token: Token) -> Node:
        if not token.quoted:
            if token.value in {"true", "false", "null"}:
                return Literal({"true": True, "false": False, "null": None}[token.value])
            if token.value == "type":
                return self._type()
        return Name(token.value)

    def _with_suffixes(self, found: Node) -> Node:
        while self.is_("(", "[", "{"):
            if self.take("("):
                args = tuple(self._listed(")"))
                found = Call(found.name, args) if isinstance(found, Name) else Other((found, *args))
            else:  # a field or a row of something
                self._at = self._past(self._at)
                found = Other((found,))
        return found

    def _listed(self, end: str) -> Iterator[Node]:
        while not self.take(end):
            token, following = self.now, self._tokens[min(self._at + 1, len(self._tokens) - 1)]
            if token.kind in {"text", "number"} and following.kind == "op" and following.value in {",", end}:
                self._at += 1  # most of what there is
                yield Literal(token.value) if token.kind == "text" else _number(token.value)
            else:
                yield self.expression()
            if not self.is_(end):
                self.need(",")

    def _record(self) -> Node:
        """``[a = 1, b c = 2]``; a field of the row at hand, ``[a]``, is none."""
        fields = []
        while not self.take("]"):
            name = self.word()
            if not self.take("="):
                self._at = self._past(self._open())
                return Other(())
            fields.append((name, self.expression()))
            if not self.is_("]"):
                self.need(",")
        return Record(tuple(fields))

    def _open(self) -> int:
        """The bracket that was opened last before this place."""
        depth, at = 1, self._at
        while depth and at:
            at -= 1
            if self._tokens[at].kind == "op":
                depth += (self._tokens[at].value in ")]}") - (self._tokens[at].value in _CLOSING)
        return at

    def _type(self) -> Node:
        while self.now.value in _TYPED:
            self.step()
        if self.is_("table") and self._tokens[self._at + 1].value == "[":
            self.step()
            self.step()
            columns = []
            while not self.take("]"):
                self.take("optional")
                columns.append(self.word())
                if self.take("="):
                    self.expression()
                if not self.is_("]"):
                    self.need(",")
            return Type("table", tuple(columns))
        if self.is_("(", "[", "{"):
            self._at = self._past(self._at)
            return Type("")
        return Type(self.step().value)


def _number(text: str) -> Literal:
    try:
        return Literal(int(text, 0) if text.lstrip("-").isdigit() or "x" in text.lower() else float(text))
    except ValueError:  # 007, or more digits than Python reads
        return Literal(float(text) if len(text) < 400 else None)
