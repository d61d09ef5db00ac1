"""Whose rows stand behind the number that a measure shows: its bases.

A measure never changes the grain, however it is computed. A table calculation, an INCLUDE or an
EXCLUDE works on the marks and on other rows too, never on fewer, so that what counts for a cell are
the aggregates inside and the rows of the cell that they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from linter.expressions import Aggregate, Call, Case, Expr, Fixed, any_of, call, children, problems
from linter.expressions import Literal as Constant
from linter.formulas.tableau_calc import ON_MARKS, ON_SHAPES, WHO_LOOKS
from linter.model import Base
from linter.parsers.tableau.placements import only_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.formulas.tableau_calc import Part
    from linter.parsers.tableau.fields import Fields
    from linter.parsers.tableau.placements import Placement

_SHOWING = frozenset({"add", "sub", "mul", "neg", "abs", "round", "ceiling", "floor", "coalesce", "to_int", "to_float"})
_TELLING = frozenset({"sum", "avg", "count", "count_distinct"})
_PERCENT = {"PctTotal", "PctDiff", "PctValue"}


def bases(placement: Placement, fields: Fields) -> tuple[tuple[str, Base], ...]:
    """The bases of a measure, each with the data source whose rows it counts.

    A calculation that divides aggregates has numerators and denominators; any other is reduced to
    the aggregates it is made of. A percentage of a total rests on the cell as its numerator. What
    has no aggregate inside (INDEX, FIRST, a constant) has no base of its own.
    """
    if placement.aggregate is None:
        return ()
    if placement.aggregate == "user":
        made = [(p.source or placement.source, b) for p in placement.parts for b in _of_part(p, placement, fields)]
        unread = tuple(p for p in problems(placement.expr) if not p.endswith((ON_MARKS, ON_SHAPES, WHO_LOOKS)))
        known = {problem for _, base in made for problem in base.problems}
        if set(unread) - known:
            made.append((placement.source, Base(placement.use.caption, "value", "any", None, problems=unread)))
        return tuple(dict.fromkeys(made))
    role: Literal["value", "numerator"] = "numerator" if set(placement.table_calcs) & _PERCENT else "value"
    arg = _used(placement.expr) if placement.view_lod else placement.expr
    if problems(arg) and placement.present is not None:
        arg = placement.present
    base = _base(placement.use.caption, role, placement.aggregate, arg, placement.table)
    return tuple((placement.source, b) for b in (base, *_inside(base, placement.expr)))


def _of_part(part: Part, placement: Placement, fields: Fields) -> tuple[Base, ...]:
    arg = _used(part.arg) if placement.view_lod else part.arg
    named = (fields.definition(s or part.source or placement.source, n) for s, n in part.names)
    counted = next((d.table for d in named if d is not None and d.kind == "table"), None)
    base = _base(placement.use.caption, part.role, part.function, arg, counted)
    return (base, *_inside(base, part.arg))


def _base(
    measure: str, role: Literal["value", "numerator", "denominator"], aggregate: str, arg: Expr, table: str | None
) -> Base:
    if isinstance(arg, Constant) and arg.value is not None:
        name = "count" if aggregate in {"sum", "count"} else aggregate
        return Base(measure, role, name, None, table)
    return Base(measure, role, aggregate, arg, only_table(arg) or table, problems=problems(arg))


def _inside(base: Base, arg: Expr) -> Iterator[Base]:
    """The numbers of people that a level of detail prints as they are, or divides.

    ``AVG({FIXED [School] : SUM([FSM])})`` by school shows each school's sum, and rests on its ones.
    """
    if base.aggregate in {"count", "count_distinct"} or base.role == "denominator":
        return
    levels = [level.body for level in _shown(arg) if isinstance(level, Fixed)]
    for inside in (part for body in levels for part in _shown(body) if isinstance(part, Aggregate)):
        inner = Constant(1) if inside.arg is None else _used(inside.arg)
        if inside.function not in _TELLING:
            continue
        found = _base(base.measure, "numerator", inside.function, inner, base.table)
        if (found.aggregate, found.arg) != (base.aggregate, base.arg):
            yield found


def _shown(expr: Expr) -> Iterator[Aggregate | Fixed]:
    """The aggregates and levels of detail whose value shows; not those that only decide or that are divided by."""
    match expr:
        case Aggregate() | Fixed():
            yield expr
        case Case(whens, otherwise):
            for value in (*(v for _, v in whens), *([] if otherwise is None else [otherwise])):
                yield from _shown(value)
        case Call("div", (numerator, _)):
            yield from _shown(numerator)
        case Call(function, args) if function in _SHOWING:
            for part in args:
                yield from _shown(part)
        case _:
            pass


def _used(arg: Expr) -> Expr:
    """The values that a level of detail aggregates: its rows are those where one of them is not null.

    One that decides (``{INCLUDE [UPN] : IF SUM([Absences]) > 10 THEN 1 ELSE 0 END}``) is taken as it is.
    """
    if not isinstance(arg, Fixed) or _decides(arg.body):
        return arg
    inside = [_used(value) for value in _aggregated(arg.body)]
    if isinstance(arg.body, Aggregate) and arg.body.function in {"max", "min", "any"} and inside:
        return Case(((call("not", call("is_null", inside[0])), arg),))  # one value for many rows
    if len(inside) <= 1:
        return inside[0] if inside else Constant(1)
    return Case(((any_of(*(call("not", call("is_null", value)) for value in inside)), Constant(1)),))


def _decides(body: Expr) -> bool:
    if isinstance(body, Aggregate):
        return False
    return isinstance(body, Case) or any(_decides(part) for part in children(body))


def _aggregated(body: Expr) -> Iterator[Expr]:
    """The arguments of the body's own aggregates, not of those inside these arguments."""
    if isinstance(body, Aggregate):
        if body.arg is not None:
            yield body.arg
        return
    for part in children(body):
        yield from _aggregated(part)
