"""What command line, manifest and repository come to for one workbook: the strictest of them."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from linter.config import files
from linter.config.globs import matches
from linter.config.strict import Strict, read_toml, validated
from linter.errors import UsageError
from linter.findings import Severity
from linter.manifest import beside, read_manifest
from linter.policy.audience import Audience, Delivery
from linter.policy.datasets import profile_for
from linter.policy.decision import Policy
from linter.policy.profile import DEFAULT, Profile, load_profile
from linter.policy.vocabulary import learned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.config.files import Configured, Request
    from linter.policy.declaration import Declaration

WAIVERS, BASELINE = "disclint-waivers.toml", "disclint-baseline.json"
VOCABULARY, SEVERITIES = "npd_vocabulary.txt", "severity.toml"
Choice = TypeVar("Choice", Audience, Delivery)
_ASSUMED = "assumed: nobody says"
_REACH = ("view", "model", "file")
_FOR_ANYBODY = frozenset({Delivery.PUBLISH_TO_WEB, Delivery.TABLEAU_PUBLIC})


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says about one run."""

    audience: str | None = None
    delivery: str | None = None
    profile: str | None = None
    units: tuple[str, ...] = ()
    count_fields: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    as_of: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Where accepted findings are written down, and under which conditions."""

    name: str  # the workbook's path below ``root``, with / between folders
    root: Path
    waivers: Path
    baseline: Path
    second_person: bool = False
    longest: int = 365  # days until a waiver must expire
    named: frozenset[str] = frozenset()  # of the two files, those that the configuration names: they must exist


@dataclass(frozen=True, slots=True)
class Settled:
    """Everything in force for one workbook. ``facts``: the effective configuration, each with its origin."""

    policy: Policy
    units: tuple[str, ...]
    count_fields: tuple[str, ...]
    not_people: tuple[str, ...]
    acceptance: Acceptance
    facts: tuple[tuple[str, str], ...]


def settle(workbook: Path, given: Given, request: Request) -> Settled:
    """What holds for a workbook.

    Raises:
        UsageError: a file is not valid, or what is asked for doesn't exist or doesn't fit together.
    """
    config = files.configured(workbook, request)
    manifests = [] if request.isolated else _manifests(workbook, config)
    facts: dict[str, str] = {}
    audience = _audience(given, manifests, config, facts)
    delivery = _delivery(given, manifests, config, facts)
    if delivery in _FOR_ANYBODY and audience is not Audience.PUBLIC:
        audience = Audience.PUBLIC
        facts["audience"] = f"public (anybody can open what is delivered by {delivery.value})"
    folder = _policy_folder(config)
    declaration = _together(manifests)
    sources = declaration.sources if declaration else ()
    profile = _profile(given, manifests, config, audience, facts)
    profile = profile_for(profile, [s.dataset for s in sources])
    facts["threshold"] = str(profile.threshold)
    facts |= {"manifest": declaration.where} if declaration else {}
    facts |= {"policy": f"{folder} ({config.outer_name})"} if folder else {}
    today = dt.date.today()  # noqa: DTZ011 - the reader's own day
    policy = Policy(
        profile,
        audience,
        delivery,
        assumptions=tuple(key for key in ("audience", "delivery") if facts[key].endswith(f"({_ASSUMED})")),
        declaration=declaration,
        today=max(given.as_of or today, today),  # an earlier --as-of can't revive what has expired
        vocabulary=_vocabulary(folder),
        caps=_caps(folder),
        raised=_levels(config.outer.severity),
        review_days=config.outer.review_days,
    )
    return Settled(
        policy,
        (*given.units, *(declaration.unit_keys if declaration else ())),
        (*given.count_fields, *(declaration.count_fields if declaration else ())),
        (*given.not_people, *(s.name for s in sources if s.people is False)),
        _acceptance(workbook, config, folder),
        tuple(facts.items()),
    )


def _is_there(file: Path) -> bool:
    """Whether a file exists; a name longer than names may be is one that doesn't."""
    try:
        return file.is_file()
    except OSError:
        return False


