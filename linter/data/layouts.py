"""Which line of a flat file names its columns, where the workbook says so and where nothing does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from linter.errors import Unreadable
from linter.policy.identifiers import IDENTIFIER_KINDS

Cell = object
_LOOKED_AT = 200
"""Lines from the start of a file in which its header is looked for."""

_MOST_COLUMNS = 2_000
"""Of a file that no source describes: the widest tables of the NPD are narrower."""

_NUMBER = re.compile(r"[-+]?[0-9][0-9.,:/ -]*")
_PART = re.compile(r"[\w@.+-]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?:[-/][0-9]{2,4})?")


def names_and_body(
    lines: Iterable[Sequence[Cell]], what: str, *, header: bool | None
) -> tuple[list[str], Iterator[Sequence[Cell]]]:
    """The names of the columns and the lines below.

    Args:
        lines: of cells; empty ones are passed over.
        what: the lines are those of: file or sheet.
        header: whether the first line has the names; None: nothing says, so that it is looked for. Names
            are printed in reports, so a line that looks like values is never taken for one of names.

    Raises:
        Unreadable: there is no line, or nothing describes a file with so many columns.
    """
    body = (line for line in lines if line)  # a line of separators is a row of nulls, an empty line is none
    first = list(islice(body, _LOOKED_AT if header is None else 1))
    if not first:
        raise Unreadable(f"the {what} is empty")
    at = _header(first) if header is None else 0 if header else None
    if header is None and max(map(len, first)) > _MOST_COLUMNS:
        raise Unreadable(f"more than {_MOST_COLUMNS:,} columns, and nothing describes them")
    if at is None:
        return [f"F{i + 1}" for i in range(max(map(len, first)))], chain(first, body)
    named = [*first[at], *([""] * (max(map(len, first)) - len(first[at])))] if header is None else first[at]
    names = [_text(cell) or f"F{i + 1}" for i, cell in enumerate(named)]
    if header is None:  # where nothing says which of two columns is meant, both are looked at
        names = [f"{name} ({n})" if (n := names[:i].count(name) + 1) > 1 else name for i, name in enumerate(names)]
    return names, chain(first[at + 1 :], body)


def _header(first: Sequence[Sequence[Cell]]) -> int | None:
    """The first line as wide as most are, titles being narrower; None if it looks like values."""
    widths = [max((i + 1 for i, cell in enumerate(line) if _text(cell)), default=0) for line in first]
    often = Counter(w for w in widths if w)
    if not often:
        return None
    usual = max(often, key=lambda width: (often[width], width))
    at = next(i for i, width in enumerate(widths) if width >= usual)
    below = [line for line in first[at + 1 :] if list(line) != list(first[at])]
    return None if any(_is_value(_text(c), i, below) for i, c in enumerate(first[at]) if _text(c)) else at


def _is_value(text: str, place: int, below: Sequence[Sequence[Cell]]) -> bool:
    """An identifier of a person, what stands in its column again, or a number or date above others like it.

    Years, and the days of a register above its marks, are names.
    """
    if any(kind.validate(part) for kind in IDENTIFIER_KINDS.values() for part in (text, *_PART.findall(text))):
        return True
    under = [_text(line[place]) for line in below if place < len(line)]
    if _NUMBER.fullmatch(text) and not _YEAR.fullmatch(text):
        return not under or any(_shape(other) == _shape(text) for other in under)
    return text in under


def _shape(text: str) -> str:
    return re.sub(r"[0-9]+", "9", text)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()
