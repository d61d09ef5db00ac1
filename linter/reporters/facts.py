"""What findings hold as evidence, as records that a report can lay out. Nothing exact is read here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.reporters.reading import name

if TYPE_CHECKING:
    from linter.findings import EvidenceValue, Finding, Record

_COUNTED = ("small_cells", "small_totals", "small_figures")
"""Facts by which a rule says how many small cells it found."""

ARROW = " ← "
"""Between the steps of a chain as rules print it."""


@dataclass(frozen=True, slots=True)
class CellList:
    """Cells that a finding is about: a column per grouping, some of the rows, and how many more there are."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Equation:
    """A hidden cell as the sum and difference of cells that are shown, all by name.

    ``what_if``: it is shown as yet, and hiding it would not be enough.
    """

    cell: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    what_if: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Fields that together single people out: how many cells of few people, and how many people in them, as a band."""

    fields: tuple[str, ...]
    people: str
    cells: int
    by_difference: bool


def cells_of(finding: Finding, limit: int) -> CellList | None:
    """The cells that the finding names; None for one that names none."""
    grain = _texts(finding.evidence.get("grain"))
    rows = [_texts(record.get("groups")) for record in _records(finding.evidence.get("examples"))]
    rows = [row for row in rows if len(row) == len(grain)]
    if not (grain and rows):
        return None
    counted = sum(n for key in _COUNTED if isinstance(n := finding.evidence.get(key), int))
    shown = rows[:limit]
    return CellList(_named(grain), tuple(_named(row) for row in shown), max(counted, len(rows)) - len(shown))


def equations_of(finding: Finding) -> tuple[Equation, ...]:
    """How hidden cells follow, where every cell counts once."""
    what_if = finding.evidence.get("what_if") is True
    found = (
        Equation(str(r.get("cell")), _texts(r.get("plus")), _texts(r.get("minus")), what_if)
        for r in _records(finding.evidence.get("equations"))
    )
    return tuple(e for e in found if e.cell and e.plus)


def pairs_of(finding: Finding) -> tuple[Pair, ...]:
    """The combinations of fields that single people out."""
    found: list[Pair] = []
    for record in _records(finding.evidence.get("pairs")):
        fields, cells = _texts(record.get("fields")), record.get("cells")
        if fields and isinstance(cells, int):
            people = record.get("isolated")
            found.append(
                Pair(fields, people if isinstance(people, str) else "", cells, record.get("by_difference") is True)
            )
    return tuple(found)


def chains_of(finding: Finding) -> tuple[tuple[str, ...], ...]:
    """Fields as shown, each with the steps down to what it is made of."""
    printed = _texts(finding.evidence.get("chains"))
    return tuple(_named(tuple(chain.split(ARROW))) for chain in printed if ARROW in chain)


def _records(value: EvidenceValue) -> list[Record]:
    return [record for record in value if isinstance(record, Mapping)] if isinstance(value, tuple) else []


def _texts(value: EvidenceValue) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, tuple) else ()


def _named(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name(text) for text in texts)
