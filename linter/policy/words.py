"""The word list that tells what a column is by its name: ``data/names.toml``, and how names are cut into words."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from linter.findings import Confidence
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

NameKind = Literal["unit_key", "identifier", "count_field", "person_attribute", "not_people", "unknown"]


@functools.lru_cache(maxsize=65536)
def words(name: str) -> tuple[str, ...]:
    """The words of a name: split at case changes, digits, spaces and punctuation, in lower case.

    >>> words("PupilMatchingRef_SPR20")
    ('pupil', 'matching', 'ref', 'spr', '20')
    """
    name = name.replace("%", " percent ").replace("#", " num ")
    name = _acronyms().sub(r"\1 ", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", name)
    return tuple(re.findall(r"[a-z]+(?:[0-9](?![0-9]))?|[0-9]+", spaced.casefold()))


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of column with the phrases that name it; ``context``: only where persons are spoken of."""

    kind: NameKind
    of: str
    confidence: Confidence
    whole: frozenset[str]  # compact
    part: tuple[tuple[str, ...], ...]
    unless: frozenset[str]
    context: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Lists of words by name, and the entries in the order in which they are tried."""

    words: Mapping[str, frozenset[str]]
    entries: tuple[Entry, ...]


@functools.cache
def _data() -> dict[str, Any]:
    text = resources.files("linter.policy").joinpath("data", "names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _acronyms() -> re.Pattern[str]:
    """Acronyms written together with a word in small letters: ``SENprovision``, ``FSMeligible``."""
    return re.compile(rf"({'|'.join(_data()['words']['acronyms'])})(?=[a-z]{{3}})")


@functools.cache
def vocabulary() -> Vocabulary:
    """The word list, read once."""
    data = _data()
    kinds: tuple[NameKind, ...] = ("unit_key", "identifier", "count_field", "person_attribute", "not_people")
    entries = tuple(
        Entry(
            kind,
            item["of"],
            Confidence(item["confidence"]),
            frozenset(map(compact, item.get("whole", ()))),
            tuple(words(phrase) for phrase in item.get("part", ())),
            frozenset(item.get("unless", ())),
            bool(item.get("context", False)),
        )
        for kind in kinds
        for item in data[kind]
    )
    return Vocabulary({name: frozenset(listed) for name, listed in data["words"].items()}, entries)


def compact(name: str) -> str:
    """Letters and digits only."""
    return "".join(words(name))


def _whole_forms(name: str) -> set[str]:
    """With and without the digit that tools add to tell equal names apart (``student_id1``)."""
    whole = compact(name)
    return {whole, re.sub(r"\d$", "", whole)}


@functools.lru_cache(maxsize=65536)
def entry_of(name: str) -> Entry | None:
    """The first entry of the word list that fits the name; statistics fit count fields only."""
    parts, forms = words(name), _whole_forms(name)
    plain = tuple(re.sub(r"(?<=[a-z]{3})\d$", "", part) for part in parts)  # email1 is e-mail too
    statistic = bool(set(parts) & vocabulary().words["statistics"])
    for entry in vocabulary().entries:
        if entry.unless & set(parts) or (statistic and entry.kind != "not_people"):
            continue
        if forms & entry.whole or any(_contains(parts, phrase) or _contains(plain, phrase) for phrase in entry.part):
            return entry
    return None


def _contains(parts: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(parts[i : i + len(phrase)] == phrase for i in range(len(parts) - len(phrase) + 1))
