"""What command line, manifest and repository come to for one workbook: the strictest of them."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from linter.config import files
from linter.config.folder import caps, levels, policy_folder, vocabulary
from linter.config.globs import matches
from linter.config.strictest import ASSUMED, FOR_ANYBODY, REACH, Given, Voices
from linter.manifest import beside, read_manifest
from linter.policy.audience import Audience
from linter.policy.datasets import profile_for
from linter.policy.decision import Policy
from linter.policy.declaration import together
from linter.policy.sensitivity import profile_for_fields
from linter.records import dataclass
from linter.text import clean, listing

if TYPE_CHECKING:
    from linter.config.files import Configured, Request
    from linter.model import Workbook
    from linter.policy.declaration import Declaration
    from linter.policy.profile import Profile

WAIVERS, BASELINE = "disclint-waivers.toml", "disclint-baseline.json"
_ISOLATED = "no manifest, waiver, baseline or ignore; of the repository only what makes the judgement stricter"


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
    authors_may: frozenset[str] = frozenset()  # codes of rules that authors may ignore inside the workbook


@dataclass(frozen=True, slots=True)
class Settled:
    """Everything in force for one workbook. ``facts``: the effective configuration, each with its origin.

    ``reach``: how many fields a reader is taken to turn at once.
    """

    policy: Policy
    units: tuple[str, ...]
    count_fields: tuple[str, ...]
    not_people: tuple[str, ...]
    acceptance: Acceptance
    facts: tuple[tuple[str, str], ...]
    reach: int = REACH


def settle(workbook: Path, given: Given, request: Request) -> Settled:
    """What holds for a workbook.

    Raises:
        UsageError: a file is not valid, or what is asked for doesn't exist or doesn't fit together.
    """
    config = files.configured(workbook, request)
    manifests = _manifests(workbook, config)
    voices = Voices(given, manifests, config)
    audience, audience_by = voices.audience()
    delivery, delivery_by = voices.delivery()
    if delivery in FOR_ANYBODY and audience is not Audience.PUBLIC:
        audience, audience_by = Audience.PUBLIC, f"anybody can open what is delivered by {delivery.value}"
    folder = policy_folder(config)
    named, profile_by = voices.profile(audience, folder)
    declaration = None if config.isolated else together(manifests)
    sources = declaration.sources if declaration else ()
    profile = profile_for(named, [s.dataset for declared in manifests for s in declared.sources])
    today = dt.date.today()  # noqa: DTZ011 - the reader's own day
    policy = Policy(
        profile,
        audience,
        delivery,
        assumptions=tuple(key for key, by in (("audience", audience_by), ("delivery", delivery_by)) if by == ASSUMED),
        declaration=declaration,
        today=max(given.as_of or today, today),  # an earlier --as-of can't revive what has expired
        really=min(given.as_of or today, today),  # nor a later one lift an embargo
        vocabulary=vocabulary(folder),
        caps={} if config.isolated else caps(folder),
        raised=levels(config.outer.severity),
        review_days=config.outer.review_days,
    )
    facts = {
        "audience": f"{audience.value} ({audience_by})",
        "delivery": f"{delivery.value} ({delivery_by})",
        "profile": f"{profile.name} ({profile_by})",
        "profile source": "verified" if profile.verified else "not verified",
        "threshold": f"{profile.threshold}{_raised(named, profile, 'the declared datasets')}",
    }
    reach, reach_by = voices.reach()
    facts["reach"] = f"{reach} fields at once ({reach_by})"
    facts |= {"manifest": declaration.where} if declaration else {}
    facts |= {"policy": f"{folder.name} ({config.outer_name})"} if folder else {}
    facts |= {"isolated": _ISOLATED} if config.isolated else {}
    return Settled(
        policy,
        (*given.units, *(declaration.unit_keys if declaration else ())),
        (*given.count_fields, *(declaration.count_fields if declaration else ())),
        (*given.not_people, *(s.name for s in sources if s.people is False)),
        _acceptance(workbook, config, folder),
        tuple(facts.items()),
        reach,
    )


def for_fields(settled: Settled, workbook: Workbook) -> Settled:
    """The same once the workbook is read: the fields that it shows may ask for a higher threshold."""
    before = settled.policy.profile
    profile, names = profile_for_fields(before, workbook, settled.policy.vocabulary)
    if profile is before:
        return settled
    said = f"{profile.threshold}{_raised(before, profile, listing([clean(name) for name in names]))}"
    facts = tuple((key, said if key == "threshold" else value) for key, value in settled.facts)
    return replace(settled, policy=replace(settled.policy, profile=profile), facts=facts)


def _raised(before: Profile, after: Profile, by: str) -> str:
    return f" (raised from {before.threshold} by {by})" if after.threshold > before.threshold else ""


def acceptance(workbook: Path, request: Request) -> Acceptance:
    """Where accepted findings of a workbook, or of those that match a pattern, are written down.

    Raises:
        UsageError: a configuration is not valid.
    """
    config = files.configured(workbook, request)
    return _acceptance(workbook, config, policy_folder(config))


def own_names(workbook: Path, request: Request) -> frozenset[str]:
    """Field names learned from the authority's own exports, as the vocabulary compares them.

    Raises:
        UsageError: a configuration is not valid.
    """
    return vocabulary(policy_folder(files.configured(workbook, request)))


def _manifests(workbook: Path, config: Configured) -> tuple[Declaration, ...]:
    """What is declared about the workbook: the file beside it, then the first entry of each configuration."""
    file = beside(workbook)
    counts = not config.isolated and _is_there(file)
    found = [read_manifest(file).declaration(file.name)] if counts else []
    for layer in config.layers:
        path = _below(layer.folder, workbook)
        entries = enumerate(layer.values.workbook, 1)
        number, entry = next(((n, e) for n, e in entries if matches(e.path, path)), (0, None))
        if entry is not None:
            found.append(entry.declaration(f"{layer.name}, workbook {number}"))
    return tuple(found)


def _is_there(file: Path) -> bool:
    """Whether a file exists; a name longer than names may be is one that doesn't."""
    try:
        return file.is_file()
    except OSError:
        return False


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
        authors_may=frozenset(outer.inline_ignores),
    )


def _below(folder: Path, workbook: Path) -> str:
    """The workbook's path from a folder, with / between folders; from its root where it lies elsewhere.

    The whole path there, so that workbooks of one name in two folders are not taken for one.
    """
    path = Path(os.path.abspath(workbook))  # noqa: PTH100 - as in the search for configurations
    try:
        return path.relative_to(os.path.abspath(folder)).as_posix()  # noqa: PTH100
    except ValueError:
        return path.relative_to(path.anchor).as_posix()
