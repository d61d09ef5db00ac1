"""Published tables: CSV and XLSX, long or crosstab, and explore-education-statistics downloads."""

from linter.parsers.tables.layout import Asked, read_table

__all__ = ["Asked", "read_table"]
