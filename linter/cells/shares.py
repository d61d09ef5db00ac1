"""Ratios in tables of counts: what is divided are numbers of people, of one count field or of two.

``SUM([FSM pupils]) / SUM([Pupils])`` shows, besides its parts, the pupils without FSM. Both parts must
stand in one table for that, although each count field tells its own people and is counted by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from linter.cells.summed import shown_column
from linter.evidence import BaseCounts, CellTable, Counts, LayerResult, Unit

_DIVIDED = frozenset({"numerator", "denominator"})
_Cell = tuple[str | None, ...]


def counting(tables: Iterable[CellTable], unit: Unit) -> list[CellTable]:
    """The tables with the sums of the count field that a ratio divides told as counts."""

    def told(base: BaseCounts) -> BaseCounts:
        divided = base.role in _DIVIDED and base.aggregate == "sum" and base.base is not None
        return replace(base, aggregate="count") if divided and _sums(base, unit) else base

    if unit.kind != "count_field":
        return list(tables)
    return [replace(table, bases=tuple(told(b) for b in table.bases)) for table in tables]


def side_by_side(results: Sequence[LayerResult]) -> list[LayerResult]:
    """The parts of a layer, each numerator also beside its denominator where another count field tells that."""
    return [_with_numerators(result, results) for result in results]


def _with_numerators(result: LayerResult, others: Sequence[LayerResult]) -> LayerResult:
    if result.body is None or any(result.opaque) or result.unit.kind != "count_field":
        return result
    wanted = {b.measure for b in result.body.bases if b.role == "denominator" and b.aggregate == "count"}
    wanted -= {b.measure for b in result.body.bases if b.role == "numerator"}
    for other in others if wanted else ():
        if other.body is not None and _same_rows(result, other):
            added = [i for i, b in enumerate(other.body.bases) if _is_numerator(b, wanted)]
            result = _joined(result, other, added) if added else result
    return result


def _same_rows(result: LayerResult, other: LayerResult) -> bool:
    one, two = result.unit.column, other.unit.column
    alike = other.grain == result.grain and other.unit.kind == "count_field" and len(other.tables) == len(result.tables)
    return alike and one is not None and two is not None and one != two and one.table == two.table


def _is_numerator(base: BaseCounts, measures: set[str]) -> bool:
    return base.role == "numerator" and base.aggregate == "count" and base.measure in measures


def _joined(result: LayerResult, other: LayerResult, added: Sequence[int]) -> LayerResult:
    tables = [_beside(table, second, added) for table, second in zip(result.tables, other.tables, strict=True)]
    body, *totals = tables
    return replace(
        result, body=body, totals=tuple((label, t) for (label, _), t in zip(result.totals, totals, strict=True))
    )


def _beside(table: CellTable, other: CellTable, added: Sequence[int]) -> CellTable:
    """The table with some bases of another one, cell by cell; a cell that this one lacks has nobody there."""
    places = {cell: i for i, cell in enumerate(_cells(other))}
    order = [places.get(cell) for cell in _cells(table)]

    def aligned(counts: Counts) -> Counts:
        return Counts([0 if i is None else counts.values[i] for i in order])

    found = (other.bases[i] for i in added)
    bases = (replace(b, rows=aligned(b.rows), units=aligned(b.units) if b.units else None) for b in found)
    return replace(table, bases=(*table.bases, *bases))


def _cells(table: CellTable) -> Iterator[_Cell]:
    for codes in zip(*table.codes, strict=True) if table.codes else [()] * len(table):
        yield tuple(labels[code] for labels, code in zip(table.labels, codes, strict=True))


def _sums(base: BaseCounts, unit: Unit) -> bool:
    return base.base is not None and shown_column(base.base) == unit.column
