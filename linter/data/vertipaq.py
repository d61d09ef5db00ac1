"""The in-memory tables of a Power BI model (``DataModel`` of a .pbix, or a project's ``cache.abf``).

Decoding is done by pbixray, native code on untrusted bytes: use this module only inside the child
process that guards time and memory. Heavy imports stay inside the functions.

Metadata come from the model's own SQLite catalogue, because the decoder's ready-made frames leave
out calculated tables and hidden measures.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

Cell = str | int | float | bool | None
Rows = list[dict[str, Cell]]

CATALOGUE = (
    "Model", "Table", "Column", "Measure", "Relationship", "Partition", "Hierarchy", "Level", "Variation",
    "Role", "RoleMembership", "TablePermission", "ColumnPermission", "Expression", "DataSource",
    "CalculationGroup", "CalculationItem", "Annotation", "ExtendedProperty", "KPI", "Perspective",
    "DetailRowsDefinition", "FormatStringDefinition", "RefreshPolicy", "RelatedColumnDetails", "GroupByColumn",
)  # fmt: skip
"""The catalogue tables handed on. Storage tables stay behind: they hold least and greatest values."""

INTERNAL = 1  # SystemFlags of the engine's own index tables; calculated and auto date tables have 2
EXACT_FLOAT = 2**53  # whole numbers below this are exact in a double
DECIMAL_SCALE = 10_000  # a fixed decimal number is a 64-bit integer of ten-thousandths


class ColumnProblem(Unreadable):
    """One column that could not be decoded faithfully; its values must not be used."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        super().__init__(f"column {table}[{column}]: {reason}", part="DataModel")
        self.table = table
        self.column = column


class VertipaqFile:
    """An opened model. Tables and columns go by their names in the model.

    Raises:
        Unreadable: no model inside, or damaged.
    """

    def __init__(self, path: Path) -> None:
        from pbixray import PBIXRay
        from pbixray.exceptions import NoEmbeddedModelError
        from pbixray.utils import get_data_slice

        try:
            self._model: Any = PBIXRay(str(path))
            catalogue = get_data_slice(self._model._data_model, "metadata.sqlitedb")  # noqa: SLF001
        except NoEmbeddedModelError:
            raise Unreadable("the file holds no data model", part="DataModel") from None
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - damaged bytes make the decoder raise anything at all
            raise _damaged(error) from None
        self._database = sqlite3.connect(":memory:")
        self._database.row_factory = sqlite3.Row
        self._database.deserialize(bytes(catalogue))
        self._cardinality = _expected(self._model)
        self._currency = _decode_currency_as_scaled(self._model)
        self._kept: dict[tuple[str, str], pd.Series[Any]] = {}

    def metadata(self) -> dict[str, Rows]:
        """Rows of the catalogue tables, JSON-able, with ``Cardinality`` per column and ``RowCount``
        per table where the file states them. Internal tables and row numbers are left out.

        Raises:
            Unreadable: the catalogue is damaged.
        """
        try:
            found: dict[str, Rows] = {name: self._rows(name) for name in CATALOGUE}
            counts = dict(self._database.execute(_ROW_COUNTS).fetchall())
        except sqlite3.Error as error:
            raise _damaged(error) from None
        internal = {row["ID"] for row in found["Table"] if row.get("SystemFlags") == INTERNAL}
        for name in ("Table", "Column", "Measure", "Partition", "Hierarchy"):
            key = "ID" if name == "Table" else "TableID"
            found[name] = [row for row in found[name] if row.get(key) not in internal]
        names = {row["ID"]: str(row["Name"]) for row in found["Table"]}
        for row in found["Table"]:
            row["RowCount"] = counts.get(row["ID"])
        found["Column"] = [row for row in found["Column"] if row.get("Type") != _ROW_NUMBER]
        for row in found["Column"]:
            column = str(row.get("ExplicitName") or row.get("InferredName"))
            row["Cardinality"] = self._cardinality.get((names.get(row["TableID"], ""), column))
        return found

    def table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        """The rows of the table, those columns only, in the order asked for.

        Text is object dtype with None, numbers are nullable Int64 and Float64, fixed decimals
        Float64 (or Python decimals where a double would round), date-times datetime64 rounded to
        the second (stored day fractions fall short by up to a second).

        Raises:
            ColumnProblem: a column can't be decoded, or the result contradicts the stored number
                of distinct values.
        """
        import pandas as pd

        frame = pd.DataFrame({column: self._column(name, column) for column in dict.fromkeys(columns)})
        return frame[list(columns)]

    def distinct_values(self, table: str, column: str, cap: int) -> tuple[list[Any], bool]:
        """At most ``cap`` distinct values, null left out, and whether these are all.

        Raises:
            ColumnProblem: as ``table``.
        """
        values = self._column(table, column).dropna().drop_duplicates()
        return values.head(cap).tolist(), len(values) <= cap

    def distinct_count(self, table: str, column: str) -> int:
        """Distinct values as the file states them (null may count); decoded where it states none.

        Raises:
            ColumnProblem: as ``table``.
        """
        stated = self._cardinality.get((table, column)) or 0
        return stated or int(self._column(table, column).nunique(dropna=True))

    def row_count(self, table: str) -> int:
        """Number of rows as stored; 0 for a table that was never loaded.

        Raises:
            Unreadable: no such table, or the catalogue is damaged.
        """
        try:
            row = self._database.execute("SELECT ID FROM [Table] WHERE Name = ?", (table,)).fetchone()
            counts = dict(self._database.execute(_ROW_COUNTS).fetchall())
        except sqlite3.Error as error:
            raise _damaged(error) from None
        if row is None:
            raise Unreadable(f"the model has no table {table!r}", part="DataModel")
        return int(counts.get(row["ID"]) or 0)

    def close(self) -> None:
        """Release the file and the catalogue."""
        self._kept.clear()
        self._model.close()
        self._database.close()

    def _rows(self, name: str) -> Rows:
        exists = self._database.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
        ).fetchone()
        if exists is None:  # older catalogues know fewer kinds of object
            return []
        cursor = self._database.execute(f"SELECT * FROM [{name}]")  # noqa: S608 - name is from CATALOGUE
        return [{k: v for k, v in dict(row).items() if not isinstance(v, bytes)} for row in cursor]

    def _column(self, table: str, column: str) -> pd.Series[Any]:
        """A decoded column; kept for the next question as long as not too much is kept."""
        key = (table, column)
        if key not in self._kept:
            series = self._decoded(table, column)
            if sum(map(len, self._kept.values())) + len(series) > _KEPT_CELLS:
                return series
            self._kept[key] = series
        return self._kept[key]

    def _decoded(self, table: str, column: str) -> pd.Series[Any]:
        import pandas as pd

        try:
            frame = self._model.get_table(table, columns=[column], strings_as_categorical=True)
            series: pd.Series[Any] = frame[column]
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise ColumnProblem(table, column, f"can't be decoded ({type(error).__name__})") from None
        self._guard(table, column, series)
        if isinstance(series.dtype, pd.CategoricalDtype):
            text = series.astype(object)
            text[text.isna()] = None
            return text
        if pd.api.types.is_datetime64_any_dtype(series.dtype):
            rounded: pd.Series[Any] = series.dt.round("s")
            return rounded
        return _currency(series) if (table, column) in self._currency else series

    def _guard(self, table: str, column: str, series: pd.Series[Any]) -> None:
        """Refuse a column whose distinct values disagree with the file's own statistics.

        The decoder gives all nulls for an encoding it does not know, without a word (seen in a
        published sample: a value-encoded column with neither dictionary nor hash index). Null may
        or may not be counted, hence the tolerance of one; some writers store 0, which says nothing.
        """
        stored = self._cardinality.get((table, column)) or 0
        decoded = int(series.nunique(dropna=True))
        if stored and abs(stored - decoded) > 1:
            raise ColumnProblem(
                table, column, f"decodes to {decoded:,} distinct values where the file states {stored:,}"
            )


