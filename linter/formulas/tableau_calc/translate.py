"""From the tree of a calculation to the tool-neutral expression language.

What has no neutral meaning (table calculations, what depends on the view or on who looks, raw SQL,
unknown functions) becomes ``Unsupported`` in its place, with the reason; nothing is dropped or
guessed. Flags tell the kinds apart, so that a measure's bases can still be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from linter.expressions import (
    NULL,
    Aggregate,
    Call,
    Case,
    Column,
    Expr,
    Fixed,
    Unsupported,
    call,
    children,
    columns,
)
from linter.expressions import Literal as Value
from linter.formulas.tableau_calc import operators
from linter.formulas.tableau_calc.calls import Locale, result_type, row_function
from linter.formulas.tableau_calc.dates import read_date
from linter.formulas.tableau_calc.functions import FUNCTIONS, Function, Type
from linter.formulas.tableau_calc.tree import (
    Among,
    Binary,
    CaseOf,
    Constant,
    DateConstant,
    FieldRef,
    FunctionCall,
    If,
    LevelOfDetail,
    Logic,
    Membership,
    Node,
    Unary,
    references,
)
from linter.formulas.tableau_calc.typed import Level, Typed, apply, combine, common_type, unsupported

MAX_SIZE = 50_000
MAX_DEPTH = 300
"""Bounds of one translated expression, nested calculations included: a dozen lines of calculations
that each name the one before twice would otherwise grow without end."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name in a formula stands for.

    ``aggregated``: it has one value per mark, it can't be used per row. ``constant``: it is the same
    everywhere (a parameter). ``understood``: no part of it is Unsupported. The other flags are those
    of ``Translated``.
    """

    expr: Expr
    type: Type = "unknown"
    aggregated: bool = False
    constant: bool = False
    understood: bool = True
    table_calc: bool = False
    user_dependent: bool = False
    view_lod: bool = False


@dataclass(frozen=True, slots=True)
class Translated(Resolved):
    """A translated calculation, itself usable as what a name stands for.

    Its ``expr`` may hold ``Unsupported`` parts (``linter.expressions.problems`` lists them).
    ``table_calc``: it has a table calculation, computed on the marks of a view; ``user_dependent``:
    it depends on who looks; ``view_lod``: it has an INCLUDE or EXCLUDE. ``references``: the fields
    named at this level, as (source or None, name); lineage through Unsupported parts rests on them.
    """

    references: tuple[tuple[str | None, str], ...] = ()


class Resolver(Protocol):
    """Knows the fields of a workbook."""

    def resolve(self, name: str, source: str | None) -> Resolved | None:
        """What ``[name]`` or ``[source].[name]`` stands for; None if there is no such field.

        A table (``COUNT([Orders])``) stands for a constant that is never null.
        """


def translate(node: Node, resolver: Resolver, locale: Locale | None = None) -> Translated:
    """Give a calculation its neutral meaning.

    Args:
        node: the parsed formula.
        resolver: what its names stand for.
        locale: first day of the week and order of days and months.
    """
    translator = _Translator(resolver, locale or Locale())
    typed = translator.node(node)
    if not within_bounds(typed.expr):
        typed = unsupported("the calculation with all it refers to is too large", typed.type, typed.level)
    return Translated(
        typed.expr,
        typed.type,
        aggregated=typed.level == "aggregate",
        constant=typed.level == "constant",
        understood=not typed.poisoned,
        table_calc=translator.table_calc,
        user_dependent=translator.user_dependent,
        view_lod=translator.view_lod,
        references=references(node),
    )


def within_bounds(expr: Expr) -> bool:
    """Whether an expression is small enough to be walked; looks at no more than ``MAX_SIZE`` parts."""
    seen, stack = 0, [(expr, 1)]
    while stack:
        part, level = stack.pop()
        seen += 1
        if seen > MAX_SIZE or level > MAX_DEPTH:
            return False
        stack.extend((child, level + 1) for child in children(part))
    return True


class _Translator:
    """One walk over one formula; the flags are what it met on its way."""

    def __init__(self, resolver: Resolver, locale: Locale) -> None:
        self._resolver = resolver
        self._locale = locale
        self._in_level_of_detail = False
        self.table_calc = False
        self.user_dependent = False
        self.view_lod = False

    def node(self, node: Node) -> Typed:
        match node:
            case Constant() | DateConstant():
                return self._constant(node)
            case FieldRef():
                return self._field(node)
            case Binary(op=op, left=left, right=right):
                return operators.binary(op, self.node(left), self.node(right))
            case Unary(op="-", operand=operand):
                return operators.negate(self.node(operand))
            case Unary(operand=operand):
                return apply("not", "boolean", self.node(operand))
            case Logic(op=op, operands=operands):
                return apply(op.lower(), "boolean", *map(self.node, operands))
            case Membership(operand=operand, among=among):
                return self._among(self.node(operand), among)
            case Among():  # the parser puts it nowhere but after an operand
                return unsupported("IN without a value before it")
            case If(branches=branches, otherwise=otherwise):
                whens = [(self.node(test), self.node(then)) for test, then in branches]
                return self._case(whens, otherwise)
            case CaseOf():
                return self._case_of(node)
            case FunctionCall():
                return self._call(node)
            case LevelOfDetail():
                return self._level_of_detail(node)

    def _constant(self, node: Constant | DateConstant) -> Typed:
        if isinstance(node, DateConstant):
            day = read_date(node.text, day_first=self._locale.day_first)
            if day is None:
                return unsupported("a date literal whose order of day, month and year isn't certain", "date")
            return Typed(Value(day), "datetime" if hasattr(day, "hour") else "date")
        types: dict[type, Type] = {str: "text", bool: "boolean", int: "integer", float: "real"}
        return Typed(Value(node.value), types.get(type(node.value), "unknown"))

    def _field(self, node: FieldRef) -> Typed:
        found = self._resolver.resolve(node.name, node.source)
        if found is None:
            return unsupported(f"there is no field [{node.name}]")
        self.table_calc |= found.table_calc
        self.user_dependent |= found.user_dependent
        self.view_lod |= found.view_lod
        poisoned = not found.understood or isinstance(found.expr, Unsupported)
        constant = found.constant or isinstance(found.expr, Value | Unsupported)
        level: Level = "aggregate" if found.aggregated else "constant" if constant else "row"
        return Typed(found.expr, found.type, level, poisoned)

    def _among(self, operand: Typed, among: Among) -> Typed:
        members = [self.node(member) for member in among.members]
        if not among.listed:
            return self._in_set(operand, members[0])
        if any(member.is_null for member in members):
            return unsupported("NULL in a list after IN", "boolean")
        return combine(
            Call("in", (operand.expr, *(member.expr for member in members))), "boolean", (operand, *members)
        )

    def _in_set(self, operand: Typed, chosen: Typed) -> Typed:
        """``[Field] IN [Set]`` is the set itself when the set is one of that field's own values."""
        if chosen.type == "boolean" and isinstance(operand.expr, Column):
            if columns(chosen.expr) == {operand.expr}:
                return chosen
            return unsupported("IN with a set of another field", "boolean")
        return unsupported("IN with a field that is no set", "boolean")

    def _case_of(self, node: CaseOf) -> Typed:
        subject = self.node(node.subject)
        whens = []
        for wanted, then in node.whens:
            if isinstance(wanted, Among):
                test = self._among(subject, wanted)
            else:
                test = operators.compare("=", subject, self.node(wanted))
            whens.append((test, self.node(then)))
        return self._case(whens, node.otherwise)

    def _case(self, whens: list[tuple[Typed, Typed]], otherwise: Node | None) -> Typed:
        last = None if otherwise is None else self.node(otherwise)
        results = [then for _, then in whens] + ([] if last is None else [last])
        expr = Case(
            tuple((test.expr, then.expr) for test, then in whens), None if last is None else last.expr
        )
        return combine(expr, common_type(results), [test for test, _ in whens] + results)

    def _call(self, node: FunctionCall) -> Typed:
        args = tuple(self.node(arg) for arg in node.args)
        function = FUNCTIONS.get(node.name)
        if function is None:
            return unsupported(f"{node.name[:60]} is not a function of Tableau")
        kind = result_type(function, args)
        if not function.takes(len(args)):
            return unsupported(f"{node.name} with {len(args)} arguments", kind)
        match function.kind:
            case "row":
                return row_function(function, args, self._locale)
            case "aggregate" if function.name in {"MAX", "MIN"} and len(args) > 1:
                greatest = "greatest" if function.name == "MAX" else "least"
                return apply(greatest, common_type(args), *args)
            case "aggregate":
                return self._aggregate(function, args, kind)
        return self._without_meaning(function, args, kind)

    def _aggregate(self, function: Function, args: tuple[Typed, ...], kind: Type) -> Typed:
        if any(arg.level == "aggregate" for arg in args):
            return unsupported(f"{function.name} of an aggregated value", kind, "aggregate")
        assert function.neutral is not None, function.name  # noqa: S101 - a fault of the table
        if len(args) == 1:
            return Typed(Aggregate(function.neutral, args[0].expr), kind, "aggregate", args[0].poisoned)
        if self._in_level_of_detail:
            return unsupported(f"{function.name} can't be computed here", kind, "aggregate")
        arg = args[0].expr
        if function.name != "PERCENTILE":
            # Null exactly where either of the two is: its non-null rows are the contributors.
            arg = Case(((call("not", call("is_null", args[1].expr)), arg),))
        poisoned = any(arg.poisoned for arg in args)
        return Typed(Aggregate(function.neutral, arg), kind, "aggregate", poisoned)

    def _without_meaning(self, function: Function, args: tuple[Typed, ...], kind: Type) -> Typed:
        name = function.name
        match function.kind:
            case "table_calc" | "script" | "model":
                self.table_calc = True
                return unsupported(f"{name} is computed on the marks of a view", kind, "aggregate")
            case "user":
                self.user_dependent = True
                return unsupported(f"{name} depends on who looks", kind)
            case "passthrough" | "passthrough_aggregate":
                aggregated = function.kind == "passthrough_aggregate"
                return unsupported(
                    f"{name} is SQL for the database", kind, "aggregate" if aggregated else "row"
                )
            case "spatial":
                made = combine(NULL, kind, args)
                return unsupported(f"{name} is computed on shapes", kind, made.level)
            case _:
                return unsupported(f"{name} exists in single databases only", kind)

    def _level_of_detail(self, node: LevelOfDetail) -> Typed:
        by = [self.node(dimension) for dimension in node.by]
        outside, self._in_level_of_detail = self._in_level_of_detail, node.scope == "FIXED"
        body = self.node(node.body)
        self._in_level_of_detail = outside
        if node.scope != "FIXED":
            self.view_lod = True
            reason = f"{node.scope} depends on the fields of the view"
            return unsupported(reason, body.type, "row")
        if any(dimension.level == "aggregate" for dimension in by):
            return unsupported("FIXED over an aggregated field", body.type, "row")
        if body.level == "row":
            return unsupported("FIXED with a body that isn't aggregated", body.type, "row")
        poisoned = body.poisoned or any(dimension.poisoned for dimension in by)
        return Typed(Fixed(tuple(dimension.expr for dimension in by), body.expr), body.type, "row", poisoned)
