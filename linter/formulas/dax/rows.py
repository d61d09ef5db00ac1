"""DAX for a single row, as an expression of the shared language.

Inside an iteration columns are those of the row; aggregates, and everything outside of iterations,
are values of the cell (``Aggregate``). What has no such form is ``Unsupported``, with the reason.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice

from linter.expressions import (
    DATE_PARTS,
    NULL,
    Aggregate,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    all_of,
    call,
    columns,
    problems,
    walk,
)
from linter.formulas.dax import blanks, filters, items, periods
from linter.formulas.dax.context import row_columns
from linter.formulas.dax.env import Binding, Env, Run, bound, constants
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.row_functions import ROW_FUNCTIONS
from linter.formulas.dax.tree import (
    Call,
    Chain,
    DateText,
    Let,
    Missing,
    Name,
    Node,
    Number,
    Ref,
    Rows,
    TableRef,
    Text,
    Tuple,
    Unary,
)
from linter.formulas.dax.tree import walk as walk_tree
from linter.formulas.dax.uses import BaseUse
from linter.formulas.dax.values import SELECTED, cell_value, per_member

LARGEST = 400
"""Largest expression that is kept, in nodes: variables that double each other grow without bound."""

_DATE_LEVELS = {"year": "year", "day": "day", "monthno": "month", "quarterno": "quarter"}


def row(run: Run, node: Node, env: Env) -> Expr:
    """The value of ``node`` for the row being iterated, or for the cell where there is none."""
    match node:
        case Number():
            return Literal(node.value)
        case Text(text):
            return Literal(text)
        case DateText(text):
            return _date(text)
        case Missing():
            return NULL
        case Ref():
            return _reference(run, node, env)
        case Name(name):
            binding = env.names.get(name.casefold())
            return Unsupported(f"{name} is no value") if binding is None else variable(run, binding, env)
        case Unary(op, operand):
            value = run.row(operand, env)
            if op == "NOT":
                return call("not", blanks.truth(value))
            return value if op == "+" else _negative(value)
        case Chain():
            return _chain(run, node, env)
        case Let(bindings, body):
            return run.row(body, bound(bindings, env))
        case Call():
            return _call(run, node, env)
        case Rows((single,)):
            return run.row(single, env)
        case TableRef() | Rows() | Tuple():
            return Unsupported("a table where a single value is expected")


def variable(run: Run, binding: Binding, env: Env) -> Expr:
    """A variable's value: it was taken where it was defined, so maybe on an outer row."""
    if binding.row is None:
        value = run.row(binding.node, binding.env)
        large = next(islice(walk(value), LARGEST, None), None) is not None
        binding.row = Unsupported("an expression too large to keep") if large else value
    if binding.env.rows not in (env.rows, env.rows[: len(binding.env.rows)]):
        return Unsupported("a value of another iteration")
    if len(binding.env.rows) < len(env.rows) and row_columns(binding.row):
        return Unsupported("depends on the row of an outer iteration")
    return binding.row


def _date(value: str) -> Expr:
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return Unsupported("a date constant that is not ISO 8601")
    return Literal(moment.date() if len(value) <= 10 else moment)


def _negative(value: Expr) -> Expr:
    if isinstance(value, Literal) and isinstance(value.value, int | float):
        return Literal(-value.value)
    return call("neg", value)


def _reference(run: Run, ref: Ref, env: Env) -> Expr:
    binding = env.names.get(ref.name.casefold()) if ref.table is None else None
    if binding is not None and any(ref.name.casefold() == n.casefold() for r in env.rows for n, _ in r.computed):
        return _computed(run, binding, env)
    column = run.column(ref, env)
    if column is None:
        formula = run.formula(ref.name)
        if formula is None:
            return Unsupported(f"unknown reference [{ref.name}]")
        inside = Env(env.home, filters.transition(run, env, single=True), selected=env.selected)
        if items.in_force(run.schema, inside.change) is not None:
            return Unsupported(f"measure [{ref.name}] under a calculation item, as a value to compare with")
        return _on_members(run, run.row(formula, inside), env, f"measure [{ref.name}]")
    if not env.rows:
        return Unsupported(f"column [{column.name}] without a row")
    return (
        _level(column, ref.level)
        if _on_row(run, column, env)
        else Unsupported("depends on the row of an outer iteration")
    )


