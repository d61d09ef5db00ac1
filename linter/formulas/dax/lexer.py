"""DAX text to tokens. Linear in the length of the text; comments and blanks are left out."""

from __future__ import annotations

import re
from typing import Literal

from linter.errors import DisclintError
from linter.records import dataclass

MAX_LENGTH = 200_000
"""Longest text that is read, in characters; the longest real measure seen has some 20,000."""

Kind = Literal["number", "text", "date", "name", "table", "bracket", "op", "end"]

_SPACE = r"(?:[\s\u00a0\u200b\ufeff]|--[^\n]*|//[^\n]*|/\*(?s:.*?)\*/)+"
_TOKEN = re.compile(
    rf"""
      (?P<space>{_SPACE})
    | (?P<date>dt"[^"\n]*"|DT"[^"\n]*")
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>"[^"]*(?:""[^"]*)*")
    | (?P<table>'[^']*(?:''[^']*)*')
    | (?P<bracket>\[[^\]]*(?:\]\][^\]]*)*\])
    | (?P<name>[^\W\d]\w*(?:\.\w+)*)
    | (?P<op>&&|\|\||==|<>|<=|>=|/(?!\*)|[-+*^&=<>(){{}},.])
    """,
    re.VERBOSE,
)

_UNCLOSED = {
    '"': "text without its closing quote",
    "'": "table name without its closing quote",
    "[": "column name without its closing bracket",
}


class DaxError(DisclintError):
    """The text is not DAX as this parser knows it.

    Args:
        reason: one line, without any of the text's own literals.
        position: offset in characters from the start of the text.
    """

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (at character {position + 1})")
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``value`` is without quotes and with doubled quotes undone."""

    kind: Kind
    value: str
    position: int


def tokens(text: str) -> tuple[Token, ...]:
    """Split DAX text, ending with an ``end`` token.

    Raises:
        DaxError: the text is too long, or holds something that is no token.
    """
    if len(text) > MAX_LENGTH:
        raise DaxError(f"longer than {MAX_LENGTH} characters", 0)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise DaxError(_complaint(text, at), at)
        if match.lastgroup != "space":
            found.append(_token(match))
        at = match.end()
    found.append(Token("end", "", len(text)))
    return tuple(found)


def _token(match: re.Match[str]) -> Token:
    raw, at = match.group(), match.start()
    match match.lastgroup:
        case "text":
            return Token("text", raw[1:-1].replace('""', '"'), at)
        case "table":
            return Token("table", raw[1:-1].replace("''", "'"), at)
        case "bracket":
            return Token("bracket", raw[1:-1].replace("]]", "]"), at)
        case "date":
            return Token("date", raw[3:-1], at)
        case "number":
            return Token("number", raw, at)
        case "name":
            return Token("name", raw, at)
        case _:
            return Token("op", raw, at)


def _complaint(text: str, at: int) -> str:
    if text.startswith("/*", at):
        return "comment without its end"
    return _UNCLOSED.get(text[at], "unexpected character")
