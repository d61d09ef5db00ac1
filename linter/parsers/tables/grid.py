"""The texts of a CSV file or a worksheet: a header and rows of equal length."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from linter.errors import UsageError

LARGEST = 400_000_000
"""Bytes of a file that is read."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Header and rows, all texts stripped; ``notes`` say what was left aside."""

    header: list[str]
    rows: list[list[str]]
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """The texts of a column."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]


def read_grid(path: Path) -> Grid:
    """The table in a file.

    Raises:
        UsageError: it can't be read, or holds no table.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UsageError(f"{path}: can't be opened ({error.strerror})") from None
    if not path.is_file():
        raise UsageError(f"{path}: not a file")
    if size > LARGEST:
        raise UsageError(f"{path}: larger than {LARGEST // 1_000_000} MB")
    notes: list[str] = []
    match path.suffix.lower():
        case ".csv" | ".txt" | ".tsv":
            lines = _csv(path)
        case ".xlsx" | ".xlsm" | ".xls" | ".ods":
            lines = _sheet(path, notes)
        case other:
            raise UsageError(f"{path}: {other or 'a file without extension'} is no table; CSV or XLSX is")
    return _table(path, lines, notes)


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text[:4096]:
        raise UsageError(f"{path}: not a text file")
    first = text.split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [[cell.strip() for cell in line] for line in lines]
    except csv.Error as error:
        raise UsageError(f"{path}: not readable as CSV ({error})") from None


def _sheet(path: Path, notes: list[str]) -> list[list[str]]:
    """The worksheet with the most cells; others are named in a note."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - native

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names}
    except PasswordError:
        raise UsageError(f"{path}: protected by a password") from None
    except (CalamineError, ValueError, OSError) as error:
        raise UsageError(f"{path}: not readable as a workbook ({type(error).__name__})") from None
    texts = {name: [[_text(cell) for cell in line] for line in lines] for name, lines in sheets.items()}
    ranked = sorted(texts, key=lambda name: -sum(1 for line in texts[name] for cell in line if cell))
    if not ranked:
        raise UsageError(f"{path}: it has no sheet")
    others = [name for name in ranked[1:] if sum(1 for line in texts[name] if sum(map(bool, line)) > 1) > 1]
    if others:
        notes.append(f"only the largest sheet was read; {len(others)} more hold tables")
    return texts[ranked[0]]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _table(path: Path, lines: Sequence[list[str]], notes: list[str]) -> Grid:
    """Header and body: titles above and footnotes below are lines with much less in them."""
    widths = [sum(map(bool, line)) for line in lines]
    widest = max(widths, default=0)
    if widest < 2:
        raise UsageError(f"{path}: it holds no table of two columns or more")
    start = next(i for i, width in enumerate(widths) if width >= max(2, 0.6 * widest))
    header = list(lines[start])
    while header and not header[-1]:
        header.pop()
    rows, aside = [], start
    for line in lines[start + 1 :]:
        cells = (line + [""] * len(header))[: len(header)]
        if sum(map(bool, cells)) < 2 and len(header) > 2:
            aside += any(cells)
            continue
        if any(line[len(header) :]):
            raise UsageError(f"{path}: a row is longer than the header")
        rows.append(cells)
    if not rows:
        raise UsageError(f"{path}: it has a header and no rows")
    names = [name or f"column {i + 1}" for i, name in enumerate(header)]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise UsageError(f"{path}: two columns are called {twice!r}")
    if aside:
        notes.append("titles and footnotes were left aside")
    return Grid(names, rows, tuple(notes))
