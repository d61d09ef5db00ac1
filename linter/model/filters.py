"""Conditions on rows and on cells, and the values that these compare with."""

from __future__ import annotations

from typing import Literal

from linter.expressions import TRUE, Column, Expr
from linter.records import dataclass

Stage = Literal["extract", "source", "context", "set", "dimension", "measure", "table_calc"]
"""When a filter works in the order of operations. Up to ``dimension`` it removes rows; ``measure``
and ``table_calc`` filters only hide cells."""

Scope = Literal["source", "report", "page", "visual", "slicer", "action", "drill_through"]

CELL = "\0cell"
"""Table id of the columns that stand for a ``CellValue``, by its name."""


@dataclass(frozen=True, slots=True)
class CellValue:
    """One value per cell that a condition compares with: ``Column(CELL, name)`` stands for it.

    ``keeps`` None: computed from the rows of ``table`` in the cell itself; otherwise only the cell's
    filters on these columns work (none: one value for all cells). Filters reach other tables along
    relationships. ``values`` are those that ``adds`` compares with. ``per``: one value for each
    combination of these columns in the cell, compared with on the rows that have it. ``by``: columns near
    its own table that stand for those of ``per`` there (TREATAS). ``reselects`` None or, where ``keeps`` is
    None, the columns on which only the visual's filters work (none: all columns).
    """

    name: str
    table: str
    aggregate: str
    arg: Expr
    adds: Expr = TRUE
    keeps: tuple[Column, ...] | None = None
    values: tuple[CellValue, ...] = ()
    per: tuple[Column, ...] = ()
    by: tuple[Column, ...] = ()
    reselects: tuple[Column, ...] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows (or, for measure and table_calc stages, on cells)."""

    caption: str
    predicate: Expr
    stage: Stage
    scope: Scope
    columns: tuple[Column, ...] = ()
    changeable: bool = False  # a reader can change it in the tool
    hidden: bool = False
    source: str = ""
    values: tuple[CellValue, ...] = ()  # of the cell, or of a member that a ranking ranks
