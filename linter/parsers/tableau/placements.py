"""What a reference such as ``[ds].[sum:Sales:qk]`` on a shelf, card or filter stands for."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from linter.expressions import Expr, Unsupported, columns
from linter.expressions import Literal as Constant
from linter.model import FieldUse
from linter.parsers.tableau.derivations import AGGREGATES, Calendar, Instance, group_by, worded
from linter.parsers.tableau.names import split_reference
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.formulas.tableau_calc import Part, Translated, View
    from linter.parsers.tableau.datasources import Rows
    from linter.parsers.tableau.definitions import Definition
    from linter.parsers.tableau.fields import Fields

Nature = Literal["dimension", "measure", "constant", "names", "values", "generated", "forecast", "action"]
"""``names``/``values``: Measure Names and Values; ``generated``: coordinates made of other fields;
``constant``: a parameter or a field that is the same in every row."""

_SPECIAL: dict[str, Nature] = {
    ":Measure Names": "names", "Multiple Values": "values", "Measure Values": "values",
    ":Measure Values": "values", "Latitude (generated)": "generated", "Longitude (generated)": "generated",
    "Geometry (generated)": "generated", "Forecast Indicator": "forecast",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placement:
    """One field on one shelf.

    Attributes:
        groups: caption and grouping expression of each component; empty if it doesn't group.
        expr: what it stands for before any aggregation of the shelf itself.
        aggregate: the shelf's aggregate, ``"user"`` for a calculation that aggregates itself.
        continuous: typed as a quantity, so that it draws an axis.
        parts: the aggregates that a calculation which aggregates itself is made of.
        present: where ``expr`` has no neutral meaning, what is null exactly where it is, if known.
        view_lod: it has an INCLUDE or EXCLUDE, so that it means something in a view only.
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
    parts: tuple[Part, ...] = ()
    present: Expr | None = None
    view_lod: bool = False


@dataclass
class Placer:
    """Resolves references, by the instances of a worksheet first.

    Args:
        fields: the data pane.
        rows: physical sides of the data sources.
        instances: the worksheet's own column instances by data source.
        view: the view that INCLUDE and EXCLUDE depend on, once it is known.
    """

    fields: Fields
    rows: dict[str, Rows]
    instances: dict[str, dict[str, Instance]] = field(default_factory=dict)
    view: View | None = None

    def seen_in(self, view: View) -> Placer:
        """The same within a view."""
        return replace(self, view=view)

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
        resolved = self.fields.resolve(source, base, self.view)
        derivation = instance.derivation if instance else "None"
        if derivation == "User" and _is_of_rows(definition, resolved) and not (instance and instance.table_calcs):
            instance, derivation = None, "None"  # left from when the calculation still aggregated
        use = self.fields.use(source, base, worded(caption, derivation))
        calcs = instance.table_calcs if instance else ()
        if resolved.aggregated or resolved.table_calc or (instance is not None and instance.aggregates):
            if resolved.table_calc and not calcs:
                calcs = ("formula",)
            aggregate = "user" if resolved.aggregated or derivation == "User" else AGGREGATES.get(derivation, "user")
            return Placement(
                source, name, "measure", use, resolved.expr, aggregate=aggregate, table=only_table(resolved.expr),
                table_calcs=calcs, continuous=continuous, parts=resolved.parts, present=resolved.present,
                view_lod=resolved.view_lod,
            )  # fmt: skip
        if source == "Parameters" or isinstance(resolved.expr, Constant):
            return Placement(source, name, "constant", use, resolved.expr, continuous=continuous)
        groups = self._groups(source, base, derivation, caption, resolved.expr)
        use = replace(use, expr=groups[0][1] if len(groups) == 1 else Unsupported("a combined field"))
        return Placement(source, name, "dimension", use, groups[0][1], groups, continuous=continuous,
                         view_lod=resolved.view_lod)  # fmt: skip

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


def _is_of_rows(definition: Definition | None, resolved: Translated) -> bool:
    """Whether a calculation is understood and has a value per row, so that it splits marks wherever it lies."""
    is_calculation = definition is not None and definition.kind == "calculation"
    return is_calculation and resolved.understood and not resolved.aggregated and not resolved.table_calc


def only_table(expr: Expr) -> str | None:
    """The one table an expression rests on, None if there are several or none."""
    tables = {column.table for column in columns(expr)}
    return tables.pop() if len(tables) == 1 else None
