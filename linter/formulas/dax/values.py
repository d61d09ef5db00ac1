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
BY = Column("\0by", "")
"""First of the columns that stand for those of the members in the table of the value."""
OF = "\0of"
"""Table of the only column of a ``Fixed`` value that is taken from the rows of the table so named."""
SELECTED = Column("\0selected", "")
"""First of the columns of a ``Fixed`` value on which only the visual's own filters work; alone: on all."""


def among(members: tuple[Column, ...], columns: tuple[Column, ...], rows: Expr) -> Expr:
    """How many rows, as ``rows`` counts them, have a row's ``members`` in their ``columns``: null for none."""
    return Fixed((PER, *members), Fixed((BY, *columns), rows))


def of_rows(table: str, value: Expr) -> Expr:
    """A value taken from the rows of another table than that of the column it is of."""
    return Fixed((Column(OF, table),), value)


def per_member(expr: Expr, member: tuple[Column, ...]) -> Expr:
    """The values of the cell in an expression made values of each member; ``Unsupported`` where they are
    computed under other filters.
    """
    match expr:
        case Aggregate():
            return Fixed((PER, *member), expr)
        case Fixed(by=()) if not cell_value(expr):
            return expr  # the same for all members
        case Fixed(by, Aggregate()) if set(member) <= set(by) and by[0] not in {PER, BY, SELECTED}:
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
    if isinstance(expr, Fixed) and isinstance(expr.body, Aggregate):  # whatever it is taken of
        return bool(expr.by) or any(map(cell_value, children(expr.body)))
    return isinstance(expr, Fixed) or any(map(cell_value, children(expr)))


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
            case Aggregate() | Fixed():
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

    def _value(self, part: Expr) -> CellValue:
        said: dict[str, tuple[Column, ...]] = {}
        while isinstance(part, Fixed):
            by = tuple(c for c in part.by if isinstance(c, Column))
            word = _WORDS.get(by[0].table, "") if by else ""
            said[word or "keeps"] = by[1:] if word in {"per", "by", "reselects"} else by
            part = part.body
        arg: Expr = (part.arg if isinstance(part, Aggregate) else None) or Literal(1)
        inside = _Values(self.numbers)
        adds: Expr = TRUE
        if isinstance(arg, Case) and len(arg.whens) == 1 and arg.otherwise is None:
            adds, arg = inside.replaced(arg.whens[0][0]), arg.whens[0][1]
        table = said["of"][0].name if "of" in said else next(c.table for c in columns(arg))
        return CellValue(
            name=f"v{next(self.numbers)}",
            table=table,
            aggregate=part.function if isinstance(part, Aggregate) else "any",
            arg=arg,
            adds=adds,
            keeps=said.get("keeps"),
            values=tuple(inside.found.values()),
            per=said.get("per", ()),
            by=said.get("by", ()),
            reselects=said.get("reselects"),
        )


_WORDS = {PER.table: "per", BY.table: "by", SELECTED.table: "reselects", OF: "of"}
