"""Queries without the rows that are typed into them, by whatever way these are written.

Works on tokens, so that nothing of a query that isn't understood comes through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from linter.formulas.power_query.lexer import Token, tokens
from linter.formulas.power_query.packed import rows_packed
from linter.formulas.power_query.parser import MAX_DEPTH
from linter.formulas.typed import MARK

TAKES_ROWS = {
    "#table": 1, "Table.FromRows": 0, "Table.FromRecords": 0, "Table.FromList": 0, "Table.FromColumns": 0,
    "Table.FromValue": 0, "Table.FromPartitions": 1, "Table.InsertRows": 2, "Table.ReplaceRows": 3, "Record.ToTable": 0,
    "Binary.FromText": 0, "Text.ToBinary": 0, "Json.Document": 0, "Csv.Document": 0, "Xml.Tables": 0,
    "Xml.Document": 0, "Lines.FromText": 0, "Text.Split": 0, "#binary": 0, "Binary.FromList": 0,
}  # fmt: skip
"""Which argument of a function holds rows, where these are typed."""

_SOME = re.compile(
    r"#table|#binary|Table\.(?:From|InsertRows|ReplaceRows)|Record\.ToTable|(?:\bBinary|\bLines)\.From"
    r"|Text\.(?:ToBinary|Split)|(?:Json|Csv|Xml)\.(?:Document|Tables)|(?:\A|=)\s*\{|\bList\."
)
_INTO = frozenset({"List", "Text", "Record", "Lines", "Binary", "Json", "Value"})
"""Functions of the library whose arguments become rows; those of tables and sources take names and paths."""

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_NOT_VARIABLES = frozenset({
    "let", "in", "each", "type", "meta", "null", "true", "false", "and", "or", "not", "if", "then", "else", "try",
    "otherwise", "error", "is", "as", "shared", "section",
})  # fmt: skip


def without_rows(query: str) -> tuple[str, int]:
    """The query with its typed rows replaced by their number, and that number in all.

    What can't be counted counts as one row: something is there.
    """
    if not _SOME.search(query):
        return query, 0
    cutter = _Cutter(tokens(query))
    if cutter.depth > MAX_DEPTH:  # nobody can read it, and looking at every level of it takes long
        return f'{{"(1 {MARK})"}}', 1
    found = cutter.tokens
    pieces: list[str] = []
    at = total = 0
    for first, last in cutter.spans():
        rows = _rows(found[first : last + 1])
        total += rows
        mark = f'"({rows} {MARK})"'
        pieces += [query[at : found[first].start], mark if found[first].kind == "text" else f"{{{mark}}}"]
        at = found[last].end
    return "".join(pieces) + query[at:], total


class _Cutter:
    """Finds the literals that hold rows. ``depth``: how deep brackets and ``let`` are nested."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.tokens = found
        self.depth = 0
        self._ends: dict[int, int] = {}
        self._spans: set[tuple[int, int]] = set()
        self._names: set[str] = set()
        waiting: list[int] = []
        lets = 0
        for at, token in enumerate(found):
            if token.kind == "op" and token.value in _OPEN:
                waiting.append(at)
            elif token.kind == "op" and token.value in _CLOSE and waiting:
                self._ends[waiting.pop()] = at
            lets = max(0, lets + _is(token, "let") - _is(token, "in"))
            self.depth = max(self.depth, len(waiting) + lets)
        for at in waiting:  # never closed
            self._ends[at] = len(found) - 2

    def spans(self) -> list[tuple[int, int]]:
        """The literals that hold rows, as first and last token; none inside another."""
        for at, (token, following) in enumerate(pairwise(self.tokens)):
            place = TAKES_ROWS.get(token.value) if token.kind == "name" else None
            if place is not None and following.value == "(":
                self._take(*self._argument(at + 2, place))
        known = self._bindings()
        if len(self.tokens) > 1:
            self._take_result(known)
        done: set[str] = set()
        while self._names - done:
            done.add(name := next(iter(self._names - done)))
            for span in known.get(name, ()):
                self._take(*span)
        kept: list[tuple[int, int]] = []
        for first, last in sorted(self._spans, key=lambda s: (s[0], -s[1])):
            if not kept or first > kept[-1][1]:
                kept.append((first, last))
        return [span for span in kept if not _is_mark(self.tokens[span[0] : span[0] + 2])]

    def _take(self, first: int, last: int) -> None:
        """Note every literal of an argument, and the names that it takes its value from."""
        found, at = self.tokens, first
        while at <= last:
            token = found[at]
            before = found[at - 1] if at else token
            bracket = token.kind == "op" and token.value in {"{", "["}
            text = token.kind == "text" and (at == first or _is(before, "&"))
            if text or (bracket and not _is_value(before)):
                self._spans.add((at, self._end(at)))
                at = self._end(at)
            elif bracket:  # a field or a row of something
                at = self._end(at)
            elif token.kind == "name" and (token.quoted or token.value not in _NOT_VARIABLES):
                self._names.add(token.value)
                room, _, function = token.value.partition(".")
                if found[at + 1].value == "(" and function and room not in _INTO:
                    at = self._end(at + 1)
            at += 1

    def _take_result(self, known: dict[str, list[tuple[int, int]]]) -> None:
        """Note a list that a query gives: another query may make rows of it."""
        found = self.tokens
        ends = [found[-2].value] if found[-2].kind == "name" else []
        for first, last in [(0, len(found) - 2), *(s for name in ends for s in known.get(name, ()))]:
            if _is(found[first], "{") or found[first].value.startswith("List."):
                self._take(first, last)

    def _argument(self, at: int, place: int) -> tuple[int, int]:
        """First and last token of an argument of the call whose first argument begins at a place."""
        start, found = at, self.tokens
        while found[at].kind != "end":
            if _is(found[at], ",", *_CLOSE):
                if not place:
                    break
                if not _is(found[at], ","):
                    return start, start - 1
                place, start = place - 1, at + 1
            at = self._end(at) + 1
        return (start, at - 1) if not place else (start, start - 1)

    def _bindings(self) -> dict[str, list[tuple[int, int]]]:
        """What stands behind ``name =``, up to the comma or the ``in`` that ends it."""
        known: dict[str, list[tuple[int, int]]] = {}
        for at, (token, following) in enumerate(pairwise(self.tokens)):
            if token.kind == "name" and _is(following, "="):
                known.setdefault(token.value, []).append((at + 2, self._end_of_value(at + 2) - 1))
        return known

    def _end_of_value(self, at: int) -> int:
        """The token after a value; those of a ``let`` inside it are its own."""
        lets = 0
        while self.tokens[at].kind != "end":
            token = self.tokens[at]
            if _is(token, ";", *_CLOSE) or (not lets and _is(token, ",", "in")):
                break
            lets += _is(token, "let") - _is(token, "in")
            at = self._end(at) + 1
        return at

    def _end(self, at: int) -> int:
        """The token that closes the bracket at a place; the place itself where there is none."""
        return self._ends.get(at, at)


def _is(token: Token, *values: str) -> bool:
    """Whether it is one of those operators or words, not a text or a quoted name of the same letters."""
    return token.value in values and token.kind in {"op", "name"} and not token.quoted


def _is_value(token: Token) -> bool:
    """Whether a bracket after it takes a field or a row of something."""
    words = token.kind == "name" and (token.quoted or token.value not in _NOT_VARIABLES)
    return words or (token.kind == "op" and token.value in _CLOSE)


def _rows(span: Sequence[Token]) -> int:
    first = span[0]
    if first.kind == "text":
        return rows_packed(first.value)
    depth, commas = 0, 0
    for token in span[1:-1]:
        if token.kind == "op":
            commas += token.value == "," and not depth
            depth += (token.value in _OPEN) - (token.value in _CLOSE)
    return commas + 1 if first.value == "{" and len(span) > 2 else int(first.value != "{")


def _is_mark(span: Sequence[Token]) -> bool:
    """Whether the rows are cut out already."""
    return any(t.kind == "text" and t.value.endswith(f" {MARK})") for t in span)
