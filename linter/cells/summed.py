"""What a sum really adds up: the ones of a flag, and each count of people by itself.

``SUM(IF x THEN 1 ELSE 0 END)`` and the sum of a column of noughts and ones print a number of people,
so that the rows with 0 are not behind it. In a table of counts ``SUM([FSM pupils])`` prints these
pupils, whatever other count of people the table has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from linter.evidence import Unit
from linter.expressions import NULL, Call, Case, Column, Expr, Literal, call
from linter.model import Base

_COUNTED = frozenset({"count", "count_distinct"})
_ZERO, _ONE = Literal(0), Literal(1)
_CONDITIONS = frozenset({"and", "or", "not", "is_null", "eq", "ne", "lt", "le", "gt", "ge", "in", "contains",
                         "starts_with", "ends_with", "null_safe_eq", "regex_match"})  # fmt: skip

TwoValued = Callable[[Column], bool]
"""Whether a column is a number that has no more than two values in the data."""


def really_used(base: Base, two_valued: TwoValued) -> Iterator[Base]:
    """The base with the rows that add 0 to its sum left out; a mean of a flag is also a share of people."""
    if base.arg is None or base.aggregate not in {"sum", "avg"}:
        yield base
        return
    arg = _without_zeros(base.arg, two_valued)
    ones = set(values_of(arg)) <= {_ONE, NULL}
    if base.aggregate == "sum":
        plain = isinstance(base.arg, Column)  # its two values may be other than 0 and 1
        yield replace(base, arg=arg, aggregate="count" if ones and not plain else "sum")
        return
    yield base
    if ones and base.role == "value":
        yield replace(base, role="numerator", aggregate="count", arg=arg)
        yield replace(base, role="denominator", aggregate="count")


def by_count(
    bases: Iterable[Base], unit: Unit, is_count: Callable[[Column], bool]
) -> list[tuple[tuple[Base, ...], Unit]]:
    """The bases by the count field that tells their people: the unit's own, or the one that they show."""
    groups: dict[Unit, list[Base]] = {}
    for base in bases:
        shown = shown_column(base) if unit.kind == "count_field" else None
        other = shown is not None and shown != unit.column and is_count(shown)
        own = replace(unit, field=shown.name, column=shown) if other and shown else unit
        groups.setdefault(own, []).append(base)
    return [(tuple(found), own) for own, found in groups.items()] or [((), unit)]


def shown_column(base: Base) -> Column | None:
    """The one column whose values a base aggregates."""
    if base.arg is None or base.aggregate in _COUNTED:
        return None
    found = {v for v in values_of(base.arg) if not isinstance(v, Literal)}
    value = found.pop() if len(found) == 1 else None
    return value if isinstance(value, Column) else None


def values_of(expr: Expr) -> Iterator[Expr]:
    """The values among which an expression chooses."""
    match expr:
        case Case(whens, otherwise):
            for part in (*(v for _, v in whens), NULL if otherwise is None else otherwise):
                yield from values_of(part)
        case Call("coalesce", args):
            for part in args:
                yield from values_of(part)
        case _:
            yield expr


def _without_zeros(expr: Expr, two_valued: TwoValued) -> Expr:
    """The expression with null in place of 0, where it says or the data show that it is 0."""
    match expr:
        case Literal(value) if value is not None and value == 0:
            return NULL
        case Column() if two_valued(expr):
            return Case(((call("ne", expr, _ZERO), _ONE),))
        case Case(whens, otherwise):
            kept = tuple((c, _without_zeros(v, two_valued)) for c, v in whens)
            return Case(kept, None if otherwise is None else _without_zeros(otherwise, two_valued))
        case Call("coalesce", args):
            return Call("coalesce", tuple(_without_zeros(a, two_valued) for a in args))
        case Call("to_int" | "to_float", (Call(function) as condition,)) if function in _CONDITIONS:
            return Case(((condition, _ONE),))
        case _:
            return expr
