"""Table expressions: which rows of which table, under which filter context."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from linter.expressions import (
    NULL,
    Aggregate,
    Column,
    Expr,
    Literal,
    TopMembers,
    Unsupported,
    all_of,
    call,
    columns,
    problems,
)
from linter.formulas.dax import filters, nonblank, periods, sets, windows
from linter.formulas.dax.blanks import compare
from linter.formulas.dax.context import NONE, Change, Condition, RowSet, Shift, conjuncts, row_columns, union
from linter.formulas.dax.env import Binding, Env, Run, bound, constants
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.tree import Call, Let, Name, Node, Ref, Rows, TableRef, Text, show, walk
from linter.formulas.dax.values import is_per_member

_TABLE_FILTERS = frozenset(
    {"ALL", "ALLEXCEPT", "ALLNOBLANKROW", "ALLSELECTED", "ALLCROSSFILTERED", "REMOVEFILTERS", "FILTER",
     "FILTERS", "CALCULATETABLE", "KEEPFILTERS", "RELATEDTABLE", "TREATAS", "INDEX", "OFFSET", "WINDOW"}
)  # fmt: skip
CURRENT_GROUP = "currentgroup()"
_DATE_TABLE = re.compile(r"date|calend|time", re.IGNORECASE)


def is_table(run: Run, node: Node, env: Env) -> bool:
    """Whether the expression is a table, by its form."""
    match node:
        case TableRef() | Rows():
            return True
        case Name(name):
            binding = env.names.get(name.casefold())
            if binding is None:
                return run.schema.table(name) is not None
            return is_table(run, binding.node, binding.env)
        case Call(function):
            known = FUNCTIONS.get(function)
            return function in _TABLE_FILTERS or (known is not None and known.kind in {"table", "time_table"})
        case Let(bindings, body):
            return is_table(run, body, bound(bindings, env))
        case _:
            return False


def table(run: Run, node: Node, env: Env) -> RowSet:
    """The rows of a table expression; what isn't understood stands among the problems of its change."""
    match node:
        case TableRef(name):
            return _whole(run, name, env)
        case Name(name):
            binding = env.names.get(name.casefold())
            if binding is None:
                return _whole(run, name, env)
            if binding.table is None:
                binding.table = run.table(binding.node, binding.env)
            return binding.table
        case Let(bindings, body):
            return run.table(body, bound(bindings, env))
        case Rows():
            return RowSet(None, (), env.change, constants=constants(run, node, env))
        case Ref():
            return _values(run, node, env)
        case Call():
            return _call(run, node, env)
        case _:
            return unknown(env, "a value where a table is expected")


def unknown(env: Env, reason: str, known: RowSet | None = None) -> RowSet:
    """Rows that were not understood: the worst case is the table known so far."""
    change = env.change if known is None else known.change
    problem = replace(change, problems=union(change.problems, [reason]))
    return RowSet(None, None, problem) if known is None else replace(known, change=problem)


def _whole(run: Run, name: str, env: Env) -> RowSet:
    found = run.schema.table(name)
    return unknown(env, f"unknown table {name}") if found is None else RowSet(found, None, env.change, seen=True)


def _values(run: Run, ref: Ref, env: Env) -> RowSet:
    """The distinct values of a column that are visible."""
    column = run.column(ref, env)
    if column is None:
        return unknown(env, f"unknown column {show(ref)}")
    return RowSet(column.table, (column,), env.change, seen=True)


def _call(run: Run, node: Call, env: Env) -> RowSet:
    function, args = node.function, node.args
    known = FUNCTIONS.get(function)
    if known is None or not known.accepts(len(args)):
        return unknown(env, f"unknown function {function}" if known is None else f"{function} misused")
    match function:
        case "FILTER":
            return filtered(run, run.table(args[0], env), args[1], env)
        case "VALUES" | "DISTINCT" | "FILTERS":
            return run.table(args[0], env)
        case "ALL" | "ALLNOBLANKROW" | "REMOVEFILTERS" | "ALLEXCEPT" | "ALLSELECTED" | "ALLCROSSFILTERED":
            return _unfiltered(run, node, env)
        case "CALCULATETABLE":
            inner = filters.calculated(run, args[1:], env)
            return run.table(args[0], inner)
        case "RELATEDTABLE":
            return run.table(args[0], env.under(filters.transition(run, env)))
        case "KEEPFILTERS" | "NONVISUAL" | "IGNORE":
            return replace(run.table(args[0], env), kept=function == "KEEPFILTERS")
        case "TREATAS":
            return sets.treated(run, args, env)
        case "CURRENTGROUP":
            binding = env.names.get(CURRENT_GROUP)
            known_rows = None if binding is None else binding.table
            return unknown(env, "CURRENTGROUP outside of GROUPBY") if known_rows is None else known_rows
        case "TOPN":
            return _top(run, args, env)
        case "ADDCOLUMNS" | "SELECTCOLUMNS" | "SUMMARIZE" | "SUMMARIZECOLUMNS" | "GROUPBY":
            return _shaped(run, node, env)
        case "NATURALINNERJOIN" | "NATURALLEFTOUTERJOIN":
            return sets.joined(run, node, env)
        case "CROSSJOIN" | "GENERATE" | "GENERATEALL":
            return _product(run, args, env, correlated=function.startswith("GENERATE"))
        case "UNION" | "INTERSECT" | "EXCEPT":
            return sets.combined(run, node, env)
        case "ROW" | "DATATABLE" | "GENERATESERIES" | "CALENDAR" | "CALENDARAUTO":
            return RowSet(None, (), env.change, computed=_named(args, env) if function == "ROW" else ())
        case "DATESBETWEEN":
            return _between(run, node, env)
    if function.endswith("NONBLANK"):
        return _nonblank(run, node, env)
    if known.kind == "time_table":
        return _shifted(run, node, env)
    if known.kind == "window":
        return _window(run, node, env)
    rests_on = next((run.table(arg, env) for arg in args if is_table(run, arg, env)), None)
    return unknown(env, f"{function} as a table", rests_on)


