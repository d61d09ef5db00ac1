"""What a reference such as ``[ds].[sum:Sales:qk]`` on a shelf, card or filter stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from linter.expressions import (
    Aggregate,
    Call,
    Expr,
    Unsupported,
    columns,
    problems,
    walk,
)  # fmt: skip
from linter.expressions import Literal as Constant
from linter.model import Base, FieldUse
from linter.parsers.tableau.derivations import AGGREGATES, Calendar, Instance, group_by, worded
from linter.parsers.tableau.names import split_reference

if TYPE_CHECKING:
    from linter.parsers.tableau.datasources import Rows
    from linter.parsers.tableau.fields import Fields

Nature = Literal["dimension", "measure", "constant", "names", "values", "generated", "forecast", "action"]
"""``names``/``values``: Measure Names and Values; ``generated``: coordinates made of other fields;
``constant``: a parameter or a field that is the same in every row."""

_SPECIAL: dict[str, Nature] = {
    ":Measure Names": "names", "Multiple Values": "values", "Measure Values": "values",
    ":Measure Values": "values", "Latitude (generated)": "generated", "Longitude (generated)": "generated",
    "Geometry (generated)": "generated", "Forecast Indicator": "forecast",
}  # fmt: skip

_PERCENT = {"PctTotal", "PctDiff", "PctValue"}


@dataclass(frozen=True, slots=True)
class Placement:
    """One field on one shelf.

    Attributes:
        groups: caption and grouping expression of each component; empty if it doesn't group.
        expr: what it stands for before any aggregation of the shelf itself.
        aggregate: the shelf's aggregate, ``"user"`` for a calculation that aggregates itself.
        continuous: typed as a quantity, so that it draws an axis.
    """

    source: str
    name: str
    nature: Nature
    use: FieldUse
    expr: Expr
    groups: tuple[tuple[str, Expr], ...] = ()
    aggregate: str | None = None
    table: str | None = None
    table_calcs: tuple[str, ...] = ()
    continuous: bool = False


@dataclass
class Placer:
    """Resolves references, by the instances of a worksheet first.

    Args:
        fields: the data pane.
        rows: physical sides of the data sources.
        instances: the worksheet's own column instances by data source.
    """

    fields: Fields
    rows: dict[str, Rows]
    instances: dict[str, dict[str, Instance]] = field(default_factory=dict)

    def place(self, reference: str) -> Placement:
        """What ``[source].[name]`` stands for; never fails, the expression says what is not known."""
        return self.place_name(*split_reference(reference))

    def place_name(self, source: str, name: str) -> Placement:
        """As ``place``, with the reference already split."""
        instance = self._instance(source, name)
        base = instance.column if instance else name
        if (special := _SPECIAL.get(base)) is not None:
            use = FieldUse(base, (), source)
            return Placement(source, name, special, use, Constant(1), continuous=special != "names")
        definition = self.fields.definition(source, base)
        caption = definition.caption if definition else base
        if definition is not None and definition.kind == "action":
            return Placement(source, name, "action", self.fields.use(source, base), Constant(1))
        continuous = instance is not None and instance.type == "quantitative"
        if definition is not None and definition.kind == "table":
            use = FieldUse(caption, (), source)
            return Placement(
                source, name, "measure", use, Constant(1), aggregate="count", table=definition.table,
                continuous=continuous,
            )  # fmt: skip
        resolved = self.fields.resolve(source, base)
        derivation = instance.derivation if instance else "None"
        use = self.fields.use(source, base, worded(caption, derivation))
        calcs = instance.table_calcs if instance else ()
        if resolved.aggregated or resolved.table_calc or (instance is not None and instance.aggregates):
            if resolved.table_calc and not calcs:
                calcs = ("formula",)
            aggregate = "user" if resolved.aggregated or derivation == "User" else AGGREGATES.get(derivation, "user")
            return Placement(
                source, name, "measure", use, resolved.expr, aggregate=aggregate, table=_table(resolved.expr),
                table_calcs=calcs, continuous=continuous,
            )  # fmt: skip
        if source == "Parameters" or isinstance(resolved.expr, Constant):
            return Placement(source, name, "constant", use, resolved.expr, continuous=continuous)
        groups = self._groups(source, base, derivation, caption, resolved.expr)
        return Placement(source, name, "dimension", use, groups[0][1], groups, continuous=continuous)

    def _instance(self, source: str, name: str) -> Instance | None:
        own = self.instances.get(source, {}).get(name)
        return own or self.fields.instances.get(source, {}).get(name)

    def _groups(
        self, source: str, base: str, derivation: str, caption: str, expr: Expr
    ) -> tuple[tuple[str, Expr], ...]:
        calendar = self.fields.calendars.get(source, Calendar())
        components = self.fields.components(source, base)
        if components == (base,):
            return ((worded(caption, derivation), group_by(expr, derivation, calendar)),)
        return tuple((self.fields.caption(source, c), self.fields.level(source, c)) for c in components) or (
            (caption, Unsupported("a combined field without components")),
        )


def bases(placement: Placement) -> tuple[Base, ...]:
    """Whose rows stand behind the number that a measure shows.

    A calculation that divides aggregates has numerators and denominators; any other is reduced to
    the aggregates it is made of. A percentage of a total rests on the cell as its numerator.
    """
    measure = placement.use.caption
    if placement.aggregate is None:
        return ()
    if placement.aggregate != "user":
        role: Literal["value", "numerator"] = "numerator" if set(placement.table_calcs) & _PERCENT else "value"
        aggregate, arg = placement.aggregate, placement.expr
        if isinstance(arg, Constant) and arg.value is not None and aggregate in {"sum", "count"}:
            return (Base(measure, role, "count", None, placement.table),)
        return (Base(measure, role, aggregate, arg, placement.table, problems=problems(arg)),)
    found = tuple(dict.fromkeys(_roles(placement.expr, "value")))
    made = tuple(
        Base(measure, role, part.function, part.arg, _table(part), problems=problems(part)) for part, role in found
    )
    stated = problems(placement.expr)
    if made:
        return made
    return (Base(measure, "value", "any", None, placement.table, problems=stated or ("no aggregate was found",)),)


BaseRole = Literal["value", "numerator", "denominator"]


def _roles(expr: Expr, role: BaseRole) -> list[tuple[Aggregate, BaseRole]]:
    if isinstance(expr, Call) and expr.function == "div":
        above: BaseRole = "numerator" if role == "value" else role
        below: BaseRole = "denominator" if role == "value" else role
        return [*_roles(expr.args[0], above), *_roles(expr.args[1], below)]
    if isinstance(expr, Aggregate):
        return [(expr, role)]
    if isinstance(expr, Call):
        return [found for arg in expr.args for found in _roles(arg, role)]
    return [(part, role) for part in walk(expr) if isinstance(part, Aggregate)]


def _table(expr: Expr) -> str | None:
    """The one table an expression rests on, None if there are several or none."""
    tables = {column.table for column in columns(expr)}
    return tables.pop() if len(tables) == 1 else None
