"""What every command needs of the terminal: one document out, notices apart, plain endings.

stdout carries exactly one document; progress and notices go to stderr. No exception reaches the
user with its message unless it was raised on purpose, since a message may quote pupil data.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

import typer

from linter.errors import DisclintError
from linter.records import dataclass
from linter.results import ExitCode
from linter.text import clean, log_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from linter.reporters.interface import Style

Color = Literal["auto", "always", "never"]
INTERRUPTED = 130
_WIDEST, _NARROWEST, _UNKNOWN_WIDTH = 100, 40, 100


def notice(message: str) -> None:
    """One line on stderr."""
    sys.stderr.write(log_safe(clean(message, 1000)) + "\n")
    sys.stderr.flush()


def write_document(document: str) -> None:
    """The one document on stdout. A reader that went away is no failure of the run."""
    try:
        sys.stdout.write(document)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer would fail again when the interpreter closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepare_streams() -> None:
    """A character that the console can't show is replaced, never the end of the run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def style_of(stream: TextIO, color: Color, *, statistics: bool = False, left_out: tuple[str, ...] = ()) -> Style:
    """How a text document may look on that stream."""
    from linter.reporters.interface import Style
    from linter.reporters.terminal import SYMBOLS

    terminal = stream.isatty()
    colored = color == "always" or (color == "auto" and _wants_color(terminal=terminal))
    columns = shutil.get_terminal_size((_UNKNOWN_WIDTH, 24)).columns
    try:
        SYMBOLS.encode(stream.encoding or "utf-8")
        symbols = True
    except (UnicodeEncodeError, LookupError):
        symbols = False
    return Style(max(_NARROWEST, min(columns, _WIDEST)), colored, symbols, statistics, left_out)


def _wants_color(*, terminal: bool) -> bool:
    """The conventions of no-color.org and force-color.org; the first one wins."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")


class FailedOn(Exception):
    """An unexpected error in the work on one input, named here; the error is the cause."""


def finish(body: Callable[[], int], *, verbose: bool = False) -> None:
    """Run a command's body and leave with its exit code; every failure is one line on stderr.

    Raises:
        typer.Exit: always.
    """
    try:
        code: int = body()
    except DisclintError as error:
        notice(f"disclint: {error}")
        code = ExitCode.USAGE
    except KeyboardInterrupt:
        notice("disclint: interrupted")
        code = INTERRUPTED
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 (the last line of defence: its text may quote data, so it isn't shown)
        cause = error.__cause__ if isinstance(error, FailedOn) and error.__cause__ else error
        on = f" on {error}" if cause is not error else ""
        more = "" if verbose else " -v tells more."
        notice(f"disclint: internal error{on}: {_kind_and_place(cause)}. Please report it.{more}")
        if verbose:
            sys.stderr.write("".join(traceback.format_tb(cause.__traceback__)))
        code = ExitCode.USAGE
    raise typer.Exit(code)


def _kind_and_place(error: BaseException) -> str:
    """``ValueError in full.py, line 12``: never the message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""  # noqa: PTH119
    return type(error).__name__ + place


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: a bar on a terminal, plain lines when asked for, else nothing.

    ``advance`` moves the bar: by one workbook, or by one step where there is only one.
    """

    show: Callable[[str], None]
    advance: Callable[[bool], None] = lambda _: None

    def of(self, label: str) -> Callable[[str], None]:
        """A receiver of what happens to one workbook."""

        def receive(message: str) -> None:
            self.show(log_safe(clean(f"{label}: {message}", 100)))
            self.advance(False)

        return receive

    def done(self) -> None:
        """A workbook is finished."""
        self.advance(True)


@contextmanager
def progress(*, quiet: bool, verbose: bool, animated: bool, workbooks: int = 1) -> Iterator[Progress]:
    """Progress on stderr for as long as the block runs."""
    if verbose and not quiet:
        yield Progress(notice)
    elif animated and not quiet and sys.stderr.isatty() and not os.environ.get("CI"):
        with _bar(workbooks) as shown:
            yield shown
    else:
        yield Progress(lambda _: None)


_STEPS = 3
"""What is reported of one workbook: reading, counting people, applying the rules."""


@contextmanager
def _bar(workbooks: int) -> Iterator[Progress]:
    """A bar over the workbooks, or over the steps of a single one; it leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn("dots" if console.encoding.startswith("utf") else "line"),
        BarColumn(24),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        # The first step begins as it is told, so that a single workbook starts one below.
        task = bar.add_task("starting", total=workbooks if workbooks > 1 else _STEPS, completed=-(workbooks <= 1))

        def advance(finished: bool) -> None:
            if finished or workbooks <= 1:
                bar.advance(task)

        yield Progress(lambda message: bar.update(task, description=message), advance)
