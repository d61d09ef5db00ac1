"""Where an expression stands: filter context, row contexts and variables; and who reduces it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from linter.formulas.dax.context import Change, RowSet
from linter.formulas.dax.tree import Name, Node, Ref, Rows, Tuple
from linter.formulas.dax.uses import BaseUse
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.expressions import Column, Expr
    from linter.formulas.dax.schema import Schema

Bases = tuple[BaseUse, ...]


@dataclass(slots=True, eq=False)
class Binding:
    """A variable or a computed column: its expression where it was defined, reduced at most once."""

    node: Node
    env: Env
    table: RowSet | None = None
    scalar: Bases | None = None
    row: Expr | None = None


@dataclass(frozen=True, slots=True)
class Env:
    """``rows`` are the iterations around the expression, outermost first; ``names`` its variables in
    lower case; ``home`` the table of the measure; ``selected`` what SELECTEDMEASURE stands for.
    """

    home: str
    change: Change = field(default_factory=Change)
    rows: tuple[RowSet, ...] = ()
    names: Mapping[str, Binding] = field(default_factory=dict)
    selected: Ref | None = None

    def over(self, rows: RowSet) -> Env:
        """Inside an iteration over these rows."""
        names = {**self.names, **{name.casefold(): value for name, value in rows.computed}}
        return replace(self, rows=(*self.rows, rows), names=names)

    def under(self, change: Change) -> Env:
        """In another filter context, where no row is being iterated."""
        return replace(self, change=change, rows=())

    def with_names(self, names: Mapping[str, Binding]) -> Env:
        """With these variables as well."""
        return replace(self, names={**self.names, **names})


class TooComplex(Exception):
    """The reduction was given up; the reason is its message."""


class Run(Protocol):
    """One reduction: the three meanings of an expression, mutually recursive."""

    schema: Schema
    measure: str

    def scalar(self, node: Node, env: Env) -> Bases:
        """The bases behind the expression's single value."""

    def table(self, node: Node, env: Env) -> RowSet:
        """The rows of a table expression."""

    def row(self, node: Node, env: Env) -> Expr:
        """The expression's value for the row being iterated (or, outside of one, for the cell)."""

    def called(self, name: str, env: Env) -> Bases:
        """The bases of another measure in this filter context."""

    def formula(self, name: str) -> Node | None:
        """The tree of a measure; None if it is unknown, can't be parsed or is being reduced."""

    def column(self, ref: Ref, env: Env) -> Column | None:
        """The model's column that a reference means, or None."""


def bound(bindings: tuple[tuple[str, Node], ...], env: Env) -> Env:
    """The environment with these variables, each seeing those before it."""
    for name, value in bindings:
        env = env.with_names({name.casefold(): Binding(value, env)})
    return env


def constants(run: Run, node: Node, env: Env) -> tuple[Expr, ...] | None:
    """The values of a one-column table that is written out, None if it is another table."""
    if isinstance(node, Name):
        binding = env.names.get(node.name.casefold())
        return None if binding is None else constants(run, binding.node, binding.env)
    if not isinstance(node, Rows) or any(isinstance(item, Tuple) for item in node.rows):
        return None
    return tuple(run.row(item, env) for item in node.rows)
