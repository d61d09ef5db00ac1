"""What a column is, judged by its name, its table, its neighbours and, where known, its values.

The words live in ``data/names.toml``. Names mislead: every answer carries a confidence and says
why, and values win over names (a UPN column full of e-mail addresses holds login names).
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.findings import Confidence
from linter.policy.identifiers import decisive_kind
from linter.policy.words import NameKind, compact, entry_of, vocabulary, words
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["UNKNOWN", "NameEvidence", "classify_name", "classify_names", "speaks_of_people", "upn_is_login", "words"]

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
_PERSONAL = frozenset({"forename", "surname", "full_name", "date_of_birth"})
_TELLING = frozenset({"sex", "age", "ethnicity", "special_needs"})
_CONTACTS = frozenset({"postcode", "phone", "email"})
_KEY_KINDS = frozenset({"upn", "uln", "nhs_number"})


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What a column probably is. ``of`` tells more: which identifier, attribute or thing."""

    kind: NameKind
    of: str
    confidence: Confidence
    why: str

    @property
    def identifier(self) -> str | None:
        """The kind of personal identifier, whether it also keys the unit or not; None if it is none."""
        return self.of if self.kind in {"identifier", "unit_key"} else None


UNKNOWN = NameEvidence("unknown", "", LOW, "no known word in the name")


def classify_name(
    column: str, table: str = "", neighbours: Iterable[str] = (), values: Mapping[str, float] | None = None
) -> NameEvidence:
    """Judge a column by its name in its surroundings.

    Args:
        column: name or caption as the workbook has it, in any case or style.
        table: name of its table, empty if unknown.
        neighbours: names of the other columns of that table.
        values: shares by identifier kind from ``identifiers.value_evidence``, if the rows were read.
    """
    others = tuple(sorted(set(neighbours) - {column}))
    by_value = _by_values(values or {})
    if by_value and by_value.of in _CONTACTS:
        return _contact(by_value, column, table, others)
    if by_value:
        return by_value
    found = _upn(column, table, others) or _listed(column, table, others) or _composed(column, table, others)
    return found or UNKNOWN


def classify_names(
    names: Sequence[str], table: str = "", neighbours: Iterable[str] = (), values: Mapping[str, float] | None = None
) -> NameEvidence:
    """Judge a column by all its names: for readers, in the model, in its store and query.

    A name that surely tells persons apart wins wherever it stands, so that a new caption is no escape; else
    the first name that says anything.
    """
    others = tuple(neighbours)
    found = [classify_name(name, table, others, values) for name in names] or [UNKNOWN]
    telling = next((what for what in found if what.identifier and what.confidence is HIGH), None)
    if telling or (names and _name_of_thing(names[0])):
        return telling or found[0]
    return next((what for what in found if what.kind != "unknown"), found[0])


def speaks_of_people(table: str, neighbours: Sequence[str]) -> str | None:
    """Why the rows of a table are persons: its name, a key or name of persons, or two attributes.

    Rows that carry a count of people are groups: there two attributes prove nothing.
    """
    if _is_person_table(table):
        return f"the table is called {table!r}"
    listed = {name: entry for name in neighbours if (entry := entry_of(name))}
    for name in neighbours:
        entry = listed.get(name)
        personal = entry and (entry.kind == "unit_key" or entry.of in _PERSONAL)
        if personal or _person_key(name) or _named(words(name)):
            return f"{name!r} stands beside it"
    attributes = {entry.of for entry in listed.values()} & _TELLING
    things = vocabulary().words["things"] & set(words(table))
    if len(attributes) >= 2 and not things and not _aggregated(listed):
        return f"{' and '.join(sorted(attributes))} stand beside it"
    return None


def upn_is_login(table: str, neighbours: Iterable[str]) -> bool:
    """Whether the surroundings make UPN a user principal name: staff or access words, none of schooling."""
    known = vocabulary()
    around = set(words(table)).union(*map(words, neighbours))
    return bool(around & known.words["login"]) and not around & known.words["schooling"]


def _by_values(values: Mapping[str, float]) -> NameEvidence | None:
    """Values that are identifiers decide, whatever the name says."""
    kind = decisive_kind(values)
    if kind is None:
        return None
    why = f"{'most' if values[kind] < 1 else 'all'} of its values are valid"
    return NameEvidence("unit_key" if kind in _KEY_KINDS else "identifier", kind, HIGH, why)


def _upn(column: str, table: str, neighbours: tuple[str, ...]) -> NameEvidence | None:
    """A unique pupil number, unless the table is about staff or access."""
    parts = words(column)
    if "upn" not in parts and not re.search("formerupn|uniquepupilnumber", compact(column)):
        return None
    if upn_is_login(table, neighbours):
        why = "UPN in a table about staff or access is a user principal name"
        return NameEvidence("identifier", "login", MEDIUM, why)
    schooling = vocabulary().words["schooling"] & set(words(table)).union(*map(words, neighbours))
    sure = HIGH if schooling or parts != ("upn",) else MEDIUM
    return NameEvidence("unit_key", "upn", sure, "the name is that of the unique pupil number")


