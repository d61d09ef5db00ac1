"""Two-way tables as graphs: a hidden cell is determined exactly when its edge is a bridge.

Equations are nodes, a variable that stands in two equations is an edge between them, one that stands in a
single equation an edge to the *ground*. The null vectors of the system are the flows around cycles of
this graph, so a variable is fixed exactly when no cycle passes through it. Every non-tree edge of a
spanning forest gets a random 64-bit number, added at one end and subtracted at the other; the sum over
a subtree is zero exactly when no non-tree edge leaves it (an accident has probability 2^-64, and every
claim is verified exactly afterwards). Linear time.
Source: Gusfield, A graph theoretic approach to statistical data security, SIAM J. Comput. 17 (1988).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from linter.disclosure.late import csgraph, sparse
from linter.disclosure.system import Bools, Ints
from linter.records import dataclass

Words = NDArray[np.uint64]
Number = TypeVar("Number", np.int64, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A breadth-first spanning forest of a multigraph.

    Attributes:
        component: shape (nodes,).
        root: shape (components,).
        parent: shape (nodes,), -1 for roots.
        edge: shape (nodes,), the tree edge to the parent, -1 for roots.
        levels: nodes by depth.
    """

    component: Ints
    root: Ints
    parent: Ints
    edge: Ints
    levels: list[Ints]

    def subtree_sums(self, numbers: NDArray[Number]) -> NDArray[Number]:
        """Sum over the subtree of every node; integers wrap around. Shape (nodes,)."""
        total = numbers.copy()
        for level in reversed(self.levels[1:]):
            np.add.at(total, self.parent[level], total[level])
        return total

    def by_parent(self) -> Ints:
        """Nodes sorted by parent, for ``subtree``."""
        return np.argsort(self.parent, kind="stable")

    def subtree(self, node: int, by_parent: Ints) -> Ints:
        """All nodes below and including ``node``."""
        parents = self.parent[by_parent]
        front = np.array([node])
        found = [front]
        while len(front):
            low, high = np.searchsorted(parents, front), np.searchsorted(parents, front, side="right")
            front = np.concatenate([by_parent[a:b] for a, b in zip(low, high, strict=True)])
            found.append(front)
        return np.concatenate(found)


def spanning_forest(u: Ints, v: Ints, n: int, preference: Ints | None = None) -> Forest:
    """A spanning forest of ``n`` nodes and edges ``u[i]``-``v[i]``.

    Args:
        u: one end of each edge, shape (edges,); parallel edges are fine.
        v: the other end.
        n: number of nodes.
        preference: shape (nodes,); the root of a component is its node with the largest preference.
    """
    first = 0 if preference is None or n == 0 else int(np.argmax(preference))
    both = np.concatenate((u, v)), np.concatenate((v, u))
    graph = sparse.csr_array((np.ones(2 * len(u)), both), shape=(n, n))
    order, before = csgraph.breadth_first_order(graph, first) if n else (u[:0], u[:0])
    component, root = np.zeros(n, dtype=np.int64), np.array([first][:n], dtype=np.int64)
    if len(order) < n:
        # Several components: a node above all roots makes one search of the whole forest.
        count, labels = csgraph.connected_components(graph, directed=False)
        component = labels.astype(np.int64)
        ranked = np.arange(n) if preference is None else np.argsort(preference, kind="stable")
        root = np.zeros(count, dtype=np.int64)
        root[component[ranked]] = ranked
        ends = np.append(both[0], np.full(count, n)), np.append(both[1], root)
        joined = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(n + 1, n + 1))
        order, before = csgraph.breadth_first_order(joined, n)
        order = order[1:]
    parent = before[:n].astype(np.int64)
    parent[root] = -1
    levels = _levels(order.astype(np.int64), parent)
    return Forest(component, root, parent, _tree_edges(u, v, parent), levels)


def _levels(order: Ints, parent: Ints) -> list[Ints]:
    """Split a breadth-first order into depths: a depth ends before the first child of its own nodes."""
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    above = parent[order]
    places = np.where(above < 0, -1, position[above])
    levels, start = [], 0
    end = int(np.searchsorted(places, 0))
    while start < len(order):
        levels.append(order[start:end])
        start, end = end, int(np.searchsorted(places, end))
    return levels


def _tree_edges(u: Ints, v: Ints, parent: Ints) -> Ints:
    """For every node an edge to its parent (one of them, where edges are parallel)."""
    up, down = np.flatnonzero(parent[u] == v), np.flatnonzero(parent[v] == u)
    edge = np.full(len(parent), -1, dtype=np.int64)
    edge[u[up]] = up
    edge[v[down]] = down
    return edge


def crossings(forest: Forest, u: Ints, v: Ints, ground: Ints, seed: int = 0) -> tuple[Words, Words]:
    """Random sums that are zero where no edge but the tree edge leaves a subtree.

    Args:
        forest: a spanning forest over the edges ``u``-``v``.
        u: one end of each edge.
        v: the other end.
        ground: for every edge to the ground, its node.
        seed: of the random numbers.

    Returns:
        per node the sum over its subtree, and over the rest of its component.
    """
    n = len(forest.parent)
    tree = np.zeros(len(u), dtype=np.bool_)
    tree[forest.edge[forest.edge >= 0]] = True
    random: Words = np.random.default_rng(seed).bit_generator.random_raw(len(u) + len(ground))
    random[: len(u)][tree] = 0
    own = np.zeros(n, dtype=np.uint64)
    np.add.at(own, u, random[: len(u)])
    np.subtract.at(own, v, random[: len(u)])
    np.add.at(own, ground, random[len(u) :])
    below = forest.subtree_sums(own)
    whole = below[forest.root][forest.component]
    return below, whole - below


def two_way(hidden: Bools) -> Bools:
    """Which hidden cells of a two-way table are determined when all row and column totals are shown.

    Args:
        hidden: shape (rows, columns).

    Returns:
        shape (rows, columns), True for cells that a reader can calculate.
    """
    flat = np.flatnonzero(hidden)
    n_rows, n_columns = hidden.shape
    u = flat // n_columns
    v = flat - u * n_columns
    v += n_rows
    forest = spanning_forest(u, v, n_rows + n_columns)
    below, _ = crossings(forest, u, v, np.zeros(0, dtype=np.int64))
    determined = np.zeros(hidden.shape, dtype=np.bool_)
    bridges = forest.edge[(below == 0) & (forest.edge >= 0)]
    determined.ravel()[flat[bridges]] = True
    return determined
