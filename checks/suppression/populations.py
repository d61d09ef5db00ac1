"""Filters as populations: which values of a column they leave, and which of two leaves a part of the other.

Exact for lists of values, their complements, and ranges over one column each. Other conditions (text
searches, comparisons of two columns, rankings) are populations of their own, related to none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal as OneOf

from linter.expressions import Call, Column, Expr, Literal, Value
from linter.records import dataclass

_MOST_NAMED = 3
_BOUNDS = {"lt", "le", "gt", "ge"}


@dataclass(frozen=True, slots=True)
class Restriction:
    """The values of a column that a filter leaves.

    ``kind``: ``only`` these members, all ``but`` them, or a ``range`` (the members are then its comparisons).
    """

    column: Column
    kind: OneOf["only", "but", "range"]
    members: frozenset[tuple[str, Value]]

    @property
    def single(self) -> str | None:
        """The only value as text, if there is just one."""
        values = [value for _, value in self.members]
        return values[0] if self.kind == "only" and len(values) == 1 and isinstance(values[0], str) else None

    @property
    def values(self) -> list[str]:
        """Its members as texts, sorted."""
        return sorted("null" if value is None else str(value) for _, value in self.members)

    def label(self) -> str:
        """A readable name; equal ones of different restrictions are for the caller to tell apart."""
        if self.single is not None:
            return self.single
        signs = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}
        if self.kind == "range":
            return " and ".join(f"{signs[sign]} {value}" for sign, value in sorted(self.members, key=str))
        named, more = self.values[:_MOST_NAMED], len(self.members) - _MOST_NAMED
        listed = " or ".join([*named, f"{more} more"] if more > 0 else named)
        return f"({listed})" if self.kind == "only" else f"all but ({listed})"

    def within(self, other: Restriction) -> bool:
        """Whether every row that this leaves the other leaves too; False where that can't be told."""
        match self.kind, other.kind:
            case "only", "only":
                return self.members <= other.members
            case "only", "but":
                return not _alike(self.members) & _alike(other.members)
            case "but", "but":
                return other.members <= self.members
            case "range", "range":
                return all(any(_implies(own, bound) for own in self.members) for bound in other.members)
            case "only", "range":
                return all(_satisfies(value, bound) for _, value in self.members for bound in other.members)
            case _:
                return False


def restrictions(conditions: Iterator[Expr]) -> tuple[dict[Column, Restriction], frozenset[Expr]]:
    """The restrictions by column, ranges put together, and all conditions that are none."""
    found: dict[Column, Restriction] = {}
    others = set()
    for condition in conditions:
        own = _restriction(condition)
        before = found.get(own.column) if own else None
        if own is None:
            others.add(condition)
        elif before is None:
            found[own.column] = own
        elif before.kind == own.kind == "range":
            found[own.column] = Restriction(own.column, "range", before.members | own.members)
        elif before.kind == own.kind == "only":
            found[own.column] = Restriction(own.column, "only", before.members & own.members)
        elif before.kind == own.kind == "but":
            found[own.column] = Restriction(own.column, "but", before.members | own.members)
        else:
            others.add(condition)
    return found, frozenset(others)


def conjuncts(expr: Expr) -> Iterator[Expr]:
    """The conditions that must all hold; none for one that always does."""
    match expr:
        case Literal(True):
            return
        case Call("and", parts):
            for part in parts:
                yield from conjuncts(part)
        case _:
            yield expr


def _restriction(condition: Expr) -> Restriction | None:
    match condition:
        case Call("eq", (Column() as column, Literal(value))) if value is not None:
            return Restriction(column, "only", frozenset({("", value)}))
        case Call("in", (Column() as column, *members)) if members and all(isinstance(m, Literal) for m in members):
            return Restriction(column, "only", _members(members))
        case Call("not", (Call("in", (Column() as column, *members)),)) if members and all(
            isinstance(m, Literal) for m in members
        ):
            return Restriction(column, "but", _members(members))
        case Call(sign, (Column() as column, Literal(value))) if sign in _BOUNDS and _ordered(value):
            return Restriction(column, "range", frozenset({(sign, value)}))
        case _:
            return None


def _members(literals: list[Expr]) -> frozenset[tuple[str, Value]]:
    return frozenset(("", m.value) for m in literals if isinstance(m, Literal))


def _alike(members: frozenset[tuple[str, Value]]) -> frozenset[Value]:
    """Members as the most forgiving source compares them: in some, ``ash`` is ``Ash``."""
    return frozenset(value.rstrip().casefold() if isinstance(value, str) else value for _, value in members)


def _ordered(value: Value) -> bool:
    """Numbers and dates have one order everywhere; texts do not."""
    return isinstance(value, int | float | dt.date) and not isinstance(value, bool)


def _satisfies(value: Value, bound: tuple[str, Value]) -> bool:
    """Whether a value lies within a bound of its own kind."""
    sign, limit = bound
    if not _ordered(value) or isinstance(value, dt.date) != isinstance(limit, dt.date) or type(value) is dt.datetime:
        return False
    if isinstance(value, dt.date) and type(value) is not type(limit):
        return False
    below, equal = value < limit, value == limit  # type: ignore[operator]
    return bool(equal and sign in {"le", "ge"}) or (below if sign in {"lt", "le"} else not below and not equal)


def _implies(own: tuple[str, Value], other: tuple[str, Value]) -> bool:
    """Whether a bound is at least as tight as another one to the same side."""
    (sign, value), (wanted, limit) = own, other
    if sign[0] != wanted[0] or type(value) is not type(limit):
        return False
    tighter = value < limit if sign[0] == "l" else value > limit  # type: ignore[operator]
    return bool(tighter or (value == limit and (sign == wanted or wanted in {"le", "ge"})))
