"""What is left: the rows behind ``[All] - [Some]``, which is a number of people of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import (
    Aggregate,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    all_of,
    call,
    columns,
    problems,
    walk,
)
from linter.formulas.dax import rows as single_rows
from linter.formulas.dax.context import row_columns, union
from linter.formulas.dax.values import PER, cell_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.formulas.dax.env import Bases, Run
    from linter.formulas.dax.uses import BaseUse

_NUMBERS = frozenset({"count", "count_distinct", "sum"})
UNKNOWN = "what a difference leaves of a total is not counted"


def left_over(run: Run, whole: Iterable[BaseUse], part: Iterable[BaseUse]) -> Bases:
    """The rows that the second number leaves of the first, or the first of the second.

    Known where both are one plain number of the same kind: the second under further conditions on single
    rows, or under filters of the cell that the first removes.
    """
    every, some = tuple(whole), tuple(part)
    if len(every) != 1 or len(some) != 1 or every == some or _kind(every[0]) != _kind(some[0]):
        return ()
    (first,), (second,) = every, some
    if first.aggregate not in _NUMBERS or first.iterations or first.shifts or any(u.problems for u in (first, second)):
        return ()
    if any(cell_value(add) or _ranks(add) for add in (*first.adds, *second.adds)):
        return ()  # other dates or members: neither is a part of the other
    for larger, smaller in ((first, second), (second, first)):
        found = _further(run, larger, smaller) or _wider(run, larger, smaller)
        if found:
            return found
    return ()


def _further(run: Run, first: BaseUse, second: BaseUse) -> Bases:
    """The rest where the second number has further conditions in the same context."""
    further = tuple(add for add in second.adds if add not in first.adds)
    freed, freed_before = set(second.removes or ()), set(first.removes or ())
    if not set(first.adds) < set(second.adds) or first.reselects != second.reselects:
        return ()
    if (first.removes == ()) != (second.removes == ()) or not freed_before <= freed:
        return ()
    if not freed - freed_before <= {c for add in further for c in columns(add)}:
        return ()
    if first.aggregate == "count_distinct" and isinstance(first.arg, Column):
        return (_without(run, first, replace(second, removes=first.removes), (first.arg,)),)
    others = call("not", call("coalesce", all_of(*further), Literal(value=False)))
    return (replace(first, adds=(*first.adds, others)),)


def _wider(run: Run, first: BaseUse, second: BaseUse) -> Bases:
    """The rest where the first number lacks filters of the cell that work on the second."""
    freed = _freed(run, first) - _freed(run, second)
    further = tuple(add for add in second.adds if add not in first.adds)
    again = {c for add in further for c in row_columns(add)}
    if not freed or not set(first.adds) <= set(second.adds) or not _freed(run, second) - _freed(run, first) <= again:
        return ()
    if (first.removes is None) == (first.reselects is None):
        return (replace(first, problems=(UNKNOWN,)),)
    if first.aggregate == "count_distinct" and isinstance(first.arg, Column):
        return (_without(run, first, second, (first.arg,)),)
    members = _members(run, first.table or "", freed | again)
    return (replace(first, problems=(UNKNOWN,)) if not members else _without(run, first, second, members),)


def _freed(run: Run, use: BaseUse) -> frozenset[Column]:
    """The columns near the counted table on which filters of the cell do not work."""
    near = run.schema.columns(*run.schema.filtered_by(use.table or ""))
    named = [near if which == () else frozenset(which or ()) for which in (use.removes, use.reselects)]
    return near & named[0].union(named[1])


def _members(run: Run, table: str, freed: frozenset[Column]) -> tuple[Column, ...]:
    """Columns that tell whether a row is among others where these columns are filtered; none if that is not known.

    For a table that is freed as a whole its key will do.
    """
    found: tuple[Column, ...] = ()
    for near in run.schema.filtered_by(table):
        own = run.schema.columns(near)
        if own & freed and near not in run.schema.expanded(table):
            return ()
        key = run.schema.key_of(near) if near != table else None
        found = union(found, key if key and own <= freed else run.schema.ordered(own & freed))
    return found


def _without(run: Run, first: BaseUse, second: BaseUse, members: tuple[Column, ...]) -> BaseUse:
    """The rows of the first whose ``members`` no row of the second has."""
    one = run.schema.row_of(first.table or "")
    conditions = second.adds if second.arg is None else (*second.adds, call("not", call("is_null", second.arg)))
    inside = replace(second, aggregate="max", arg=one, adds=conditions)
    tables = run.schema.filtered_by(first.table or "")
    held: Expr | None = None if one is None else single_rows.changed_aggregate(run, inside, one, tables)
    if held is None or problems(held) or not isinstance(held, Aggregate | Fixed):
        return replace(first, problems=(UNKNOWN,))
    return replace(first, adds=(*first.adds, call("is_null", Fixed((PER, *members), held))))


def _ranks(add: Expr) -> bool:
    return any(isinstance(part, TopMembers) for part in walk(add))


def _kind(use: BaseUse) -> tuple[object, ...]:
    """What two numbers have in common that count rows in the same way, but for their conditions."""
    return use.table, use.arg, use.aggregate, use.links, use.shifts, use.iterations
