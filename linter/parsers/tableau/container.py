"""The file itself: a plain .twb or .tds, or a package (.twbx, .tdsx) with data beside the XML."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Self

from linter.archive import Archive
from linter.errors import Unreadable
from linter.parsers import xml
from linter.records import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from lxml import etree

HYPER = b"Hyper"
TDE = bytes((0x20, 0x02, 0x01, 0x62))

_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0"
MAX_PLAIN = xml.MAX_BYTES


@dataclass(frozen=True, slots=True)
class Located:
    """A data file that is there: a member of the package, or a file beside the workbook."""

    member: str
    beside: bool = False


class Container:
    """The opened file; a context manager.

    Attributes:
        path: the file.
        part: the name of its XML document, which is the ``part`` of everything found in it.
        root: the document with feature-gated names undone.
        archive: the package, None for a plain document.
        wanted: members that a connection has asked for.
    """

    def __init__(self, path: Path) -> None:
        """Open and parse.

        Raises:
            Unreadable: see ``Archive.open`` and ``xml.parse``; also if it holds no Tableau document.
        """
        self.path = path
        self.archive: Archive | None = None
        self.wanted: set[str] = set()
        head = _head(path)
        if head[:2] == _ZIP or head[:4] == _OLE or path.suffix.lower() in {".twbx", ".tdsx"}:
            self.archive = Archive.open(path)
        try:
            self.part, self.root = self._parse()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.archive is not None:
            self.archive.close()

    def _parse(self) -> tuple[str, etree._Element]:
        if self.archive is None:
            part, content = self.path.name, _read_plain(self.path)
        else:
            part = _document(self.archive)
            content = self.archive.read(part, xml.MAX_BYTES)
        root = xml.parse(content, part)
        xml.ungate(root)
        if root.tag not in {"workbook", "datasource"}:
            raise Unreadable("this is not a Tableau workbook or data source", part=part)
        return part, root

    def members(self) -> tuple[str, ...]:
        """Members of the package other than the document; none for a plain document."""
        return () if self.archive is None else tuple(n for n in self.archive.names() if n != self.part)

    def locate(self, path: str) -> Located | None:
        """The data file a connection means: by its full relative path first, then by its name.

        Packages written on another machine keep absolute temporary paths, of which the end is the
        member's path; a name that several members share decides nothing.
        """
        wanted = path.replace("\\", "/")
        if not wanted:
            return None
        if self.archive is None:
            return self._beside(wanted)
        member = self.archive.find(wanted)
        found = self._alike(wanted) if member is None else [member]
        if len(found) != 1:
            return None
        self.wanted.add(found[0])
        return Located(found[0])

    def head(self, located: Located, count: int = 16) -> bytes:
        """The first bytes of a data file.

        Raises:
            Unreadable: it can't be read.
        """
        if not located.beside and self.archive is not None:
            return self.archive.head(located.member, count)
        try:
            with (self.path.parent / located.member).open("rb") as file:
                return file.read(count)
        except OSError:
            raise Unreadable("the file can't be read", part=located.member) from None

    def _alike(self, wanted: str) -> list[str]:
        """Members whose path the wanted one ends with, or else those of the same file name."""
        folded = "/" + wanted.casefold()
        ends = [n for n in self.members() if folded.endswith("/" + n.casefold())]
        base = PurePosixPath(wanted).name.casefold()
        return ends or [n for n in self.members() if PurePosixPath(n).name.casefold() == base]

    def _beside(self, wanted: str) -> Located | None:
        """A file in or below the folder of the workbook, never outside of it."""
        relative = PurePosixPath(wanted)
        candidates = [relative.name]
        if not relative.is_absolute() and ":" not in wanted and ".." not in relative.parts:
            candidates.insert(0, wanted)
        for candidate in candidates:
            try:
                if candidate and (self.path.parent / candidate).is_file():
                    return Located(candidate, beside=True)
            except (OSError, ValueError):
                continue  # a name this file system can't hold is a file that isn't here
        return None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except IsADirectoryError:
        raise Unreadable("this is a folder, not a file") from None
    except PermissionError:
        raise Unreadable("no permission to read the file") from None
    except OSError as error:
        raise Unreadable(f"the file can't be opened ({error.strerror})") from None


def _read_plain(path: Path) -> bytes:
    if path.stat().st_size > MAX_PLAIN:
        raise Unreadable(f"the file is larger than {MAX_PLAIN >> 20} MB")
    content = path.read_bytes()
    if not content:
        raise Unreadable("the file is empty")
    return content


def _document(archive: Archive) -> str:
    """The one workbook or data source document of a package."""
    for suffix in (".twb", ".tds"):
        found = [n for n in archive.names() if n.lower().endswith(suffix)]
        top = [n for n in found if "/" not in n] or found
        if len(top) > 1:
            raise Unreadable(f"the package holds several {suffix} documents, so it is not clear which counts")
        if top:
            return top[0]
    refused = next((r for n, r in archive.refused if n.lower().endswith((".twb", ".tds"))), None)
    raise Unreadable(refused or "the package holds no workbook document (.twb or .tds)")
