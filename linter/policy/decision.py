"""The policy in force for one workbook: whom it is for, how it reaches them, which profile judges it."""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from typing import TYPE_CHECKING

from linter.policy.audience import Audience, Delivery, as_internal, severity
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.findings import Severity
    from linter.model import Source, Table
    from linter.policy.declaration import Declaration, DeclaredSource
    from linter.policy.profile import Profile

_ALWAYS = ("NPD", "MF", "ME")
"""Families that a pack for the own school doesn't relax: NPD data stay an error, gaps stay gaps."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What rules judge by. ``assumptions`` say what nobody declared.

    ``today`` is the day on which dates are judged; ``really`` the reader's own, or an earlier one that was
    asked for, where that differs. ``vocabulary`` holds field names learned from the
    authority's own exports. ``caps`` (from the policy folder) lower a rule's severity, ``raised``
    (from the configuration) raises it; neither touches coverage. ``own_school``: readers get only
    their own pupils, and the data bear it out. ``review_days``: how long a DPIA or approval is fresh, None
    where nobody says.
    """

    profile: Profile
    audience: Audience = Audience.PUBLIC
    delivery: Delivery = Delivery.FILE
    assumptions: tuple[str, ...] = ()
    declaration: Declaration | None = None
    today: dt.date = field(default_factory=dt.date.today)
    vocabulary: frozenset[str] = frozenset()
    caps: Mapping[str, Severity] = field(default_factory=dict)
    raised: Mapping[str, Severity] = field(default_factory=dict)
    review_days: int | None = None
    own_school: bool = False
    really: dt.date | None = None

    def embargoed(self, until: dt.date | None) -> bool:
        """Whether an embargo that ends on that day is in force. A later ``today`` doesn't lift it."""
        return until is not None and until > min(self.really or self.today, self.today)

    def severity(self, rule: str, default: Severity) -> Severity:
        """What a finding of that rule is worth for this audience, delivery and profile."""
        found = severity(rule, default, self.audience, self.delivery, self.profile)
        if self.own_school and not rule.startswith(_ALWAYS):
            found = as_internal(found)
        if rule.startswith("ME"):
            return found
        capped = min(found, self.caps.get(rule, found))
        return max(capped, self.raised.get(rule, capped))

    @property
    def external(self) -> bool:
        """Read by others than the authority's own people."""
        return self.audience.external

    def declared(self, source: Source, table: Table | None = None) -> DeclaredSource | None:
        """What the manifest says about a table or its data source; None if nothing."""
        return self.declaration.source(source, table) if self.declaration else None
