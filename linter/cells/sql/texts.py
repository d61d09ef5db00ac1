"""Text: parts, positions, patterns."""

from __future__ import annotations

import re

from sqlglot import exp

from linter.cells.sql.numbers import Numbers
from linter.cells.sql.tree import NotExpressible, cast, func, number, paren


class Texts(Numbers):
    """The functions of text; positions count from 1."""

    def _at_least(self, least: int, n: exp.Expr) -> exp.Expr:
        """A position or length; null stays null, which GREATEST would lose."""
        low = exp.If(this=exp.LT(this=paren(n), expression=number(least)), true=number(least))
        return cast(exp.Case(ifs=[low], default=n.copy()), "int")

    def _fn_left(self, a: exp.Expr, n: exp.Expr) -> exp.Expr:
        return func("left", a, self._at_least(0, n))

    def _fn_right(self, a: exp.Expr, n: exp.Expr) -> exp.Expr:
        return func("right", a, self._at_least(0, n))

    def _fn_mid(self, a: exp.Expr, start: exp.Expr, n: exp.Expr | None = None) -> exp.Expr:
        return func("substr", a, self._at_least(1, start), *([self._at_least(0, n)] if n is not None else []))

    def _fn_find(self, a: exp.Expr, b: exp.Expr, start: exp.Expr | None = None) -> exp.Expr:
        if start is None:
            return func("strpos", a, b)
        found = func("strpos", self._fn_mid(a, start), b)
        before = exp.Sub(this=self._at_least(1, start), expression=number(1))
        moved = exp.Add(this=found.copy(), expression=exp.Paren(this=before))
        none = exp.If(this=exp.EQ(this=found, expression=number(0)), true=number(0))
        return exp.Case(ifs=[none], default=moved)

    def _fn_contains(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.GT(this=func("strpos", a, b), expression=number(0)))

    def _fn_starts_with(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.EQ(this=func("left", a, cast(func("length", b), "int")), expression=paren(b.copy())))

    def _fn_ends_with(self, a: exp.Expr, b: exp.Expr) -> exp.Expr:
        if self._fold_case:
            a, b = func("lower", a), func("lower", b)
        return exp.Paren(this=exp.EQ(this=func("right", a, cast(func("length", b), "int")), expression=paren(b.copy())))

    def _fn_split(self, a: exp.Expr, delimiter: exp.Expr, n: exp.Expr) -> exp.Expr:
        """From the end where n is negative; null for part 0 and for an empty delimiter."""
        place = func("nullif", cast(n, "int"), number(0))
        return func("split_part", a, func("nullif", delimiter, exp.Literal.string("")), place)

    def _fn_trim(self, a: exp.Expr) -> exp.Expr:
        return func("ltrim", func("rtrim", a))

    def _fn_ltrim(self, a: exp.Expr) -> exp.Expr:
        return func("ltrim", a)

    def _fn_rtrim(self, a: exp.Expr) -> exp.Expr:
        return func("rtrim", a)

    def _fn_space(self, n: exp.Expr) -> exp.Expr:
        return func("repeat", exp.Literal.string(" "), self._at_least(0, n))

    def _fn_char(self, a: exp.Expr) -> exp.Expr:
        return func("chr", cast(a, "int"))

    def _fn_proper(self, a: exp.Expr) -> exp.Expr:
        if self.engine == "duckdb":
            raise NotExpressible("PROPER is not evaluated")
        return func("initcap", a)

    def _fn_regex_match(self, a: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        return func("regexp_like" if self.engine == "hyper" else "regexp_matches", a, pattern)

    def _fn_regex_extract(self, a: exp.Expr, pattern: exp.Expr, group: exp.Expr | None = None) -> exp.Expr:
        """The group (the first if none is named) of the first match; null without a match."""
        place = cast(group or number(1), "int")
        if self.engine == "hyper":
            return func("regexp_substr", a, pattern, number(1), number(1), exp.Literal.string("c"), place)
        if not (isinstance(group, exp.Literal) or group is None):
            raise NotExpressible("a regular expression's group that is not a constant")
        found = func("regexp_extract", a, pattern, group or number(1))
        return self._guarded(found, self._fn_regex_match(a.copy(), pattern.copy()))

    def _fn_regex_replace(self, a: exp.Expr, pattern: exp.Expr, by: exp.Expr) -> exp.Expr:
        """The tools write a group with a dollar sign, the engines with a backslash."""
        if not isinstance(by, exp.Literal) or "\\" in str(by.this):
            raise NotExpressible("a replacement that is not a constant without backslashes")
        replacement = exp.Literal.string(re.sub(r"\$(?=[0-9])", r"\\", str(by.this)))
        return func("regexp_replace", a, pattern, replacement, exp.Literal.string("g"))