def acceptance(workbook: Path, request: Request) -> Acceptance:
    """Where accepted findings of a workbook, or of those that match a pattern, are written down.

    Raises:
        UsageError: a configuration is not valid.
    """
    config = files.configured(workbook, request)
    return _acceptance(workbook, config, _policy_folder(config))


def own_names(workbook: Path, request: Request) -> frozenset[str]:
    """Field names learned from the authority's own exports, as the vocabulary compares them.

    Raises:
        UsageError: a configuration is not valid.
    """
    return _vocabulary(_policy_folder(files.configured(workbook, request)))


def _manifests(workbook: Path, config: Configured) -> list[Declaration]:
    """What is declared about the workbook: the file beside it, then the first entry of each configuration."""
    file = beside(workbook)
    found = [read_manifest(file).declaration(file.name)] if _is_there(file) else []
    for layer in config.layers:
        path = _below(layer.folder, workbook)
        entries = enumerate(layer.values.workbook, 1)
        number, entry = next(((n, e) for n, e in entries if matches(e.path, path)), (0, None))
        if entry is not None:
            found.append(entry.declaration(f"{layer.name}, workbook {number}"))
    return found


def _together(manifests: list[Declaration]) -> Declaration | None:
    """One declaration of several: the nearest, with the units of all.

    About a data source the outermost has the last word, so that the builder can't outdo the officer.
    """
    if not manifests:
        return None
    sources = {source.name: source for declared in manifests for source in declared.sources}
    return replace(
        manifests[0],
        sources=tuple(sources.values()),
        unit_keys=tuple(dict.fromkeys(key for declared in manifests for key in declared.unit_keys)),
        count_fields=tuple(dict.fromkeys(name for declared in manifests for name in declared.count_fields)),
    )


def _audience(given: Given, manifests: list[Declaration], config: Configured, facts: dict[str, str]) -> Audience:
    """The widest that command line or manifests name, else the configuration's; never below the minimum."""
    said = [(member(Audience, d.audience, "an audience"), d.where) for d in manifests if d.audience]
    if given.audience is not None:
        said.insert(0, (member(Audience, given.audience, "an audience"), "command line"))
    if not said:
        said = [(Audience(c.values.audience), c.name) for c in config.layers if c.values.audience][:1]
    floors = [(Audience(least), f"{name} asks for at least that") for name, least in config.minima]
    candidates = said or [(Audience.PUBLIC, _ASSUMED)]
    order = list(Audience)
    found, origin = max([*candidates, *floors], key=lambda item: order.index(item[0]))
    facts["audience"] = f"{found.value} ({origin})"
    return found


def _delivery(given: Given, manifests: list[Declaration], config: Configured, facts: dict[str, str]) -> Delivery:
    """Of what command line and manifests name, that which reaches most; else the configuration's."""
    said = [(member(Delivery, d.delivery, "a delivery"), d.where) for d in manifests if d.delivery]
    if given.delivery is not None:
        said.insert(0, (member(Delivery, given.delivery, "a delivery"), "command line"))
    if not said:
        said = [(Delivery(c.values.delivery), c.name) for c in config.layers if c.values.delivery][:1]
    candidates = said or [(Delivery.FILE, _ASSUMED)]
    found, origin = max(candidates, key=lambda item: (item[0] in _FOR_ANYBODY, _REACH.index(item[0].reach)))
    facts["delivery"] = f"{found.value} ({origin})"
    return found


