"""Tableau's way of writing names and values inside attributes and texts."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from linter.expressions import NULL, Expr, Literal, Unsupported

if TYPE_CHECKING:
    from lxml import etree

USER = "{http://www.tableausoftware.com/xml/user}"
"""Namespace of ``user:`` attributes."""

_BRACKETED = re.compile(r"\[((?:[^\]]|\]\])*)\]")
_ESCAPED = {quote: re.compile(rf"\\([\"'#%\\])|{quote}{quote}") for quote in "\"'"}
"""By the quote around a text: a character behind a backslash, as in ``90\\%`` and ``\\#1``, or the quote twice."""
REFERENCE = re.compile(r"\[(?:[^\]]|\]\])*\](?:\.\[(?:[^\]]|\]\])*\])+")
"""``[datasource].[field]``, or with more parts."""


def parts(text: str) -> tuple[str, ...]:
    """The names in ``[a].[b]``, unescaped: ``]]`` stands for ``]``."""
    return tuple(name.replace("]]", "]") for name in _BRACKETED.findall(text))


def bare(text: str) -> str:
    """``[Name]`` without its brackets; text without brackets as it is."""
    found = _BRACKETED.fullmatch(text)
    return found[1].replace("]]", "]") if found else text


def split_reference(text: str) -> tuple[str, str]:
    """(data source, name) of ``[ds].[name]``; the name keeps its parts if it has more than one."""
    names = parts(text)
    if not names:
        return "", text
    if len(names) == 1:
        return "", names[0]
    return names[0], names[1] if len(names) == 2 else ".".join(f"[{name}]" for name in names[1:])


def value(text: str | None) -> Expr:
    """A member or bound as a literal: ``"text"``, ``#date#``, ``%null%``, number or boolean."""
    if text is None:
        return Unsupported("a saved value is missing")
    plain = text.strip()
    if plain == "%null%":
        return NULL
    if plain in {"true", "false"}:
        return Literal(plain == "true")
    if len(plain) >= 2 and plain[0] == plain[-1] and plain[0] in "\"'":
        quote = plain[0]
        return Literal(_ESCAPED[quote].sub(lambda found: found[1] or quote, plain[1:-1]))
    if len(plain) > 2 and plain[0] == plain[-1] == "#":
        return _moment(plain[1:-1])
    if re.fullmatch(r"[+-]?\d+", plain):
        return Literal(int(plain))
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", plain):
        return Literal(float(plain))
    return Unsupported(f"a saved value of an unknown form ({_shape(plain)})")


def text_of(element: etree._Element | None) -> str:
    """All text below an element, as it stands; empty for None."""
    return "" if element is None else "".join(str(piece) for piece in element.itertext())


def _moment(text: str) -> Expr:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return Literal(dt.date.fromisoformat(text))
        return Literal(dt.datetime.fromisoformat(text.strip()))
    except ValueError:
        return Unsupported("a saved date of an unknown form")


def _shape(text: str) -> str:
    """The form of a value without the value."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text[:24]))
