"""Where a model says its rows come from: calls in Power Query texts, and connection strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.model import Connection

if TYPE_CHECKING:
    from collections.abc import Iterable

_CALL = re.compile(r"\b([A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)+)\s*\(\s*((?:\"(?:[^\"]|\"\")*\"\s*,?\s*){1,2})")
_STRING = re.compile(r'"((?:[^"]|"")*)"')
_SETTING = re.compile(r"([A-Za-z ]+?)\s*=\s*(\"[^\"]*\"|[^;]*)")

_FILES = {"File.Contents", "Folder.Files", "Folder.Contents"}
_SITES = {"Web.Contents", "Web.Page", "Web.BrowserContents", "OData.Feed", "SharePoint.Files", "SharePoint.Tables",
          "SharePoint.Contents", "Xml.Document", "AzureStorage.Blobs", "AzureStorage.DataLake"}  # fmt: skip
_SERVERS = re.compile(
    r"Database|Databases|DataSource|DataSources|Query|Catalogs|Warehouse|Contents|Feed|Tables|Instances"
)


def of_queries(queries: Iterable[str]) -> tuple[Connection, ...]:
    """The sources that Power Query texts name, each once, in order of appearance."""
    found: dict[Connection, None] = {}
    for query in queries:
        for match in _CALL.finditer(query):
            connection = _of_call(match.group(1), [_unquoted(s) for s in _STRING.findall(match.group(2))])
            if connection is not None:
                found[connection] = None
    return tuple(found)


def of_string(text: str, kind: str) -> Connection:
    """The source that a connection string names (``Data Source=...;Initial Catalog=...``)."""
    settings = {key.strip().lower(): value.strip('" ') for key, value in _SETTING.findall(text)}
    return Connection(
        kind=kind,
        server=settings.get("data source", settings.get("server", "")),
        database=settings.get("initial catalog", settings.get("database", "")),
        username=settings.get("user id", settings.get("uid", "")),
    )


def _of_call(function: str, arguments: list[str]) -> Connection | None:
    first, second = (*arguments, "", "")[:2]
    if function in _FILES:
        return Connection(function, path=first)
    if function in _SITES:
        return Connection(function, server=first)
    if _SERVERS.fullmatch(function.rsplit(".", maxsplit=1)[-1]) and first:
        return Connection(function, server=first, database=second)
    return None


def _unquoted(text: str) -> str:
    return text.replace('""', '"')
