"""Several profiles for one workbook: of each number the strictest, so that naming one can't undo another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from linter.policy.datasets import bands_from
from linter.policy.profile import Dominance, Percentages, Profile


def combined(chosen: Profile, others: Iterable[Profile]) -> Profile:
    """The chosen profile with every number that another one has stricter; itself where there is none.

    Its name, sources and symbols stay its own. The bands are those with the widest first one.
    """
    found = (chosen, *others)
    if all(other == chosen for other in found):
        return chosen
    threshold = max(p.threshold for p in found)
    thresholds = _highest([p.thresholds for p in found], threshold)
    bands = max((p.bands for p in found), key=lambda edges: edges[0])
    return replace(
        chosen,
        threshold=threshold,
        thresholds=thresholds,
        field_thresholds=_highest([p.field_thresholds for p in found], threshold),
        zeros_disclosive=any(p.zeros_disclosive for p in found),
        group_limit=max(p.group_limit for p in found),
        sensitive_classes=tuple(sorted({code for p in found for code in p.sensitive_classes})),
        width=max(p.width for p in found),
        bands=bands_from(bands, max(threshold, *thresholds.values(), 0)),
        percentages=_percentages([p.percentages for p in found]),
        rounding=max((p.rounding for p in found if p.rounding), key=lambda r: r.base, default=None),
        dominance=_dominance([p.dominance for p in found if p.dominance]),
        fails=any(p.fails for p in found),
    )


def _highest(tables: list[Mapping[str, int]], threshold: int) -> Mapping[str, int]:
    """The highest value of each key; of other profiles than the first only what the threshold doesn't cover."""
    highest = dict(tables[0])
    for table in tables[1:]:
        highest |= {k: max(value, highest.get(k, 0)) for k, value in table.items() if value > threshold}
    return MappingProxyType(highest)


def _percentages(found: list[Percentages]) -> Percentages:
    return Percentages(
        numerator=any(p.numerator for p in found),
        denominator=any(p.denominator for p in found),
        difference=any(p.difference for p in found),
        decimals=min(p.decimals for p in found),
        from_rounded=any(p.from_rounded for p in found),
    )


def _dominance(found: list[Dominance]) -> Dominance | None:
    if not found:
        return None
    return Dominance(max(d.largest for d in found), min(d.share for d in found), max(d.p_percent for d in found))
