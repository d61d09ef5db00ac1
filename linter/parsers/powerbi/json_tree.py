"""JSON from strangers: decoded whatever its encoding, and read without trusting its shape.

Power BI writes UTF-16 without a mark in one part and UTF-8 with one in the next, and puts JSON
inside strings. Every reader here either gives the type that it names or raises ``Unreadable``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from linter.errors import Unreadable

Tree = Mapping[str, Any]

MAX_DEPTH = 150  # real reports stay under 60; every level costs stack in those who walk the tree
_TOO_DEEP = f"JSON nested more than {MAX_DEPTH} levels deep"


def decode(data: bytes, part: str) -> Any:
    """The JSON value in those bytes.

    Raises:
        Unreadable: with ``part`` set; wrong encoding, damaged, or nested absurdly.
    """
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise Unreadable("the part is not text in a known encoding", part=part) from None
    return parse(text, part)


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
