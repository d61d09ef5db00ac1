"""Configuration files as records: where they lie, what they extend, and what the command line sets."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linter.config.keys import OUTERMOST, ConfigFile, stricter
from linter.config.strict import read_toml, short, validated
from linter.errors import UsageError
from linter.records import dataclass

NAME, PYPROJECT = "disclint.toml", "pyproject.toml"
_PATHS = ("policy", "waivers", "baseline")


@dataclass(frozen=True, slots=True)
class Loaded:
    """One configuration file with what it extends. Its paths are absolute. ``folder``: where globs start."""

    path: Path | None  # None: the command line
    folder: Path
    values: ConfigFile

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(short(self.path)) if self.path else "--config"


def discovered(workbook: Path) -> list[Loaded]:
    """Every configuration file that lies above a workbook, the nearest first.

    Raises:
        UsageError: one is not valid, or sets what only the outermost may.
    """
    found = [loaded for folder in folders(workbook) if (loaded := _in(folder)) is not None]
    for inner in found[:-1]:
        if guarded := sorted(OUTERMOST & inner.values.model_fields_set):
            outer = found[-1].name
            raise UsageError(f"{inner.name}: {guarded[0]!r} may stand only in the outermost configuration, {outer}")
    return found


def folders(workbook: Path) -> Iterator[Path]:
    """The workbook's folder and those above it, up to the repository root; of a submodule, to that of the whole.

    Outside a repository: up to the current folder if the workbook lies below it, else its own folder
    alone, so that a file somewhere above (such as in a shared temporary folder) can't interfere.
    """
    start = Path(os.path.abspath(workbook)).parent  # noqa: PTH100 - links are not followed: the place is what counts
    above = [start, *start.parents]
    root = next((i for i, folder in enumerate(above) if _ends_at(folder / ".git")), None)
    if root is None:
        here = Path.cwd()
        root = above.index(here) if here in above else 0
    yield from above[: root + 1]


def _ends_at(git: Path) -> bool:
    """Whether a repository's root is there. A submodule is its author's, and may not hide what is above it."""
    try:
        return git.exists() and not (git.is_file() and b"/modules/" in git.read_bytes())
    except OSError as error:
        raise UsageError(f"{short(git)}: can't be read ({error.strerror})") from error


def load(path: Path) -> Loaded:
    """A configuration file with everything it extends.

    Raises:
        UsageError: it is not valid, naming file and key.
    """
    return Loaded(path, path.parent, _extended(path, ()))


def from_settings(settings: tuple[str, ...], folder: Path) -> Loaded | None:
    """The ``KEY=VALUE`` texts of the command line as one configuration; later ones win."""
    data: dict[str, Any] = {}
    for text in settings:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not key or not equals:
            raise UsageError(f"--config {text}: neither a file nor KEY=VALUE")
        try:
            data |= tomllib.loads(f"{key} = {value}")
        except tomllib.TOMLDecodeError:  # plain text needs no quotes on the command line
            data[key] = value
    if not data:
        return None
    return Loaded(None, folder, _absolute(validated(ConfigFile, data, "--config"), folder))


def _in(folder: Path) -> Loaded | None:
    own, project = folder / NAME, folder / PYPROJECT
    try:
        there = own.is_file(), project.is_file()
    except OSError as error:  # a configuration that can't be seen might be the strictest
        raise UsageError(f"{short(folder)}: can't be searched for a configuration ({error.strerror})") from error
    if not there[0] and os.path.lexists(own):  # so might one behind a link that leads nowhere
        raise UsageError(f"{short(own)}: is no file, or a link that leads to none")
    section = there[1] and _section(project) is not None
    if there[0] and section:  # neither may hide what the other protects
        raise UsageError(f"{short(own)}: {PYPROJECT} beside it has [tool.disclint] too; keep one of them")
    return load(own) if there[0] else load(project) if section else None


def _section(project: Path) -> dict[str, Any] | None:
    """``[tool.disclint]`` of a pyproject.toml; None if it has none."""
    try:
        data: Any = read_toml(project, str(short(project)))
    except UsageError:
        # Another tool's broken file says nothing about us, unless it names us, in whatever spelling of the table.
        if b"disclint" in project.read_bytes():
            raise
        return None
    section = data.get("tool", {}).get("disclint") if isinstance(data.get("tool", {}), dict) else None
    if section is not None and not isinstance(section, dict):
        raise UsageError(f"{short(project)}: tool.disclint must be a table")
    return section


def _extended(path: Path, below: tuple[Path, ...]) -> ConfigFile:
    """The file's values over those of the file it extends; of two minimum audiences the stricter."""
    where = str(short(path))
    if path.resolve() in below:
        raise UsageError(f"{where}: 'extend' goes in a circle")
    data = (_section(path) or {}) if path.name == PYPROJECT else read_toml(path, where)
    own = _absolute(validated(ConfigFile, data, where), path.parent)
    if own.extend is None:
        return own
    parent = _extended(path.parent / own.extend, (*below, path.resolve()))
    changes = {key: getattr(own, key) for key in own.model_fields_set}
    if own.minimum_audience and parent.minimum_audience:
        changes["minimum_audience"] = stricter(own.minimum_audience, parent.minimum_audience)
    changes["severity"] = parent.severity | own.severity
    changes["workbook"] = [*own.workbook, *parent.workbook]
    kept = parent.model_fields_set | own.model_fields_set
    changes = {key: value for key, value in changes.items() if key in kept}
    return parent.model_copy(update=changes)


def _absolute(values: ConfigFile, folder: Path) -> ConfigFile:
    """The same with its paths starting from the folder of the file."""
    changes = {key: str(folder / text) for key in _PATHS if (text := getattr(values, key)) is not None}
    return values.model_copy(update=changes)
