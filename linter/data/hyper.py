"""Tableau extracts queried in place by the Hyper engine, and flat files in its temporary tables.

Why Hyper: text columns of extracts carry a collation (``en_GB_CI`` makes ``SEN`` and ``sen`` one
group), it is the engine that Tableau itself uses, and no second copy of pupil data is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linter.data.deadline import within
from linter.data.engine import Contents, Described, LoadedTable, Row, TableRequest, places_alike
from linter.data.judging import Judgement, judged
from linter.errors import Unreadable

if TYPE_CHECKING:
    from tableauhyperapi import TableDefinition, TableName

    from linter.disclosure.system import Ints

_TYPES = {
    "TEXT": "text", "VARCHAR": "text", "CHAR": "text", "JSON": "text", "BOOL": "boolean",
    "SMALL_INT": "integer", "INT": "integer", "BIG_INT": "integer", "OID": "integer",
    "DOUBLE": "real", "FLOAT": "real", "NUMERIC": "real", "DATE": "date", "TIMESTAMP": "datetime",
    "TIMESTAMP_TZ": "datetime", "TABGEOGRAPHY": "geometry",
}  # fmt: skip
_QUOTES = re.compile(r"['\"`\n\r]")
_NUMBER = re.compile(r"[0-9]+")


class HyperEngine:
    """One Hyper process and connection; extract files are attached as they are first asked for."""

    def __init__(self, log_directory: str) -> None:
        """``log_directory``: the private one, where codes are put down for a moment as well."""
        try:
            from tableauhyperapi import Connection, HyperProcess, Telemetry
        except ImportError as error:
            raise Unreadable(
                "the Hyper engine is not available on this platform, so extracts can't be read",
                fix="run disclint on 64-bit Linux, Windows or macOS",
            ) from error
        # Without an empty log_config Hyper writes query text to a log in the current directory.
        self._process = HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
            parameters={"log_config": "", "log_dir": log_directory},
        )
        self._connection = Connection(self._process.endpoint)
        self._directory = Path(log_directory)
        self._attached: dict[str, str] = {}
        self._tables: dict[str, LoadedTable] = {}
        self._distinct: dict[tuple[str, str], int] = {}
        self._temporary = 0

    def describe(self, requests: list[TableRequest]) -> list[Described]:
        """Attach extracts, read flat files, count all columns of a table in one query."""
        return [self._describe(request) for request in requests]

    def load(self, requests: list[TableRequest]) -> list[LoadedTable]:
        """Where the tables are: loading has nothing left to do once they are described."""
        return [self._load(request) for request in requests]

    def rows(self, sql: str) -> list[Row]:
        """Run a query; errors keep the engine's message without any quoted text or number."""
        from tableauhyperapi import HyperException

        try:
            return list(self._connection.execute_list_query(sql))
        except HyperException as error:
            raise Unreadable(f"the engine refused a query: {redact(str(error.main_message))}") from error

    def codes(self, sql: str, seconds: float) -> Ints:
        """All numbers of a query, by way of a file in the private directory: fetched row by row they are slow."""
        import numpy as np
        from tableauhyperapi import HyperException, escape_string_literal

        made = self._directory / "codes"
        write = f"COPY ({sql}) TO {escape_string_literal(str(made))} WITH (format csv, delimiter ' ')"
        try:
            with within(seconds, self._connection.cancel):
                self._connection.execute_command(write)
            return np.fromfile(made, dtype=np.int64, sep=" ")
        except HyperException as error:
            raise Unreadable(f"the engine refused a query: {redact(str(error.main_message))}") from error
        finally:
            made.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop the engine."""
        self._connection.close()
        self._process.close()

    def judge(self, table: str, column: str, cap: int) -> Judgement:
        """What the distinct values of a column are; no more than ``cap`` of them are looked at."""
        return judged(self._values(table, column, cap))

    def _values(self, table: str, column: str, cap: int) -> list[Any]:
        """Distinct values; no more than ``cap`` of them.

        Of a column that has more, the first rows do; only where they don't, all rows are looked at.
        """
        loaded = self._tables[table]
        name = quoted(loaded.columns[column])
        given = f"SELECT {name} FROM {quoted(*loaded.relation)} WHERE {name} IS NOT NULL"  # noqa: S608 - quoted
        first = [f"{given} LIMIT {4 * cap}"] if self._distinct.get((table, column), 0) > cap else []
        for rows in (*first, given):
            found = [row[0] for row in self.rows(f"SELECT DISTINCT {name} FROM ({rows}) AS v LIMIT {cap}")]  # noqa: S608
            if len(found) == cap:
                break
        return found

    def contents(self, path: str) -> list[Contents]:
        """Every table of an extract with its columns.

        Raises:
            Unreadable: it can't be opened.
        """
        from tableauhyperapi import HyperException

        try:
            database = self._database(path)
            catalog = self._connection.catalog
            names = [t for s in catalog.get_schema_names(database) for t in catalog.get_table_names(s)]
            return [
                Contents(
                    tuple(self._parts(name)),
                    tuple(
                        (str(c.name.unescaped), _TYPES.get(c.type.tag.name, "other"))
                        for c in catalog.get_table_definition(name).columns
                    ),
                )
                for name in names
            ]
        except HyperException as error:
            raise Unreadable(f"the extract can't be opened: {redact(str(error.main_message))}") from error

    def _database(self, path: str) -> str:
        """The name under which an extract is attached, once and read-only: other runs may read it as well."""
        from tableauhyperapi import escape_name

        if path not in self._attached:
            alias = f"s{len(self._attached)}"
            self._connection.execute_command(
                f"ATTACH DATABASE {escape_name(path)} AS {escape_name(alias)} WITH (access_mode = 'readonly')"
            )
            self._attached[path] = alias
        return self._attached[path]

    def _describe(self, request: TableRequest) -> Described:
        loaded = self._load(request)
        if loaded.problem:
            return Described(request.id, problem=loaded.problem)
        plain = [(c, sql) for c, sql in loaded.columns.items() if loaded.types[c] not in {"geometry", "other"}]
        counts = self._numbers(loaded, ["COUNT(*)", *(f"COUNT({quoted(sql)})" for _, sql in plain)])
        # One query per column: Hyper keeps the distinct values of a single column, but not of many at once.
        distinct = {c: self._numbers(loaded, [f"COUNT(DISTINCT {quoted(sql)})"])[0] for c, sql in plain}
        self._distinct |= {(request.id, c): n for c, n in distinct.items()}
        return Described(
            request.id,
            rows=counts[0],
            distinct={**distinct},
            nulls={c: counts[0] - n for (c, _), n in zip(plain, counts[1:], strict=True)},
            types=loaded.types,
            problems=loaded.problems,
        )

    def _numbers(self, loaded: LoadedTable, counts: Sequence[str]) -> list[int]:
        query = f"SELECT {', '.join(counts)} FROM {quoted(*loaded.relation)}"  # noqa: S608 - names are quoted
        return [int(v) for v in self.rows(query)[0]]

    def _load(self, request: TableRequest) -> LoadedTable:
        if request.id not in self._tables:
            self._tables[request.id] = self._open(request)
        return self._tables[request.id]

    def _open(self, request: TableRequest) -> LoadedTable:
        from tableauhyperapi import HyperException

        try:
            return self._attach(request) if request.kind == "hyper" else self._import(request)
        except Unreadable as error:
            return LoadedTable(request.id, problem=error.reason)
        except HyperException as error:
            return LoadedTable(request.id, problem=f"the extract can't be opened: {redact(str(error.main_message))}")

    def _attach(self, request: TableRequest) -> LoadedTable:
        name = self._find(self._database(request.path), request)
        definition = self._connection.catalog.get_table_definition(name)
        held = [str(c.name.unescaped) for c in definition.columns]
        exact = {c.name: held.index(c.physical) for c in request.columns if c.physical in held}
        places = places_alike(held, request.columns, exact)
        columns = {name: held[place] for name, place in places.items()}
        missing = {c.name: "the extract has no such column" for c in request.columns if c.name not in places}
        types = {name: _TYPES.get(definition.columns[p].type.tag.name, "other") for name, p in places.items()}
        collations = {n: c for n, p in places.items() if (c := definition.columns[p].collation)}
        relation = (self._attached[request.path], *self._parts(name))
        return LoadedTable(request.id, relation, columns, types, missing, collations=collations)

    @staticmethod
    def _parts(name: TableName) -> list[str]:
        schema = name.schema_name
        return [*([str(schema.name.unescaped)] if schema else []), str(name.name.unescaped)]

    def _find(self, database: str, request: TableRequest) -> TableName:
        """The table asked for; the only table there is when none was named."""
        catalog = self._connection.catalog
        tables = [t for s in catalog.get_schema_names(database) for t in catalog.get_table_names(s)]
        for table in tables:
            if tuple(self._parts(table))[-len(request.table) :] == request.table and request.table:
                return table
        if len(tables) == 1:
            return tables[0]
        raise Unreadable(f"the extract holds no table {'.'.join(request.table)!r}")

    def _import(self, request: TableRequest) -> LoadedTable:
        from tableauhyperapi import Inserter

        from linter.data.flat import read_union

        flat = read_union(request)
        if not request.columns:
            raise Unreadable("none of its columns is known")  # the engine's inserter crashes on such a table
        self._temporary += 1
        definition = self._definition(f"t{self._temporary}", request, flat.types)
        self._connection.catalog.create_table(definition)
        with Inserter(self._connection, definition) as inserter:
            if flat.rows:
                inserter.add_rows(flat.rows)
            inserter.execute()
        columns = {c.name: f"c{i}" for i, c in enumerate(request.columns) if c.name not in flat.missing}
        return LoadedTable(
            request.id, (f"t{self._temporary}",), columns, dict(flat.types), {**flat.missing, **flat.problems}
        )

    @staticmethod
    def _definition(name: str, request: TableRequest, types: dict[str, str]) -> TableDefinition:
        from tableauhyperapi import Persistence, SqlType, TableDefinition

        made: dict[str, Any] = {
            "text": SqlType.text, "integer": SqlType.big_int, "real": SqlType.double, "date": SqlType.date,
            "datetime": SqlType.timestamp, "boolean": SqlType.bool,
        }  # fmt: skip
        columns = [
            TableDefinition.Column(
                f"c{i}",
                made[types[c.name]](),
                collation=(c.collation or None) if types[c.name] == "text" else None,
            )
            for i, c in enumerate(request.columns)
        ]
        return TableDefinition(name, columns, persistence=Persistence.TEMPORARY)


def quoted(*names: str) -> str:
    """A name of one or several parts as Hyper reads it."""
    from tableauhyperapi import escape_name

    return ".".join(escape_name(name) for name in names)


def redact(message: str) -> str:
    """What an engine says, without any value of the data.

    Values stand in quotes and may hold quotes themselves (O'Brien) or line breaks, so nothing after
    the first quote is kept; regular expressions stand bare after a second colon; numbers go as well.
    """
    told, *quoted = _QUOTES.split(message, maxsplit=1)
    said = ":".join(told.split(":")[:2]).rstrip(": ")
    return (_NUMBER.sub("…", said) + (" …" if quoted else ""))[:160] if said else "no reason given"
