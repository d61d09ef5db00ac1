"""What is printed in place of a figure, and what it tells a reader.

Symbols of the DfE analysts' guide (c, z, x, low, k, u) and those that it replaces. Zero is a figure.
"""

from __future__ import annotations

import math
import re

from linter.records import dataclass

NOT_APPLICABLE = frozenset({"z"})
"""There is nothing to count: taken as nought."""

ONCE_NOT_APPLICABLE = "."
"""The same in tables of before 2020, where other publishers hide figures with it: nought where that follows."""

UNKNOWN = frozenset({
    "c", "x", "low", "k", "u", "*", "**", "~", ":", "..", ".", "-", "–", "—", "#", "n/a", "na", "null", "none",
    "supp", "s", "np", "ne", "lowcov", "suppressed", "[c]", "[x]", "[low]", "[u]", "",
})  # fmt: skip
"""Hides a figure, whatever the reason; compared in lower case."""

_FIGURE = re.compile(
    r"^[£$€]?(?P<number>[-+]?(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?)\s?%?$"
)
_BELOW = re.compile(r"^(?:<|fewer than|less than|under)\s*(\d+)\s*%?$", re.IGNORECASE)
_AT_MOST = re.compile(r"^(?:<=|≤|up to)\s*(\d+)\s*%?$", re.IGNORECASE)
_ABOVE = re.compile(r"^(?:>|more than|over)\s*(\d+)\s*%?$", re.IGNORECASE)
_RANGE = re.compile(r"^(\d+)\s*(?:-|–|to)\s*(\d+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A printed text: a figure, or what it says of a hidden one (``low`` to ``high``, inclusive)."""

    value: float | None
    low: float = -math.inf
    high: float = math.inf
    symbol: str = ""


def read(text: str, also: frozenset[str] = frozenset()) -> Reading | None:
    """A figure, or a symbol in its place; None if it is neither.

    Args:
        text: as printed.
        also: further symbols that hide a figure; they go before figures.
    """
    plain = text.strip()
    if plain in also:
        return Reading(None, symbol=plain)
    if (found := _FIGURE.match(plain)) is not None:
        return Reading(float(re.sub(r"[,\u00a0\u202f ]", "", found["number"])))
    if plain.casefold() in NOT_APPLICABLE:
        return Reading(0.0, symbol=plain)
    if plain.casefold() in UNKNOWN:
        return Reading(None, symbol=plain or "blank")
    if (found := _BELOW.match(plain)) is not None:
        return Reading(None, 0, int(found[1]) - 1, plain)
    if (found := _AT_MOST.match(plain)) is not None:
        return Reading(None, 0, int(found[1]), plain)
    if (found := _ABOVE.match(plain)) is not None:
        return Reading(None, int(found[1]), symbol=plain)
    if (found := _RANGE.match(plain)) is not None:
        return Reading(None, int(found[1]), int(found[2]), plain)
    return None
