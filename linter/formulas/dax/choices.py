"""Choices on single rows: an iterator over ``IF(c, a, b)`` runs over two sets of rows.

``SUMX(T, IF(c, a, b))`` adds up a over the rows of T where c holds and b over the others, so that only
their people stand behind each. A choice deeper inside is drawn outwards first: ``2 * IF(c, a, b)`` is
``IF(c, 2 * a, 2 * b)``.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from linter.formulas.dax import filters, items, tables
from linter.formulas.dax.env import TooComplex
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.tree import Call, Chain, Let, Name, Node, Number, Ref, Unary, rewritten, walk
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linter.formulas.dax.context import RowSet
    from linter.formulas.dax.env import Binding, Env, Run

Choice = tuple[Node, Node, Node]  # a condition, the value where it holds and the value elsewhere
MOST = 64
"""Most sets of rows that one iterator is taken apart into."""
ROWLESS = frozenset(
    {"HASONEVALUE", "HASONEFILTER", "ISFILTERED", "ISCROSSFILTERED", "ISINSCOPE", "ISSUBTOTAL", "NAMEOF",
     "SELECTEDMEASURENAME", "SELECTEDMEASUREFORMATSTRING", "ISSELECTEDMEASURE", "CUSTOMDATA",
     "USERCULTURE", "USERNAME", "USEROBJECTID", "USERPRINCIPALNAME", "TABLEOF", "ERROR"}
)  # fmt: skip
"""Functions that tell of the query, the model or the reader, and not of rows."""
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_CHOOSES = frozenset({"IF", "IF.EAGER", "SWITCH"})
_OF_ROWS = frozenset({"RELATED", "EARLIER", "EARLIEST"})
_BLANK, _ONE, _ZERO = Call("BLANK", ()), Number("1"), Number("0")


def pieces(run: Run, node: Node, rows: RowSet, env: Env) -> tuple[tuple[RowSet, Node], ...]:
    """The sets of rows on which an expression has another form, each with its form.

    A condition that is not understood stands among those of its rows as ``Unsupported``.
    """
    search = _Search(run)
    found: list[tuple[RowSet, Node]] = []
    waiting: list[tuple[RowSet, Node, dict[Node, bool]]] = [(rows, node, {})]
    steps = 0
    while waiting:
        own, value, said = waiting.pop()
        steps += 1
        choice = search.choice(value, env.over(own))
        if choice is None:
            found.append((own, value))
            continue
        if len(found) + len(waiting) >= MOST or steps > 4 * MOST:
            raise TooComplex(f"more than {MOST} choices for each row")
        condition, yes, no = _one_by_one(choice)
        known = items.decided(run, condition, env) if condition not in said else said[condition]
        tells = known is None and _tells(run, condition, own, env)
        for side, holds in ((no, False), (yes, True)):
            if known in {None, holds}:
                test = condition if holds else negated(condition)
                some = tables.filtered(run, own, test, env) if tells else own
                waiting.append((some, side, {**said, condition: holds}))
    return tuple(dict.fromkeys(found))


def _one_by_one(choice: Choice) -> Choice:
    """A choice by the first part of a condition that also asks what is selected; the other parts decide after it."""
    match choice:
        case Chain(first, ((op, second), *more)), yes, no if op in {"&&", "||"} and _asks(choice[0]):
            rest = Chain(second, tuple(more)) if more else second
            inner = Call("IF", (rest, yes, no))
            return (first, inner, no) if op == "&&" else (first, yes, inner)
        case Call("AND" | "OR" as function, (first, second)), yes, no if _asks(choice[0]):
            inner = Call("IF", (second, yes, no))
            return (first, inner, no) if function == "AND" else (first, yes, inner)
        case _:
            return choice


def _asks(condition: Node) -> bool:
    return any(isinstance(part, Call) and part.function in ROWLESS for part in walk(condition))


def negated(node: Node) -> Node:
    """What holds where a condition does not; comparisons in DAX are either true or false."""
    match node:
        case Chain(first, ((op, operand),)) if op in _NEGATED:
            return Chain(first, ((_NEGATED[op], operand),))
        case Chain(first, rest) if {op for op, _ in rest} in ({"&&"}, {"||"}):
            other = "||" if rest[0][0] == "&&" else "&&"
            return Chain(negated(first), tuple((other, negated(part)) for _, part in rest))
        case Unary("NOT", operand) | Call("NOT", (operand,)):
            return operand
        case Let(bindings, Name(name)) if name in dict(bindings):
            return Let(bindings, negated(dict(bindings)[name]))
        case Let(bindings, body):
            return Let(bindings, negated(body))
        case Call("CALCULATE", (value, *more)):
            return Call("CALCULATE", (negated(value), *more))
        case _:
            return Unary("NOT", node)


def _tells(run: Run, condition: Node, rows: RowSet, env: Env) -> bool:
    """Whether a condition can differ between the rows; one that asks what is selected holds for all or none."""
    called = {part.function for part in walk(condition) if isinstance(part, Call)}
    inner = env.over(rows)
    if _asks(condition) and isinstance(condition, Call | Unary):
        return bool(run.scalar(condition, inner))
    if called & _OF_ROWS or any(run.column(ref, inner) is not None for ref in filters.direct(condition)):
        return True
    near = {c.table for c in rows.coverage(run.schema)}
    return any(near & set(run.schema.filtered_by(use.table or "")) for use in run.scalar(condition, inner))


@dataclass(slots=True)
class _Search:
    """Finds choices. ``plain``: measures that are known to hold none."""

    run: Run
    plain: set[str] = field(default_factory=set)

    def choice(self, node: Node, env: Env) -> Choice | None:
        """An expression as a choice; None if it holds none that can be drawn outwards."""
        match node:
            case Call("IF" | "IF.EAGER", (condition, yes, *no)):
                return condition, yes, no[0] if no else _BLANK
            case Call("SWITCH", (subject, match, value, *rest)):
                others = rest[0] if len(rest) == 1 else Call("SWITCH", (subject, *rest)) if rest else _BLANK
                return match if subject == Call("TRUE", ()) else Chain(subject, (("=", match),)), value, others
            case Let(bindings, body):
                return self._in_variables(bindings, body, env)
            case Call(function, (value, *more)) if _under_filters(function):
                return _wrapped(self.choice(value, env), lambda part: Call(function, (part, *more)))
            case Ref():
                return self._named(node, env)
            case Chain(first, rest) if _is_test(node):
                return node, _ONE, _ZERO
            case Chain(first, rest):
                parts, operators = [first, *(part for _, part in rest)], [op for op, _ in rest]
                return self._flag(node, env) or self._in_parts(parts, env, lambda p: _chained(p, operators))
            case Unary(op, operand) if op != "NOT":
                return _wrapped(self.choice(operand, env), lambda part: Unary(op, part))
            case Call(function, args) if (known := FUNCTIONS.get(function)) is not None and known.kind == "scalar":
                return self._in_parts(args, env, lambda parts: Call(function, tuple(parts)))
            case _:
                return None

    def _in_parts(self, parts: Sequence[Node], env: Env, made: Callable[[Sequence[Node]], Node]) -> Choice | None:
        """The first choice among the parts of an expression, drawn out of it."""
        for i, part in enumerate(parts):
            choice = self.choice(part, env)
            if choice is not None:
                condition, yes, no = choice
                return condition, made([*parts[:i], yes, *parts[i + 1 :]]), made([*parts[:i], no, *parts[i + 1 :]])
        return None

    def _in_variables(self, bindings: tuple[tuple[str, Node], ...], body: Node, env: Env) -> Choice | None:
        """A choice in a variable, or in the body."""
        for i, (name, value) in enumerate(bindings):
            choice = None if _is_test(value) else self.choice(value, env)
            if choice is not None:
                before, after = bindings[:i], bindings[i + 1 :]
                condition, yes, no = choice
                test = Let(before, condition) if before else condition
                return test, Let((*before, (name, yes), *after), body), Let((*before, (name, no), *after), body)
        return _wrapped(self.choice(body, env), lambda part: Let(bindings, part))

    def _flag(self, node: Chain, env: Env) -> Choice | None:
        """``flag * x`` is x where the flag is true and 0 elsewhere."""
        factors = [("*", node.first), *node.rest]
        if any(op not in {"*", "/"} for op, _ in factors):
            return None
        for i, (op, factor) in enumerate(factors):
            column = self.run.column(factor, env) if isinstance(factor, Ref) else None
            if column is not None and op == "*" and self.run.schema.type(column) == "boolean":
                return factor, Chain(_ONE, (*factors[:i], *factors[i + 1 :])), _ZERO
        return None

    def _named(self, ref: Ref, env: Env) -> Choice | None:
        """The choice inside a column that was added to the rows, or inside a measure."""
        binding = env.names.get(ref.name.casefold()) if ref.table is None else None
        if binding is not None:
            return self._added(binding, env)
        if self.run.column(ref, env) is not None:
            return None
        measure, formula = self.run.schema.measure(ref.name), self.run.formula(ref.name)
        if measure is None or formula is None or measure.name in self.plain:
            return None
        if items.in_force(self.run.schema, filters.transition(self.run, env)) is not None:
            return None
        choice = self.choice(Call("CALCULATE", (_qualified(self.run, formula, measure.table),)), env)
        if choice is None:
            self.plain.add(measure.name)
        return choice

    def _added(self, binding: Binding, env: Env) -> Choice | None:
        if not any(isinstance(part, Call) and part.function in _CHOOSES for part in walk(binding.node)):
            return None
        if any(env.names.get(name) is not known for name, known in binding.env.names.items()):
            raise TooComplex("a choice inside a column added to other rows")
        node = binding.node if binding.env.rows else Call("CALCULATE", (binding.node,))
        return self.choice(node, env)


def _wrapped(choice: Choice | None, around: Callable[[Node], Node]) -> Choice | None:
    return None if choice is None else (around(choice[0]), around(choice[1]), around(choice[2]))


def _chained(parts: Sequence[Node], operators: Sequence[str]) -> Node:
    return Chain(parts[0], tuple(zip(operators, parts[1:], strict=True)))


def _is_test(node: Node) -> bool:
    """Whether a value is TRUE or FALSE by its form."""
    match node:
        case Chain(_, rest):
            return bool({op for op, _ in rest} & {*_NEGATED, "==", "&&", "||", "IN"})
        case Call(function):
            return function in {"AND", "OR", "NOT"}
        case _:
            return isinstance(node, Unary) and node.op == "NOT"


def _under_filters(function: str) -> bool:
    """Whether a function gives its first argument under other filters: then it may stand inside a choice."""
    known = FUNCTIONS.get(function)
    return function == "CALCULATE" or (
        known is not None and known.kind == "time" and not function.endswith("NONBLANKVALUE")
    )


def _qualified(run: Run, formula: Node, home: str) -> Node:
    """The formula of a measure with its names written out, so that it means the same anywhere."""

    def named(node: Node) -> Node:
        if not isinstance(node, Ref) or node.table is not None:
            return node
        measure = run.schema.measure(node.name)
        table = measure.table if measure is not None else home if run.schema.column(home, node.name) else None
        return replace(node, table=table)

    return rewritten(formula, named)
