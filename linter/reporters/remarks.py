"""What CI systems are told about a workbook: one remark per cause and per gap.

Reports of these systems are kept and passed on out of our sight. So they carry no member values,
whatever the options: nothing here reads a finding's ``evidence`` or ``revealed``, nor any cell.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from linter.findings import Finding, Severity
from linter.records import dataclass
from linter.reporters.reading import following, name, place, sentence, told, unchecked
from linter.text import clean, log_safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.findings import Suppression
    from linter.location import Location
    from linter.reporters.reading import Unchecked
    from linter.results import Run, WorkbookResult

NOT_CHECKED = "not-checked"
"""Stands for a rule where no finding speaks of a gap."""

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY")
_TEXT = frozenset({".twb", ".tds"})
"""Workbooks that are text themselves: a line of them can be pointed to."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The repository that a CI system shows: its top folder, and the folder that paths start from."""

    root: Path
    here: Path

    @classmethod
    def current(cls) -> Checkout:
        """The checkout of the job at hand, else the current folder."""
        here = Path.cwd()
        named = (Path(root) for variable in _ROOTS if (root := os.environ.get(variable)))
        return cls(next((root for root in named if here.is_relative_to(root)), here), here)

    def path(self, given: str) -> str:
        """The path from the top of the repository, with ``/``; absolute if it lies elsewhere."""
        full = Path(os.path.normpath(self.here / given))
        return (full.relative_to(self.root) if full.is_relative_to(self.root) else full).as_posix()

    def uri(self, given: str) -> str:
        """The same as a URI reference, percent-encoded."""
        path = self.path(given)
        return Path(path).as_uri() if Path(path).is_absolute() else encoded(path)


def encoded(path: str) -> str:
    """A path as a part of a URI. Names that are no Unicode keep their bytes."""
    return quote(os.fsencode(path) if os.name != "nt" else path.encode("utf-8", "surrogatepass"), safe="/")


def line_of(result: WorkbookResult, where: Location) -> int:
    """The line to point to: 1 for anything inside a container, where lines mean nothing."""
    return where.line or 1 if is_text(result) else 1


def file_of(result: WorkbookResult, where: Location) -> str:
    """The file to point to: the workbook itself, of a project the file that defines what is found."""
    files = result.workbook.files.values() if result.workbook else ()
    if where.line is None or where.part not in files:
        return result.path
    folder = Path(result.path)
    return str((folder.parent if folder.suffix.lower() == ".pbip" else folder) / where.part)


def is_text(result: WorkbookResult) -> bool:
    """Whether lines of the workbook can be pointed to: it is text itself, or a project of text files."""
    return Path(result.path).suffix.lower() in _TEXT or bool(result.workbook and result.workbook.files)


@dataclass(frozen=True, slots=True)
class Remark:
    """A cause or a gap, its text safe to print. ``fingerprint`` is unique in the run."""

    path: str
    line: int
    code: str
    name: str
    severity: Severity
    place: str
    message: str
    fix: str
    fingerprint: str
    coverage: bool = False
    suppression: Suppression | None = None
    follows: str = ""  # what follows from it and has no remark of its own

    @property
    def text(self) -> str:
        """Message, place and way out in one line; the first sentence stands alone."""
        where = f" At {self.place}." if self.place else ""
        fix = f" Fix: {_stopped(self.fix)}" if self.fix else ""
        return f"{_stopped(self.message)}{where}{fix}{f' {self.follows}.' if self.follows else ''}"


def remarks(run: Run, checkout: Checkout) -> list[list[Remark]]:
    """Per workbook its causes, worst first, each with what follows; then the gaps that no finding speaks of."""
    seen: dict[str, int] = {}

    def unique(path: str, fingerprint: str) -> str:
        found = hashlib.sha256(f"{path}\0{fingerprint}".encode("utf-8", "replace")).hexdigest()[:32]
        seen[found] = seen.get(found, 0) + 1
        return found if seen[found] == 1 else f"{found}-{seen[found]}"

    def of(result: WorkbookResult) -> Iterator[Remark]:
        path = checkout.path(result.path)
        shown = log_safe(clean(path, 4000))
        for f, followers in told(result):
            file = log_safe(clean(checkout.path(file_of(result, f.location)), 4000))
            yield Remark(
                file, line_of(result, f.location), name(f.rule), name(f.name), f.severity,
                place(f.location.page, f.location.visual), sentence(f.message), sentence(f.fix),
                unique(path, f.fingerprint), f.coverage, f.suppression, following(followers),
            )  # fmt: skip
        for gap in silent(result):
            said, fix = gap_text(gap), " ".join(sentence(fix) for fix in gap.fixes)
            key = "\0".join((NOT_CHECKED, gap.what, gap.state, *sorted(gap.ids)))
            yield Remark(shown, 1, NOT_CHECKED, NOT_CHECKED, Severity.WARNING, "; ".join(gap.named), said, fix,
                         unique(path, key), coverage=True)  # fmt: skip

    return [list(of(result)) for result in run.results]


def silent(result: WorkbookResult) -> list[Unchecked]:
    """Gaps that no finding speaks of."""
    return [gap for gap in unchecked(result) if not gap.findings]


def gap_text(gap: Unchecked) -> str:
    """What was not checked, and why."""
    what = "" if gap.what == "finding" else f"{gap.what} {gap.state}: "
    return f"Not checked: {what}{_stopped(sentence(gap.reason))}"


def fingerprints(finding: Finding, path: str, seen: dict[str, int]) -> dict[str, str]:
    """The partial fingerprints of SARIF. GitHub takes ``primaryLocationLineHash`` for the identity of
    an alert and would make it of line 1, which all findings on a container share.
    """
    found = hashlib.sha256(f"{path}\0{finding.fingerprint}".encode("utf-8", "replace")).hexdigest()[:32]
    seen[found] = seen.get(found, 0) + 1
    return {"primaryLocationLineHash": f"{found}:{seen[found]}", "disclint/v1": finding.fingerprint}


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
