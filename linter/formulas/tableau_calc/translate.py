"""From the tree of a calculation to the tool-neutral expression language.

What has no neutral meaning (table calculations, what depends on the view or on who looks, raw SQL,
unknown functions) becomes ``Unsupported`` in its place, with the reason; nothing is dropped or
guessed. Flags tell the kinds apart, so that a measure's bases can still be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from linter.expressions import (
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
    problems,
)
from linter.expressions import Literal as Value
from linter.formulas.tableau_calc import operators
from linter.formulas.tableau_calc.calls import Locale, result_type, row_function
from linter.formulas.tableau_calc.dates import read_date
from linter.formulas.tableau_calc.functions import FUNCTIONS, Function, Type
from linter.formulas.tableau_calc.resolved import Part, Resolver, Role, Translated, View
from linter.formulas.tableau_calc.shapes import ON_SHAPES, shape
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

MAX_PARTS = 500
"""Bound of the aggregates that one measure is made of."""


def translate(node: Node, resolver: Resolver, locale: Locale | None = None, view: View | None = None) -> Translated:
    """Give a calculation its neutral meaning.

    Args:
        node: the parsed formula.
        resolver: what its names stand for, in the same view.
        locale: first day of the week and order of days and months.
        view: what INCLUDE and EXCLUDE depend on; without it they are Unsupported.
    """
    translator = _Translator(resolver, locale or Locale(), view)
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
        present=typed.present if typed.poisoned else None,
        parts=translator.parts(),
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


WHO_LOOKS, ON_MARKS = "depends on who looks", "is computed on the marks of a view"
"""How the reasons end of what asks for the user, and of table calculations."""

_STATED_ELSEWHERE = (WHO_LOOKS, ON_MARKS, ON_SHAPES)

_ON_MARKS = frozenset({"table_calc", "script", "model"})


class _Translator:
    """One walk over one formula; the flags are what it met on its way."""

    def __init__(self, resolver: Resolver, locale: Locale, view: View | None) -> None:
        self._resolver = resolver
        self._locale = locale
        self._view = view
        self._in_level_of_detail = False
        self._in_table_calc = False
        self._role: Role = "value"
        self._parts: dict[Part, None] = {}
        self.table_calc = False
        self.user_dependent = False
        self.view_lod = False

    def parts(self) -> tuple[Part, ...]:
        """The aggregates met outside of levels of detail; one that plays a role in a ratio is named once."""
        found = tuple(self._parts)
        if len(found) > MAX_PARTS or not all(within_bounds(part.arg) for part in found):
            return (Part("any", Unsupported("the calculation with all it refers to is too large")),)
        shares = {replace(part, role="value") for part in found if part.role != "value"}
        return tuple(part for part in found if part not in shares)

    def node(self, node: Node) -> Typed:
        match node:
            case Constant() | DateConstant():
                return self._constant(node)
            case FieldRef():
                return self._field(node)
            case Binary(op="/", left=left, right=right):
                return self._ratio(left, right)
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
        for part in found.parts:
            self._note(replace(part, source=part.source or node.source), part.role)
        poisoned = not found.understood or isinstance(found.expr, Unsupported)
        constant = found.constant or isinstance(found.expr, Value | Unsupported)
        level: Level = "aggregate" if found.aggregated else "constant" if constant else "row"
        return Typed(found.expr, found.type, level, poisoned, found.present)

    def _ratio(self, left: Node, right: Node) -> Typed:
        """A division: its sides are numerator and denominator of the measure, unless it is part of one."""
        with self._playing("numerator" if self._role == "value" else self._role):
            above = self.node(left)
        with self._playing("denominator" if self._role == "value" else self._role):
            below = self.node(right)
        return operators.binary("/", above, below)

    @contextmanager
    def _playing(self, role: Role) -> Iterator[None]:
        before, self._role = self._role, role
        yield
        self._role = before

    def _note(self, part: Part, own: Role = "value") -> None:
        """Record an aggregate of the measure. A table calculation below the line rests on other marks too."""
        if self._in_level_of_detail:
            return
        role = own if self._role == "value" else self._role
        if self._in_table_calc and role == "denominator":
            role = "value"
        self._parts[replace(part, role=role)] = None

    def _among(self, operand: Typed, among: Among) -> Typed:
        members = [self.node(member) for member in among.members]
        if not among.listed:
            return self._in_set(operand, members[0])
        if any(member.is_null for member in members):
            return unsupported("NULL in a list after IN", "boolean")
        return combine(Call("in", (operand.expr, *(member.expr for member in members))), "boolean", (operand, *members))

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
        expr = Case(tuple((test.expr, then.expr) for test, then in whens), None if last is None else last.expr)
        return combine(expr, common_type(results), [test for test, _ in whens] + results)

    def _call(self, node: FunctionCall) -> Typed:
        function = FUNCTIONS.get(node.name)
        outside = self._in_table_calc
        self._in_table_calc |= function is not None and function.kind in _ON_MARKS
        args = tuple(self.node(arg) for arg in node.args)
        self._in_table_calc = outside
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
                made = self._aggregate(function, args, kind)
                self._note_aggregate(function, node, args, made)
                return made
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

    def _note_aggregate(self, function: Function, node: FunctionCall, args: tuple[Typed, ...], made: Typed) -> None:
        """Whose rows the aggregate uses: those where its argument is not null."""
        if self._in_level_of_detail or any(arg.level == "aggregate" for arg in args):
            return
        names = tuple(dict.fromkeys(name for arg in node.args for name in references(arg)))
        sources = {source for source, _ in names if source not in {None, "Parameters"}}
        here = any(source is None for source, _ in names)
        arg = made.expr.arg if isinstance(made.expr, Aggregate) and made.expr.arg is not None else args[0].expr
        if args[0].poisoned and args[0].present is not None:
            arg = args[0].present
        if len(sources) + here > 1:
            arg = Unsupported(f"{function.name} over fields of several data sources")
        source = sources.pop() if len(sources) == 1 and not here else None
        self._note(Part(function.neutral or "any", arg, source=source, names=names))

    def _without_meaning(self, function: Function, args: tuple[Typed, ...], kind: Type) -> Typed:
        name = function.name
        match function.kind:
            case "table_calc" | "script" | "model":
                self.table_calc = True
                inside = [p for arg in args for p in problems(arg.expr) if not p.endswith(_STATED_ELSEWHERE)]
                return unsupported(inside[0] if inside else f"{name} {ON_MARKS}", kind, "aggregate")
            case "user":
                self.user_dependent = True
                return unsupported(f"{name} {WHO_LOOKS}", kind)
            case "passthrough" | "passthrough_aggregate":
                aggregated = function.kind == "passthrough_aggregate"
                return unsupported(f"{name} is SQL for the database", kind, "aggregate" if aggregated else "row")
            case "spatial":
                return shape(name, kind, args)
            case _:
                return unsupported(f"{name} exists in single databases only", kind)

    def _level_of_detail(self, node: LevelOfDetail) -> Typed:
        outside, self._in_level_of_detail = self._in_level_of_detail, True
        by = [self.node(dimension) for dimension in node.by]
        body = self.node(node.body)
        self._in_level_of_detail = outside
        self.view_lod |= node.scope != "FIXED"
        if node.scope != "FIXED" and self._view is None:
            return unsupported(f"{node.scope} depends on the fields of the view", body.type, "row")
        if any(dimension.level == "aggregate" for dimension in by):
            return unsupported(f"{node.scope} over an aggregated field", body.type, "row")
        if body.level == "row":
            return unsupported(f"{node.scope} with a body that isn't aggregated", body.type, "row")
        poisoned = body.poisoned or any(dimension.poisoned for dimension in by)
        level = tuple(dimension.expr for dimension in by)
        if node.scope == "FIXED" or self._view is None:
            return Typed(Fixed(level, body.expr), body.type, "row", poisoned)
        return Typed(self._view.fixed(node.scope, level, body.expr), body.type, "row", poisoned)
