"""LASTNONBLANK and FIRSTNONBLANK: the last value of a column for which a number has rows behind it.

Source: https://learn.microsoft.com/dax/lastnonblank-function-dax
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import call, problems
from linter.formulas.dax import filters
from linter.formulas.dax import rows as single_rows
from linter.formulas.dax.context import RowSet, union
from linter.formulas.dax.tree import Call, Number, Ref
from linter.formulas.dax.values import of_rows

if TYPE_CHECKING:
    from linter.expressions import Column, Expr
    from linter.formulas.dax.env import Env, Run
    from linter.formulas.dax.uses import BaseUse


def found(run: Run, node: Call, env: Env) -> tuple[Column, Expr] | None:
    """The column and its last (first) value in the cell that has a number; None where that has no such form.

    Understood is a number that is one aggregate over rows that refer to the column: it is BLANK where
    there is none of these.
    """
    given, expression = node.args
    column = run.column(given, env) if isinstance(given, Ref) else None
    if column is None or not isinstance(given, Ref):
        return None
    context = env.under(filters.transition(run, env))
    function = "max" if node.function.startswith("LAST") else "min"
    if isinstance(expression, Number) and expression.value:
        value = run.row(Call(function.upper(), (given,)), context)
        return None if problems(value) else (column, value)
    if not isinstance(expression, Ref) and not (isinstance(expression, Call) and expression.function == "CALCULATE"):
        return None  # its value is that of the cell, whatever the column
    uses = run.scalar(expression, context.over(RowSet(column.table, (column,), context.change)))
    if len(uses) != 1 or not _depends(run, uses[0], column):
        return None
    use = replace(uses[0], aggregate=function, adds=union(uses[0].adds, _counted(uses[0])))
    value = single_rows.changed_aggregate(run, use, column, run.schema.filtered_by(use.table or ""))
    return None if problems(value) else (column, of_rows(use.table or "", value))


def _depends(run: Run, use: BaseUse, column: Column) -> bool:
    """Whether a base is nothing but rows that refer to the column, those of each value by themselves."""
    strange = use.problems or use.iterations or use.links or use.shifts or use.guards or use.reselects is not None
    freed = use.removes is not None and (use.removes == () or column in use.removes)
    return not (strange or freed) and column.table in run.schema.expanded(use.table or "")


def _counted(use: BaseUse) -> tuple[Expr, ...]:
    """That the value isn't null; a distinct count has null for a value."""
    with_blank = use.aggregate == "count_distinct" and any("BLANK" in note for note in use.notes)
    return () if use.arg is None or with_blank else (call("not", call("is_null", use.arg)),)
