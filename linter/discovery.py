"""From the paths on the command line to the workbooks behind them."""

from __future__ import annotations

import glob
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from linter.errors import UsageError
from linter.manifest import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORKBOOKS = frozenset({".twb", ".twbx", ".tds", ".tdsx", ".pbix", ".pbit", ".pbip"})
"""What a walk picks up. A file that is named is an input whatever it is called."""

_REPORT, _MODELS = ".report", (".semanticmodel", ".dataset")
_APPLE_DOUBLE = "._"  # the shadow files macOS leaves on other file systems: never workbooks


def discover(paths: Iterable[Path]) -> list[Path]:
    """Every workbook at or below the paths, each once, in the order given and sorted in a folder.

    A Power BI project is one input: its ``.pbip`` file, or its ``*.Report`` folder where no
    ``.pbip`` speaks for it. A folder that can't be listed is an input too, so that the reader
    says so and the run can't pass for clean.

    Raises:
        UsageError: a path that doesn't exist.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for workbook in _at(path):
            found.setdefault(_identity(workbook), workbook)
    return list(found.values())


def _identity(path: Path) -> str:
    """What tells one input from another: its place. A link is judged by what holds where it lies, as is its target."""
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - links are not followed


def _at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from [path] if _is_project_part(path.name) else _walk(path)
    elif path.exists():
        yield from _meant_by(path)
    else:
        yield from _matching(path)


def _meant_by(file: Path) -> Iterator[Path]:
    """The inputs that a file speaks of: itself, the workbook it declares, the projects it is a part of.

    A commit hook names every file that changed, and one workbook may be many files.
    """
    if file.suffix.lower() in WORKBOOKS:
        yield file
        return
    workbook = file.with_name(file.name.removesuffix(SUFFIX))
    if workbook != file and workbook.exists():
        yield workbook
    elif (part := _part_around(file)) is not None:
        yield from _projects_of(part)
    else:
        yield file


def in_project(path: Path) -> bool:
    """Whether a file lies in a folder of a Power BI project."""
    return _part_around(path) is not None


def _part_around(path: Path) -> Path | None:
    """The project folder that a file lies in, as the path names it."""
    full = Path(os.path.abspath(path))  # noqa: PTH100 - links stay what they are called
    return next((p for p in (*path.parents, *full.parents) if _is_project_part(p.name)), None)


def _projects_of(part: Path) -> list[Path]:
    """What a walk would check of a folder of a project: each report that rests on a model, or the part itself."""
    home, name = part.parent, os.path.normcase(part.name)
    beside = os.listdir(home)  # noqa: PTH208 - names are compared
    opened = {home / file: _opened_reports(home / file) for file in beside if file.lower().endswith(".pbip")}
    reports = [file for file in beside if file.lower().endswith(_REPORT)]
    concerned = {os.path.normcase(r) for r in reports if name in {os.path.normcase(r), *_used_models(home / r)}}
    projects = sorted(file for file, names in opened.items() if names & concerned)
    spoken_for = {name for names in opened.values() for name in names}
    alone = sorted(home / r for r in reports if os.path.normcase(r) in concerned - spoken_for)
    return [*projects, *alone] or [part]


def _matching(pattern: Path) -> Iterator[Path]:
    """Files of a pattern that the shell left alone, as the Windows one does."""
    matches = sorted(glob.glob(str(pattern))) if glob.has_magic(str(pattern)) else []  # noqa: PTH207 (absolute patterns)
    if not matches:
        raise UsageError(f"{pattern}: there is no such file or folder")
    for match in matches:
        yield from _at(Path(match))


def _walk(root: Path) -> Iterator[Path]:
    unlisted: list[Path] = []

    def remember(error: OSError) -> None:
        unlisted.append(Path(error.filename))

    for folder, subfolders, files in os.walk(root, onerror=remember):
        here = Path(folder)
        names = [n for n in files if Path(n).suffix.lower() in WORKBOOKS and not n.startswith(_APPLE_DOUBLE)]
        yield from (here / name for name in sorted([*names, *_lone_parts(here, subfolders, names)]))
        subfolders[:] = sorted(s for s in subfolders if not s.startswith(".") and not _is_project_part(s))
    yield from sorted(unlisted)


def _lone_parts(here: Path, subfolders: list[str], files: list[str]) -> Iterator[str]:
    """Parts of projects that nothing beside them speaks for: neither a ``.pbip`` nor a report."""
    projects = [here / name for name in files if Path(name).suffix.lower() == ".pbip"]
    reports = [s for s in subfolders if s.lower().endswith(_REPORT)]
    models = [s for s in subfolders if s.lower().endswith(_MODELS)]
    opened = {name for project in projects for name in _opened_reports(project)}
    used = {name for report in reports for name in _used_models(here / report)}
    yield from (s for s in reports if os.path.normcase(s) not in opened)
    yield from (s for s in models if os.path.normcase(s) not in used)


# What can't be understood here speaks for the folders of its own name; its reader says what is wrong.


def _opened_reports(project: Path) -> set[str]:
    """Names of the report folders that a ``.pbip`` opens."""
    try:
        artifacts = json.loads(project.read_text("utf-8-sig"))["artifacts"]
        names = [_name(a["report"]["path"]) for a in artifacts if "report" in a]
    except (OSError, ValueError, KeyError, TypeError):
        names = []
    return {os.path.normcase(name) for name in names or [f"{project.stem}.Report"]}


def _used_models(report: Path) -> set[str]:
    """Names of the model folders that a report may rest on."""
    try:
        reference = json.loads((report / "definition.pbir").read_text("utf-8-sig"))["datasetReference"]
        names = [_name(reference["byPath"]["path"])]
    except (OSError, ValueError, KeyError, TypeError):
        names = [f"{report.stem}.SemanticModel", f"{report.stem}.Dataset"]
    return {os.path.normcase(name) for name in names}


def _name(path: str) -> str:
    return Path(path.replace("\\", "/")).name


def _is_project_part(name: str) -> bool:
    return name.lower().endswith((_REPORT, *_MODELS))
