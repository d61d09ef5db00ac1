"""The texts of a CSV file or a worksheet: a header and rows of equal length."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

from linter.errors import UsageError
from linter.records import dataclass

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


TEXTS = frozenset({".csv", ".txt", ".tsv"})
BOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})


def sheet_of(path: Path) -> tuple[Path, str | None]:
    """The file and the worksheet that a path names: ``figures.xlsx#Table 1``."""
    name, mark, sheet = str(path).rpartition("#")
    named = bool(mark) and Path(name).suffix.lower() in BOOKS and not path.is_file()
    return (Path(name), sheet) if named else (path, None)


def read_grid(path: Path) -> Grid:
    """The table in a text file, in the worksheet that the path names, or in the only one that holds a table.

    Raises:
        UsageError: it can't be read, or holds no table or several.
    """
    found = read_grids(path)
    if len(found) > 1:
        names = ", ".join(list(found)[:8])
        raise UsageError(
            f"{path}: {len(found)} worksheets hold tables ({names}); name one, as in {path.name}#{next(iter(found))}"
        )
    only = next(iter(found.values()))
    if isinstance(only, UsageError):
        raise only
    return only


def read_grids(path: Path) -> dict[str, Grid | UsageError]:
    """Every table of a file by the name of its worksheet, or why one of several can't be read.

    Raises:
        UsageError: it can't be read, has no such worksheet, or holds no table.
    """
    file, wanted = sheet_of(path)
    try:
        size = file.stat().st_size
    except OSError as error:
        raise UsageError(f"{file}: can't be opened ({error.strerror})") from None
    if not file.is_file():
        raise UsageError(f"{file}: not a file")
    if size > LARGEST:
        raise UsageError(f"{file}: larger than {LARGEST // 1_000_000} MB")
    suffix = file.suffix.lower()
    if suffix in TEXTS:
        return {"": _table(path, _csv(file), [])}
    if suffix not in BOOKS:
        raise UsageError(f"{path}: {suffix or 'a file without extension'} is no table; CSV or XLSX is")
    sheets = _sheets(file)
    if wanted is not None and wanted not in sheets:
        raise UsageError(f"{file}: no worksheet is called {wanted!r}; there are {', '.join(list(sheets)[:12])}")
    if wanted is not None:
        return {wanted: _table(path, sheets[wanted], [])}
    held = {name: lines for name, lines in sheets.items() if _holds_table(lines)}
    aside = [name for name in sheets if name not in held and any(any(line) for line in sheets[name])]
    notes = [f"worksheets without a table were left aside: {', '.join(aside)}"] if aside else []
    if not held:
        raise UsageError(f"{path}: no worksheet holds a table of two columns or more")
    if len(held) == 1:
        return {name: _table(path, lines, notes) for name, lines in held.items()}
    first = next(iter(held))
    return {
        name: _or_error(Path(f"{file}#{name}"), lines, notes if name == first else []) for name, lines in held.items()
    }


def _or_error(path: Path, lines: Sequence[list[str]], notes: list[str]) -> Grid | UsageError:
    """One of several worksheets; why it can't be read is told with the others."""
    try:
        return _table(path, lines, notes)
    except UsageError as error:
        return error


def _holds_table(lines: Sequence[list[str]]) -> bool:
    """Whether several lines have two cells or more, and some of these are figures."""
    wide = [line for line in lines if sum(map(bool, line)) > 1]
    return len(wide) > 2 and any(cell[:1].isdigit() for line in wide[1:] for cell in line)


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


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    """The texts of every worksheet."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - native

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names}
    except PasswordError:
        raise UsageError(f"{path}: protected by a password") from None
    except (CalamineError, ValueError, OSError) as error:
        raise UsageError(f"{path}: not readable as a workbook ({type(error).__name__})") from None
    return {name: [[_text(cell) for cell in line] for line in lines] for name, lines in sheets.items()}


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
        notes = [*notes, "titles and footnotes were left aside"]
    return Grid(names, rows, tuple(notes))
