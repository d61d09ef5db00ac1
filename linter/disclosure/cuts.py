"""Claims from the two-way parts of a system: every bridge of the graph, with one side as its certificate.

The sum of all equations on one side of a bridge cancels every variable inside that side and leaves the
bridge. Equations are signed along a spanning tree, so that totals and parts cancel whichever side of an
equation they stand on; a part of the system that can't be signed, or with a variable in three equations
or more, is no graph and goes on to ``linked``.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from linter.disclosure.late import csgraph, sparse
from linter.disclosure.network import Forest, crossings, spanning_forest
from linter.disclosure.reduction import Remainder
from linter.disclosure.system import Bools, Inconsistency, Ints
from linter.records import dataclass

Draft = tuple[int, dict[int, int], int]
"""A cell, equation -> weight, divisor: a certificate still to be verified."""


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Drafts of claims, contradictions, and the entries that are no graph."""

    drafts: list[Draft]
    inconsistent: list[Inconsistency]
    rest: Remainder


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """The entries of a remainder as a graph; local numbers for nodes and edges.

    ``u, a`` (node and coefficient) and ``v, b`` are the ends of the edges between nodes, ``g, c`` those of
    edges to the ground; ``edge_cell`` and ``ground_cell`` their variables.
    """

    equations: Ints
    u: Ints
    a: Ints
    v: Ints
    b: Ints
    edge_cell: Ints
    g: Ints
    c: Ints
    ground_cell: Ints


def find(remainder: Remainder, lengths: Ints, slack: float, scale: int, seed: int) -> Cuts:
    """All bridges of the parts that are graphs.

    Args:
        remainder: what subtraction left.
        lengths: shape (equations,), numbers of cells; in a contradictory part the longest is left out.
        slack: what an equation may miss, times the scale.
        scale: of the system.
        seed: of the random numbers.
    """
    keep = _graph_entries(remainder)
    graph = _graph(remainder, keep)
    forest = spanning_forest(graph.u, graph.v, len(graph.equations), lengths[graph.equations])
    sign = _signs(graph, forest)
    unbalanced = sign[graph.u] * graph.a + sign[graph.v] * graph.b != 0
    bad = np.zeros(len(forest.root), dtype=np.bool_)
    bad[forest.component[graph.u[unbalanced]]] = True
    places = np.searchsorted(graph.equations, remainder.rows[keep])
    keep[np.flatnonzero(keep)[bad[forest.component[places]]]] = False
    rest = Remainder(remainder.rows[~keep], remainder.cols[~keep], remainder.vals[~keep], remainder.residual)
    own = sign * remainder.residual[graph.equations]
    inconsistent = _contradictions(graph, forest, own, bad, slack=slack, scale=scale)
    clashing = np.isin(graph.equations, [c.left_out for c in inconsistent if c.left_out is not None])
    good = ~bad
    free = good.copy()
    free[forest.component[clashing]] = False
    return Cuts(_drafts(graph, forest, sign, good=good, free=free, seed=seed), inconsistent, rest)


def is_network(remainder: Remainder) -> bool:
    """Whether all of it is a graph; its linear programmes then have whole solutions."""
    keep = _graph_entries(remainder)
    if not keep.all():
        return False
    graph = _graph(remainder, keep)
    sign = _signs(graph, spanning_forest(graph.u, graph.v, len(graph.equations)))
    return bool((sign[graph.u] * graph.a + sign[graph.v] * graph.b == 0).all())


def _graph_entries(remainder: Remainder) -> Bools:
    """Entries of components in which every variable stands in at most two equations, with 1 or -1."""
    equations, rows = np.unique(remainder.rows, return_inverse=True)
    cells, cols = np.unique(remainder.cols, return_inverse=True)
    m, n = len(equations), len(cells)
    degree = np.bincount(cols, minlength=n)
    joined = sparse.csr_array((np.ones(len(rows), np.int8), (rows, m + cols)), shape=(m + n, m + n))
    count, label = csgraph.connected_components(joined, directed=False)
    bad = np.zeros(count, dtype=np.bool_)
    bad[label[rows[(degree[cols] > 2) | (np.abs(remainder.vals) != 1)]]] = True
    return np.asarray(~bad[label[rows]], dtype=np.bool_)


