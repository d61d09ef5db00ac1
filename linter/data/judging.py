"""What the distinct values of a column are. The values themselves never leave the data process."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

VALUES_CAP = 50_000
"""Distinct values of a column that are looked at."""

CODES = 2
"""Distinct numbers of a column, at most, that are told: a flag's."""

_KEYS_FROM = 1_000  # numbers of four digits or more, as keys have, are never told

Judgement = dict[str, Any]
"""``checked`` values; ``shares`` (0..1) by kind of identifier; ``earliest`` and ``latest`` year of dates;
the ``codes`` themselves of columns of a few small numbers, else None; ``problem`` where they can't be had."""


def judged(values: list[Any]) -> Judgement:
    """Judge distinct values: identifiers among texts and whole numbers, years of dates."""
    from linter.policy.identifiers import value_evidence

    dated = [t for t in set(map(type, values)) if hasattr(t, "year")]
    years = [v.year for v in values if type(v) in dated] if dated else []
    texts = [v for v in values if isinstance(v, str | int) and not isinstance(v, bool)]
    codes = [float(v) for v in values if isinstance(v, int | float | Decimal)] if len(values) <= CODES else []
    return {
        "checked": len(values),
        "shares": value_evidence(texts),
        "earliest": min(years, default=None),
        "latest": max(years, default=None),
        "codes": codes if 0 < len(codes) == len(values) and all(abs(c) < _KEYS_FROM for c in codes) else None,
        "problem": None,
    }


def unread(reason: str) -> Judgement:
    """What is said of a column whose values can't be had."""
    return {**judged([]), "problem": reason}
