"""The ``DataMashup`` part of older files: a zip of Power Query texts inside a binary envelope.

Source: https://learn.microsoft.com/openspecs/office_file_formats/ms-qdeff (MS-QDEFF, 2.2)
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from linter.errors import Unreadable

SECTION = "Formulas/Section1.m"
LARGEST = 64 << 20  # bytes of text unpacked
_HEADER = struct.Struct("<II")  # version, length of the package that follows


def section(data: bytes, part: str) -> str:
    """The text of all queries.

    Raises:
        Unreadable: with ``part`` set; damaged, or too large.
    """
    try:
        _, length = _HEADER.unpack_from(data)
        packed = io.BytesIO(data[_HEADER.size : _HEADER.size + length])
        with zipfile.ZipFile(packed) as package, package.open(SECTION) as stream:
            text = stream.read(LARGEST + 1)
    except (struct.error, zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError,
            RuntimeError):  # fmt: skip
        raise Unreadable("the queries in it can't be read", part=part) from None
    if len(text) > LARGEST:
        raise Unreadable("the queries in it are too large", part=part)
    return text.decode("utf-8-sig", errors="replace")
