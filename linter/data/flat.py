"""Packaged .csv, .txt, .xlsx and .xls files, read as the workbook declares them.

Values that can't be read as their declared type become null, as they do in the tool itself; the
column then carries a problem, because a count that rests on it can't be trusted.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path

from linter.data.converters import CONVERTERS, Converter, to_text
from linter.data.engine import COMPUTED, ColumnRequest, TableRequest, places_alike
from linter.data.layouts import names_and_body
from linter.errors import Unreadable
from linter.records import dataclass

Cell = object
_MAX_ROWS = 20_000_000
_WHERE_FROM = frozenset({"Table Name", "Sheet"})
_ENCODINGS = ("utf-8-sig", "cp1252")


@dataclass(slots=True)
class Flat:
    """Typed rows in the order of the request's columns; types and problems by column id.

    A column with a problem holds text, whatever was declared.
    """

    rows: list[tuple[Cell, ...]]
    types: dict[str, str]
    missing: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_flat(request: TableRequest) -> Flat:
    """Read the columns asked for.

    Raises:
        Unreadable: no such sheet, unknown encoding, not a table at all.
    """
    header, body = _csv(request) if request.kind == "csv" else _excel(request)
    places = _places(header, request.columns)
    missing = {c.name: _absence(header, c) for c in request.columns if c.name not in places}
    day_first = not request.locale.lower().endswith("us")
    raw = list(_limited(body))
    types: dict[str, str] = {}
    problems: dict[str, str] = {}
    columns: list[list[Cell]] = []
    for column in request.columns:
        place = places.get(column.name, -1)
        values = [line[place] if 0 <= place < len(line) else None for line in raw]
        kind = column.type if column.type in CONVERTERS else "text"
        try:
            columns.append(_converted(values, CONVERTERS[kind](day_first)))
        except (ValueError, OverflowError):
            # The tool makes null of what doesn't fit. As text it can still be searched for
            # identifiers; counts that rest on it are refused.
            problems[column.name] = f"some values could not be read as {kind}"
            kind = "text"
            columns.append(_converted(values, to_text(day_first)))
        types[column.name] = kind
    rows: list[tuple[Cell, ...]] = list(zip(*columns, strict=True)) if columns else [()] * len(raw)
    return Flat(rows, types, missing, problems)


def _absence(header: Sequence[str], column: ColumnRequest) -> str:
    """Why a column is not found in a file."""
    if _ambiguous(header, column):
        return "the file has several columns of that name"
    return COMPUTED if column.computed else "the file has no such column"


def _ambiguous(header: Sequence[str], column: ColumnRequest) -> bool:
    """Whether several columns of a supplied file have the name that is meant; a workbook's own names are unique."""
    if not column.alike or header.count(column.physical) == 1:
        return False
    held = Counter(name.strip().casefold() for name in header)
    asked = (name.strip().casefold() for name in (column.physical, *column.alike))
    return next((held[name] for name in asked if held[name]), 0) > 1


def header_of(request: TableRequest) -> list[str]:
    """The names of a file's columns, in order.

    Raises:
        Unreadable: as ``read_flat``.
    """
    return (_csv(request) if request.kind == "csv" else _excel(request))[0]


