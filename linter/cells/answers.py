"""Reading the answer of a layer's query: body and totals as cell tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from linter.cells.query import LayerQuery
from linter.evidence import BaseCounts, CellTable, Counts, Unit
from linter.expressions import Expr
from linter.model import Base
from linter.records import dataclass

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The number columns by name, and which lines of them make one table."""

    columns: dict[str, Sequence[int]]
    lines: tuple[int, ...]
    unit: Unit
    keyless: bool

    def pick(self, name: str) -> Counts:
        return Counts([self.columns[name][i] for i in self.lines])

    def units(self, rows: str, units: str) -> Counts | None:
        if units not in self.columns:
            return self.pick(rows) if self.unit.kind == "rows" else None
        if not self.keyless:
            return self.pick(units)
        # Rows without any key are still somebody's: at least one person, never nobody.
        pairs = zip(self.pick(units).values, self.pick(rows).values, strict=True)
        return Counts([max(u, min(r, 1)) for u, r in pairs])


def cell_tables(
    answer: Answer,
    query: LayerQuery,
    bases: tuple[Base, ...],
    unit: Unit,
    *,
    keyless: bool = False,
    amounts: frozenset[int] = frozenset(),
) -> list[CellTable]:
    """The body first, then one table per further grouping set, in the order of ``query.sets``.

    ``keyless``: rows of the data may lack the key of their person. ``amounts``: places of the bases that
    sum an amount over people.
    """
    columns = _columns(answer, query)
    by_set = _lines(answer, query, columns)
    tables = []
    for keeps in query.sets:
        numbers = _Numbers(columns, tuple(by_set[keeps]), unit, keyless)
        body = keeps == query.sets[0]
        tables.append(
            CellTable(
                keeps=keeps,
                labels=tuple(answer["groups"][g]["labels"] for g in keeps),
                codes=tuple([answer["groups"][g]["codes"][i] for i in numbers.lines] for g in keeps),
                records=numbers.pick("records"),
                units=numbers.units("records", "units"),
                bases=tuple(
                    replace(_base(b, s, numbers), largest=_largest(i, amounts, numbers))
                    for i, (b, s) in enumerate(zip(bases, query.base_slots, strict=True))
                ),
                hidden=numbers.pick("hidden").values if body and "hidden" in columns else (),
                missing=numbers.pick("missing").values if "missing" in columns else (),
            )
        )
    return tables


def one_cell_per_record(whole: CellTable, unit: Unit) -> CellTable:
    """The table of a layer whose every record is a mark, from its single total."""
    ones = Counts(bytes([1]) * whole.records.total)
    return CellTable((), (), (), ones, ones if unit.kind in {"key", "rows"} else None)


def lacks_counts(answer: Answer, query: LayerQuery) -> bool:
    """Whether rows without a count of people took part: these are unknown, not zero."""
    return "missing" in query.numbers and any(_columns(answer, query)["missing"])


def uncounted(table: CellTable, unit: Unit, is_text: Callable[[Expr], bool]) -> bool:
    """Whether a figure other than the count itself has rows in a cell, and none of them says how many people."""
    if unit.kind != "count_field" or not table.missing:
        return False
    return any(
        m and not h and r and not u
        for b in table.bases
        if b.base is not None and b.base.arg is not None and b.base.arg != unit.column and not is_text(b.base.arg)
        for m, h, r, u in zip(
            table.missing, table.hidden or [0] * len(table), b.rows.values, b.contributors.values, strict=True
        )
    )


def _columns(answer: Answer, query: LayerQuery) -> dict[str, Sequence[int]]:
    found = answer["numbers"] or [[] for _ in query.numbers]
    return dict(zip(query.numbers, found, strict=True))


def _lines(answer: Answer, query: LayerQuery, columns: dict[str, Sequence[int]]) -> dict[tuple[int, ...], list[int]]:
    """Which lines belong to which grouping set. A line behind which no row stands is no cell."""
    counts = [values for name, values in columns.items() if name == "records" or name.startswith("rows:")]
    by_set: dict[tuple[int, ...], list[int]] = {keeps: [] for keeps in query.sets}
    flags = [columns[f"flag{g}"] for g in range(query.groups)] if len(query.sets) > 1 else None
    for line in range(answer["cells"]):
        keeps = query.sets[0] if flags is None else tuple(g for g, flag in enumerate(flags) if not flag[line])
        if any(values[line] for values in counts):
            by_set[keeps].append(line)
    return by_set


def _base(base: Base, slot: int | None, numbers: _Numbers) -> BaseCounts:
    rows, units = ("records", "units") if slot is None else (f"rows:{slot}", f"units:{slot}")
    counted = numbers.units(rows, units)
    return BaseCounts(base.measure, base.role, base.aggregate, numbers.pick(rows), counted, base.problems, base)


def _largest(base: int, amounts: frozenset[int], numbers: _Numbers) -> tuple[Counts, ...] | None:
    """The shares of an amount's largest contributors; empty where the query does not hold them."""
    if base not in amounts:
        return None
    names = [name for name in numbers.columns if name.startswith(f"share:{base}:")]
    return tuple(numbers.pick(name) for name in names)