def _graph(remainder: Remainder, keep: Bools) -> _Graph:
    order = np.flatnonzero(keep)[np.argsort(remainder.cols[keep], kind="stable")]
    equations, rows = np.unique(remainder.rows[order], return_inverse=True)
    cells, first, degree = np.unique(remainder.cols[order], return_index=True, return_counts=True)
    vals = remainder.vals[order]
    two, one = first[degree == 2], first[degree == 1]
    return _Graph(
        equations, rows[two], vals[two], rows[two + 1], vals[two + 1], cells[degree == 2],
        rows[one], vals[one], cells[degree == 1],
    )  # fmt: skip


def _signs(graph: _Graph, forest: Forest) -> Ints:
    """Shape (nodes,): 1 or -1, such that tree edges cancel in the signed sum of their two equations."""
    sign = np.ones(len(graph.equations), dtype=np.int64)
    for level in forest.levels[1:]:
        edge = forest.edge[level]
        sign[level] = -sign[forest.parent[level]] * graph.a[edge] * graph.b[edge]
    return sign


def _contradictions(
    graph: _Graph, forest: Forest, own: Ints, bad: Bools, *, slack: float, scale: int
) -> list[Inconsistency]:
    """Without an edge to the ground the signed equations of a component sum to zero, or contradict."""
    whole, size = np.zeros(len(forest.root), dtype=np.int64), np.bincount(forest.component)
    np.add.at(whole, forest.component, own)
    grounded = np.zeros(len(forest.root), dtype=np.bool_)
    grounded[forest.component[graph.g]] = True
    found, by_component = [], _Members(forest.component)
    for k in np.flatnonzero(~bad & ~grounded & (np.abs(whole) > slack * size[: len(whole)])).tolist():
        root = int(forest.root[k])
        members = tuple(graph.equations[by_component.of(root)].tolist())
        left_out = int(graph.equations[root])
        found.append(Inconsistency("combined", members, left_out, None, Fraction(int(whole[k]), scale)))
    return found


def _drafts(graph: _Graph, forest: Forest, sign: Ints, *, good: Bools, free: Bools, seed: int) -> list[Draft]:
    """One draft per bridge, over the smaller side where both prove it.

    In a contradictory component (not ``free``) the side with the root is never used: the root is left out.
    """
    below, above = crossings(forest, graph.u, graph.v, graph.g, seed)
    size = forest.subtree_sums(np.ones(len(forest.parent), dtype=np.int64))
    rest = size[forest.root][forest.component] - size
    upper = (above == 0) & ((below != 0) | (free[forest.component] & (rest < size)))
    by_parent, by_component = forest.by_parent(), _Members(forest.component)
    drafts: list[Draft] = []
    tree = np.flatnonzero((forest.edge >= 0) & good[forest.component])
    for node in tree[(below[tree] == 0) | upper[tree]].tolist():
        edge, inner = int(forest.edge[node]), node
        side = forest.subtree(node, by_parent)
        if upper[node]:
            side = np.setdiff1d(by_component.of(node), side)
            inner = int(forest.parent[node])
        coef = graph.a[edge] if graph.u[edge] == inner else graph.b[edge]
        drafts.append(_draft(graph, sign, int(graph.edge_cell[edge]), side, int(sign[inner] * coef)))
    lonely = np.bincount(forest.component[graph.g], minlength=len(forest.root)) == 1
    for place in np.flatnonzero((lonely & good)[forest.component[graph.g]]).tolist():
        node = int(graph.g[place])
        coef = int(sign[node] * graph.c[place])
        drafts.append(_draft(graph, sign, int(graph.ground_cell[place]), by_component.of(node), coef))
    return drafts


class _Members:
    """The nodes of each component."""

    def __init__(self, component: Ints) -> None:
        self.component = component
        self.order = np.argsort(component, kind="stable")
        self.sorted = component[self.order]

    def of(self, node: int) -> Ints:
        """All nodes of the component of ``node``."""
        k = self.component[node]
        return self.order[np.searchsorted(self.sorted, k) : np.searchsorted(self.sorted, k, side="right")]


def _draft(graph: _Graph, sign: Ints, cell: int, side: Ints, divisor: int) -> Draft:
    weights = zip(graph.equations[side].tolist(), sign[side].tolist(), strict=True)
    return cell, dict(weights), divisor
