"""Patterns of workbook paths: ``*`` within a folder, ``**`` across folders, ``?`` one character."""

from __future__ import annotations

import functools
import re
import sys

CASE = re.IGNORECASE if sys.platform in {"win32", "darwin"} else re.RegexFlag(0)
"""Where file names have no case, a path typed in another one is the same workbook's."""


def checked_glob(pattern: str) -> str:
    """The pattern itself.

    Raises:
        ValueError: it can't match a path below the configuration, and why.
    """
    if "\\" in pattern:
        raise ValueError(f"{pattern!r}: write folders with / on every system")
    parts = pattern.split("/")
    if not pattern or pattern.startswith("/") or re.match(r"[A-Za-z]:", pattern):
        raise ValueError(f"{pattern!r}: a path below the configuration's folder is wanted")
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{pattern!r}: no empty part, '.' or '..' may stand in it")
    if any("**" in part and part != "**" for part in parts):
        raise ValueError(f"{pattern!r}: ** must be a folder of its own")
    return pattern


def matches(pattern: str, path: str) -> bool:
    """Whether a checked pattern matches a path with ``/`` between folders. Brackets are letters."""
    return _compiled(pattern).fullmatch(path) is not None


def literal(pattern: str) -> bool:
    """Whether the pattern can match one path only."""
    return not set("*?") & set(pattern)


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    tokens = re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|[^*?]", pattern, re.DOTALL)
    meant = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(token) or re.escape(token) for token in tokens), re.DOTALL | CASE)
