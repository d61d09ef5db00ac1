"""The command line. Thin: ``linter.commands`` has the commands, and is imported when they are needed."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from linter import __version__


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line."""
    from linter.commands.app import run as run_command

    return run_command(arguments)


def main() -> None:
    """The entry point of the ``disclint`` script."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"disclint {__version__}\n")
        return
    gc.set_threshold(50_000)  # what is imported stays: looking for cycles in it again and again only takes time
    _start_ahead(arguments)
    sys.exit(run(arguments))


def _start_ahead(arguments: Sequence[str]) -> None:
    """Have a Power BI file opened in its own process while this one imports everything else."""
    if not arguments or arguments[0] not in {"check", "cells"}:
        return
    path = next((Path(a) for a in arguments[1:] if a.lower().endswith((".pbix", ".pbit"))), None)
    if path is not None and path.is_file():
        from linter.data.launch import open_ahead

        open_ahead(path)
