"""Which groupings describe something sensitive of a person, by the classes of the NPD vocabulary."""

from __future__ import annotations

from checks.npd.looking import looking_like_npd
from checks.subjects import column_meaning
from checks.suppression.figures import groupings
from linter.evidence import LayerResult
from linter.expressions import Column, columns
from linter.model import Visual
from linter.policy.sensitivity import CLASSES
from linter.rules import Context


def sensitive_columns(context: Context) -> frozenset[tuple[str, Column]]:
    """Columns of the classes that the profile counts as sensitive, by source id; worked out once."""
    if "sensitive" not in context.shared:
        classes = set(context.policy.profile.sensitive_classes)
        coded = {key: x.match.field for key, x in looking_like_npd(context).items() if x.match.field is not None}
        found = {key for key, npd in coded.items() if npd.origin == "declared" and npd.sensitivity in classes}
        for source in context.workbook.sources:
            for table in source.tables:
                for column in table.columns:
                    meaning = column_meaning(context, source, table, column)
                    if meaning.kind == "person_attribute" and CLASSES.get(meaning.of) in classes:
                        found.add((source.id, Column(table.id, column.name)))
        context.shared["sensitive"] = frozenset(found)
    known: frozenset[tuple[str, Column]] = context.shared["sensitive"]
    return known


def sensitive_groupings(context: Context, visual: Visual, layer: LayerResult) -> list[int]:
    """Places in a layer's grain of the groupings that rest on a sensitive column; opaque ones left out."""
    known = sensitive_columns(context)
    found = groupings(visual, layer) or ()
    return [
        i
        for i, g in enumerate(found)
        if not layer.opaque[i] and any((layer.source, c) in known for c in columns(g.expr))
    ]
