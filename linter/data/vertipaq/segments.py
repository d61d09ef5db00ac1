"""Data ids of a column's rows: runs and bit-packed words, expanded with numpy.

A column file (``.idf``) is a list of segments; its companion (``.idfmeta``) says how each is packed.
Ids are whole numbers that a dictionary or a formula turns into values. Source: MS-XLDM 2.3.1 and
2.3.2 (hybrid run-length encoding); the companion's layout as found in files.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linter.data.vertipaq.container import UnknownForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

NULL = 2  # the id of null; real ids begin at the next
FIRST = NULL + 1

_HYBRID = 703_066
_RUNS_ONLY = 703_067
_WIDTHS = {703_030 + n: n for n in range(1, 11)} | {703_042: 12, 703_046: 16, 703_051: 21, 703_062: 32}
_PACKED = 0xFFFF_FFFF  # a run of this value, less the packed rows before it, stands for packed rows
_WORD = 64


class Segment(NamedTuple):
    """How the rows of a segment are packed: ``base`` is added to packed ids, ``width`` is in bits."""

    rows: int
    base: int
    packed: int
    width: int


def column_ids(data: memoryview, companion: memoryview) -> list[NDArray[np.int64]]:
    """The data ids of one partition, an array per segment; null is ``NULL``.

    Raises:
        ValueError, struct.error: bytes that are damaged or packed in an unknown way.
    """
    ids = []
    place = 0
    for segment in _described(companion):
        runs, place = _words(data, place)
        words, place = _words(data, place)
        ids.append(_expanded(segment, runs.view("<u4").reshape(-1, 2), words))
    if place != len(data):
        raise ValueError("a column has more segments than it states")
    return ids


def _words(data: memoryview, place: int) -> tuple[NDArray[np.uint64], int]:
    """A vector of 8-byte words with its length before it, and where the next begins."""
    (count,) = struct.unpack_from("<Q", data, place)
    return np.frombuffer(data, "<u8", count, place + 8), place + 8 + count * 8


def _expanded(segment: Segment, runs: NDArray[np.uint32], words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The ids of one segment, row by row.

    Words after the last run may be rubbish that some writers leave there: the rows stated end it.
    """
    ends = np.minimum(np.cumsum(runs[:, 1], dtype=np.uint64), segment.rows).astype(np.int64)
    if segment.rows and (not len(ends) or ends[-1] != segment.rows):
        raise ValueError("the runs of a segment are fewer than its rows")
    counts = np.diff(ends, prepend=0)
    marks, counts = runs[counts > 0, 0].astype(np.int64), counts[counts > 0]
    packed = marks > _PACKED - max(segment.packed, 1)
    before = np.cumsum(counts[packed]) - counts[packed]
    if (marks[packed] + before != _PACKED).any():
        raise ValueError("the runs of a segment don't fit its packed rows")
    if not packed.any():
        return np.repeat(marks, counts)
    values = _unpacked(words, segment.width, int(counts[packed].sum())) + segment.base
    if packed.all():
        return values
    ids = np.repeat(marks, counts)
    ids[np.repeat(packed, counts)] = values
    return ids


def _unpacked(words: NDArray[np.uint64], width: int, count: int) -> NDArray[np.int64]:
    """Numbers of ``width`` bits, low bits first, as many to a word as fit whole.

    A single word of zeros stands for any number of zeros.
    """
    if len(words) == 1 and not words[0]:
        return np.zeros(count, np.int64)
    if not width:
        raise UnknownForm("a segment is packed in an unknown way")
    each = _WORD // width
    if count > len(words) * each:
        raise ValueError("a segment has fewer packed rows than it states")
    numbers = np.empty((len(words), each), np.int64)
    mask = np.uint64((1 << width) - 1)
    for position in range(each):
        numbers[:, position] = (words >> np.uint64(position * width)) & mask
    return numbers.reshape(-1)[:count]


class _Reader:
    """A cursor over little-endian fields and the tags that frame them."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.place = data, 0

    def fields(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.place)
        self.place += struct.calcsize("<" + layout)
        return found

    def tag(self, text: bytes) -> None:
        if bytes(self.data[self.place : self.place + len(text)]) != text:
            raise ValueError("the description of a column is not understood")
        self.place += len(text)


def _described(companion: memoryview) -> list[Segment]:
    """The segments as a companion file describes them."""
    reader = _Reader(companion)
    reader.tag(b"<1:CP\0")
    (count,) = reader.fields("Q")
    if count > len(companion):
        raise ValueError("the description of a column is damaged")
    segments = [_segment(reader) for _ in range(count)]
    reader.tag(b"CP:1>\0")
    return segments


def _segment(reader: _Reader) -> Segment:
    reader.tag(b"<1:CS\0")
    rows, _, kind, inner = reader.fields("QQII")
    if kind == _HYBRID:
        reader.fields("QQQB")  # bookmarks and sizes of the runs
    elif kind not in _WIDTHS:
        raise UnknownForm("a segment is packed in an unknown way")
    reader.fields("I")  # value of the first run
    least, nulls = _statistics(reader)
    packed = 0
    if reader.fields("B")[0]:
        reader.tag(b"<1:CS\0")
        packed, _, nested = reader.fields("QQB")
        if nested:
            raise UnknownForm("a segment is nested in an unknown way")
        reader.tag(b"CS:1>\0")
    reader.tag(b"CS:1>\0")
    if kind == _HYBRID and inner not in _WIDTHS and inner != _RUNS_ONLY:
        raise UnknownForm("a segment is packed in an unknown way")
    width = _WIDTHS.get(inner if kind == _HYBRID else kind, 0)
    return Segment(rows, NULL if nulls else least, packed, width)


def _statistics(reader: _Reader) -> tuple[int, bool]:
    """Least id of a segment's values, and whether it has nulls."""
    reader.tag(b"<1:SS\0")
    _, least, _, _, _, _, nulls, _, _ = reader.fields("QIIIqQBQQ")
    reader.tag(b"SS:1>\0")
    return least, bool(nulls)
