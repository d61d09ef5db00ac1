"""Tables written out in a query: the values that stand in it, and what the library makes of them.

Source: https://learn.microsoft.com/powerquery-m/table-functions
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from linter.formulas.power_query.packed import json_in, unpacked
from linter.formulas.power_query.tree import Call, Name, Type
from linter.formulas.typed import UNKNOWN, NotRead, Row, Typed, TypedColumn
from linter.records import dataclass

CONSTRUCTORS = frozenset({"#table", "Table.FromRows", "Table.FromRecords", "Table.FromList", "Table.FromColumns"})


def made(function: str, values: list[Any]) -> Typed:
    """The table that one of ``CONSTRUCTORS`` makes of the values of its arguments.

    Raises:
        NotRead: they are no literals, or used in an unknown way.
    """
    if not values or (function == "#table" and len(values) != 2):
        raise NotRead(f"{function} is used in an unknown way")
    if function == "Table.FromList":
        return _listed(values[0], values[1:])
    if function == "Table.FromRecords":
        return _of_records(values[0], values[1:])
    columns, rows = values if function == "#table" else ((values[1:] or [None])[0], values[0])
    if function == "Table.FromColumns":
        rows = _turned(rows)
    names = _names(columns, lambda: _width(rows))
    return _plain(names, lambda: _checked(rows, len(names)))


def called(function: str, args: list[Any]) -> Any:
    """The value of the few functions that make literals."""
    if function in {"#date", "#datetime"} and all(isinstance(a, int) for a in args):
        try:
            return dt.date(*args) if function == "#date" else dt.datetime(*args)  # noqa: DTZ001 - as typed
        except (ValueError, TypeError):
            return UNKNOWN
    if function == "Binary.FromText" and args and isinstance(args[0], str):
        encoding = _word(args[1] if len(args) > 1 else 0, {"Base64": "base64", "Hex": "hex"}, {0: "base64", 1: "hex"})
        return _Packed(args[0], encoding or "unknown")
    if function == "Binary.Decompress" and len(args) == 2 and isinstance(args[0], _Packed):
        form = _word(args[1], {"Deflate": "deflate", "GZip": "gzip", "None": ""}, {0: "gzip", 1: "deflate", -1: ""})
        return replace(args[0], compression="unknown" if form is None else form)
    if function == "Text.ToBinary" and args and isinstance(args[0], str):
        return args[0]
    if function == "Json.Document" and args and isinstance(args[0], str | _Packed):
        return _Json(args[0])
    return Call(function, ()) if function.startswith("Splitter.") else UNKNOWN


@dataclass(frozen=True, slots=True)
class _Packed:
    text: str = field(repr=False)
    encoding: str
    compression: str = ""


@dataclass(frozen=True, slots=True)
class _Json:
    of: str | _Packed = field(repr=False)

    def value(self) -> Any:
        """What it holds, worked out when it is asked for."""
        try:
            inner = self.of
            return json_in(inner if isinstance(inner, str) else unpacked(inner.text, inner.encoding, inner.compression))
        except ValueError:
            raise NotRead("they are packed in a way that can't be read") from None


def _word(value: Any, names: Mapping[str, str], numbers: Mapping[int, str]) -> str | None:
    """What an option of the library means, by name or number."""
    if isinstance(value, Name):
        return names.get(value.name.rpartition(".")[2])
    return numbers.get(value) if isinstance(value, int) else None


def _plain(names: Sequence[str], read: Callable[[], list[Row]]) -> Typed:
    if len(set(names)) < len(names):
        raise NotRead("two of their columns have the same name")
    return Typed(tuple(TypedColumn(name, i) for i, name in enumerate(names)), read)


def _open(rows: Any) -> list[Any]:
    found = rows.value() if isinstance(rows, _Json) else rows
    if not isinstance(found, list):
        raise NotRead("they are not written as a list")
    return found


def _checked(rows: Any, width: int) -> list[Row]:
    """Rows of a list of lists, each of the width that there are columns."""
    found = _open(rows)
    if not all(isinstance(row, list) and len(row) == width for row in found):
        raise NotRead("they differ in their number of values")
    return [[_scalar(v) for v in row] for row in found]


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | dt.date) else UNKNOWN


def _width(rows: Any) -> int:
    found = _open(rows)
    if not found or not isinstance(found[0], list):
        raise NotRead("nothing says how many columns they have")
    return len(found[0])


def _names(columns: Any, width: Callable[[], int]) -> list[str]:
    if isinstance(columns, Type) and columns.columns is not None:
        return list(columns.columns)
    if columns is None:
        return [f"Column{i + 1}" for i in range(width())]
    if isinstance(columns, list) and all(isinstance(c, str) for c in columns):
        return list(columns)
    raise NotRead("their columns are named in an unknown way")


def _turned(columns: Any) -> list[list[Any]]:
    """Rows of columns; a shorter column ends in nulls."""
    lists = _open(columns)
    if not all(isinstance(c, list) for c in lists):
        raise NotRead("they are not written as a list")
    longest = max(map(len, lists), default=0)
    return [[c[i] if i < len(c) else None for c in lists] for i in range(longest)]


def _of_records(rows: Any, rest: list[Any]) -> Typed:
    records = _open(rows)
    if not all(isinstance(r, dict) for r in records):
        raise NotRead("they are not written as records")
    stated = bool(rest) and rest[0] is not None
    names = _names(rest[0], lambda: 0) if stated else list(records[0]) if records else []
    if not all(set(names) == set(r) or (stated and set(names) < set(r)) for r in records):
        raise NotRead("their fields differ")
    return _plain(names, lambda: [[_scalar(r[n]) for n in names] for r in records])


def _listed(rows: Any, rest: list[Any]) -> Typed:
    """One column of a list, where nothing splits its values."""
    items = _open(rows)
    splitter = rest[0] if rest else None
    if any(isinstance(v, list | dict) or v is UNKNOWN for v in items):
        raise NotRead("they are not written as a list")
    by_nothing = splitter == Call("Splitter.SplitByNothing", ())
    if not by_nothing and not (splitter is None and all(isinstance(v, str) and not set(v) & set(',"') for v in items)):
        raise NotRead("their values are split in an unknown way")
    names = _names(rest[1] if len(rest) > 1 else None, lambda: 1)
    if len(names) != 1:
        raise NotRead("their values are split in an unknown way")
    return _plain(names, lambda: [[_scalar(v)] for v in items])
