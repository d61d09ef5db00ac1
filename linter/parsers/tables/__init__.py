"""Published tables: CSV and XLSX, long or crosstab, and explore-education-statistics downloads."""

from linter.parsers.tables.grid import sheet_of
from linter.parsers.tables.hierarchies import Stated, stated
from linter.parsers.tables.layout import Asked, is_table, read_table, read_tables

__all__ = ["Asked", "Stated", "is_table", "read_table", "read_tables", "sheet_of", "stated"]
