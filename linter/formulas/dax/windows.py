"""Window functions over the values of one column in its own order, as conditions on that column.

Each position of a window is a value of the cell: the value before the least visible one is the greatest
of those that are less. BLANK comes before all other values, as it does where none is negative.
Where a cell shows several values, as totals do, the window is that of all of them together: from the
first of the first to the last of the last, which needs the values of a dimension, without gaps.
Source: https://learn.microsoft.com/dax/window-function-dax, https://learn.microsoft.com/dax/offset-function-dax
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import FALSE, TRUE, Aggregate, Case, Column, Expr, Fixed, all_of, any_of, call
from linter.formulas.dax.context import Condition, RowSet
from linter.formulas.dax.tree import Call, Missing, Name, Node, Number, Ref, Unary
from linter.formulas.dax.values import SELECTED
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.formulas.dax.env import Env, Run

FURTHEST = 12
"""Most rows that a window may lie away from its row: each is a value of the cell of its own."""
_CLAUSES = frozenset({"ORDERBY", "PARTITIONBY", "MATCHBY"})
_WORDS = frozenset({"ABS", "REL", "KEEP", "DEFAULT"})


@dataclass(frozen=True, slots=True)
class _Order:
    """The values of a column that a window runs over: all of the model's, or those of the visual's own filters."""

    column: Column
    selected: bool
    descending: bool

    def extreme(self, function: str, among: Expr = TRUE) -> Expr:
        """The least or the greatest value among those for which a condition holds."""
        arg: Expr = self.column if among == TRUE else Case(((among, self.column),))
        return Fixed((SELECTED,) if self.selected else (), Aggregate(function, arg))

    def away(self, value: Expr, steps: int) -> Expr:
        """The value so many places after (before, where negative) one in ascending order; null beyond the ends."""
        for _ in range(abs(steps)):
            further = call("lt" if steps < 0 else "gt", self.column, value)
            value = self.extreme("max" if steps < 0 else "min", further)
        return value

    def seen(self, function: str) -> Expr:
        """The least or greatest value that the cell itself shows."""
        return Aggregate(function, self.column)


def rows(run: Run, node: Call, env: Env) -> RowSet | None:
    """The rows of OFFSET, INDEX or WINDOW; None where these can't be told."""
    order = _order(run, node, env)
    condition = None if order is None else _condition(run, node, order)
    if order is None or condition is None:
        return None
    columns = frozenset({order.column})
    change = env.change.select(columns) if order.selected else env.change.remove(columns)
    return RowSet(order.column.table, (order.column,), change, where=(Condition(columns, condition),))


def _order(run: Run, node: Call, env: Env) -> _Order | None:
    """What the window runs over: one column of ALL or ALLSELECTED, ordered by itself; None for anything else."""
    orders = [a for a in node.args if isinstance(a, Call) and a.function == "ORDERBY"]
    if any(isinstance(a, Call) and a.function in {"PARTITIONBY", "MATCHBY"} for a in node.args):
        return None
    relations = [a for a in node.args if isinstance(a, Call) and a.function not in _CLAUSES]
    known = {"ALL", "ALLSELECTED", "ALLNOBLANKROW"}
    if len(relations) > 1 or any(r.function not in known or len(r.args) != 1 for r in relations):
        return None
    named = relations[0].args[0] if relations else None
    first = orders[0].args[0] if orders and orders[0].args else named
    descending = _descending(orders)
    if not isinstance(first, Ref) or descending is None or (named is not None and named != first):
        return None
    column = run.column(first, env)
    selected = not relations or relations[0].function == "ALLSELECTED"
    return None if column is None or env.rows else _Order(column, selected, descending)


def _descending(orders: list[Call]) -> bool | None:
    """The direction of an ORDERBY of one column; None where it has more or unknown parts."""
    parts = orders[0].args[1:] if len(orders) == 1 else ()
    words = [part.name.upper() for part in parts if isinstance(part, Name)]
    if len(orders) > 1 or len(words) < len(parts) or not set(words) <= {"ASC", "DESC"} or len(words) > 1:
        return None
    return words == ["DESC"]


def _condition(run: Run, node: Call, order: _Order) -> Expr | None:
    """Where the column lies in the window; None where that can't be told."""
    places = [_number(a) for a in node.args if not isinstance(a, Call | Missing)]
    if any(p is None for p in places):
        return None
    window: tuple[tuple[int, str], tuple[int, str]]
    match node.function, [p for p in places if p not in {"KEEP", "DEFAULT"}]:
        case "OFFSET", [int(steps)]:
            window = (steps, "REL"), (steps, "REL")
        case "INDEX", [int(place)]:
            window = (place, "ABS"), (place, "ABS")
        case "WINDOW", [int(first), ("ABS" | "REL") as how, int(last), ("ABS" | "REL") as where]:
            window = (first, how), (last, where)
        case "WINDOW", [int(first), int(last)]:
            window = (first, "REL"), (last, "REL")
        case _:
            return None
    if order.descending:  # the same window, seen from the other end
        window = (-window[1][0], window[1][1]), (-window[0][0], window[0][1])
    if any(abs(place) > FURTHEST or (place, how) == (0, "ABS") for place, how in window):
        return None
    if any(how == "REL" and place != 0 for place, how in window) and not _without_gaps(run, order.column):
        return None
    lower, upper = _lower(order, *window[0]), _upper(order, *window[1])
    if lower is None or upper is None:
        return None
    blank = call("is_null", order.column)
    with_values = all_of(call("not", blank), lower.holds, upper.holds)
    return with_values if lower.blank == FALSE else any_of(with_values, all_of(blank, lower.blank, upper.blank))


@dataclass(frozen=True, slots=True)
class _Bound:
    """One end of a window: where it ``holds`` for values, and whether BLANK is on its inner side."""

    holds: Expr
    blank: Expr


def _lower(order: _Order, place: int, how: str) -> _Bound | None:
    """The first place of a window in ascending order; one that lies before all values is the start."""
    if (place, how) == (1, "ABS"):
        return _Bound(TRUE, TRUE)
    if how == "ABS" and place > 0:
        return None  # counted from the start, where BLANK may or may not be the first
    value = order.away(order.seen("min"), place) if how == "REL" else order.away(order.extreme("max"), place + 1)
    inside, before = call("ge", order.column, value), call("is_null", value)
    return _Bound(any_of(inside, before), before) if place < 0 else _Bound(inside, FALSE)


def _upper(order: _Order, place: int, how: str) -> _Bound | None:
    """The last place of a window in ascending order; one that lies behind all values is the end."""
    if (place, how) == (-1, "ABS"):
        return _Bound(TRUE, TRUE)
    if how == "ABS" and place > 0:
        return None
    last, steps = (order.seen("max"), place) if how == "REL" else (order.extreme("max"), place + 1)
    value = order.away(last, steps)
    inside: Expr = call("le", order.column, value)
    if steps > 0:
        inside = any_of(inside, call("is_null", value))
    return _Bound(inside, call("not", call("is_null", order.away(last, min(steps + 1, 0)))))


def _without_gaps(run: Run, column: Column) -> bool:
    """Whether a cell shows neighbouring values: those of a dimension that nothing else filters."""
    one_side = any(link.one.table == column.table for link in run.schema.relationships)
    return one_side and run.schema.filtered_by(column.table) == (column.table,)


def _number(node: Node) -> int | str | None:
    match node:
        case Number() if isinstance(node.value, int):
            return node.value
        case Unary("-", Number() as inner) if isinstance(inner.value, int):
            return -inner.value
        case Name(name) if name.upper() in _WORDS:
            return name.upper()
        case _:
            return None
