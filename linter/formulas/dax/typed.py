"""Calculated tables of literals: ``DATATABLE``, ``{ ... }``, ``ROW``, and choices and unions of these.

Source: https://learn.microsoft.com/dax/datatable-function
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from linter.formulas.dax.lexer import DaxError, Token, tokens
from linter.formulas.dax.parser import MAX_DEPTH, parse
from linter.formulas.dax.tree import Call, Name, Node, Number, Ref, Rows, Text, Tuple, Unary, children, walk
from linter.formulas.typed import IN_DAX, MARK, UNKNOWN, NotRead, Row, Typed, TypedColumn

_TYPES = {
    "INTEGER": "integer", "DOUBLE": "real", "CURRENCY": "real", "STRING": "text", "BOOLEAN": "boolean",
    "DATETIME": "datetime",
}  # fmt: skip
_VALUES = frozenset({"TRUE", "FALSE", "BLANK", "DATE"})
_COMPUTED = "the table's DAX computes them"
_LITERAL = re.compile(r'[{"].*', re.DOTALL)


def typed_table(formula: str) -> Typed:
    """The table that the formula of a calculated table writes out.

    Raises:
        NotRead: it computes something, or names fields (a field parameter).
    """
    try:
        return _table(parse(formula))
    except DaxError as error:
        raise NotRead(error.reason) from None


def typed_in(formula: str) -> tuple[list[Typed], str]:
    """All literal rows in a formula, wherever they stand in it, and why some are not read."""
    try:
        tree = parse(formula)
    except DaxError as error:
        return [], error.reason
    found, problem = [], ""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Rows) or (isinstance(node, Call) and node.function in {"DATATABLE", "ROW"}):
            try:
                found.append(_table(node))
            except NotRead as error:
                problem = str(error)
        else:
            waiting.extend(children(node))
    return found, problem


def names_fields(formula: str) -> bool:
    """Whether it is a field parameter, whose rows are fields of the model."""
    return re.search(r"\bNAMEOF\s*\(", formula, re.IGNORECASE) is not None


def without_rows(formula: str) -> tuple[str, int]:
    """A calculated table's formula with its literal rows replaced by their number, and that number in all.

    What can't be counted counts as one row: something is there. Field parameters are left as they are.
    """
    if names_fields(formula) or not IN_DAX.search(formula):
        return formula, 0
    try:
        found = tokens(formula)
        spans = _spans(found)
    except DaxError:  # too long, too deep, or none: no literal comes through
        return _LITERAL.sub(f'"(1 {MARK})"', formula), 1
    pieces: list[str] = []
    at = total = 0
    for first, last, rows in spans:
        total += rows
        one_row = found[first].value == "("  # of ROW, which wants pairs
        pieces += [formula[at : found[first].position + 1], f'"({rows} {MARK})"', ", 1" if one_row else ""]
        at = found[last].position
    return "".join(pieces) + formula[at:], total


def _spans(found: Sequence[Token]) -> list[tuple[int, int, int]]:
    """Outermost braces, and brackets of ROW, with nothing but literals: first and last token, and rows in them.

    Raises:
        DaxError: nested so deep that the parser won't read it.
    """
    spans, ends = [], _ends(found)
    at = 0
    while at < len(found):
        of_row = found[at].value == "(" and at > 0 and found[at - 1].value.upper() == "ROW"
        if found[at].kind == "op" and (found[at].value == "{" or of_row):
            end = ends.get(at, len(found) - 1)
            marked = MARK in found[at + 1].value
            if at + 1 < end and not marked and all(_is_literal(found[i]) for i in range(at + 1, end)):
                spans.append((at, end, 1 if of_row else _items(found[at + 1 : end])))
                at = end
        at += 1
    return spans


def _ends(found: Sequence[Token]) -> dict[int, int]:
    """Where brackets are closed. Raises as ``_spans``."""
    ends: dict[int, int] = {}
    waiting: list[int] = []
    for at, token in enumerate(found):
        if token.kind == "op" and token.value in {"(", "{"}:
            waiting.append(at)
            if len(waiting) > MAX_DEPTH:
                raise DaxError("nested too deeply", token.position)
        elif token.kind == "op" and token.value in {")", "}"} and waiting:
            ends[waiting.pop()] = at
    return ends


def _items(inner: Sequence[Token]) -> int:
    depth, items = 0, 1
    for token in inner:
        if token.kind == "op":
            items += token.value == "," and not depth
            depth += (token.value in "({") - (token.value in ")}")
    return items


def _is_literal(token: Token) -> bool:
    if token.kind == "name":
        return token.value.upper() in _VALUES
    return token.kind in {"text", "number", "date"} or (token.kind == "op" and token.value in "(){},-+")


def _table(node: Node) -> Typed:
    match node:
        case Call("DATATABLE", (*named, Rows(rows))) if len(named) % 2 == 0:
            columns = [
                TypedColumn(_text(named[i]), i // 2, ((_type(named[i + 1]), "unknown"),))
                for i in range(0, len(named), 2)
            ]
            return _made(columns, [list(map(_value, r.rows)) if isinstance(r, Rows) else [_value(r)] for r in rows])
        case Rows(rows):
            read: list[Row] = [list(map(_value, r.items)) if isinstance(r, Tuple) else [_value(r)] for r in rows]
            width = len(read[0]) if read else 0
            names = ["Value"] if width == 1 else [f"Value{i + 1}" for i in range(width)]
            return _made([TypedColumn(n, i) for i, n in enumerate(names)], read)
        case Call("ROW", args) if args and len(args) % 2 == 0:
            columns = [TypedColumn(_text(args[i]), i // 2) for i in range(0, len(args), 2)]
            return _made(columns, [[_value(args[i]) for i in range(1, len(args), 2)]])
        case Call("SELECTCOLUMNS", (first, *named)) if named and len(named) % 2 == 0:
            return _chosen(_table(first), named)
        case Call("UNION", (first, second, *rest)):
            tables = [_table(n) for n in (first, second, *rest)]
            if len({len(t.columns) for t in tables}) > 1 or any(not _in_order(t) for t in tables):
                raise NotRead(_COMPUTED)
            return _made(list(tables[0].columns), [row for t in tables for row in t.read()])
    raise NotRead(_COMPUTED)


def _made(columns: list[TypedColumn], rows: list[Row]) -> Typed:
    if any(len(row) != len(columns) for row in rows) or len({c.name.casefold() for c in columns}) < len(columns):
        raise NotRead(_COMPUTED)
    return Typed(tuple(columns), lambda: rows)


def _in_order(table: Typed) -> bool:
    return all(c.place == i for i, c in enumerate(table.columns)) and table.whole


def _chosen(table: Typed, named: list[Node]) -> Typed:
    held = {c.name.casefold(): c for c in table.columns}
    columns = []
    for i in range(0, len(named), 2):
        of = named[i + 1]
        found = held.get(of.name.casefold()) if isinstance(of, Ref) and of.table is None else None
        if found is None:
            raise NotRead(_COMPUTED)
        columns.append(TypedColumn(_text(named[i]), found.place, found.casts))
    lost = {c.place for c in table.columns} - {c.place for c in columns}
    return Typed(tuple(columns), table.read, table.whole and not lost)


def _text(node: Node) -> str:
    if isinstance(node, Text):
        return node.value
    raise NotRead(_COMPUTED)


def _type(node: Node) -> str:
    return _TYPES.get(node.name.upper(), "unknown") if isinstance(node, Name) else "unknown"


def _value(node: Node) -> Any:
    match node:
        case Text(value):
            return value
        case Number():
            return node.value
        case Unary("-", Number() as number):
            return -number.value
        case Call("TRUE" | "FALSE" as word, ()):
            return word == "TRUE"
        case Call("BLANK", ()):
            return None
        case Call("DATE", (Number() as year, Number() as month, Number() as day)):
            try:
                return dt.date(int(year.value), int(month.value), int(day.value))
            except ValueError:
                return UNKNOWN
    if any(isinstance(part, Text | Number) for part in walk(node)):
        return UNKNOWN
    raise NotRead(_COMPUTED)
