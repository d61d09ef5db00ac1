"""Hierarchies that the caller states: a file of labels and what they belong to, or columns from coarse to fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from linter.errors import UsageError
from linter.parsers.tables.grid import read_grid
from linter.parsers.tables.nesting import fold
from linter.publications.record import PublishedTable
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Stated:
    """``columns`` from coarse to fine, or one column whose labels' ``parents`` are known."""

    columns: tuple[str, ...]
    parents: Mapping[str, str] | None = None


def stated(text: str) -> Stated:
    """What ``--hierarchy`` says: ``COLUMN=FILE`` or ``COARSE>FINE``.

    The file is a table whose first two columns are a label and the label above it.

    Raises:
        UsageError: it is neither, or the file holds no such table, or a circle.
    """
    column, equals, file = text.partition("=")
    if equals:
        if not column.strip() or not file.strip():
            raise UsageError(f"--hierarchy {text}: COLUMN=FILE or COARSE>FINE")
        return Stated((column.strip(),), _parents(Path(file.strip())))
    columns = tuple(part.strip() for part in text.split(">"))
    if len(columns) < 2 or not all(columns):
        raise UsageError(f"--hierarchy {text}: COLUMN=FILE or COARSE>FINE")
    return Stated(columns)


def with_hierarchies(table: PublishedTable, hierarchies: tuple[Stated, ...]) -> PublishedTable:
    """The table with the hierarchies of which it has the columns.

    Raises:
        UsageError: a label of a stated column belongs to two labels of the one above it.
    """
    for item in hierarchies:
        if any(column not in table.dimensions for column in item.columns):
            continue
        if item.parents is None:
            table = _folded(table, item.columns)
        else:
            table = _with_parents(table, item.columns[0], item.parents)
    return table


def _parents(path: Path) -> dict[str, str]:
    grid = read_grid(path)
    if len(grid.header) < 2:
        raise UsageError(f"{path}: a hierarchy has two columns, a label and the one above it")
    rows = [row[:2] for row in grid.rows if all(row[:2])]
    if list(map(str.casefold, grid.header[:2])) not in _HEADERS:  # a file without a header
        rows.insert(0, grid.header[:2])
    found: dict[str, str] = {}
    for child, parent in rows:
        if found.setdefault(child, parent) != parent:
            raise UsageError(f"{path}: {child!r} belongs to two labels")
    for child in found:
        seen, above = {child}, found.get(child)
        while above is not None and above not in seen:
            seen.add(above)
            above = found.get(above)
        if above is not None:
            raise UsageError(f"{path}: {child!r} belongs to itself")
    return found


_HEADERS = [[a, b] for a in ("label", "child", "code", "name") for b in ("parent", "above", "belongs to")]


def _with_parents(table: PublishedTable, column: str, parents: Mapping[str, str]) -> PublishedTable:
    labels, total = set(table.dimensions[column]), table.totals.get(column)
    known = {c: p for c, p in parents.items() if c != total}
    below = {c: p for c, p in known.items() if c in labels or c in known.values()}
    if not below.keys() & labels:
        note = f"{column}: no label of its hierarchy is in the table"
        return replace(table, notes=(*table.notes, note))
    hierarchies = {**table.hierarchies, column: below}
    return replace(table, hierarchies=hierarchies, stated=table.stated | {column})


def _folded(table: PublishedTable, columns: tuple[str, ...]) -> PublishedTable:
    """Columns folded into the coarsest, from the finest up."""
    for upper, lower in reversed(list(pairwise(columns))):
        above: dict[str, str] = {}
        total = table.totals.get(lower)
        for a, b in zip(table.dimensions[upper], table.dimensions[lower], strict=True):
            if b != total and above.setdefault(b, a) != a:
                raise UsageError(f"{table.path}: {b!r} of {lower!r} belongs to two labels of {upper!r}")
        table = fold(table, upper, lower)
    return replace(table, stated=table.stated | {columns[0]})
