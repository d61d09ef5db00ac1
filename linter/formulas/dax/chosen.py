"""Filters whose values were chosen under other filters: they last when those filters are removed further inside.

``CALCULATE(x, VALUES(T[c]), ALL())`` counts the rows with one of the values of ``c`` that the cell shows, and a
table filter leaves the combinations of its columns that its rows have. As long as all filters under which they
were chosen still work, such filters leave all rows that the others leave, so nothing is to be said.
Sources: https://learn.microsoft.com/dax/calculate-function-dax, https://dax.guide/st/filter-context
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Call, Column, Expr, Fixed, Literal, Unsupported, any_of, call, problems
from linter.formulas.dax import aggregates, sets
from linter.formulas.dax import rows as single_rows
from linter.formulas.dax.context import Condition, union
from linter.formulas.dax.values import PER, among

if TYPE_CHECKING:
    from linter.formulas.dax.context import Change, Chosen, Columns, RowSet
    from linter.formulas.dax.env import Run

MOST = 4
"""Most filters that are told anew for one base: each may rest on others, so that their number doubles."""
_STRICT = frozenset({"eq", "lt", "le", "gt", "ge", "in"})  # not true of null


def resolved(run: Run, table: str | None, change: Change) -> tuple[Change, list[str]]:
    """The change for rows of a table with lasting filters as conditions, and those that have no such form."""
    near = run.schema.expanded(table) if table else ()
    flowing = run.schema.columns(*run.schema.filtered_by(table)) if table else frozenset()
    made, strange = change, list[str]()
    lasting = [one for one in change.chosen if one.columns & flowing and not _implied(run, one, change)]
    if len(lasting) > MOST:
        return change, ["many filters were chosen under other filters"]
    for one in lasting:
        home = one.rows.table or ""
        if _switched(run, one, change):
            strange.append(f"a filter by {home!r} was chosen along other relationships")
        elif one.whole and home == table and _tells_rows(run, one):
            made = made.meet(one.rows.inside())
        elif home in near:
            made, problem = _among(run, one, near, made)
            strange += problem
        elif not one.columns & run.schema.columns(*near):  # otherwise it is among those found in other tables
            strange.append(f"a filter by {home!r} was chosen under other filters")
    return made, strange


def shared(run: Run, wanted: Columns, reached: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns near the rows counted that tell combinations apart: of a whole table its key."""
    found: tuple[Column, ...] = ()
    for table in reached:
        own, key = run.schema.columns(table) & wanted, run.schema.key_of(table)
        found = union(found, key if key and set(key) <= own else run.schema.ordered(own))
    return found


def _implied(run: Run, one: Chosen, change: Change) -> bool:
    """Whether every filter under which the values were chosen still works."""
    inner = one.rows.inside()
    behind = run.schema.columns(*run.schema.filtered_by(one.rows.table or ""))
    lost = (change.removed - inner.removed) | (change.selected - inner.selected - inner.removed)
    still = all(
        part in now
        for part_of, now in ((inner.adds, change.adds), (inner.shifts, change.shifts), (inner.chosen, change.chosen))
        for part in part_of
    )
    return still and not lost & behind and not _switched(run, one, change)


def _switched(run: Run, one: Chosen, change: Change) -> bool:
    """Whether relationships along which the values were chosen are others now."""
    behind = run.schema.filtered_by(one.rows.table or "")
    return any(
        link.first.table in behind and link.second.table in behind
        for link in {*one.rows.change.links} ^ {*change.links}
    )


def _tells_rows(run: Run, one: Chosen) -> bool:
    """Whether what is left of a table filter is true of its own rows only (or of others that are quite the same)."""
    home = one.rows.table or ""
    key = run.schema.key_of(home)
    return run.schema.columns(home) <= one.columns or (key is not None and set(key) <= one.columns)


def _among(run: Run, one: Chosen, near: tuple[str, ...], change: Change) -> tuple[Change, list[str]]:
    """The change with the condition that a row's values are among those chosen."""
    home = one.rows.table or ""
    members = shared(run, one.columns, near) if one.whole else run.schema.ordered(one.columns)
    if not {c.table for c in members} <= set(near):
        return change, [f"a filter by {home!r} is on columns of several tables"]
    # what the filter says of its own columns stands among the conditions already
    rows = replace(one.rows, where=tuple(c for c in one.rows.where if c not in change.adds))
    if rows.where not in one.held:
        one.held[rows.where] = sets.some_row(run, rows)
    if problems(one.held[rows.where]):
        return change, [f"a filter by {home!r} was chosen under filters that can't be told of it"]
    held: Expr = call("gt", among(members, members, one.held[rows.where]), Literal(0))
    if not one.whole and home != near[0] and not _leaves_out_blank(run, home, change):
        held = any_of(held, call("gt", Fixed((PER, *members), _blank_row(run, rows, near)), Literal(0)))
    if problems(held):
        return change, [f"a filter by {home!r} was chosen under other filters: {problems(held)[0]}"]
    return change.add(Condition(frozenset(members), held)), []


def _blank_row(run: Run, chosen: RowSet, near: tuple[str, ...]) -> Expr:
    """1 in cells where the blank row of a table is visible that rows counted refer to, null elsewhere.

    It is there under the filters on that table's side, if some row refers to none of its rows.
    """
    home, one = chosen.table or "", run.schema.row_of(near[0])
    key = run.schema.key_of(home)
    if one is None or key is None:
        return Unsupported("a table without a key")
    beyond = run.schema.columns() - run.schema.columns(*run.schema.filtered_by(home))
    change = chosen.inside().remove(beyond).add(Condition(frozenset(key), call("is_null", key[0])))
    use = aggregates.base(run, "max", one, near[0], change)
    if use.problems or use.links or use.shifts:
        return Unsupported((*use.problems, "rows of another position or relationship")[0])
    return single_rows.changed_aggregate(run, use, one, run.schema.filtered_by(near[0]))


def _leaves_out_blank(run: Run, table: str, change: Change) -> bool:
    """Whether some condition is never true of rows that refer to no row of a table."""
    own = run.schema.columns(*run.schema.expanded(table))
    return any(_strict(c.predicate, own) for c in change.adds)


def _strict(predicate: Expr, own: Columns) -> bool:
    """Whether a condition is a comparison of one of these columns with constants."""
    if not isinstance(predicate, Call) or predicate.function not in _STRICT:
        return False
    first, *rest = predicate.args
    return first in own and all(isinstance(x, Literal) and x.value is not None for x in rest)
