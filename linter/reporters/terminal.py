"""Text on a terminal: width, colour, symbols and indentation in one place."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from linter.findings import Severity
from linter.records import dataclass
from linter.text import log_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linter.reporters.interface import Style
    from linter.reporters.reading import Verdict

_TRAILING = re.compile(r"(?:[ \t]|\x1b\[[0-9;]*m)+$", re.MULTILINE)
COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MARKS = {
    Severity.ERROR: ("\N{HEAVY MULTIPLICATION X}", "x"),
    Severity.WARNING: ("\N{BLACK UP-POINTING TRIANGLE}", "!"),
    Severity.NOTE: ("\N{BULLET}", "-"),
}
_VERDICTS = {
    "unsafe": ("bold red", "\N{HEAVY MULTIPLICATION X}", "x"),
    "incomplete": ("bold yellow", "\N{BLACK UP-POINTING TRIANGLE}", "!"),
    "review": ("bold", "\N{BULLET}", "-"),
    "clean": ("bold green", "\N{CHECK MARK}", "+"),
}
SYMBOLS = "".join(sorted({marks[0] for marks in _MARKS.values()} | {v[1] for v in _VERDICTS.values()}))
"""What a console must be able to encode for ``Style.symbols``."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The marks of a style."""

    style: Style

    def mark(self, severity: Severity) -> Text:
        """Symbol and word of a severity, so that neither colour nor symbol is needed."""
        symbol = _MARKS[severity][not self.style.symbols]
        return Text(f"{symbol} {severity.label}", COLORS[severity])

    def verdict(self, verdict: Verdict) -> Text:
        """The last line on a workbook."""
        color, *symbols = _VERDICTS[verdict.kind]
        return Text(f"{symbols[not self.style.symbols]} {verdict.text}", color)


def indented(body: RenderableType, columns: int) -> Padding:
    """The same, further in."""
    return Padding(body, (0, 0, 0, columns), expand=False)


def labelled(label: str, body: str | Text, style: str = "dim", columns: int = 0) -> RenderableType:
    """``label  body`` with the body's further lines under its first. ``columns`` aligns several labels."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, min_width=columns or None)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style), body if isinstance(body, Text) else Text(body))
    return grid


def small_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], widest: int = 28) -> RenderableType:
    """A few lines of short texts under their heads; what is longer is cut, so that each row is one line."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=False)
    for title in head:
        table.add_column(Text(_cut(title, widest)), no_wrap=True, overflow="crop")
    for row in rows:
        table.add_row(*(Text(_cut(cell, widest)) for cell in row))
    return table


def _cut(text: str, widest: int) -> str:
    return text if len(text) <= widest else f"{text[: widest - 2].rstrip()}.."


def draw(parts: list[RenderableType], style: Style) -> str:
    """The document as text with a line break at its end; no trailing blanks, nothing a log would obey."""
    console = Console(
        file=io.StringIO(),
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        no_color=not style.color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as capture:
        console.print(Group(*parts))
    return log_safe(_TRAILING.sub(lambda m: re.sub(r"[ \t]", "", m.group()), capture.get()))
