"""Power BI models: columns decoded from VertiPaq, counted in DuckDB."""

from __future__ import annotations

import contextlib
import importlib
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from linter.container import holds_rows
from linter.data.deadline import within
from linter.data.engine import Described, LoadedTable, Row, TableRequest
from linter.data.hyper import redact
from linter.data.judging import VALUES_CAP, Judgement, judged
from linter.data.typed import TypedTables
from linter.data.vertipaq import DECIMAL_SCALE, Column, ColumnProblem, VertipaqFile
from linter.errors import Unreadable

if TYPE_CHECKING:
    from types import ModuleType

    from duckdb import DuckDBPyConnection

    from linter.data.given import GivenTables
    from linter.disclosure.system import Ints


QUERY_SECONDS = 60.0
"""Longest that one query may take: what a difference leaves of a total may need every row for every cell."""

_AHEAD_SECONDS = 30.0  # longest that columns are judged before anybody asks
_MANY_ROWS = 500_000  # a thread of DuckDB takes some 120,000 at a time


def library() -> ModuleType:
    """DuckDB itself: its layer in Python takes longer to load than the database, and nothing of it is used."""
    try:
        return importlib.import_module("_duckdb")
    except ImportError:  # before version 1.4 it had another name
        return importlib.import_module("duckdb")


def open_database(*, case_sensitive: bool = False, rows: int = _MANY_ROWS) -> DuckDBPyConnection:
    """A database in memory: nothing may be fetched, written, or installed.

    Text compares, groups and joins without case, as in a Power BI model, unless that says otherwise.
    ``rows`` of the largest table: over a few, threads gain no time and cost memory.
    """
    connection: DuckDBPyConnection = library().connect(":memory:", config={"enable_external_access": "false"})
    if rows < _MANY_ROWS:
        connection.execute("SET threads = 1")
    connection.execute("SET pandas_analyze_sample = 1")  # a column's values are all of one type
    if not case_sensitive:
        connection.execute("SET default_collation = 'nocase'")
    return connection


class DuckEngine:
    """An in-memory database; columns of a table are decoded when they are first asked for.

    ``path`` None: there is no model to read, all rows are supplied. A template or project has a model
    without stored rows; some may be typed into it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._model = VertipaqFile(path) if path and holds_rows(path) else None
        self._case_sensitive = self._model is not None and self._model.case_sensitive
        self._typed = TypedTables()
        self._described: dict[str, TableRequest] = {}
        self._judged: dict[tuple[str, str, int], Judgement] = {}
        self._loads = 0

    def metadata(self) -> dict[str, list[dict[str, Any]]]:
        """The model's own metadata, without any row value: rows that are typed into it stay here."""
        from linter.data.definition.cutting import cut

        if self._path is None or self._model is not None:
            found = self._saved()
        else:
            from linter.data.definition import described, tells_cases_apart

            found = described(self._path)
            self._case_sensitive = any(tells_cases_apart(row.get("Collation")) for row in found.get("Model", ()))
        cut(found, self._typed)
        return found

    def _saved(self) -> dict[str, list[dict[str, Any]]]:
        """The metadata of a model with stored rows, with what is written down beside it."""
        found = self._file.metadata()
        if self._path is not None and self._path.suffix.lower() == ".abf":
            from linter.data.definition.cached import with_definition

            return with_definition(found, self._path)
        from linter.data.definition import older_queries

        return {**found, "Mashup": older_queries(self._path) if self._path else []}

    def get_ready(self) -> None:
        """Do what the next requests will need in any case; the database last, lest all needs memory at once."""
        if self._model is not None:
            self._model.get_ready()
            end = monotonic() + _AHEAD_SECONDS
            for table, column in self._model.worth_judging():
                if monotonic() > end:  # whoever asks meanwhile waits, and not for ever
                    break
                with contextlib.suppress(ColumnProblem):  # told to whoever asks for it
                    self._judge(table, column, VALUES_CAP)
            self._model.release()
        _ = self.connection

    def describe(self, requests: list[TableRequest]) -> list[Described]:
        """Rows and distinct values as the model states them; columns that state none are decoded."""
        return [self._describe(r) if r.kind == "vertipaq" else self._given.describe(r) for r in requests]

    def load(self, requests: list[TableRequest]) -> list[LoadedTable]:
        """Decode and register columns; each that fails is a problem of its own."""
        return [self._load(request) for request in requests]

    def rows(self, sql: str) -> list[Row]:
        """Run a query; errors keep the engine's message without any quoted text or number.

        Raises:
            Unreadable: the engine refused it, or it took more than ``QUERY_SECONDS``.
        """
        try:
            with within(QUERY_SECONDS, self.connection.interrupt):
                return list(self.connection.execute(sql).fetchall())
        except library().Error as error:
            raise Unreadable(f"the engine refused a query: {redact(str(error))}") from error

    def codes(self, sql: str, seconds: float) -> Ints:
        """All numbers of a query."""
        import numpy as np

        try:
            with within(seconds, self.connection.interrupt):
                found = self.connection.execute(sql).fetchnumpy()
        except library().Error as error:
            raise Unreadable(f"the engine refused a query: {redact(str(error))}") from error
        return np.column_stack([np.asarray(column, dtype=np.int64) for column in found.values()]).ravel()

    def judge(self, table: str, column: str, cap: int) -> Judgement:
        """What the distinct values of a column are; no more than ``cap`` of them are looked at."""
        request = self._described.get(table)
        if request is None:
            return judged(self._given.distinct(table, column, cap) or [])
        return self._judge(request.table[-1], next(c.physical for c in request.columns if c.name == column), cap)

    def close(self) -> None:
        """Let go of the data."""
        if "connection" in vars(self):
            self.connection.close()
        if self._model is not None:
            self._model.close()

    @cached_property
    def connection(self) -> DuckDBPyConnection:
        """The database, opened when it is first needed: a model's metadata are told without."""
        rows = self._model.most_rows if self._model else _MANY_ROWS
        return open_database(case_sensitive=self._case_sensitive, rows=rows)

    def _judge(self, table: str, column: str, cap: int) -> Judgement:
        asked = table, column, cap
        if asked not in self._judged:
            self._judged[asked] = judged(self._file.distinct_values(*asked)[0])
            self._file.forget_texts(table, column)
        return self._judged[asked]

    @cached_property
    def _given(self) -> GivenTables:
        from linter.data.given import GivenTables

        return GivenTables(self.connection, self._typed)

    @property
    def _file(self) -> VertipaqFile:
        if self._model is None:
            raise Unreadable("the file holds no data model", part="DataModel")
        return self._model

    def _describe(self, request: TableRequest) -> Described:
        self._described[request.id] = request
        name = request.table[-1]
        try:
            rows = self._file.row_count(name)
        except Unreadable as error:
            return Described(request.id, problem=error.reason)
        distinct: dict[str, int | None] = {}
        problems: dict[str, str] = {}
        for column in request.columns if rows else ():
            try:
                distinct[column.name] = self._file.distinct_count(name, column.physical)
            except ColumnProblem as error:
                problems[column.name] = error.reason
        return Described(
            request.id,
            rows,
            distinct,
            dict.fromkeys(distinct),
            {c.name: c.type for c in request.columns},
            problems,
        )

    def _load(self, request: TableRequest) -> LoadedTable:
        name = f"t{self._loads}"
        self._loads += 1
        if request.kind != "vertipaq":
            return self._given.load(request, name)
        columns: dict[str, Column] = {}
        problems: dict[str, str] = {}
        for column in request.columns:
            try:
                decode = self._file.keys if column.counted else self._file.column
                columns[column.physical] = decode(request.table[-1], column.physical)
            except ColumnProblem as error:
                problems[column.name] = error.reason
        try:
            rows = self._file.row_count(request.table[-1])
        except Unreadable as error:
            return LoadedTable(request.id, problem=error.reason)
        types = {c.physical: c.type for c in request.columns}
        hold(self.connection, name, {n: (column, types[n]) for n, column in columns.items()}, rows)
        names = {c.name: c.physical for c in request.columns if c.physical in columns}
        return LoadedTable(request.id, (name,), names, {c.name: c.type for c in request.columns}, problems)


