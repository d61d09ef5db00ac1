"""Which tables of a semantic model filter which: from the one side to the many side of a relationship.

A filter or a grouping works on a table only along a chain of relationships that leads there; where
there is none it changes nothing. Rows that refer to no row of the one side stand under blank.
Source: https://learn.microsoft.com/power-bi/transform-model/desktop-relationships-understand
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from linter.cells.population import Join, NotEvaluated, Population
from linter.expressions import Expr, columns
from linter.model import Link, Relationship, Source
from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One more table joined by equal pairs (left: the known side); ``repeats``: a row may meet several."""

    table: str
    on: tuple[tuple[Expr, Expr], ...]
    repeats: bool


Chains = dict[str, tuple[Step, ...]]


def reach(source: Source, root: str, links: Iterable[Link] = ()) -> Chains:
    """The tables whose filters reach the root, each with the joins that lead to it; the root has none."""
    relationships = switched(source.relationships, links)
    chains: Chains = {root: ()}
    queue = deque([root])
    while queue:
        here = queue.popleft()
        for step in _steps(relationships, here):
            if step.table not in chains:
                chains[step.table] = (*chains[here], step)
                queue.append(step.table)
    return chains


def _steps(relationships: Iterable[Relationship], here: str) -> Iterable[Step]:
    for link in relationships:
        if not link.active:
            continue
        if link.many == here:
            yield Step(link.one, link.on, repeats=not link.unique)
        elif link.one == here and link.both_directions:
            yield Step(link.many, tuple((b, a) for a, b in link.on), repeats=True)


def switched(relationships: Iterable[Relationship], links: Iterable[Link]) -> tuple[Relationship, ...]:
    """The relationships as USERELATIONSHIP and CROSSFILTER leave them.

    Raises:
        NotEvaluated: a measure names a relationship that the model does not have.
    """
    current = tuple(relationships)
    for link in links:
        chosen = next((r for r in current if _joins(r, link)), None)
        if chosen is None:
            raise NotEvaluated("a measure switches a relationship that the model does not have")
        current = tuple(_switched(r, chosen, link) for r in current)
    return current


def _joins(relationship: Relationship, link: Link) -> bool:
    ends = {column for pair in relationship.on for side in pair for column in columns(side)}
    return ends == {link.first, link.second}


def _switched(relationship: Relationship, chosen: Relationship, link: Link) -> Relationship:
    if relationship is chosen:
        match link.mode:
            case "active":
                return replace(relationship, active=True)
            case "none":
                return replace(relationship, active=False)
            case mode:
                return replace(relationship, both_directions=mode == "both")
    rivals = {relationship.many, relationship.one} == {chosen.many, chosen.one}
    return replace(relationship, active=False) if rivals and link.mode == "active" else relationship


def joined(root: str, chains: Chains, used: Iterable[str]) -> Population:
    """The root with the tables in use, as far as they reach it."""
    steps = dict.fromkeys(step for table in used for step in chains.get(table, ()))
    return Population(root, tuple(Join(step.table, step.on, "left") for step in steps))
