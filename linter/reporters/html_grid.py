"""The table behind a visual as a heat map of bands: where the small cells are, not how small.

A square shows a band of the profile (``masking.shown``), never finer. Where the profile counts zeros
as disclosive, none and few look alike. Labels are member values of grouping columns; those of keys,
identifiers and free text never show.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.policy.masking import band_range, shown
from linter.policy.profile import load_profile, shipped
from linter.records import dataclass
from linter.reporters.reading import name
from linter.text import by_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from linter.evidence import CellTable, LayerResult
    from linter.policy.profile import Profile

ROWS, COLUMNS = 30, 12
"""How much of a table is drawn: a report with many visuals stays small enough to be mailed."""

_NAMELESS = 8  # rows or columns of persons: one is like the other

_BANDS = 4  # bands above the small one that are told apart
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Square:
    """A cell as drawn: its text, and its level: 0 small (or none), rising; None where there is nothing.

    ``follows``: it is hidden, and can be worked out from what is shown.
    """

    text: str
    level: int | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A member of the first grouping; ``total`` where the visual shows one."""

    label: str
    squares: tuple[Square, ...]
    total: Square | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows by the first grouping, columns by the second (one column if there is none).

    ``counted`` are people or rows. ``quiet``: no cell of it is small, its lowest band is no alarm.
    """

    counted: str
    quiet: bool
    rows_by: str
    columns_by: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    foot: Row | None = None  # the totals of the columns, where the visual shows them

    @property
    def totals(self) -> bool:
        """Whether there is a column of totals."""
        return any(row.total for row in self.rows) or bool(self.foot and self.foot.total)

    def marked(self, places: frozenset[tuple[int, int]]) -> Grid:
        """The same with the squares that follow from others."""
        if not places:
            return self
        rows = tuple(
            replace(row, squares=tuple(replace(s, follows=(i, j) in places) for j, s in enumerate(row.squares)))
            for i, row in enumerate(self.rows)
        )
        return replace(self, rows=rows, notes=(*self.notes, "◆ is hidden, and follows from what is shown."))


def profile_of(profile: str) -> Profile | None:
    """The profile of a result, whose bands are needed; None for one of a policy folder, which isn't at hand."""
    return load_profile(profile) if profile in shipped() else None


def grid_of(layer: LayerResult, profile: Profile, threshold: int, *, reveal: bool) -> Grid | None:
    """The heat map of a layer; None for one without people, without cells or with a single figure."""
    body = layer.body
    if body is None or not body.labels or layer.unit.kind == "not_people":
        return None
    counts = _smallest(body)
    if not counts:
        return None
    drawn = _Drawing(profile, reveal=reveal)
    two = len(body.labels) > 1
    room = (_NAMELESS if layer.opaque[0] else ROWS, _NAMELESS if two and layer.opaque[1] else COLUMNS)
    kept_rows, kept_columns = _kept(counts, drawn, room)
    rows = _in_order(layer, body, 0, kept_rows, lambda r: [drawn.level(counts.get((r, c))) or 0 for c in kept_columns])
    columns = kept_columns
    if two:
        columns = _in_order(
            layer, body, 1, kept_columns, lambda c: [drawn.level(counts.get((r, c))) or 0 for r in rows]
        )
    counted = "rows" if layer.unit.kind == "unknown" else "people"
    of_rows = _totals(layer, (0,)) if two else {}
    of_columns, whole = _totals(layer, (1,) if two else ()), _totals(layer, ())
    beside = {r: drawn.total(of_rows.get(body.labels[0][r]), _line(counts, 0, r)) for r in rows} if of_rows else {}
    foot = [drawn.total(of_columns.get(body.labels[1][c] if two else None), _line(counts, 1, c)) for c in columns]
    corner = drawn.total(whole[None], counts.values(), of_rows.values(), of_columns.values()) if two and whole else None
    return Grid(
        counted=counted,
        quiet=not any(table.small_shown(threshold) for table in layer.tables),
        rows_by=name(layer.grain[0]),
        columns_by=name(layer.grain[1]) if two else "",
        columns=_labels(layer, body, 1, columns) if two else (counted,),
        rows=tuple(
            Row(label, tuple(drawn.square(counts.get((r, c))) for c in columns), beside.get(r))
            for label, r in zip(_labels(layer, body, 0, rows), rows, strict=True)
        ),
        notes=tuple(_notes(layer, counts, rows, columns, drawn)),
        foot=Row("Total", tuple(foot), corner) if of_columns or corner else None,
    )


def _line(counts: dict[_Place, int], along: int, code: int) -> list[int]:
    """The numbers in a row (0) or column (1), also where it is not drawn in full."""
    return [count for place, count in counts.items() if place[along] == code]


def _totals(layer: LayerResult, keeps: tuple[int, ...]) -> dict[str | None, int]:
    """The totals that the visual shows for each member of the one grouping that they keep; None for the whole."""
    nameless = any(layer.opaque[place] for place in keeps)  # which total is whose can't be told, nor should it
    for _, table in layer.totals if not nameless else ():
        if table.keeps == keeps:
            found = _smallest(table)
            labels = table.labels[0] if keeps else (None,)
            return {labels[row]: count for (row, _), count in found.items()}
    return {}