def _member(run: Run, env: Env) -> tuple[Column, ...] | None:
    """What tells the members apart over which a single iteration runs, in the cell's own filters."""
    if len(env.rows) != 1:
        return None
    (rows,) = env.rows
    if rows.others or rows.table is None or rows.change != env.change or rows.where:
        return None
    return run.schema.key_of(rows.table) if rows.columns is None else rows.columns


def _computed(run: Run, binding: Binding, env: Env) -> Expr:
    """A column that ADDCOLUMNS and the like computed: one iteration further out, on the same row."""
    value = run.row(binding.node, binding.env)
    aligned = binding.env.rows[:-1] == env.rows[:-1]
    if len(binding.env.rows) < len(env.rows) and cell_value(value):
        member = _member(run, env)
        return per_member(value, member) if member else Unsupported("a column computed for each group")
    return value if aligned or not row_columns(value) else Unsupported("a computed column of an outer row")


def _on_row(run: Run, column: Column, env: Env) -> bool:
    rows = env.rows[-1]
    tables = {part.table for part in (rows, *rows.others)}
    return any(t is not None and column.table in run.schema.expanded(t) for t in tables)


def _level(column: Column, level: str | None) -> Expr:
    """A part of a date column, as the automatic date hierarchy names it."""
    if level is None or level.casefold() == "date":
        return column
    part = _DATE_LEVELS.get(level.casefold())
    if part is None:
        return Unsupported(f"level {level} of an automatic date hierarchy")
    return call("date_part", Literal(part), column)


def _chain(run: Run, node: Chain, env: Env) -> Expr:
    operators = {op for op, _ in node.rest}
    if operators <= {"&&"} or operators <= {"||"}:
        parts = [run.row(part, env) for part in (node.first, *(p for _, p in node.rest))]
        return call("and" if "&&" in operators else "or", *parts)
    if len(node.rest) > 50:
        return Unsupported("an expression too large to keep")
    value = run.row(node.first, env)
    for op, operand in node.rest:
        if op == "IN":
            members = constants(run, operand, env)
            value = (
                Unsupported("IN a table that is not written out") if members is None else blanks.member(value, members)
            )
        elif op in blanks.COMPARISON_NAMES or op == "==":
            value = blanks.compare(op, value, run.row(operand, env), run.schema)
        else:
            value = blanks.arithmetic(op, value, run.row(operand, env), run.schema)
    return value


def _call(run: Run, node: Call, env: Env) -> Expr:
    known = FUNCTIONS.get(node.function)
    if known is None or not known.accepts(len(node.args)):
        return Unsupported(f"unknown function {node.function}" if known is None else f"{node.function} misused")
    if node.function == "RELATED":
        return run.row(node.args[0], env)
    if node.function in {"MAX", "MIN"} and len(node.args) == 2:
        return call("greatest" if node.function == "MAX" else "least", *(run.row(a, env) for a in node.args))
    if node.function == "CALCULATE":
        return _calculated(run, node, env)
    if known.kind in {"aggregate", "iterator"} or node.function == "SELECTEDVALUE":
        return _cell_value(run, node, env)
    if node.function == "DATEDIFF":
        return _date_difference(run, node, env)
    if known.kind == "time_table" and not env.rows:
        return periods.edge(run, node, env)
    translate = ROW_FUNCTIONS.get(node.function)
    if translate is None:
        return Unsupported(f"{node.function} on a single row")
    return translate(tuple(run.row(arg, env) for arg in node.args), run.schema)


def _date_difference(run: Run, node: Call, env: Env) -> Expr:
    """Boundaries crossed from the first date to the second; the unit is a bare word."""
    first, second, unit = node.args
    part = unit.name.lower() if isinstance(unit, Name) else ""
    if part not in DATE_PARTS:
        return Unsupported("DATEDIFF in an unknown unit")
    return call("date_diff", Literal(part), run.row(first, env), run.row(second, env))


