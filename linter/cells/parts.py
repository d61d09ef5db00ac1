"""A layer of a semantic model, split by the table that its numbers count.

Measures over several fact tables stand side by side on one visual; each is judged by itself, with the
groupings that work on it. A grouping that does not reach a table repeats the same number for each of
its members, so it adds no cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from linter.cells.population import NotEvaluated, Population
from linter.cells.reach import Chains, joined, reach
from linter.cells.removal import reached
from linter.expressions import Column, columns
from linter.model import CELL, Base, CellValue, Filter, Grouping, Layer, Link, Source, Total
from linter.records import dataclass

MEMBERS = "a measure lists or ranks members of a column: every member is judged by itself, more than are shown"
REPEATED = "rows without a match on the many side of a relationship are judged as a cell of their own"


@dataclass(frozen=True, slots=True)
class Part:
    """The bases of a layer over one table and one set of relationships.

    ``layer`` has only the groupings that work here; ``positions`` are theirs among the drilled
    groupings of the layer; ``columns`` are all whose values the query needs, units left out; of those
    ``counted`` only which are equal matters; ``tables`` are those whose rows it needs.
    """

    layer: Layer
    bases: tuple[Base, ...]
    population: Population
    positions: tuple[int, ...]
    columns: frozenset[Column]
    tables: frozenset[str]
    notes: tuple[str, ...] = ()
    counted: frozenset[Column] = frozenset()


def parts(source: Source, layer: Layer) -> Iterator[Part]:
    """The parts of a layer, in the order of its bases.

    Raises:
        NotEvaluated: no table relates all groupings of a layer without a measure.
    """
    groups: dict[tuple[str, tuple[Link, ...], tuple[Column, ...]], list[Base]] = {}
    for base in layer.bases:
        groups.setdefault((base.table or _root(source, layer), base.links, base.over), []).append(base)
    for (root, links, over), bases in (groups or {(_root(source, layer), (), ()): []}).items():
        part = _part(source, _by_members(layer, over), root, links, tuple(bases))
        yield replace(part, notes=(*part.notes, MEMBERS)) if over else part


def _by_members(layer: Layer, over: tuple[Column, ...]) -> Layer:
    """The layer with these columns as further groupings, of its totals too."""
    drilled = {g.expr for g in layer.grain if g.drilled}
    added = tuple(Grouping(c.name, c, "other") for c in over if c not in drilled)
    places = tuple(len(layer.grain) + i for i in range(len(added)))
    totals = tuple(replace(t, keeps=(*t.keeps, *places)) for t in layer.totals)
    return replace(layer, grain=(*layer.grain, *added), totals=totals)


def _root(source: Source, layer: Layer) -> str:
    """The table that relates the groupings of a layer without a measure: one of theirs, or a fact table."""
    needed = {c.table for g in layer.grain if g.drilled for c in columns(g.expr)} or set(layer.tables[:1])
    if not needed:
        raise NotEvaluated("nothing tells which of several tables is counted")
    names = [t.id for t in source.tables]
    candidates = sorted(names, key=lambda t: (t not in needed, names.index(t)))
    found = next((t for t in candidates if needed <= reach(source, t).keys()), None)
    if found is None:
        raise NotEvaluated("it combines tables that no single table relates to one by one")
    return found


def _part(source: Source, layer: Layer, root: str, links: tuple[Link, ...], bases: tuple[Base, ...]) -> Part:
    drilled = [(i, g) for i, g in enumerate(layer.grain) if g.drilled]
    values = list(_values(v for b in bases for v in b.values))
    near = [reach(source, root, links), *(reach(source, v.table) for v in values)]
    kept = [(n, i) for n, (i, g) in enumerate(drilled) if any(reached(g.expr, chains) for chains in near)]
    place = {i: new for new, (_, i) in enumerate(kept)}
    filters, notes = _filters(layer, complete=len(kept) == len(drilled))
    own = replace(
        layer,
        grain=tuple(layer.grain[i] for _, i in kept),
        totals=_totals(layer.totals, place),
        filters=filters,
        bases=bases,
    )
    values += _values(v for f in filters for v in f.values)
    used = _used(own, values)
    counted = frozenset(b.arg for b in own.bases if _is_counted(b) and isinstance(b.arg, Column))
    homes = {c.table for c in used | counted}
    population = joined(root, near[0], sorted(homes))
    if any(step.repeats for t in population.tables for step in near[0][t]):
        notes = (*notes, REPEATED)
    needed = frozenset({*population.tables, *(v.table for v in values)})
    keys = _keys(source, needed | homes, links)
    return Part(own, bases, population, tuple(n for n, _ in kept), used | keys, needed, notes, counted - used - keys)


def _totals(totals: Iterable[Total], place: dict[int, int]) -> tuple[Total, ...]:
    """The totals over the groupings that are left; those that come down to the cells themselves are none."""
    found: dict[tuple[int, ...], Total] = {}
    for total in totals:
        keeps = tuple(place[i] for i in total.keeps if i in place)
        if len(keeps) < len(place):
            found.setdefault(keeps, replace(total, keeps=keeps))
    return tuple(found.values())


def _filters(layer: Layer, *, complete: bool) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """The filters that can be applied: those on a measure need every grouping of the visual."""
    hiding = [f for f in layer.filters if f.stage == "measure"]
    if complete or not hiding:
        return layer.filters, ()
    if layer.totals:
        raise NotEvaluated(
            f"the filter on {hiding[0].caption!r} hides cells of groupings that do not reach this number"
        )
    kept = tuple(f for f in layer.filters if f.stage != "measure")
    return kept, tuple(f"the filter on {f.caption!r} is not applied: more cells are judged than shown" for f in hiding)


def _values(values: Iterable[CellValue]) -> Iterator[CellValue]:
    for value in values:
        yield value
        yield from _values(value.values)


def _used(layer: Layer, values: Iterable[CellValue]) -> frozenset[Column]:
    """The columns of groupings, filters, bases and values, those of unrelated filters too."""
    exprs = [g.expr for g in layer.grain] + [f.predicate for f in layer.filters]
    exprs += [e for b in layer.bases for e in (None if _is_counted(b) else b.arg, b.adds) if e is not None]
    exprs += [e for v in values for e in (v.arg, v.adds, *v.per, *v.by)]
    return frozenset(c for e in exprs for c in columns(e) if c.table != CELL)


def _is_counted(base: Base) -> bool:
    """Whether of its column only matters which values are there and which are equal."""
    return isinstance(base.arg, Column) and base.aggregate in {"count", "count_distinct"}


def _keys(source: Source, tables: frozenset[str], links: tuple[Link, ...]) -> frozenset[Column]:
    """The columns that relate the tables in use, whichever way."""
    chains: list[Chains] = [reach(source, t, which) for t in tables for which in {(), links}]
    steps = {step for known in chains for t in tables & known.keys() for step in known[t]}
    return frozenset(c for step in steps for pair in step.on for side in pair for c in columns(side))
