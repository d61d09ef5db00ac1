"""What a rule reports: a finding, its severity and a fingerprint that survives edits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import IntEnum, StrEnum
from typing import Literal

from linter.location import Location
from linter.records import dataclass


class Severity(IntEnum):
    """Ordered: an error outranks a warning outranks a note."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word used in every output."""
        return self.name.lower()


class Confidence(StrEnum):
    """How sure the rule is that the finding is true, apart from how bad it would be."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


Fact = str | int | float | bool | None | tuple[str, ...]
Record = Mapping[str, Fact]
EvidenceValue = Fact | tuple[Record, ...]
"""A fact, or records such as the pairs of fields that single somebody out."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding doesn't count: it is marked, never dropped."""

    kind: Literal["waiver", "inline", "baseline"]
    reason: str
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, one finding.

    ``evidence`` holds masked facts only (counts of cells, names of fields). ``revealed`` holds the
    exact ones and is dropped unless values may be shown. ``fields`` are the field identities the
    fingerprint rests on. ``related`` are fingerprints of findings that follow from this one.
    """

    rule: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    location: Location
    fix: str
    evidence: dict[str, EvidenceValue] = field(default_factory=dict)
    revealed: dict[str, EvidenceValue] = field(default_factory=dict, repr=False)
    fields: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    suppression: Suppression | None = None
    coverage: bool = False  # says something was not covered: makes incomplete, never exit 1

    @property
    def fingerprint(self) -> str:
        """Stable identity: never over values, thresholds, lines or messages."""
        return fingerprint(self.rule, self.location, self.fields)

    @property
    def sort_key(self) -> tuple[int, str, str, str, tuple[str, ...]]:
        """Worst first, then by place, the same on every run."""
        place = self.location
        return (-self.severity, place.page or "", place.visual or "", self.rule, self.fields)


def fingerprint(rule: str, location: Location, fields: Iterable[str]) -> str:
    """SHA-256 over rule, container part, logical path and sorted field names (32 hex digits)."""
    parts = (rule, location.part, location.logical, *sorted({*fields, location.field or ""}))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
