"""Which configuration files hold for a workbook, from its own folder up to the repository root.

Files nearer to the workbook win, so that a folder can say what its workbooks are. What protects the
officer from the author stands in the outermost file only: elsewhere it is an error, never ignored.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from linter.config.strict import Glob, Said, Strict, read_toml, validated
from linter.errors import UsageError
from linter.manifest import AudienceName, DeliveryName, Manifest
from linter.text import listing

NAME, PYPROJECT = "disclint.toml", "pyproject.toml"
Level = Literal["note", "warning", "error"]
OUTERMOST = frozenset(
    {
        "policy", "waivers", "baseline", "second_person", "waiver_days", "review_days",
        "select", "ignore", "extend_select", "fail_on", "severity",
    }
)  # fmt: skip
"""Keys that only the outermost file of a repository may set."""
PROTECTED = OUTERMOST - {"select", "ignore", "extend_select", "fail_on"}
"""Of these, what the command line can't replace either: it has options of its own for the others."""
_PATHS = ("policy", "waivers", "baseline")


class WorkbookEntry(Manifest):
    """The manifest of the workbooks that match a pattern, below the folder of the file."""

    path: Glob


class ConfigFile(Strict):
    """The keys of ``disclint.toml`` and of ``[tool.disclint]`` in ``pyproject.toml``."""

    extend: Said | None = None
    audience: AudienceName | None = None
    minimum_audience: AudienceName | None = None
    delivery: DeliveryName | None = None
    profile: Said | None = None
    policy: Said | None = None
    waivers: Said | None = None
    baseline: Said | None = None
    second_person: bool = False
    waiver_days: int = Field(default=365, ge=1)
    review_days: int | None = Field(default=None, ge=1)
    select: list[Said] = Field(default=[])
    ignore: list[Said] = Field(default=[])
    extend_select: list[Said] = Field(default=[])
    fail_on: Literal["error", "warning", "never"] = "error"
    severity: dict[str, Level] = Field(default={})
    workbook: list[WorkbookEntry] = Field(default=[])


