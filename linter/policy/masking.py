"""What a report may say about numbers of people: bands, never the counts themselves.

A report about disclosure must not disclose. Small counts, minima, and numbers from which a small
count follows by subtraction are given as bands that are at least as wide as the profile's small
range. Numbers of cells, fields, pages and visuals are not numbers of people and may be exact.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.policy.profile import Profile

HIDDEN_NUMBER = "#"


def band(count: int, profile: Profile) -> str:
    """The band of a count of people: ``0``, ``1-9``, ``10-49`` ..., ``1,000,000 or more``.

    For findings, whose rule already says whether the count is nought or small. Where a reader must
    not tell the two apart, use ``shown``.

    Raises:
        ValueError: a negative count.
    """
    return "0" if count == 0 else _label(*band_range(count, profile))


def band_range(count: int, profile: Profile) -> tuple[int, int | None]:
    """The lowest and highest count that the band of ``count`` stands for; None: no highest."""
    if count < 0:
        raise ValueError("a count of people can't be negative")
    if count == 0:
        return 0, 0
    place = bisect_left(profile.bands, count)
    low = profile.bands[place - 1] + 1 if place else 1
    return low, profile.bands[place] if place < len(profile.bands) else None


def shown(count: int | None, profile: Profile, *, reveal: bool = False) -> str:
    """A count for print: exact only where values are asked for, else its band; None is ``unknown``.

    Where zeros are disclosive under the profile, nought and small look alike: ``0-9``.
    """
    if count is None:
        return "unknown"
    if reveal:
        return f"{count:,}"
    alike = profile.zeros_disclosive and 0 <= count <= profile.bands[0]
    return _label(0, profile.bands[0]) if alike else band(count, profile)


def minimum(counts: Iterable[int], profile: Profile, *, reveal: bool = False) -> str:
    """The smallest count that is not zero, as a band unless revealed; ``none`` if there is none."""
    smallest = min((count for count in counts if count > 0), default=None)
    if smallest is None:
        return "none"
    return shown(smallest, profile, reveal=True) if reveal else band(smallest, profile)


def part_of_whole(part: int, whole: int, profile: Profile) -> tuple[str, str]:
    """Bands of a part and its whole from which their difference can't be told to be small.

    Every band above the small one is at least twice as wide as the small range, so that of two
    numbers in bands the rest could always be more than small. Within a small whole the part would
    tell the rest, so both show the band of the whole.

    Raises:
        ValueError: the part is greater than the whole.
    """
    if part > whole:
        raise ValueError("a part can't be greater than its whole")
    whole_band = shown(whole, profile)
    return (whole_band if whole <= profile.bands[0] else shown(part, profile)), whole_band


def people_in_small(people: int, cells: int, profile: Profile) -> str:
    """The band of the people in several small cells together, if it tells nothing finer of any one of them.

    Three cells with ``1-9`` people in all would hold at most seven each, nine of them exactly one: then
    the range says no more than that each cell is small.
    """
    low, high = band_range(people, profile)
    few, others = profile.threshold, cells - 1
    told = (high is not None and high - others < few) or low - others * few > 1
    return _label(cells, cells * few) if told else band(people, profile)


def _label(low: int, high: int | None) -> str:
    return f"{low:,} or more" if high is None else f"{low:,}-{high:,}"


def mask_numbers(text: str) -> str:
    """Replace every number of a certificate or message: ``142 - 96 - 43 = 3`` is ``# - # - # = #``.

    Letters stay, also those of codes (``KS4`` becomes ``KS#``): use it on arithmetic, not on names.
    """
    return re.sub(r"\d+(?:[.,\u00a0 ]\d{3}(?!\d))*(?:[.,]\d+)?", HIDDEN_NUMBER, text)
