"""Hierarchies spread over two columns, such as region and district with a total row for each region."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from linter.publications.record import PublishedTable


def folded(table: PublishedTable) -> PublishedTable:
    """The table with every nested column folded into the one above it, from the finest up.

    Without this a district would seem to be missing in all regions but its own, and no sum would be formed.
    """
    names = [n for n in table.dimensions if n not in table.hierarchies]
    for upper, lower in reversed(list(combinations(names, 2))):
        if lower in table.dimensions and _nested(table, upper, lower):
            table = fold(table, upper, lower)
    return table


def _nested(table: PublishedTable, upper: str, lower: str) -> bool:
    """Whether each label of the lower column belongs to one of the upper, which has a total over them."""
    whole, total = table.totals.get(upper), table.totals.get(lower)
    if total is None or upper not in table.dimensions:
        return False
    above: dict[str, set[str]] = {}
    for a, b in zip(table.dimensions[upper], table.dimensions[lower], strict=True):
        if b != total:
            above.setdefault(b, set()).add(a)
    parents = {next(iter(labels)) for labels in above.values()}
    single = all(len(labels) == 1 for labels in above.values())
    return single and whole not in parents and 1 < len(parents) < len(above)


def fold(table: PublishedTable, upper: str, lower: str) -> PublishedTable:
    """The table with a column folded into the one above it: ``district`` becomes ``region > district``."""
    total = table.totals.get(lower)
    pairs = list(zip(table.dimensions[upper], table.dimensions[lower], strict=True))
    within, above = {b: a for a, b in pairs if b != total}, table.hierarchies.get(lower, {})
    parents = {f"{a} > {b}": f"{a} > {above[b]}" if b in above else a for b, a in within.items()}
    labels = [a if b == total else f"{a} > {b}" for a, b in pairs]
    dimensions = {n: labels if n == upper else column for n, column in table.dimensions.items() if n != lower}
    hierarchies = {n: h for n, h in table.hierarchies.items() if n != lower} | {upper: parents}
    totals = {n: label for n, label in table.totals.items() if n != lower}
    note = f"{lower} lies within {upper}: taken for one hierarchy"
    return replace(table, dimensions=dimensions, hierarchies=hierarchies, totals=totals, notes=(*table.notes, note))