@dataclass(frozen=True, slots=True)
class Loaded:
    """One configuration file with what it extends. Its paths are absolute. ``folder``: where globs start."""

    path: Path | None  # None: the command line
    folder: Path
    values: ConfigFile

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(_short(self.path)) if self.path else "--config"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line says about configuration: ``file`` in place of the discovered ones.

    ``settings`` are ``KEY=VALUE`` texts. ``isolated``: no file beside the workbook or above it counts.
    """

    file: Path | None = None
    settings: tuple[str, ...] = ()
    isolated: bool = False

    @staticmethod
    def of(given: Iterable[str], *, isolated: bool) -> Request:
        """Read the values of ``--config``.

        Raises:
            UsageError: two files, or a file together with ``--isolated``.
        """
        texts = list(given)
        files = [t for t in texts if "=" not in t or Path(t).is_file()]
        if len(files) > 1:
            raise UsageError(f"--config: one file is enough, not {listing(files)}")
        if files and isolated:
            raise UsageError("--config FILE and --isolated exclude each other")
        file = Path(files[0]) if files else None
        return Request(file, tuple(t for t in texts if t not in files), isolated)


@dataclass(frozen=True, slots=True)
class Configured:
    """All that configures one workbook: ``layers`` with the strongest first.

    ``outer`` holds what only the outermost file may say, ``root`` is that file's folder (else the end
    of the search), ``minima`` are the minimum audiences with the names of those who ask for them.
    """

    layers: tuple[Loaded, ...]
    outer: ConfigFile
    outer_name: str
    root: Path
    minima: tuple[tuple[str, AudienceName], ...]


def configured(workbook: Path, request: Request) -> Configured:
    """What configures a workbook.

    A file of ``--config`` stands in the place of the discovered ones, of which the minimum audience and
    what the outermost protects still count. Neither a file nor a setting can replace these.

    Raises:
        UsageError: a file or setting is not valid, or not allowed where it stands.
    """
    found = [] if request.isolated else discovered(workbook)
    minima = [(c.name, c.values.minimum_audience) for c in found if c.values.minimum_audience]
    guarding = found[-1] if found else None
    if request.file is not None:
        found = [load(request.file.absolute())]
        minima += [(c.name, c.values.minimum_audience) for c in found if c.values.minimum_audience]
    outer, outer_name = (found[-1].values, found[-1].name) if found else (ConfigFile(), "--config")
    root = found[-1].folder if found else list(folders(workbook))[-1]
    if request.file is not None and guarding is not None:
        outer, root = _guarded(outer, outer_name, guarding), guarding.folder
    settings = from_settings(request.settings, Path.cwd())
    if settings is not None:
        given = settings.values.model_fields_set
        if both := sorted(given & outer.model_fields_set & PROTECTED):
            raise UsageError(f"--config: {both[0]!r} is set by {outer_name}")
        outer = outer.model_copy(update={k: getattr(settings.values, k) for k in given & OUTERMOST})
        minima += [("--config", settings.values.minimum_audience)] if settings.values.minimum_audience else []
        found = [settings, *found]
    return Configured(tuple(found), outer, outer_name, root, tuple(minima))


def _guarded(outer: ConfigFile, name: str, guarding: Loaded) -> ConfigFile:
    """The values of a file of ``--config`` with what the repository protects.

    Raises:
        UsageError: the file says something else about it.
    """
    kept = {key: getattr(guarding.values, key) for key in guarding.values.model_fields_set & PROTECTED}
    said = outer.model_fields_set & kept.keys()
    if other := sorted(key for key in said if getattr(outer, key) != kept[key]):
        raise UsageError(f"{name}: {other[0]!r} is set by {guarding.name}")
    return outer.model_copy(update=kept)


_RUN_WIDE = OUTERMOST - PROTECTED


def for_run(workbooks: Iterable[Path], request: Request) -> Configured:
    """What configures a run as a whole: which rules, and when it fails.

    Raises:
        UsageError: the workbooks lie under configurations that differ in this.
    """
    found = [configured(path, request) for path in workbooks] or [configured(Path.cwd() / "none", request)]
    first = found[0]
    for other in found[1:]:
        key = next((k for k in sorted(_RUN_WIDE) if getattr(first.outer, k) != getattr(other.outer, k)), None)
        if key is not None:
            names = f"{first.outer_name} and {other.outer_name}"
            raise UsageError(f"{names} differ in {key!r}: check their workbooks in separate runs")
    return first


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
    """The workbook's folder and those above it, up to the repository root.

    Outside a repository: up to the current folder if the workbook lies below it, else its own folder
    alone, so that a file somewhere above (such as in a shared temporary folder) can't interfere.
    """
    start = Path(os.path.abspath(workbook)).parent  # noqa: PTH100 - links are not followed: the place is what counts
    above = [start, *start.parents]
    root = next((i for i, folder in enumerate(above) if (folder / ".git").exists()), None)
    if root is None:
        here = Path.cwd()
        root = above.index(here) if here in above else 0
    yield from above[: root + 1]


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
        raise UsageError(f"{_short(folder)}: can't be searched for a configuration ({error.strerror})") from error
    if there[0]:
        return load(own)
    return load(project) if there[1] and _section(project) is not None else None


def _section(project: Path) -> dict[str, Any] | None:
    """``[tool.disclint]`` of a pyproject.toml; None if it has none."""
    try:
        data: Any = read_toml(project, str(_short(project)))
    except UsageError:
        # Another tool's broken file says nothing about us, unless it names us.
        if b"[tool.disclint" in project.read_bytes():
            raise
        return None
    section = data.get("tool", {}).get("disclint") if isinstance(data.get("tool", {}), dict) else None
    if section is not None and not isinstance(section, dict):
        raise UsageError(f"{_short(project)}: tool.disclint must be a table")
    return section


def _extended(path: Path, below: tuple[Path, ...]) -> ConfigFile:
    """The file's values over those of the file it extends; of two minimum audiences the stricter."""
    where = str(_short(path))
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


def stricter(one: AudienceName, other: AudienceName) -> AudienceName:
    """The wider audience of two."""
    order: list[AudienceName] = ["internal", "schools", "partners", "public"]
    return max(one, other, key=order.index)


def _absolute(values: ConfigFile, folder: Path) -> ConfigFile:
    """The same with its paths starting from the folder of the file."""
    changes = {key: str(folder / text) for key in _PATHS if (text := getattr(values, key)) is not None}
    return values.model_copy(update=changes)


def _short(path: Path) -> Path:
    """The path from the current folder where it lies below it, for messages."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path
