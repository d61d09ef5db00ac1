"""Disclosure profiles: the thresholds and rules of one body of guidance, as data.

A profile is a TOML file owned by the disclosure team, never by a report's author: the shipped ones
lie in ``linter/policy/profiles``, an authority's own in its policy folder. Unknown keys are errors.
"""

from __future__ import annotations

import difflib
import functools
import itertools
import re
import tomllib
from dataclasses import field
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from linter.errors import UsageError
from linter.policy.audience import Audience
from linter.policy.typed import record, strings, typed
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
DEFAULT = "strict"
CODES = ("A", "B", "C", "D", "E", "1", "2", "3", "4", "5")
"""DfE's codes of fields: sensitivity, A the strictest; identifiability, 1 the most direct."""
OWN = ("title", "description", "verified", "source")
"""Keys that each profile says for itself, whatever it extends."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was read. ``confidence``: high if the sentence itself was read at the publisher's."""

    title: str
    publisher: str
    address: str
    date: str  # of the document, or when it was read
    confidence: str
    says: str


@dataclass(frozen=True, slots=True)
class Percentages:
    """Which parts of a ratio must not be small (SC002), and how figures are shown."""

    numerator: bool = True
    denominator: bool = True
    difference: bool = True  # denominator minus numerator
    decimals: int = 1  # most decimals that may be shown
    from_rounded: bool = False  # made from rounded counts


@dataclass(frozen=True, slots=True)
class Rounding:
    """Counts are shown rounded to ``base`` (SC007)."""

    base: int


@dataclass(frozen=True, slots=True)
class Dominance:
    """For amounts: the ``largest`` n units hold more than ``share`` percent, or the p-percent rule."""

    largest: int
    share: float
    p_percent: float


@dataclass(frozen=True, slots=True)
class Symbols:
    """What stands for a suppressed figure, and marks that are out of use."""

    suppressed: tuple[str, ...]
    legacy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One risk appetite. Small means 1..``threshold`` (t)."""

    name: str
    title: str
    description: str
    verified: bool  # False: its source was not read at the publisher's; every report says so
    sources: tuple[Source, ...]
    audiences: tuple[str, ...]  # those it may be used for
    threshold: int
    thresholds: Mapping[str, int]  # other values of t, by dataset or measure (destinations)
    zeros_disclosive: bool
    group_limit: int  # all or none of a group smaller than this share an attribute (SC003)
    sensitive_classes: tuple[str, ...]  # sensitivity codes for which any size of group counts
    width: int  # a reader's interval for a primary cell narrower than this is a finding (SU003)
    bands: tuple[int, ...]  # upper edges of the bands that reports show instead of counts
    percentages: Percentages
    symbols: Symbols
    rounding: Rounding | None = None
    dominance: Dominance | None = None
    fails: bool = True  # False: findings are reported, never errors
    extends: str | None = None
    field_thresholds: Mapping[str, int] = field(default_factory=dict)  # least t of a workbook, by codes of its fields

    def threshold_for(self, subject: str = "") -> int:
        """The t of a dataset or measure (``destinations``), else the profile's own."""
        return self.thresholds.get(subject, self.threshold)

    def small(self, count: int, subject: str = "") -> bool:
        """Whether a count of people is small: 1..t."""
        return 1 <= count <= self.threshold_for(subject)

    def allows(self, audience: str) -> bool:
        """Whether the profile may be used for that audience."""
        return audience in self.audiences


def shipped() -> tuple[str, ...]:
    """Names of the shipped profiles, sorted."""
    folder = resources.files("linter.policy").joinpath("profiles")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_profile(name: str = DEFAULT, folder: Path | None = None, *, by: str = "") -> Profile:
    """Load a profile by name, from the policy folder first, else from the shipped set.

    Args:
        name: of the profile.
        folder: of the policy, with profiles of the authority's own.
        by: who names it, file and key, for the message that there is none.

    Raises:
        UsageError: no such profile, or a file that is not a valid profile, naming file and key. A
            policy folder can't replace a shipped profile: it must choose another name and extend it.
    """
    if folder is None and name in shipped():
        return _shipped_profile(name)
    return _build(name, folder, by)


@functools.cache
def _shipped_profile(name: str) -> Profile:
    return _build(name, None, "")


def _build(name: str, folder: Path | None, by: str) -> Profile:
    where, data = _merged(name, folder, (), by)
    return _profile(name, data, where)


def _merged(name: str, folder: Path | None, below: tuple[str, ...], by: str) -> tuple[str, dict[str, Any]]:
    """The file's data laid over what it extends."""
    where, data = _read(name, folder, by)
    _known(data, where)
    missing = [key for key in OWN if key not in data]
    if missing:
        raise UsageError(f"{where}: the key {missing[0]!r} is missing; each profile says it for itself")
    parent = data.get("extends")
    if parent is None:
        return where, data
    if not isinstance(parent, str) or parent == name or parent in below:
        raise UsageError(f"{where}: 'extends' must name another profile, without a circle")
    _, base = _merged(parent, folder, (*below, name), f"{where}: extends")
    for key, value in data.items():
        inherited = base.get(key)
        base[key] = {**inherited, **value} if isinstance(value, dict) and isinstance(inherited, dict) else value
    return where, base


