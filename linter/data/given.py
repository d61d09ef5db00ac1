"""Rows of a semantic model that are supplied, or typed into it, counted in DuckDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from linter.data.engine import Described, LoadedTable, TableRequest
from linter.data.flat import Flat, read_union
from linter.data.typed import TypedTables
from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from duckdb import DuckDBPyConnection

UNKNOWN = "other"
_GUESSES = ("integer", "real", "datetime")
_TYPES = {
    "text": ("string", "VARCHAR"), "integer": ("Int64", "BIGINT"), "real": ("Float64", "DOUBLE"),
    "boolean": ("boolean", "BOOLEAN"),
    "date": ("datetime64[s]", "TIMESTAMP"), "datetime": ("datetime64[s]", "TIMESTAMP"),
}  # fmt: skip
"""A semantic model has no dates without a time of day."""


class GivenTables:
    """Flat files, and rows typed into a model, as tables of a database, each read once."""

    def __init__(self, connection: DuckDBPyConnection, typed: TypedTables) -> None:
        self._connection = connection
        self._typed = typed
        self._read: dict[str, Flat] = {}
        self._requests: dict[str, TableRequest] = {}

    def describe(self, request: TableRequest) -> Described:
        """Rows and distinct values of one table; a file that can't be read is its problem."""
        try:
            flat = self._flat(request)
        except Unreadable as error:
            return Described(request.id, problem=error.reason)
        found = Described(request.id, len(flat.rows), types=flat.types, problems={**flat.problems, **flat.missing})
        for place, column in enumerate(request.columns):
            if column.name not in flat.missing:
                values = [row[place] for row in flat.rows]
                found.distinct[column.name] = len({_folded(v) for v in values if v is not None})
                found.nulls[column.name] = sum(v is None for v in values)
        return found

    def load(self, request: TableRequest, name: str) -> LoadedTable:
        """The columns asked for as the database table ``name``.

        A column whose values don't fit its type is refused: the tool would make nulls of them.
        """
        try:
            flat = self._flat(self._requests.get(request.id, request))
        except Unreadable as error:
            return LoadedTable(request.id, problem=error.reason)
        every = [c.name for c in self._requests[request.id].columns]
        lost = {**flat.problems, **flat.missing}
        kept = [c for c in request.columns if c.name not in lost]
        sql_names = {c.name: f"c{i}" for i, c in enumerate(kept)}
        columns = {
            sql_names[c.name]: ([row[every.index(c.name)] for row in flat.rows], *_TYPES[flat.types[c.name]])
            for c in kept
        }
        frame = _frame({column: (values, kind) for column, (values, kind, _) in columns.items()}, len(flat.rows))
        types = {column: kind for column, (_, _, kind) in columns.items()} or {"row": "BIGINT"}
        casts = [exp.cast(exp.column(column), kind).as_(column) for column, kind in types.items()]
        self._connection.register(f"{name}_given", frame)
        source = exp.select(*casts).from_(f"{name}_given")
        self._connection.execute(exp.Create(this=exp.to_table(name), kind="TABLE", expression=source).sql("duckdb"))
        self._connection.unregister(f"{name}_given")
        problems = {c.name: lost[c.name] for c in request.columns if c.name in lost}
        return LoadedTable(request.id, (name,), sql_names, flat.types, problems)

    def distinct(self, table: str, column: str, cap: int) -> list[Any] | None:
        """Distinct values of a table that was described; None for one that isn't here."""
        if table not in self._read:
            return None
        flat, request = self._read[table], self._requests[table]
        place = next(i for i, c in enumerate(request.columns) if c.name == column)
        return list(dict.fromkeys(row[place] for row in flat.rows if row[place] is not None))[:cap]

    def _flat(self, request: TableRequest) -> Flat:
        if request.id not in self._read:
            self._requests[request.id] = request
            self._read[request.id] = _guessed(self._of(request), request, self._of)
        return self._read[request.id]

    def _of(self, request: TableRequest) -> Flat:
        return self._typed.flat(request) if request.kind == "typed" else read_union(request)


def _guessed(flat: Flat, request: TableRequest, read: Callable[[TableRequest], Flat]) -> Flat:
    """The same with types for columns of which nobody knows one (there is no model): what all values fit."""
    for column in request.columns:
        if column.type != UNKNOWN or column.name in flat.missing:
            continue
        for kind in _GUESSES:
            asked = replace(request, columns=(replace(column, type=kind),), also=())
            guess = read(asked)
            place = request.columns.index(column)
            texts, values = {row[place] for row in flat.rows}, {row[0] for row in guess.rows}
            if not guess.problems and len(values - {None}) and len(texts) == len(values):  # 01 and 1 stay apart
                flat.types[column.name] = kind
                flat.rows = [
                    (*row[:place], new[0], *row[place + 1 :]) for row, new in zip(flat.rows, guess.rows, strict=True)
                ]
                break
    return flat


def _frame(columns: dict[str, tuple[list[Any], str]], rows: int) -> pd.DataFrame:
    import pandas as pd

    if not columns:
        return pd.DataFrame({"row": range(rows)})
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for name, (values, kind) in columns.items()})


def _folded(value: object) -> object:
    """Text as the model tells it apart."""
    return value.casefold() if isinstance(value, str) else value
