"""What a pack is made from, and the names of its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.text import clean

if TYPE_CHECKING:
    import datetime as dt

    from linter.config.resolve import Settled
    from linter.results import Run, WorkbookResult
    from linter.rules import Rule

HTML, JSON, REGISTER, SHEET, SEALED = "report.html", "report.json", "register.csv", "sign-off.docx", "pack.json"
REPORTS = (HTML, JSON, REGISTER)
"""The files that must stay as they are. The sheet is filled in, ``pack.json`` holds the hashes."""
FILES = (*REPORTS, SHEET, SEALED)


@dataclass(frozen=True, slots=True)
class Checked:
    """One workbook checked: the outcome and everything that was in force.

    ``run`` has this one result. ``left_out`` are codes of rules that did not run. ``inputs`` are what
    else the outcome rests on (``--data``, ``--against``), each as what it stands for and its SHA-256;
    ``as_of`` is the day that relative dates in the workbook were counted from, where it was said.
    """

    run: Run
    settled: Settled
    rules: tuple[Rule, ...]
    left_out: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    as_of: dt.date | None = None

    @property
    def result(self) -> WorkbookResult:
        """The one result."""
        return self.run.results[0]

    @property
    def name(self) -> str:
        """The workbook's file name."""
        return clean(Path(self.result.path).name)

    @property
    def day(self) -> dt.date:
        """The day on which it was judged."""
        return self.settled.policy.today
