"""A model's own catalogue, an SQLite database: its objects, and where its columns are stored.

Read without the ready-made views of other readers, which leave out calculated tables and hidden
measures.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection

from linter.records import dataclass

Cell = str | int | float | bool | None
Rows = list[dict[str, Cell]]

CATALOGUE = (
    "Model", "Table", "Column", "Measure", "Relationship", "Partition", "Hierarchy", "Level", "Variation", "Role",
    "RoleMembership", "TablePermission", "ColumnPermission", "Expression", "DataSource", "CalculationGroup",
    "CalculationItem", "CalculationExpression", "Annotation", "ExtendedProperty", "KPI", "Perspective",
    "DetailRowsDefinition", "FormatStringDefinition", "RefreshPolicy", "RelatedColumnDetails", "GroupByColumn",
)  # fmt: skip
"""The catalogue tables handed on. Storage tables stay behind: they hold least and greatest values."""

NAME = "metadata.sqlitedb"
INTERNAL = 1  # SystemFlags of the engine's own index tables; calculated and auto date tables have 2
_ROW_NUMBER = 3  # Column.Type of the engine's own row number
_AUTOMATIC = 1  # ExplicitDataType of a column whose type is inferred
_VALUE_ENCODED = 2  # DictionaryStorage.Type of columns whose ids are numbers by themselves


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a column is stored and how.

    ``rows`` of its table, ``type`` as the catalogue numbers it, ``cardinality`` as stated (0: not),
    ``files`` in the order of the partitions; a ``dictionary``, or values by ``base`` and ``magnitude``.
    ``internal``: of an index table of the engine's own, or its row number.
    """

    rows: int
    type: int
    cardinality: int
    dictionary: str | None
    value_encoded: bool
    base: int
    magnitude: float
    files: tuple[str, ...]
    internal: bool = False


class Catalogue:
    """What a catalogue says, read at once, so that the database itself need not be kept.

    Raises:
        sqlite3.Error: it is damaged.
    """

    def __init__(self, database: bytes) -> None:
        with contextlib.closing(sqlite3.connect(":memory:")) as self._database:
            self._database.row_factory = sqlite3.Row
            self._database.deserialize(database)
            self._read()

    def _read(self) -> None:
        self.table_ids = {str(name): number for number, name in self._database.execute("SELECT ID, Name FROM [Table]")}
        self.row_counts: dict[int, int] = dict(self._database.execute(_ROW_COUNTS).fetchall())
        self.columns = self._columns()
        self.metadata = self._metadata()
        self.collation = " ".join(str(row.get("Collation") or "") for row in self.metadata["Model"])

    def files(self, but: Collection[tuple[str, str]] = ()) -> set[str]:
        """Names of the files that hold what readers can see, ``but`` those of these columns.

        The engine's own tables and indexes are left out.
        """
        seen = [c for key, c in self.columns.items() if not c.internal and key not in but]
        words = {c.dictionary for c in seen if c.dictionary}
        return words | {file for c in seen for name in c.files for file in (name, name + "meta")}

    def rows(self, table: str) -> int:
        """Rows of a table as stored; 0 for one that was never loaded."""
        return int(self.row_counts.get(self.table_ids[table]) or 0)

    def _metadata(self) -> dict[str, Rows]:
        """Rows of the catalogue tables, JSON-able, with ``Cardinality`` per column and ``RowCount``
        per table where the file states them. Internal tables and row numbers are left out.
        """
        found: dict[str, Rows] = {name: self._rows(name) for name in CATALOGUE}
        internal = {row["ID"] for row in found["Table"] if row.get("SystemFlags") == INTERNAL}
        for name in ("Table", "Column", "Measure", "Partition", "Hierarchy"):
            key = "ID" if name == "Table" else "TableID"
            found[name] = [row for row in found[name] if row.get(key) not in internal]
        names = {row["ID"]: str(row["Name"]) for row in found["Table"]}
        for row in found["Table"]:
            row["RowCount"] = self.row_counts.get(int(row["ID"] or 0))
        found["Column"] = [row for row in found["Column"] if row.get("Type") != _ROW_NUMBER]
        for row in found["Column"]:
            column = str(row.get("ExplicitName") or row.get("InferredName"))
            stored = self.columns.get((names.get(row["TableID"], ""), column))
            row["Cardinality"] = stored.cardinality if stored else None
        return found

    def _rows(self, name: str) -> Rows:
        if not self._fields(name):  # older catalogues know fewer kinds of object
            return []
        cursor = self._database.execute(f"SELECT * FROM [{name}]")  # noqa: S608 - name is from CATALOGUE
        return [{k: v for k, v in dict(row).items() if not isinstance(v, bytes)} for row in cursor]

    def _fields(self, table: str) -> set[str]:
        return {row["name"] for row in self._database.execute(f"PRAGMA table_info([{table}])")}

    def _columns(self) -> dict[tuple[str, str], Stored]:
        """Where each column is stored, by table and column."""
        inferred = "c.InferredDataType" if "InferredDataType" in self._fields("Column") else "NULL"
        flags = "t.SystemFlags" if "SystemFlags" in self._fields("Table") else "0"
        found: dict[tuple[str, str], Stored] = {}
        files: dict[tuple[str, str], list[str]] = {}
        for row in self._database.execute(_STORAGE.format(inferred=inferred, flags=flags)):
            key = (str(row["TableName"]), str(row["ColumnName"]))
            files.setdefault(key, []).append(row["File"])
            found[key] = Stored(
                int(self.row_counts.get(row["TableID"]) or 0),
                row["Inferred"] if row["Explicit"] == _AUTOMATIC and row["Inferred"] else row["Explicit"],
                row["Cardinality"] or 0, row["Dictionary"], row["Kind"] == _VALUE_ENCODED,
                row["BaseId"] or 0, row["Magnitude"] or 0.0, tuple(files[key]),
                row["Flags"] == INTERNAL or row["ColumnKind"] == _ROW_NUMBER,
            )  # fmt: skip
        return found


_ROW_COUNTS = """
    SELECT p.TableID, SUM(m.RecordCount)
    FROM Partition p
    JOIN PartitionStorage s ON s.PartitionID = p.ID
    JOIN SegmentMapStorage m ON m.PartitionStorageID = s.ID
    GROUP BY p.TableID
"""
_STORAGE = """
    SELECT t.ID AS TableID, t.Name AS TableName, COALESCE(c.ExplicitName, c.InferredName) AS ColumnName,
        c.ExplicitDataType AS Explicit, {inferred} AS Inferred, s.Statistics_DistinctStates AS Cardinality,
        {flags} AS Flags, c.Type AS ColumnKind, d.Type AS Kind, d.BaseId, d.Magnitude, words.FileName AS Dictionary,
        f.FileName AS File
    FROM Column c
    JOIN [Table] t ON t.ID = c.TableID
    JOIN ColumnStorage s ON s.ID = c.ColumnStorageID
    LEFT JOIN DictionaryStorage d ON d.ID = s.DictionaryStorageID
    LEFT JOIN StorageFile words ON words.ID = d.StorageFileID
    JOIN ColumnPartitionStorage cp ON cp.ColumnStorageID = s.ID
    JOIN PartitionStorage ps ON ps.ID = cp.PartitionStorageID
    JOIN StorageFile f ON f.ID = cp.StorageFileID
    ORDER BY t.ID, s.StoragePosition, ps.StoragePosition, ps.ID
"""
