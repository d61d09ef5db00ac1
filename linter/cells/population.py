"""Which tables a layer's rows come from, and how they are joined.

The root is the table whose rows are counted; every other table is reached from it by steps to a
unique side, so that no row is counted twice. Where the tool combines tables that no such steps
relate, a step may fan out: then only distinct keys of the root can be counted, never joined rows.
A fixed join (``Source.joined``) takes all its tables.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from linter.expressions import Expr
from linter.model import Relationship, Source
from linter.records import dataclass

_UNRELATED = "it combines tables that no single table relates to one by one"
_MIRRORED = {"left": "right", "right": "left"}
Unique = Callable[[str, tuple[Expr, ...]], bool]
"""Whether a table has at most one row for each value of some expressions."""


class NotEvaluated(Exception):
    """Why a layer can't be recomputed, in words for the user."""


@dataclass(frozen=True, slots=True)
class Join:
    """One table joined to those before it by equal pairs (left: known side, right: the new table)."""

    table: str
    on: tuple[tuple[Expr, Expr], ...]
    kind: str  # inner, left, right, full
    fans_out: bool = False  # a row before it may meet several rows of the new table


@dataclass(frozen=True, slots=True)
class Population:
    """The root table and what is joined to it, in order."""

    root: str
    joins: tuple[Join, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables, root first."""
        return (self.root, *(j.table for j in self.joins))

    @property
    def fans_out(self) -> bool:
        """Whether a row of the root may come more than once."""
        return any(j.fans_out for j in self.joins)


def fixed_join(source: Source) -> Population:
    """Every table of a joined source, in the order of its join tree."""
    if not source.tables:
        raise NotEvaluated("the data source has no table")
    root = source.relationships[0].many if source.relationships else source.tables[0].id
    known, joins = {root}, []
    for link in source.relationships:
        forward = link.many in known
        new = link.one if forward else link.many
        if new in known or (not forward and link.one not in known):
            raise NotEvaluated("a join of tables that is not a plain chain")
        pairs = link.on if forward else tuple((b, a) for a, b in link.on)
        kind: str = link.join or "left"
        joins.append(Join(new, pairs, kind if forward else _MIRRORED.get(kind, kind)))
        known.add(new)
    return Population(root, tuple(joins))


def related(
    source: Source, used: Iterable[str], root: str | None, unique: Unique, *, fan_out: bool = False
) -> Population:
    """The tables in use, joined from a root that reaches them all along unique sides.

    Args:
        source: the source with its relationships.
        used: ids of the tables that groupings, filters and bases rest on.
        root: the table that is aggregated, if a measure says so.
        unique: evidence about the far side of a relationship that doesn't state it.
        fan_out: whether the tool combines tables along other relationships too.

    Raises:
        NotEvaluated: no table reaches all the others.
    """
    needed = list(dict.fromkeys(used))
    if root is not None:
        return _population(root, needed, _reach(source, root, unique, fan_out=fan_out))
    if not needed:
        if len(source.tables) != 1:
            raise NotEvaluated("nothing tells which of several tables is counted")
        return Population(source.tables[0].id, ())
    reaches = {t.id: _reach(source, t.id, unique) for t in source.tables}
    candidates = [t for t in needed if set(needed) <= {t, *reaches[t]}]
    candidates += [t for t in reaches if t not in needed and set(needed) <= set(reaches[t])]
    if candidates:
        return _population(candidates[0], needed, reaches[candidates[0]])
    if not fan_out:
        raise NotEvaluated(_UNRELATED)
    # Dimensions of several tables without a measure: combinations that occur, so inner joins.
    found = _population(needed[0], needed, _reach(source, needed[0], unique, fan_out=True))
    return Population(found.root, tuple(replace(j, kind="inner") for j in found.joins))


def _reach(source: Source, root: str, unique: Unique, *, fan_out: bool = False) -> dict[str, tuple[Join, ...]]:
    """Shortest chains of unique steps from the root to every table it reaches; then, if asked, of any steps."""
    chains: dict[str, tuple[Join, ...]] = {root: ()}
    for any_step in (False, True) if fan_out else (False,):
        queue = deque(chains)
        while queue:
            here = queue.popleft()
            for join in _steps(source.relationships, here, unique):
                if join.table not in chains and (any_step or not join.fans_out):
                    chains[join.table] = (*chains[here], join)
                    queue.append(join.table)
    del chains[root]
    return chains


def _steps(relationships: Iterable[Relationship], here: str, unique: Unique) -> Iterable[Join]:
    for link in relationships:
        if link.active and link.many == here:
            single = link.unique or unique(link.one, tuple(b for _, b in link.on))
            yield Join(link.one, link.on, "left", fans_out=not single)
        elif link.active and link.one == here:
            single = unique(link.many, tuple(a for a, _ in link.on))
            yield Join(link.many, tuple((b, a) for a, b in link.on), "left", fans_out=not single)


def _population(root: str, needed: list[str], chains: dict[str, tuple[Join, ...]]) -> Population:
    joins: list[Join] = []
    for table in needed:
        if table == root:
            continue
        if table not in chains:
            raise NotEvaluated(_UNRELATED)
        joins += [j for j in chains[table] if j not in joins]
    return Population(root, tuple(joins))
