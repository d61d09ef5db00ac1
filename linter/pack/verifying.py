"""Whether a pack and its workbook are still those that were signed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from linter.engine import digest
from linter.errors import Unreadable
from linter.pack.record import SEALED, SHEET
from linter.pack.seal import Pack, hashed, read_pack
from linter.pack.signoff import sheet_text
from linter.records import dataclass
from linter.results import ExitCode
from linter.text import clean, log_safe

State = Literal["same", "filled in", "changed", "missing"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file."""

    state: State
    name: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """The whole answer, the workbook last."""

    pack: Pack
    lines: tuple[Line, ...]

    @property
    def exit_code(self) -> ExitCode:
        """1 if anything changed, else 3 if anything could not be compared."""
        states = {line.state for line in self.lines}
        if "changed" in states:
            return ExitCode.FINDINGS
        return ExitCode.INCOMPLETE if "missing" in states else ExitCode.CLEAN

    def text(self) -> str:
        """The answer in lines; the last one is the verdict."""
        contents = self.pack.contents
        head = f"Pack of {clean(contents.workbook.name)}, checked on {clean(contents.checked_on)} "
        head += f"with disclint {clean(contents.tool.version)}"
        widest = max(len(line.state) for line in self.lines)
        said = [f"  {x.state:<{widest}}  {x.name}{f': {x.remark}' if x.remark else ''}" for x in self.lines]
        seal = f"Seal {self.pack.seal}: it must be the one on the signed sheet."
        return log_safe("\n".join([head, *said, seal, _VERDICTS[self.exit_code]])) + "\n"


_VERDICTS = {
    ExitCode.CLEAN: "Unchanged: the workbook and the pack are those that were checked.",
    ExitCode.FINDINGS: "Changed: what was signed does not hold for this. Check again and sign again.",
    ExitCode.INCOMPLETE: "Not complete: what is missing could not be compared.",
}


def verify(folder: Path, workbook: Path | None) -> Verified:
    """Compare everything with its hash.

    Args:
        folder: of the pack.
        workbook: to compare; None looks for its name in the folder, beside it and in the current one.

    Raises:
        UsageError: there is no pack in the folder.
    """
    pack = read_pack(folder)
    sealed = pack.seal == pack.contents.seal
    lines = [Line("same", SEALED) if sealed else Line("changed", SEALED, "it does not bear out its own seal")]
    lines += [_report(folder, name, wanted) for name, wanted in sorted(pack.contents.files.items())]
    lines += [_sheet(folder, pack), _workbook(pack, workbook or _found(folder, pack.contents.workbook.name))]
    return Verified(pack, tuple(lines))


def _report(folder: Path, name: str, wanted: str) -> Line:
    content = _content(folder / name)
    if content is None:
        return Line("missing", name)
    return Line("same" if hashed(content) == wanted else "changed", name)


def _sheet(folder: Path, pack: Pack) -> Line:
    """A sheet is meant to be filled in: then its printed text must be the same."""
    content = _content(folder / SHEET)
    if content is None:
        return Line("missing", SHEET)
    if hashed(content) == pack.sheet.sha256:
        return Line("same", SHEET, "not filled in")
    try:
        text = sheet_text(content)
    except Unreadable as error:
        return Line("changed", SHEET, str(error))
    if hashed(text.encode()) == pack.sheet.text_sha256:
        return Line("filled in", SHEET, "its printed text is unchanged")
    return Line("changed", SHEET, "its printed text is not the one that was written")


def _workbook(pack: Pack, workbook: Path | None) -> Line:
    known = pack.contents.workbook
    name = clean(known.name)
    if workbook is None:
        return Line("missing", name, "not in the pack's folder, beside it or here; name it")
    try:
        found = digest(workbook)
    except Unreadable as error:
        return Line("missing", clean(str(workbook), 1000), str(error))
    if found == known.sha256:
        renamed = "" if workbook.name == known.name else f"it was called {name}"
        return Line("same", clean(str(workbook), 1000), renamed)
    return Line("changed", clean(str(workbook), 1000), "it is not the workbook that was checked")


def _found(folder: Path, name: str) -> Path | None:
    """The workbook by its name, which is a plain one; nothing else is guessed."""
    if Path(name).name != name:
        return None
    places = (folder, folder.resolve().parent, Path.cwd())
    return next((place / name for place in places if (place / name).exists()), None)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None  # said as missing, which is never clean
