"""What a Power BI file or project folder is made of: named parts, wherever they lie.

A .pbix or .pbit is a zip; a project (.pbip) is a folder with ``X.Report`` and ``X.SemanticModel``.
Both are served as named parts with forward slashes, the report's below ``Report/``.

Source: https://learn.microsoft.com/power-bi/developer/projects/projects-overview
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from linter.archive import Archive
from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PART = 256 << 20
MAX_FILES = 20_000
CACHE = "Model/.pbi/cache.abf"
DATA_MODEL, SCHEMA, MASHUP, BIM = "DataModel", "DataModelSchema", "DataMashup", "Model/model.bim"
UNUSED = frozenset({"StaticResources", ".git"})


class Parts(Protocol):
    """Anything that serves parts by name."""

    def names(self) -> tuple[str, ...]:
        """All parts."""

    def find(self, name: str) -> str | None:
        """The part of that name, whatever its letter case, or None."""

    def read(self, name: str) -> bytes:
        """The whole part. Raises Unreadable with ``part`` set."""


def model_file(path: Path) -> Path | None:
    """The file or project to read the model from; None where there is none in it.

    A .pbix carries its model itself. A project has it in the data cache beside its definition, if
    anybody saved one; without, it has the definition alone, like a template.

    Raises:
        Unreadable: as ``opened``.
    """
    if path.suffix.lower() == ".abf":
        return path
    with opened(path) as parts:
        if isinstance(parts, Project):
            return parts.path(CACHE) or (path if any(map(_defines, parts.names())) else None)
        return path if any(parts.find(name) for name in (DATA_MODEL, SCHEMA, MASHUP)) else None


def _defines(name: str) -> bool:
    """Whether a file of a project holds a part of the model's definition."""
    return name == BIM or (name.startswith("Model/") and name.endswith(".tmdl"))


def holds_rows(path: Path) -> bool:
    """Whether a file has a model with stored rows in it. Raises as ``opened``."""
    if path.suffix.lower() == ".abf":
        return True
    with opened(path) as parts:
        return parts.find(DATA_MODEL) is not None


def is_text(parts: Parts) -> bool:
    """Whether the parts are files that a person can open at a line."""
    return isinstance(parts, Project)


class Cache:
    """A data cache by itself: rows and no report."""

    def names(self) -> tuple[str, ...]:
        """No parts."""
        return ()

    def find(self, name: str) -> str | None:  # noqa: ARG002 - there is nothing to find
        """None."""
        return None

    def read(self, name: str) -> bytes:
        """Raises Unreadable."""
        raise Unreadable("a data cache has no such part", part=name)


@contextmanager
def opened(path: Path) -> Iterator[Parts]:
    """The parts of a .pbix or .pbit file, a .pbip file or a project folder.

    Raises:
        Unreadable: not there, not a container, truncated, encrypted, no report inside.
    """
    if path.suffix.lower() == ".abf":
        yield Cache()
    elif path.suffix.lower() == ".pbip":
        yield Project(path.parent, path.stem)
    elif path.is_dir():
        yield Project(path, "")
    else:
        with Archive.open(path) as archive:
            yield archive


class Project:
    """The folders of a project, mapped to the names that a .pbix gives the same parts.

    ``X.Report/definition/...`` is served as ``Report/definition/...`` and the model's folder as
    ``Model/...``. Links are not followed: a project comes from a repository that anyone may write.

    Raises:
        Unreadable: no report folder, or several and none has the name of the project.
    """

    def __init__(self, root: Path, stem: str) -> None:
        self._files: dict[str, Path] = {}
        for folder, prefix in ((_only(root, stem, ".Report"), "Report"), (_model(root, stem), "Model")):
            if folder is not None:
                self._collect(folder, prefix)
        if not self._files:
            raise Unreadable("there is no Power BI report in this folder")
        self._folded = {name.casefold(): name for name in self._files}

    def names(self) -> tuple[str, ...]:
        """All parts, sorted."""
        return tuple(sorted(self._files))

    def find(self, name: str) -> str | None:
        """The part of that name, whatever its letter case, or None."""
        return self._folded.get(name.casefold())

    def path(self, name: str) -> Path | None:
        """Where the part lies on disk."""
        return self._files.get(name)

    def files(self, project: Path) -> dict[str, str]:
        """Every part with its path from the folder of the project, with forward slashes."""
        folder = project if project.is_dir() else project.parent
        return {name: Path(os.path.relpath(path, folder)).as_posix() for name, path in self._files.items()}

    def read(self, name: str) -> bytes:
        """The whole part. Raises Unreadable with ``part`` set."""
        try:
            if self._files[name].stat().st_size > MAX_PART:
                raise Unreadable("the part is too large", part=name)
            return self._files[name].read_bytes()
        except (OSError, KeyError):
            raise Unreadable("the part can't be read", part=name) from None

    def _collect(self, folder: Path, prefix: str) -> None:
        for here, folders, files in os.walk(folder, followlinks=False):
            folders[:] = sorted(f for f in folders if f not in UNUSED)
            for file in files:
                path = Path(here, file)
                if not path.is_symlink():
                    self._files[f"{prefix}/{path.relative_to(folder).as_posix()}"] = path
                if len(self._files) > MAX_FILES:
                    raise Unreadable(f"the project holds more than {MAX_FILES:,} files")


def _only(root: Path, stem: str, suffix: str) -> Path | None:
    if root.name.lower().endswith(suffix.lower()):
        return root
    try:
        found = sorted(p for p in root.iterdir() if p.is_dir() and p.name.lower().endswith(suffix.lower()))
    except OSError:
        raise Unreadable("the folder can't be read") from None
    named = [p for p in found if p.name[: -len(suffix)].casefold() == stem.casefold()]
    if len(named or found) > 1:
        raise Unreadable(
            f"the folder holds several {suffix[1:]} folders", fix="name the .pbip file instead of the folder"
        )
    return next(iter(named or found), None)


def _model(root: Path, stem: str) -> Path | None:
    beside = root.parent if root.name.lower().endswith(".report") else root
    name = root.name[: -len(".Report")] if beside != root else stem
    return _only(beside, name, ".SemanticModel") or _only(beside, name, ".Dataset")
