"""Which fields together leave few people, as a matrix of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.reporters.facts import pairs_of
from linter.reporters.reading import name, sentence
from linter.text import listing, plural

if TYPE_CHECKING:
    from linter.findings import EvidenceValue, Finding
    from linter.reporters.facts import Pair

MOST = 14
"""Fields that the matrix has room for."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A square of the matrix: how many cells of few people there are, and how many people in them, as a band."""

    text: str
    people: str
    words: str
    by_difference: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """Every pair once; a field met by itself stands alone. None: no such combination was found."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Meeting | None, ...]], ...]
    longer: tuple[str, ...]  # combinations of more fields, in words
    notes: tuple[str, ...]


def reach(finding: Finding) -> Reach | None:
    """The matrix of a finding; None for one that names no pair of fields."""
    pairs = pairs_of(finding)
    if not pairs:
        return None
    known: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        known.setdefault(frozenset(pair.fields), pair)
    often: dict[str, int] = {}
    for pair in pairs:
        for field in pair.fields if len(pair.fields) < 3 else ():
            often[field] = often.get(field, 0) + pair.cells
    fields = sorted(often, key=lambda field: -often[field])[:MOST]
    alone = any(len(set(pair.fields)) == 1 for pair in pairs)
    columns, below = (fields, fields) if alone else (fields[:-1], fields[1:])
    return Reach(
        columns=tuple(name(column) for column in columns),
        rows=tuple(
            (name(row), tuple(_meeting(known.get(frozenset((row, column)))) for column in columns[: i + 1]))
            for i, row in enumerate(below)
        ),
        longer=tuple(_words(pair) for pair in pairs if len(pair.fields) > 2),
        notes=tuple(_notes(finding, pairs, len(often))),
    )


def _meeting(pair: Pair | None) -> Meeting | None:
    if pair is None:
        return None
    return Meeting(f"{pair.cells:,}", sentence(pair.people), _words(pair), pair.by_difference)


def _words(pair: Pair) -> str:
    how = ", by the difference of two states" if pair.by_difference else ""
    people = f" with {sentence(pair.people)} people in all" if pair.people else ""
    return f"{listing([name(f) for f in pair.fields], 8)}: {plural(pair.cells, 'cell')}{people}{how}"


def _notes(finding: Finding, pairs: tuple[Pair, ...], fields: int) -> list[str]:
    notes = []
    if fields > MOST:
        notes.append(f"{MOST} of {fields} fields, those that single out the most.")
    listed = _amount(finding.evidence.get("combinations"))
    if listed > len(pairs):
        notes.append(f"{len(pairs)} of {listed} combinations, the worst.")
    if any(pair.by_difference for pair in pairs):
        notes.append("Δ: only the difference of two states that readers can reach tells them apart.")
    if undecided := _amount(finding.evidence.get("not_decided")):
        notes.append(
            f"{plural(undecided, 'combination')} of fields could not be decided, so that nothing is said of them."
        )
    if depth := _amount(finding.evidence.get("depth")):
        notes.append(f"Up to {plural(depth, 'field')} at a time were combined.")
    return notes


def _amount(value: EvidenceValue) -> int:
    return value if isinstance(value, int) else len(value) if isinstance(value, tuple) else 0
