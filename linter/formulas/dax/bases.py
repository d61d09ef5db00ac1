"""The bases behind a single value: arithmetic does not matter, the rows and their filters do."""

from __future__ import annotations

from dataclasses import replace

from linter.formulas.dax import filters, items, tables
from linter.formulas.dax.aggregates import (
    AGGREGATES,
    NOTES,
    base,
    blank_rows,
    column_aggregate,
    counted,
    gather,
    iterated,
    looked_up,
    position,
    rows_of,
)
from linter.formulas.dax.choices import ROWLESS
from linter.formulas.dax.context import union
from linter.formulas.dax.env import Bases, Binding, Env, Run, bound
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.guards import guarded, guards
from linter.formulas.dax.rests import left_over
from linter.formulas.dax.tree import (
    Call,
    Chain,
    Let,
    Name,
    Node,
    Number,
    Ref,
    Rows,
    TableRef,
    Tuple,
    Unary,
    children,
    walk,
)
from linter.formulas.dax.uses import Guard, of_one_number, with_role


def scalar(run: Run, node: Node, env: Env) -> Bases:
    """The bases of an expression, each once, in the order of the text."""
    match node:
        case Ref():
            return _reference(run, node, env)
        case Name(name):
            binding = env.names.get(name.casefold())
            if binding is not None:
                return variable(run, binding)
            return _only_value(run, node, env) if run.schema.table(name) is not None else ()
        case TableRef():
            return _only_value(run, node, env)
        case Chain():
            return _chain(run, node, env)
        case Let(bindings, body):
            return run.scalar(body, bound(bindings, env))
        case Call():
            return _call(run, node, env)
        case Unary() | Tuple() | Rows():
            return gather(run, children(node), env)
        case _:
            return ()


def variable(run: Run, binding: Binding) -> Bases:
    """A variable's bases: taken where it was defined, once."""
    if binding.scalar is None:
        binding.scalar = run.scalar(binding.node, binding.env)
    return binding.scalar


def _reference(run: Run, ref: Ref, env: Env) -> Bases:
    if ref.table is None and (binding := env.names.get(ref.name.casefold())) is not None:
        return variable(run, binding)
    column = run.column(ref, env)
    if column is not None:
        if env.rows:
            return ()  # a value of the row: the iterator around it makes the base
        return (base(run, "any", column, column.table, env.change),)
    if any(rows.table is None for rows in env.rows) and run.schema.measure(ref.name) is None:
        return ()  # a column of a table that is written out: no rows of the model
    return run.called(ref.name, env)


def _only_value(run: Run, node: Node, env: Env) -> Bases:
    """A table as a value: its only cell."""
    rows = run.table(node, env)
    column = rows.columns[0] if rows.columns else None
    return rows_of(run, rows, "any", column)


def _chain(run: Run, node: Chain, env: Env) -> Bases:
    """``/`` splits numerator and denominator, ``-`` leaves a rest; other operators only put bases together."""
    found = rest = run.scalar(node.first, env)
    for op, operand in node.rest:
        if op == "IN" and tables.is_table(run, operand, env):
            continue  # a list to compare with: nothing of it is shown
        right = run.scalar(operand, env)
        rest = left_over(run, rest, right) if op == "-" else ()
        found = _ratio(found, right) if op == "/" else union(union(found, right), rest)
    sums = all(use.aggregate == "sum" and use.role == "value" and not use.problems for use in found)
    replaced = items.in_force(run.schema, env.change) is not None
    return of_one_number(found) if sums and not replaced and _adds_sums(run, node) else found


def _adds_sums(run: Run, node: Node) -> bool:
    """Whether a number is sums of columns, added and subtracted, whatever is selected: none is shown alone."""
    match node:
        case Call("SUM"):
            return True
        case Chain(first, rest):
            parts = (first, *(part for _, part in rest))
            return {op for op, _ in rest} <= {"+", "-"} and all(_adds_sums(run, part) for part in parts)
        case Ref():
            formula = run.formula(node.name) if run.schema.measure(node.name) is not None else None
            return formula is not None and _adds_sums(run, formula)
        case _:
            return False


def _ratio(top: Bases, bottom: Bases) -> Bases:
    """Numerator and denominator; dividing by a constant makes no ratio."""
    return union(with_role(top, "numerator"), with_role(bottom, "denominator")) if bottom else top


