"""CALCULATE: its filter arguments and modifiers, and context transition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from linter.expressions import Column, Unsupported, problems
from linter.formulas.dax import sets, tables
from linter.formulas.dax.context import Change, Columns, RowSet, restrict, union
from linter.formulas.dax.functions import FUNCTIONS
from linter.formulas.dax.tree import Call, Missing, Name, Node, Ref, TableRef, children, show
from linter.model import Link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.formulas.dax.env import Env, Run

_MODIFIERS = frozenset(
    {"ALL", "ALLEXCEPT", "ALLNOBLANKROW", "ALLSELECTED", "ALLCROSSFILTERED", "REMOVEFILTERS",
     "USERELATIONSHIP", "CROSSFILTER"}
)  # fmt: skip
_DIRECTIONS: dict[str, Literal["active", "none", "one_way", "both"]] = {
    "NONE": "none", "BOTH": "both", "ONEWAY": "one_way", "ONEWAY_LEFTFILTERSRIGHT": "one_way",
    "ONEWAY_RIGHTFILTERSLEFT": "one_way", "0": "none", "1": "one_way", "2": "both",
}  # fmt: skip


def transition(run: Run, env: Env, *, single: bool = False) -> Change:
    """The filter context that the rows being iterated become when a measure is called on them.

    Taken over all rows of the iteration at once: whose rows stand behind the whole of it. ``single``: for a value
    of each row, in which the other rows have no part.
    """
    return applied(run, env.change, [replace(rows, seen=rows.seen and not single) for rows in env.rows])


def applied(run: Run, base: Change, rows: Iterable[RowSet]) -> Change:
    """``base`` filtered by these tables."""
    return restrict(run.schema, base, rows)


def calculated(run: Run, args: tuple[Node, ...], env: Env, *, single: bool = False) -> Env:
    """The environment inside CALCULATE with these filter arguments.

    They are all evaluated outside; then the rows being iterated become filters, modifiers clear,
    and the filters work together.
    """
    change = transition(run, env, single=single)
    given: list[RowSet] = []
    for arg in args:
        if isinstance(arg, Missing):
            continue
        if isinstance(arg, Call) and arg.function in _MODIFIERS:
            change = modified(run, arg, env, change)
        else:
            given.append(_with_rows(run, _of_dates(run, _filter(run, arg, env))))
    return env.under(applied(run, change, given))


def _of_dates(run: Run, rows: RowSet) -> RowSet:
    """A filter on the dates by which a date table is related clears that whole table, as the engine has it.

    Source: https://learn.microsoft.com/power-bi/transform-model/desktop-date-tables
    """
    column = rows.columns[0] if rows.columns and len(rows.columns) == 1 else None
    if column is None or rows.kept or rows.covers is not None or column not in rows.change.removed:
        return rows
    if run.schema.type(column) not in {"date", "datetime"} or run.schema.key_of(column.table) != (column,):
        return rows
    every = run.schema.columns(column.table)
    return replace(rows, change=rows.change.remove(every), covers=every)


def _with_rows(run: Run, rows: RowSet) -> RowSet:
    """A filter that works on other tables by the rows found in its own, with what tells of these rows."""
    if rows.table is None or all(column.table == rows.table for column in rows.coverage(run.schema)):
        return rows
    held = sets.some_row(run, rows)
    return rows if problems(held) else replace(rows, held=held)


def _filter(run: Run, node: Node, env: Env) -> RowSet:
    if isinstance(node, Call) and node.function == "KEEPFILTERS":
        return replace(_filter(run, node.args[0], env), kept=True)
    if tables.is_table(run, node, env):
        return run.table(node, env)
    return _boolean(run, node, env)


def _boolean(run: Run, node: Node, env: Env) -> RowSet:
    """``T[c] = 1`` stands for ``FILTER(ALL(T[c]), T[c] = 1)``."""
    refs = [column for ref in direct(node) if (column := run.column(ref, env)) is not None]
    columns = frozenset(refs)
    if not columns:
        return tables.unknown(env, f"filter not understood: {show(node)[:80]}")
    change = env.change.remove(columns)
    rows = RowSet(refs[0].table, tuple(dict.fromkeys(refs)), change)
    values = replace(rows, where=())
    predicate = run.row(node, replace(env, rows=(*env.rows, values)))
    if len({column.table for column in columns}) > 1:
        predicate = Unsupported("a filter over columns of several tables")
    return replace(rows, where=tables.conditions(predicate, columns))


def direct(node: Node) -> list[Ref]:
    """References outside of any aggregate, which take their value elsewhere."""
    if isinstance(node, Ref):
        return [node]
    if isinstance(node, Call):
        known = FUNCTIONS.get(node.function)
        if known is None or known.kind not in {"scalar", "information", "parent_child"}:
            return []
        if node.function == "SELECTEDVALUE":
            return []
    return [ref for child in children(node) for ref in direct(child)]


def modified(run: Run, node: Call, env: Env, change: Change) -> Change:
    """``change`` after a modifier: a filter removed, a relationship switched."""
    match node.function:
        case "USERELATIONSHIP" | "CROSSFILTER":
            return _linked(run, node, env, change)
        case "ALLEXCEPT":
            kept = _columns(run, node.args[1:], env)
            every = _columns(run, node.args[:1], env)
            return change if kept is None or every is None else _cleared(change, every - kept, node)
    columns = _columns(run, node.args, env) if node.args else run.schema.columns()
    if columns is None:
        problem = f"{node.function} of something unknown"
        return replace(change, problems=union(change.problems, [problem]))
    return change.select(columns) if node.function == "ALLSELECTED" else _cleared(change, columns, node)


def _cleared(change: Change, columns: Columns, node: Call) -> Change:
    cleared = change.remove(columns)
    if node.function == "ALLCROSSFILTERED":
        return cleared.noted("ALLCROSSFILTERED is taken as ALL")
    return cleared


def _columns(run: Run, args: tuple[Node, ...], env: Env) -> Columns | None:
    """The columns that are named: a table stands for its expanded table. None if one is unknown."""
    found: set[Column] = set()
    for arg in args:
        if isinstance(arg, Ref):
            column = run.column(arg, env)
            if column is None:
                return None
            found.add(column)
        elif isinstance(arg, TableRef | Name) and (table := run.schema.table(arg.name)) is not None:
            found |= run.schema.columns(*run.schema.expanded(table))
        else:
            return None
    return frozenset(found)


def _linked(run: Run, node: Call, env: Env, change: Change) -> Change:
    ends = [run.column(arg, env) if isinstance(arg, Ref) else None for arg in node.args[:2]]
    first, second = ends
    mode = "active" if node.function == "USERELATIONSHIP" else _DIRECTIONS.get(show(node.args[2]).upper())
    if first is None or second is None or mode is None:
        return replace(change, problems=union(change.problems, [f"{node.function} of something unknown"]))
    return replace(change, links=union(change.links, [Link(first, second, mode)]))
