"""A base as DAX can state it, richer than the common model's, and its reduction to that model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from linter.expressions import TRUE, Column, Expr, TopMembers, all_of, walk
from linter.formulas.dax.context import Shift, union
from linter.formulas.dax.values import explicit
from linter.model import Base, Link, ShownWhere
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

Role = OneOf["value", "numerator", "denominator", "condition"]
Comparison = OneOf["eq", "ne", "lt", "le", "gt", "ge"]
NEGATED: dict[Comparison, Comparison] = {
    "eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt",
}  # fmt: skip

LISTED = frozenset({"collect", "min", "max"})
"""Iterators that show values of single members: each is judged by itself."""


@dataclass(frozen=True, slots=True)
class Iteration:
    """An iterator around a measure: ``function`` over one value per combination of ``columns``.

    ``columns`` None: per row of ``table``.
    """

    function: str
    table: str | None
    columns: tuple[Column, ...] | None


@dataclass(frozen=True, slots=True)
class Guard:
    """The number is shown only where ``base`` compares so with ``value``: dynamic suppression."""

    base: BaseUse
    comparison: Comparison
    value: float


@dataclass(frozen=True, slots=True)
class BaseUse:
    """Whose rows stand behind a number, and under which changes of the cell's filter context.

    ``removes`` as in ``linter.model.Base``: None keeps the cell's filters, an empty tuple removes all;
    ``reselects`` likewise for ALLSELECTED (filters from outside the visual stay). A ``condition``
    decides which branch is shown and is not itself a number on the page. ``via`` names the measures
    between the one asked for and the one that aggregates. ``notes`` deviate or explain without
    hiding rows; ``problems`` say what was not understood: the base is then the worst case, without
    the restriction that could not be read. ``added`` as in ``linter.model.Base``.
    """

    measure: str
    role: Role
    aggregate: str
    arg: Expr | None
    table: str | None
    adds: tuple[Expr, ...] = ()
    removes: tuple[Column, ...] | None = None
    reselects: tuple[Column, ...] | None = None
    links: tuple[Link, ...] = ()
    shifts: tuple[Shift, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    guards: tuple[Guard, ...] = ()
    via: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    added: tuple[Expr, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it aggregates the cell's own rows, unchanged."""
        changes = (self.adds, self.removes is not None, self.reselects is not None, self.links, self.shifts)
        return not any(changes) and not self.iterations and not self.problems

    def inexpressible(self) -> tuple[str, ...]:
        """What ``linter.model.Base`` can't say of this base, one line each."""
        lines = [f"rows of another position: {shift.text}" for shift in self.shifts]
        inside = any(isinstance(part, TopMembers) for add in self.adds for part in walk(add) if part is not add)
        lines += ["a ranking is part of another condition"] if inside else []
        rows = any(i.function == "collect" and i.columns is None for i in self.iterations)
        return (*lines, "a list of one value for every row of a table") if rows else tuple(lines)

    def _listed(self) -> tuple[Column, ...]:
        """The columns of whose every combination CONCATENATEX shows a value, MINX and MAXX that of one."""
        return union((c for i in self.iterations if i.function in LISTED for c in i.columns or ()), ())

    def to_model(self) -> Base:
        """The common model's base; what it can't say stands among its problems."""
        ranked = [add for add in self.adds if isinstance(add, TopMembers)]
        conditions = [add for add in self.adds if add not in ranked]
        adds, values = explicit(all_of(*conditions) if conditions else TRUE)
        return Base(
            measure=self.measure,
            role="value" if self.role == "condition" else self.role,
            aggregate=self._shown_aggregate(),
            arg=self.arg,
            table=self.table,
            adds=adds,
            removes=self.removes,
            problems=union(self.problems, self.inexpressible()),
            reselects=self.reselects,
            links=self.links,
            values=values,
            over=union((c for add in ranked for c in add.by if isinstance(c, Column)), self._listed()),
            guards=tuple(ShownWhere(guard.base.to_model(), guard.comparison, guard.value) for guard in self.guards),
            added=self.added,
        )

    def summed(self) -> tuple[Base, ...]:
        """Of a sum over members of what is greatest for each, also the sum: it tells how many have a flag."""
        extreme = self.aggregate in {"max", "min", "any"} and self._shown_aggregate() == self.aggregate
        if not (extreme and any(i.function == "sum" for i in self.iterations)):
            return ()
        return (replace(self.to_model(), role="numerator", aggregate="sum"),)

    def _shown_aggregate(self) -> str:
        """What the page shows of it: an iterator's extreme or mean outweighs what it runs over."""
        return next((i.function for i in self.iterations if i.function not in {"sum", "rank"}), self.aggregate)


def to_model(uses: Iterable[BaseUse]) -> tuple[Base, ...]:
    """The bases of the numbers that are shown.

    Conditions only choose between numbers, so they are left out, unless nothing else stands behind
    the measure (``IF(COUNTROWS(T) > 5, "many", "few")``).
    """
    given = tuple(uses)
    shown = tuple(use for use in given if use.role != "condition") or given
    return tuple(dict.fromkeys(base for use in shown for base in (use.to_model(), *use.summed())))


def with_role(bases: Iterable[BaseUse], role: Role) -> tuple[BaseUse, ...]:
    """Bases in a new role; numerators and denominators stay what they are, except in a condition."""
    return tuple(replace(base, role=role) if base.role == "value" or role == "condition" else base for base in bases)


def of_one_number(bases: Iterable[BaseUse]) -> tuple[BaseUse, ...]:
    """Sums that one number adds up or subtracts, each with the others that are taken from the same rows."""
    given = tuple(bases)
    rows = [replace(base, measure="", arg=None, via=(), added=()) for base in given]
    parts = [(base.arg, own) for base, own in zip(given, rows, strict=True) if base.arg is not None]
    return tuple(
        replace(base, added=tuple(arg for arg, theirs in parts if theirs == own and arg != base.arg))
        for base, own in zip(given, rows, strict=True)
    )


def for_all_members(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """Those of the guards on members of a cell that hold for the cell as well.

    Where a cell counts too few, each of its members does; where a cell counts many, a member still may not.
    """
    return tuple(g for g in guards if g.comparison in {"ge", "gt"} and g.base.aggregate in {"count", "count_distinct"})
