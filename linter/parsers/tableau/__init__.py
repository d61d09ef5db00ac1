"""Tableau workbooks and data sources (.twb, .twbx, .tds, .tdsx) as the common model."""

from linter.parsers.tableau.workbook import read

__all__ = ["read"]
