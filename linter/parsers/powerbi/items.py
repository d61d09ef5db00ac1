"""Calculation groups on a visual: which items work on its measures, by its wells and its filters."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from linter.expressions import Unsupported, columns
from linter.formulas.dax.items import members
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linter.expressions import Column
    from linter.formulas.dax import CalculationGroup
    from linter.model import Filter

    Items = tuple[tuple[Column, str], ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """``sets`` of items that work together, each for a cell of its own; an empty one leaves measures as they are.

    ``filters`` are those that remain: a filter on a calculation group removes no row.
    """

    sets: tuple[Items, ...]
    filters: tuple[Filter, ...]
    problems: tuple[str, ...] = ()


def picked(
    groups: Sequence[CalculationGroup], shown: Sequence[CalculationGroup], filters: tuple[Filter, ...], *, totals: bool
) -> Picked:
    """The items that work on a visual.

    Args:
        groups: of the model.
        shown: those whose items the visual groups by: each measure then has a value per item.
        filters: all that work on the visual.
        totals: whether it has a total over the items, where measures are themselves.
    """
    picking = {group.column for group in groups}
    on_items = [f for f in filters if columns(f.predicate) & picking]
    left = tuple(f for f in filters if f not in on_items)
    problems: list[str] = []
    choices: list[list[Items]] = []
    for group in groups:
        own = [f for f in on_items if group.column in columns(f.predicate)]
        found = [members(group, f.predicate) for f in own]
        names = [name for name in group.items if all(f is not None and name in f for f in found)]
        if None in found:
            problems.append(f"which items of calculation group {group.column.table!r} work is not understood")
        if group in shown and names:
            choices.append([*(((group.column, name),) for name in names), *([()] if totals else [])])
        else:
            choices.append([((group.column, names[0]),)] if own and len(names) == 1 else [()])
    sets = tuple(tuple(item for items in chosen for item in items) for chosen in product(*choices))
    if any(sets):
        left = tuple(map(_unranked, left))
    return Picked(sets, left, tuple(problems))


def _unranked(item: Filter) -> Filter:
    """A filter on a measure, which the items change as well: said not to be understood."""
    if item.stage not in {"measure", "set"}:
        return item
    return replace(item, predicate=Unsupported(f"the filter on {item.caption!r} works under a calculation item"))
