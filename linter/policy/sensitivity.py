"""DfE's codes of the fields that a workbook shows, and the threshold that a profile has for them.

Like a declared dataset, a field raises the threshold of the whole workbook: its visuals show the same
people, and their figures can be combined.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING

from linter.expressions import Column
from linter.policy.datasets import raised
from linter.policy.names import classify_name
from linter.policy.vocabulary import match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linter.model import Table, TableColumn, Workbook
    from linter.policy.profile import Profile

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "social_care": "B", "free_school_meals": "C", "special_needs": "D", "ethnicity": "D",
        "religion_or_health": "D",
    }
)  # fmt: skip
"""DfE's sensitivity codes of attributes told by their names: B safeguarding, C sensitive, D special category."""


def profile_for_fields(
    profile: Profile, workbook: Workbook, vocabulary: frozenset[str]
) -> tuple[Profile, tuple[str, ...]]:
    """The profile as it holds for the fields on a workbook's visuals, filters and controls: never laxer.

    Args:
        profile: in force, with the thresholds that it has for DfE's codes.
        workbook: as read.
        vocabulary: field names learned from the authority's own exports.

    Returns:
        the profile, and the captions of the fields that raised it, each with its code.
    """
    wanted = {code: t for code, t in profile.field_thresholds.items() if t > profile.threshold}
    if not wanted:
        return profile, ()
    found = {
        f"{column.caption or column.name} ({code})": wanted[code]
        for table, column in _shown(workbook)
        for code in sorted(codes(table, column, vocabulary) & wanted.keys())
    }
    most = max(found.values(), default=0)
    return raised(profile, most), tuple(sorted(name for name, t in found.items() if t == most))


def codes(table: Table, column: TableColumn, vocabulary: frozenset[str] = frozenset()) -> frozenset[str]:
    """Sensitivity (A to E) and identifiability (1 to 5) of a column by its names; empty where none is known.

    Codes that DfE declared for a field of that name, not those inherited from an equal name; and the
    sensitivity of attributes that any name tells (ethnicity, special needs).
    """
    neighbours = [n for c in table.columns for n in dict.fromkeys((c.caption or c.name, c.physical))]
    found: set[str] = set()
    for name in dict.fromkeys(n for n in (column.caption, column.name, column.physical) if n):
        npd = match(name, neighbours, table=table.caption, local=vocabulary)
        if npd and npd.field and npd.field.origin == "declared":
            found |= {npd.field.sensitivity, npd.field.identifiability} - {""}
        told = classify_name(name, table.caption, neighbours)
        if told.kind == "person_attribute" and told.of in CLASSES:
            found.add(CLASSES[told.of])
    return frozenset(found)


def _shown(workbook: Workbook) -> Iterator[tuple[Table, TableColumn]]:
    """Every column on a visual, in a filter or behind a control, with its table."""
    fields = [e.use for visual in workbook.visuals for e in visual.encodings]
    fields += [use for control in workbook.controls for use in control.uses]
    shown = {(use.source, column) for use in fields for column in use.columns}
    layers = [layer for visual in workbook.visuals for layer in visual.layers]
    shown |= {(f.source or layer.source, column) for layer in layers for f in layer.filters for column in f.columns}
    for source in workbook.sources:
        for table in source.tables:
            yield from ((table, c) for c in table.columns if (source.id, Column(table.id, c.name)) in shown)
