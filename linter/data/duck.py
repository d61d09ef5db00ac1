"""Power BI models: columns decoded from VertiPaq, counted in DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from linter.data.engine import Described, LoadedTable, Row, TableRequest
from linter.data.hyper import redact
from linter.data.vertipaq import ColumnProblem, VertipaqFile
from linter.errors import Unreadable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_database() -> DuckDBPyConnection:
    """A database in memory: nothing may be fetched, written, or installed."""
    import duckdb

    return duckdb.connect(":memory:", config={"enable_external_access": "false"})


class DuckEngine:
    """An in-memory database; columns of a table are decoded when they are first asked for."""

    def __init__(self, path: Path) -> None:
        self._file = VertipaqFile(path)
        self._connection = open_database()
        self._described: dict[str, TableRequest] = {}
        self._loads = 0

    def metadata(self) -> dict[str, list[dict[str, Any]]]:
        """The model's own metadata, without any row value."""
        return self._file.metadata()

    def describe(self, requests: list[TableRequest]) -> list[Described]:
        """Rows and distinct values as the model states them; columns that state none are decoded."""
        return [self._describe(request) for request in requests]

    def load(self, requests: list[TableRequest]) -> list[LoadedTable]:
        """Decode and register columns; each that fails is a problem of its own."""
        return [self._load(request) for request in requests]

    def rows(self, sql: str) -> list[Row]:
        """Run a query; errors keep the engine's message without any quoted text or number."""
        import duckdb

        try:
            return list(self._connection.execute(sql).fetchall())
        except duckdb.Error as error:
            raise Unreadable(f"the engine refused a query: {redact(str(error))}") from error

    def distinct(self, table: str, column: str, cap: int) -> list[Any]:
        """Distinct values; no more than ``cap`` of them."""
        request = self._described[table]
        physical = next(c.physical for c in request.columns if c.name == column)
        try:
            return self._file.distinct_values(request.table[-1], physical, cap)[0]
        except ColumnProblem:
            return []  # the problem itself is reported by ``describe`` or ``load``

    def close(self) -> None:
        """Let go of the data."""
        self._connection.close()
        self._file.close()

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
        series, problems = {}, {}
        for column in request.columns:
            try:
                series[column.physical] = self._file.table(request.table[-1], [column.physical])[column.physical]
            except ColumnProblem as error:
                problems[column.name] = error.reason
        name = f"t{self._loads}"
        self._loads += 1
        try:
            self._register(name, series, self._file.row_count(request.table[-1]))
        except Unreadable as error:
            return LoadedTable(request.id, problem=error.reason)
        columns = {c.name: c.physical for c in request.columns if c.physical in series}
        return LoadedTable(request.id, (name,), columns, {c.name: c.type for c in request.columns}, problems)

    def _register(self, name: str, series: dict[str, Any], rows: int) -> None:
        """A DuckDB table of the decoded columns; of bare rows when none was asked for."""
        import pandas as pd

        frame = pd.DataFrame(series) if series else pd.DataFrame({"row": range(rows)})
        self._connection.register(f"{name}_frame", frame)
        source = exp.select(exp.Star()).from_(exp.to_identifier(f"{name}_frame", quoted=True))
        self._connection.execute(exp.Create(this=exp.to_table(name), kind="TABLE", expression=source).sql("duckdb"))
        self._connection.unregister(f"{name}_frame")
