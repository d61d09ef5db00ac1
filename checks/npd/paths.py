"""Columns made of columns, and the way from one to all before it."""

from __future__ import annotations

import re
from collections.abc import Mapping

TEXT = re.compile(r'"((?:[^"]|"")*)"')
"""A text in quotes, as Power Query and DAX write it."""

Made = tuple[str, tuple[str, ...]]
"""A new column and the columns it is made of."""


def paths(name: str, steps: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every column before a name, nearest first, with the names from the first step down to it.

    ``steps`` are by name without case.
    """
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(old,) for old in steps[name.casefold()]]
    while waiting:
        path = waiting.pop(0)
        old = path[-1]
        if old not in found and old != name:
            found[old] = path
            waiting.extend((*path, older) for older in steps.get(old.casefold(), ()))
    return found


def arguments(text: str, start: int, stop: re.Pattern[str] | None = None) -> list[str]:
    """The parts between commas from a position on, to the bracket that closes or the word that stops."""
    found, depth, begin, i = [], 0, start, start
    while i < len(text):
        character = text[i]
        if character in "\"'" and (end := text.find(character, i + 1)) >= 0:
            i = end
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and character == ",":
            found.append(text[begin:i])
            begin = i + 1
        if depth < 0 or (depth == 0 and stop is not None and stop.match(text, i)):
            break
        i += 1
    return [*found, text[begin:i]]
