"""What an expression names, and the base columns a measure rests on through every depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import Column
from linter.formulas.dax.lexer import DaxError
from linter.formulas.dax.parser import parse
from linter.formulas.dax.tree import Let, Name, Node, Ref, TableRef, Text, children
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.formulas.dax.schema import Measure, Schema


@dataclass(frozen=True, slots=True)
class References:
    """Names in the model's spelling, each once, in the order of the text.

    ``unknown`` are references that the model does not have: computed columns and mistakes.
    """

    columns: tuple[Column, ...] = ()
    tables: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """A column or a whole table that a measure rests on, with the measures in between.

    ``via`` runs from the measure asked for, left out, to the one that names it.
    """

    column: Column | None
    table: str
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """All that a measure rests on; ``problems`` are measures that could not be read."""

    origins: tuple[Origin, ...]
    problems: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns at any depth, each once."""
        return tuple(dict.fromkeys(origin.column for origin in self.origins if origin.column is not None))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables at any depth, each once."""
        return tuple(dict.fromkeys(origin.table for origin in self.origins))


def references(node: Node, schema: Schema, *, home: str | None = None) -> References:
    """Columns, tables and measures that an expression names itself.

    Args:
        node: the expression.
        schema: the model.
        home: the table in which ``[name]`` may be a column (calculated columns).
    """
    columns: dict[Column, None] = {}
    tables: dict[str, None] = {}
    measures: dict[str, None] = {}
    unknown: dict[str, None] = {}
    waiting: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        part, variables = waiting.pop()
        match part:
            case Ref():
                found = _resolve(part, schema, home)
                if isinstance(found, Column):
                    columns.setdefault(found)
                    tables.setdefault(found.table)
                elif found is not None:
                    measures.setdefault(found.name)
                else:
                    unknown.setdefault(part.name if part.table is None else f"{part.table}[{part.name}]")
            case TableRef(name) | Name(name):
                table = schema.table(name)
                if table is not None and name.casefold() not in variables:
                    tables.setdefault(table)
                elif isinstance(part, TableRef):
                    unknown.setdefault(name)
            case Let(bindings):
                variables |= {name.casefold() for name, _ in bindings}
            case _:
                pass
        waiting.extend((child, variables) for child in reversed(children(part)))
    return References(tuple(columns), tuple(tables), tuple(measures), tuple(unknown))


def _resolve(ref: Ref, schema: Schema, home: str | None) -> Column | Measure | None:
    """What a reference means; without a table a measure's name comes before a column of home."""
    measure = schema.measure(ref.name)
    if ref.table is None and measure is not None:
        return measure
    table = home if ref.table is None else ref.table
    column = None if table is None else schema.column(table, ref.name)
    return measure if column is None else column


def name_columns(node: Node) -> frozenset[str]:
    """Names of the columns that the expression itself computes (``ADDCOLUMNS(T, "name", ...)``)."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        parts = children(part)
        found |= {child.value.casefold() for child in parts if isinstance(child, Text)}
        waiting.extend(parts)
    return frozenset(found)


def lineage(schema: Schema, measure: str) -> Lineage:
    """What a measure rests on through the measures that it calls, shortest chain first.

    Each column is given once, with its shortest chain of captions. A measure that calls itself is
    followed once.

    Raises:
        KeyError: the model has no measure of that name.
    """
    start = schema.measure(measure)
    if start is None:
        raise KeyError(measure)
    return text_lineage(schema, start.text, home=start.table, name=start.name)


def text_lineage(schema: Schema, text: str, *, home: str, name: str) -> Lineage:
    """The same for any DAX text (a visual's own measure, a calculated column or table)."""
    origins: dict[tuple[Column | None, str], Origin] = {}
    problems: list[str] = []
    seen = {name.casefold()}
    waiting: list[tuple[str, str, str, tuple[str, ...]]] = [(name, home, text, ())]
    for caption, table, formula, via in waiting:
        try:
            node = parse(formula)
        except DaxError as error:
            problems.append(f"{caption}: {error}")
            continue
        found = references(node, schema, home=table)
        for column in found.columns:
            origins.setdefault((column, column.table), Origin(column, column.table, via))
        for named in found.tables:
            origins.setdefault((None, named), Origin(None, named, via))
        computed = name_columns(node)
        problems += [f"{caption}: unknown name {n}" for n in found.unknown if n.casefold() not in computed]
        for called in found.measures:
            target = schema.measure(called)
            if target is not None and called.casefold() not in seen:
                seen.add(called.casefold())
                waiting.append((target.name, target.table, target.text, (*via, target.name)))
    return Lineage(tuple(origins.values()), tuple(problems))
