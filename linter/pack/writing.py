"""Write a pack into a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from linter.errors import DisclintError, UsageError
from linter.pack.record import FILES, HTML, JSON, REGISTER, SEALED, SHEET, Checked
from linter.pack.register import register
from linter.pack.seal import Pack, Sheet, contents_of, hashed
from linter.pack.signoff import sheet_bytes, sheet_text
from linter.reporters import reporter
from linter.reporters.interface import Style
from linter.text import clean, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROJECT_PARTS = (".report", ".semanticmodel", ".dataset")


def writable(folder: Path, workbook: Path) -> Path:
    """A folder that may become the pack of a workbook: one that doesn't exist yet, or holds no pack.

    Raises:
        UsageError: it holds one, which may be signed already; it is a file; or a pack there would
            change the hash of the project it lies in.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{_shown(folder)} is not a folder")
    if there := [name for name in FILES if (folder / name).exists()]:
        raise UsageError(f"{_shown(folder)} holds {listing(there)} already: name another folder")
    full, home = folder.resolve(), workbook.resolve().parent
    parts = (p for p in (full, *full.parents) if p.parent == home and p.suffix.lower() in _PROJECT_PARTS)
    project = workbook.is_dir() or workbook.suffix.lower() == ".pbip"
    if project and (inside := next(parts, None)):
        raise UsageError(f"{_shown(folder)} lies in {inside.name}: a pack there would change the project")
    return folder


def write(checked: Checked, folder: Path) -> Pack:
    """Write the files, ``pack.json`` last: a folder without it is no pack.

    Raises:
        DisclintError: a file can't be written.
    """
    style = Style(100, left_out=checked.left_out)
    files = {
        HTML: reporter("html", style, checked.rules).render(checked.run).encode(),
        JSON: reporter("json", style, checked.rules).render(checked.run).encode(),
        REGISTER: register(checked).encode(),
    }
    contents = contents_of(checked, files)
    sheet = sheet_bytes(checked, contents.seal)
    sealed = Sheet(sha256=hashed(sheet), text_sha256=hashed(sheet_text(sheet).encode()))
    pack = Pack(contents=contents, seal=contents.seal, sheet=sealed)
    _write(folder, {**files, SHEET: sheet, SEALED: pack.text().encode()})
    return pack


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            with path.open("xb") as stream:
                stream.write(content)
    except OSError as error:
        raise DisclintError(f"{_shown(path)} can't be written: {error.strerror}") from error


def _shown(path: Path) -> str:
    return clean(str(path), 1000)
