"""JSON from strangers: decoded whatever its encoding, and read without trusting its shape.

Power BI writes UTF-16 without a mark in one part and UTF-8 with one in the next, and puts JSON
inside strings. Every reader here either gives the type that it names or raises ``Unreadable``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from linter.errors import Unreadable

Tree = Mapping[str, Any]

MAX_DEPTH = 150  # real reports stay under 60; every level costs stack in those who walk the tree
_TOO_DEEP = f"JSON nested more than {MAX_DEPTH} levels deep"


_LINED = re.compile(r'"(?:[^"\\]|\\.)*+"(\s*:)?|[{}\n]')


class Lined(dict[str, Any]):
    """An object of a text file that knows its lines (1-based): its own, and by key that of each key."""

    __slots__ = ("keys_at", "line", "part")

    def __init__(self, items: Any, line: int = 0, part: str = "") -> None:
        super().__init__(items)
        self.line = line
        self.part = part
        self.keys_at: dict[str, int] = {}


def line_of(value: object, *keys: str) -> int:
    """The line of the first of these keys that an object has, else its own; 0 where lines mean nothing."""
    if not isinstance(value, Lined):
        return 0
    return next((value.keys_at[key] for key in keys if key in value.keys_at), value.line)


def decode(data: bytes, part: str, *, lined: bool = False) -> Any:
    """The JSON value in those bytes; its objects are ``Lined`` if that is asked for.

    Raises:
        Unreadable: with ``part`` set; wrong encoding, damaged, or nested absurdly.
    """
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise Unreadable("the part is not text in a known encoding", part=part) from None
    value = parse(text, part)
    return _with_lines(text.lstrip("\ufeff"), part) if lined else value


def _with_lines(text: str, part: str) -> Any:
    """Sound JSON with the lines of its objects: the decoder finishes objects in the order in which
    their brackets close.
    """
    closed: list[tuple[int, list[int]]] = []
    opened: list[tuple[int, list[int]]] = []
    line = 1
    for token in _LINED.finditer(text):
        match token.group()[0]:
            case "\n":
                line += 1
            case "{":
                opened.append((line, []))
            case "}":
                closed.append(opened.pop())
            case _ if token.group(1):
                opened[-1][1].append(line)
                line += token.group(1).count("\n")
    lines = iter(closed)

    def made(pairs: list[tuple[str, Any]]) -> Lined:
        at, keys = next(lines)
        found = Lined(pairs, at, part)
        found.keys_at = {key: where for (key, _), where in zip(pairs, keys, strict=True)}
        return found

    return json.loads(text, object_pairs_hook=made)


def parse(text: str, part: str) -> Any:
    """The JSON value in a string. Raises as ``decode``."""
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        raise Unreadable(_TOO_DEEP, part=part) from None
    except ValueError:  # JSONDecodeError, and numbers beyond the interpreter's limit
        raise Unreadable("the part is damaged: it is not valid JSON", part=part) from None
    if _deeper_than(value, MAX_DEPTH):
        raise Unreadable(_TOO_DEEP, part=part)
    return value


def nested(holder: Tree, key: str, part: str) -> Any:
    """The value under ``key``, which may be JSON inside a string; None when absent or empty."""
    value = holder.get(key)
    return (parse(value, part) if value.strip() else None) if isinstance(value, str) else value


def mapping(value: object, what: str) -> Tree:
    """An object; nothing counts as empty.

    Raises:
        Unreadable: it is something else, ``what`` in words.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{what} has an unexpected shape")
    return value


def below(tree: Tree, key: str) -> Tree:
    """The object under a key of an expression; empty when absent. Raises as ``mapping``."""
    return mapping(tree.get(key), "an expression")


def sequence(value: object, what: str) -> tuple[Any, ...]:
    """An array; nothing counts as empty. Raises as ``mapping``."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise Unreadable(f"{what} has an unexpected shape")
    return tuple(value)


def mappings(value: object, what: str) -> tuple[Tree, ...]:
    """An array of objects. Raises as ``mapping``."""
    return tuple(mapping(item, what) for item in sequence(value, what))


def text(value: object, default: str = "") -> str:
    """A string (or a number as one); anything else is the default."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else default


def number(value: object) -> float:
    """A number, 0 for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def dig(value: object, *path: str | int) -> Any:
    """The value at the end of a path of keys and positions, None if the path breaks off."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def objects_within(value: object) -> Iterator[Tree]:
    """Every object at any depth, outermost first."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _encoding(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    if data[1:2] == b"\0":  # the first character of JSON is ASCII
        return "utf-16-le"
    return "utf-16-be" if data[:1] == b"\0" else "utf-8-sig"


def _deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        level = inner
    return True
