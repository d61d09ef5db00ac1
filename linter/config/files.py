"""Which configuration files hold for a workbook, from its own folder up to the repository root.

Files nearer to the workbook win, so that a folder can say what its workbooks are. What protects the
officer from the author stands in the outermost file only: elsewhere it is an error, never ignored.
The command line can't do without that file either: it adds to it, or leaves out what it loosens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from linter.config.keys import LOOSENING, OUTERMOST, PROTECTED, RUN_WIDE, ConfigFile
from linter.config.loading import Loaded, discovered, folders, from_settings, load
from linter.errors import UsageError
from linter.manifest import AudienceName
from linter.records import dataclass
from linter.text import listing


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line says about configuration: ``file`` in place of those nearer than the outermost.

    ``settings`` are ``KEY=VALUE`` texts. ``isolated``: no manifest and no file nearer than the outermost
    counts, and of that one only what makes the judgement stricter.
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
    ``isolated``: what the layers say may only make the judgement stricter.
    """

    layers: tuple[Loaded, ...]
    outer: ConfigFile
    outer_name: str
    root: Path
    minima: tuple[tuple[str, AudienceName], ...]
    isolated: bool = False


def configured(workbook: Path, request: Request) -> Configured:
    """What configures a workbook.

    A file of ``--config`` stands in the place of those nearer than the outermost, which still counts.
    Neither a file nor a setting can replace what that one protects.

    Raises:
        UsageError: a file or setting is not valid, or not allowed where it stands.
    """
    found = discovered(workbook)
    guarding = found[-1] if found else None
    minima = _minima(found)
    outer, outer_name = (guarding.values, guarding.name) if guarding else (ConfigFile(), "--config")
    if request.isolated:
        found = [replace(guarding, values=_tightening(guarding.values))] if guarding else []
        outer = found[0].values if found else outer
    elif request.file is not None:
        own = load(request.file.absolute())
        minima += _minima([own])
        if guarding is None:
            outer, outer_name, found = own.values, own.name, [own]
        else:
            outer = _guarded(own, guarding)
            found = [own, guarding] if own.path != guarding.path else [own]
    settings = from_settings(request.settings, Path.cwd())
    if settings is not None:
        _refuse(settings, guarding or Loaded(request.file, Path(), outer), known=guarding is not None)
        given = settings.values.model_fields_set
        outer = outer.model_copy(update={k: getattr(settings.values, k) for k in given & OUTERMOST})
        minima += _minima([settings])
        found = [settings, *found]
    root = guarding.folder if guarding else found[-1].folder if request.file else list(folders(workbook))[-1]
    return Configured(tuple(found), outer, outer_name, root, tuple(minima), request.isolated)


def _minima(found: list[Loaded]) -> list[tuple[str, AudienceName]]:
    return [(c.name, c.values.minimum_audience) for c in found if c.values.minimum_audience]


def _tightening(values: ConfigFile) -> ConfigFile:
    """What of a repository's configuration makes the judgement stricter, and nothing else."""
    kept = ("profile", "policy", "severity", "review_days", "workbook")
    return ConfigFile().model_copy(update={k: getattr(values, k) for k in kept if k in values.model_fields_set})


def _guarded(own: Loaded, guarding: Loaded) -> ConfigFile:
    """The values of a file of ``--config`` with what the repository protects.

    Raises:
        UsageError: the file says something else about it.
    """
    _refuse(own, guarding, known=True)
    kept = guarding.values.model_fields_set & PROTECTED
    return own.values.model_copy(update={key: getattr(guarding.values, key) for key in kept})


def _refuse(own: Loaded, guarding: Loaded, *, known: bool) -> None:
    """Refuse what the command line says about things that are the repository's.

    Args:
        own: a file of ``--config``, or its settings.
        guarding: the repository's outermost configuration.
        known: there is one; else only what another file of ``--config`` says is protected.

    Raises:
        UsageError: naming the key and whose it is.
    """
    theirs = guarding.values
    said = own.values.model_fields_set
    for key in sorted(said & PROTECTED):
        same = getattr(own.values, key) == getattr(theirs, key)
        if key in theirs.model_fields_set and not (same and own.path):
            raise UsageError(f"{own.name}: {key!r} is set by {guarding.name}")
        if known and key in LOOSENING and not same:
            raise UsageError(f"{own.name}: {key!r} is for {guarding.name} to say")


def for_run(workbooks: Iterable[Path], request: Request) -> Configured:
    """What configures a run as a whole: which rules, and when it fails.

    Raises:
        UsageError: the workbooks lie under configurations that differ in this.
    """
    found = [configured(path, request) for path in workbooks] or [configured(Path.cwd() / "none", request)]
    first = found[0]
    for other in found[1:]:
        key = next((k for k in sorted(RUN_WIDE) if getattr(first.outer, k) != getattr(other.outer, k)), None)
        if key is not None:
            names = f"{first.outer_name} and {other.outer_name}"
            raise UsageError(f"{names} differ in {key!r}: check their workbooks in separate runs")
    return first
