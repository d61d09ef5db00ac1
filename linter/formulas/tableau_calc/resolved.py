"""What names and calculations stand for, and what a calculation depends on beyond its own text."""

from __future__ import annotations

from typing import Literal, Protocol

from linter.expressions import TRUE, Aggregate, Call, Case, Expr, Fixed
from linter.expressions import Literal as Value
from linter.formulas.tableau_calc.functions import Type
from linter.records import dataclass

Role = Literal["value", "numerator", "denominator"]


@dataclass(frozen=True, slots=True)
class Part:
    """One aggregate that a measure is made of: its rows are those of ``arg`` that aren't null.

    ``source`` is the data source of its fields, None for the measure's own. ``names`` are the fields
    that its argument names, as (source or None, name).
    """

    function: str
    arg: Expr
    role: Role = "value"
    source: str | None = None
    names: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What INCLUDE and EXCLUDE take from the view: its grouping expressions, and its dimension filters.

    These filters come before INCLUDE and EXCLUDE in the order of operations, and after FIXED.
    """

    dimensions: tuple[Expr, ...] = ()
    kept: Expr = TRUE

    def fixed(self, scope: str, by: tuple[Expr, ...], body: Expr) -> Fixed:
        """The level of detail as a FIXED one over the rows that the view's filters keep."""
        if scope == "INCLUDE":
            level = tuple(dict.fromkeys((*self.dimensions, *by)))
        else:
            level = tuple(d for d in self.dimensions if d not in by)
        return Fixed(level, body if self.kept == TRUE else self._over_kept(body))

    def _over_kept(self, part: Expr) -> Expr:
        """The body with its own aggregates over kept rows; what lies inside their arguments stays as it is."""
        match part:
            case Aggregate(function, arg):
                return Aggregate(function, Case(((self.kept, Value(1) if arg is None else arg),)))
            case Call(function, args):
                return Call(function, tuple(self._over_kept(arg) for arg in args))
            case Case(whens, otherwise):
                branches = tuple((self._over_kept(test), self._over_kept(then)) for test, then in whens)
                return Case(branches, None if otherwise is None else self._over_kept(otherwise))
            case _:
                return part


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name in a formula stands for.

    ``aggregated``: it has one value per mark, it can't be used per row. ``constant``: it is the same
    everywhere (a parameter). ``understood``: no part of it is Unsupported. ``present`` is given for
    some values that have no neutral meaning: an expression that is null exactly where they are.
    ``parts``: the aggregates an aggregated calculation is made of, table calculations included.
    The other flags are those of ``Translated``.
    """

    expr: Expr
    type: Type = "unknown"
    aggregated: bool = False
    constant: bool = False
    understood: bool = True
    table_calc: bool = False
    user_dependent: bool = False
    view_lod: bool = False
    present: Expr | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Translated(Resolved):
    """A translated calculation, itself usable as what a name stands for.

    Its ``expr`` may hold ``Unsupported`` parts (``linter.expressions.problems`` lists them).
    ``table_calc``: it has a table calculation, computed on the marks of a view; ``user_dependent``:
    it depends on who looks; ``view_lod``: it has an INCLUDE or EXCLUDE. ``references``: the fields
    named at this level, as (source or None, name); lineage through Unsupported parts rests on them.
    """

    references: tuple[tuple[str | None, str], ...] = ()


class Resolver(Protocol):
    """Knows the fields of a workbook."""

    def resolve(self, name: str, source: str | None) -> Resolved | None:
        """What ``[name]`` or ``[source].[name]`` stands for; None if there is no such field.

        A table (``COUNT([Orders])``) stands for a constant that is never null.
        """
