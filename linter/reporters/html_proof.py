"""How a hidden cell follows: the cells of the subtraction where they stand in the grid, linked, without a number."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from linter.records import dataclass
from linter.reporters.reading import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from linter.reporters.facts import Equation
    from linter.reporters.html_grid import Grid

MOST = 3
"""Subtractions that are drawn per finding."""

_MOST_CELLS = 16  # across and down
_WIDE, _HIGH, _GAP = 84, 30, 10
_LETTER, _LONGEST, _HEAD = 8, 24, 26
_EDGE = 4
_TOTAL, _ELSEWHERE = "Total", "Total elsewhere"

Sign = Literal["+", "−", "?"]
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A cell of the subtraction as drawn: ``?`` is the hidden one."""

    sign: Sign
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A member of a grouping beside the cells."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Proof:
    """A drawing in pixels, and the subtraction in words; without ``steps`` the words are all."""

    cell: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    what_if: bool
    width: float = 0
    height: float = 0
    rows: tuple[Heading, ...] = ()
    columns: tuple[Heading, ...] = ()
    steps: tuple[Step, ...] = ()
    link: str = ""
    cell_width: float = _WIDE
    cell_height: float = _HIGH

    @property
    def words(self) -> str:
        """The subtraction, read out."""
        less = f" less {', less '.join(self.minus)}" if self.minus else ""
        return f"{' plus '.join(self.plus)}{less} is {self.cell}"


def proofs(equations: Sequence[Equation], grid: Grid | None) -> tuple[Proof, ...]:
    """The first of the equations; drawn where all its cells stand in the grid."""
    return tuple(_proof(equation, grid) for equation in equations[:MOST])


def leaks(equations: Iterable[Equation], grid: Grid) -> frozenset[_Place]:
    """The squares of a grid that are hidden and follow, as places of rows and columns."""
    places = (_place(equation.cell, grid) for equation in equations if not equation.what_if)
    return frozenset(place for place in places if place is not None)


def _proof(equation: Equation, grid: Grid | None) -> Proof:
    names = [tuple(sentence(cell) for cell in cells) for cells in ((equation.cell,), equation.plus, equation.minus)]
    told = Proof(names[0][0], names[1], names[2], equation.what_if)
    if grid is None:
        return told
    wanted = [("+", c) for c in equation.plus] + [("−", c) for c in equation.minus] + [("?", equation.cell)]
    found: dict[_Place, Sign] = {}
    for sign, cell in wanted:
        place = _place(cell, grid)
        if place is None or place in found:  # not in this grid, or several cells in one square
            return told
        found[place] = sign  # type: ignore[assignment]
    rows, columns = sorted({r for r, _ in found}), sorted({c for _, c in found})
    if max(len(rows), len(columns)) > _MOST_CELLS:
        return told
    return _draw(told, found, rows, columns, grid)


def _draw(told: Proof, found: dict[_Place, Sign], rows: list[int], columns: list[int], grid: Grid) -> Proof:
    row_names = [grid.rows[r].label if r < len(grid.rows) else _TOTAL if grid.foot else _ELSEWHERE for r in rows]
    column_names = [
        grid.columns[c] if c < len(grid.columns) else _TOTAL if grid.totals else _ELSEWHERE for c in columns
    ]
    by_row, by_column = dict(zip(rows, row_names, strict=True)), dict(zip(columns, column_names, strict=True))
    names = {p: ", ".join((by_row[p[0]], by_column[p[1]]) if grid.columns_by else (by_row[p[0]],)) for p in found}
    left = max(len(_cut(text, _LONGEST)) for text in row_names) * _LETTER + 12
    top = _HEAD if grid.columns_by else _EDGE
    at_x = {c: left + i * (_WIDE + _GAP) for i, c in enumerate(columns)}
    at_y = {r: top + i * (_HIGH + _GAP) for i, r in enumerate(rows)}
    steps = tuple(
        Step(sign, at_x[c], at_y[r]) for (r, c), sign in sorted(found.items(), key=lambda item: item[1] == "?")
    )
    across = len(columns) >= len(rows)
    path = sorted(steps, key=lambda s: (s.sign == "?", (s.x, s.y) if across else (s.y, s.x)))
    return replace(
        told,
        cell=next(names[place] for place, sign in found.items() if sign == "?"),
        plus=tuple(names[place] for place, sign in found.items() if sign == "+"),
        minus=tuple(names[place] for place, sign in found.items() if sign == "−"),
        width=left + len(columns) * (_WIDE + _GAP) - _GAP + _EDGE,
        height=top + len(rows) * (_HIGH + _GAP) - _GAP + _EDGE,
        rows=tuple(Heading(_cut(t, _LONGEST), 0, at_y[r] + _HIGH / 2 + 5) for r, t in by_row.items()),
        columns=tuple(
            Heading(_cut(t, _WIDE // _LETTER + 1), at_x[c] + _WIDE / 2, top - 9) for c, t in by_column.items()
        )
        if grid.columns_by
        else (),
        steps=steps,
        link="M" + "L".join(f"{s.x + _WIDE / 2:g} {s.y + _HIGH / 2:g}" for s in path),
    )


def _place(cell: str, grid: Grid) -> _Place | None:
    """Row and column of a named cell; the place after the last is the total. None: not in this grid."""
    row = _index(cell, grid.rows_by, [row.label for row in grid.rows])
    column = _index(cell, grid.columns_by, grid.columns) if grid.columns_by else 0
    return None if row is None or column is None else (row, column)


def _index(cell: str, by: str, labels: Sequence[str]) -> int | None:
    """The member of a grouping that a cell's name holds: ``School=Ash School, Sex=F``.

    The longest that fits, as one member may begin like another.
    """
    fitting = [(len(label), i) for i, label in enumerate(labels) if _says(cell, f"{by}={label}")]
    if fitting:
        return max(fitting)[1]
    return None if _says(cell, f"{by}=", whole=False) else len(labels)


def _says(cell: str, part: str, *, whole: bool = True) -> bool:
    end = r"(?:, |$)" if whole else ""
    return re.search(rf"(?:^|, |: ){re.escape(part)}{end}", cell) is not None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