@dataclass(frozen=True, slots=True)
class _Drawing:
    """How a number of people is drawn."""

    profile: Profile
    reveal: bool

    @property
    def alike(self) -> bool:
        """None and few are not told apart."""
        return self.profile.zeros_disclosive and not self.reveal

    def square(self, count: int | None) -> Square:
        """The square of the smallest number of people behind a cell; None: there is no such cell."""
        level = self.level(count)
        if count is None and not self.alike:
            return Square("–", None)
        top = self.profile.bands[: _BANDS + 1][-1]
        if not self.reveal and count is not None and count > top:
            return Square(f"{top + 1:,}+", level)
        return Square(shown(count or 0, self.profile, reveal=self.reveal), level)

    def total(self, count: int | None, *parts: Iterable[int]) -> Square:
        """The square of a total of parts that are drawn too: no finer than leaves a small part any small number."""
        square = self.square(count)
        if self.reveal or not square.level or not any(self._tells(count or 0, list(of)) for of in parts):
            return square
        return replace(square, text=f"{self.profile.bands[0] + 1:,}+")

    def _tells(self, count: int, parts: list[int]) -> bool:
        """Whether the bands of a total and of the other parts place a small part within fewer numbers than its band."""
        few, top = self.profile.bands[0], self.profile.bands[: _BANDS + 1][-1]
        known = [band_range(part, self.profile) for part in (count, *parts)]
        (low, high), *ranges = [(low, None) if low > top else (low, high) for low, high in known]
        if not any(1 <= part <= few for part in parts):
            return False
        least = sum(low for low, _ in ranges) - 1  # of all but one small part
        above = high is not None and high - least < few
        highs = [high for _, high in ranges if high is not None]
        return above or (len(highs) == len(ranges) and low - (sum(highs) - few) > 1)

    def level(self, count: int | None) -> int | None:
        """The place of its band; what looks alike has the same."""
        if not count:
            return 0 if self.alike else None
        return sum(count > edge for edge in self.profile.bands[: _BANDS + 1])


def _smallest(body: CellTable) -> dict[_Place, int]:
    """Per square the fewest people behind any cell and measure in it that readers see.

    A square stands for several cells where there are more than two groupings.
    """
    series = [body.contributors.values, *(base.contributors.values for base in body.bases)]
    first = body.codes[0] if body.codes else (0,) * len(body)
    second = body.codes[1] if len(body.codes) > 1 else None
    found: dict[_Place, int] = {}
    for i in range(len(body)):
        if body.hidden and body.hidden[i]:
            continue
        few = min((values[i] for values in series if values[i] > 0), default=0)
        place = (first[i], second[i] if second is not None else 0)
        found[place] = min(few, found.get(place, few))
    return found


def _kept(counts: dict[_Place, int], drawn: _Drawing, room: tuple[int, int]) -> tuple[list[int], list[int]]:
    """The rows and columns that are drawn: those with most squares in the lowest band."""

    def most(along: Iterable[int], across: Sequence[int], place: int, limit: int) -> list[int]:
        ordered = sorted(set(along))
        if len(ordered) <= limit:
            return ordered
        small = dict.fromkeys(ordered, 0)
        for key, count in counts.items():
            if drawn.level(count) == 0 and key[1 - place] in across:
                small[key[place]] += 1
        return sorted(ordered, key=lambda code: -small[code])[:limit]

    everywhere = sorted({c for _, c in counts})
    rows = most((r for r, _ in counts), everywhere, 0, room[0])
    return rows, most(everywhere, rows, 1, room[1])


def _in_order(
    layer: LayerResult, body: CellTable, place: int, codes: list[int], levels: Callable[[int], list[int]]
) -> list[int]:
    """Codes by their labels, numbers by size, null last; persons by what is drawn, as their codes follow the rows."""
    if layer.opaque[place]:
        return sorted(codes, key=levels)

    def key(code: int) -> tuple[bool, bool, float, str]:
        label = body.labels[place][code]
        number = float(label) if label is not None and re.fullmatch(r"-?\d+(\.\d+)?", label, re.ASCII) else None
        return label is None, number is None, number or 0, label or ""

    return sorted(codes, key=key)


def _labels(layer: LayerResult, body: CellTable, place: int, codes: list[int]) -> tuple[str, ...]:
    if layer.opaque[place]:
        return tuple(f"#{i}" for i in range(1, len(codes) + 1))
    labels = by_day(body.labels[place])
    known = (labels[code] for code in codes)
    return tuple("(null)" if label is None else name(label) for label in known)


def _notes(
    layer: LayerResult, counts: dict[_Place, int], rows: list[int], columns: list[int], drawn: _Drawing
) -> Iterable[str]:
    """What a reader must know to read it rightly."""
    for drawn_here, place in ((rows, 0), (columns, 1)):
        total = len({key[place] for key in counts})
        if total > len(drawn_here):
            what = "rows" if place == 0 else "columns"
            yield f"{len(drawn_here)} of {total:,} {what}, those with most cells in the lowest band."
    if len(layer.grain) > 2:
        more = ", ".join(name(caption) for caption in layer.grain[2:])
        yield f"Split further by {more}: each square shows the smallest cell in it."
    body = layer.body
    if body and any(tuple(b.contributors.values) != tuple(body.contributors.values) for b in body.bases):
        yield "Where a measure uses fewer people than the cell holds, the square shows these."
    if any(layer.opaque[:2]):
        yield "Values that identify a person are replaced by numbers."
    if drawn.alike and any(drawn.level(counts.get((r, c))) == 0 for r in rows for c in columns):
        yield "None and few look alike, as the profile counts zeros as disclosive."
