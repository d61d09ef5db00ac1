"""Rows packed into a text ("Enter data"): base64 of a deflated JSON array of rows."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

LARGEST = 64 << 20
"""Bytes unpacked; a deflate bomb must not fill the memory."""

_PIECE = 4 << 20  # bytes unpacked at a time where the rows needn't be built
_FORMS = {"deflate": -zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS + 16}


def unpacked(payload: str, encoding: str, compression: str) -> bytes:
    """The bytes in a text.

    Args:
        payload: the text.
        encoding: ``base64`` or ``hex``.
        compression: ``deflate``, ``gzip``, or empty for none.

    Raises:
        ValueError: it is something else, is damaged, or too large.
    """
    try:
        packed = base64.b64decode(payload) if encoding == "base64" else bytes.fromhex(payload)
        if not compression:
            return packed
        inflater = zlib.decompressobj(_FORMS[compression])
        found = inflater.decompress(packed, LARGEST)
    except (binascii.Error, zlib.error, KeyError):
        raise ValueError("the rows can't be unpacked") from None
    if not inflater.eof:
        raise ValueError("the rows are cut short or too large")
    return found


def json_in(data: bytes | str) -> Any:
    """The JSON value in those bytes. Raises ValueError: none, or nested absurdly."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def rows_packed(payload: str) -> int:
    """Number of rows in a text; one where it can't be unpacked: something is there."""
    try:
        packed = base64.b64decode(payload)
        counted = _rows_of_texts(packed)
        rows = json_in(unpacked(payload, "base64", "deflate")) if counted is None else None
    except (binascii.Error, zlib.error, ValueError):
        return 1
    if counted is not None:
        return counted
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
        if b"\\" in piece or size > LARGEST:
            return None
        begin = begin or piece[:3]
        brackets += piece.count(b"[")
        borders += (end + piece).count(b'"],["')
        end = (end + piece)[-4:]
    if not inflater.eof or begin != b'[["' or not end.endswith(b'"]]') or brackets != borders + 2:
        return None
    return borders + 1
