"""Number formats as spreadsheets write them: when they hide a number, and how many decimals they show.

``[<6]"*";0`` has two sections, the first for numbers below six; without conditions the sections are for
positive numbers, negative ones, nought and text. A section without a digit placeholder shows no number.
Source: ECMA-376, Office Open XML, part 1, 18.8.31 (numFmts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from linter.records import dataclass

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_ANY_BRACKET = re.compile(r"\[[^\]]*\]")
_DIGITS = re.compile(r"[0#?]")
_NUMBER = re.compile(r"([#0?,]*)(?:\.([0#?]*))?(,*)")
_DYNAMIC = re.compile(
    r"\bIF\s*\(\s*(?:SELECTEDMEASURE\s*\(\s*\)|(?:'[^']*'|\w+)?\[[^\]]+\])\s*(<=|>=|<>|<|>|=)\s*(\d+(?:\.\d+)?)\s*,"
    r'\s*"((?:[^"]|"")*)"\s*(?:,\s*"((?:[^"]|"")*)"\s*)?\)',
    re.IGNORECASE,
)
_NAMED = frozenset({"general", "general number", "standard", "percent", "currency", "fixed", "scientific"})
_NAMES = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "<>": "ne"}
OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """A number is not shown where it compares so with ``value``; ``symbol`` stands in its place."""

    comparison: str
    value: float
    symbol: str | None


@dataclass(frozen=True, slots=True)
class Printed:
    """How a number is printed: decimals, and what it is multiplied by (100 for a percentage)."""

    decimals: int
    of: int


def hides(text: str) -> tuple[Hidden, ...]:
    """The conditions under which a format shows no number; of a formula that yields formats as well."""
    if (dynamic := _DYNAMIC.search(text)) is not None:
        return _dynamic(dynamic)
    if not text.strip():
        return ()
    sections = _sections(text)
    conditions = [_CONDITION.search(_QUOTED.sub("", s)) for s in sections]
    found = [
        Hidden(_NAMES[condition[1]], float(condition[2]), _symbol(section))
        for section, condition in zip(sections, conditions, strict=True)
        if condition is not None and not _shows(section)
    ]
    if any(conditions):
        return tuple(found or _left_over(sections, conditions))
    if len(sections) < 2:
        return ()
    if not _shows(sections[0]):
        found.append(Hidden("gt", 0, _symbol(sections[0])))
    return tuple(found)


def _left_over(sections: list[str], conditions: list[re.Match[str] | None]) -> Iterator[Hidden]:
    """What no condition takes, where a single one does: ``[>=10]0;"c"`` hides numbers below ten."""
    stated = [c for c in conditions if c is not None]
    rest = [s for s, c in zip(sections, conditions, strict=True) if c is None]
    if len(stated) == 1 and rest and not _shows(rest[0]):
        yield Hidden(OPPOSITE[_NAMES[stated[0][1]]], float(stated[0][2]), _symbol(rest[0]))


def printed(text: str) -> Printed | None:
    """What the first section of a format that shows a number does; None where that can't be told."""
    section = next((s for s in _sections(text) if _shows(s)), None)
    if section is None or _DYNAMIC.search(text):
        return None
    plain = _ANY_BRACKET.sub("", _QUOTED.sub("", section))
    digits = _NUMBER.match(plain[_first_digit(plain) :])
    if digits is None or digits[1].endswith(",") or digits[3] or "E+" in plain.upper():
        return None
    return Printed(len(digits[2] or ""), 100 if "%" in plain else 1)


def _first_digit(plain: str) -> int:
    found = re.search(r"[0#?.]", plain)
    return found.start() if found else 0


def _dynamic(found: re.Match[str]) -> tuple[Hidden, ...]:
    comparison, value = _NAMES[found[1]], float(found[2])
    then, otherwise = (None if part is None else part.replace('""', '"') for part in (found[3], found[4]))
    hidden = []
    if then is not None and not _shows(then):
        hidden.append(Hidden(comparison, value, _symbol(then)))
    if otherwise is not None and not _shows(otherwise):
        hidden.append(Hidden(OPPOSITE[comparison], value, _symbol(otherwise)))
    return tuple(hidden)


def _sections(text: str) -> list[str]:
    """The parts between semicolons that stand outside quotes."""
    parts, depth = [""], False
    for character in text:
        depth ^= character == '"'
        if character == ";" and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _shows(section: str) -> bool:
    """Whether a section prints a number: it has a digit placeholder, or is the general one."""
    plain = _ANY_BRACKET.sub("", re.sub(r"\\.", "", _QUOTED.sub("", section)))
    return bool(_DIGITS.search(plain)) or plain.strip().casefold() in _NAMED


def _symbol(section: str) -> str | None:
    """What a section without a number prints."""
    quoted = "".join(m.replace('""', '"') for m in _QUOTED.findall(section))
    return (quoted or _ANY_BRACKET.sub("", section).replace("\\", "").strip()) or None
