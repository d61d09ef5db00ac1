"""Queries without the rows that are typed into them, by whatever way these are written.

Works on tokens, so that nothing of a query that isn't understood comes through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from linter.formulas.power_query.lexer import Token, tokens
from linter.formulas.power_query.packed import rows_packed
from linter.formulas.typed import MARK

TAKES_ROWS = {
    "#table": 1, "Table.FromRows": 0, "Table.FromRecords": 0, "Table.FromList": 0, "Table.FromColumns": 0,
    "Table.FromValue": 0, "Table.InsertRows": 2, "Table.ReplaceRows": 3, "Record.ToTable": 0,
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
_NOT_VARIABLES = frozenset({"let", "in", "each", "type", "meta", "null", "true", "false", "and", "or", "not"})


def without_rows(query: str) -> tuple[str, int]:
    """The query with its typed rows replaced by their number, and that number in all.

    What can't be counted counts as one row: something is there.
    """
    if not _SOME.search(query):
        return query, 0
    found = tokens(query)
    pieces: list[str] = []
    at = total = 0
    for first, last in _spans(found):
        rows = _rows(found[first : last + 1])
        total += rows
        mark = f'"({rows} {MARK})"'
        pieces += [query[at : found[first].start], mark if found[first].kind == "text" else f"{{{mark}}}"]
        at = found[last].end
    return "".join(pieces) + query[at:], total


def _spans(found: Sequence[Token]) -> list[tuple[int, int]]:
    """The literals that hold rows, as first and last token; none inside another."""
    spans: set[tuple[int, int]] = set()
    names: set[str] = set()
    for at, (token, following) in enumerate(pairwise(found)):
        place = TAKES_ROWS.get(token.value) if token.kind == "name" else None
        if place is not None and following.value == "(":
            _take(found, _argument(found, at + 2, place), spans, names)
    known = _bindings(found)
    if len(found) > 1:
        _take_result(found, known, spans, names)
    done: set[str] = set()
    while names - done:
        done.add(name := next(iter(names - done)))
        for span in known.get(name, ()):
            _take(found, span, spans, names)
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or first > kept[-1][1]:
            kept.append((first, last))
    return [span for span in kept if not _is_mark(found[span[0] : span[1] + 1])]


def _take(found: Sequence[Token], span: tuple[int, int], spans: set[tuple[int, int]], names: set[str]) -> None:
    """Note every literal of an argument, and the names that it takes its value from."""
    first, last = span
    at = first
    while at <= last:
        token = found[at]
        before = found[at - 1] if at else token
        bracket = token.kind == "op" and token.value in {"{", "["}
        if (bracket and not _is_value(before)) or (token.kind == "text" and at == first):
            end = _end(found, at)
            spans.add((at, end))
            at = end
        elif bracket:  # a field or a row of something
            at = _end(found, at)
        elif token.kind == "name" and found[at + 1].value == "(":
            room, _, function = token.value.partition(".")
            at = at if not function or room in _INTO else _end(found, at + 1)
        elif token.kind == "name" and token.value not in _NOT_VARIABLES:
            names.add(token.value)
        at += 1


def _take_result(
    found: Sequence[Token], known: dict[str, list[tuple[int, int]]], spans: set[tuple[int, int]], names: set[str]
) -> None:
    """Note a list that a query gives: another query may make rows of it."""
    ends = [found[-2].value] if found[-2].kind == "name" else []
    for first, last in [(0, len(found) - 2), *(s for name in ends for s in known.get(name, ()))]:
        if found[first].value == "{" or found[first].value.startswith("List."):
            _take(found, (first, last), spans, names)


def _is_value(token: Token) -> bool:
    """Whether a bracket after it takes a field or a row of something."""
    words = token.kind == "name" and token.value not in _NOT_VARIABLES
    return words or (token.kind == "op" and token.value in _CLOSE)


def _argument(found: Sequence[Token], at: int, place: int) -> tuple[int, int]:
    """First and last token of an argument of the call whose first argument begins at a place."""
    parts = list(_split(found, at))
    return parts[place] if place < len(parts) else (at, at - 1)


def _split(found: Sequence[Token], at: int) -> Iterator[tuple[int, int]]:
    """The stretches between commas, up to the bracket that closes."""
    depth, start = 0, at
    while found[at].kind != "end":
        token = found[at]
        if token.kind == "op":
            if not depth and token.value in _CLOSE | {","}:
                yield start, at - 1
                start = at + 1
                if token.value != ",":
                    return
            depth += (token.value in _OPEN) - (token.value in _CLOSE)
        at += 1
    yield start, at - 1


def _bindings(found: Sequence[Token]) -> dict[str, list[tuple[int, int]]]:
    """What stands behind ``name =``, up to the comma or the ``in`` that ends it."""
    known: dict[str, list[tuple[int, int]]] = {}
    for at, (token, following) in enumerate(pairwise(found)):
        if token.kind == "name" and following.value == "=" and following.kind == "op":
            first = last = at + 2
            while found[last].kind != "end" and found[last].value not in {",", "in", ")", "]", "}"}:
                last = _end(found, last) + 1
            known.setdefault(token.value, []).append((first, last - 1))
    return known


def _end(found: Sequence[Token], at: int) -> int:
    """The token that closes the bracket at a place; the place itself where there is none."""
    depth, start = 0, at
    while found[at].kind != "end":
        if found[at].kind == "op":
            depth += (found[at].value in _OPEN) - (found[at].value in _CLOSE)
        if depth <= 0:
            return at
        at += 1
    return max(start, at - 1)


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
    return any(t.kind == "text" and t.value.endswith(f" {MARK})") for t in span[:2])
