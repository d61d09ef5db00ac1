"""What an evidence pack was about: its figures are not in it, but the workbook's digest is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from linter.errors import UsageError

REPORT = "report.json"


def is_pack(path: Path) -> bool:
    """Whether a folder is an evidence pack, or a path its report."""
    return (path / REPORT).is_file() or (path.name == REPORT and path.is_file())


def workbook_of(pack: Path, digest: Callable[[Path], str]) -> Path:
    """The workbook that a pack is about, unchanged: in the pack, beside it, or where it was when packed.

    Args:
        pack: the folder, or the report in it.
        digest: of a workbook's content, as the report states it.

    Raises:
        UsageError: it is not there any more, or has changed. A pack names no figure, so that there is nothing
            else to compare with.
    """
    report = pack if pack.name == REPORT else pack / REPORT
    path, wanted = _stated(report)
    folder = report.parent
    for found in (folder / path.name, folder.parent / path.name, path):
        if found.exists() and digest(found) == wanted:
            return found
    raise UsageError(
        f"--against {pack}: a pack holds no figures, and {path.name} as it was packed is not beside it; name that "
        "workbook, or the tables that were published"
    )


def _stated(report: Path) -> tuple[Path, str]:
    try:
        document: Any = json.loads(report.read_text("utf-8"))
        (workbook,) = document["workbooks"]
        return Path(str(workbook["path"])), str(workbook["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--against {report}: not the report of a pack ({type(error).__name__})") from None