def _calculated(run: Run, node: Call, env: Env) -> Expr:
    """CALCULATE as a value to compare with: its expression under the changed filters."""
    value = run.row(node.args[0], filters.calculated(run, node.args[1:], env, single=True))
    return _on_members(run, value, env, node.function)


def _on_members(run: Run, value: Expr, env: Env, what: str) -> Expr:
    """A value computed in the context of each row: one for each member, if it isn't the same for all."""
    member = _member(run, env)
    if member and cell_value(value) and not problems(value):
        return per_member(value, member)
    if env.rows and (problems(value) or cell_value(value)):
        return Unsupported(f"{what} computed for each row")
    return value


def _cell_value(run: Run, node: Call, env: Env) -> Expr:
    """An aggregate inside a condition: one value, of the cell or of a whole table.

    Changes that can't reach its table leave it what it is in the cell (``MAX(Date[Date])`` under a
    filter on products). Where filters that could reach the table are removed it is ``Fixed`` by the
    columns whose filters still work: by nothing it is a constant of the model (the latest year of
    all). What the measure adds becomes a condition inside the aggregate.
    """
    target = Call(node.function, node.args[:1]) if node.function == "SELECTEDVALUE" else node
    bases = run.scalar(target, env)
    lost = Unsupported(f"a value of {node.function} that is no single aggregate")
    if len(bases) != 1 or node.function.startswith("PERCENTILE"):
        return lost
    use = bases[0]
    arg = _counted(run, use) if use.arg is None else use.arg
    if arg is None or use.table is None or use.problems or use.iterations or use.links or use.shifts:
        return lost
    if {column.table for column in columns(arg)} != {use.table}:
        return Unsupported(f"a value of {node.function} over columns of a related table")
    value = changed_aggregate(run, use, arg, run.schema.filtered_by(use.table))
    if env.rows and _transitions(node, env):  # each row's own rows, not those of the cell
        value = _on_members(run, value, env, node.function)
    if node.function == "SELECTEDVALUE" and len(node.args) > 1:
        return call("coalesce", value, run.row(node.args[1], env))
    return value


def _transitions(node: Node, env: Env) -> bool:
    """Whether a table in the expression is filtered by the row being iterated, as that of RELATEDTABLE is."""
    return any(_filters_itself(part, env) for part in walk_tree(node))


def _filters_itself(part: Node, env: Env) -> bool:
    if isinstance(part, Name):
        found = env.names.get(part.name.casefold())
        return found is not None and found.env.rows == env.rows and _transitions(found.node, found.env)
    known = FUNCTIONS.get(part.function) if isinstance(part, Call) else None
    return known is not None and (known.name in {"RELATEDTABLE", "CALCULATETABLE"} or known.kind == "time_table")


def _counted(run: Run, use: BaseUse) -> Expr | None:
    """What COUNTROWS counts."""
    return run.schema.row_of(use.table) if use.table else None


def changed_aggregate(run: Run, use: BaseUse, arg: Expr, tables: tuple[str, ...]) -> Expr:
    """The aggregate of a base under the measure's changes, as far as they can reach its tables."""
    reaching = run.schema.columns(*tables)
    near = run.schema.columns(*run.schema.expanded(tables[0]))
    if any(isinstance(part, TopMembers) for add in use.adds for part in walk(add)):
        return Unsupported("an aggregate over the first rows of an order")
    if any(not row_columns(add) and cell_value(add) for add in use.adds):
        return Unsupported("an aggregate under a condition on other values")
    touching = [add for add in use.adds if row_columns(add) & reaching]
    if any(not row_columns(add) <= near for add in touching):
        return Unsupported("an aggregate under a filter that reaches it from afar")
    value = Aggregate(use.aggregate, Case(((all_of(*touching), arg),)) if touching else arg)
    selected = reaching if use.reselects == () else frozenset(use.reselects or ()) & reaching
    if selected:
        if use.removes is not None:
            return Unsupported("an aggregate with only the filters from outside the visual, and some removed")
        return Fixed((SELECTED, *(() if use.reselects == () else run.schema.ordered(selected))), value)
    removed = reaching if use.removes == () else frozenset(use.removes or ()) & reaching
    return Fixed(run.schema.ordered(reaching - removed), value) if removed else value
