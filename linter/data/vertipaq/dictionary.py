"""The dictionary of a column: the value of each data id, in order.

Source: MS-XLDM 2.3.3 (dictionaries; pages of strings, plain or Huffman-coded). The Huffman codes
are undone by ``xmhuffman``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from linter.data.vertipaq.container import UnknownForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE, _REAL, _TEXT = 0, 1, 2  # kinds of dictionary
_AFTER_HASH = 4 + 6 * 4  # the kind, then six words about hashing
_ONE_CHARSET, _ANY_CHARSET = 703_121, 703_122
_BEGIN, _END = b"\xdd\xcc\xbb\xaa", b"\xcd\xab\xcd\xab"


def read_dictionary(data: memoryview) -> NDArray[Any]:
    """The values from the first data id on: int64, float64, or object (str).

    Raises:
        ValueError, struct.error: damaged, or of an unknown kind.
    """
    (kind,) = struct.unpack_from("<i", data)
    if kind == _TEXT:
        return _texts(data)
    if kind not in {_WHOLE, _REAL}:
        raise UnknownForm("a dictionary is of an unknown kind")
    count, size = struct.unpack_from("<QI", data, _AFTER_HASH)
    types = {(_WHOLE, 4): "<i4", (_WHOLE, 8): "<i8", (_REAL, 8): "<f8"}
    if (kind, size) not in types:
        raise UnknownForm("a dictionary has numbers of an unknown size")
    numbers = np.frombuffer(data, types[kind, size], count, _AFTER_HASH + 12)
    return numbers.astype(np.float64 if kind == _REAL else np.int64)


def _texts(data: memoryview) -> NDArray[Any]:
    stated, _, _, pages = struct.unpack_from("<qbqq", data, _AFTER_HASH)
    place = _AFTER_HASH + 25
    stores: list[_Page] = []
    for _ in range(pages):
        stores.append(_Page(data, place))
        place = stores[-1].end
    count, size = struct.unpack_from("<QI", data, place)
    if size != 8:
        raise UnknownForm("a dictionary has handles of an unknown size")
    handles = np.frombuffer(data, "<u4", count * 2, place + 12).reshape(-1, 2)
    if (handles[1:, 1] < handles[:-1, 1]).any():
        raise ValueError("a dictionary is not in the order of its pages")
    texts: list[str] = []
    for number, page in enumerate(stores):
        offsets = handles[handles[:, 1] == number, 0]
        texts += page.coded(offsets) if page.is_coded else page.plain(offsets)
    if len(texts) != stated:
        raise ValueError("a dictionary holds another number of texts than it states")
    values = np.empty(len(texts), object)
    values[:] = texts
    return values


class _Page:
    """One page of strings in a dictionary."""

    def __init__(self, data: memoryview, place: int) -> None:
        *_, coded, mark = struct.unpack_from("<QBQQB4s", data, place)
        place += 30
        if mark != _BEGIN or coded not in {0, 1}:
            raise ValueError("a page of a dictionary is not understood")
        self.is_coded = bool(coded)
        self._data = data
        if coded:
            self._bits, self._charset, size = struct.unpack_from("<IIQ", data, place)
            place += 16
            self._high = 0
            if self._charset == _ONE_CHARSET:
                self._high, place = data[place], place + 1
            elif self._charset != _ANY_CHARSET:
                raise UnknownForm("a page of a dictionary is coded in an unknown way")
            self._codes = bytes(data[place + 4 : place + 132])
            place += 140
        else:
            _, characters, allocated = struct.unpack_from("<QQQ", data, place)
            place += 24
            size = characters * 2
        self._text = data[place : place + size]
        place += size if coded else allocated
        if bytes(data[place : place + 4]) != _END:
            raise ValueError("a page of a dictionary is damaged")
        self.end = place + 4

    def plain(self, offsets: NDArray[np.uint32]) -> list[str]:
        """Strings as they are, each ended by a null character, in the order in which they lie."""
        texts = str(self._text, "utf-16-le").split("\0")[:-1]
        if len(texts) != len(offsets) or (offsets[1:] <= offsets[:-1]).any():
            raise ValueError("a page of a dictionary holds other texts than its handles tell")
        return texts

    def coded(self, offsets: NDArray[np.uint32]) -> list[str]:
        """Strings in Huffman codes, each from its bit offset on.

        A page of one character set codes the low bytes only; the high byte is the same for all.
        """
        from xmhuffman import decode_page

        text, begins = bytes(self._text), offsets.tolist()
        if self._charset == _ANY_CHARSET:
            found = decode_page(text, self._codes, begins, self._bits, swap=True)
            return _decoded([b[: len(b) & ~1] for b in found], "utf-16-le", "ignore")
        if self._high == 0:
            return _decoded(decode_page(text, self._codes, begins, self._bits, swap=True), "latin-1")
        found = decode_page(
            text, self._codes, begins, self._bits, swap=True, charset_mode="single", charset_byte=self._high
        )
        return _decoded(found, "utf-16-le")


def _decoded(texts: list[bytes], encoding: str, errors: str = "strict") -> list[str]:
    """The texts, decoded all at once unless one has a null character in it."""
    together = "\0".encode(encoding).join(texts).decode(encoding, errors).split("\0")
    return together if len(together) == len(texts) else [text.decode(encoding, errors) for text in texts]
