"""The typed tree of a DAX expression, and its text form.

Chains of one precedence (``a + b - c``, ``p && q``) are flat, so that the depth of a tree is the
depth of its brackets and not the length of its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, unsigned."""

    text: str

    @property
    def value(self) -> int | float:
        """The number: int when it is written as one and fits DAX's 64 bits."""
        whole = self.text.isdigit() and len(self.text) <= 18
        return int(self.text) if whole else float(self.text)


@dataclass(frozen=True, slots=True)
class Text:
    """A text constant."""

    value: str


@dataclass(frozen=True, slots=True)
class DateText:
    """A ``dt"..."`` constant, its inside as written."""

    value: str


@dataclass(frozen=True, slots=True)
class Missing:
    """An argument left blank, as in ``F(a,,b)``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """``Table[name]``, or ``[name]`` with ``table`` None: a column or a measure.

    ``level`` is the date part behind a variation, as in ``Date[Date].[Year]``.
    """

    table: str | None
    name: str
    level: str | None = None


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table name in quotes."""

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word: a variable, an unquoted table, or a keyword argument such as ``DESC``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``function`` in upper case, constants TRUE and FALSE too."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``-``, ``+`` or ``NOT`` before an operand."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one precedence, taken from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Let:
    """``VAR name = value ... RETURN body``."""

    bindings: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Tuple:
    """A row constructor ``(a, b)``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table constructor ``{ a, b }`` or ``{ (a, b), (c, d) }``."""

    rows: tuple[Node, ...]


Node = (
    Number | Text | DateText | Missing | Ref | TableRef | Name | Call | Unary | Chain | Let | Tuple | Rows
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order of the text."""
    match node:
        case Call(args=args):
            return args
        case Unary(operand=operand):
            return (operand,)
        case Chain(first=first, rest=rest):
            return (first, *(operand for _, operand in rest))
        case Let(bindings=bindings, body=body):
            return (*(value for _, value in bindings), body)
        case Tuple(items=items):
            return items
        case Rows(rows=rows):
            return rows
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def rewritten(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree rebuilt from below, with ``change`` applied to every node after its parts."""

    def parts(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(rewritten(part, change) for part in nodes)

    match node:
        case Call(function, args):
            node = Call(function, parts(args))
        case Unary(op, operand):
            node = Unary(op, rewritten(operand, change))
        case Chain(first, rest):
            node = Chain(rewritten(first, change), tuple((op, rewritten(part, change)) for op, part in rest))
        case Let(bindings, body):
            changed = tuple((name, rewritten(value, change)) for name, value in bindings)
            node = Let(changed, rewritten(body, change))
        case Tuple(items):
            node = Tuple(parts(items))
        case Rows(rows):
            node = Rows(parts(rows))
        case _:
            pass
    return change(node)


def show(node: Node) -> str:
    """DAX text that parses to this same tree; one line, brackets wherever they could matter."""
    match node:
        case Number(text=text):
            return text
        case Text(value=value):
            return '"' + value.replace('"', '""') + '"'
        case DateText(value=value):
            return f'dt"{value}"'
        case Missing():
            return ""
        case Ref(table=table, name=name, level=level):
            column = ("" if table is None else _quoted(table)) + _bracketed(name)
            return column if level is None else f"{column}.{_bracketed(level)}"
        case TableRef(name=name):
            return _quoted(name)
        case Name(name=name):
            return name
        case Call(function=function, args=args):
            return f"{function}({', '.join(map(show, args))})"
        case Unary(op=op, operand=operand):
            return f"{op} {_grouped(operand)}"
        case Chain(first=first, rest=rest):
            return _grouped(first) + "".join(f" {op} {_grouped(operand)}" for op, operand in rest)
        case Let(bindings=bindings, body=body):
            lines = "".join(f"VAR {name} = {show(value)} " for name, value in bindings)
            return f"{lines}RETURN {show(body)}"
        case Tuple(items=items):
            return f"({', '.join(map(show, items))})"
        case Rows(rows=rows):
            return "{" + ", ".join(map(show, rows)) + "}"


def _grouped(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, Unary | Chain | Let) else show(node)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _bracketed(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"
