"""The header row of an export, as names for the local vocabulary. Nothing but names is kept."""

from __future__ import annotations

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from linter.errors import UsageError
from linter.policy import validators
from linter.policy.names import classify_name
from linter.policy.vocabulary import learned, match

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = "# Field names of the authority's own exports, one a line: they count as National Pupil Database names.\n"
_VALUES = (
    validators.is_upn,
    validators.is_uln,
    validators.is_nhs_number,
    validators.is_ni_number,
    validators.is_postcode,
    validators.is_email,
    validators.is_phone,
)
_NUMBER_OR_DATE = re.compile(r"[-+£$]?[\d.,:/\s%-]*\d[\d.,:/\s%-]*")


def header_names(file: Path) -> list[str]:
    """The names in the first row of a .csv, .txt, .tsv or .xlsx file.

    Raises:
        UsageError: the file can't be read, or its first row looks like data. Never quotes a value.
    """
    row = _excel(file) if file.suffix.lower() in {".xlsx", ".xlsm"} else _text(file)
    names = []
    for place, cell in enumerate(row, 1):
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if not isinstance(cell, str) or _is_value(cell.strip()):
            raise UsageError(
                f"{file.name}: column {place} of the first row is a value, not a name: has it a header row?"
            )
        names.append(cell.strip())
    if not any(match(n, names) or classify_name(n, "", names).kind != "unknown" for n in names):
        raise UsageError(f"{file.name}: no name in the first row is a known one: has it a header row?")
    return names


def learn(names: Iterable[str], vocabulary: Path) -> int:
    """Add names to the vocabulary file, sorted; how many are new.

    Raises:
        UsageError: the file can't be read or written.
    """
    try:
        lines = vocabulary.read_text("utf-8").splitlines() if vocabulary.exists() else []
        known = {line for line in lines if line and not line.startswith("#")}
        keys = learned(known)
        new = {name for name in names if learned([name]) - keys}
        vocabulary.write_text(_HEAD + "".join(f"{name}\n" for name in sorted(known | new)), "utf-8", newline="\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{vocabulary.name}: can't be read or written as UTF-8 text") from error
    return len(new)


def _is_value(text: str) -> bool:
    """Numbers, dates and identifiers are values; so is what no field is named like."""
    plain = bool(_NUMBER_OR_DATE.fullmatch(text)) or len(text) > 120 or not text.isprintable()
    return plain or any(valid(text) for valid in _VALUES)


def _text(file: Path) -> list[object]:
    try:
        try:
            lines = file.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            lines = file.read_text("cp1252").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name}: can't be read as text") from error
    first = lines[0] if lines else ""
    separator = max(",;\t|", key=first.count)
    return list(next(csv.reader([first], delimiter=separator), []))


def _excel(file: Path) -> list[object]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(file, read_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, InvalidFileException) as error:
        raise UsageError(f"{file.name}: can't be read as a workbook of Excel") from error
    try:
        sheet = book.worksheets[0]
        found: list[object] = list(next(sheet.iter_rows(max_row=1, values_only=True), ()))
    finally:
        book.close()
    if any(isinstance(cell, dt.date) for cell in found):
        raise UsageError(f"{file.name}: the first row holds dates: has it a header row?")
    return found
