"""The tool-neutral expression language: what a grouping, a filter or a base is made of.

Formula translators (Tableau calculations, DAX) write it; ``linter.cells`` turns it into SQL for
whichever engine holds the rows. The semantics are SQL's: three-valued logic, null in gives null
out unless a function says otherwise. Everything here is a plain frozen value: hashable,
comparable, without I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

from linter.records import dataclass

Value = None | bool | int | float | str | dt.date | dt.datetime | Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A physical column of a table of the same source, by the model's own ids."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. ``Literal(None)`` is null."""

    value: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A row-level function of ``FUNCTIONS`` applied to its arguments."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """The first branch whose condition is true decides; otherwise ``otherwise`` (null if None)."""

    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate over the rows of its context: only inside ``Fixed``, ``TopMembers``, filters."""

    function: str  # one of AGGREGATES
    arg: Expr | None  # None: count of rows


@dataclass(frozen=True, slots=True)
class Fixed:
    """``body`` (made of aggregates) computed once per combination of ``by``, given back per row.

    ``by`` empty: one value for the whole population. The population is that of the filters that
    come before it in the order of operations (extract, source and context filters).
    """

    by: tuple[Expr, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class TopMembers:
    """True for rows whose ``by`` is among the ``count`` members first in ``order`` (of aggregates)."""

    by: tuple[Expr, ...]
    order: Expr
    count: int
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that was not understood; it poisons whatever contains it, and says why."""

    reason: str


Expr = Column | Literal | Call | Case | Aggregate | Fixed | TopMembers | Unsupported

AGGREGATES = frozenset(
    {
        "sum", "avg", "count", "count_distinct", "min", "max", "median", "stdev", "stdevp",
        "var", "varp", "percentile", "corr", "covar", "covarp", "collect", "any",
    }
)  # fmt: skip
"""``count`` counts non-null arguments (rows when the argument is None); ``any`` is ATTR: the
value if there is only one."""

DATE_PARTS = frozenset(
    {
        "year", "quarter", "month", "week", "weekday", "day", "dayofyear", "hour", "minute",
        "second", "iso_year", "iso_quarter", "iso_week", "iso_weekday",
    }
)  # fmt: skip
"""Units for ``date_part``, ``date_trunc``, ``date_add``, ``date_diff``. ``weekday`` is 1 for Sunday,
``iso_weekday`` 1 for Monday; ``week`` starts on Sunday unless a third argument names another
first day (0 = Sunday ... 6 = Saturday)."""

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    # name: (least, most) arguments; most None = any number
    # logic and comparison (text comparison follows the column's collation)
    "and": (1, None), "or": (1, None), "not": (1, 1), "is_null": (1, 1), "coalesce": (1, None),
    "eq": (2, 2), "ne": (2, 2), "lt": (2, 2), "le": (2, 2), "gt": (2, 2), "ge": (2, 2),
    "in": (2, None),  # in(x, a, b, ...): true if x equals one of them; a null member matches null
    "null_safe_eq": (2, 2), "greatest": (1, None), "least": (1, None), "null_if": (2, 2),
    # arithmetic: div is real division, null on zero; idiv truncates; mod keeps the sign of the first
    "add": (2, 2), "sub": (2, 2), "mul": (2, 2), "div": (2, 2), "idiv": (2, 2), "mod": (2, 2),
    "pow": (2, 2), "neg": (1, 1), "abs": (1, 1), "round": (1, 2), "ceiling": (1, 1),
    "floor": (1, 1), "sign": (1, 1), "sqrt": (1, 1), "exp": (1, 1), "ln": (1, 1), "log": (2, 2),
    "sin": (1, 1), "cos": (1, 1), "tan": (1, 1), "asin": (1, 1), "acos": (1, 1), "atan": (1, 1),
    "atan2": (2, 2), "cot": (1, 1), "radians": (1, 1), "degrees": (1, 1), "pi": (0, 0),
    "bin": (2, 3),  # bin(x, size[, peg]): lower edge of the bin of x
    # text, positions from 1
    "concat": (2, 2), "upper": (1, 1), "lower": (1, 1), "proper": (1, 1), "length": (1, 1),
    "left": (2, 2), "right": (2, 2), "mid": (2, 3), "find": (2, 3), "find_nth": (3, 3),
    "replace": (3, 3), "trim": (1, 1), "ltrim": (1, 1), "rtrim": (1, 1), "contains": (2, 2),
    "starts_with": (2, 2), "ends_with": (2, 2), "split": (3, 3), "space": (1, 1),
    "char": (1, 1), "ascii": (1, 1), "regex_match": (2, 2), "regex_extract": (2, 3),
    "regex_replace": (3, 3),
    # types
    "to_int": (1, 1), "to_float": (1, 1), "to_text": (1, 1), "to_date": (1, 1),
    "to_datetime": (1, 1), "to_bool": (1, 1), "parse_date": (2, 2), "is_date": (1, 1),
    # dates; the unit or part is a Literal of DATE_PARTS
    "date_part": (2, 3), "date_name": (2, 3), "date_trunc": (2, 3), "date_add": (3, 3),
    "date_diff": (3, 4), "make_date": (3, 3), "make_datetime": (2, 2), "make_time": (3, 3),
    "today": (0, 0), "now": (0, 0),
    # a composite date member: the integer YYYYMM or YYYYMMDD
    "year_month": (1, 1), "year_month_day": (1, 1),
}  # fmt: skip
"""Every row-level function of the language with its number of arguments."""

TRUE, FALSE, NULL = Literal(value=True), Literal(value=False), Literal(value=None)


def call(function: str, *args: Expr) -> Call:
    """Build a call, checking the name and the number of arguments.

    Raises:
        ValueError: unknown function or wrong number of arguments (a fault of the translator).
    """
    least, most = FUNCTIONS.get(function, (-1, -1))
    if least < 0:
        raise ValueError(f"unknown function {function!r}")
    if len(args) < least or (most is not None and len(args) > most):
        raise ValueError(f"{function} takes {least}..{most} arguments, not {len(args)}")
    return Call(function, args)


def all_of(*conditions: Expr) -> Expr:
    """The conjunction; true when there is nothing to hold."""
    kept = tuple(c for c in conditions if c != TRUE)
    return TRUE if not kept else kept[0] if len(kept) == 1 else Call("and", kept)


def any_of(*conditions: Expr) -> Expr:
    """The disjunction; false when there is nothing to choose from."""
    return FALSE if not conditions else conditions[0] if len(conditions) == 1 else Call("or", conditions)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions, in order."""
    match expr:
        case Call(args=args):
            return args
        case Case(whens=whens, otherwise=otherwise):
            flat = tuple(part for when in whens for part in when)
            return flat if otherwise is None else (*flat, otherwise)
        case Aggregate(arg=arg):
            return () if arg is None else (arg,)
        case Fixed(by=by, body=body):
            return (*by, body)
        case TopMembers(by=by, order=order):
            return (*by, order)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything below it, depth first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def columns(expr: Expr) -> frozenset[Column]:
    """The base columns an expression rests on."""
    return frozenset(part for part in walk(expr) if isinstance(part, Column))


def problems(expr: Expr) -> tuple[str, ...]:
    """Why the expression can't be evaluated; empty if it can."""
    return tuple(dict.fromkeys(p.reason for p in walk(expr) if isinstance(p, Unsupported)))


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rebuild bottom-up, applying ``change`` to every node after its children."""
    match expr:
        case Call(function, args):
            expr = Call(function, tuple(rewrite(a, change) for a in args))
        case Case(whens, otherwise):
            expr = Case(
                tuple((rewrite(c, change), rewrite(v, change)) for c, v in whens),
                None if otherwise is None else rewrite(otherwise, change),
            )
        case Aggregate(function, arg):
            expr = Aggregate(function, None if arg is None else rewrite(arg, change))
        case Fixed(by, body):
            expr = Fixed(tuple(rewrite(b, change) for b in by), rewrite(body, change))
        case TopMembers(by, order, count, descending):
            expr = TopMembers(tuple(rewrite(b, change) for b in by), rewrite(order, change), count, descending)
        case _:
            pass
    return change(expr)