_KEPT_CELLS = 10_000_000  # decoded cells that are kept, some hundred megabytes
_ROW_NUMBER = 3  # Column.Type of the engine's own row number
_ROW_COUNTS = """
    SELECT p.TableID, SUM(m.RecordCount)
    FROM Partition p
    JOIN PartitionStorage s ON s.PartitionID = p.ID
    JOIN SegmentMapStorage m ON m.PartitionStorageID = s.ID
    GROUP BY p.TableID
"""


def _damaged(error: BaseException) -> Unreadable:
    return Unreadable(
        f"the data model can't be decoded ({type(error).__name__})",
        part="DataModel",
        fix="open the file in Power BI Desktop and save it again",
    )


def _expected(model: Any) -> dict[tuple[str, str], int]:
    """Distinct values per (table, column) as the file states them."""
    import pandas as pd

    frame = model.statistics
    triples = zip(frame["TableName"], frame["ColumnName"], frame["Cardinality"], strict=True)
    return {(str(t), str(c)): int(n) for t, c, n in triples if pd.notna(n)}


def _decode_currency_as_scaled(model: Any) -> frozenset[tuple[str, str]]:
    """Have fixed decimals decoded as their scaled integers, and say which columns these are.

    The decoder divides them row by row in Python, nine tenths of the whole time on a table of
    350,000 rows. Relabelled in its plan they come out as the integers that are stored, and
    ``_currency`` divides them all at once.
    """
    plan = model._metadata.source  # noqa: SLF001 - no public way
    schema = plan.schema_df
    currency = schema["SemanticType"] == "Currency"
    plan.schema_df = schema.assign(
        SemanticType=schema["SemanticType"].mask(currency),
        PandasDataType=schema["PandasDataType"].mask(currency, "object"),
    )
    marked = schema[currency]
    return frozenset(zip(marked["TableName"].astype(str), marked["ColumnName"].astype(str), strict=True))


def _currency(scaled: pd.Series[Any]) -> pd.Series[Any]:
    """Ten-thousandths to numbers: doubles where they are exact, else Python decimals."""
    from decimal import Decimal

    import pandas as pd

    numbers = pd.to_numeric(scaled)
    if not (numbers.abs() >= EXACT_FLOAT).any():
        return (numbers / DECIMAL_SCALE).astype("Float64")
    exact = [None if pd.isna(x) else Decimal(int(x)) / DECIMAL_SCALE for x in scaled]
    return pd.Series(exact, dtype=object)
