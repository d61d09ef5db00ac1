"""Names shared by the tests of the calculation language."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from linter.expressions import TRUE, Column, Literal
from linter.formulas.tableau_calc import Resolved

TYPES = {
    "Name": "text", "Code": "text", "Pupils": "integer", "Score": "real", "Born": "date", "Seen": "datetime",
    "Left": "datetime", "Flag": "boolean", "Shape": "spatial", "Odd": "unknown",
}  # fmt: skip


@dataclass
class Fields:
    """A resolver of a few columns, a parameter, a set, an aggregated calculation and a table."""

    more: dict[str, Resolved] = field(default_factory=dict)

    def resolve(self, name: str, source: str | None) -> Resolved | None:
        if source == "Parameters":
            return Resolved(Literal("month"), "text") if name == "Part" else None
        if source == "__tableau_internal_object_id__":
            return Resolved(TRUE, "unknown", constant=True)
        if name in self.more:
            return self.more[name]
        return Resolved(Column("t", name), TYPES[name]) if name in TYPES else None


@pytest.fixture
def fields() -> Fields:
    return Fields()
