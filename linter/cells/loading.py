"""Bringing a workbook's tables into its engine, and what the engine says about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from linter.archive import Archive
from linter.cells.dialects import Engine
from linter.cells.supplied import part_of
from linter.data.engine import COMPUTED, ColumnRequest, Described, LoadedTable, TableRequest
from linter.data.judging import CODES
from linter.data.process import DataProcess
from linter.errors import DataProcessFailed, Unreadable
from linter.evidence import ColumnEvidence, TableEvidence, is_supplied
from linter.expressions import Column
from linter.model import Source, Store, Table, TableColumn, UnreadPart, Workbook
from linter.records import dataclass
from linter.text import listing

_JUDGED = frozenset({"text", "integer", "date", "datetime", "other"})

Key = tuple[str, str]  # source id, table id


@dataclass(slots=True)
class Loader:
    """Opens stores once, describes every table once, and loads columns when they are needed.

    ``unread`` collects what could not be had; a failed process ends all further loading.
    """

    workbook: Workbook
    path: Path
    process: DataProcess
    unread: list[UnreadPart] = field(default_factory=list)
    tables: dict[Key, TableEvidence] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)
    _requests: dict[Key, TableRequest] = field(default_factory=dict)
    _failed: str = ""

    @property
    def engine(self) -> Engine:
        """The engine that holds this workbook's rows."""
        return "duckdb" if self.workbook.tool == "powerbi" else "hyper"

    def discover(self) -> None:
        """Give files that no source reads, such as old extracts left in the package, their tables and columns."""
        sources = tuple(
            replace(s, tables=tuple(t for table in s.tables for t in self._held(table))) for s in self.workbook.sources
        )
        if sources != self.workbook.sources:
            self.workbook = replace(self.workbook, sources=sources)

    def _held(self, table: Table) -> list[Table]:
        """The tables in the file of one without columns; the table itself where it has some."""
        store = table.store
        if store is None or table.columns or table.unread or store.kind in {"vertipaq", "typed"} or self._failed:
            return [table]
        try:
            held = self.process.contents(store.kind, self._file(store))
        except DataProcessFailed as error:
            self._fail(str(error))
            return [table]
        except Unreadable as error:
            self.unread.append(UnreadPart(store.member, error.reason, error.fix))
            return [replace(table, store=None, unread=error.reason)]
        return [
            replace(
                table,
                id=table.id if len(held) == 1 else f"{table.id} {'.'.join(found.table)}",
                caption=table.caption if len(held) == 1 else f"{table.caption} {found.table[-1]}",
                columns=tuple(
                    TableColumn(name, name, kind, name)  # type: ignore[arg-type] # kinds are the engine's own words
                    for name, kind in found.columns
                ),
                store=replace(store, table=found.table),
            )
            for found in held
        ]

    def describe(self) -> None:
        """Count rows and values of every table that is in the file."""
        for source in self.workbook.sources:
            for table in source.tables:
                request = self._request(source, table)
                if request is not None:
                    self._requests[source.id, table.id] = request
        if not self._requests or self._failed:
            return
        try:
            described = self.process.describe(list(self._requests.values()))
        except (DataProcessFailed, Unreadable) as error:
            self._fail(str(error))
            return
        for (source_id, table_id), request in self._requests.items():
            self._note(source_id, table_id, described[request.id])

    def judge(self) -> None:
        """Look at distinct values: text, whole numbers and dates for identifiers, few numbers for codes."""
        wanted = [
            (key, name)
            for key, evidence in self.tables.items()
            for name, column in evidence.columns.items()
            if column.distinct and self._worth_judging(key, name, column.distinct)
        ]
        if not wanted or self._failed:
            return
        try:
            judged = self.process.judge([(self._requests[key].id, name) for key, name in wanted])
        except (DataProcessFailed, Unreadable) as error:
            self._fail(str(error))
            return
        for (key, name), found in zip(wanted, judged, strict=True):
            evidence = self.tables[key]
            column = evidence.columns[name]
            better = replace(
                column,
                identifiers=found["shares"],
                checked=found["checked"],
                problem=found["problem"] or column.problem,
                earliest_year=found["earliest"],
                latest_year=found["latest"],
                codes=None if found["codes"] is None else tuple(found["codes"]),
            )
            self.tables[key] = TableEvidence(evidence.rows, {**evidence.columns, name: better}, evidence.problem)
            if found["problem"]:
                self._unread_columns(key, {name: found["problem"]})

    def load(
        self, source: Source, needed: Mapping[str, Iterable[str]], keys: Collection[Column] = ()
    ) -> dict[str, LoadedTable]:
        """Make columns queryable: ``needed`` maps table ids to column ids. Raises like the process.

        Of ``keys`` that are not needed otherwise it is enough which are equal.
        """
        requests = []
        for table_id in dict.fromkeys([*needed, *(k.table for k in keys)]):
            request = self._requests.get((source.id, table_id))
            if request is not None:
                names = set(needed.get(table_id, ()))
                counted = {k.name for k in keys if k.table == table_id} - names
                kept = tuple(
                    replace(c, counted=c.name in counted) for c in request.columns if c.name in names | counted
                )
                requests.append(request if self.engine == "hyper" else _with_columns(request, kept))
        ids = {r.id: t for (s, t), r in self._requests.items() if s == source.id}
        return {ids[i]: loaded for i, loaded in self.process.load(requests).items()} if requests else {}

    def why_not(self, source: Source, table_id: str) -> str | None:
        """Why the rows of a table are not at hand; None if they are."""
        if self._failed:
            return self._failed
        table = source.table(table_id)
        if table is None:
            return "the table is not in the file"
        evidence = self.tables.get((source.id, table_id))
        if evidence is None:
            return table.unread or source.reason or "its rows are not in the file"
        return evidence.problem

    # -- inside ----------------------------------------------------------------------------------

    def _worth_judging(self, key: Key, name: str, distinct: int) -> bool:
        source = self.workbook.source(key[0])
        table = source.table(key[1]) if source else None
        column = table.column(name) if table else None
        return (
            column is not None
            and not (table and table.generated)
            and (column.type in _JUDGED or (column.type == "real" and distinct <= CODES))
        )

    def _note(self, source_id: str, table_id: str, described: Described) -> None:
        names = {*described.distinct, *described.problems}
        columns = {
            n: ColumnEvidence(described.distinct.get(n), described.nulls.get(n), problem=described.problems.get(n))
            for n in names
        }
        self.tables[source_id, table_id] = TableEvidence(described.rows, columns, described.problem)
        source = self.workbook.source(source_id)
        table = source.table(table_id) if source else None
        if described.problem and table is not None and table.store is not None:
            part = part_of(table) or self.workbook.path
            self.unread.append(UnreadPart(part, described.problem, blocks_data=True))
        self._unread_columns(
            (source_id, table_id),
            {n: r for n, r in described.problems.items() if n not in described.distinct and r != COMPUTED},
        )

    def _unread_columns(self, key: Key, problems: Mapping[str, str]) -> None:
        """Columns whose values nobody could look at."""
        source = self.workbook.source(key[0])
        table = source.table(key[1]) if source else None
        for reason in dict.fromkeys(problems.values()):
            named = listing([n for n, why in problems.items() if why == reason])
            part = part_of(table) or self.workbook.path
            caption = table.caption if table else key[1]
            self.unread.append(UnreadPart(part, f"{caption}: {named}: {reason}", blocks_data=True))

    def _request(self, source: Source, table: Table) -> TableRequest | None:
        if table.store is None or table.unread:
            return None
        supplied = is_supplied(table)
        columns = tuple(
            ColumnRequest(
                c.name,
                c.physical,
                c.type,
                c.collation,
                (c.physical, c.caption) if supplied else (),
                computed=c.formula is not None,
            )
            for c in table.columns
        )
        try:
            return self._of_store(f"{source.id}\n{table.id}", table.store, columns)
        except Unreadable as error:
            part = UnreadPart(error.part or part_of(table), error.reason, error.fix, blocks_data=True)
            if part not in self.unread:
                self.unread.append(part)
            self.tables[source.id, table.id] = TableEvidence(None, {}, error.reason)
            return None

    def _of_store(self, name: str, store: Store, columns: tuple[ColumnRequest, ...]) -> TableRequest:
        return TableRequest(
            name, store.kind, self._file(store), store.table, columns, store.separator, store.encoding, store.header,
            store.locale, tuple(self._of_store(name, other, columns) for other in store.also),
        )  # fmt: skip

    def _file(self, store: Store) -> str:
        """The file on disk: beside the workbook, or extracted once into the private directory."""
        if store.kind in {"vertipaq", "typed"}:
            return str(self.path)
        if store.beside:
            beside = (self.path.parent / store.member).resolve()
            if not beside.is_file():
                raise Unreadable("the file is not beside the workbook", part=store.member)
            return str(beside)
        if store.member not in self._files:
            with Archive.open(self.path) as archive:
                self._files[store.member] = str(archive.extract(store.member, self.process.directory))
        return self._files[store.member]

    def _fail(self, reason: str) -> None:
        self._failed = reason
        self.unread.append(
            UnreadPart(
                self.workbook.path,
                reason,
                "nothing was evaluated from the data in this file",
                blocks_data=True,
            )
        )


def _with_columns(request: TableRequest, columns: tuple[ColumnRequest, ...]) -> TableRequest:
    return replace(request, columns=columns, also=tuple(_with_columns(other, columns) for other in request.also))
