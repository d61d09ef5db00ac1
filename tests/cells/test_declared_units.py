"""Of two who declare the unit of a table differently, one may be the officer: persons come first."""

import pytest

from linter.cells.units import Declared, detect
from linter.model import Source, Table, TableColumn

TABLE = Table("t1", "Visits", tuple(TableColumn(name, name, caption=name) for name in ("Score", "Ref", "Id")))
SOURCE = Source("s", "Records", "embedded", (TABLE,))


@pytest.mark.parametrize(
    ("declared", "kind", "field"),
    [
        (Declared(keys=("Ref",)), "key", "Ref"),
        (Declared(keys=("Ref",), count_fields=("Score",)), "key", "Ref"),
        (Declared(count_fields=("Visits.Score",)), "count_field", "Score"),
        (Declared(keys=("Visits.Ref",), not_people=("Records",)), "key", "Ref"),
        (Declared(keys=("t1.ref",), not_people=("Visits",)), "key", "Ref"),
        (Declared(count_fields=("visits.score",), not_people=("t1",)), "count_field", "Score"),
        (Declared(keys=("Id",), not_people=("Visits",)), "not_people", None),  # the Id of any table, not this one's
        (Declared(keys=("Else.Id",), not_people=("Visits",)), "not_people", None),
    ],
)
def test_what_counts_of_what_is_declared(declared: Declared, kind: str, field: str | None) -> None:
    unit = detect(SOURCE, {}, declared)["t1"]
    assert (unit.kind, unit.field, unit.confidence) == (kind, field, "declared")
