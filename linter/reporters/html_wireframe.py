"""A page as a drawing: each visual where it stands, coloured and worded by what was found on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linter.reporters.html_parts import State

WIDEST, TALLEST = 1000, 560
"""Pixels of a drawing, so that it fits on a screen and its text is always of one size."""


_DEPTHS: tuple[State, ...] = ("none", "clean", "note", "unchecked", "warning", "error")  # from the back
_RATIO = 9 / 16  # of a page that doesn't state its size
_LINE, _PAD = 21, 12
_LETTER = 9.5  # generous width of a letter, so that no text runs out of its box


@dataclass(frozen=True, slots=True)
class Shape:
    """A visual to draw. ``number`` None: it shows no data. ``box`` as shares of the page."""

    anchor: str
    number: int | None
    name: str
    word: str
    state: State
    hidden: bool
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A shape in the units of the drawing, with the lines of text that fit."""

    shape: Shape
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, str], ...]  # distance from the top, text


@dataclass(frozen=True, slots=True)
class Wireframe:
    """A drawing, in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]


def wireframe(shapes: Sequence[Shape], width: float, height: float) -> Wireframe | None:
    """The drawing of a page of that size; None without a visual of known place.

    Where visuals lie on each other, as those that a button swaps, the worst are in front; of equals
    the small ones.
    """
    ratio = min(max(height / width if width > 0 and height > 0 else _RATIO, 0.2), 3)
    wide = round(min(WIDEST, TALLEST / ratio))
    tall = round(wide * ratio)
    boxes = [box for shape in shapes if (box := _box(shape, wide, tall)) is not None]
    boxes.sort(key=lambda box: (_DEPTHS.index(box.shape.state), -box.width * box.height))
    told = (replace(box, lines=()) if box.shape.number is None and _covered(box, boxes) else box for box in boxes)
    return Wireframe(wide, tall, tuple(told)) if boxes else None


def _covered(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether another box lies on it, so that their texts would."""
    return any(
        other is not box
        and other.x < box.x + box.width
        and box.x < other.x + other.width
        and other.y < box.y + box.height
        and box.y < other.y + other.height
        for other in boxes
    )


def _box(shape: Shape, page_width: int, page_height: int) -> Box | None:
    """A shape clipped to the page; None for one that lies wholly beside it."""
    left, top, width, height = shape.box
    x, right = (min(max(share, 0), 1) * page_width for share in (left, left + width))
    y, bottom = (min(max(share, 0), 1) * page_height for share in (top, top + height))
    wide, high = round(right - x - 2, 1), round(bottom - y - 2, 1)  # its outline lies within
    if wide < 1 or high < 1:
        return None
    return Box(shape, round(x + 1, 1), round(y + 1, 1), wide, high, tuple(_lines(shape, wide, high)))


def _lines(shape: Shape, width: float, height: float) -> list[tuple[float, str]]:
    number = "" if shape.number is None else str(shape.number)
    hidden = " (hidden)" if shape.hidden else ""
    wanted = [f"{number} {shape.name}{hidden}".strip(), shape.word if number else ""]
    room = int((width - 2 * _PAD) / _LETTER)
    if room < 4 or height < _LINE + _PAD / 2:
        return [(min(height, _LINE) - 4, number)] if number and width >= _LETTER * len(number) and height >= 14 else []
    fitting = int((height - _PAD) // _LINE) or 1
    return [
        ((i + 1) * _LINE, text if len(text) <= room else text[: room - 1].rstrip() + "…")
        for i, text in enumerate([text for text in wanted if text][:fitting])
    ]
