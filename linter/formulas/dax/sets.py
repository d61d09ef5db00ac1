"""Tables made of other tables' values: TREATAS, UNION, INTERSECT, EXCEPT and natural joins.

Whether a row's values are among those of another table is a value of the cell: one for each combination
that the other table shows there (see ``values.among``).
Source: https://learn.microsoft.com/dax/table-manipulation-functions-dax
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Literal, Unsupported, all_of, any_of, call, problems
from linter.formulas.dax import aggregates, blanks, tables
from linter.formulas.dax import rows as single_rows
from linter.formulas.dax.context import Condition, RowSet
from linter.formulas.dax.tree import Call, Name, Node, Ref, Rows, Text, Tuple, show
from linter.formulas.dax.values import among

if TYPE_CHECKING:
    from linter.expressions import Column, Expr
    from linter.formulas.dax.env import Env, Run

Columns = tuple["Column", ...]


def treated(run: Run, args: tuple[Node, ...], env: Env) -> RowSet:
    """TREATAS: the values of one table as a filter on other columns, whatever was filtered there."""
    found = [run.column(arg, env) if isinstance(arg, Ref) else None for arg in args[1:]]
    targets = tuple(column for column in found if column is not None)
    if len(targets) < len(found):
        return tables.unknown(env, "TREATAS on an unknown column")
    rows = RowSet(targets[0].table, targets, env.change.remove(frozenset(targets)))
    held = _held(run, args[0], env, targets)
    if problems(held):
        held = Unsupported(f"TREATAS from {show(args[0])[:80]}: {problems(held)[0]}")
    return replace(rows, where=(Condition(frozenset(targets), held),))


def combined(run: Run, node: Call, env: Env) -> RowSet:
    """UNION, INTERSECT and EXCEPT: rows of the first table by whether the others have their values."""
    parts = [run.table(arg, env) for arg in node.args]
    if all(part.table is None for part in parts):  # values that are written out filter nothing
        known = [part.constants for part in parts]
        if node.function != "UNION" or None in known:
            return replace(parts[0], constants=None)
        return replace(parts[0], constants=tuple(value for values in known for value in values or ()))
    first = parts[0]
    columns = _identity(run, first, node.args[0], env)
    if first.table is None or columns is None:
        return _lost(run, node, parts)
    if node.function == "UNION":
        if any(_identity(run, part, arg, env) != columns for part, arg in zip(parts, node.args, strict=True)):
            return _lost(run, node, parts)  # columns of several origins are no longer anybody's
        every = replace(first, where=(), change=env.change.remove(frozenset(columns)), seen=False)
        held = any_of(*(_held(run, arg, env, columns) for arg in node.args))
        return replace(every, where=(Condition(first.coverage(run.schema), held),))
    held = _held(run, node.args[1], env, columns)
    if node.function == "EXCEPT":
        held = blanks.none_of(held)
    return replace(first, where=(*first.where, Condition(first.coverage(run.schema), held)))


def joined(run: Run, node: Call, env: Env) -> RowSet:
    """NATURALINNERJOIN and NATURALLEFTOUTERJOIN of two tables that are related many to one."""
    first, second = (run.table(arg, env) for arg in node.args)
    inner = node.function == "NATURALINNERJOIN"
    for many, one in ((first, second), (second, first)) if inner else ((first, second),):
        link = next(
            (x for x in run.schema.relationships
             if x.active and x.unique and (x.many.table, x.one.table) == (many.table, one.table)), None,
        )  # fmt: skip
        plain = many.columns is None and one.columns is None and not (many.others or one.others)
        if link is not None and plain and many.change == one.change and (inner or not one.where):
            met = call("not", call("is_null", link.one))
            where = (*many.where, *one.where, *((Condition(frozenset({link.one}), met),) if inner else ()))
            return replace(many, where=where, computed=(*many.computed, *one.computed))
    return _lost(run, node, [first, second])


def _lost(run: Run, node: Call, parts: list[RowSet]) -> RowSet:
    """Whose rows they are is known, which of them is not."""
    first = next(part for part in parts if part.table is not None)
    lost = Condition(first.coverage(run.schema), Unsupported(f"{node.function} of tables"))
    worst = first if node.function != "UNION" else replace(first, where=())
    return replace(worst, where=(*worst.where, lost))


def _held(run: Run, node: Node, env: Env, targets: Columns) -> Expr:
    """Whether a row's ``targets`` are among the rows of a table expression, column by column."""
    rows = run.table(node, env)
    if rows.table is None:
        return _written_out(run, rows, node, env, targets)
    sources = _identity(run, rows, node, env)
    if sources is None or len(sources) != len(targets):
        return Unsupported("a table without as many known columns")
    found = some_row(run, rows)
    return found if problems(found) else call("gt", among(targets, sources, found), Literal(0))


def _written_out(run: Run, rows: RowSet, node: Node, env: Env, targets: Columns) -> Expr:
    """Whether a row's values are among those of a table constructor."""
    if rows.constants is not None and len(targets) == 1:
        return blanks.member(targets[0], rows.constants)
    while isinstance(node, Name) and (binding := env.names.get(node.name.casefold())) is not None:
        node, env = binding.node, binding.env
    lines = [line.items for line in node.rows if isinstance(line, Tuple)] if isinstance(node, Rows) else []
    if not isinstance(node, Rows) or len(lines) < len(node.rows) or any(len(line) != len(targets) for line in lines):
        return Unsupported("values that are not written out")
    same = [
        all_of(*(call("null_safe_eq", c, run.row(item, env)) for c, item in zip(targets, line, strict=True)))
        for line in lines
    ]
    return any_of(*same)


def _identity(run: Run, rows: RowSet, node: Node, env: Env) -> Columns | None:
    """The columns of a table expression in their order; of whole rows what tells them apart. None if not known."""
    while isinstance(node, Name) and (binding := env.names.get(node.name.casefold())) is not None:
        node, env = binding.node, binding.env
    if rows.others:
        return None
    if isinstance(node, Call) and node.function == "SELECTCOLUMNS":
        values = [arg for arg in node.args[1:] if not isinstance(arg, Text)]
        inner = env.over(replace(rows, computed=()))
        named = [run.column(value, inner) if isinstance(value, Ref) else None for value in values]
        chosen = tuple(column for column in named if column is not None)
        return chosen if len(chosen) == len(named) else None
    if rows.computed:
        return None
    if rows.columns is None:
        return run.schema.key_of(rows.table or "")
    return rows.columns


def some_row(run: Run, rows: RowSet) -> Expr:
    """1 in cells where a table expression has a row, null elsewhere."""
    one = run.schema.row_of(rows.table) if rows.table else None
    if one is None:
        return Unsupported("rows of no single table")
    use = aggregates.base(run, "max", one, rows.table, rows.inside())
    if use.problems or use.links or use.shifts:
        return Unsupported((*use.problems, "rows of another position or relationship")[0])
    return single_rows.changed_aggregate(run, use, one, run.schema.filtered_by(use.table or ""))
