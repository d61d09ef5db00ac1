"""Hardened reading of zip containers (.twbx, .tdsx, .pbix, .pbit).

The files come from anywhere, so nothing in them is believed: member names may be absolute, climb
out with ``..``, repeat or be encoded wrongly; declared sizes may lie; a few kilobytes may inflate
to terabytes. Whatever is refused is said, in ``Archive.refused`` or as ``Unreadable``.

Source: PKWARE APPNOTE 6.3.10 for the end-of-directory records.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from linter.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MEMBERS = 20_000
MAX_DIRECTORY = MAX_MEMBERS * 400  # bytes of the central directory
MAX_IN_MEMORY = 256 << 20  # bytes of one member read into memory, unless the caller says otherwise
MAX_EXTRACTED = 32 << 30  # bytes of all members written to disk from one archive
FREE_SPACE = 256 << 20  # bytes left free on the disk that is written to
MAX_RATIO = 400  # deflate reaches 1,032; the densest real extract seen stays under 60
RATIO_FROM = 64 << 20  # below this size a ratio does no harm
CHUNK = 1 << 20

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)


class Archive:
    """A zip file open for reading; use it as a context manager.

    Attributes:
        path: the file.
        refused: (member name, reason) of every member that is not served: encrypted, absolute,
            climbing or repeated names. None of them is among ``names()``.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        """Read the directory of ``file``; ``Archive.open`` is the way in."""
        self.path = path
        self._file = file
        self._zip = _directory(file)
        self._members, self.refused = _sort_out(self._zip.infolist())
        self._folded: dict[str, list[str]] = {}
        for name in self._members:
            self._folded.setdefault(name.casefold(), []).append(name)
        self._written = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the container.

        Raises:
            Unreadable: not there, no permission, empty, not a zip, truncated, encrypted, too large
                a directory.
        """
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise Unreadable("there is no such file") from None
        except IsADirectoryError:
            raise Unreadable("this is a folder, not a file") from None
        except PermissionError:
            raise Unreadable("no permission to read the file") from None
        except OSError as error:
            raise Unreadable(f"the file can't be opened ({error.strerror})") from None
        try:
            archive = cls(path, file)
            archive._demand_content()
        except BaseException:
            file.close()
            raise
        return archive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def names(self) -> tuple[str, ...]:
        """All readable members, in the order of the archive, with forward slashes."""
        return tuple(self._members)

    def find(self, name: str) -> str | None:
        """The member of that name; slashes may lean either way, letter case counts only if it must."""
        wanted = _slashed(name)
        if wanted in self._members:
            return wanted
        found = self._folded.get(wanted.casefold(), [])
        return found[0] if len(found) == 1 else None

    def size(self, name: str) -> int:
        """Declared size of the member in bytes when unpacked."""
        return self._info(name).file_size

    def packed_size(self, name: str) -> int:
        """Size of the member in bytes inside the archive."""
        return self._info(name).compress_size

    def head(self, name: str, count: int) -> bytes:
        """The first ``count`` bytes of the member (its checksum is not verified)."""
        info = self._info(name)
        with _telling(name), self._zip.open(info) as stream:
            return stream.read(count)

    def read(self, name: str, limit: int = MAX_IN_MEMORY) -> bytes:
        """The whole member.

        Raises:
            Unreadable: with ``part`` set; larger than ``limit`` bytes, damaged, no such member.
        """
        self._check_size(name, limit)
        return b"".join(self._chunks(name, limit))

    def extract(self, name: str, directory: Path, limit: int = MAX_EXTRACTED) -> Path:
        """Write the member to a new file in ``directory``, readable by this user only.

        The file has a name of its own (only the extension is kept), so the member's name can't
        lead anywhere. Nothing is left behind on failure.

        Raises:
            Unreadable: as ``read``; also when the disk or the budget of the archive would be spent.
        """
        size = self._check_size(name, min(limit, MAX_EXTRACTED - self._written))
        if shutil.disk_usage(directory).free < size + FREE_SPACE:
            raise Unreadable(
                f"unpacking needs {_megabytes(size)} and there is not enough room on the disk",
                part=name,
                fix="free some space or point the temporary directory elsewhere",
            )
        handle, target = tempfile.mkstemp(suffix=_suffix(name), dir=directory)
        try:
            with os.fdopen(handle, "wb") as out:
                out.writelines(self._chunks(name, size))
        except BaseException as error:
            Path(target).unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise Unreadable(f"the part can't be unpacked ({error.strerror})", part=name) from None
            raise
        self._written += size
        return Path(target)

    def _demand_content(self) -> None:
        if self._members:
            return
        if any("encrypted" in reason for _, reason in self.refused):
            raise Unreadable("the file is encrypted with a password", fix="save it without one")
        raise Unreadable("the archive holds nothing that can be read")

    def _info(self, name: str) -> zipfile.ZipInfo:
        member = self.find(name)
        if member is not None:
            return self._members[member]
        reason = dict(self.refused).get(_slashed(name), "there is no such part in the file")
        raise Unreadable(reason, part=name)

    def _check_size(self, name: str, limit: int) -> int:
        info = self._info(name)
        if info.file_size > limit:
            raise Unreadable(f"the part unpacks to more than {_megabytes(limit)}", part=name)
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise Unreadable("the part is packed so densely that it looks like a zip bomb", part=name)
        return info.file_size

    def _chunks(self, name: str, limit: int) -> Iterator[bytes]:
        """The member piece by piece; never more than declared, never more than ``limit`` bytes."""
        info = self._info(name)
        done = 0
        with _telling(name), self._zip.open(info) as stream:
            while chunk := stream.read(CHUNK):
                done += len(chunk)
                if done > min(limit, info.file_size):
                    raise Unreadable("the part is larger than the archive declares", part=name)
                yield chunk
        if done != info.file_size:
            raise Unreadable("the part is damaged: it ends too early", part=name)


@contextmanager
def _telling(part: str) -> Iterator[None]:
    """Turn what a damaged or unusual member raises into one sentence."""
    try:
        yield
    except NotImplementedError:
        raise Unreadable("the part is packed with a method that is not supported", part=part) from None
    except RuntimeError:
        raise Unreadable("the part is encrypted with a password", part=part) from None
    except _BROKEN:
        raise Unreadable("the part is damaged (its packed data or checksum is wrong)", part=part) from None


def _directory(file: BinaryIO) -> zipfile.ZipFile:
    """The directory of the archive, refused before it is loaded if it is no zip or too large."""
    head = file.read(8)
    if not head:
        raise Unreadable("the file is empty")
    if head == _OLE:
        raise Unreadable(
            "the file is protected by a sensitivity label or password (an encrypted Office container)",
            fix="save an unprotected copy and check that",
        )
    count, size = _declared_directory(file, is_zip=head[:2] == b"PK")
    if count > MAX_MEMBERS or size > MAX_DIRECTORY:
        raise Unreadable(f"the archive has too many members (more than {MAX_MEMBERS:,})")
    try:
        archive = zipfile.ZipFile(file)
    except (*_BROKEN, NotImplementedError):
        raise Unreadable("the directory of the archive is damaged") from None
    if len(archive.infolist()) > MAX_MEMBERS:
        raise Unreadable(f"the archive has too many members (more than {MAX_MEMBERS:,})")
    return archive


def _declared_directory(file: BinaryIO, *, is_zip: bool) -> tuple[int, int]:
    """Members and bytes that the end record declares for the central directory."""
    length = file.seek(0, 2)
    start = max(0, length - 65_557 - 20)  # longest comment, end record, zip64 locator
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        reason = "the file is truncated: its end is missing" if is_zip else "the file is not a zip archive"
        raise Unreadable(reason)
    count, size = struct.unpack_from("<HI", tail, at + 10)
    if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR64:
        (where,) = struct.unpack_from("<Q", tail, at - 12)
        file.seek(min(where, length))
        record = file.read(56)
        if len(record) == 56 and record[:4] == _END64:
            count, size = struct.unpack_from("<QQ", record, 32)
    file.seek(0)
    return count, size


def _sort_out(
    infos: list[zipfile.ZipInfo],
) -> tuple[dict[str, zipfile.ZipInfo], tuple[tuple[str, str], ...]]:
    """Members by name, and the refused ones with the reason."""
    files = [(_name(info), info) for info in infos if not (info.is_dir() and info.file_size == 0)]
    times = Counter(name for name, _ in files)
    members: dict[str, zipfile.ZipInfo] = {}
    refused: dict[str, str] = {}
    for name, info in files:
        if reason := _objection(name, info, times[name]):
            refused[name] = reason
        else:
            members[name] = info
    return members, tuple(refused.items())


def _objection(name: str, info: zipfile.ZipInfo, times: int) -> str | None:
    parts = name.split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return "the name of the part leads out of the archive"
    if not name or name.endswith("/"):
        return "the part has no proper name"
    if times > 1:
        return "the archive holds several parts of this name, and tools differ in which they read"
    if info.flag_bits & 0x1:
        return "the part is encrypted with a password"
    return None


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; UTF-8 that was not flagged as such arrives as code page 437 and is mended."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        with suppress(UnicodeError):  # raised where the name really is code page 437
            name = name.encode("cp437").decode("utf-8")
    return _slashed(name)


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _suffix(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return found.group().lower() if found else ""


def _megabytes(size: int) -> str:
    return f"{max(size, 0) / (1 << 20):,.0f} MB"
