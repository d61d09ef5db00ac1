"""What a sum really adds up: the ones of a flag, and each count of people by itself.

``SUM(IF x THEN 1 ELSE 0 END)`` and the sum of a column of noughts and ones print a number of people,
so that the rows with 0 are not behind it; nor are they behind a sum of absences or of exclusions. In a
table of counts ``SUM([FSM pupils])`` prints these pupils, whatever other count of people the table has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from linter.cells.choices import CONDITIONS, Codes, choices
from linter.evidence import Unit
from linter.expressions import NULL, Aggregate, Call, Case, Column, Expr, Fixed, Literal, any_of, call, columns, walk
from linter.model import Base
from linter.records import dataclass

_COUNTED = frozenset({"count", "count_distinct"})
_ZERO, _ONE = Literal(0), Literal(1)
_FLAG, _ONLY_ONE = frozenset({0.0, 1.0}), frozenset({1.0})
_NUMBERS = frozenset({
    "add", "sub", "mul", "div", "idiv", "mod", "pow", "neg", "abs", "round", "ceiling", "floor", "sign", "sqrt",
    "to_int", "to_float", "length", "date_diff", "date_part",
})  # fmt: skip
_COUNTING = frozenset({"count", "count_distinct", "sum", "avg", "median", "stdev", "stdevp", "var", "varp"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the data say of a column: its values where they are two at most, whether it holds numbers,
    and whether its rows are counts of people, of which nothing is left out.
    """

    codes: Codes
    numeric: Callable[[Column], bool]
    counted: Callable[[Column], bool]


def really_used(base: Base, numbers: Numbers) -> Iterator[Base]:
    """The base with the rows that add 0 to its sum left out; a mean of two values is also a share of people."""
    given = base.arg
    if given is None or base.aggregate not in {"sum", "avg"}:
        yield base
        return
    values = choices(given, numbers.codes)
    two = values if values is not None and len(values) == 2 else None
    if base.aggregate == "sum":
        arg = _of_any(given, base.added, numbers) or _without_zeros(given, numbers)
        base = replace(base, added=())
        if values in (_FLAG, _ONLY_ONE):  # of a level of detail one for many rows, so that it is no count of rows
            once = not any(isinstance(part, Fixed) for part in walk(given))
            yield replace(base, arg=arg, aggregate="count" if once else "sum")
        elif two and 0 not in two and base.role == "numerator":  # a mean by division: of 1 and 2 it tells the twos
            yield replace(base, arg=Case(((_upper(given, two), given),)))
        else:
            yield replace(base, arg=arg)
        return
    yield base
    if base.role != "denominator" and (two or values == _ONLY_ONE):
        ones = _ones(given, numbers) if two is None or 0 in two else Case(((_upper(given, two), _ONE),))
        yield replace(base, role="numerator", aggregate="count", arg=ones)
        if base.role == "value":
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


def _without_zeros(expr: Expr, numbers: Numbers) -> Expr:
    """The expression with null in place of 0, wherever it is 0."""
    values = choices(expr, numbers.codes)
    match expr:
        case Literal(value) if value is not None and value == 0:
            return NULL
        case Case(whens, otherwise):
            kept = [(c, _without_zeros(v, numbers)) for c, v in whens]
            while len(kept) > 1 and kept[-1][1] == NULL and otherwise is None:
                kept.pop()
            return Case(tuple(kept), None if otherwise is None else _without_zeros(otherwise, numbers))
        case Call("coalesce", (first, *others)) if set(others) <= {_ZERO, NULL}:  # ZN
            return _without_zeros(first, numbers)
        case Call("to_int" | "to_float", (Call(function) as condition,)) if function in CONDITIONS:
            return Case(((condition, _ONE),))
        case _ if values is not None and 0 not in values:
            return expr
        case _ if values == _FLAG or _adds_amounts(expr, numbers):
            return Case(((call("ne", expr, _ZERO), _ONE if values == _FLAG else expr),))
        case _:
            return expr


def _of_any(arg: Expr, added: tuple[Expr, ...], numbers: Numbers) -> Expr | None:
    """One of several amounts in a number on all rows on which any of them is not 0; None of any other.

    An absence rate adds authorised and unauthorised absences: it rests on who has either. Where one of them
    counts people, each is a number of its own.
    """
    parts = (arg, *added)
    people = any(choices(p, numbers.codes) in (_FLAG, _ONLY_ONE) or not _adds_amounts(p, numbers) for p in parts)
    if len(parts) == 1 or people:
        return None
    some = any_of(*(call("ne", part, _ZERO) for part in parts))
    return Case(((some, call("coalesce", arg, _ZERO)),))


def _adds_amounts(expr: Expr, numbers: Numbers) -> bool:
    """Whether it is a number that every row, or every member of a level of detail, adds for itself."""
    return _numeric(expr, numbers) and not any(map(numbers.counted, columns(expr)))


def _numeric(expr: Expr, numbers: Numbers) -> bool:
    match expr:
        case Literal(value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Column():
            return numbers.numeric(expr)
        case Call("coalesce" | "greatest" | "least" | "null_if", args):
            return all(_numeric(a, numbers) for a in args if a != NULL)
        case Call(function):
            return function in _NUMBERS
        case Case():
            return all(_numeric(v, numbers) for v in values_of(expr) if v != NULL)
        case Fixed(body=body):
            return _numeric(body, numbers)
        case Aggregate(function, arg):
            return function in _COUNTING or (arg is not None and _numeric(arg, numbers))
        case _:
            return False


def _ones(arg: Expr, numbers: Numbers) -> Expr:
    """1 for the rows where a flag is not 0; else null."""
    found = _without_zeros(arg, numbers)
    return found if set(values_of(found)) <= {_ONE, NULL} else Case(((call("ne", arg, _ZERO), _ONE),))


def _upper(arg: Expr, values: frozenset[float]) -> Expr:
    """That the argument is the greater of two values, whatever their last digits."""
    return call("gt", arg, Literal(sum(values) / 2))
