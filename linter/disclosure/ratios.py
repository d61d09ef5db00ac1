"""Percentages, means and ratios as statements about counts.

With the number of pupils known, a percentage is a count: at 0 decimals for every cohort up to 100, at one
decimal up to 1,000. All functions use exact fractions, and allow a half to have been rounded either way
(half up, half to even), because tools differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from linter.disclosure.system import System
from linter.records import dataclass

Figure = str | Decimal | Fraction | int

MOST_TRIED = 1_000
"""Possible values of a hidden base that are tried one by one."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A range of whole numbers, inclusive; empty where ``low > high``."""

    low: int
    high: int

    @property
    def single(self) -> int | None:
        """The only value, if there is just one."""
        return self.low if self.low == self.high else None

    def __len__(self) -> int:
        return max(0, self.high - self.low + 1)


def decimals_shown(text: str) -> int:
    """Printed decimals of a figure: ``"14.30%"`` has two."""
    digits = text.strip().rstrip("%").strip()
    return len(digits.partition(".")[2])


def span(shown: Figure, decimals: int) -> tuple[Fraction, Fraction]:
    """The real values that a printed figure can stand for, both ends included."""
    half = Fraction(1, 2 * 10**decimals)
    value = Fraction(shown)
    return value - half, value + half


def within(shown: Figure, decimals: int, part: int, whole: int, of: int) -> bool:
    """Whether ``part`` of ``whole`` may be printed so."""
    low, high = span(shown, decimals)
    return low <= Fraction(of * part, whole) <= high


def numerators(percentage: Figure, base: int, decimals: int, *, of: int = 100) -> Whole:
    """The counts that a percentage of a known base can stand for.

    Args:
        percentage: as printed, without the sign.
        base: the denominator, in units.
        decimals: printed decimals.
        of: 100 for percentages, 1 for proportions, 1000 for rates per thousand.
    """
    low, high = span(percentage, decimals)
    return Whole(max(0, ceil(low * base / of)), floor(high * base / of))


def share_numerators(percentage: Figure, base: int, decimals: int, *, of: int = 100) -> Whole:
    """As ``numerators``, for a part of the base: never more than all of it."""
    found = numerators(percentage, base, decimals, of=of)
    return Whole(found.low, min(found.high, base))


def fractions_behind(
    percentages: Iterable[tuple[Figure, int]], largest_base: int, *, smallest_base: int = 1, of: int = 100
) -> list[tuple[int, tuple[Whole, ...]]]:
    """Bases and counts that fit percentages of one unknown base.

    Args:
        percentages: (as printed, decimals) pairs that share the base.
        largest_base: bases to try, inclusive.
        smallest_base: the first of them.
        of: see ``numerators``.

    Returns:
        each possible base with the range of each numerator.
    """
    shown = list(percentages)
    found = []
    for base in range(smallest_base, largest_base + 1):
        parts = tuple(share_numerators(p, base, d, of=of) for p, d in shown)
        if all(len(part) for part in parts):
            found.append((base, parts))
    return found


def sums_behind(mean: Figure, count: int, decimals: int) -> Whole:
    """The whole-number sums that a mean over a known count can stand for (may be negative)."""
    low, high = span(mean, decimals)
    return Whole(ceil(low * count), floor(high * count))


def counts_behind(mean: Figure, decimals: int, smallest: int, largest: int) -> list[int]:
    """The numbers of units for which a mean of whole numbers is possible.

    Args:
        mean: as printed.
        decimals: printed decimals.
        smallest: what a symbol such as "<5" allows.
        largest: the most it allows, inclusive.
    """
    return [n for n in range(max(1, smallest), largest + 1) if len(sums_behind(mean, n, decimals))]


def ratio_bounds(ratio: Figure, decimals: int, other: int) -> Whole:
    """The counts ``x`` for which ``x : other`` is printed as ``ratio``."""
    return numerators(ratio, other, decimals, of=1)


