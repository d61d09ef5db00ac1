"""The data pane: columns, calculations, parameters, bins, groups, sets and combined fields, resolved.

Formulas go through ``linter.formulas.tableau_calc``. Bins, groups and sets are given to it as
expressions, so that calculations can rest on them and they on calculations.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING

from linter.expressions import TRUE, Case, Column, Expr, Literal, Unsupported, all_of, call, problems
from linter.formulas.tableau_calc import (
    FieldEntry,
    FormulaError,
    FormulaSet,
    Locale,
    Translated,
    View,
    parse,
    references,
    translate,
)  # fmt: skip
from linter.model import FieldUse
from linter.parsers.tableau.derivations import Calendar, Instance, group_by
from linter.parsers.tableau.groupfilters import anything, levels, read_selection
from linter.parsers.tableau.names import REFERENCE, bare, parts, split_reference, value
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

    from linter.parsers.tableau.definitions import Definition

Key = tuple[str, str]
"""A field as (data source, internal name)."""

_CALENDAR = Calendar()

_READ_AS = {
    ("text", "date"): "to_date", ("text", "datetime"): "to_datetime", ("datetime", "date"): "to_date",
}  # fmt: skip
"""Types chosen in the data pane that change which values there are, with what reads them."""


@dataclass
class Fields:
    """All fields of a workbook.

    Args:
        definitions: every field by its key.
        calendars: date options by data source.
        instances: column instances by data source, those of the worksheets included.
    """

    definitions: dict[Key, Definition]
    calendars: dict[str, Calendar] = field(default_factory=dict)
    instances: dict[str, dict[str, Instance]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._derived: dict[Key, Expr] = {}
        self._seen: dict[View, FormulaSet] = {}
        self._set = self._formulas()
        self._derive()

    def definition(self, source: str, name: str) -> Definition | None:
        """The definition of a field, None if there is no such field."""
        return self.definitions.get((source, name))

    def caption(self, source: str, name: str) -> str:
        """What readers see as the field's name."""
        found = self.definition(source, name)
        return found.caption if found else name

    def resolve(self, source: str, name: str, view: View | None = None) -> Translated:
        """The meaning of a field, in a view if it depends on one; ``Unsupported`` if there is no such field."""
        found = self._set.resolve(_formula_name(name), source)
        if found is not None and found.view_lod and view is not None:
            found = self._in(view).resolve(_formula_name(name), source)
        if found is None:
            return Translated(Unsupported("a field that its data source doesn't have"))
        definition = self.definitions.get((source, name))
        if definition and definition.column and definition.kind == "calculation" and problems(found.expr):
            return Translated(definition.column, found.type)  # the extract holds its results ready
        return found

    def components(self, source: str, name: str) -> tuple[str, ...]:
        """The fields a combined field is made of; the field itself otherwise."""
        found = self.definition(source, name)
        if found is None or found.kind != "combined" or found.element is None:
            return (name,)
        return tuple(self._base_of_level(source, level) for level in levels(found.element))

    def formula(self, source: str, text: str, view: View | None = None) -> Translated:
        """The meaning of a formula written outside the data pane, such as a filter's condition."""
        fields = self._set if view is None else self._in(view)
        try:
            return translate(parse(text), _Scope(fields, source), self._locale(source), view)
        except FormulaError as error:
            return Translated(Unsupported(f"a formula that can't be read: {error.reason}"))

    def lineage(self, source: str, name: str) -> tuple[tuple[Column, ...], tuple[str, ...]]:
        """Base columns of the same source at any depth, and captions of the fields between."""
        found: set[Column] = set()
        via: list[str] = []
        seen, queue = {(source, name)}, deque([(source, name)])
        while queue:
            key = queue.popleft()
            definition = self.definitions.get(key)
            if definition is None:
                continue
            below = self._below(definition)
            if definition.column is not None and key[0] == source and not below:
                found.add(definition.column)
            if below and key != (source, name):
                via.append(definition.caption)
            fresh = [k for k in below if k not in seen]
            seen.update(fresh)
            queue.extend(fresh)
        ordered = sorted(found, key=lambda c: (c.table, c.name))
        return tuple(ordered), tuple(dict.fromkeys(via))

    def use(self, source: str, name: str, caption: str | None = None) -> FieldUse:
        """The field as readers meet it on a shelf."""
        found, via = self.lineage(source, name)
        return FieldUse(caption or self.caption(source, name), found, source, via)

    def level(self, source: str, name: str) -> Expr:
        """The grouping expression of a level: a column instance, or a field as it is."""
        instance = self.instances.get(source, {}).get(name)
        if instance is None:
            return self.resolve(source, name).expr
        expr = self.resolve(source, instance.column).expr
        return group_by(expr, instance.derivation, self.calendars.get(source, _CALENDAR))

    def derived(self, source: str, name: str, derivation: str) -> Expr:
        """The grouping expression of a field under a derivation."""
        return group_by(self.resolve(source, name).expr, derivation, self.calendars.get(source, _CALENDAR))

    def by_caption(self, source: str, caption: str) -> str | None:
        """The internal name of the field with that caption."""
        found = [k for k, d in self.definitions.items() if k[0] == source and d.caption == caption]
        return found[0][1] if found else None

    def _in(self, view: View) -> FormulaSet:
        if view not in self._seen:
            self._seen[view] = self._set.seen_in(view)
        return self._seen[view]

    def _formulas(self) -> FormulaSet:
        entries: dict[tuple[str | None, str], FieldEntry] = {}
        for key, definition in self.definitions.items():
            content = self._content(key, definition)
            if content is not None:
                entries[key[0], _formula_name(key[1])] = FieldEntry(
                    definition.caption, content, definition.type, self._locale(key[0])
                )
        return FormulaSet(entries)

    def _content(self, key: Key, definition: Definition) -> Expr | str | None:
        """An expression, a formula's text, or None while it waits for what it rests on."""
        match definition.kind:
            case "calculation" if definition.formula is not None:
                return definition.formula
            case "parameter":
                return value(definition.saved) if definition.saved is not None else Unsupported("no saved value")
            case "table":
                return Literal(1)
            case "bin" | "group" | "set":
                return self._derived.get(key)
            case "combined":
                return Unsupported("a combined field inside a calculation")
            case _ if definition.column is not None:
                read = _READ_AS.get((definition.stored, definition.type))
                return definition.column if read is None else call(read, definition.column)
        return Unsupported(definition.problem or "a field that its data source doesn't have")

    def _derive(self) -> None:
        """Give bins, groups and sets their expressions, those that rest on others later."""
        waiting = {k: d for k, d in self.definitions.items() if d.kind in {"bin", "group", "set"}}
        while waiting:
            ready = {k: d for k, d in waiting.items() if not self._reaches(k, set(waiting) - {k})}
            for key, definition in (ready or waiting).items():
                self._derived[key] = self._expression(definition)
                del waiting[key]
            self._set = self._formulas()

    def _reaches(self, start: Key, goals: set[Key]) -> bool:
        seen, queue = {start}, [start]
        while queue:
            definition = self.definitions.get(queue.pop())
            for key in self._below(definition) if definition else ():
                if key in goals:
                    return True
                if key not in seen:
                    seen.add(key)
                    queue.append(key)
        return False

    def _expression(self, definition: Definition) -> Expr:
        element = definition.element
        if element is None:
            return Unsupported("a field without a definition")
        if definition.kind == "set":
            chosen = read_selection(element, _Meaning(self, definition.source)).predicate
            named = (self.level(definition.source, level) for level in levels(element))
            return all_of(*map(anything, named)) if chosen == TRUE else chosen
        base = self.resolve(definition.source, definition.rests_on).expr
        return self._bin(element, base) if definition.kind == "bin" else self._group(definition, element, base)

    def _bin(self, calculation: etree._Element, base: Expr) -> Expr:
        size: Expr = Unsupported("a bin without a size")
        named = calculation.get("size-parameter") or ""
        if calculation.get("size") is not None:
            size = value(calculation.get("size"))
        elif len(parts(named)) == 2:
            size = self.resolve(*split_reference(named)).expr
        peg = calculation.get("peg")
        return call("bin", base, size) if peg in {None, "0"} else call("bin", base, size, value(peg))

    def _group(self, definition: Definition, calculation: etree._Element, base: Expr) -> Expr:
        whens = tuple(
            (call("in", base, *(value(v.text) for v in item.iterfind("value"))), value(item.get("value")))
            for item in calculation.iterfind("bin")
            if item.find("value") is not None
        )
        if calculation.get("default") is not None:
            return Case(whens, value(calculation.get("default")))
        root = self.definitions.get((definition.source, definition.rests_on))
        is_text = root is not None and root.type == "text"
        rest = base if is_text else call("to_text", base)
        return Case(whens, rest) if whens else rest

    def _below(self, definition: Definition) -> tuple[Key, ...]:
        """The fields a field names itself."""
        source = definition.source
        if definition.rests_on:
            return ((source, definition.rests_on),)
        if definition.kind in {"set", "combined"} and definition.element is not None:
            named = [self._base_of_level(source, level) for level in levels(definition.element)]
            return tuple((source, name) for name in named)
        if definition.kind == "calculation" and definition.formula:
            return tuple((s or source, _internal_name(n)) for s, n in _references(definition.formula))
        return ()

    def _base_of_level(self, source: str, level: str) -> str:
        instance = self.instances.get(source, {}).get(level)
        return instance.column if instance else level

    def _locale(self, source: str) -> Locale:
        return Locale(week_start=self.calendars.get(source, _CALENDAR).week_start)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Names inside a formula of one data source."""

    formulas: FormulaSet
    source: str

    def resolve(self, name: str, source: str | None) -> Translated | None:
        return self.formulas.resolve(name, source or self.source)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What groupfilters of a data source refer to."""

    fields: Fields
    source: str
    view: View | None = None

    def level(self, name: str) -> Expr:
        return self.fields.level(self.source, name)

    def formula(self, text: str) -> Expr:
        return self.fields.formula(self.source, text, self.view).expr

    def parameter(self, name: str) -> Expr:
        return self.fields.resolve("Parameters", name).expr


def meaning(fields: Fields, source: str, view: View | None = None) -> _Meaning:
    """What groupfilters of that data source refer to."""
    return _Meaning(fields, source, view)


def _references(formula: str) -> tuple[tuple[str | None, str], ...]:
    """Names in a formula; where it can't be read, everything in it that looks like a name."""
    try:
        return references(parse(formula))
    except FormulaError:
        qualified = [split_reference(m.group()) for m in REFERENCE.finditer(formula)]
        plain = re.findall(r"\[(?:[^\]]|\]\])*\]", formula)
        return (*qualified, *((None, bare(name)) for name in plain))


def _formula_name(name: str) -> str:
    """``[a].[b]`` as formulas spell it: ``a].[b``."""
    return name[1:-1] if name.startswith("[") and "].[" in name else name


def _internal_name(name: str) -> str:
    return f"[{name}]" if "].[" in name else name
