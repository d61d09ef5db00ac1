"""Which cells a finding is about, by the names of their groups: never how many people are in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from linter.evidence import CellTable, LayerResult
from linter.findings import Record
from linter.text import by_day

MOST = 20
"""Cells that one finding names."""

TOTAL = "(total)"
PERSON = "(a person)"


def examples(layer: LayerResult, mask: Callable[[CellTable], Sequence[bool]]) -> tuple[Record, ...]:
    """The first cells that a mask picks, by name: ``{"groups": (member or (total), ...)}`` in the order of the grain.

    Members that may be persons have no name and no number: numbers in the order of the rows would tell who is meant.
    """
    found = {groups for table in layer.tables for groups in _groups(layer, table, mask(table))}
    return tuple({"groups": groups} for groups in sorted(found, key=lambda g: (TOTAL in g, g))[:MOST])


def _groups(layer: LayerResult, table: CellTable, mask: Sequence[bool]) -> Iterator[tuple[str, ...]]:
    """The names of the cells of a table that the mask picks."""
    cells = [i for i, picked in enumerate(mask) if picked]
    columns = list(zip(table.keeps, table.codes, map(by_day, table.labels), strict=True)) if cells else []
    for cell in cells:
        named = [TOTAL] * len(layer.grain)
        for place, codes, labels in columns:
            label = labels[codes[cell]]
            named[place] = PERSON if layer.opaque[place] else "(null)" if label is None else label
        yield tuple(named)
