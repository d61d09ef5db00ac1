"""Aggregates and iterators: the rows of which table they work on, under which filters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import NULL, Column, Expr, Literal, Unsupported, call, problems, walk
from linter.formulas.dax import chosen, filters
from linter.formulas.dax.blanks import folded
from linter.formulas.dax.choices import pieces
from linter.formulas.dax.context import Change, Condition, RowSet, union
from linter.formulas.dax.env import Binding
from linter.formulas.dax.tree import Call, Name, Node, Ref, Rows, children
from linter.formulas.dax.tree import show as shown
from linter.formulas.dax.uses import LISTED, BaseUse, Iteration, for_all_members, with_role
from linter.formulas.dax.values import among

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.formulas.dax.env import Bases, Env, Run

# DAX aggregate or iterator: aggregate of the shared language
AGGREGATES = {
    "SUM": "sum", "AVERAGE": "avg", "AVERAGEA": "avg", "MIN": "min", "MINA": "min", "MAX": "max",
    "MAXA": "max", "COUNT": "count", "COUNTA": "count", "DISTINCTCOUNT": "count_distinct",
    "DISTINCTCOUNTNOBLANK": "count_distinct", "APPROXIMATEDISTINCTCOUNT": "count_distinct",
    "MEDIAN": "median", "PERCENTILE.INC": "percentile", "PERCENTILE.EXC": "percentile",
    "STDEV.S": "stdev", "STDEV.P": "stdevp", "VAR.S": "var", "VAR.P": "varp", "GEOMEAN": "avg",
    "PRODUCT": "sum",
    "SUMX": "sum", "AVERAGEX": "avg", "MINX": "min", "MAXX": "max", "COUNTX": "count",
    "COUNTAX": "count", "MEDIANX": "median", "PERCENTILEX.INC": "percentile",
    "PERCENTILEX.EXC": "percentile", "STDEVX.S": "stdev", "STDEVX.P": "stdevp", "VARX.S": "var",
    "VARX.P": "varp", "GEOMEANX": "avg", "PRODUCTX": "sum", "CONCATENATEX": "collect", "XNPV": "sum",
    "XIRR": "sum", "RANKX": "rank",
}  # fmt: skip
NOTES = {
    "DISTINCTCOUNT": "DISTINCTCOUNT counts BLANK as a value: rows where the column is blank take part",
    "APPROXIMATEDISTINCTCOUNT": "an approximate count of distinct values",
    "GEOMEAN": "a geometric mean", "GEOMEANX": "a geometric mean",
    "PRODUCT": "a product", "PRODUCTX": "a product",
    "XNPV": "a net present value", "XIRR": "an internal rate of return",
}  # fmt: skip
Pieces = tuple[tuple[RowSet, Node], ...]
OTHER = float("inf")
"""Stands for a value that is no constant number."""


def gather(run: Run, nodes: Iterable[Node], env: Env) -> Bases:
    """The bases of all of these."""
    found: Bases = ()
    for node in nodes:
        found = union(found, run.scalar(node, env))
    return found


def base(run: Run, aggregate: str, arg: Expr | None, table: str | None, change: Change, *notes: str) -> BaseUse:
    """A base in this filter context. What of it is not understood is left out and said."""
    picking = run.schema.item_columns  # they choose calculation items, which change measures only
    change = replace(
        change,
        adds=tuple(c for c in change.adds if not (c.columns and c.columns <= picking)),
        removed=change.removed if change.removed >= run.schema.columns() else change.removed - picking,
    )
    change, lasting = chosen.resolved(run, table, change)
    change, strange = _only_found(run, table, change)
    lost = [reason for c in change.adds for reason in problems(c.predicate)]
    bad = () if arg is None else problems(arg)
    every = change.removed and change.removed >= run.schema.columns()
    return BaseUse(
        measure=run.measure,
        role="value",
        aggregate=aggregate,
        arg=None if bad else arg,
        table=table,
        adds=union([c.predicate for c in change.adds if not problems(c.predicate)], []),
        removes=() if every else run.schema.ordered(change.removed) if change.removed else None,
        reselects=_selected(run, change),
        links=change.links,
        shifts=change.shifts,
        notes=union(change.notes, notes),
        problems=union(change.problems, (*lost, *bad, *lasting, *strange)),
    )


def _only_found(run: Run, table: str | None, change: Change) -> tuple[Change, list[str]]:
    """The change with the rows of other tables that decide which of the rows counted take part, without each
    of these having such a row: as conditions, or as problems where these rows are not known.
    """
    reached = run.schema.expanded(table) if table else ()
    strange = []
    for other, columns, held in change.found_in:
        members = chosen.shared(run, columns, reached)
        if other in reached or not members:
            continue
        far = run.schema.columns(other)
        own = tuple(c for c in change.adds if not c.columns or not c.columns <= far)
        said = set() if held is None else set(walk(held))
        apart = any(c.predicate not in said for c in change.adds if c not in own)  # a filter beside that by rows
        if held is None or apart or other in run.schema.filtered_by(table or ""):
            strange.append(f"only what is found in the rows of {other} takes part")
            continue
        found = call("gt", among(members, members, held), Literal(0))
        change = replace(change, adds=union(own, [Condition(frozenset(members), found)]))
    return change, strange


def _selected(run: Run, change: Change) -> tuple[Column, ...] | None:
    if not change.selected:
        return None
    every = change.selected >= run.schema.columns()
    return () if every else run.schema.ordered(change.selected)


def rows_of(run: Run, rows: RowSet, aggregate: str, arg: Expr | None, *notes: str) -> Bases:
    """The base of an aggregate over the rows of a table expression; none over constants."""
    if rows.table is None and (rows.change.problems or rows.covers):
        lost = base(run, aggregate, arg, None, rows.inside(), *notes)
        return (replace(lost, problems=union(lost.problems, ["rows of no single table"])),)
    parts = [part for part in (rows, *rows.others) if part.table is not None]
    return tuple(base(run, aggregate, arg, part.table, part.inside(), *notes) for part in parts)


def column_aggregate(run: Run, aggregate: str, target: Node, env: Env, *notes: str) -> Bases:
    """An aggregate of one column over the rows that are visible, whatever row is being iterated."""
    column = run.column(target, env) if isinstance(target, Ref) else None
    if column is not None:
        return (base(run, aggregate, column, column.table, env.change, *notes),)
    if isinstance(target, Ref):
        return (base(run, aggregate, Unsupported(f"unknown column {shown(target)}"), env.home, env.change),)
    inside = env.under(env.change)
    rows = run.table(target, inside)
    return rows_of(run, rows, aggregate, rows.columns[0] if rows.columns else None, *notes)


def counted_rows(run: Run, rows: RowSet) -> Bases:
    """The rows of a table expression: distinct combinations where it is made of columns."""
    if rows.others:  # a product: of each table its own rows
        found: Bases = ()
        for part in (replace(rows, others=()), *rows.others):
            found = union(found, counted_rows(run, part))
        return found
    if rows.columns is None:
        return rows_of(run, rows, "count", None)
    single = rows.columns[0] if len(rows.columns) == 1 else None
    named = ", ".join(f"{c.table}[{c.name}]" for c in rows.columns)
    note = f"counts distinct combinations of {named}, BLANK as a value"
    return rows_of(run, rows, "count_distinct" if single else "count", single, note)


def counted(run: Run, node: Call, env: Env) -> Bases:
    """Rows of a table; of the measure's home table if none is given."""
    if not node.args:
        return (base(run, "count", None, run.schema.table(env.home), env.change),)
    if node.function == "CONTAINSROW" and isinstance(node.args[0], Rows):
        return gather(run, node.args[1:], env)
    table = node.args[0]
    if node.function == "COUNTROWS" and isinstance(table, Call) and table.function == "UNION":
        return gather(run, (Call("COUNTROWS", (part,)) for part in table.args), env)  # with repetitions
    rows = run.table(table, env)
    if node.function == "COUNTROWS":
        return counted_rows(run, rows)
    return rows_of(run, rows, "count", None)


