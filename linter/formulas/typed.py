"""A table of rows that are typed into a formula, whatever its language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

from linter.errors import DisclintError
from linter.records import dataclass

MARK = "rows typed into the query"
"""What stands for rows that were cut out of a text, after their number."""

IN_DAX = re.compile(r"\{|\bROW\s*\(", re.IGNORECASE)
"""What a formula of DAX has in it wherever it writes rows out; most calculated tables need no reader then."""

UNKNOWN = object()
"""A value that is no literal."""

Row = Sequence[Any]


class NotRead(DisclintError):
    """What stands in the way, in words of the language only: no literal of the formula."""


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column: its place in the typed rows (None: a step computes it), and the types it was given.

    ``casts`` are pairs of a kind of value and a culture, empty where none is named; kind and culture may be
    ``unknown``.
    """

    name: str
    place: int | None
    casts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """A table of typed rows. ``read`` gives them, and raises ``NotRead`` where they can't be read.

    ``whole``: every column that was typed is still there.
    """

    columns: tuple[TypedColumn, ...]
    read: Callable[[], list[Row]] = field(repr=False)
    whole: bool = True