def _profile(
    given: Given, manifests: list[Declaration], config: Configured, audience: Audience, facts: dict[str, str]
) -> Profile:
    """The strictest profile that anybody names and that is meant for the audience, else the default.

    A name on the command line or in a manifest that doesn't fit what the same one says about the
    audience is an error; where somebody else widened the audience, the default takes its place.
    """
    said = [(d.profile, d.where, d.audience) for d in manifests if d.profile]
    said += [(c.values.profile, c.name, None) for c in config.layers if c.values.profile]
    if given.profile is not None:
        said.insert(0, (given.profile, "command line", given.audience))
    folder = _policy_folder(config)
    fitting = []
    for name, origin, own_audience in said:
        profile = load_profile(name, folder)
        if profile.allows(audience):
            fitting.append((profile, origin))
        elif _insists(origin, own_audience, audience, config):
            raise UsageError(f"{origin}: profile {name!r} is not meant for the audience {audience.value!r}")
    default = DEFAULT if audience.external else "internal"
    found, origin = max(fitting or [(load_profile(default, folder), "default")], key=lambda item: _strictness(item[0]))
    facts["profile"] = f"{found.name} ({origin})"
    return found


def _insists(origin: str, own_audience: str | None, audience: Audience, config: Configured) -> bool:
    """Whether a profile was named for this very audience; a configuration's is a default for others too."""
    if origin in {layer.name for layer in config.layers}:
        return False
    return own_audience in {None, audience.value}


def _strictness(profile: Profile) -> tuple[int, ...]:
    """A profile that hides more comes later."""
    parts = profile.percentages
    return (
        profile.fails, profile.threshold, profile.zeros_disclosive, profile.group_limit, profile.width,
        parts.numerator + parts.denominator + parts.difference, profile.rounding is not None,
    )  # fmt: skip


def _policy_folder(config: Configured) -> Path | None:
    if config.outer.policy is None:
        return None
    folder = Path(config.outer.policy)
    if not folder.is_dir():
        raise UsageError(f"{config.outer_name}: policy: there is no folder {folder.name!r}")
    return folder


def _vocabulary(folder: Path | None) -> frozenset[str]:
    """Field names learned from the authority's own exports."""
    file = folder / VOCABULARY if folder else None
    if file is None or not file.is_file():
        return frozenset()
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name}: can't be read as UTF-8 text") from error
    return learned(line for line in lines if not line.startswith("#"))


class SeverityFile(Strict):
    """``severity.toml`` of the policy folder: the most that a rule's findings are worth."""

    at_most: dict[str, files.Level] = Field(default={})


def _caps(folder: Path | None) -> dict[str, Severity]:
    file = folder / SEVERITIES if folder else None
    if file is None or not file.is_file():
        return {}
    return _levels(validated(SeverityFile, read_toml(file), file.name).at_most)


def _levels(named: Mapping[str, files.Level]) -> dict[str, Severity]:
    return {rule: Severity[level.upper()] for rule, level in named.items()}


def _acceptance(workbook: Path, config: Configured, folder: Path | None) -> Acceptance:
    """Where waivers and baseline lie: where the configuration says, in the policy folder, or beside it."""
    home, outer = folder or config.root, config.outer
    chosen = {"waivers": outer.waivers, "baseline": outer.baseline}
    return Acceptance(
        name=_below(config.root, workbook),
        root=config.root,
        waivers=Path(outer.waivers) if outer.waivers else home / WAIVERS,
        baseline=Path(outer.baseline) if outer.baseline else home / BASELINE,
        second_person=outer.second_person,
        longest=outer.waiver_days,
        named=frozenset(key for key, path in chosen.items() if path),
    )


def _below(folder: Path, workbook: Path) -> str:
    """The workbook's path from a folder, with / between folders; its name alone if it lies elsewhere."""
    path = Path(os.path.abspath(workbook))  # noqa: PTH100 - as in the search for configurations
    try:
        return path.relative_to(os.path.abspath(folder)).as_posix()  # noqa: PTH100
    except ValueError:
        return path.name


def member(kind: type[Choice], value: str, what: str) -> Choice:
    """The member of an enumeration by its value.

    Raises:
        UsageError: no such member; the message lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value!r} is not {what}: choose one of {', '.join(m.value for m in kind)}") from None
