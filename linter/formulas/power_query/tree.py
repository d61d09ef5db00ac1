"""The tree of a query: calls, lists, records and literals; of all else only what lies inside it."""

from __future__ import annotations

from collections.abc import Iterator

from linter.errors import DisclintError
from linter.records import dataclass


class NotM(DisclintError):
    """The text is not a query as this parser knows it; the message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number as written, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a query, a function of the library."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``function`` is empty where it is no plain name."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list ``{ ... }``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record ``[ ... ]``, its fields in order."""

    fields: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Type:
    """A type: the name of a plain one, or the columns of a table type."""

    name: str
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Let:
    """``let name = value, ... in body``."""

    bindings: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, with the expressions inside it."""

    parts: tuple[Node, ...]


Node = Literal | Name | Call | Items | Record | Type | Let | Other


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    match node:
        case Call(args=args):
            return args
        case Items(items=items):
            return items
        case Record(fields=fields):
            return tuple(value for _, value in fields)
        case Let(bindings=bindings, body=body):
            return (*(value for _, value in bindings), body)
        case Other(parts=parts):
            return parts
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))
