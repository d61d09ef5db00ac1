"""Values of a cell that conditions compare with: by which members there are several, what they rest on."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from linter.cells.population import NotEvaluated
from linter.cells.removal import Removal, conjuncts
from linter.expressions import Call, Column, Expr, TopMembers, all_of, columns, walk
from linter.model import CELL, CellValue, Filter

STRICT = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "mul", "div", "neg", "abs"})
"""Functions that give null for null."""


def by_members(values: tuple[CellValue, ...], condition: Expr) -> list[tuple[tuple[CellValue, ...], Expr]]:
    """The values by the columns by which they are several in a cell, each with what the condition says of them.

    Raises:
        NotEvaluated: one condition compares values of different members.
    """
    alike: dict[tuple[Column, ...], tuple[CellValue, ...]] = {}
    for value in values:
        alike[value.per] = (*alike.get(value.per, ()), value)
    about: dict[tuple[Column, ...], list[Expr]] = {per: [] for per in alike}
    per_of = {value.name: value.per for value in values}
    for part in conjuncts(condition) if values else ():
        per = {per_of[c.name] for c in columns(part) if c.table == CELL} or {next(iter(alike))}
        if len(per) > 1:
            raise NotEvaluated("a measure compares values of different members")
        about[per.pop()].append(part)
    return [(alike[per], all_of(*parts)) for per, parts in about.items()]


def ranks_by_count(item: Filter, ranking: TopMembers) -> bool:
    """Whether members are ranked by a plain count, which is blank and not 0 where there is nothing to count."""
    counts = {"count", "count_distinct"}
    return any(v.aggregate in counts and ranking.order == Column(CELL, v.name) for v in item.values)


def removal_of(value: CellValue) -> Removal:
    """The filters and groupings that do not work for a value of the cell."""
    if value.keeps is not None:
        return Removal(keeps=frozenset(value.keeps))
    return Removal(groupings=None if value.reselects == () else frozenset(value.reselects or ()))


def depth(value: CellValue) -> int:
    """How many values it rests on, one on the other."""
    return max((1 + depth(inner) for inner in value.values), default=0)


def cell_columns(values: Iterable[CellValue], table: str) -> dict[Column, exp.Expr]:
    """The columns that stand for values of the cell, in a table of such values."""
    return {Column(CELL, v.name): exp.column(v.name, table=table) for v in values}


def needs_values(condition: Expr) -> bool:
    """Whether the condition is never true of rows for which there is no value of the cell."""
    about = [part for part in conjuncts(condition) if any(c.table == CELL for c in columns(part))]
    return any(all(not isinstance(p, Call) or p.function in STRICT for p in walk(part)) for part in about)


def members_of(values: Iterable[CellValue]) -> tuple[Column, ...]:
    """The columns by which these values are several in a cell."""
    found = dict.fromkeys(value.per for value in values)
    if len(found) > 1:
        raise NotEvaluated("a measure compares values of different members")
    return next(iter(found), ())
