"""Layers over related tables: each measure at its own table, no record counted twice."""

from __future__ import annotations

import pytest

from linter.cells.combined import as_records, by_table, distinct_unit, within
from linter.cells.population import Join, NotEvaluated, Population, related
from linter.evidence import BaseCounts, CellTable, Counts, Unit
from linter.expressions import Aggregate, Column, Fixed, Literal, call
from linter.model import Base, Filter, Grouping, Layer, Relationship, Source, Table

PATIENT, VISIT, SEEN = "Patient", "Visit", "Doctor"
NAME, WARD, AGE = Column(PATIENT, "name"), Column(VISIT, "ward"), Column(PATIENT, "age")
ON = ((Column(VISIT, "patient"), Column(PATIENT, "id")),)
SEES = ((Column(SEEN, "visit"), Column(VISIT, "id")),)


def source() -> Source:
    ties = (Relationship(VISIT, PATIENT, ON, unique=False), Relationship(SEEN, VISIT, SEES, unique=False))
    return Source("s", "s", "embedded", tuple(Table(t, t, ()) for t in (PATIENT, VISIT, SEEN)), ties)


def unique(table: str, _: object) -> bool:
    return table in {PATIENT, VISIT} and _ != (Column(VISIT, "patient"),)


def test_steps_to_a_unique_side_do_not_fan_out() -> None:
    found = related(source(), [NAME.table, VISIT], VISIT, unique, fan_out=True)
    assert (found.tables, found.fans_out) == ((VISIT, PATIENT), False)


def test_dimensions_on_the_many_side_fan_out_from_the_measures_own_table() -> None:
    found = related(source(), [PATIENT, SEEN], PATIENT, unique, fan_out=True)
    assert found.tables == (PATIENT, VISIT, SEEN)
    assert found.fans_out
    assert {j.kind for j in found.joins} == {"left"}


def test_without_leave_to_fan_out_it_is_refused() -> None:
    with pytest.raises(NotEvaluated, match="one by one"):
        related(source(), [PATIENT, VISIT], PATIENT, unique)


def test_unrelated_tables_are_refused_all_the_same() -> None:
    lonely = Source("s", "s", "embedded", (Table("A", "A", ()), Table("B", "B", ())))
    with pytest.raises(NotEvaluated, match="one by one"):
        related(lonely, ["A", "B"], "A", unique, fan_out=True)


def test_constants_go_with_the_first_table_that_is_aggregated() -> None:
    one, age = Base("One", "value", "min", None), Base("Age", "value", "sum", AGE, PATIENT)
    assert by_table([one, age]) == {PATIENT: [age, one]}
    assert by_table([one]) == {None: [one]}
    assert by_table([]) == {None: []}


def over(*joins: Join) -> Population:
    return Population(VISIT, joins)


TO_PATIENT, TO_DOCTOR = Join(PATIENT, ON, "left"), Join(SEEN, SEES, "left", fans_out=True)


@pytest.mark.parametrize(
    ("aggregate", "joins", "kept"),
    [
        (Aggregate("sum", Column(VISIT, "minutes")), (TO_PATIENT,), True),
        (Aggregate("sum", AGE), (TO_PATIENT,), False),
        (Aggregate("count", None), (TO_PATIENT,), False),
        (Aggregate("sum", Column(VISIT, "minutes")), (TO_DOCTOR,), False),
        (Aggregate("count", None), (), True),
    ],
)
def test_a_measure_filter_works_at_home_only(aggregate: Aggregate, joins: tuple[Join, ...], *, kept: bool) -> None:
    hides = Filter("f", call("ge", aggregate, Literal(5)), "measure", "visual")
    layer, stated = within(Layer("", "s", (), filters=(hides,)), over(*joins))
    assert (layer.filters == (hides,)) == kept
    assert bool(stated) != kept


def test_levels_of_detail_over_repeated_values_are_refused() -> None:
    oldest, years = Fixed((WARD,), Aggregate("max", AGE)), Fixed((WARD,), Aggregate("sum", AGE))
    assert within(Layer("", "s", (Grouping("g", oldest, "rows"),)), over(TO_PATIENT))[1] == ()
    with pytest.raises(NotEvaluated, match="level of detail"):
        within(Layer("", "s", (Grouping("g", years, "rows"),)), over(TO_PATIENT))


def test_fanned_out_records_need_a_key() -> None:
    person, key = Unit("key", column=NAME), Unit("key", column=Column(PATIENT, "id"))
    assert distinct_unit(person, None) is person
    assert distinct_unit(Unit("unknown"), key) is key
    for unit, known in ((Unit("unknown"), None), (Unit("count_field", column=AGE), key)):
        with pytest.raises(NotEvaluated, match="no key"):
            distinct_unit(unit, known)


def test_distinct_keys_are_the_records() -> None:
    base = BaseCounts("m", "value", "sum", Counts([9]), Counts([2]))
    table = CellTable((), (), (), Counts([12]), Counts([3]), (base,))
    counted = as_records(table, Unit("unknown"))
    assert (counted.records.values, counted.units, counted.bases[0].rows.values) == ([3], None, [2])
    people = as_records(table, Unit("key")).units
    assert people is not None
    assert people.values == [3]