def hold(connection: DuckDBPyConnection, name: str, columns: dict[str, tuple[Column, str]], rows: int) -> None:
    """Make a DuckDB table of decoded columns, each with its type in the model; of bare rows if there are none."""
    import numpy as np

    arrays: dict[str, Any] = {}
    fields, joins = [], []
    for i, (physical, (column, type_)) in enumerate(columns.items()):
        if _is_dictionary(column):  # a text is handed over once, not in every row
            words = np.arange(len(column.values), dtype=column.codes.dtype)
            connection.register(f"d{i}", {"code": words, "word": column.values})
            joins.append(f"LEFT JOIN d{i} ON decoded.c{i} = d{i}.code")
        arrays[f"c{i}"] = column.codes if _is_dictionary(column) else _array(column)
        value = f"d{i}.word" if _is_dictionary(column) else _expression(f"c{i}", column, type_)
        fields.append(f"{value} AS {quoted(physical)}")
    connection.register("decoded", arrays or {"row": np.arange(rows)})
    rows_of = f"SELECT {', '.join(fields) or '*'} FROM decoded {' '.join(joins)}"  # noqa: S608 - quoted
    connection.execute(f"CREATE TABLE {quoted(name)} AS {rows_of}")
    for registered in ("decoded", *(join.split()[2] for join in joins)):
        connection.unregister(registered)


def _is_dictionary(column: Column) -> bool:
    """Whether a column is of few texts in many rows."""
    return column.values.dtype == object and not column.decimals and 0 < 4 * len(column.values) < len(column.codes)


def quoted(name: str) -> str:
    """A name as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


def _array(column: Column) -> Any:
    """The values of all rows with null masked out; exact decimals as ten-thousandths."""
    import numpy as np

    null = column.codes < 0
    values = column.values
    if not len(values):
        return null
    if column.decimals:
        values = np.array([int(value * DECIMAL_SCALE) for value in values], np.int64)
    elif values.dtype.kind == "M":
        values = values.astype("datetime64[us]")
    return np.ma.masked_array(values[column.codes], null) if null.any() else values[column.codes]


def _expression(name: str, column: Column, type_: str) -> str:
    """What a column is made of, once its array is there under a name."""
    if not len(column.values):
        return f"CAST(NULL AS {_TYPES.get(type_, 'VARCHAR')})"
    return f"CAST({name} AS DECIMAL(19, 0)) * CAST(0.0001 AS DECIMAL(5, 4))" if column.decimals else name


_TYPES = {"integer": "BIGINT", "real": "DOUBLE", "date": "TIMESTAMP", "datetime": "TIMESTAMP", "boolean": "BOOLEAN"}
