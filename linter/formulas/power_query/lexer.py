"""M text to tokens. Takes any text, in linear time; comments and blanks are left out.

Source: https://learn.microsoft.com/powerquery-m/m-spec-lexical-structure
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from linter.records import dataclass

Kind = Literal["text", "number", "name", "op", "end"]

_TOKEN = re.compile(
    r"""
      (?P<space>(?:[\s\ufeff]|//[^\n]*|/\*(?s:.*?)(?:\*/|\Z))+)
    | (?P<quoted>\#"[^"]*+(?:""[^"]*+)*+(?:"|\Z))
    | (?P<text>"[^"]*+(?:""[^"]*+)*+(?:"|\Z))
    | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>\#?[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    | (?P<op>=>|<=|>=|<>|\?\?|\.\.\.|\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"#\(([^()]*)\)")
_NAMED = {"cr": "\r", "lf": "\n", "tab": "\t", "#": "#"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``value`` of a text or name is without quotes, with its escapes undone."""

    kind: Kind
    value: str
    start: int
    end: int
    quoted: bool = False


@lru_cache(maxsize=8)
def tokens(text: str) -> tuple[Token, ...]:
    """Split M text, ending with an ``end`` token; what is no token of the language is an operator."""
    found = [_token(match) for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    return (*found, Token("end", "", len(text), len(text)))


def _token(match: re.Match[str]) -> Token:
    raw, start, end = match.group(), match.start(), match.end()
    match match.lastgroup:
        case "text":
            return Token("text", _plain(raw[1:]), start, end)
        case "quoted":
            return Token("name", _plain(raw[2:]), start, end, quoted=True)
        case "number":
            return Token("number", raw, start, end)
        case "name":
            return Token("name", raw, start, end)
        case _:
            return Token("op", raw, start, end)


def _plain(raw: str) -> str:
    inner = raw.removesuffix('"').replace('""', '"')
    return _ESCAPE.sub(_unescaped, inner) if "#(" in inner else inner


def _unescaped(match: re.Match[str]) -> str:
    """The characters that ``#(cr,lf)`` or ``#(00E9)`` stands for; anything else is left as it is."""
    found = []
    for part in (p.strip() for p in match[1].split(",")):
        if part in _NAMED:
            found.append(_NAMED[part])
        elif len(part) in {4, 8} and re.fullmatch(r"[0-9a-fA-F]+", part) and int(part, 16) < 0x110000:
            found.append(chr(int(part, 16)))
        else:
            return match.group()
    return "".join(found)
