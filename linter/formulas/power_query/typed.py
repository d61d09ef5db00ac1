"""The rows that are typed into a query, and the table that the query makes of them.

Steps that neither change which rows there are nor their values are followed: types, names, order and
choice of columns, sorting. A column that a step adds is known by its name alone. After any other step
the rows are not what readers see, which ``NotRead`` says.

Source: https://learn.microsoft.com/powerquery-m/table-functions
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linter.formulas.power_query.lexer import tokens
from linter.formulas.power_query.literals import CONSTRUCTORS, called, made
from linter.formulas.power_query.parser import parse
from linter.formulas.power_query.steps import STEPS
from linter.formulas.power_query.tree import Call, Items, Let, Literal, Name, Node, NotM, Record, Type, walk
from linter.formulas.typed import UNKNOWN, NotRead, Typed

Scope = tuple[Mapping[str, Node], ...]
"""Names with what they stand for, the innermost ``let`` first."""

_OF_LIBRARY = re.compile(r"[A-Z][A-Za-z]*\.[A-Z][A-Za-z]*")


def forget() -> None:
    """Let go of the texts and trees that were kept for the next question."""
    tokens.cache_clear()
    parse.cache_clear()


class Queries:
    """The queries of a model by name, parsed when another names them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._trees: dict[str, Node] = {}

    def texts(self) -> Iterable[str]:
        """Every query as it is written."""
        return self._texts.values()

    def tree(self, name: str) -> Node:
        """The tree of a query.

        Raises:
            NotRead: there is none of that name, or it is not understood.
        """
        if name not in self._texts:
            raise NotRead("they come from a query that is not in the file")
        if name not in self._trees:
            try:
                self._trees[name] = parse(self._texts[name])
            except NotM as error:
                raise NotRead(str(error)) from None
        return self._trees[name]


def typed_table(query: str, others: Queries) -> Typed:
    """The table that a query makes of typed rows; ``others`` are the queries that it may name.

    Raises:
        NotRead: it makes another of them, or there are none.
    """
    try:
        return _Reader(others).table(parse(query), ())
    except NotM as error:
        raise NotRead(str(error)) from None
    except RecursionError:
        raise NotRead("the query has too many steps") from None


def typed_in(query: str) -> tuple[list[Typed], str]:
    """All rows typed into a query, wherever they stand in it, and why some are not read.

    Only those that a table is made of are rows; other lists are names and choices.
    """
    try:
        tree = parse(query)
    except NotM as error:
        return [], str(error)
    reader, found, problem = _Reader(Queries({})), [], ""
    for call, scope in _calls(tree):
        try:
            found.append(reader.table(call, scope))
        except NotRead as error:
            problem = str(error)
        except RecursionError:
            problem = "the query has too many steps"
    return found, problem


def _calls(tree: Node) -> Iterator[tuple[Call, Scope]]:
    """Every making of a table, with the names that it may use: those of the whole query."""
    names = {name: value for node in walk(tree) if isinstance(node, Let) for name, value in node.bindings}
    yield from ((n, (names,)) for n in walk(tree) if isinstance(n, Call) and n.function in CONSTRUCTORS)


class _Reader:
    def __init__(self, others: Queries) -> None:
        self._others = others
        self._busy: set[int] = set()
        self._values: dict[int, Any] = {}

    def table(self, node: Node, scope: Scope) -> Typed:
        """The table that an expression makes."""
        if id(node) in self._busy:
            raise NotRead("it names itself")
        self._busy.add(id(node))
        try:
            return self._table(node, scope)
        finally:
            self._busy.discard(id(node))

    def _table(self, node: Node, scope: Scope) -> Typed:
        match node:
            case Let(bindings, body):
                return self.table(body, (dict(bindings), *scope))
            case Name(name):
                return self.table(*self._named(name, scope))
            case Call(function, args) if function in CONSTRUCTORS:
                return made(function, [self.value(a, scope) for a in args])
            case Call(function, (first, *rest)) if function in STEPS:
                return STEPS[function](self.table(first, scope), [self.value(a, scope) for a in rest])
            case Call(function) if _OF_LIBRARY.fullmatch(function):
                raise NotRead(f"{function} changes them")
            case _:
                raise NotRead("a step that is not known changes them")

    def value(self, node: Node, scope: Scope) -> Any:
        """A literal, a list, a record (as a dict), bytes, a type; UNKNOWN for anything else."""
        if id(node) not in self._values:
            self._values[id(node)] = UNKNOWN  # what it is while it is worked out, if it names itself
            self._values[id(node)] = self._value(node, scope)
        return self._values[id(node)]

    def _value(self, node: Node, scope: Scope) -> Any:
        match node:
            case Literal(value):
                return value
            case Items(items):
                return [self.value(item, scope) for item in items]
            case Record(fields):
                return {name: self.value(value, scope) for name, value in fields}
            case Let(bindings, body):
                return self.value(body, (dict(bindings), *scope))
            case Type():
                return node
            case Name(name):
                try:
                    return self.value(*self._named(name, scope))
                except NotRead:
                    return node  # of the library: a type, an option
            case Call(function, args):
                return called(function, [self.value(a, scope) for a in args])
            case _:
                return UNKNOWN

    def _named(self, name: str, scope: Scope) -> tuple[Node, Scope]:
        for depth, names in enumerate(scope):
            if name in names:
                return names[name], scope[depth:]
        return self._others.tree(name), ()