def blank_rows(run: Run, target: Node, env: Env) -> Bases:
    """The rows in which a column is blank."""
    column = run.column(target, env) if isinstance(target, Ref) else None
    arg: Expr = Unsupported(f"COUNTBLANK of {shown(target)[:80]}") if column is None else column
    found = base(run, "count", arg, env.home if column is None else column.table, env.change)
    return (found if column is None else replace(found, arg=None, adds=(*found.adds, call("is_null", column))),)


def looked_up(run: Run, node: Call, env: Env) -> Bases:
    """A value found by its key: the cell's filters on that table do not work."""
    target = run.column(node.args[0], env) if isinstance(node.args[0], Ref) else None
    if target is None:
        arg = Unsupported("LOOKUPVALUE of an unknown column")
        return (base(run, "any", arg, run.schema.table(env.home), env.change),)
    change = env.change.remove(run.schema.columns(*run.schema.expanded(target.table)))
    sought = gather(run, node.args[2::2], env)
    found = base(run, "first", target, target.table, change, "one row, found by its key (LOOKUPVALUE)")
    return union((found,), with_role(sought, "condition"))


def iterated(run: Run, node: Call, env: Env) -> Bases:
    """An aggregate row by row: of the rows' own columns, of measures called on them, or both."""
    function, args = node.function, node.args
    rows = run.table(args[0], env)
    written = _written_values(run, args[0], env) if rows.table is None else ()
    if written:  # the greatest of several measures: each may be the one that is shown
        return union(written, run.scalar(args[1], env.over(rows)))
    if function == "RANKX":
        ranked = _over(run, function, rows, args[1], env)
        here = run.scalar(args[1], env) if env.rows == () else ()
        return union(ranked, union(gather(run, args[2:3], env), here))
    # where only columns of the row are asked for, the choice is part of the value itself
    chosen = pieces(run, args[1], rows, env) if run.scalar(args[1], env.over(rows)) else ()
    if len(chosen) < 2:
        return _over(run, function, rows, args[1], env)
    return _of_pieces(run, function, rows, chosen, env)


