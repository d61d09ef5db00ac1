"""Why a rule matters, who says so, and how to mend it in the tool at hand: from the rule's own page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.results import WorkbookResult
    from linter.rules import Rule

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_TOOL = re.compile(r"(?:^|(?<=\s))(Tableau|Power BI)(?: Desktop)?: ")
_DANGLING = re.compile(r"[;,]?(?:\s(?:in|and|or))?$")  # what led over to the other tool
_KINDS = {"Tableau": "tableau", "Power BI": "powerbi"}
_NAMES = {kind: tool for tool, kind in _KINDS.items()}
_OF_PROFILE = "profile in force"
_WORD = re.compile(r"\w{4,}")
_BRIEF = 45  # letters; a sentence that short says little by itself


@dataclass(frozen=True, slots=True)
class Guidance:
    """Single lines; empty where the rule's page doesn't say. ``mend`` is in the menu words of the tool."""

    why: str = ""
    source: str = ""
    mend: str = ""


def adds(mend: str, fix: str) -> bool:
    """Whether the words for a tool say something that the fix of a finding doesn't say already."""
    words, known = (set(_WORD.findall(text.lower())) for text in (mend, fix))
    return bool(words) and len(words & known) < len(words) / 2


def section(doc: str, title: str) -> str:
    """A section of a rule's page on one line, empty if it has none."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", doc, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def guidance_of(rules: Iterable[Rule], result: WorkbookResult) -> dict[str, Guidance]:
    """By code, for the tool that the workbook is for."""
    return {rule.code: _guidance(rule.doc, result) for rule in rules}


def _guidance(doc: str, result: WorkbookResult) -> Guidance:
    return Guidance(
        why=clean(_reason(section(doc, "Why it matters")), 400),
        source=clean(_source(section(doc, "Sources"), result), 300),
        mend=clean(_mend(section(doc, "How to fix it"), result.kind), 1000),
    )


def _reason(text: str) -> str:
    """The first sentence, and the second where the first only leads up to it."""
    first, *rest = _SENTENCE.split(text)
    return f"{first} {rest[0]}" if rest and len(first) < _BRIEF else first


def _source(text: str, result: WorkbookResult) -> str:
    """The first source for the tool; that of the threshold is the profile's."""
    if _OF_PROFILE in text and result.scale is not None:
        said = [f"{s.publisher}, {s.title}" for s in result.scale.sources[:1]]
        return ": ".join([f"profile {result.scale.name}", *said])
    own = _of_tool(text, result.kind)
    return re.split(r"; |\.(?:\s|$)", f"{_NAMES[result.kind]}: {own}" if own else text, maxsplit=1)[0]


def _of_tool(text: str, kind: str) -> str:
    """What a text says of the tool; empty where it doesn't tell tools apart."""
    pieces = _TOOL.split(text)
    said = dict(zip((_KINDS[t] for t in pieces[1::2]), pieces[2::2], strict=True))
    return said.get(kind, "").strip()


def _mend(text: str, kind: str) -> str:
    """What is said for the tool; nothing where the page doesn't tell tools apart."""
    found = _DANGLING.sub("", _of_tool(text, kind))
    return f"{found[:1].upper()}{found[1:]}{'' if found.endswith('.') or not found else '.'}"
