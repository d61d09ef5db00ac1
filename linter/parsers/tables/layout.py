"""Which columns are dimensions and which are figures, and what stands for the total."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from linter.errors import UsageError
from linter.parsers.tables import ees
from linter.parsers.tables.grid import BOOKS, TEXTS, Grid, read_grid, read_grids, sheet_of
from linter.parsers.tables.hierarchies import Stated, with_hierarchies
from linter.parsers.tables.nesting import folded
from linter.publications.record import PublishedTable
from linter.publications.symbols import read
from linter.records import dataclass
from linter.text import listing

_DECIMAL = re.compile(r"[~<>≤≥]?\s?\d+(?:[.,]\d+(?:\s?(?:%|pp|per cent))?|\s?(?:%|pp|per cent))")
_EXACTLY = ("total", "grand total", "all", "overall", "totals")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller says about a table; empty where it is for us to find out."""

    dims: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    suppressed: frozenset[str] = frozenset()
    total: str | None = None
    hierarchies: tuple[Stated, ...] = ()


def is_table(path: Path) -> bool:
    """Whether the name is that of a text file, a book of worksheets, or one of its worksheets."""
    return sheet_of(path)[0].suffix.lower() in TEXTS | BOOKS


def read_table(path: Path, asked: Asked) -> PublishedTable:
    """The only table of a file, see ``read_tables``.

    Raises:
        UsageError: also where several worksheets hold tables.
    """
    return _read(path, read_grid(path), asked)


def read_tables(path: Path, asked: Asked) -> tuple[PublishedTable, ...]:
    """The table of a text file or of the worksheet that the path names, or those of every worksheet.

    Raises:
        UsageError: none can be read: a named column is missing, a figure is neither number nor known symbol,
            or the columns can't be told apart. Where some worksheets can be, the first says which could not.
    """
    grids = read_grids(path)
    found: list[PublishedTable] = []
    errors: list[UsageError] = []
    for sheet, grid in grids.items():
        try:
            if isinstance(grid, UsageError):
                raise grid
            found.append(_read(Path(f"{path}#{sheet}") if len(grids) > 1 else path, grid, asked))
        except UsageError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return (replace(found[0], unread=(*found[0].unread, *map(str, errors))), *found[1:])


def _read(path: Path, grid: Grid, asked: Asked) -> PublishedTable:
    for name in asked.values:
        _known(path, grid, name)
    if not asked.dims and not asked.values and ees.is_ees(grid):
        return _with_totals(ees.read_ees(path, grid, asked.suppressed), asked)
    missing = [d for d in asked.dims if d not in grid.header]
    if asked.dims and not asked.values and len(missing) == 1 and asked.dims[-1] == missing[0]:
        return _crosstab(path, grid, asked, list(asked.dims[:-1]), missing[0])
    for name in missing:
        _known(path, grid, name)
    return _long_or_crosstab(path, grid, asked)


def _known(path: Path, grid: Grid, name: str) -> None:
    if name not in grid.header:
        raise UsageError(f"{path}: no column is called {name!r}; there are {', '.join(grid.header[:12])}")


def _long_or_crosstab(path: Path, grid: Grid, asked: Asked) -> PublishedTable:
    values = list(asked.values) or [n for n in grid.header if n not in asked.dims and is_measure(grid, n, asked)]
    labels = list(asked.dims) or [n for n in grid.header if n not in values]
    if not values or not labels:
        raise UsageError(f"{path}: can't tell dimensions from figures; say --dims and --value")
    if not asked.values and not asked.dims and len(values) > 1 and (asked.total in values or total_of(values)):
        return _crosstab(path, grid, asked, labels, "column")
    _readable(path, grid, values, asked)
    aside = [n for n in grid.header if n not in labels and n not in values] if asked.dims else []
    notes = (f"not looked at, as --dims and --value say: {listing(aside, 8)}",) if aside else ()
    table = PublishedTable(
        str(path), "long", {n: grid.column(n) for n in labels}, {n: grid.column(n) for n in values},
        notes=(*grid.notes, *notes),
        unread=tuple(f"{path}: {n!r} looks like figures, but not all are written as numbers: not read"
                     for n in labels if not asked.dims and _like_figures(grid.column(n))),
    )  # fmt: skip
    return _with_totals(table, asked)


def _crosstab(path: Path, grid: Grid, asked: Asked, labels: Sequence[str], across: str) -> PublishedTable:
    """One row per label and one column per category: unfolded into long form."""
    for name in labels:
        _known(path, grid, name)
    columns = [n for n in grid.header if n not in labels]
    _readable(path, grid, columns, asked)
    dimensions: dict[str, list[str]] = {n: [text for text in grid.column(n) for _ in columns] for n in labels}
    dimensions[across] = columns * len(grid.rows)
    at = [grid.header.index(n) for n in columns]
    texts = [row[i] for row in grid.rows for i in at]
    return _with_totals(PublishedTable(str(path), "crosstab", dimensions, {"": texts}, notes=grid.notes), asked)


def is_measure(grid: Grid, name: str, asked: Asked) -> bool:
    """Whether a column holds figures and symbols, and at least one figure."""
    readings = [read(text, asked.suppressed) for text in set(grid.column(name))]
    return all(r is not None for r in readings) and any(r is not None and r.value is not None for r in readings)


def _like_figures(texts: Sequence[str]) -> bool:
    """Whether most of the labels of a column are decimals or percentages in a form that is not known."""
    distinct = set(texts)
    return 2 * sum(_DECIMAL.fullmatch(text) is not None for text in distinct) > len(distinct)


def _readable(path: Path, grid: Grid, columns: Sequence[str], asked: Asked) -> None:
    for name in columns:
        bad = sorted({text for text in grid.column(name) if read(text, asked.suppressed) is None})
        if bad:
            sample = f"{bad[0]!r} is" if len(bad[0]) <= 12 else "a text there is"
            raise UsageError(f"{path}: column {name!r}: {sample} neither a number nor a known symbol; see --suppressed")


def total_of(labels: Sequence[str]) -> str | None:
    """The label that is called a total; None if none is, or several are."""
    plain = {label.strip().casefold(): label for label in labels}
    for word in _EXACTLY:
        if word in plain:
            return plain[word]
    named = [label for text, label in plain.items() if text.startswith(("total ", "all ")) or text.endswith(" total")]
    return named[0] if len(named) == 1 else None


def _with_totals(table: PublishedTable, asked: Asked) -> PublishedTable:
    totals = dict(table.totals)
    for name, labels in table.dimensions.items():
        distinct = list(dict.fromkeys(labels))
        found = asked.total if asked.total in distinct else None if asked.total else total_of(distinct)
        if found is not None and name not in totals:
            totals[name] = found
    return folded(with_hierarchies(replace(table, totals=totals), asked.hierarchies))
