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


def open_database(*, case_sensitive: bool = False) -> DuckDBPyConnection:
    """A database in memory: nothing may be fetched, written, or installed.

    Text compares, groups and joins without case, as in a Power BI model, unless that says otherwise.
    """
    import duckdb

    connection = duckdb.connect(":memory:", config={"enable_external_access": "false"})
    connection.execute("SET pandas_analyze_sample = 1000000000")  # the type of mixed columns is taken from all rows
    if not case_sensitive:
        connection.execute("SET default_collation = 'nocase'")
    return connection


class DuckEngine:
    """An in-memory database; columns of a table are decoded when they are first asked for."""

    def __init__(self, path: Path) -> None:
        self._file = VertipaqFile(path)
        self._connection = open_database(case_sensitive=self._case_sensitive())
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
        return self._file.distinct_values(request.table[-1], physical, cap)[0]

    def close(self) -> None:
        """Let go of the data."""
        self._connection.close()
        self._file.close()

    def _case_sensitive(self) -> bool:
        """Whether the model's collation, such as ``Latin1_General_100_BIN2_UTF8``, tells cases apart."""
        collations = [str(row.get("Collation") or "") for row in self._file.metadata()["Model"]]
        return any("_CS" in c.upper() or "_BIN" in c.upper() for c in collations)

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
