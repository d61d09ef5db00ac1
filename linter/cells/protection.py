"""From how many people on a figure is shown: dynamic suppression in terms of rows and a least number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from linter.cells.removal import conjuncts
from linter.cells.sources import SourceAtWork
from linter.evidence import Unit
from linter.expressions import TRUE, Aggregate, Column, Expr, Literal, all_of, call, rewrite
from linter.guards import Guard, compared, guards_of
from linter.model import CELL, Base, Filter, Layer
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Protection:
    """A figure is shown only where at least ``least`` people are among the rows that meet a condition."""

    least: int
    condition: Expr


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose number a guard has to compare: people of ``unit`` in ``root``; ``single``: each has one row."""

    source: SourceAtWork
    root: str
    unit: Unit
    single: bool


def condition_of(base: Base, unit: Unit) -> Expr:
    """The rows a base really uses. A key that is null tells of nobody, so it needs no condition."""
    return _rows(base.arg, base.adds, unit)


def protections(layer: Layer, base: Base | None, counted: Counted) -> tuple[Protection, ...]:
    """What protects a figure, or a mark without one. A guard that counts something else protects nobody."""
    guards = [g for f in layer.filters for g in _of_filter(f, counted)]
    if base is not None and all(_plain(g.base, counted.root) for g in base.guards):
        guards += guards_of(counted.source.source, base)
    found = (_protection(g, counted) for g in guards)
    return tuple(dict.fromkeys(p for p in found if p is not None and p.least > 1))


def _plain(base: Base, root: str) -> bool:
    """Whether a guard counts in the cell itself and in the same table."""
    changed = (base.removes, base.reselects) != (None, None) or base.values or base.over or base.links
    return not changed and base.table in {None, root}


def _of_filter(found: Filter, counted: Counted) -> Iterator[Guard]:
    """A filter on a number of people hides the cells below it, as long as readers can't change it."""
    if found.stage != "measure" or found.changeable:
        return
    values = {v.name: v for v in found.values}

    def written_out(part: Expr) -> Expr:
        value = values.get(part.name) if isinstance(part, Column) and part.table == CELL else None
        own = value is not None and value.keeps is None and not value.values and value.adds == TRUE
        return Aggregate(value.aggregate, value.arg) if value and own and value.table == counted.root else part

    for part in conjuncts(rewrite(found.predicate, written_out)):
        guard = compared(part)
        if guard is not None:
            yield guard


def _protection(guard: Guard, counted: Counted) -> Protection | None:
    match guard.comparison:
        case "ge":
            least = math.ceil(guard.value)
        case "gt":
            least = math.floor(guard.value) + 1
        case _:
            return None
    return Protection(least, _rows(guard.arg, guard.adds, counted.unit)) if _counts_people(guard, counted) else None


def _counts_people(guard: Guard, counted: Counted) -> bool:
    unit = counted.unit
    if guard.aggregate == "count" and (counted.single or unit.kind == "rows"):
        return True
    if unit.kind == "key":
        return guard.aggregate == "count_distinct" and guard.arg is not None and _same_key(guard.arg, counted)
    return unit.kind == "count_field" and guard.aggregate == "sum" and guard.arg == unit.column


def _same_key(arg: Expr, counted: Counted) -> bool:
    """Whether it is the key of the people, or the column that refers to it."""
    pairs = ({a, b} for link in counted.source.source.relationships if link.active for a, b in link.on)
    return arg == counted.unit.column or any({arg, counted.unit.column} == pair for pair in pairs)


def _rows(arg: Expr | None, adds: Expr, unit: Unit) -> Expr:
    if arg is None or isinstance(arg, Literal) or (unit.kind == "key" and arg == unit.column):
        return adds
    return all_of(call("not", call("is_null", arg)), adds)
