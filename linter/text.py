"""Workbook text is untrusted: make it safe to print anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_LITERAL = re.compile(
    r"""(?P<name>\[(?:[^\]]|\]\])*\])|"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|\#[^\#]*\#|(?<![\w.])\d{4,}\b""",
    re.DOTALL,
)
_FORMULA = tuple("=+-@＝＋－＠")
_MIDNIGHT = re.compile(r"(\d{4,}-\d\d-\d\d)[ T]00:00:00(?:\.0+)?")
_COMMAND = re.compile(r"##(?=\[|vso\[)|^(\s*)::", re.MULTILINE)


def clean(text: str, limit: int = 200) -> str:
    """One printable line: no control, bidi or escape characters, white space folded, length capped."""
    text = _ANSI.sub("", text)
    kept = "".join(
        " " if c in "\t\r\n\v\f\u0085\u2028\u2029" else c
        for c in text
        if c in "\t\r\n\v\f\u0085\u2028\u2029"
        or (c not in _BIDI and unicodedata.category(c) not in {"Cc", "Cs", "Cf", "Co", "Cn"})
    )
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_literals(formula: str) -> str:
    """A formula with its texts, dates and long numbers masked, as they may be those of persons.

    Names in brackets stay, whatever they hold.
    """
    return _LITERAL.sub(lambda m: m["name"] or "…", formula)


def by_day(labels: Sequence[str | None]) -> Sequence[str | None]:
    """The labels of a column of dates without their time, where that is midnight in all of them; others as they are."""
    days: list[str | None] = []
    for label in labels:
        found = None if label is None else _MIDNIGHT.fullmatch(label)
        if label is not None and found is None:
            return labels
        days.append(found[1] if found else None)
    return days


def inert(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula: an apostrophe keeps it text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def log_safe(text: str) -> str:
    """Defuse what a CI system would take for a command (``##vso[``, ``##[``, a leading ``::``)."""
    return _COMMAND.sub(lambda m: "# #" if m.group().startswith("##") else f"{m.group(1)}: :", text)


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listing(names: list[str], limit: int = 4) -> str:
    """``a, b and c``; the tail is counted when there are more than ``limit``."""
    if len(names) > limit:
        names = [*names[: limit - 1], f"{len(names) - limit + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
