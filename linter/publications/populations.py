"""Which tables are about the same people: those that do not contradict each other where both show a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from linter.disclosure.tables import Table, link

DIFFERENT = 0.1
"""Share of the figures that two tables show alike which may differ before they are about different people."""


def told_apart(tables: Sequence[Table]) -> tuple[list[Table], list[str]]:
    """The tables with the measures of those renamed that contradict the ones before, and what was not compared.

    Two years of one table have the same columns and labels; where no column tells the year, a figure hidden in
    one would seem to be printed in the other.
    """
    if len(tables) < 2:
        return list(tables), []
    linked = link(tables)
    before = np.full(linked.system.n_cells, np.nan)
    found, notes = list[Table](), list[str]()
    for table, cells in zip(tables, linked.cell_of, strict=True):
        values = np.asarray(table.values, dtype=np.float64)
        hidden, rounding = (np.broadcast_to(np.asarray(x), values.shape) for x in (table.hidden, table.rounding))
        shown = ~hidden & (rounding == 0)
        at, own = cells[shown], values[shown]
        common = ~np.isnan(before[at])
        differ = int((before[at][common] != own[common]).sum())
        if differ > DIFFERENT * int(common.sum()):
            notes.append(
                f"{table.name}: its figures are not those of the tables before it ({differ:,} of {int(common.sum()):,} "
                "in common differ): not compared; a column that tells them apart, such as the year, would help"
            )
            found.append(replace(table, measures=[f"{m} in {table.name}" for m in table.measures]))
        else:
            before[at] = own
            found.append(table)
    return found, notes