def _listed(column: str, table: str, neighbours: tuple[str, ...]) -> NameEvidence | None:
    """An entry of the word list. Addresses and the like need persons around them."""
    entry = entry_of(column)
    if entry is None:
        return None
    said = f"the name speaks of {entry.of.replace('_', ' ')}"
    personal = bool(set(words(column)) & (_persons() | {"home"}))
    if entry.kind == "person_attribute" and _counts(column):
        return NameEvidence("count_field", "people", MEDIUM, f"a total, and {said}")
    if entry.of in {"email", "phone"}:
        return _contact(NameEvidence(entry.kind, entry.of, entry.confidence, said), column, table, neighbours)
    if not entry.context or personal:
        return NameEvidence(entry.kind, entry.of, entry.confidence, said)
    people = speaks_of_people(table, neighbours)
    return NameEvidence(entry.kind, entry.of, entry.confidence, f"{said} and {people}") if people else None


def _contact(found: NameEvidence, column: str, table: str, neighbours: tuple[str, ...]) -> NameEvidence:
    """Contact details are those of an institution where its table and a neighbour say so, and nobody of persons.

    One of the two alone leaves a doubt, and so does any e-mail address, which may name somebody.
    """
    attributes = {entry.of for entry in map(entry_of, neighbours) if entry} & _TELLING
    if attributes or set(words(column)) & (_persons() | {"home"}) or speaks_of_people(table, neighbours):
        return found
    known = vocabulary()
    institution = set(words(table)) & known.words["institutions"]
    beside = [n for n in neighbours if set(words(n)) & known.words["of_institutions"]]
    if institution and beside and found.of != "email":
        return NameEvidence(
            "unknown", found.of, LOW, f"{found.why}, in a table of institutions ({beside[0]!r} beside it)"
        )
    if institution or beside or (set(words(table)) & known.words["things"] and found.why.startswith("the name")):
        return replace(found, confidence=LOW, why=f"{found.why}, in a table that is not called after persons")
    return found


def _counts(column: str) -> bool:
    """``Total_EHC`` and ``Number with SEN`` count persons; a total mark or points score counts none."""
    parts = set(words(column))
    known = vocabulary()
    return bool(parts & known.words["totals"]) and not parts & known.words["amounts"]


def _composed(column: str, table: str, neighbours: tuple[str, ...]) -> NameEvidence | None:
    """A person word with a key word or with ``name``; ``Name``, ``ID`` alone take it from the table."""
    key = _person_key(column)
    if key:
        return NameEvidence("unit_key", "person_id", key, "a word for a person with a word for a key")
    parts = tuple(part for part in words(column) if not part.isdigit())
    if set(parts) & vocabulary().words["statistics"]:
        return None
    named = _named(parts)
    if named:
        return NameEvidence("identifier", "full_name", named, f"the name of a {parts[-2]}")
    if len(parts) == 1 and parts[0] in _persons() and _is_person_table(table):
        return NameEvidence("identifier", "full_name", MEDIUM, f"it bears the name of its table {table!r}")
    if parts in {("name",), ("names",)}:
        people = speaks_of_people(table, neighbours)
        return NameEvidence("identifier", "full_name", MEDIUM, f"a name, and {people}") if people else None
    if len(parts) == 1 and parts[0] in {"id", "key", "code", "number"} and _is_person_table(table):
        return NameEvidence("unit_key", "person_id", MEDIUM, f"the key of the table {table!r}")
    return None


def _named(parts: tuple[str, ...]) -> Confidence | None:
    """How sure it is a person's name: ``Customer Name`` is one, ``Teacher School Name`` is not."""
    if len(parts) < 2 or parts[-1] not in {"name", "names"} or parts[-2] not in _persons():
        return None
    return HIGH if parts[-2] in vocabulary().words["pupils"] else MEDIUM


def _name_of_thing(name: str) -> bool:
    """``School name``, ``Product name``: whatever the column is called below, it names no person."""
    parts = words(name)
    return len(parts) > 1 and parts[-1] == "name" and parts[-2] in vocabulary().words["things"]


def _persons() -> frozenset[str]:
    known = vocabulary()
    return known.words["pupils"] | known.words["adults"]


@functools.lru_cache(maxsize=65536)
def _person_key(name: str) -> Confidence | None:
    """How sure a name is the key of a person: ``StudentID``, ``learner_no1``, ``CustomerKey``."""
    known = vocabulary()
    parts = tuple(part for part in words(name) if not part.isdigit())
    if not parts or set(parts) & known.words["statistics"]:
        return None
    last = re.sub(r"\d$", "", parts[-1])
    if len(parts) > 1 and last in known.words["keys"]:
        who = parts[:-2] if len(parts) > 2 and parts[-2] in known.words["key_qualifiers"] else parts[:-1]
        if set(who) & known.words["things"]:
            return None
        if who[-1] in known.words["pupils"]:
            return HIGH
        return MEDIUM if who[-1] in known.words["adults"] else None
    match = re.fullmatch(r"([a-z]+?)(id|key|no|number|ref|reference)", last) if len(parts) == 1 else None
    if match and match[1] in known.words["pupils"]:
        return HIGH
    return MEDIUM if match and match[1] in known.words["adults"] else None


def _is_person_table(table: str) -> bool:
    """A table named after persons: ``Students``, ``Dim Customer``; not ``Pupil Counts``."""
    ignored = vocabulary().words["table_affixes"]
    parts = [part for part in words(table) if part not in ignored and not part.isdigit()]
    return len(parts) == 1 and parts[0] in _persons()


def _aggregated(neighbours: Iterable[str]) -> bool:
    """Whether a sure count of people stands among them, so that rows are groups."""
    entries = map(entry_of, neighbours)
    return any(e and e.kind == "count_field" and e.confidence is not LOW for e in entries)
