"""The policy in force for one workbook: whom it is for, how it reaches them, which profile judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linter.policy.audience import Audience, Delivery, severity

if TYPE_CHECKING:
    from linter.findings import Severity
    from linter.policy.profile import Profile


@dataclass(frozen=True, slots=True)
class Policy:
    """What rules judge by. ``assumptions`` say what nobody declared."""

    profile: Profile
    audience: Audience = Audience.PUBLIC
    delivery: Delivery = Delivery.FILE
    assumptions: tuple[str, ...] = ()

    def severity(self, rule: str, default: Severity) -> Severity:
        """What a finding of that rule is worth for this audience, delivery and profile."""
        return severity(rule, default, self.audience, self.delivery, self.profile)

    @property
    def external(self) -> bool:
        """Read by others than the authority's own people."""
        return self.audience.external
