"""Numbers: division, rounding, logarithms, bins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlglot import exp

from linter.cells.dialects import Engine
from linter.cells.sql.tree import cast, func, number, paren
from linter.expressions import Column


class Numbers:
    """What every part of the writer knows, and the functions of numbers.

    Args:
        engine: the dialect.
        column: gives the SQL of a base column.
        as_of: the date that TODAY means.
        fold_case: text compares without case (Power BI); Hyper's collations do that by themselves.
    """

    def __init__(
        self, engine: Engine, column: Callable[[Column], exp.Expr], as_of: dt.date, *, fold_case: bool
    ) -> None:
        self.engine = engine
        self._column = column
        self._as_of = as_of
        self._fold_case = fold_case

    def _guarded(self, value: exp.Expr, condition: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=condition, true=value)])

    def _fn_div(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        divisor = func("nullif", cast(b, "double"), number(0))
        return exp.Div(this=cast(a, "double"), expression=divisor, typed=True, safe=False)

    def _fn_idiv(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return cast(func("trunc", self._fn_div(a, b)), "bigint")

    def _fn_mod(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return exp.Mod(this=paren(a), expression=func("nullif", b, number(0)))

    def _fn_pow(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        return func("power", cast(a, "double"), cast(b, "double"))

    def _fn_neg(self, a: exp.Expr) -> exp.Expr:
        return exp.Neg(this=paren(a))

    def _fn_round(self, a: exp.Expr, digits: exp.Expr | None = None) -> exp.Expr:
        return func("round", cast(a, "double"), number(0) if digits is None else cast(digits, "int"))

    def _fn_sqrt(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("sqrt", cast(a, "double")), exp.GTE(this=paren(a), expression=number(0)))

    def _fn_ln(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("ln", cast(a, "double")), exp.GT(this=paren(a), expression=number(0)))

    def _fn_log(self, a: exp.Expr, base: exp.Expr) -> exp.Expr:
        return self._fn_div(self._fn_ln(a), self._fn_ln(base))

    def _fn_asin(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("asin", cast(a, "double")), self._unit_range(a))

    def _fn_acos(self, a: exp.Expr) -> exp.Expr:
        return self._guarded(func("acos", cast(a, "double")), self._unit_range(a))

    @staticmethod
    def _unit_range(a: exp.Expr) -> exp.Expr:
        return exp.Between(this=paren(a), low=number(-1), high=number(1))

    def _fn_bin(self, a: exp.Expr, size: exp.Expr, peg: exp.Expr | None = None) -> exp.Expr:
        start = peg or number(0)
        step = func("floor", self._fn_div(exp.Sub(this=paren(a), expression=paren(start)), size))
        return exp.Add(this=exp.Mul(this=step, expression=paren(size)), expression=paren(start))
