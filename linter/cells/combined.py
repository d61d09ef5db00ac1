"""Layers over several related tables: each measure at its own table, no row counted twice.

A relationship is no join: a measure is aggregated in its own table, and rows of other tables only
say to which groups a row belongs. Where such a row belongs to several groups (a patient to each of
their diagnoses), the joined rows are no records; distinct keys of the measure's table are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from linter.cells.population import NotEvaluated, Population
from linter.cells.query import tables_of
from linter.evidence import CellTable, Unit
from linter.expressions import Aggregate, Expr, Fixed, TopMembers, columns, walk
from linter.model import Base, Filter, Layer

FANNED_OUT = "tables related many to many are combined: records are counted as distinct keys of the measure's table"
HIDES = "a filter on a measure of another table: marks that it hides count as shown"
_DUPLICATED = frozenset({"max", "min", "any", "count_distinct", "collect"})
"""Aggregates that don't mind that a value comes several times."""


def by_table(bases: Iterable[Base]) -> dict[str | None, list[Base]]:
    """The bases of each table; a constant's go with the first that has one."""
    found: dict[str | None, list[Base]] = {}
    loose = []
    for base in bases:
        if base.table is None and (base.arg is None or not columns(base.arg)):
            loose.append(base)
        else:
            found.setdefault(base.table, []).append(base)
    if loose:
        found.setdefault(next(iter(found), None), []).extend(loose)
    return found or {None: []}


def rows_of(layer: Layer) -> list[Expr]:
    """What decides which rows a layer has and how they are grouped: filters that only hide cells aside."""
    rows = (f.predicate for f in layer.filters if f.stage not in {"measure", "table_calc"})
    return [*(g.expr for g in layer.grain), *rows]


def within(layer: Layer, population: Population) -> tuple[Layer, tuple[str, ...]]:
    """The layer as it is over one population, and what deviates.

    A measure filter works where its values are those of the population's own root; elsewhere it is
    left out, so that what it hides counts as shown.

    Raises:
        NotEvaluated: a level of detail or a top N sums values of a related table, which the join repeats.
    """
    if len(population.tables) == 1:
        return layer, ()
    for expr in rows_of(layer):
        for part in walk(expr):
            if isinstance(part, Fixed | TopMembers) and not _at_home(part, population):
                raise NotEvaluated("a level of detail or a top filter over values of a related table")
    kept = tuple(f for f in layer.filters if f.stage != "measure" or _filters_home(f, population))
    return replace(layer, filters=kept), () if len(kept) == len(layer.filters) else (HIDES,)


def _filters_home(found: Filter, population: Population) -> bool:
    whole_rows = any(isinstance(p, Aggregate) and p.arg is None for p in walk(found.predicate))
    return not population.fans_out and not whole_rows and tables_of(found.predicate) <= {population.root}


def _at_home(part: Fixed | TopMembers, population: Population) -> bool:
    inside = part.body if isinstance(part, Fixed) else part.order
    aggregates = [p for p in walk(inside) if isinstance(p, Aggregate) and p.function not in _DUPLICATED]
    alone = [p for p in aggregates if tables_of(p) <= {population.root}]
    return not aggregates or (len(alone) == len(aggregates) and not population.fans_out)


def distinct_unit(unit: Unit, key: Unit | None) -> Unit:
    """How a population that fans out is counted: by its people's key, else by a key of the root.

    Raises:
        NotEvaluated: there is neither.
    """
    if unit.kind == "key":
        return unit
    if key is None or unit.kind == "count_field":
        raise NotEvaluated("it combines tables related many to many, and no key tells their records apart")
    return key


def as_records(table: CellTable, unit: Unit) -> CellTable:
    """A table counted by distinct keys: these are its records, and people only where rows are people."""
    counted = table.contributors
    people = unit.kind in {"key", "rows"}
    return replace(
        table,
        records=counted,
        units=counted if people else None,
        bases=tuple(replace(b, rows=b.contributors, units=b.contributors if people else None) for b in table.bases),
    )
