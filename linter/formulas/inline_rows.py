"""Rows typed into a query ("Enter data"): they travel inside the text of the query itself.

``Table.FromRows(Json.Document(Binary.Decompress(Binary.FromText("...", Base64), Deflate)))``: the
base64 text is a deflated JSON array of rows. Such rows survive in templates and projects.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

MARK = "rows typed into the query"
_PAYLOAD = re.compile(r'(Binary\s*\.\s*FromText\s*\(\s*)"([A-Za-z0-9+/=\s]*)"')
_LARGEST = 64 << 20  # bytes unpacked; a deflate bomb must not fill the memory
_PIECE = 4 << 20  # bytes unpacked at a time where the rows needn't be built


def without_rows(query: str) -> tuple[str, int]:
    """The query with its packed rows replaced by their number, and that number in all.

    A payload that can't be unpacked counts as one row: something is there.
    """
    total = 0

    def shorten(match: re.Match[str]) -> str:
        nonlocal total
        rows = _rows(match.group(2))
        total += rows
        return f'{match.group(1)}"({rows} {MARK})"'

    return _PAYLOAD.sub(shorten, query), total


def _rows(payload: str) -> int:
    try:
        packed = base64.b64decode(payload)
        counted = _rows_of_texts(packed)
        if counted is not None:
            return counted
        unpacked = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _LARGEST)
        rows = json.loads(unpacked)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return 1
    return len(rows) if isinstance(rows, list) else 1


def _rows_of_texts(packed: bytes) -> int | None:
    """Number of rows ``[["a","b"],["c","d"]]``, as the tool writes them, without building them.

    None where they look otherwise. Without a backslash no text can hold the quotes of the border
    ``"],["``, and with no bracket too many there is nothing but rows of texts.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    borders = brackets = size = 0
    begin = end = b""
    while piece := inflater.decompress(packed, _PIECE):
        packed = inflater.unconsumed_tail
        size += len(piece)
        if b"\\" in piece or size > _LARGEST:
            return None
        begin = begin or piece[:3]
        brackets += piece.count(b"[")
        borders += (end + piece).count(b'"],["')
        end = (end + piece)[-4:]
    if not inflater.eof or begin != b'[["' or not end.endswith(b'"]]') or brackets != borders + 2:
        return None
    return borders + 1