def _call(run: Run, node: Call, env: Env) -> Bases:
    function, args = node.function, node.args
    known = FUNCTIONS.get(function)
    if known is None:
        return unknown(run, node, env, f"unknown function {function}")
    if not known.accepts(len(args)):
        return unknown(run, node, env, f"{function} with {len(args)} arguments")
    if function in ROWLESS:
        return ()
    match function:
        case "IF" | "IF.EAGER":
            return _if(run, args, env)
        case "SWITCH":
            return _switch(run, args, env)
        case "DIVIDE":
            parts = _ratio(run.scalar(args[0], env), run.scalar(args[1], env))
            return union(parts, gather(run, args[2:], env))
        case "CALCULATE":
            return run.scalar(args[0], filters.calculated(run, args[1:], env))
        case "SELECTEDVALUE":
            return union(column_aggregate(run, "any", args[0], env), gather(run, args[1:], env))
        case "SELECTEDMEASURE":
            return _selected_measure(run, node, env)
        case "LOOKUPVALUE":
            return looked_up(run, node, env)
        case "ISEMPTY" | "CONTAINS" | "CONTAINSROW" | "COUNTROWS":
            return counted(run, node, env)
        case "COUNTBLANK":
            return blank_rows(run, args[0], env)
        case "RELATED" | "EARLIER" | "EARLIEST":
            return ()
        case "RANK" | "ROWNUMBER":
            return position(run, node, env)
    if known.kind == "aggregate" and not (function in {"MIN", "MAX"} and len(args) == 2):
        return _aggregate(run, node, env)
    if known.kind == "iterator":
        return iterated(run, node, env)
    if known.kind == "time":
        return _in_time(run, node, env)
    if known.kind in {"visual", "system"}:
        return unknown(run, node, env, f"{function} is not understood outside of its visual or query")
    if tables.is_table(run, node, env):
        return _only_value(run, node, env)
    return gather(run, args, env)


def unknown(run: Run, node: Node, env: Env, reason: str) -> Bases:
    """The worst case: the bases of its parts or, without any, all rows of the tables it names."""
    parts = children(node)
    found = gather(run, [part for part in parts if not tables.is_table(run, part, env)], env)
    if not found:
        named = [_table_named(run, part, env) for part in walk(node)]
        homes = dict.fromkeys(name for name in named if name is not None) or {env.home: None}
        found = tuple(base(run, "count", None, run.schema.table(home), env.change) for home in homes)
    return tuple(replace(use, problems=union(use.problems, [reason])) for use in found)


def _table_named(run: Run, node: Node, env: Env) -> str | None:
    if isinstance(node, Ref):
        column = run.column(node, env)
        return None if column is None else column.table
    return run.schema.table(node.name) if isinstance(node, TableRef | Name) else None


def _if(run: Run, args: tuple[Node, ...], env: Env) -> Bases:
    known = items.decided(run, args[0], env)
    if known is not None:
        return gather(run, args[1:2] if known else args[2:3], env)
    yes, no = guards(run, args[0], env)
    condition = with_role(run.scalar(args[0], env), "condition")
    found = guarded(run.scalar(args[1], env), yes)
    if len(args) > 2:
        found = union(found, guarded(run.scalar(args[2], env), no))
    return union(found, condition)


def _switch(run: Run, args: tuple[Node, ...], env: Env) -> Bases:
    subject, rest = args[0], args[1:]
    by_truth = subject == Call("TRUE", ())
    conditions = with_role(run.scalar(subject, env), "condition")
    found: Bases = ()
    so_far: tuple[Guard, ...] = ()
    for match, value in zip(rest[0::2], rest[1::2], strict=False):
        yes, no = guards(run, match, env) if by_truth else ((), ())
        found = union(found, guarded(run.scalar(value, env), (*so_far, *yes)))
        conditions = union(conditions, with_role(run.scalar(match, env), "condition"))
        so_far = (*so_far, *no)
    if len(rest) % 2:
        found = union(found, guarded(run.scalar(rest[-1], env), so_far))
    return union(found, conditions)


def _selected_measure(run: Run, node: Call, env: Env) -> Bases:
    if env.selected is None:
        return unknown(run, node, env, "SELECTEDMEASURE outside of a calculation item")
    return run.called(env.selected.name, env)


def _in_time(run: Run, node: Call, env: Env) -> Bases:
    """A value under other dates: TOTALYTD(expr, dates, filter), CLOSINGBALANCEMONTH, FIRSTNONBLANKVALUE."""
    if node.function.endswith("NONBLANKVALUE"):
        dates, expression = node.args
        table: Node = Call(node.function.removesuffix("VALUE"), (dates, expression))
        filtering: tuple[Node, ...] = ()
    else:
        expression, dates = node.args[:2]
        filtering = tuple(part for part in node.args[2:] if not _year_end(part))
        table = _period(node.function, dates, tuple(part for part in node.args[2:] if _year_end(part)))
    return run.scalar(expression, filters.calculated(run, (table, *filtering), env))


def _period(function: str, dates: Node, year_end: tuple[Node, ...]) -> Node:
    """The table of dates that a time function on values stands for."""
    unit = next(u for u in ("WEEK", "MONTH", "QUARTER", "YEAR", "WTD", "MTD", "QTD", "YTD") if function.endswith(u))
    if function.startswith("TOTAL"):
        return Call(f"DATES{unit}", (dates, *year_end))
    if function.startswith("CLOSING"):
        return Call(f"ENDOF{unit}", (dates, *year_end))
    return Call("PREVIOUSDAY", (Call(f"STARTOF{unit}", (dates, *year_end)),))


def _year_end(node: Node) -> bool:
    """Whether an argument is the last day of the year (a text) and not a filter."""
    return not isinstance(node, Call | Chain | Name | TableRef | Number | Let | Unary)


def _aggregate(run: Run, node: Call, env: Env) -> Bases:
    aggregate = AGGREGATES.get(node.function)
    if aggregate is None:
        return unknown(run, node, env, f"{node.function} is not understood")
    notes = [NOTES[node.function]] if node.function in NOTES else []
    return column_aggregate(run, aggregate, node.args[0], env, *notes)
