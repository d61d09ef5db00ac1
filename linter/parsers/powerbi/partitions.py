"""Where the rows of a model's tables are: stored, typed into the definition, live elsewhere, or not in the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from linter.container import SCHEMA
from linter.model import Store, Table, TableColumn, UnreadPart
from linter.parsers.powerbi.model import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


CALCULATED, NONE, CALCULATION_GROUP = 2, 3, 7  # Partition.Type
IMPORT, DIRECT_QUERY, DEFAULT, PUSH, DUAL, DIRECT_LAKE = range(6)  # Partition.Mode
NO_DATA = 3  # Partition.State
PART = "DataModel"
_LIVE = frozenset({DIRECT_QUERY, PUSH, DIRECT_LAKE})
_MADE_HERE = frozenset({CALCULATED, NONE, CALCULATION_GROUP})


class Partitions:
    """The partitions of a model's tables.

    Args:
        catalogue: rows by object kind.
        store: where stored rows lie (its ``table`` is filled in), None when they are not in the file.
        absent: why, for that case.
    """

    def __init__(self, catalogue: Mapping[str, list[dict[str, Any]]], store: Store | None, absent: str) -> None:
        self._rows, self._store, self._absent = catalogue, store, absent
        self._names = {row["ID"]: str(row["Name"]) for row in self._of("Table")}
        self._alike = Counter(map(fold, self._names.values()))
        self._by_table: dict[Any, list[Mapping[str, Any]]] = {}
        for row in self._of("Partition"):
            self._by_table.setdefault(row["TableID"], []).append(row)
        self._default_mode = next((row.get("DefaultMode") for row in self._of("Model")), IMPORT)

    def queries(self, table: Mapping[str, Any]) -> list[str]:
        """The texts that load a table."""
        return [str(p["QueryDefinition"]) for p in self._own(table) if p.get("QueryDefinition")]

    def is_calculated(self, table: Mapping[str, Any]) -> bool:
        """Whether DAX makes its rows."""
        return any(p.get("Type") == CALCULATED for p in self._own(table))

    def store(self, table: Mapping[str, Any]) -> Store | None:
        """Where the rows are that readers see; None where they are not in the file."""
        if self.unread(table) is not None:
            return None
        return self._typed(table) or self._stored(table)

    def unread(self, table: Mapping[str, Any]) -> str | None:
        """Why the rows of a table can't be had, or None when they can."""
        if self._alike[fold(str(table["Name"]))] > 1:
            return "another table of the model is called the same but for letter case"
        own = self._own(table)
        live = [p for p in own if self._mode(p) in _LIVE]
        if live and len(live) < len(own):
            return "some of its rows are queried live from the source (a DirectQuery partition) and are not in the file"
        if live:
            return "its rows are queried live from the source (DirectQuery) and are not in the file"
        if table.get("RowCount") or (self._store is not None and not self._never_loaded(table)):
            return None
        problem = (table.get("Typed") or {}).get("problem")
        absent = self._absent or "it was never loaded: refresh it in Power BI Desktop and save the file"
        return None if self._typed(table) else str(problem or absent)

    def kept(self, columns: Callable[[Mapping[str, Any]], tuple[TableColumn, ...]]) -> Iterator[Table]:
        """Rows in the file that no visual shows as they are: typed ones that steps change, and parts of tables.

        ``columns`` gives those of a stored table.
        """
        taken = {fold(name) for name in self._names.values()}
        for name, of, found, store in self._sets(columns):
            number = next(n for n in count(1) if fold(_numbered(name, n)) not in taken)
            taken.add(fold(_numbered(name, number)))
            yield Table(_numbered(name, number), _numbered(name, number), found, store, rows_of=of)

    def not_read(self) -> Iterator[UnreadPart]:
        """Queries with typed rows that nobody could read."""
        for row in self._with_typed():
            if row.get("NotRead"):
                fix = "load them from a file, so that they can be checked"
                yield UnreadPart(self._part(row), str(row["NotRead"]), fix, line=row.get("Line"))

    def loads(self) -> dict[str, tuple[str, int]]:
        """Where a text file says how a table is loaded: part and line, by table."""
        firsts = ((self._names.get(table), rows[0]) for table, rows in self._by_table.items())
        return {name: (str(r["Part"]), int(r["Line"])) for name, r in firsts if name and r.get("Line")}

    # -- inside ----------------------------------------------------------------------------------

    def _sets(
        self, columns: Callable[[Mapping[str, Any]], tuple[TableColumn, ...]]
    ) -> Iterator[tuple[str, str, tuple[TableColumn, ...], Store | None]]:
        """Name, table they belong to, columns and place of rows that belong to no table as they are."""
        for row in self._of("Table"):
            name, unread = str(row["Name"]), self.unread(row)
            if self._store is not None and row.get("RowCount") and unread is not None:
                yield f"{name} (rows in the file)", name, columns(row), self._stored(row)
            held = row.get("Typed") or {}
            if held.get("columns") and (unread is not None or self._typed(row) is None):
                yield f"{name} (typed rows)", name, _named(held), Store("typed", self._part(row), (held["key"],))
        for cut in self._with_typed():
            for held in cut.get("Kept") or ():
                of = str(held["of"] or self._names.get(cut.get("TableID"), "a query"))
                yield f"{of} (typed rows)", of, _named(held), Store("typed", self._part(cut), (held["key"],))

    def _with_typed(self) -> Iterator[Mapping[str, Any]]:
        for kind in ("Table", "Expression", "RefreshPolicy", "Mashup"):
            yield from self._of(kind)

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return self._rows.get(kind) or []

    def _own(self, table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return self._by_table.get(table["ID"], [])

    def _mode(self, partition: Mapping[str, Any]) -> object:
        """How a partition is loaded; what the model makes itself is always stored."""
        if partition.get("Type") in _MADE_HERE:
            return IMPORT
        mode = partition.get("Mode")
        return self._default_mode if mode == DEFAULT else mode

    def _stored(self, table: Mapping[str, Any]) -> Store | None:
        return replace(self._store, table=(str(table["Name"]),)) if self._store else None

    def _typed(self, table: Mapping[str, Any]) -> Store | None:
        """Where the typed rows of a table are that has no stored ones."""
        held = table.get("Typed") or {}
        if "key" not in held or (self._store is not None and not self._never_loaded(table)):
            return None
        return Store("typed", self._part((self._own(table) or [table])[0]), (held["key"],))

    def _never_loaded(self, table: Mapping[str, Any]) -> bool:
        own = self._own(table)
        return bool(own) and all(p.get("State") == NO_DATA for p in own)

    def _part(self, row: Mapping[str, Any]) -> str:
        return str(row.get("Part") or (SCHEMA if self._store is None else PART))


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _named(held: Mapping[str, Any]) -> tuple[TableColumn, ...]:
    return tuple(TableColumn(c, c, caption=c) for c in held["columns"])