def _written_values(run: Run, node: Node, env: Env) -> Bases:
    """The bases of the numbers in a table that is written out: ``{ [a], [b] }``, ``ROW("x", [a])``."""
    match node:
        case Rows(rows):
            return gather(run, rows, env)
        case Call("ROW", args):
            return gather(run, args[1::2], env)
        case Name(name) if (binding := env.names.get(name.casefold())) is not None:
            return _written_values(run, binding.node, binding.env)
        case _:
            found: Bases = ()
            for part in children(node):
                found = union(found, _written_values(run, part, env))
            return found


def _of_pieces(run: Run, function: str, every: RowSet, chosen: Pieces, env: Env) -> Bases:
    """An iterator that takes a number, a measure, 0 or BLANK on different rows.

    The mean of numbers and noughts is a share: of the rows with either, those with a number.
    """
    found: Bases = ()
    numbers = [_number(run, value, env.over(rows)) for rows, value in chosen]
    share = AGGREGATES[function] == "avg" and 0 in numbers and OTHER not in numbers
    for (rows, value), number in zip(chosen, numbers, strict=True):
        if number == OTHER:
            found = union(found, _over(run, function, rows, value, env))
        elif number is not None and (number != 0 or AGGREGATES[function] not in {"sum", "avg"}):
            own = counted_rows(run, rows)
            found = union(found, with_role(own, "numerator") if share else own)
    if AGGREGATES[function] == "avg" and 0 in numbers:
        some = [rows for (rows, _), number in zip(chosen, numbers, strict=True) if number is not None]
        for rows in some if None in numbers else [every]:
            found = union(found, with_role(counted_rows(run, rows), "denominator"))
    return found


def _number(run: Run, value: Node, env: Env) -> float | None:
    """The number that an expression is on every row: None for BLANK, ``OTHER`` if it is no constant number."""
    if run.scalar(value, env):
        return OTHER
    made = folded(run.row(value, env))
    if made == NULL:
        return None
    return float(made.value) if isinstance(made, Literal) and isinstance(made.value, int | float) else OTHER


def _over(run: Run, function: str, rows: RowSet, value: Node, env: Env) -> Bases:
    """An iterator over rows on all of which its expression has one form."""
    aggregate = AGGREGATES[function]
    inner = env.over(_apart(rows) if aggregate in {*LISTED, "rank"} and rows.columns is not None else rows)
    notes = [NOTES[function]] if function in NOTES else []
    if rows.columns is not None and rows.table is not None:
        notes.append("over distinct values, not over rows")
    around = Iteration(aggregate, rows.table, rows.members(run.schema, shown=aggregate in LISTED))
    called = run.scalar(value, inner)
    nested = tuple(
        replace(use, iterations=(around, *use.iterations), guards=for_all_members(use.guards)) for use in called
    )
    own: Bases = ()
    if not called:
        own = rows_of(run, rows, "any" if aggregate == "rank" else aggregate, run.row(value, inner), *notes)
    else:
        # beside measures, a column of the row counts by its rows, unless it is an extreme that is shown
        beside = aggregate if aggregate in {"min", "max"} else "count"
        for column in sorted(_direct_columns(run, value, inner), key=lambda c: (c.table, c.name)):
            own = union(own, rows_of(run, rows, beside, column, *notes))
    return union(own, nested)


def _apart(rows: RowSet) -> RowSet:
    """The rows, each judged as a cell of its own: whether one is among them filters nothing then."""

    def free(env: Env) -> Env:
        own = tuple(
            replace(r, apart=True) if (r.table, r.columns) == (rows.table, rows.columns) else r for r in env.rows
        )
        return replace(env, change=replace(env.change, found_in=()), rows=own)

    computed = tuple((name, Binding(found.node, free(found.env))) for name, found in rows.computed)
    return replace(rows, apart=True, computed=computed)


def _direct_columns(run: Run, node: Node, env: Env) -> frozenset[Column]:
    """Columns that an expression takes from the row itself, beside the measures that it calls."""
    return frozenset(c for ref in filters.direct(node) if (c := run.column(ref, env)) is not None)


def position(run: Run, node: Call, env: Env) -> Bases:
    """RANK and ROWNUMBER: a place among other rows, by what they are ordered by."""
    orders = [arg for arg in node.args if isinstance(arg, Call) and arg.function == "ORDERBY"]
    found = gather(run, [part for order in orders for part in order.args], env)
    around = Iteration("rank", None, None)
    return tuple(replace(use, iterations=(around, *use.iterations)) for use in found)
