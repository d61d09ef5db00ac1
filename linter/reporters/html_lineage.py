"""Where a shown field comes from, as a small graph: what it is made of on the left, what is shown on the right."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 24
"""Fields that are drawn; a finding with more is told in words alone."""

_HIGH, _GAP, _REACH = 32, 12, 46  # of a node, between nodes, of an arrow
_LETTER, _PAD, _LONGEST = 8.2, 12, 26
_EDGE = 3  # so that outlines lie within the drawing


@dataclass(frozen=True, slots=True)
class Node:
    """A field. ``kind``: what all comes from, a step between, or what readers see."""

    text: str
    kind: Literal["source", "step", "shown"]
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Lineage:
    """A drawing in pixels; ``words`` says the same."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    arrows: tuple[str, ...]  # paths
    words: str
    node_height: float = _HIGH


def lineage(chains: Sequence[Sequence[str]]) -> Lineage | None:
    """The graph of chains, each from the shown field down; None without one, or where it would be too large."""
    chains = [chain for chain in chains if len(chain) > 1]
    fields = list(dict.fromkeys(field for chain in chains for field in chain))
    if not 1 < len(fields) <= MOST:
        return None
    levels = _levels(fields, chains)
    columns: defaultdict[int, list[str]] = defaultdict(list)
    for field in fields:
        columns[levels[field]].append(field)
    shown, sources = {chain[0] for chain in chains}, {chain[-1] for chain in chains}
    tallest = max(map(len, columns.values()))
    nodes: dict[str, Node] = {}
    x = float(_EDGE)
    for level in sorted(columns):
        wide = max(len(_cut(field)) for field in columns[level]) * _LETTER + 2 * _PAD
        top = _EDGE + (tallest - len(columns[level])) * (_HIGH + _GAP) / 2
        for i, field in enumerate(columns[level]):
            kind: Literal["source", "step", "shown"]
            kind = "shown" if field in shown else "source" if field in sources else "step"
            nodes[field] = Node(_cut(field), kind, round(x, 1), round(top + i * (_HIGH + _GAP), 1), round(wide, 1))
        x += wide + _REACH
    steps = dict.fromkeys((chain[i + 1], chain[i]) for chain in chains for i in range(len(chain) - 1))
    return Lineage(
        width=round(x - _REACH + _EDGE, 1),
        height=tallest * (_HIGH + _GAP) - _GAP + 2 * _EDGE,
        nodes=tuple(nodes.values()),
        arrows=tuple(_arrow(nodes[a], nodes[b]) for a, b in steps if levels[a] < levels[b]),
        words="; ".join(" comes from ".join(chain) for chain in chains),
    )


def _levels(fields: Iterable[str], chains: Sequence[Sequence[str]]) -> dict[str, int]:
    """How far each field is from what it is made of; names that lead in a circle stop somewhere."""
    levels = dict.fromkeys(fields, 0)
    for _ in range(MOST):
        for chain in chains:
            for upper, lower in pairwise(chain):
                levels[upper] = min(max(levels[upper], levels[lower] + 1), MOST)
    ranks = {level: i for i, level in enumerate(sorted(set(levels.values())))}
    return {field: ranks[level] for field, level in levels.items()}


def _arrow(start: Node, end: Node) -> str:
    x, y, to_x, to_y = start.x + start.width, start.y + _HIGH / 2, end.x - 5, end.y + _HIGH / 2
    bend = (to_x - x) / 2
    return f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
