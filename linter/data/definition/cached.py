"""A project's data cache together with the definition beside it.

The definition is what the tool opens, so that its tables, measures and relationships count; the cache adds the rows
that were saved. What only the cache has is in the project all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.container import CACHE
from linter.data.definition import Catalogue, described
from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Row = dict[str, Any]

_M, _NO_DATA = 4, 3  # Partition.Type and State
_INFERRED = 1  # Column.ExplicitDataType


def with_definition(cache: Catalogue, path: Path) -> Catalogue:
    """The catalogue of a data cache, as the definition of its project has it; unchanged where there is none.

    A definition that can't be read is stated as ``Unknown``. A table whose query is not the one that its rows were
    saved with is ``Changed``, and stated.
    """
    folder = path.parent.parent
    if path.parent.name != ".pbi" or folder.suffix.lower() not in {".semanticmodel", ".dataset"}:
        return cache
    try:
        written = described(folder)
    except Unreadable as error:
        said = f"the definition can't be read, only the data cache beside it: {error.reason}"
        return {**cache, "Unknown": [{"ID": 0, "Name": said, "Part": error.part or CACHE}]}
    return _merged(cache, written) if written.get("Table") else cache


def _merged(cache: Catalogue, written: Catalogue) -> Catalogue:
    saved = {str(row["Name"]): row for row in cache["Table"]}
    tables = {str(row["Name"]): row for row in written["Table"]}
    for row in written["Model"]:
        row["Collation"] = next((r.get("Collation") for r in cache["Model"]), None)
    old_columns, columns = _by_table(cache["Column"]), _by_table(written["Column"])
    old_parts, parts = _by_table(cache["Partition"]), _by_table(written["Partition"])
    for name, row in tables.items():
        old = saved.get(name)
        held = old_parts.get(old["ID"], []) if old else []
        if not held or all(p.get("State") == _NO_DATA for p in held):
            for part in parts.get(row["ID"], ()):
                part["State"] = _NO_DATA
        if old is not None:
            row["RowCount"] = old.get("RowCount")
            written["Unknown"] += _changes(row, parts.get(row["ID"], []), held)
            written["Unknown"] += _match(name, columns.get(row["ID"], []), old_columns.get(old["ID"], []))
            written["Column"] += _lacking(row["ID"], columns.get(row["ID"], []), old_columns.get(old["ID"], []))
    gone = {row["ID"] for name, row in saved.items() if name not in tables}
    for kind, key in (("Table", "ID"), ("Column", "TableID"), ("Partition", "TableID")):
        written[kind] += [_apart(row) for row in cache[kind] if row[key] in gone]
    written["Expression"] += _earlier(cache, written)
    return written


def _by_table(rows: list[Row]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row["TableID"], []).append(row)
    return found


def _changes(table: Row, parts: list[Row], held: list[Row]) -> Iterator[Row]:
    """Say of a table whether it is loaded otherwise than it was."""
    now, then = ({_words(p.get("QueryDefinition")) for p in rows} for rows in (parts, held))
    if now != then and table.get("RowCount"):
        table["Changed"] = True
        yield _said(table, f"the rows of {table['Name']!r} were saved before its query was changed")


def _match(table: str, columns: list[Row], saved: list[Row]) -> Iterator[Row]:
    """Give columns what only the cache knows of them; those that are computed otherwise now are stated."""
    by_name = {_name(row): row for row in saved}
    for row in columns:
        old = by_name.get(_name(row))
        if old is None:  # whoever asks for its values is told that they are not there
            continue
        row["Cardinality"] = old.get("Cardinality")
        if row["ExplicitDataType"] == _INFERRED:
            row["ExplicitDataType"], row["InferredDataType"] = old.get("ExplicitDataType"), old.get("InferredDataType")
        if row.get("Expression") and _words(row["Expression"]) != _words(old.get("Expression")):
            yield _said(row, f"the values of {table}[{_name(row)}] were saved before its formula was changed")


def _lacking(table: object, columns: list[Row], saved: list[Row]) -> list[Row]:
    """Columns that only the cache has: their values are in the project."""
    known = {_name(row) for row in columns}
    return [{**_apart(row), "TableID": table} for row in saved if _name(row) not in known]


def _earlier(cache: Catalogue, written: Catalogue) -> list[Row]:
    """Queries that are in the cache alone, with whatever is typed into them."""
    names = {row["ID"]: str(row["Name"]) for row in cache["Table"]}
    now = {_words(row.get("QueryDefinition")) for row in written["Partition"]}
    now |= {_words(row.get("Expression")) for row in written["Expression"]}
    then = [(names.get(p["TableID"], ""), p.get("QueryDefinition")) for p in cache["Partition"] if p.get("Type") == _M]
    then += [(str(row.get("Name")), row.get("Expression")) for row in cache["Expression"]]
    return [
        {"ID": -1 - number, "Name": f"{name} (in the data cache)", "Expression": text, "Part": CACHE}
        for number, (name, text) in enumerate(then)
        if _words(text) and _words(text) not in now
    ]


def _apart(row: Row) -> Row:
    """A row of the cache with numbers that no object of the definition has."""
    return {**row, **{key: -row[key] for key in ("ID", "TableID", "SortByColumnID") if row.get(key)}}


def _said(row: Mapping[str, Any], reason: str) -> Row:
    return {"ID": 0, "Name": reason, "Part": row.get("Part") or CACHE, "Line": row.get("Line")}


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("ExplicitName") or row.get("InferredName") or "")


def _words(text: object) -> tuple[str, ...]:
    return tuple(str(text or "").split())
