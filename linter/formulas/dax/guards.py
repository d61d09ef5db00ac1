"""Dynamic suppression: the comparison with a number under which a value is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from linter.formulas.dax import items
from linter.formulas.dax.blanks import COMPARISON_NAMES, FLIPPED
from linter.formulas.dax.context import union
from linter.formulas.dax.env import Bases, Env, Run
from linter.formulas.dax.tree import Call, Chain, Name, Node, Number, Ref, Unary, walk
from linter.formulas.dax.uses import NEGATED, Comparison, Guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Guards = tuple[Guard, ...]
MOST = 20
"""Most guards that one base keeps."""
_AGGREGATES = frozenset({"COUNTROWS", "COUNT", "COUNTA", "DISTINCTCOUNT", "DISTINCTCOUNTNOBLANK", "SUM", "CALCULATE"})


def guards(run: Run, condition: Node, env: Env) -> tuple[Guards, Guards]:
    """What is known to hold where the condition is true, and where it is false.

    Only comparisons of one aggregate with a number are understood; what isn't gives no guard, so the
    value counts as always shown.
    """
    match condition:
        case Unary("NOT", operand):
            yes, no = guards(run, operand, env)
            return no, yes
        case Chain(first, rest) if {op for op, _ in rest} <= {"&&"}:
            sides = [guards(run, part, env) for part in (first, *(operand for _, operand in rest))]
            return tuple(guard for yes, _ in sides for guard in yes), ()
        case Chain(first, rest) if {op for op, _ in rest} <= {"||"}:
            sides = [guards(run, part, env) for part in (first, *(operand for _, operand in rest))]
            return (), tuple(guard for _, no in sides for guard in no)
        case Call("NOT", (operand,)):
            yes, no = guards(run, operand, env)
            return no, yes
        case Call("AND", args):
            return guards(run, Chain(args[0], tuple(("&&", arg) for arg in args[1:])), env)
        case Call("OR", args):
            return guards(run, Chain(args[0], tuple(("||", arg) for arg in args[1:])), env)
        case Chain(left, ((op, right),)) if op in COMPARISON_NAMES:
            return _compared(run, left, op, right, env)
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return guards(run, binding.node, binding.env)
        case _:
            return (), ()


def _compared(run: Run, left: Node, op: str, right: Node, env: Env) -> tuple[Guards, Guards]:
    value = number(right, env)
    if value is None:
        left, right, op = right, left, FLIPPED[op]
        value = number(right, env)
    if value is None or not _single(run, left, env):
        return (), ()
    bases = run.scalar(left, env)
    if len(bases) != 1:
        return (), ()
    name = next(known for known in get_args(Comparison) if known == COMPARISON_NAMES[op])
    return (Guard(bases[0], name, value),), (Guard(bases[0], NEGATED[name], value),)


def number(node: Node, env: Env) -> float | None:
    """The number an expression is, through variables; None if it isn't one."""
    match node:
        case Number():
            return node.value
        case Unary("-", operand):
            value = number(operand, env)
            return None if value is None else -value
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return number(binding.node, binding.env)
        case _:
            return None


def _single(run: Run, node: Node, env: Env, hops: int = 20) -> bool:
    """Whether the value is an aggregate itself, without arithmetic around it."""
    if hops == 0:
        return False
    match node:
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return _single(run, binding.node, binding.env, hops - 1)
        case Ref(None, name):
            formula = None if items.in_force(run.schema, env.change) else run.formula(name)
            return formula is not None and _single(run, formula, Env(env.home), hops - 1)
        case Call("CALCULATE", args) if args:
            if any(run.column(ref, env) in run.schema.item_columns for ref in _references(args[1:])):
                return False  # a calculation item makes something else of a measure
            return _single(run, args[0], env, hops - 1)
        case Call(function):
            return function in _AGGREGATES
        case _:
            return False


def _references(nodes: Iterable[Node]) -> Iterator[Ref]:
    return (part for node in nodes for part in walk(node) if isinstance(part, Ref))


def guarded(bases: Bases, shown_if: Guards) -> Bases:
    """These bases, shown only under the guards; too many of them are not kept: always shown."""
    if not 0 < len(shown_if) <= MOST:
        return bases
    return tuple(replace(use, guards=union(use.guards, shown_if)) for use in bases)
