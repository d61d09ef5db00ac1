"""The syntax tree of a Tableau calculation: plain frozen nodes, as written, before any meaning.

Positions (characters from 0) do not take part in comparison, so two trees are equal when their
formulas say the same thing.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from linter.errors import DisclintError
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


class FormulaError(DisclintError):
    """The text is not a calculation we can read.

    Args:
        reason: one line that names what was expected; never the text of a literal, which may be data.
        position: characters from the start of the formula, from 0.
    """

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (at character {position + 1})")
        self.reason = reason
        self.position = position


def _position() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, string, TRUE, FALSE or NULL (None)."""

    value: str | int | float | bool | None
    position: int = _position()

    def __eq__(self, other: object) -> bool:
        """Equal value of equal type: 1, 1.0 and TRUE are three constants."""
        if not isinstance(other, Constant):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class DateConstant:
    """A ``#...#`` literal by its text: what day it means may depend on the workbook's locale."""

    text: str
    position: int = _position()


@dataclass(frozen=True, slots=True)
class FieldRef:
    """``[name]``, ``[source].[name]`` or ``[Parameters].[name]``; doubled ``]]`` already undone.

    With three parts the name keeps its inner brackets (``a].[b``), as the workbook's own column
    ids do.
    """

    name: str
    source: str | None = None
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Unary:
    """Negation of a number or NOT."""

    op: Literal["-", "NOT"]
    operand: Node
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Binary:
    """An arithmetic operator or a comparison; ``==`` is written ``=`` and ``!=`` is ``<>``."""

    op: Literal["^", "*", "/", "%", "+", "-", "=", "<>", "<", "<=", ">", ">="]
    left: Node
    right: Node
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Logic:
    """AND or OR over two or more operands: flat, since lists of hundreds of members are common."""

    op: Literal["AND", "OR"]
    operands: tuple[Node, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Among:
    """What follows IN: a list ``(a, b, ...)``, or one set field, with ``listed`` False."""

    members: tuple[Node, ...]
    listed: bool = True
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Membership:
    """``operand IN (a, b, ...)`` or ``operand IN [Set]``."""

    operand: Node
    among: Among
    position: int = _position()


@dataclass(frozen=True, slots=True)
class If:
    """IF / ELSEIF / ELSE / END."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None = None
    position: int = _position()


@dataclass(frozen=True, slots=True)
class CaseOf:
    """CASE / WHEN / ELSE / END. The value of a ``WHEN IN (...)`` is an ``Among``."""

    subject: Node
    whens: tuple[tuple[Node, Node], ...]
    otherwise: Node | None = None
    position: int = _position()


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function by its name in capitals, known or not."""

    name: str
    args: tuple[Node, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class LevelOfDetail:
    """``{FIXED a, b : body}``, INCLUDE, EXCLUDE, or ``{body}``, which is FIXED over nothing."""

    scope: Literal["FIXED", "INCLUDE", "EXCLUDE"]
    by: tuple[Node, ...]
    body: Node
    position: int = _position()


Node = (
    Constant | DateConstant | FieldRef | Unary | Binary | Logic | Among | Membership | If | CaseOf
    | FunctionCall | LevelOfDetail
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order of the text."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Logic(operands=operands):
            return operands
        case Among(members=members):
            return members
        case Membership(operand=operand, among=among):
            return (operand, among)
        case If(branches=pairs, otherwise=otherwise):
            return _flat((), pairs, otherwise)
        case CaseOf(subject=subject, whens=pairs, otherwise=otherwise):
            return _flat((subject,), pairs, otherwise)
        case FunctionCall(args=args):
            return args
        case LevelOfDetail(by=by, body=body):
            return (*by, body)
        case _:
            return ()


def _flat(first: tuple[Node, ...], pairs: tuple[tuple[Node, Node], ...], last: Node | None) -> tuple[Node, ...]:
    middle = tuple(part for pair in pairs for part in pair)
    return (*first, *middle) if last is None else (*first, *middle, last)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def depth(node: Node) -> int:
    """The number of nodes on the longest way down; 1 for a leaf."""
    deepest, stack = 0, [(node, 1)]
    while stack:
        top, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in children(top))
    return deepest


def references(node: Node) -> tuple[tuple[str | None, str], ...]:
    """The fields a formula names itself, each once, as (source or None, name)."""
    return tuple(dict.fromkeys((n.source, n.name) for n in walk(node) if isinstance(n, FieldRef)))
