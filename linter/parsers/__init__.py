"""Workbook files of both tools read into ``linter.model``, with the list of what could not be read."""
