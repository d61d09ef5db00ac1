"""Which columns a query makes of which others: Power Query steps, SQL select lists, DAX tables.

Only names are read, nothing is evaluated: enough to tell that a renamed or computed column still
carries what an NPD field carried. What is not recognised is left out, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_STEP = re.compile(r"\bTable\.(RenameColumns|DuplicateColumn|AddColumn|Group|CombineColumns|SplitColumn)\s*\(")
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_PAIR = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*"((?:[^"]|"")*)"\s*\}')
_GROUPED = re.compile(r'\{\s*"((?:[^"]|"")*)"\s*,\s*each\b([^{}]*)')
_FIELD = re.compile(r"\[#?\"?([^\[\]\"]+)\"?\]")
_SELECT = re.compile(r"\bselect\b(?:\s+distinct\b|\s+top\s+\d+)?", re.IGNORECASE)
_ALIASED = re.compile(r"^(.*[^\s.])\s+(?:as\s+)?(\w+|\"[^\"]+\"|\[[^\]]+\]|`[^`]+`)$", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")
_MADE = re.compile(r'"((?:[^"]|"")*)"\s*,([^"]*)')  # of SELECTCOLUMNS, ADDCOLUMNS, SUMMARIZE, ROW

Made = tuple[str, tuple[str, ...]]
"""A new column and the columns it is made of."""


def origins(text: str, *, calculated: bool = False) -> dict[str, dict[str, tuple[str, ...]]]:
    """Columns that a query makes, each with the columns before it and the path of steps down to each.

    Args:
        text: of the query.
        calculated: it is the DAX of a calculated table.
    """
    steps: dict[str, tuple[str, ...]] = {}
    for new, old in _dax(text) if calculated else (*_power_query(text), *_sql(text)):
        steps[new] = tuple(dict.fromkeys((*steps.get(new, ()), *old)))
    return {new: _paths(new, steps) for new in steps}


def _paths(name: str, steps: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every column before a name, nearest first, with the names from the first step down to it."""
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [(old,) for old in steps[name]]
    while waiting:
        path = waiting.pop(0)
        old = path[-1]
        if old not in found and old != name:
            found[old] = path
            waiting.extend((*path, older) for older in steps.get(old, ()))
    return found


def _power_query(text: str) -> Iterator[Made]:
    for match in _STEP.finditer(text):
        call = _arguments(text, match.end())
        kind, rest = match[1], call[1:]
        if kind == "RenameColumns" and rest:
            yield from ((new, (old,)) for old, new in _PAIR.findall(rest[0]))
        elif kind == "Group" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(body))) for new, body in _GROUPED.findall(rest[1]))
        elif kind == "DuplicateColumn" and len(rest) > 1:
            yield from ((new, (old,)) for old in _TEXT.findall(rest[0]) for new in _TEXT.findall(rest[1]))
        elif kind == "AddColumn" and len(rest) > 1:
            yield from ((new, tuple(_FIELD.findall(rest[1]))) for new in _TEXT.findall(rest[0])[:1])
        elif kind == "CombineColumns" and len(rest) > 2:
            yield from ((new, tuple(_TEXT.findall(rest[0]))) for new in _TEXT.findall(rest[-1])[:1])
        elif kind == "SplitColumn" and len(rest) > 1:
            yield from ((new, tuple(_TEXT.findall(rest[0])[:1])) for new in _TEXT.findall(rest[-1]))


def _sql(text: str) -> Iterator[Made]:
    for match in _SELECT.finditer(text):
        for item in _arguments(text, match.end(), stop=re.compile(r"\bfrom\b", re.IGNORECASE)):
            aliased = _ALIASED.match(item.strip())
            if aliased:
                yield aliased[2].strip('"[]`'), tuple(_WORD.findall(aliased[1]))


def _dax(text: str) -> Iterator[Made]:
    yield from ((new, tuple(_FIELD.findall(body))) for new, body in _MADE.findall(text) if _FIELD.search(body))


def _arguments(text: str, start: int, stop: re.Pattern[str] | None = None) -> list[str]:
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
