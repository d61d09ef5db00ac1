"""Measures to bases: resolution of names, measures that call measures, and limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Literal, Unsupported, call
from linter.formulas.dax import bases as scalars
from linter.formulas.dax import items, tables
from linter.formulas.dax import rows as single_rows
from linter.formulas.dax.aggregates import base
from linter.formulas.dax.context import Change, Condition, RowSet, union
from linter.formulas.dax.env import Bases, Env, TooComplex
from linter.formulas.dax.filters import transition
from linter.formulas.dax.lexer import DaxError
from linter.formulas.dax.lineage import text_lineage
from linter.formulas.dax.parser import parse
from linter.formulas.dax.tree import Node, Ref, show

if TYPE_CHECKING:
    from linter.expressions import Column, Expr
    from linter.formulas.dax.schema import CalculationGroup, Measure, Schema

MAX_STEPS = 20_000
"""Most sub-expressions that one measure is reduced through, measures that it calls included."""

MAX_NESTING = 120
"""Deepest nesting through expressions, variables and measures together."""

MAX_BASES = 300
"""Most bases of one expression; a real measure has a handful."""


class Reducer:
    """Reduces expressions of one model; parsed measures and their bases are kept between calls."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.measure = ""
        self._trees: dict[str, Node | DaxError] = {}
        self._known: dict[tuple[str, Change, Ref | None], Bases] = {}
        self._active: list[str] = []
        self._steps = 0
        self._depth = 0

    def measure_bases(self, name: str, under: tuple[tuple[Column, str], ...] = ()) -> Bases:
        """The bases of a measure of the model.

        Args:
            name: of the measure.
            under: the calculation items that work on it, each by its group's column.

        Raises:
            KeyError: the model has no measure of that name.
        """
        found = self.schema.measure(name)
        if found is None:
            raise KeyError(name)
        if not under and not any(group.unpicked for group in self.schema.groups):
            return self.expression_bases(found.text, home=found.table, name=found.name)
        picked = (Condition(frozenset({column}), call("eq", column, Literal(item))) for column, item in under)
        uses = self._started(Ref(None, found.name), found.table, found.name, Change().add(*picked))
        return tuple(replace(use, via=use.via[1:]) for use in uses)

    def _started(self, node: Node, home: str, name: str, change: Change) -> Bases:
        self.measure, self._steps, self._depth, self._active = name, 0, 0, []
        self._known.clear()
        try:
            return self.scalar(node, Env(home, change))
        except (DaxError, TooComplex) as error:
            return self._worst(show(node), home, str(error))
        except RecursionError:
            return self._worst(show(node), home, "nested too deeply for this machine")

    def expression_bases(self, text: str, *, home: str, name: str, selected: str | None = None) -> Bases:
        """The bases of any DAX text: a visual's own measure, or a calculation item over a measure.

        Args:
            text: the DAX text.
            home: the table it belongs to.
            name: what to call it in the bases.
            selected: the measure that SELECTEDMEASURE stands for.
        """
        reference = None if selected is None else Ref(None, selected)
        self.measure, self._steps, self._depth, self._active = name, 0, 0, [name.casefold()]
        self._known.clear()
        try:
            found = self.scalar(parse(text), Env(home, selected=reference))
        except (DaxError, TooComplex) as error:
            return self._worst(text, home, str(error))
        except RecursionError:
            return self._worst(text, home, "nested too deeply for this machine")
        return found

    def measure_value(self, name: str) -> Expr:
        """A measure's number as an expression over values of the cell; ``Unsupported`` where it has no such form.

        Raises:
            KeyError: the model has no measure of that name.
        """
        found = self.schema.measure(name)
        if found is None:
            raise KeyError(name)
        self.measure, self._steps, self._depth, self._active = name, 0, 0, [found.name.casefold()]
        try:
            return self.row(parse(found.text), Env(found.table))
        except (DaxError, TooComplex) as error:
            return Unsupported(str(error))
        except RecursionError:
            return Unsupported("nested too deeply for this machine")

    def _worst(self, text: str, home: str, reason: str) -> Bases:
        """All rows of every table that the measure rests on, or of its home table."""
        found = text_lineage(self.schema, text, home=home, name=self.measure).tables
        tables_known: tuple[str | None, ...] = found or (self.schema.table(home),)
        plain = (base(self, "count", None, table, Change()) for table in tables_known)
        return tuple(replace(use, problems=(reason,)) for use in plain)

    def scalar(self, node: Node, env: Env) -> Bases:
        """The bases behind the expression's single value."""
        self._enter()
        found = scalars.scalar(self, node, env)
        self._depth -= 1
        if len(found) > MAX_BASES:
            raise TooComplex(f"more than {MAX_BASES} bases")
        return found

    def table(self, node: Node, env: Env) -> RowSet:
        """The rows of a table expression."""
        self._enter()
        found = tables.table(self, node, env)
        self._depth -= 1
        return found

    def row(self, node: Node, env: Env) -> Expr:
        """The expression's value for a row, or for the cell."""
        self._enter()
        found = single_rows.row(self, node, env)
        self._depth -= 1
        return found

    def _enter(self) -> None:
        self._steps += 1
        self._depth += 1
        if self._steps > MAX_STEPS:
            raise TooComplex(f"more than {MAX_STEPS} steps")
        if self._depth > MAX_NESTING:
            raise TooComplex(f"nested deeper than {MAX_NESTING} levels, measures included")

    def formula(self, name: str) -> Node | None:
        """The tree of a measure that may be looked into here, None otherwise."""
        found = self.schema.measure(name)
        if found is None or found.name.casefold() in self._active:
            return None
        tree = self._tree(found.name, found.text)
        return None if isinstance(tree, DaxError) else tree

    def _tree(self, name: str, text: str) -> Node | DaxError:
        key = name.casefold()
        if key not in self._trees:
            try:
                self._trees[key] = parse(text)
            except DaxError as error:
                self._trees[key] = error
        return self._trees[key]

    def called(self, name: str, env: Env) -> Bases:
        """The bases of another measure, in this filter context and on the rows being iterated."""
        found = self.schema.measure(name)
        if found is None:
            return self._problem(env, env.home, f"unknown name [{name}]")
        tree = self._tree(found.name, found.text)
        if isinstance(tree, DaxError):
            return self._problem(env, found.table, f"measure [{found.name}]: {tree}")
        key = found.name.casefold()
        if key in self._active:
            return self._problem(env, found.table, f"measure [{found.name}] rests on itself")
        inside = Env(found.table, transition(self, env), selected=env.selected)
        group = items.in_force(self.schema, inside.change)
        if group is not None:
            return self._under_item(found, group, inside)
        group = next((group for group in self.schema.groups if group.unpicked), None)
        if group is not None:
            reason = f"calculation group {group.column.table!r} changes measures where none of its items is picked"
            return self._problem(env, found.table, reason)
        if any(rows.coverage(self.schema) & self.schema.item_columns for rows in env.rows):
            return self._problem(env, found.table, "a measure for each item of a calculation group")
        known = (key, inside.change, env.selected)
        if known not in self._known:
            self._active.append(key)
            reduced = self.scalar(tree, inside)
            self._active.pop()
            self._known[known] = tuple(replace(use, via=(found.name, *use.via)) for use in reduced)
        return self._known[known]

    def _under_item(self, measure: Measure, group: CalculationGroup, env: Env) -> Bases:
        """The bases of a measure under the item that the context picks: the item's, over the measure."""
        names, rest = items.chosen(group, env.change), items.without(group, env.change)
        selected = Ref(None, measure.name)
        if names is None:
            reason = f"which items of calculation group {group.column.table!r} work is not understood"
            return self._problem(env.under(rest), measure.table, reason)
        if len(names) != 1 and group.several:
            reason = f"calculation group {group.column.table!r} changes measures where several of its items are picked"
            return self._problem(env.under(rest), measure.table, reason)
        if len(names) != 1:
            return self.scalar(selected, env.under(rest))
        tree = self._tree(f"{group.column.table}\0{names[0]}", group.items[names[0]])
        if isinstance(tree, DaxError):
            return self._problem(env.under(rest), measure.table, f"calculation item {names[0]!r}: {tree}")
        found = self.scalar(tree, Env(group.column.table, rest, selected=selected))
        return tuple(replace(use, via=(names[0], *use.via)) for use in found)

    def _problem(self, env: Env, home: str, reason: str) -> Bases:
        plain = base(self, "count", None, self.schema.table(home), env.change)
        return (replace(plain, problems=union(plain.problems, [reason])),)

    def column(self, ref: Ref, env: Env) -> Column | None:
        """The column that a reference means.

        Without a table, a measure's name comes first; then a column of the rows being iterated,
        innermost first, then of the measure's home table.
        """
        if ref.table is not None:
            return self.schema.column(ref.table, ref.name)
        if self.schema.measure(ref.name) is not None:
            return None
        tables_near = [rows.table for rows in reversed(env.rows) if rows.table is not None]
        found = (self.schema.column(table, ref.name) for table in (*tables_near, env.home))
        return next((column for column in found if column is not None), None)
