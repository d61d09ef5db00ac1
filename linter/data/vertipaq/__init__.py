"""The in-memory tables of a Power BI model (``DataModel`` of a .pbix, or a project's ``cache.abf``).

Columns are decoded one by one, straight to integer codes (``columns``), without pandas: a row costs
a few bytes, and only the codes are needed to count people. The decompression is native code on
untrusted bytes: use this module only inside the child process that guards time and memory.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from linter.data.vertipaq.catalogue import NAME, Catalogue, Rows
from linter.data.vertipaq.columns import DATE, DECIMAL_SCALE, FLAG, TEXT, WHOLE, Column, decoded
from linter.data.vertipaq.container import ModelFiles, NoModel, UnknownForm
from linter.data.vertipaq.second import decoded_otherwise
from linter.errors import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from linter.data.vertipaq.catalogue import Stored

__all__ = ["DECIMAL_SCALE", "Column", "ColumnProblem", "VertipaqFile"]


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
        self._path = path
        try:
            self._files = ModelFiles(path)
            self._catalogue = Catalogue(bytes(self._files[NAME]))
            self._files.keep(self._catalogue.files())
        except NoModel:
            raise Unreadable("the file holds no data model", part="DataModel") from None
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - damaged bytes make decoders raise anything at all
            raise _damaged(error) from None
        self._kept: dict[tuple[str, str], Column] = {}
        self._keys: dict[tuple[str, str], Column] = {}
        self._distinct: dict[tuple[str, str], int] = {}

    def metadata(self) -> dict[str, Rows]:
        """The catalogue's own rows, JSON-able, without any row value of the data."""
        return self._catalogue.metadata

    @property
    def case_sensitive(self) -> bool:
        """Whether the model's collation, such as ``Latin1_General_100_BIN2_UTF8``, tells cases apart."""
        collation = self._catalogue.collation.upper()
        return "_CS" in collation or "_BIN" in collation

    @property
    def most_rows(self) -> int:
        """Rows of the largest table."""
        return max(self._catalogue.row_counts.values(), default=0)

    def column(self, table: str, column: str) -> Column:
        """A decoded column; kept for the next question as long as not too much is kept.

        Raises:
            ColumnProblem: it can't be decoded, or the result contradicts the stored numbers of rows
                or of distinct values.
        """
        key = (table, column)
        if key not in self._kept:
            found = self._decoded(table, column)
            if sum(len(c.codes) for c in self._kept.values()) + len(found.codes) > _KEPT_CELLS:
                return found
            self._kept[key] = found
        return self._kept[key]

    def get_ready(self) -> None:
        """Decode what states no number of distinct values: ``distinct_count`` will be asked for it."""
        for (table, column), stored in self._catalogue.columns.items():
            if not stored.cardinality and stored.rows and not stored.internal:
                with contextlib.suppress(ColumnProblem):  # told to whoever asks for it
                    self._distinct_decoded(table, column)

    def release(self) -> None:
        """Let go of the bytes of columns that are decoded and kept."""
        self._files.keep(self._catalogue.files(but=self._kept.keys()))

    def worth_judging(self) -> list[tuple[str, str]]:
        """The columns, by table and column, whose values may identify persons: texts, whole numbers and dates."""
        kinds = {TEXT, WHOLE, DATE}
        return [key for key, c in self._catalogue.columns.items() if c.rows and not c.internal and c.type in kinds]

    def distinct_values(self, table: str, column: str, cap: int) -> tuple[list[Any], bool]:
        """At most ``cap`` distinct values, null left out, and whether these are all.

        Raises:
            ColumnProblem: as ``column``.
        """
        present = self.column(table, column).present()
        values = list(dict.fromkeys(present[: cap + 1].tolist()))
        if len(values) <= cap < len(present):  # a dictionary may repeat values
            values = list(dict.fromkeys(present.tolist()))
        return values[:cap], len(values) <= cap

    def distinct_count(self, table: str, column: str) -> int:
        """Distinct values as the file states them (null may count); decoded where it states none.

        Raises:
            ColumnProblem: as ``column``.
        """
        stored = self._catalogue.columns.get((table, column))
        return (stored.cardinality if stored else 0) or self._distinct_decoded(table, column)

    def forget_texts(self, table: str, column: str) -> None:
        """Keep no more of a column of many texts than which of them are equal; its texts are decoded again if need be.

        Raises:
            ColumnProblem: as ``keys``.
        """
        found = self._kept.get((table, column))
        stored = self._catalogue.columns.get((table, column))
        if found is None or stored is None or stored.dictionary not in self._files:  # it could not be decoded again
            return
        if found.values.dtype == object and len(found.values) > _MANY_TEXTS:
            self._keys[table, column] = self.keys(table, column)
            del self._kept[table, column]

    def keys(self, table: str, column: str) -> Column:
        """A decoded column with numbers for its values, equal where the model takes these for equal.

        Raises:
            ColumnProblem: as ``column``; or the file states that no two rows have the same value, and some have.
        """
        if (table, column) in self._keys:
            return self._keys[table, column]
        found, distinct = self.column(table, column), self._distinct_decoded(table, column)
        stored = self._catalogue.columns[table, column]
        if stored.cardinality >= stored.rows > distinct + int((found.codes < 0).sum()):
            raise ColumnProblem(table, column, "repeats values although the file states that each is another")
        return found.keys(fold=not self.case_sensitive, distinct=distinct)

    def _distinct_decoded(self, table: str, column: str) -> int:
        key = (table, column)
        if key not in self._distinct:
            self._distinct[key] = self.column(table, column).distinct(fold=not self.case_sensitive)
        return self._distinct[key]

    def row_count(self, table: str) -> int:
        """Number of rows as stored; 0 for a table that was never loaded.

        Raises:
            Unreadable: no such table.
        """
        try:
            return self._catalogue.rows(table)
        except KeyError:
            raise Unreadable(f"the model has no table {table!r}", part="DataModel") from None

    def close(self) -> None:
        """Release the data and the catalogue."""
        self._kept.clear()
        self._keys.clear()
        self._files.close()

    def _decoded(self, table: str, column: str) -> Column:
        stored = self._catalogue.columns.get((table, column))
        if stored is None:
            raise ColumnProblem(table, column, "is not stored in the file")
        try:
            found = self._by_either(table, column, stored)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise ColumnProblem(table, column, f"can't be decoded ({type(error).__name__})") from None
        if len(found.codes) != stored.rows:
            raise ColumnProblem(table, column, f"decodes to {len(found.codes):,} rows of {stored.rows:,}")
        _guard(table, column, found, stored.cardinality)
        return found

    def _by_either(self, table: str, column: str, stored: Stored) -> Column:
        """The column by our decoder, or by another one where the file says what should come out."""
        try:
            return decoded(stored, self._files)
        except UnknownForm:
            if not stored.cardinality or stored.type == FLAG:  # that one tells no null among flags
                raise
            return decoded_otherwise(self._path, table, column)


_KEPT_CELLS = 50_000_000  # decoded cells that are kept, one to four bytes each
_MANY_TEXTS = 50_000  # some 60 bytes each


def _guard(table: str, column: str, found: Column, stated: int) -> None:
    """Refuse a column whose distinct values disagree with the file's own statistics.

    Null may or may not be counted, hence the tolerance of one; some writers state 0, which says nothing.
    """
    if not stated or abs(stated - found.codes_in_use()) <= 1:
        return
    values = found.distinct()  # a dictionary may repeat values
    if abs(stated - values) > 1:
        raise ColumnProblem(table, column, f"decodes to {values:,} distinct values where the file states {stated:,}")


def _damaged(error: BaseException) -> Unreadable:
    return Unreadable(
        f"the data model can't be decoded ({type(error).__name__})",
        part="DataModel",
        fix="open the file in Power BI Desktop and save it again",
    )
