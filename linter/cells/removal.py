"""What a measure leaves of a filter context, and which columns a condition restricts."""

from __future__ import annotations

from collections.abc import Iterable

from linter.cells.population import NotEvaluated
from linter.cells.reach import Chains
from linter.expressions import Aggregate, Call, Column, Expr, Fixed, TopMembers, children, columns
from linter.model import CELL
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """Which filters and groupings do not work: those on these columns; None stands for every column.

    ``keeps`` turns it round: only those on these columns work.
    """

    filters: frozenset[Column] | None = frozenset()
    groupings: frozenset[Column] | None = frozenset()
    keeps: frozenset[Column] | None = None

    def groups(self, on: frozenset[Column]) -> bool:
        """Whether a grouping by these columns still works."""
        if self.keeps is not None:
            return on <= self.keeps
        return all(removed is not None and not on & removed for removed in (self.filters, self.groupings))

    def restricts(self, on: frozenset[Column]) -> bool:
        """Whether a filter on these columns still works."""
        kept = on if self.keeps is None else on & self.keeps
        left = frozenset() if self.filters is None else kept - self.filters
        if left and left != on:
            raise NotEvaluated("a measure removes a part of a filter over several columns")
        return bool(left)


def reached(expr: Expr, chains: Chains) -> bool:
    """Whether every column of an expression lies in a table that reaches the root."""
    return all(c.table in chains for c in columns(expr))


def restricted(expr: Expr) -> frozenset[Column]:
    """The columns that a condition restricts: not those inside aggregates or the order of a ranking."""
    match expr:
        case Column(table):
            return frozenset() if table == CELL else frozenset({expr})
        case TopMembers(by):
            return frozenset(c for e in by for c in columns(e))
        case Aggregate() | Fixed():
            return frozenset()
        case _:
            return frozenset(c for part in children(expr) for c in restricted(part))


def conjuncts(expr: Expr) -> Iterable[Expr]:
    """The parts that must all hold."""
    if isinstance(expr, Call) and expr.function == "and":
        for part in expr.args:
            yield from conjuncts(part)
    else:
        yield expr