def _read(name: str, folder: Path | None, by: str) -> tuple[str, dict[str, Any]]:
    said = f"{by}: " if by else ""
    if not NAME.fullmatch(name):
        raise UsageError(f"{said}{name!r} is not the name of a profile: small letters, digits and hyphens")
    own = folder / f"{name}.toml" if folder else None
    if own and own.is_file():
        if name in shipped():
            raise UsageError(f"{own.name}: the shipped profile {name!r} can't be replaced; choose another name")
        text, where = own.read_bytes(), own.name
    elif name in shipped():
        text = resources.files("linter.policy").joinpath("profiles", f"{name}.toml").read_bytes()
        where = f"profile {name}.toml"
    else:
        raise UsageError(f"{said}no profile is called {name!r}; known: {', '.join(shipped())}")
    try:
        return where, tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from error


KEYS: Mapping[str, type] = MappingProxyType(
    {
        "title": str, "description": str, "verified": bool, "extends": str, "fails": bool, "threshold": int,
        "zeros_disclosive": bool, "group_limit": int, "width": int, "audiences": list,
        "sensitive_classes": list, "bands": list, "thresholds": dict, "field_thresholds": dict, "percentages": dict,
        "rounding": dict, "dominance": dict, "symbols": dict, "source": list,
    }
)  # fmt: skip
"""The keys of a profile's file, with the types that ``typed`` asks for."""
_OPTIONAL = {"extends", "fails", "thresholds", "field_thresholds", "percentages", "rounding", "dominance"}
_REQUIRED = [key for key in KEYS if key not in _OPTIONAL]


def _known(data: dict[str, Any], where: str) -> None:
    """Refuse unknown keys and values of other types, in the file where they stand."""
    for key, value in data.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            raise UsageError(f"{where}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
        typed(value, KEYS[key], key, where)


def _profile(name: str, data: dict[str, Any], where: str) -> Profile:
    for key in _REQUIRED:
        if key not in data:
            raise UsageError(f"{where}: the key {key!r} is missing")
    profile = Profile(
        name=name,
        title=data["title"],
        description=data["description"],
        verified=data["verified"],
        sources=tuple(record(Source, item, f"source[{i}]", where) for i, item in enumerate(data["source"], 1)),
        audiences=strings(data["audiences"], "audiences", where),
        threshold=data["threshold"],
        thresholds=MappingProxyType(dict(data.get("thresholds", {}))),
        zeros_disclosive=data["zeros_disclosive"],
        group_limit=data["group_limit"],
        sensitive_classes=strings(data["sensitive_classes"], "sensitive_classes", where),
        width=data["width"],
        bands=tuple(data["bands"]),
        percentages=record(Percentages, data.get("percentages", {}), "percentages", where),
        symbols=_symbols(data["symbols"], where),
        rounding=record(Rounding, data["rounding"], "rounding", where) if "rounding" in data else None,
        dominance=record(Dominance, data["dominance"], "dominance", where) if "dominance" in data else None,
        fails=data.get("fails", True),
        extends=data.get("extends"),
        field_thresholds=MappingProxyType(dict(data.get("field_thresholds", {}))),
    )
    _sound(profile, where)
    return profile


def _sound(profile: Profile, where: str) -> None:
    """What the types can't say."""
    numbers = {"threshold": profile.threshold, "width": profile.width, "group_limit": profile.group_limit}
    numbers |= {"dominance.largest": profile.dominance.largest} if profile.dominance else {}
    numbers |= {f"thresholds.{subject}": t for subject, t in profile.thresholds.items()}
    numbers |= {f"field_thresholds.{code}": t for code, t in profile.field_thresholds.items()}
    for key, value in numbers.items():
        typed(value, int, key, where)
        if value < 1:
            raise UsageError(f"{where}: {key} must be at least 1")
    if unknown := set(profile.audiences) - {audience.value for audience in Audience}:
        raise UsageError(f"{where}: audiences: unknown audience {min(unknown)!r}")
    if unknown := set(profile.sensitive_classes) - set("ABCDE"):
        raise UsageError(f"{where}: sensitive_classes: {min(unknown)!r} is not one of A to E")
    if unknown := set(profile.field_thresholds) - set(CODES):
        raise UsageError(f"{where}: field_thresholds: {min(unknown)!r} is not one of A to E or 1 to 5")
    if not profile.sources:
        raise UsageError(f"{where}: at least one [[source]] is needed")
    read = any(s.confidence == "high" and s.address.startswith("https://") for s in profile.sources)
    if profile.verified and not read:
        raise UsageError(f"{where}: verified: no [[source]] has an https address and confidence 'high'")
    if profile.percentages.decimals < 0:
        raise UsageError(f"{where}: percentages.decimals must be at least 0")
    shares = (profile.dominance.share, profile.dominance.p_percent) if profile.dominance else ()
    if not all(0 < share <= 100 for share in shares):
        raise UsageError(f"{where}: dominance: share and p_percent must lie between 0 and 100")
    if profile.rounding and profile.rounding.base < 2:
        raise UsageError(f"{where}: rounding.base must be at least 2")
    most = max(profile.threshold, *profile.thresholds.values(), 0)
    if not profile.bands or not all(type(edge) is int for edge in profile.bands) or profile.bands[0] < most:
        raise UsageError(f"{where}: bands: the first edge must be a whole number of at least {most}")
    if any(high - low < 2 * most for low, high in itertools.pairwise(profile.bands)):
        raise UsageError(f"{where}: bands: each after the first must be at least {2 * most} wide, in rising order")


def _symbols(data: Any, where: str) -> Symbols:
    known = ("suppressed", "legacy")
    for key in data:
        if key not in known:
            raise UsageError(f"{where}: unknown key 'symbols.{key}'")
    return Symbols(*(strings(data.get(key, []), f"symbols.{key}", where) for key in known))
