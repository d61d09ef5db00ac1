"""Data blending: marks come from the primary data source, numbers of others are looked up by linking fields.

The other source is queried for itself, grouped by those of its linking fields whose partners are in
the view. Its dimensions never split the marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml import etree

    from linter.expressions import Expr
    from linter.model import Grouping
    from linter.parsers.tableau.placements import Placer

Links = dict[tuple[str, str], tuple[tuple[str, str], ...]]
"""Pairs of linking references by (one data source, another)."""

BLENDED = "data blending: the marks and the rows of this data source are exact, other sources are counted apart"
PARTNERS = "data blending: groups of this data source are counted even where no mark shows them"


def read_links(root: etree._Element) -> Links:
    """The linking fields that the workbook states, in both directions."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for tie in root.iterfind("datasource-relationships/datasource-relationship"):
        source, target = tie.get("source", ""), tie.get("target", "")
        for pair in tie.iterfind("column-mapping/map"):
            key, value = pair.get("key", ""), pair.get("value", "")
            found.setdefault((source, target), []).append((key, value))
            found.setdefault((target, source), []).append((value, key))
    return {pair: tuple(links) for pair, links in found.items()}


def linking(
    placer: Placer, links: Links, pair: tuple[str, str], grain: Iterable[Grouping]
) -> list[tuple[Grouping, Expr]]:
    """The groupings of the primary source that link to the other one, with their partner's expression.

    Args:
        placer: resolves references.
        links: as the workbook states them.
        pair: (primary source, other source). Without stated links, equal names link.
        grain: the groupings in the view.
    """
    stated = links.get(pair)
    if stated is None:
        return _by_name(placer, pair, grain)
    partners = [
        (expr, partner)
        for mine, theirs in stated
        for (_, expr), (_, partner) in zip(placer.place(mine).groups, placer.place(theirs).groups, strict=False)
    ]
    return [(g, partner) for g in grain for expr, partner in partners if g.expr == expr]


def _by_name(placer: Placer, pair: tuple[str, str], grain: Iterable[Grouping]) -> list[tuple[Grouping, Expr]]:
    """Fields of the same caption and the same derivation link by themselves."""
    primary, other = pair
    instances = {**placer.fields.instances.get(primary, {}), **placer.instances.get(primary, {})}
    found = []
    for grouping in grain:
        for name, instance in instances.items():
            placed = placer.place_name(primary, name)
            if placed.nature != "dimension" or [expr for _, expr in placed.groups] != [grouping.expr]:
                continue
            field = placer.fields.by_caption(other, placer.fields.caption(primary, instance.column))
            if field is not None:
                partner = placer.fields.derived(other, field, instance.derivation)
                found.append((grouping, partner))
                break
    return found
