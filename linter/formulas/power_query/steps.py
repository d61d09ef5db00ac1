"""Steps of a query that change neither which rows a table has nor their values.

Source: https://learn.microsoft.com/powerquery-m/table-functions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from linter.formulas.power_query.tree import Name, Type
from linter.formulas.typed import UNKNOWN, NotRead, Typed, TypedColumn

TYPES = {
    "text": "text", "Text.Type": "text", "number": "real", "Number.Type": "real", "Double.Type": "real",
    "Decimal.Type": "real", "Currency.Type": "real", "Percentage.Type": "real", "Single.Type": "real",
    "Int64.Type": "integer", "Int32.Type": "integer", "Int16.Type": "integer", "Int8.Type": "integer",
    "logical": "boolean", "Logical.Type": "boolean", "date": "date", "Date.Type": "date",
    "datetime": "datetime", "DateTime.Type": "datetime", "any": "", "Any.Type": "",
}  # fmt: skip
"""Kinds of values by type; empty for one that changes nothing."""

_ADDS = {"Table.AddColumn": 0, "Table.AddIndexColumn": 0, "Table.DuplicateColumn": 1}
"""Which argument after the table names the new column."""


def _pairs(value: Any) -> list[tuple[str, Any]]:
    pairs = value if isinstance(value, list) and all(isinstance(v, list) for v in value) else [value]
    if not all(isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) for p in pairs):
        raise NotRead("columns are named in an unknown way")
    return [(name, what) for name, what in pairs]


def _texts(value: Any) -> list[str]:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(n, str) for n in names):
        raise NotRead("columns are named in an unknown way")
    return names


def _place(table: Typed, name: str, rest: list[Any]) -> int | None:
    """Where a column stands; None if it doesn't and that is allowed."""
    found = next((i for i, c in enumerate(table.columns) if c.name == name), None)
    if found is None and rest != [Name("MissingField.Ignore")]:
        raise NotRead("a step names a column that is not there")
    return found


def _retyped(table: Typed, args: list[Any]) -> Typed:
    given = args[1] if len(args) > 1 else None
    culture = given.get("Culture", UNKNOWN) if isinstance(given, dict) else given
    culture = "" if culture is None else culture if isinstance(culture, str) else "unknown"
    columns = list(table.columns)
    for name, kind in _pairs(args[0]) if args else ():
        place = _place(table, name, [])
        word = TYPES.get(kind.name, "unknown") if isinstance(kind, Type | Name) else "unknown"
        if place is not None and word:
            columns[place] = replace(columns[place], casts=(*columns[place].casts, (word, culture)))
    return replace(table, columns=tuple(columns))


def _renamed(table: Typed, args: list[Any]) -> Typed:
    columns = list(table.columns)
    for name, new in _pairs(args[0]) if args else ():
        place = _place(table, name, args[1:])
        if not isinstance(new, str):
            raise NotRead("columns are named in an unknown way")
        if place is not None:
            columns[place] = replace(columns[place], name=new)
    if len({c.name for c in columns}) < len(columns):
        raise NotRead("two of their columns have the same name")
    return replace(table, columns=tuple(columns))


def _removed(table: Typed, args: list[Any]) -> Typed:
    gone = {_place(table, name, args[1:]) for name in _texts(args[0] if args else None)}
    return _kept(table, [i for i in range(len(table.columns)) if i not in gone])


def _selected(table: Typed, args: list[Any]) -> Typed:
    places = [_place(table, name, args[1:]) for name in _texts(args[0] if args else None)]
    return _kept(table, [p for p in places if p is not None])


def _kept(table: Typed, places: list[int]) -> Typed:
    lost = any(c.place is not None for i, c in enumerate(table.columns) if i not in places)
    return replace(table, columns=tuple(table.columns[i] for i in places), whole=table.whole and not lost)


def _added(place: int) -> Callable[[Typed, list[Any]], Typed]:
    """A column of which only the name is known."""

    def add(table: Typed, args: list[Any]) -> Typed:
        name = args[place] if place < len(args) else UNKNOWN
        if not isinstance(name, str):
            raise NotRead("columns are named in an unknown way")
        return replace(table, columns=(*table.columns, TypedColumn(name, None)))

    return add


def _same(table: Typed, _: list[Any]) -> Typed:
    return table


STEPS: dict[str, Callable[[Typed, list[Any]], Typed]] = {
    "Table.TransformColumnTypes": _retyped,
    "Table.RenameColumns": _renamed,
    "Table.RemoveColumns": _removed,
    "Table.SelectColumns": _selected,
    **{function: _added(place) for function, place in _ADDS.items()},
    **{f"Table.{word}": _same for word in ("Buffer", "StopFolding", "Sort", "ReorderColumns", "ReverseRows")},
}
"""By function: the table after the step, from the one before and the other arguments."""
