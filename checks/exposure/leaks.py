"""User names, credentials, servers and paths in connection details and query texts.

Only the kind of what was found and a masked form leave this module, never the value itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from linter.model import Connection
from linter.records import dataclass

Kind = Literal["credential", "user name", "server", "path"]
KINDS: tuple[Kind, ...] = ("credential", "user name", "server", "path")
"""From worst to mildest."""

_HOME = re.compile(
    r"(?P<root>\b[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+|(?<![\w.])/(?:Users|home)/)"
    r"(?P<user>[^\\/\"'<>|\r\n]+)",
    re.IGNORECASE,
)
_PERSONAL_SITE = re.compile(r"-my\.sharepoint\.com/personal/[\w.-]+", re.IGNORECASE)
_SHARED = frozenset({"public", "default", "default user", "all users", "shared", "runneradmin", "***"})
_SECRET = re.compile(
    r"\b(?P<word>password|passwd|pwd|secret|client_?secret|account_?key|shared_?access_?key|api[_-]?key|access[_-]?token"
    r"|sig|authorization)\b[\"']?\]?\s*(?:=|:)\s*[\"']?(?P<value>[^\s\"';&,\])}]+)",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?:^|[;\"'])\s*(?P<word>user ?id|uid|user ?name)\s*=\s*(?P<value>[^;\"']+)", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/@:\"']+:[^\s/@\"']+@", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[*x.]+|<.*>?|\{.*\}?|\[.*\]?|null|none|true|false|each|\w*parameter\w*", re.IGNORECASE)
_SHARE = re.compile(r"(?<![\\:\w])\\\\(?P<server>[\w.-]+)\\[\w$. -]+")
_DRIVE = re.compile(r"\b[A-Za-z]:[\\/]+[^\\/\"'<>|\r\n]+")
_ROOTED = re.compile(r"^/(?!/)[\w.-]+/")
_ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
_INTERNAL = re.compile(
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|\.(?:local|lan|internal|corp|intra|ad)\b|^[^.:/]+$",
    re.IGNORECASE,
)
_LOCAL = frozenset({"", "localhost", "127.0.0.1", ".", "(local)", "(localdb)"})
_TABLEAU_CLOUD = re.compile(r"(?:^|\.)tableau\.com$")
_TOOL_USERS = frozenset({"tableau_internal_user", "%null%"})


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that a connection or query gives away: its kind and its form with the value masked."""

    kind: Kind
    masked: str
    internal: bool = True  # of a server: not a public address


def of_connection(connection: Connection) -> Iterator[Leak]:
    """What a connection gives away."""
    for text in (connection.path, connection.server, connection.database, connection.query):
        yield from of_text(text)
    if connection.username and connection.username.casefold() not in _TOOL_USERS:
        yield Leak("user name", f"user name of the {connection.kind} connection")
    server = _host(connection.server)
    if server not in _LOCAL and not _ADDRESS.match(connection.server):
        yield Leak("server", f"server of the {connection.kind} connection", bool(_INTERNAL.search(server)))
    elif server not in _LOCAL and _INTERNAL.search(server):
        yield Leak("server", f"server of the {connection.kind} address")
    if _ROOTED.match(connection.path) and not any(leak.kind == "user name" for leak in of_text(connection.path)):
        yield Leak("path", "/***")


def of_server(address: str) -> Iterator[Leak]:
    """The server that a workbook was published to, unless it is one that Tableau runs for everybody."""
    host = _host(address)
    if host not in _LOCAL and not _TABLEAU_CLOUD.search(host):
        yield Leak("server", "address of the Tableau server", bool(_INTERNAL.search(host)))


def of_text(text: str) -> Iterator[Leak]:
    """What a path, a query or an address gives away."""
    homes = [m for m in _HOME.finditer(text) if m["user"].strip().casefold() not in _SHARED]
    for match in homes:
        root = re.sub(r"[\\/]+", lambda m: m[0][0], match["root"])
        yield Leak("user name", f"{root}***{root[-1]}…")
    if _PERSONAL_SITE.search(text):
        yield Leak("user name", "…-my.sharepoint.com/personal/***")
    for secret in _SECRET.finditer(text):
        if not _PLACEHOLDER.fullmatch(secret["value"]):
            yield Leak("credential", f"{secret['word']}=***")
    for login in _LOGIN.finditer(text):
        if not _PLACEHOLDER.fullmatch(login["value"].strip()):
            yield Leak("user name", f"{login['word']}=***")
    if _IN_ADDRESS.search(text):
        yield Leak("credential", "***:***@ in an address")
    if _SHARE.search(text):
        yield Leak("server", r"\\***\…")
    elif _DRIVE.search(text) and not homes:
        yield Leak("path", "drive:/***")


def unrevealing(text: str, otherwise: str) -> str:
    """The name of what carries a leak, unless the name gives it away as well."""
    return otherwise if any(of_text(text)) or _ADDRESS.match(text) else text


def _host(server: str) -> str:
    """The host of a server field, whatever protocol, port or instance is written with it."""
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://", "", server.strip().casefold())
    return re.split(r"[/\\:,]", bare, maxsplit=1)[0]