def sheets_of(path: str) -> list[str]:
    """The names of a spreadsheet's sheets.

    Raises:
        Unreadable: it is none.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return list(CalamineWorkbook.from_path(path).sheet_names)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(f"the spreadsheet can't be read ({type(error).__name__})") from error


def _limited(body: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    for number, line in enumerate(body):
        if number >= _MAX_ROWS:
            raise Unreadable(f"more than {_MAX_ROWS:,} rows")
        yield line


def _converted(values: Iterable[Cell], convert: Converter) -> list[Cell]:
    return [None if v is None or v == "" else convert(v) for v in values]


def read_union(request: TableRequest) -> Flat:
    """The rows of all files of a union, one after the other; columns are matched by name.

    A column that a file lacks is null in its rows. The tool adds columns that say where a row comes
    from (``Table Name``, ``Sheet``).

    Raises:
        Unreadable: as ``read_flat``, for any of the files.
    """
    parts = [(part, read_flat(part)) for part in (request, *request.also)]
    if len(parts) == 1:
        return parts[0][1]
    whole = Flat([], parts[0][1].types)
    whole.missing.update({n: why for n, why in parts[0][1].missing.items() if all(n in f.missing for _, f in parts)})
    told = {i for i, c in enumerate(request.columns) if c.physical in _WHERE_FROM and c.name in whole.missing}
    for part, flat in parts:
        name = part.table[-1] if part.table else Path(part.path).name
        origin = name if part.kind == "csv" else name.partition("$")[0]
        whole.rows.extend(tuple(origin if i in told else v for i, v in enumerate(row)) for row in flat.rows)
        whole.problems.update(flat.problems)
    for i in told:
        del whole.missing[request.columns[i].name]
    return whole


def _places(header: Sequence[str], columns: Sequence[ColumnRequest]) -> dict[str, int]:
    """Position of each requested column in the file, by exact name, then ignoring case and spaces."""
    exact: dict[str, int] = {}
    loose: dict[str, int] = {}
    for i, name in enumerate(header):
        exact.setdefault(name, i)
        loose.setdefault(name.strip().casefold(), i)
    columns = [c for c in columns if not _ambiguous(header, c)]
    found = ((c.name, exact.get(c.physical, loose.get(c.physical.strip().casefold()))) for c in columns)
    return places_alike(header, columns, {name: place for name, place in found if place is not None})


def _csv(request: TableRequest) -> tuple[list[str], Iterator[Sequence[Cell]]]:
    text = _decode(Path(request.path), request.encoding)
    separator = request.separator or _sniff(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return names_and_body(_lines(reader), "file", header=request.header)


def _lines(reader: Iterator[list[str]]) -> Iterator[Sequence[Cell]]:
    try:
        yield from reader
    except csv.Error as error:
        raise Unreadable(f"not a delimited text file ({type(error).__name__})") from error


def _decode(path: Path, declared: str | None) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"the file can't be opened ({error.strerror})") from error
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        declared = "utf-16"
    for encoding in (_python_name(declared),) if declared else _ENCODINGS:
        try:
            text = content.decode(encoding)
            if "\0" not in text:  # else UTF-16 or UTF-32 that doesn't say so, or no text at all
                return text
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise Unreadable(f"unknown character set {declared!r}") from None
    raise Unreadable(
        f"the text is not in the declared character set {declared!r}" if declared else "unknown character set"
    )


def _python_name(declared: str) -> str:
    """Character sets as workbooks name them; UTF-8 may carry a byte order mark."""
    name = declared.strip().lower()
    return "utf-8-sig" if name in {"utf-8", "utf8"} else name


def _sniff(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text[:65536], delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def _excel(request: TableRequest) -> tuple[list[str], Iterator[Sequence[Cell]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(request.path)
        sheet, area = _sheet(book.sheet_names, request.table)
        grid = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(f"the spreadsheet can't be read ({type(error).__name__})") from error
    if area is not None:
        top, left, bottom, right = area
        grid = [row[left : right + 1] for row in grid[top : bottom + 1]]
    filled = (row for row in grid if any(v not in (None, "") for v in row))
    return names_and_body(filled, "sheet", header=request.header)


def _sheet(names: list[str], table: tuple[str, ...]) -> tuple[str, tuple[int, int, int, int] | None]:
    """The sheet, and the range in it, that a table name such as ``Sheet1$A1:D9`` means."""
    wanted = table[-1].strip("'") if table else ""
    sheet, _, area = wanted.partition("$")
    for name in names:
        if name in {wanted, sheet} or name.replace(".", "#") == sheet:
            return name, _area(area)
    if len(names) == 1 and not wanted:
        return names[0], None
    raise Unreadable(f"the spreadsheet has no sheet {sheet!r}")


def _area(text: str) -> tuple[int, int, int, int] | None:
    if ":" not in text:
        return None
    start, _, end = text.replace("$", "").partition(":")
    (left, top), (right, bottom) = _corner(start), _corner(end)
    return top, left, bottom, right


def _corner(text: str) -> tuple[int, int]:
    letters = "".join(c for c in text if c.isalpha()).upper()
    digits = "".join(c for c in text if c.isdigit())
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    if not letters or not digits:
        raise Unreadable(f"unknown cell range {text!r}")
    return column - 1, int(digits) - 1