def conditions(predicate: Expr, columns: frozenset[Column]) -> tuple[Condition, ...]:
    """The predicate's parts, each with its own columns (those given where it has none)."""
    return tuple(
        Condition(row_columns(part) or columns, part) for part in conjuncts(predicate) if part != Literal(value=True)
    )


def filtered(run: Run, rows: RowSet, condition: Node, env: Env) -> RowSet:
    """FILTER: the rows for which a condition holds."""
    covered = rows.coverage(run.schema)
    # which members are left does not change what each of them is
    whole = replace(rows, where=()) if all(c.columns <= covered for c in rows.where) else rows
    predicate = run.row(condition, env.over(whole))
    if rows.columns is None and rows.table is not None and is_per_member(predicate):
        key = next(c for c in columns(predicate) if c.table == rows.table)  # a table has no blank row itself
        predicate = all_of(call("not", call("is_null", key)), predicate)
    return replace(rows, where=union(rows.where, conditions(predicate, covered)))


def _unfiltered(run: Run, node: Call, env: Env) -> RowSet:
    """ALL and its kin as a table: rows without the cell's filters on them."""
    change = filters.modified(run, node, env, env.change)
    target = next((arg for arg in node.args if isinstance(arg, Ref | TableRef | Name)), None)
    if target is None:
        return RowSet(None, (), change, covers=run.schema.columns())
    if isinstance(target, Ref):
        found = [run.column(arg, env) for arg in node.args if isinstance(arg, Ref)]
        columns = tuple(column for column in found if column is not None)
        return RowSet(columns[0].table if columns else None, columns, change)
    return replace(run.table(target, env), change=change, seen=node.function == "ALLEXCEPT")


def _top(run: Run, args: tuple[Node, ...], env: Env) -> RowSet:
    """The first rows in an order: members of the columns that are ranked, by whatever order.

    The order is kept where it is one plain aggregate; it only matters which columns are ranked.
    """
    rows = run.table(args[1], env)
    count = run.row(args[0], env)
    predicate: Expr = Unsupported(f"TOPN: {show(args[0])} rows of a table without known columns")
    if rows.columns and isinstance(count, Literal) and isinstance(count.value, int | float):
        descending = len(args) < 4 or show(args[3]).upper() not in {"ASC", "1", "TRUE()"}
        predicate = TopMembers(rows.columns, _order(run, args[2:], env), int(count.value), descending)
    return replace(rows, where=(*rows.where, Condition(rows.coverage(run.schema), predicate)))


def _order(run: Run, args: tuple[Node, ...], env: Env) -> Expr:
    """What a ranking orders by; null where that is no plain aggregate of the cell."""
    bases = run.scalar(args[0], env) if len(args) in {1, 2} else ()
    order = run.row(args[0], env.under(env.change)) if len(bases) == 1 and bases[0].plain else NULL
    return order if isinstance(order, Aggregate) and not problems(order) else NULL


def _named(args: tuple[Node, ...], env: Env) -> tuple[tuple[str, Binding], ...]:
    """Pairs of a text and an expression among the arguments: the columns they compute."""
    pairs = pairwise(args)
    return tuple((name.value, Binding(node, env)) for name, node in pairs if isinstance(name, Text))


def _shaped(run: Run, node: Call, env: Env) -> RowSet:
    """A table with columns added, chosen or grouped."""
    function, args = node.function, node.args
    if function == "SUMMARIZECOLUMNS":
        start, rows = 0, RowSet(None, (), env.change)
        given = [run.table(arg, env) for arg in args if not isinstance(arg, Text) and is_table(run, arg, env)]
        env = replace(env, change=filters.applied(run, env.change, given))
        rows = replace(rows, change=env.change)
    else:
        start, rows = 1, run.table(args[0], env)
    first_name = next((i for i, arg in enumerate(args) if isinstance(arg, Text)), len(args))
    keys = [part for arg in args[start:first_name] for part in walk(arg) if isinstance(part, Ref)]
    if function in {"SUMMARIZE", "SUMMARIZECOLUMNS", "GROUPBY"}:
        columns = tuple(column for key in keys if (column := run.column(key, env)) is not None)
        rows = replace(
            rows,
            columns=columns,
            table=rows.table or (columns[0].table if columns else None),
            computed=rows.computed,
        )
    elif function == "SELECTCOLUMNS":  # as a filter it stands for the columns that it chooses as they are
        named = (run.column(arg, env.over(rows)) for arg in args[1:] if isinstance(arg, Ref))
        rows = replace(rows, covers=frozenset(column for column in named if column is not None))
    return replace(rows, computed=(*rows.computed, *_computed(run, function, args[first_name:], rows, env)))