@dataclass(frozen=True, slots=True)
class Percentage:
    """A percentage on show.

    Attributes:
        numerator, denominator: cells of a system.
        shown: as printed.
        decimals: printed decimals.
        of: see ``numerators``.
        part: the numerator is part of the denominator.
    """

    numerator: int
    denominator: int
    shown: Figure
    decimals: int
    of: int = 100
    part: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class WithRatios:
    """A system after its percentages have been read.

    Attributes:
        system: numerators held to their ranges; single values are shown cells now.
        ranges: cell -> what percentages allow of a numerator or base that is not shown.
        pinned: cell -> count for those of which a single one is left.
        because: cell -> the percentages behind its range: the one that suffices, else all.
        unread: percentages without a known base, for which nothing was concluded.
        impossible: percentages that no count can explain (another base, or an error).
    """

    system: System
    ranges: Mapping[int, Whole]
    pinned: Mapping[int, int]
    because: Mapping[int, tuple[Percentage, ...]]
    unread: tuple[Percentage, ...]
    impossible: tuple[Percentage, ...]


def read_percentages(system: System, percentages: Iterable[Percentage]) -> WithRatios:
    """Turn percentages into what they say about counts.

    Args:
        system: counts; shown cells serve as bases. Bases that are recoverable should be shown first
            (``Recovery.values`` with ``System.with_shown``).
        percentages: whose numerators may be hidden; a hidden base with a known numerator is also solved.
    """
    ranges: dict[int, Whole] = {}
    because: dict[int, list[tuple[Percentage, Whole]]] = {}
    unread, impossible = [], []
    for item in percentages:
        target, found = _read(system, item)
        if target is None or found is None:
            unread.append(item)
            continue
        before = ranges.get(target, found)
        both = Whole(max(before.low, found.low), min(before.high, found.high))
        shown = not system.unknown[target]
        if not len(both) or (shown and not both.low <= system.shown_value(target) <= both.high):
            impossible.append(item)
        else:
            ranges[target] = both
            because.setdefault(target, []).append((item, found))
    ranges = {cell: whole for cell, whole in ranges.items() if system.unknown[cell]}
    pinned = {cell: whole.low for cell, whole in ranges.items() if whole.single is not None}
    bounds = {cell: (float(whole.low), float(whole.high)) for cell, whole in ranges.items()}
    read = system.with_bounds(bounds).with_shown(pinned)
    reasons = {cell: _reasons(ranges[cell], because[cell]) for cell in ranges}
    return WithRatios(read, ranges, pinned, reasons, tuple(unread), tuple(impossible))


def together(system: System, item: Percentage) -> tuple[Whole, Whole] | None:
    """What a percentage tells of numerator and base where both are hidden: the ends of both.

    None where the base has no upper bound, or one too large to try every number, or nothing fits.
    """
    least, most = max(1.0, system.low[item.denominator]), system.high[item.denominator]
    if most - least > MOST_TRIED or system.scale != 1:
        return None
    reader = share_numerators if item.part else numerators
    parts, bases = [], []
    for base in range(ceil(least), floor(most) + 1):
        found = reader(item.shown, base, item.decimals, of=item.of)
        low, high = max(found.low, system.low[item.numerator]), min(found.high, system.high[item.numerator])
        if low <= high:
            parts += [ceil(low), floor(high)]
            bases.append(base)
    return (Whole(min(parts), max(parts)), Whole(bases[0], bases[-1])) if bases else None


def _reasons(whole: Whole, found: list[tuple[Percentage, Whole]]) -> tuple[Percentage, ...]:
    """The first percentage that leaves no more than all of them together; all, where it takes several."""
    alone = (item for item, own in found if own == whole)
    return next(((item,) for item in alone), tuple(item for item, _ in found))


def _read(system: System, item: Percentage) -> tuple[int | None, Whole | None]:
    """The cell that a percentage speaks about and the range it allows."""
    if not system.unknown[item.denominator]:
        base = system.shown_value(item.denominator)
        if base.denominator != 1:
            return None, None
        reader = share_numerators if item.part else numerators
        return item.numerator, reader(item.shown, int(base), item.decimals, of=item.of)
    if not system.unknown[item.numerator]:
        low, high = span(item.shown, item.decimals)
        part = system.shown_value(item.numerator)
        if part > 0 and low > 0:
            return item.denominator, Whole(ceil(part * item.of / high), floor(part * item.of / low))
    return None, None
