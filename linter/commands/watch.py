"""``--watch``: do it again whenever something that counts is saved."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from linter.commands.terminal import notice
from linter.errors import DisclintError
from linter.text import clean

if TYPE_CHECKING:
    from watchfiles import Change

SETTLED = 600
"""Milliseconds without a change before it is looked at again: programs save in several steps."""

_SUFFIXES = (".toml", "disclint-baseline.json", ".csv", ".xlsx", ".hyper")
"""Besides workbooks: declarations, waivers, baseline, and what ``--data`` and ``--against`` may name."""
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def again_on_change(run: Callable[[], int], paths: Iterable[Path], *, quiet: bool) -> None:
    """Run, then again after each change of a workbook or of what is declared about it.

    A mistake in the first run ends it; later ones are said, for a file may be half-way through being saved.

    Raises:
        DisclintError: the first run failed.
        KeyboardInterrupt: the way to end it.
    """
    from watchfiles import watch

    paths = list(paths)
    folders, deep = _folders(paths), any(path.is_dir() or path.suffix.lower() == ".pbip" for path in paths)
    _clear()
    run()
    _tell(folders, quiet=quiet)
    for _ in watch(*folders, watch_filter=_counts, debounce=SETTLED, step=100, recursive=deep):
        _clear()
        try:
            run()
        except DisclintError as error:
            notice(f"disclint: {error}")
        _tell(folders, quiet=quiet)


def _folders(paths: Iterable[Path]) -> list[Path]:
    """What to watch: a saved file is often a new one under the old name, so its folder is watched."""
    found = [path if path.is_dir() else path.absolute().parent for path in paths]
    return [folder for folder in dict.fromkeys(found) if folder.is_dir()]


def _counts(_: "Change", path: str) -> bool:
    """Whether a changed file may change the outcome. Reports that are written beside it don't."""
    from linter.discovery import WORKBOOKS, in_project

    file = Path(path)
    return file.suffix.lower() in WORKBOOKS or file.name.lower().endswith(_SUFFIXES) or in_project(file)


def _clear() -> None:
    if sys.stdout.isatty():
        sys.stdout.write(_CLEAR)
        sys.stdout.flush()


def _tell(folders: list[Path], *, quiet: bool) -> None:
    if not quiet:
        notice(f"watching {', '.join(clean(str(folder), 300) for folder in folders)}: Ctrl-C ends")
