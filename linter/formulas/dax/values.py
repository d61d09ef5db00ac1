"""Values of the cell inside a condition, from aggregates in place to ``CellValue`` beside it.

While a measure is reduced, an ``Aggregate`` in a condition is a value computed in the cell itself and a
``Fixed`` one where only the filters on the columns of its ``by`` work; a ``Case`` in the argument holds
conditions on the rows that it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from linter.expressions import (
    TRUE,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    children,
    columns,
)
from linter.model import CELL, CellValue

PER = Column("\0per", "")
"""First of the columns of a ``Fixed`` value that is one for each member of the others in the cell."""


def per_member(expr: Expr, member: tuple[Column, ...]) -> Expr:
    """The values of the cell in an expression made values of each member; ``Unsupported`` where they are
    computed under other filters.
    """
    match expr:
        case Aggregate():
            return Fixed((PER, *member), expr)
        case Fixed() | TopMembers():
            return Unsupported("a value of each member under other filters than the cell's")
        case Call(function, args):
            return Call(function, tuple(per_member(a, member) for a in args))
        case Case(whens, otherwise):
            changed = tuple((per_member(t, member), per_member(x, member)) for t, x in whens)
            return Case(changed, None if otherwise is None else per_member(otherwise, member))
        case _:
            return expr


def is_per_member(expr: Expr) -> bool:
    """Whether it rests on values of members of the cell."""
    return PER in columns(expr)


def cell_value(expr: Expr) -> bool:
    """Whether an expression rests on a value of the cell: an aggregate, unless it is the same for all."""
    if isinstance(expr, Aggregate | TopMembers):
        return True
    return bool(expr.by) if isinstance(expr, Fixed) else any(map(cell_value, children(expr)))


def explicit(expr: Expr) -> tuple[Expr, tuple[CellValue, ...]]:
    """The condition with columns in place of its values of the cell, and these values."""
    made = _Values(count())
    return made.replaced(expr), tuple(made.found.values())


class _Values:
    """Collects the values of one condition; those inside a value belong to that value."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self.numbers = numbers
        self.found: dict[Expr, CellValue] = {}

    def replaced(self, part: Expr) -> Expr:
        match part:
            case Aggregate() | Fixed(body=Aggregate()):
                if part not in self.found:
                    self.found[part] = self._value(part)
                return Column(CELL, self.found[part].name)
            case Call(function, args):
                return Call(function, tuple(map(self.replaced, args)))
            case Case(whens, otherwise):
                changed = tuple((self.replaced(test), self.replaced(value)) for test, value in whens)
                return Case(changed, None if otherwise is None else self.replaced(otherwise))
            case TopMembers(by, order, most, descending):
                return TopMembers(by, self.replaced(order), most, descending)
            case _:
                return part

    def _value(self, part: Aggregate | Fixed) -> CellValue:
        keeps = tuple(c for c in part.by if isinstance(c, Column)) if isinstance(part, Fixed) else None
        per = keeps[1:] if keeps and keeps[0] == PER else ()
        keeps = None if per else keeps
        aggregate = part.body if isinstance(part, Fixed) else part
        arg: Expr = (aggregate.arg if isinstance(aggregate, Aggregate) else None) or Literal(1)
        inside = _Values(self.numbers)
        adds: Expr = TRUE
        if isinstance(arg, Case) and len(arg.whens) == 1 and arg.otherwise is None:
            adds, arg = inside.replaced(arg.whens[0][0]), arg.whens[0][1]
        table = next(c.table for c in columns(arg))
        function = aggregate.function if isinstance(aggregate, Aggregate) else "any"
        name = f"v{next(self.numbers)}"
        return CellValue(name, table, function, arg, adds, keeps, tuple(inside.found.values()), per)
