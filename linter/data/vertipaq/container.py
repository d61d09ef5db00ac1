"""The files inside a data model: a backup stream, compressed as a whole, with a directory of its own.

A ``.pbix`` holds the stream as its member ``DataModel``; a project's ``cache.abf`` is the stream
itself. Source: MS-XLDM 2.1 for the stream's layout; the compression (XPRESS9) is done by ``xpress9``.
"""

from __future__ import annotations

import zipfile
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import IO, TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MEMBER = "DataModel"
_PLAIN = b"\xff\xfe" + "STREAM_STORAGE_SIGNATURE_)!@#$%^&*(".encode("utf-16-le")
_ONE_STREAM = "This backup was created using XPress9 compression.".encode("utf-16-le")
_MANY_STREAMS = "This backup was created using multithreaded XPrs9.".encode("utf-16-le")
_PACKED_FROM = 102  # where what is packed begins, after the sentence that says how
_PAGE = 4096  # the first page holds the header
_CHECKSUM = 4  # bytes at the end of a file in a stream that keeps checksums
_WORKERS = 4


class UnknownForm(ValueError):
    """Bytes in a form that is not known here; another decoder may know it."""


class NoModel(Exception):
    """The file holds no data model."""


class ModelFiles:
    """The files of a model by name, unpacked in memory.

    Raises:
        NoModel: there is no model inside.
        Exception: of any kind, where the bytes are damaged.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                file.seek(0)
                self._data = _unpacked(file)
            else:
                with zipfile.ZipFile(file) as archive:
                    if MEMBER not in archive.namelist():
                        raise NoModel
                    with archive.open(MEMBER) as member:
                        self._data = _unpacked(member)
        header = ET.fromstring(self._data[len(_PLAIN) : _PAGE].decode("utf-16").rstrip("\0"))  # noqa: S314 - in the guarded child
        self._checked = header.findtext("ErrorCode") == "true"
        self._packed_alone = header.findtext("ApplyCompression") == "true"
        self._places = self._directory(_number(header, "m_cbOffsetHeader"), _number(header, "DataSize"))

    def __getitem__(self, name: str) -> memoryview:
        """The bytes of a file.

        Raises:
            KeyError: no such file.
        """
        place = self._places[name]
        end = place.offset + place.stored - (_CHECKSUM if self._checked else 0)
        stored = memoryview(self._data)[place.offset : end].toreadonly()
        if not self._packed_alone:
            return stored
        from xpress8 import Xpress8

        plain = Xpress8().decompress_chunked(bytes(stored))
        if len(plain) != place.size:
            raise ValueError("a file of the model has another size than its directory states")
        return memoryview(plain)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def keep(self, names: Collection[str]) -> None:
        """Let go of the bytes of all other files."""
        end = 0
        for name, place in sorted(self._places.items(), key=lambda item: item[1].offset):
            if name in names:
                if place.offset < end:
                    raise ValueError("files of the model lie upon each other")
                self._data[end : end + place.stored] = self._data[place.offset : place.offset + place.stored]
                self._places[name] = place._replace(offset=end)
                end += place.stored
            else:
                del self._places[name]
        del self._data[end:]

    def close(self) -> None:
        """Let go of the bytes."""
        self._places, self._data = {}, bytearray()

    def _directory(self, offset: int, size: int) -> dict[str, _Place]:
        """Names of files, from the log of the backup, and where they lie, from the stream's directory."""
        stream = ET.fromstring(bytes(self._data[offset : offset + size]))  # noqa: S314
        lies: dict[str, tuple[int, int]] = {}
        last = (0, 0)
        for entry in stream.iterfind("BackupFile"):
            last = (_number(entry, "m_cbOffsetHeader"), _number(entry, "Size"))
            lies[entry.findtext("Path") or ""] = last
        end = sum(last) - (_CHECKSUM if self._checked else 0)
        log = ET.fromstring(self._data[last[0] : end].decode("utf-16"))  # noqa: S314
        places: dict[str, _Place] = {}
        for entry in log.iterfind("FileGroups/FileGroup/FileList/BackupFile"):
            found = lies.get(entry.findtext("StoragePath") or "")
            if found is not None:
                name = (entry.findtext("Path") or "").rpartition("\\")[2]
                places.setdefault(name, _Place(*found, _number(entry, "Size")))
        return places


class _Place(NamedTuple):
    offset: int
    stored: int
    size: int


class _Chunk(NamedTuple):
    packed: bytes
    begin: int
    end: int


def _number(element: ET.Element, name: str) -> int:
    return int(element.findtext(name) or "")


def _unpacked(stream: IO[bytes]) -> bytearray:
    """The plain stream. Sizes are believed only as far as memory allows: the process has a limit."""
    begin = stream.read(_PACKED_FROM)
    if begin.startswith(_PLAIN):
        return bytearray(begin + stream.read())
    if _ONE_STREAM in begin:
        return _unpacked_in_order(stream)
    if _MANY_STREAMS not in begin:
        raise ValueError("the compression of the model is unknown")
    groups = _groups(stream)
    plain = bytearray(groups[-1][-1].end if groups else 0)
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(lambda group: _unpack(group, plain), groups))
    return plain


def _unpacked_in_order(stream: IO[bytes]) -> bytearray:
    """Chunks that all share one history, read one by one."""
    from xpress9 import Xpress9

    codec, plain = Xpress9(), bytearray()
    for size, packed in _headed(stream):
        plain += _exactly(codec.decompress(packed, size), size)
    return plain


def _groups(stream: IO[bytes]) -> list[list[_Chunk]]:
    """Newer files: groups of chunks, each packed on its own, those of the beginning first."""
    main, first, first_groups, main_groups, _ = (_word(stream, 8) for _ in range(5))
    groups: list[list[_Chunk]] = []
    begin = 0
    for count, chunks in ((first_groups, first), (main_groups, main)):
        for _ in range(count):
            group = _chunks(stream, begin, chunks)
            if not group:  # the numbers may promise more than there is
                break
            groups.append(group)
            begin = group[-1].end
    return groups


def _chunks(stream: IO[bytes], begin: int, count: int) -> list[_Chunk]:
    """So many chunks, or as many as there are; those of no length left out."""
    chunks: list[_Chunk] = []
    for size, packed in islice(_headed(stream), count):
        if size:
            chunks.append(_Chunk(packed, begin, begin + size))
            begin += size
    return chunks


def _headed(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    while header := stream.read(8):
        size, stored = int.from_bytes(header[:4], "little"), int.from_bytes(header[4:], "little")
        packed = stream.read(stored)
        if len(header) != 8 or len(packed) != stored:
            raise ValueError("the model is cut off")
        yield size, packed


def _word(stream: IO[bytes], size: int) -> int:
    return int.from_bytes(stream.read(size), "little")


def _unpack(chunks: list[_Chunk], plain: bytearray) -> None:
    """Unpack chunks that share one history, each to its place; what is done with is let go of."""
    from xpress9 import Xpress9

    codec = Xpress9()
    chunks.reverse()
    while chunks:
        chunk = chunks.pop()
        size = chunk.end - chunk.begin
        plain[chunk.begin : chunk.end] = _exactly(codec.decompress(chunk.packed, size), size)


def _exactly(part: bytes, size: int) -> bytes:
    if len(part) != size:
        raise ValueError("a chunk of the model has another size than stated")
    return part
