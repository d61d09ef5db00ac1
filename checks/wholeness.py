"""Whether an expression over a field that identifies persons leaves it whole: then it identifies them still."""

from __future__ import annotations

from collections.abc import Iterator

from linter.expressions import Call, Case, Column, Expr, Literal

_KEEP_TEXT = frozenset(
    {"concat", "upper", "lower", "proper", "trim", "ltrim", "rtrim", "replace", "to_text", "coalesce", "null_if"}
)
"""Functions that leave a text readable as what it was."""


def kept(expr: Expr) -> Iterator[Column]:
    """Columns whose text is in the result unabridged."""
    if isinstance(expr, Column):
        yield expr
    elif isinstance(expr, Case):
        results = [result for _, result in expr.whens] + ([expr.otherwise] if expr.otherwise is not None else [])
        yield from (column for result in results for column in kept(result))
    elif isinstance(expr, Call) and expr.function in _KEEP_TEXT:
        yield from (column for arg in expr.args for column in kept(arg))


def to_the_day(expr: Expr) -> bool:
    """Whether a grouping is a date cut off at the day, not something computed from one."""
    if not isinstance(expr, Call) or not expr.args or not isinstance(expr.args[-1], Column):
        return False
    cut = isinstance(expr.args[0], Literal) and expr.args[0].value in {"day", "hour", "minute", "second"}
    return expr.function == "year_month_day" or (expr.function == "date_trunc" and cut)
