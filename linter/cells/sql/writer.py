"""The writer: which function belongs where, comparison, aggregates."""

from __future__ import annotations

from sqlglot import exp

from linter.cells.sql.dates import Dates
from linter.cells.sql.tree import OPERATORS, NotExpressible, cast, func, literal, operator, paren
from linter.expressions import (
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
)

_PLAIN = {  # functions of the same name and meaning in both engines
    "abs": "abs", "floor": "floor", "ceiling": "ceil", "sign": "sign", "exp": "exp", "sin": "sin",
    "cos": "cos", "tan": "tan", "atan": "atan", "atan2": "atan2",
    "cot": "cot", "radians": "radians", "degrees": "degrees", "pi": "pi", "upper": "upper",
    "lower": "lower", "length": "length", "replace": "replace", "ascii": "ascii",
    "coalesce": "coalesce", "null_if": "nullif",
}  # fmt: skip
_FLOATING = frozenset({"exp", "sin", "cos", "tan", "atan", "atan2", "cot", "radians", "degrees"})
_AGGREGATES = {
    "sum": "sum", "avg": "avg", "min": "min", "max": "max", "stdev": "stddev_samp", "stdevp": "stddev_pop",
    "var": "var_samp", "varp": "var_pop",
}  # fmt: skip


class SqlWriter(Dates):
    """Writes neutral expressions for one engine."""

    def write(self, expr: Expr) -> exp.Expr:
        """The SQL tree of an expression.

        Raises:
            NotExpressible: something in it has no SQL form.
        """
        match expr:
            case Column():
                return self._column(expr)
            case Literal(value):
                return literal(value)
            case Call(function, args):
                return self._call(function, args)
            case Case(whens, otherwise):
                branches = [exp.If(this=self.write(c), true=self.write(v)) for c, v in whens]
                return exp.Case(ifs=branches, default=None if otherwise is None else self.write(otherwise))
            case Aggregate(function, arg):
                return self._aggregate(function, arg)
            case Fixed() | TopMembers():
                raise NotExpressible("a level of detail or top-N inside another one")
            case Unsupported(reason):
                raise NotExpressible(reason)

    def _call(self, function: str, args: tuple[Expr, ...]) -> exp.Expr:
        if function in {"eq", "ne", "in", "null_safe_eq", "lt", "le", "gt", "ge"}:
            return self._comparison(function, args)
        if function.startswith("date_") or function in {"year_month", "year_month_day"}:
            return self._date(function, args)
        written = [self.write(a) for a in args]
        if function in OPERATORS:
            return operator(function, *written)
        if function in _PLAIN:
            if function in _FLOATING:
                written = [cast(w, "double") for w in written]
            return func(_PLAIN[function], *written)
        method = getattr(self, f"_fn_{function}", None)
        if method is None:
            raise NotExpressible(f"function {function} is not evaluated")
        result: exp.Expr = method(*written)
        return result

    # -- comparison ------------------------------------------------------------------------------

    def _comparison(self, function: str, args: tuple[Expr, ...]) -> exp.Expr:
        fold = self._fold_case and any(isinstance(a, Literal) and isinstance(a.value, str) for a in args)
        written = [
            func("lower", cast(self.write(a), "text")) if fold and a != Literal(None) else self.write(a) for a in args
        ]
        if function != "in":
            return operator(function, *written)
        tested, members = written[0], [w for w in written[1:] if not isinstance(w, exp.Null)]
        has_null = len(members) < len(written) - 1
        null_test: exp.Expr = exp.Is(this=paren(tested), expression=exp.null())
        if not members:
            return null_test if has_null else exp.false()
        found = exp.In(this=paren(tested), expressions=members)
        # A null is never in a list: make the answer two-valued, so that NOT IN keeps or drops it on purpose.
        known = exp.And(this=exp.Not(this=exp.Paren(this=null_test.copy())), expression=found)
        return exp.Paren(this=exp.Or(this=null_test, expression=known) if has_null else known)

    def _fn_and(self, *parts: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.and_(*parts))

    def _fn_or(self, *parts: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.or_(*parts))

    def _fn_not(self, part: exp.Expr) -> exp.Expr:
        return exp.Not(this=paren(part))

    def _fn_is_null(self, part: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.Is(this=paren(part), expression=exp.null()))

    def _fn_greatest(self, *parts: exp.Expr) -> exp.Expr:
        return self._extreme("greatest", parts)

    def _fn_least(self, *parts: exp.Expr) -> exp.Expr:
        return self._extreme("least", parts)

    def _extreme(self, name: str, parts: tuple[exp.Expr, ...]) -> exp.Expr:
        """The engines leave nulls out; null in gives null out here."""
        tests = [exp.Is(this=paren(p.copy()), expression=exp.null()) for p in parts]
        return exp.Case(ifs=[exp.If(this=exp.or_(*tests), true=exp.null())], default=func(name, *parts))

    # -- aggregates ------------------------------------------------------------------------------

    def _aggregate(self, function: str, arg: Expr | None) -> exp.Expr:
        if arg is None:
            return exp.Count(this=exp.Star())
        value = self.write(arg)
        if function == "count":
            return exp.Count(this=value)
        if function == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        if function == "any":
            low, high = func("min", value), func("max", value.copy())
            return exp.Case(ifs=[exp.If(this=exp.EQ(this=low, expression=high), true=func("min", value.copy()))])
        if function == "median":
            return func("median", cast(value, "double"))
        if function in _AGGREGATES:
            return func(_AGGREGATES[function], value)
        raise NotExpressible(f"aggregate {function} is not evaluated")
