"""Who reads a workbook, how it reaches them, and what a finding is therefore worth.

The judgement is a table, ``data/severities.toml``: this module only looks it up.
"""

from __future__ import annotations

import functools
import re
import tomllib
from enum import StrEnum
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from linter.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.policy.profile import Profile

Reach = Literal["file", "model", "view"]
"""What readers get hold of: the whole file, the data model, or the drawn views alone."""


class Audience(StrEnum):
    """Who reads it, from the narrowest to the widest."""

    INTERNAL = "internal"  # officers of the authority and contracted partners
    SCHOOLS = "schools"
    PARTNERS = "partners"  # third parties
    PUBLIC = "public"

    @property
    def external(self) -> bool:
        """Everybody but the authority's own people: a login does not make schools internal."""
        return self is not Audience.INTERNAL

    def strictest(self, other: Audience) -> Audience:
        """The wider audience of two, which is judged more strictly."""
        order = list(Audience)
        return max(self, other, key=order.index)


class Delivery(StrEnum):
    """How readers get the workbook. Undeclared means ``file``."""

    FILE = "file"
    PUBLISH_TO_WEB = "publish_to_web"
    TABLEAU_PUBLIC = "tableau_public"
    SERVICE_BUILD = "service_build"
    SERVICE_VIEW = "service_view"
    TABLEAU_DOWNLOAD = "tableau_download"
    TABLEAU_VIEW = "tableau_view"

    @property
    def reach(self) -> Reach:
        """What this delivery lets readers get hold of."""
        return _table().reach[self]

    @property
    def judged_as_file(self) -> bool:
        """Readers can take every row and hidden part of it."""
        return self.reach == "file"


def severity(
    rule: str, default: Severity, audience: Audience, delivery: Delivery, profile: Profile | None = None
) -> Severity:
    """What a finding of that rule is worth here; never more than ``default``.

    For internal readers, and under a profile for internal use that does not fail, errors become
    warnings and warnings notes; coverage (ME) stays, for unread is never clean. For external readers
    the rule's line, else its family's, caps it by what the delivery lets them reach.
    """
    table = _table()
    if rule.startswith("ME"):
        return default
    if not audience.external:
        return table.internal[default]
    capped = min(default, table.cap(rule, delivery.reach))
    relaxed = profile is not None and not profile.fails and profile.allows(audience)
    return table.internal[capped] if relaxed else capped


def as_internal(found: Severity) -> Severity:
    """What a finding of that severity is worth for readers who may see the figures."""
    return _table().internal[found]


class _Table:
    """The parsed severity table."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.reach: Mapping[Delivery, Reach] = MappingProxyType({Delivery(k): v for k, v in data["delivery"].items()})
        self.internal = {Severity[k.upper()]: Severity[v.upper()] for k, v in data["internal"].items()}
        self._external = {
            rule: {reach: Severity[label.upper()] for reach, label in line.items()}
            for rule, line in data["external"].items()
        }

    def cap(self, rule: str, reach: Reach) -> Severity:
        """The most a finding of that rule can be worth at that reach."""
        family = re.sub(r"\d+$", "", rule)
        line = self._external.get(rule) or self._external.get(family) or {}
        return line.get(reach, Severity.ERROR)


@functools.cache
def _table() -> _Table:
    text = resources.files("linter.policy").joinpath("data", "severities.toml").read_text(encoding="utf-8")
    return _Table(tomllib.loads(text))
