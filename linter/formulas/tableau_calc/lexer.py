"""Splitting a calculation into tokens.

Field names, literals and comments follow Tableau's rules: ``]`` inside a name and a quote inside a
string are doubled, ``//`` runs to the end of the line, ``/* */`` spans lines.
"""

from __future__ import annotations

import re
from typing import Literal

from linter.formulas.tableau_calc.tree import FormulaError
from linter.records import dataclass

MAX_LENGTH = 100_000
"""Longest formula read, in characters; the longest of the studied workbooks has under 6,000."""

_MAX_DIGITS = 400

Kind = Literal["number", "string", "date", "field", "word", "symbol", "end"]

KEYWORDS = frozenset(
    {"IF", "THEN", "ELSEIF", "ELSE", "END", "CASE", "WHEN", "AND", "OR", "NOT", "IN", "TRUE", "FALSE", "NULL"}
)

# Every alternative is linear: the quantifiers of strings and names are possessive.
_TOKEN = re.compile(
    r"""
    (?P<space>   \s+ | //[^\r\n]* | /\*.*?\*/ )
  | (?P<number>  (?: \d+ (?:\.\d*)? | \.\d+ ) (?:[eE][+-]?\d+)? )
  | (?P<string>  '[^']*+(?:''[^']*+)*+' | "[^"]*+(?:""[^"]*+)*+" )
  | (?P<date>    \#[^#\r\n]*\# )
  | (?P<field>   \[[^\]]*+(?:\]\][^\]]*+)*+\] )
  | (?P<word>    [^\W\d]\w* )
  | (?P<symbol>  == | != | <> | <= | >= | /(?!\*) | [-+*%^=<>(),.{}:] )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_WORD = re.compile(r"[^\W\d]\w*")  # outside ASCII too: bare field names may be in any script
_ESCAPED = re.compile(r"""'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+["]""", re.DOTALL)
_BACKSLASH = re.compile(r"\\(['\"\\])")

_OPEN = {
    "'": "the string is not closed", '"': "the string is not closed", "[": "the field name is not closed",
    "#": "the date is not closed", "/": "the comment is not closed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """``value`` is the text without its marks: a name, a string, a word in capitals, a symbol."""

    kind: Kind
    value: str
    position: int
    written: str = ""  # a word as it stands in the text


def tokens(text: str, *, backslash: bool = False) -> list[Token]:
    """All tokens of a formula, without space and comments, closed by an ``end`` token.

    Args:
        text: the formula.
        backslash: read a backslash before a quote as an escape instead of a plain character.

    Raises:
        FormulaError: too long, an unclosed string, name, date or comment, or a foreign character.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    found: list[Token] = []
    at = 0
    while at < len(text):
        token, at = _next(text, at, backslash=backslash)
        if token is not None:
            found.append(token)
    return [*found, Token("end", "", len(text))]


def _next(text: str, at: int, *, backslash: bool) -> tuple[Token | None, int]:
    first = text[at]
    if backslash and first in "'\"":
        if (escaped := _ESCAPED.match(text, at)) is None:
            raise FormulaError(_OPEN[first], at)
        inner = escaped[0][1:-1].replace(first * 2, first)
        return Token("string", _BACKSLASH.sub(r"\1", inner), at), escaped.end()
    match = _TOKEN.match(text, at)
    if match is None or match.lastgroup == "word":
        return _word(text, at)
    kind, raw = match.lastgroup, match[0]
    if kind == "space":
        return None, match.end()
    return _token(kind, raw, at), match.end()


def _word(text: str, at: int) -> tuple[Token | None, int]:
    if (word := _WORD.match(text, at)) is not None:
        return Token("word", word[0].upper(), at, word[0]), word.end()
    if text[at].isspace() or text[at] == "\ufeff":
        return None, at + 1
    raise FormulaError(_OPEN.get(text[at], "unexpected character"), at)


def _token(kind: str | None, raw: str, at: int) -> Token:
    match kind:
        case "number":
            if len(raw) > _MAX_DIGITS:
                raise FormulaError(f"the number has more than {_MAX_DIGITS} digits", at)
            return Token("number", raw, at)
        case "string":
            return Token("string", raw[1:-1].replace(raw[0] * 2, raw[0]), at)
        case "field":
            return Token("field", raw[1:-1].replace("]]", "]"), at)
        case "date":
            return Token("date", raw[1:-1].strip(), at)
        case _:
            return Token("symbol", raw, at)
