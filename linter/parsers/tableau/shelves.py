"""Rows and columns: expressions of ``*`` (cross), ``/`` (nest), ``+`` (concatenate) and parentheses.

``+`` puts blocks side by side, each a table of its own; the other two combine fields within a block.
"""

from __future__ import annotations

import re

from linter.errors import Unreadable
from linter.parsers.tableau.names import REFERENCE
from linter.records import dataclass

MAX_BLOCKS = 256
MAX_NESTING = 100

_TOKEN = re.compile(rf"\s*(?:({REFERENCE.pattern})|([*/+()]))")

Block = tuple[str, ...]
"""References in the order of the shelf."""


def blocks(text: str | None) -> tuple[Block, ...]:
    """The blocks of a shelf: one empty block for an empty shelf.

    Raises:
        Unreadable: not a shelf expression, or with too many blocks.
    """
    if not text or not text.strip():
        return ((),)
    reader = _Reader(_tokens(text))
    found = reader.sum(0)
    if reader.at != len(reader.tokens):
        raise Unreadable("a shelf of an unknown form")
    return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable("a shelf of an unknown form")
        found.append(match[1] or match[2])
        at = match.end()
    return found


@dataclass
class _Reader:
    tokens: list[str]
    at: int = 0

    def sum(self, depth: int) -> tuple[Block, ...]:
        found = self._product(depth)
        while self._take("+"):
            found += self._product(depth)
        return found

    def _product(self, depth: int) -> tuple[Block, ...]:
        found = self._operand(depth)
        while self._take("*") or self._take("/"):
            right = self._operand(depth)
            if len(found) * len(right) > MAX_BLOCKS:
                raise Unreadable(f"a shelf with more than {MAX_BLOCKS} blocks")
            found = tuple(a + b for a in found for b in right)
        return found

    def _operand(self, depth: int) -> tuple[Block, ...]:
        if depth > MAX_NESTING or self.at >= len(self.tokens):
            raise Unreadable("a shelf of an unknown form")
        if self._take("("):
            found = self.sum(depth + 1)
            if not self._take(")"):
                raise Unreadable("a shelf of an unknown form")
            return found
        token = self.tokens[self.at]
        if token in {"+", "*", "/", ")"}:
            raise Unreadable("a shelf of an unknown form")
        self.at += 1
        return ((token,),)

    def _take(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False
