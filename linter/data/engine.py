"""What an engine in the data process can do, and the shapes that cross the pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.data.judging import Judgement
    from linter.disclosure.system import Ints


COMPUTED = "it is computed (by a step of the query, or in DAX), which is not done here, and its values are not given"
"""Why a column has no values where rows are typed or supplied."""


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """A column to make queryable: ``name`` is the model's id, ``physical`` its name in the store.

    ``counted``: only its distinct values are counted, so that any numbers may stand for them. ``computed``: the
    model has a formula for it.
    """

    name: str
    physical: str
    type: str
    collation: str = ""
    alike: tuple[str, ...] = ()  # names that do as well, case apart, where the file isn't the workbook's own
    counted: bool = False
    computed: bool = False


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A table to make queryable. ``path`` is a file on disk, ``table`` the physical table in it.

    ``also`` are the other files of a union, with the same columns asked for.
    """

    id: str
    kind: str
    path: str
    table: tuple[str, ...]
    columns: tuple[ColumnRequest, ...]
    separator: str | None = None
    encoding: str | None = None
    header: bool | None = True  # None: nothing says whether it has one
    locale: str = ""
    also: tuple[TableRequest, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TableRequest:
        """The inverse of ``dataclasses.asdict``."""
        columns = tuple(ColumnRequest(**{**c, "alike": tuple(c.get("alike", ()))}) for c in data["columns"])
        also = tuple(cls.from_json(other) for other in data.get("also", ()))
        return cls(**{**data, "columns": columns, "table": tuple(data["table"]), "also": also})


@dataclass(frozen=True, slots=True)
class Described:
    """Facts about a table: its rows, and per column distinct non-null values and nulls (None: unknown)."""

    id: str
    rows: int | None = None
    distinct: dict[str, int | None] = field(default_factory=dict)
    nulls: dict[str, int | None] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # by column id
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """Where a table can be queried: ``relation`` (name parts) and SQL names of its columns.

    ``problems`` maps column ids that can't be used to the reason; ``problem`` is about the table.
    ``collations`` holds those of the text columns that have one.
    """

    id: str
    relation: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    collations: dict[str, str] = field(default_factory=dict)


Row = Sequence[Any]


def places_alike(held: Sequence[str], columns: Sequence[ColumnRequest], found: dict[str, int]) -> dict[str, int]:
    """Positions of columns in ``held``, with those that are found by a name that does as well.

    An earlier name goes before a later one; a column of the file stands for one column asked for, and
    a name that fits several is nobody's.
    """
    positions: dict[str, list[int]] = {}
    for place, name in enumerate(held):
        positions.setdefault(name.strip().casefold(), []).append(place)
    found = dict(found)
    for rank in range(max((len(c.alike) for c in columns), default=0)):
        wanted: dict[int, list[str]] = {}
        for column in columns:
            name = column.alike[rank].strip().casefold() if rank < len(column.alike) else ""
            free = [p for p in positions.get(name, ()) if p not in found.values()]
            if name and column.name not in found and len(free) == 1:
                wanted.setdefault(free[0], []).append(column.name)
        found |= {names[0]: place for place, names in wanted.items() if len(names) == 1}
    return found


@dataclass(frozen=True, slots=True)
class Contents:
    """One table of a file: its physical name (schema and table, or a sheet) and columns as (name, type).

    Columns of flat files are of type ``other``: their values are read as text.
    """

    table: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Contents:
        """The inverse of ``dataclasses.asdict``."""
        return cls(tuple(data["table"]), tuple((name, kind) for name, kind in data["columns"]))


class Engine(Protocol):
    """An SQL engine that holds tables. Raises ``linter.errors.Unreadable`` for bad input."""

    def describe(self, requests: list[TableRequest]) -> list[Described]:
        """Count rows and values. One bad table doesn't stop the others."""
        ...

    def load(self, requests: list[TableRequest]) -> list[LoadedTable]:
        """Make the columns asked for queryable. One bad table doesn't stop the others."""
        ...

    def rows(self, sql: str) -> list[Row]:
        """Run a query and fetch its (aggregated) result."""
        ...

    def codes(self, sql: str, seconds: float) -> Ints:
        """All numbers that a query of whole numbers gives, row by row; stopped when time is up."""
        ...

    def judge(self, table: str, column: str, cap: int) -> Judgement:
        """What up to ``cap`` distinct non-null values of a described column are."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


def columnar(rows: list[Row], labels: int, opaque: Sequence[bool]) -> dict[str, Any]:
    """Turn result rows into dictionary-coded label columns and plain number columns.

    The first ``labels`` columns are labels; those marked opaque lose their values and keep only
    codes in order of first appearance, so that no member value of them leaves the process.
    """
    coded: list[dict[str, Any]] = []
    for position in range(labels):
        index: dict[Any, int] = {}
        codes = [index.setdefault(row[position], len(index)) for row in rows]
        values = [None if v is None else "•" if opaque[position] else as_text(v) for v in index]
        coded.append({"labels": values, "codes": codes})
    width = len(rows[0]) if rows else labels
    numbers = [[0 if row[p] is None else int(row[p]) for row in rows] for p in range(labels, width)]
    return {"groups": coded, "numbers": numbers, "cells": len(rows)}


def as_text(value: object) -> str:
    """A label as text; whole floats without the point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
