"""Joining text whose tables sort and compare it differently.

Each text column of an extract has its own collation (``en_GB_CI``), and the engine refuses to compare
columns of different ones. Such a join is made by the collation of the table that is joined to: values
that are unique in it stay unique, so that no row is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from linter.cells.population import Population
from linter.data.engine import LoadedTable
from linter.expressions import Expr, columns

OF_ANOTHER_TABLE = "tables that compare text differently are related as the related table compares it"

Loaded = Mapping[str, LoadedTable]


def differ(loaded: Loaded, population: Population) -> bool:
    """Whether some tables of a population are joined by text of different collations."""
    return any(_clash(loaded, a, b) for join in population.joins for a, b in join.on)


def equal(loaded: Loaded, pair: tuple[Expr, Expr], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """The condition of a join; ``right`` is the side that is joined to."""
    collation = _clash(loaded, *pair)
    if collation:
        right = exp.Collate(this=right, expression=exp.to_identifier(collation, quoted=True))
    return exp.EQ(this=left, expression=right)


def _clash(loaded: Loaded, known: Expr, joined: Expr) -> str:
    """The collation to join by where those of the two sides differ, else an empty text."""
    left, right = _of(loaded, known), _of(loaded, joined)
    return min(right) if left and right and left != right else ""


def _of(loaded: Loaded, expr: Expr) -> set[str]:
    found = (loaded[c.table].collations.get(c.name, "") for c in columns(expr) if c.table in loaded)
    return {name for name in found if name}
