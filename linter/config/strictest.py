"""Of all who say for whom a workbook is, how it gets there and which rules judge it: the strictest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from linter.errors import UsageError
from linter.policy.audience import Audience, Delivery
from linter.policy.combined import combined
from linter.policy.profile import DEFAULT, Profile, load_profile
from linter.records import dataclass
from linter.text import listing

if TYPE_CHECKING:
    from pathlib import Path

    from linter.config.files import Configured
    from linter.policy.declaration import Declaration

Choice = TypeVar("Choice", Audience, Delivery)
ASSUMED = "assumed: nobody says"
REACH = 3
"""How many fields readers are taken to turn at once where nobody says."""
FOR_ANYBODY = frozenset({Delivery.PUBLISH_TO_WEB, Delivery.TABLEAU_PUBLIC})
_COMMAND = "command line"
_REACH = ("view", "model", "file")


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
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Voices:
    """All who are heard about one workbook: the command line, manifests (nearest first), configurations."""

    given: Given
    manifests: tuple[Declaration, ...]
    config: Configured

    def audience(self) -> tuple[Audience, str]:
        """The widest that command line or manifests name, else the configuration's; never below the minimum."""
        said = self._said(Audience, "audience", "an audience", Audience.PUBLIC)
        floors = [(Audience(least), f"{name} asks for at least that") for name, least in self.config.minima]
        order = list(Audience)
        return max([*said, *floors], key=lambda item: order.index(item[0]))

    def delivery(self) -> tuple[Delivery, str]:
        """Of what command line and manifests name, that which reaches most; else the configuration's."""
        said = self._said(Delivery, "delivery", "a delivery", Delivery.FILE)
        return max(said, key=lambda item: (item[0] in FOR_ANYBODY, _REACH.index(item[0].reach)))

    def _said(self, kind: type[Choice], key: str, what: str, assumed: Choice) -> list[tuple[Choice, str]]:
        """What command line and manifests say under a key, else the nearest configuration, else what is assumed."""
        said = [(value, d.where) for d in self.manifests if (value := getattr(d, key))]
        if (given := getattr(self.given, key)) is not None:
            said.insert(0, (given, _COMMAND))
        elif self.config.isolated:
            said.insert(0, (assumed.value, ASSUMED))
        if not said:
            said = [(value, c.name) for c in self.config.layers if (value := getattr(c.values, key))][:1]
        return [(member(kind, value, what), by) for value, by in said] or [(assumed, ASSUMED)]

    def reach(self) -> tuple[int, str]:
        """How many fields a reader is taken to turn at once."""
        if self.given.reach is not None:
            return self.given.reach, _COMMAND
        outer = self.config.outer.reach
        return (REACH, "default") if outer is None else (outer, self.config.outer_name)

    def profile(self, audience: Audience, folder: Path | None) -> tuple[Profile, str]:
        """The strictest profile that anybody names and that is meant for the audience, else the default.

        Where another of them is stricter in some number, that number holds: an author who names a profile with
        a higher threshold doesn't thereby lose what the officer's asks for destinations, zeros or rounding.
        A name on the command line or in a manifest that doesn't fit what the same one says about the
        audience is an error; where somebody else widened the audience, the default takes its place.

        Args:
            audience: for whom the workbook is judged.
            folder: of the policy, with profiles of the authority's own.

        Raises:
            UsageError: no such profile, or one not meant for the audience.
        """
        fitting = []
        for name, origin, own_audience in self._profiles():
            profile = load_profile(name, folder, by=f"{origin}: profile")
            if profile.allows(audience):
                fitting.append((profile, origin))
            elif self._insists(origin, own_audience, audience):
                raise UsageError(f"{origin}: profile {name!r} is not meant for the audience {audience.value!r}")
        if not fitting or (self.config.isolated and self.given.profile is None):
            default = DEFAULT if audience.external else "internal"
            fitting.append((load_profile(default, folder), "default"))
        chosen, origin = max(fitting, key=lambda item: _strictness(item[0]))
        together = combined(chosen, (profile for profile, _ in fitting))
        if together == chosen:
            return chosen, origin
        others = listing(sorted({profile.name for profile, _ in fitting} - {chosen.name}))
        return together, f"{origin}; with the stricter numbers of {others}"

    def _profiles(self) -> list[tuple[str, str, str | None]]:
        """Every profile that is named, with who names it and for which audience."""
        said = [(d.profile, d.where, d.audience) for d in self.manifests if d.profile]
        said += [(c.values.profile, c.name, None) for c in self.config.layers if c.values.profile]
        if self.given.profile is not None:
            said.insert(0, (self.given.profile, _COMMAND, self.given.audience))
        return said

    def _insists(self, origin: str, own_audience: str | None, audience: Audience) -> bool:
        """Whether a profile was named for this very audience; a configuration's is a default for others too."""
        if origin in {layer.name for layer in self.config.layers}:
            return False
        return own_audience in {None, audience.value}


def member(kind: type[Choice], value: str, what: str) -> Choice:
    """The member of an enumeration by its value.

    Raises:
        UsageError: no such member; the message lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value!r} is not {what}: choose one of {', '.join(m.value for m in kind)}") from None


def _strictness(profile: Profile) -> tuple[int, ...]:
    """A profile that hides more comes later."""
    parts = profile.percentages
    return (
        profile.fails, profile.threshold, profile.zeros_disclosive, profile.group_limit, profile.width,
        parts.numerator + parts.denominator + parts.difference, profile.rounding is not None,
    )  # fmt: skip
