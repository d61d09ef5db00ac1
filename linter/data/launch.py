"""Starting data processes: at once for a file on the command line, while everything else is imported.

Kept free of heavy imports, since it runs before them.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import linter
from linter.records import dataclass

MEMORY_LIMIT = 6 * 2**30
"""Bytes of resident memory the data process and its engine may use together."""

RESERVED = 6 * 2**30
"""Bytes of address space on top of it that libraries reserve and never use."""

_BOOT = "import sys; sys.path.insert(0, {root!r}); from linter.data.server import main; main({directory!r})"


@dataclass(slots=True)
class Launched:
    """A data process with its private directory; ``asked`` is the request it works on already, if any."""

    child: subprocess.Popen[str]
    directory: tempfile.TemporaryDirectory[str]
    asked: str = ""


def private_directory() -> tempfile.TemporaryDirectory[str]:
    """A directory for one data process, deleted at the end."""
    return tempfile.TemporaryDirectory(prefix="disclint-", ignore_cleanup_errors=True)


def launch(directory: Path) -> subprocess.Popen[str]:
    """Start a data process in its private directory; it never sees the folder of the workbook."""
    root = str(Path(linter.__file__).resolve().parent.parent)
    return subprocess.Popen(  # noqa: S603 - this interpreter and our own code
        [sys.executable, "-I", "-X", "utf8", "-c", _BOOT.format(root=root, directory=str(directory))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=directory, text=True, encoding="utf-8",
    )  # fmt: skip


def line(operation: str, **arguments: object) -> str:
    """A request as it is sent."""
    return json.dumps({"op": operation, **arguments}) + "\n"


def opening(model: Path, memory: int) -> str:
    """The request that opens a Power BI model."""
    return line("open_model", path=str(model.resolve()), memory=memory + RESERVED)


_ahead: dict[Path, Launched] = {}


def open_ahead(path: Path) -> None:
    """Have a process open a Power BI file that is going to be asked for; ``take`` hands it over."""
    directory = private_directory()
    started = Launched(launch(Path(directory.name)), directory, opening(path, MEMORY_LIMIT))
    _ahead[path.resolve()] = started
    if not started.child.stdin:
        return
    try:
        started.child.stdin.write(started.asked)
        started.child.stdin.flush()
    except OSError:  # it ended at once: whoever takes it over finds that out
        return


def take(path: Path | None, memory: int) -> Launched | None:
    """The process that has opened a file ahead, for one taker, if its limit is the one asked for."""
    return _ahead.pop(path.resolve(), None) if path is not None and memory == MEMORY_LIMIT else None


@atexit.register
def _end() -> None:
    """End what nobody took; each deletes its directory when its input closes."""
    for started in _ahead.values():
        started.child.kill()
        started.child.wait()
        for pipe in (started.child.stdin, started.child.stdout):
            if pipe is not None:
                pipe.close()
        started.directory.cleanup()
