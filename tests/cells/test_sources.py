"""Who is counted where several tables take part: a related table says nothing of how many persons rows are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from linter.cells.evaluate import _once
from linter.cells.population import Join, Population
from linter.cells.sources import SourceAtWork
from linter.cells.units import Declared
from linter.evidence import ColumnEvidence, TableEvidence, Unit
from linter.expressions import Column
from linter.model import Relationship, Source, Table, TableColumn, Workbook

UPN = Unit("key", "UPN", Column("pupils", "UPN"), "high")
PLACE = Unit("not_people", confidence="high")
ROWS = Unit("rows", confidence="medium")
COUNTS = Unit("count_field", "Pupils", Column("facts", "Pupils"), "high")
ON = ((Column("facts", "id"), Column("other", "id")),)
POPULATION = Population("facts", (Join("other", ON, "left"),))


def at_work(units: dict[str, Unit], *, joined: bool = False, ids_are_unique: bool = True) -> SourceAtWork:
    columns = (TableColumn("id", "id", "integer"), TableColumn("Pupils", "Pupils", "integer"))
    tables = tuple(Table(t, t, columns) for t in ("facts", "other"))
    evidence = {("s", "facts"): TableEvidence(100, {"id": ColumnEvidence(20, 0)})}
    evidence["s", "other"] = TableEvidence(20, {"id": ColumnEvidence(20 if ids_are_unique else 5, 0)})
    workbook = Workbook("tableau", "w.twbx", "0", (Source("s", "s", "embedded", tables, joined=joined),))
    loader: Any = SimpleNamespace(workbook=workbook, tables=evidence, engine="hyper", path=Path("w.twbx"))
    return SourceAtWork(loader, workbook.sources[0], units, Declared(), dt.date(2026, 1, 1))


@pytest.mark.parametrize("related", [PLACE, ROWS, COUNTS])
def test_facts_of_unknown_unit_stay_unknown_beside(related: Unit) -> None:
    assert at_work({"facts": Unit("unknown"), "other": related}).unit(POPULATION).kind == "unknown"


def test_a_key_that_the_facts_reach_counts_their_people() -> None:
    assert at_work({"facts": Unit("unknown"), "other": UPN}).unit(POPULATION) == UPN


def test_persons_related_many_to_many_do_not_stand_for_rows_of_persons() -> None:
    several = Population("facts", (Join("other", ON, "left", fans_out=True),))
    assert at_work({"facts": ROWS, "other": UPN}).unit(several) == ROWS
    assert at_work({"facts": ROWS, "other": UPN}).unit(POPULATION) == UPN
    counted = at_work({"facts": Unit("unknown"), "other": UPN}).unit(several)
    assert (counted.kind, counted.confidence) == ("key", "low")
    assert "several" in counted.why
    declared = replace(UPN, confidence="declared")
    assert at_work({"facts": ROWS, "other": declared}).unit(several) == declared


def test_a_key_that_is_surely_that_of_the_rows_goes_before_one_that_is_not() -> None:
    several = Population("facts", (Join("teachers", ON, "left", fans_out=True), Join("other", ON, "left")))
    teachers = Unit("key", "Teacher", Column("teachers", "Teacher"), "medium")
    for root in (ROWS, Unit("unknown")):
        assert at_work({"facts": root, "teachers": teachers, "other": UPN}).unit(several) == UPN


def test_a_model_says_which_relationships_are_many_to_many() -> None:
    for unique, expected in ((True, UPN), (False, ROWS)):
        work = at_work({"facts": ROWS, "other": UPN})
        work.loader.workbook = replace(work.loader.workbook, tool="powerbi")
        work.source = replace(work.source, relationships=(Relationship("facts", "other", ON, unique=unique),))
        assert work.unit(POPULATION) == expected


@pytest.mark.parametrize("own", [UPN, COUNTS, Unit("not_people", confidence="declared")])
def test_the_facts_own_way_of_counting_goes_first(own: Unit) -> None:
    assert at_work({"facts": own, "other": UPN}).unit(POPULATION) == own


@pytest.mark.parametrize("unit", [ROWS, COUNTS])
def test_a_fixed_join_may_repeat_people_unless_the_joined_side_is_unique(unit: Unit) -> None:
    assert at_work({}, joined=True, ids_are_unique=False).repeats(unit, POPULATION)
    assert not at_work({}, joined=True, ids_are_unique=True).repeats(unit, POPULATION)
    assert not at_work({}, joined=False, ids_are_unique=False).repeats(unit, POPULATION)


def test_a_join_repeats_no_key() -> None:
    assert not at_work({}, joined=True, ids_are_unique=False).repeats(UPN, POPULATION)


def test_an_empty_table_holds_nothing_and_an_uncounted_one_is_not_known_to() -> None:
    source = at_work({})
    source.loader.tables["s", "facts"] = TableEvidence(0, {})
    assert source.holds_nothing(["facts"])
    assert not source.holds_nothing(["facts", "other"])
    assert not source.holds_nothing(["elsewhere"])
    assert not source.holds_nothing([])


def test_a_reason_told_with_its_field_is_not_told_bare_as_well() -> None:
    assert _once(["no such function", "filter Sex: no such function", "other", "other"]) == (
        "filter Sex: no such function", "other",
    )  # fmt: skip
    assert _once(["function", "no such function"]) == ("function", "no such function")
