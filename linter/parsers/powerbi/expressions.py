"""Query expressions of a report (semantic query JSON) to groupings and bases.

The function of an aggregation is read from its code only: Desktop keeps the old name of a field
when the author picks another aggregation, so "Avg(grades.grade_value)" may well be a count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from linter.expressions import Column, Expr, Literal, Unsupported, call, columns, problems
from linter.formulas.dax import CalculationGroup, DaxError, parse, references
from linter.json_tree import Tree, below, dig, mappings, objects_within, text
from linter.model import Base, FieldUse
from linter.parsers.powerbi import measures
from linter.parsers.powerbi.model import SOURCE_ID, Model, via
from linter.parsers.powerbi.query import aliases, with_entities
from linter.records import dataclass

AGGREGATIONS = {
    0: "sum", 1: "avg", 2: "count_distinct", 3: "min", 4: "max", 5: "count", 6: "median", 7: "stdevp", 8: "varp",
}  # fmt: skip
"""``Aggregation.Function``; 2 counts distinct values, 5 those that are not blank."""

Items = tuple[tuple[Column, str], ...]
Roles = Mapping[str, tuple[Expr, ...]]
"""What a visual groups by, by its wells; under the empty name everything."""
GROUPINGS = frozenset({"Column", "HierarchyLevel", "GroupRef"})
DATE_LEVELS = {"year": "year", "quarter": "quarter", "month": "month", "day": "day"}
_DIVIDE = 3  # Arithmetic.Operator: add, subtract, multiply, divide


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads expressions against a model.

    ``under`` are the calculation items that work on its measures, by the columns of their groups.
    """

    model: Model
    under: Items = ()

    def kind(self, tree: Tree) -> str:
        """The name of the outermost node: Column, Aggregation, Measure, ..."""
        plain = (k for k in tree if k not in {"Name", "NativeReferenceName", "Annotations"})
        return next(plain, "")

    def groups(self, tree: Tree) -> bool:
        """Whether the expression splits the rows (a column) rather than aggregates them."""
        return self.kind(tree) in GROUPINGS

    def row(self, tree: Tree) -> Expr:
        """A row-level expression: a column, a hierarchy level or a group."""
        match self.kind(tree):
            case "Column":
                inner = dig(tree, "Column", "Expression", "Subquery", "Query")
                if isinstance(inner, dict):
                    return self._selected(inner, text(dig(tree, "Column", "Property")))
                return self._column(entity(below(tree, "Column")), text(dig(tree, "Column", "Property")))
            case "GroupRef":  # Desktop stores the groups as a calculated column of that name
                return self._column(entity(below(tree, "GroupRef")), text(dig(tree, "GroupRef", "Property")))
            case "HierarchyLevel":
                return self._level(below(tree, "HierarchyLevel"))
            case other:
                return Unsupported(f"a field of kind {other or 'unknown'!r} is not understood")

    def bases(self, tree: Tree, caption: str, grain: Roles) -> tuple[Base, ...]:
        """Whose rows stand behind an aggregated expression shown over ``grain``."""
        match self.kind(tree):
            case "Aggregation":
                return (self._aggregation(below(tree, "Aggregation"), caption),)
            case "Percentile":
                arg = self.row(below(below(tree, "Percentile"), "Expression"))
                return (Base(caption, "value", "percentile", arg, _table(arg), problems=problems(arg)),)
            case "Measure":
                return measures.bases(self.model, text(dig(tree, "Measure", "Property")), caption, self.under)
            case "Arithmetic":
                return self._arithmetic(below(tree, "Arithmetic"), caption, grain)
            case "ScopedEval":
                return self._scoped(below(tree, "ScopedEval"), caption, grain)
            case "Literal" | "SparklineData" | "NativeVisualCalculation":
                return ()  # a constant; a layer of its own; arithmetic over what the visual shows
            case other:
                reason = f"a value of kind {other or 'unknown'!r} is not understood"
                return (Base(caption, "value", "count", None, None, problems=(reason,)),)

    def group(self, tree: Tree | None) -> CalculationGroup | None:
        """The calculation group whose items a field picks, None for any other field."""
        if tree is None or self.kind(tree) != "Column":
            return None
        found = self.model.column(entity(below(tree, "Column")), text(dig(tree, "Column", "Property")))
        return next((group for group in self.model.groups if group.column == found), None)

    def value(self, tree: Tree) -> Expr:
        """A measure's number as an expression over values of the cell."""
        name = text(dig(tree, "Measure", "Property"))
        if not self.model.known or self.model.schema.measure(name) is None:
            return Unsupported(f"measure not evaluated: {name!r} is not in this file")
        return self.model.reducer.measure_value(name)

    def use(self, tree: Tree | None, caption: str) -> FieldUse:
        """The field as readers see it, and every base column under it."""
        found: dict[Column, None] = {}
        chain: dict[str, None] = {}
        for item in objects_within(tree or {}):
            if GROUPINGS.intersection(item):
                found.update(dict.fromkeys(sorted(columns(self.row(item)), key=lambda c: (c.table, c.name))))
            elif "Measure" in item:
                name = text(dig(item, "Measure", "Property"))
                lineage = self.model.measure_lineage(name)
                found.update(dict.fromkeys(lineage.columns))
                chain.update(dict.fromkeys((name, *via(lineage))))
        value = self.row(tree) if tree is not None and self.groups(tree) else None
        return FieldUse(caption, tuple(found), SOURCE_ID, tuple(chain), value)

    def choices(self, parameter: Tree) -> tuple[Tree, ...] | None:
        """The fields that a field parameter offers, as expressions; None when they can't be found out.

        Desktop keeps them as a calculated table: ``{("Sex", NAMEOF('Pupil'[Sex]), 0), ...}``.
        """
        table = self.model.table(entity(below(parameter, "Column")))
        if table is None or not table.origin:
            return None
        try:
            named = references(parse(table.origin), self.model.schema)
        except DaxError:
            return None
        found = [_column_tree(c.table, c.name) for c in named.columns]
        found += [{"Measure": {"Expression": {}, "Property": name}} for name in named.measures]
        return tuple(found) or None

    def caption(self, tree: Tree | None, given: str, ref: str) -> str:
        """What readers see: the given name, else the field's own."""
        inner = dig(tree, self.kind(tree)) if tree else None
        return given or text(dig(inner, "Property")) or text(dig(inner, "Level")) or ref or "(unnamed)"

    def _column(self, table: str, name: str) -> Expr:
        if table in self.model.calculation_groups:
            return Unsupported(f"calculation group {table!r} changes every measure and is not evaluated")
        if not table:  # smart text and the like refer to tables of their own making
            return Unsupported(f"field {name!r} is computed by the visual itself and is not evaluated")
        found = self.model.column(table, name)
        return found if found is not None else Unsupported(f"column {table}[{name}] is not in the model")

    def _selected(self, query: Tree, name: str) -> Expr:
        """A column of a query inside an expression, where the query only lists columns of the model."""
        if query.get("Where") or query.get("Top") or query.get("Transform"):
            return Unsupported(f"field {name!r} is computed by a query of the visual and is not evaluated")
        selects = mappings(query.get("Select"), "a query inside an expression")
        found = next((s for s in selects if s.get("Name") == name), None)
        if found is None or not self.groups(found):
            return Unsupported(f"field {name!r} is computed by a query of the visual and is not evaluated")
        return self.row(with_entities(found, aliases(query)))

    def _level(self, tree: Tree) -> Expr:
        hierarchy = below(below(tree, "Expression"), "Hierarchy")
        level, name = text(tree.get("Level")), text(hierarchy.get("Hierarchy"))
        source = below(hierarchy, "Expression")
        variation = source.get("PropertyVariationSource")
        if variation is None:
            table = entity(hierarchy)
            found = self.model.level(table, name, level)
            if found is not None:
                return self._column(found.table, found.name)
            return Unsupported(f"level {level!r} of hierarchy {name!r} is not in the model")
        table, column = entity(variation), text(variation.get("Property"))
        found, part = self.model.variation(table, column, name, level), self._date_level(table, column, level)
        if found is None:
            return part
        held = self.model.table(found.table)
        without_rows = held is not None and held.generated and held.store is None  # such as in a template
        return part if without_rows and not isinstance(part, Unsupported) else found

    def _date_level(self, table: str, column: str, level: str) -> Expr:
        """A level of an auto date hierarchy whose hidden table is not at hand: the part of the date."""
        part, date = DATE_LEVELS.get(level.lower()), self._column(table, column)
        if part is None:
            return Unsupported(f"date level {level!r} is not understood")
        return date if isinstance(date, Unsupported) else call("date_part", Literal(part), date)

    def _aggregation(self, tree: Tree, caption: str) -> Base:
        inner, code = below(tree, "Expression"), tree.get("Function")
        function = AGGREGATIONS.get(code) if isinstance(code, int) else None
        if function is None:
            return Base(caption, "value", "count", None, problems=(f"aggregation code {code} is not known",))
        if "SourceRef" in inner:
            return Base(caption, "value", function, None, entity({"Expression": inner}))
        if not self.groups(inner):
            reason = f"an aggregation of kind {self.kind(inner)!r} is not understood"
            return Base(caption, "value", function, None, problems=(reason,))
        arg = self.row(inner)
        if isinstance(arg, Unsupported):
            return Base(caption, "value", function, None, problems=(arg.reason,))
        return Base(caption, "value", function, arg, _table(arg))

    def _arithmetic(self, tree: Tree, caption: str, grain: Roles) -> tuple[Base, ...]:
        left = self.bases(below(tree, "Left"), caption, grain)
        right = self.bases(below(tree, "Right"), caption, grain)
        if tree.get("Operator") == _DIVIDE:
            left = tuple(replace(b, role="numerator") for b in left)
            right = tuple(replace(b, role="denominator") for b in right)
        return (*left, *right)

    def _scoped(self, tree: Tree, caption: str, grain: Roles) -> tuple[Base, ...]:
        """A value over part of the visual's own groupings, as in a percentage of the grand total.

        Of a row's total the groupings of the rows stay, of a column's those of the columns.
        """
        bases = self.bases(below(tree, "Expression"), caption, grain)
        kept: set[Expr] = set()
        for item in mappings(tree.get("Scope"), "the scope of a value"):
            well = "" if "AllRolesRef" in item else text(dig(item, "RoleRef", "Role"), "-")
            if self.groups(item):
                kept.add(self.row(item))
            elif "AllRolesRef" in item or "RoleRef" in item:
                kept.update(grain.get(well, ()))
            else:
                reason = "a percentage of part of the visual is not understood"
                return tuple(replace(b, problems=(*b.problems, reason)) for b in bases)
        freed = tuple(dict.fromkeys(c for g in grain.get("", ()) if g not in kept for c in sorted(columns(g), key=str)))
        return tuple(replace(b, reselects=_joint(b.reselects, freed)) if freed else b for b in bases)


def entity(tree: Tree) -> str:
    """The table that an expression's source reference names."""
    return text(dig(tree, "Expression", "SourceRef", "Entity"))


def _column_tree(table: str, name: str) -> Tree:
    return {"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}


def _joint(selected: tuple[Column, ...] | None, freed: tuple[Column, ...]) -> tuple[Column, ...]:
    """Both sets of columns; an empty one that is given stands for all."""
    return () if selected == () else tuple(dict.fromkeys((*(selected or ()), *freed)))


def _table(arg: Expr) -> str | None:
    return next((c.table for c in columns(arg)), None)