def _computed(
    run: Run, function: str, args: tuple[Node, ...], rows: RowSet, env: Env
) -> tuple[tuple[str, Binding], ...]:
    """The added columns, each bound to where it is computed: on a row, or in a group's context."""
    if function in {"ADDCOLUMNS", "SELECTCOLUMNS"}:
        return _named(args, env.over(rows))
    if function == "GROUPBY":
        group = Binding(Name(CURRENT_GROUP), env, table=replace(rows, columns=None))
        return _named(args, env.with_names({CURRENT_GROUP: group}))
    return _named(args, env.under(filters.applied(run, env.change, [rows])))


def _product(run: Run, args: tuple[Node, ...], env: Env, *, correlated: bool) -> RowSet:
    first = run.table(args[0], env)
    inner = env.over(first) if correlated else env
    parts = [first, *(run.table(arg, inner) for arg in args[1:])]
    counted = next((part for part in parts if part.table is not None), first)
    rest = tuple(part for part in parts if part is not counted and part.table is not None)
    computed = tuple(column for part in parts for column in part.computed)
    return replace(counted, others=(*counted.others, *rest), computed=computed)


def _dates(run: Run, column: Column, change: Change) -> RowSet:
    """Dates as a filter: of a date table they stand for the whole table, as the engine has it.

    That is one that is related by its dates or marked as such, which its name has to tell here.
    """
    ones = {link.one for link in run.schema.relationships if link.one.table == column.table}
    dated = column in ones or (bool(ones) and _DATE_TABLE.search(column.table) is not None)
    covers = run.schema.columns(column.table) if dated else frozenset({column})
    freed = change.remove(covers)
    if ones and not dated:
        reason = f"whether {column.table!r} is marked as a date table is not known"
        freed = replace(freed, problems=union(freed.problems, [reason]))
    return RowSet(column.table, (column,), freed, covers=covers)


def _nonblank(run: Run, node: Call, env: Env) -> RowSet:
    """The last or first value of a column with a number behind it."""
    found = nonblank.found(run, node, env)
    if found is None:
        return _shifted(run, node, env)
    column, value = found
    equal = Condition(frozenset({column}), call("eq", column, value))
    return replace(_dates(run, column, env.change), where=(equal,))


def _shifted(run: Run, node: Call, env: Env) -> RowSet:
    """The dates that a time function selects; rows of an unknown position where it has no interval."""
    column = periods.date_column(run, node, env)
    if column is None:
        return unknown(env, periods.unread(run, node))
    if "WEEK" in node.function or node.function.endswith("WTD"):
        return unknown(env, f"{node.function} over a column: weeks are known only by a calendar of the model")
    rows = _dates(run, column, env.change)
    found = periods.interval(run, node, env)
    if found is None:
        shift = Shift(frozenset({column}), show(node))
        return replace(rows, change=replace(rows.change, shifts=(*rows.change.shifts, shift)))
    first, last = call("ge", column, found[0]), call("le", column, found[1])
    return replace(rows, where=tuple(Condition(frozenset({column}), part) for part in (first, last)))


def _between(run: Run, node: Call, env: Env) -> RowSet:
    """Dates from one to another, both included; BLANK is open."""
    column = periods.date_column(run, node.args[0], env)
    if column is None:
        return unknown(env, "DATESBETWEEN over an unknown date column")
    limits = [periods.edge(run, limit, env) for limit in node.args[1:]]
    if any(problems(limit) for limit in limits):
        return _shifted(run, node, env)
    parts = [
        compare(symbol, column, limit, run.schema)
        for symbol, limit in zip((">=", "<="), limits, strict=True)
        if limit != NULL
    ]
    if limits[0] == NULL:  # from the first of the dates on, which leaves out rows without one
        parts.append(call("not", call("is_null", column)))
    rows = _dates(run, column, env.change)
    return replace(rows, where=tuple(Condition(frozenset({column}), part) for part in parts))


def _window(run: Run, node: Call, env: Env) -> RowSet:
    """Rows at another position of an order: of the relation given, or of the visual's own."""
    found = windows.rows(run, node, env)
    if found is not None:
        return found
    relation = next((arg for arg in node.args if is_table(run, arg, env)), None)
    rows = RowSet(None, (), env.change) if relation is None else run.table(relation, env)
    covers = rows.coverage(run.schema)
    if not covers:
        orders = [part for part in walk(node) if isinstance(part, Ref)]
        covers = NONE.union(*({c} for ref in orders if (c := run.column(ref, env)) is not None))
    change = rows.change.remove(covers)
    shift = Shift(covers, show(node))
    return replace(rows, change=replace(change, shifts=(*change.shifts, shift)), covers=covers)
