"""Neutral expressions to SQL trees, one meaning in both engines.

SQL is built as a tree and never by pasting strings: names and literals of a workbook are untrusted.
Aggregates are written here too; ``Fixed`` and ``TopMembers`` are resolved by ``rowsteps`` beforehand.
"""

from linter.cells.sql.tree import NotExpressible, cast, func, literal, number, operator, paren
from linter.cells.sql.writer import SqlWriter

__all__ = ["NotExpressible", "SqlWriter", "cast", "func", "literal", "number", "operator", "paren"]
