"""Calculation items: which of a calculation group work in a filter context.

An item works where the group's column is filtered to it alone; under several, or none, a measure is
itself. Source: https://learn.microsoft.com/analysis-services/tabular-models/calculation-groups
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from linter.expressions import Call, Column, Expr, Literal
from linter.formulas.dax.env import constants
from linter.formulas.dax.tree import Call as Function
from linter.formulas.dax.tree import Chain, Name, Node, Ref, Text, Unary

if TYPE_CHECKING:
    from linter.formulas.dax.context import Change
    from linter.formulas.dax.env import Env, Run
    from linter.formulas.dax.schema import CalculationGroup, Schema


class NotConstant(Exception):
    """A condition that its member alone doesn't decide."""


def members(group: CalculationGroup, predicate: Expr) -> tuple[str, ...] | None:
    """The items for which a condition on the group's column holds; None where it isn't understood."""
    try:
        return tuple(name for name in group.items if _value(predicate, group.column, name) is True)
    except NotConstant:
        return None


def _value(expr: Expr, column: Column, name: str) -> object:
    match expr:
        case Column() if expr == column:
            return name.casefold()
        case Literal(value=value):
            return value.casefold() if isinstance(value, str) else value
        case Call(function, args):
            values = [_value(arg, column, name) for arg in args]
            if function in _TESTS and values:
                return _TESTS[function](values)
    raise NotConstant


_TESTS: dict[str, Callable[[list[Any]], object]] = {
    "and": lambda v: all(x is True for x in v),
    "or": lambda v: any(x is True for x in v),
    "not": lambda v: v[0] is not True,
    "coalesce": lambda v: next((x for x in v if x is not None), None),
    "is_null": lambda v: v[0] is None,
    "eq": lambda v: v[0] == v[1],
    "null_safe_eq": lambda v: v[0] == v[1],
    "ne": lambda v: v[0] != v[1],
    "in": lambda v: v[0] in v[1:],
}


def in_force(schema: Schema, change: Change) -> CalculationGroup | None:
    """The group that is applied first among those whose column the change filters."""
    touched = {column for condition in change.adds for column in condition.columns}
    return next((group for group in schema.groups if group.column in touched), None)


def chosen(group: CalculationGroup, change: Change) -> tuple[str, ...] | None:
    """The items that a change leaves of a group; None where a condition isn't understood."""
    left = tuple(group.items)
    for condition in change.adds:
        if group.column in condition.columns:
            found = members(group, condition.predicate)
            if found is None:
                return None
            left = tuple(name for name in left if name in found)
    return left


def without(group: CalculationGroup, change: Change) -> Change:
    """The change without any filter on the group."""
    column = frozenset({group.column})
    dropped = replace(change, adds=tuple(c for c in change.adds if not c.columns & column))
    return replace(dropped, removed=change.removed - column, selected=change.selected - column)


def decided(run: Run, node: Node, env: Env) -> bool | None:
    """Whether a condition holds that asks which measure is selected; None where it asks anything else."""
    match node:
        case Unary("NOT", operand) | Function("NOT", (operand,)):
            inner = decided(run, operand, env)
            return None if inner is None else not inner
        case Function("ISSELECTEDMEASURE", args) if env.selected and all(isinstance(a, Ref) for a in args):
            return any(isinstance(a, Ref) and a.name.casefold() == env.selected.name.casefold() for a in args)
        case Chain(first, (("IN", operand),)) if (name := _text(first, env)) is not None:
            listed = constants(run, operand, env)
            if listed is None or not all(isinstance(v, Literal) and isinstance(v.value, str) for v in listed):
                return None
            return name in {str(v.value).casefold() for v in listed if isinstance(v, Literal)}
        case Chain(first, ((("=" | "==" | "<>") as op, operand),)):
            left, right = _text(first, env), _text(operand, env)
            return None if left is None or right is None else (left == right) is (op != "<>")
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return decided(run, binding.node, binding.env)
        case _:
            return None


def _text(node: Node, env: Env) -> str | None:
    """A text that is known while reducing: a constant, or the selected measure's name."""
    match node:
        case Text(value):
            return value.casefold()
        case Function("SELECTEDMEASURENAME", ()) if env.selected:
            return env.selected.name.casefold()
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return _text(binding.node, binding.env)
        case _:
            return None
