"""Which table each number of a semantic model counts, and which groupings and filters work on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from linter.cells.parts import MEMBERS, REPEATED, parts
from linter.cells.population import NotEvaluated
from linter.cells.query import Place
from linter.cells.reach import reach
from linter.cells.removal import Removal
from linter.cells.rowsteps import Scope
from linter.data.engine import LoadedTable
from linter.evidence import Unit
from linter.expressions import Column, Literal, call
from linter.model import (
    CELL,
    Base,
    CellValue,
    Filter,
    Grouping,
    Layer,
    Link,
    Relationship,
    Source,
    Table,
    TableColumn,
    Total,
)


def col(text: str) -> Column:
    return Column(*text.split("."))


def table(name: str, *columns: str) -> Table:
    return Table(name, name, tuple(TableColumn(c, c) for c in columns))


def link(many: str, one: str, **more: bool) -> Relationship:
    left, right = col(many), col(one)
    return Relationship(left.table, right.table, ((left, right),), **more)


SOURCE = Source(
    "model",
    "model",
    "embedded",
    tables=(
        table("Results", "Pupil", "Date", "Entered", "Score"),
        table("Pupils", "Pupil", "School"),
        table("Schools", "School", "LA"),
        table("Dates", "Date", "Year"),
        table("Clubs", "Pupil", "Club"),
        table("Apart", "Level"),
    ),
    relationships=(
        link("Results.Pupil", "Pupils.Pupil"),
        link("Pupils.School", "Schools.School"),
        link("Results.Date", "Dates.Date"),
        link("Results.Entered", "Dates.Date", active=False),
        link("Clubs.Pupil", "Pupils.Pupil", both_directions=True),
    ),
)
COUNT = Base("n", "value", "count", None, "Results")


def layer(*grain: str, bases: tuple[Base, ...] = (COUNT,), **more: object) -> Layer:
    groupings = tuple(Grouping(g, col(g), "rows") for g in grain)
    return replace(Layer("l", "model", groupings, bases), **more)  # type: ignore[arg-type]


def test_filters_flow_from_the_one_side_to_the_many_side() -> None:
    assert set(reach(SOURCE, "Results")) == {"Results", "Pupils", "Schools", "Dates", "Clubs"}
    assert set(reach(SOURCE, "Pupils")) == {"Pupils", "Schools", "Clubs"}
    assert set(reach(SOURCE, "Schools")) == {"Schools"}
    assert [s.repeats for s in reach(SOURCE, "Results")["Clubs"]] == [False, True]


def test_a_measure_switches_relationships() -> None:
    entered = Link(col("Results.Entered"), col("Dates.Date"), "active")
    assert [s.on for s in reach(SOURCE, "Results", [entered])["Dates"]] == [
        ((col("Results.Entered"), col("Dates.Date")),)
    ]
    cut = Link(col("Pupils.Pupil"), col("Results.Pupil"), "none")
    assert set(reach(SOURCE, "Results", [cut])) == {"Results", "Dates"}
    one_way = Link(col("Clubs.Pupil"), col("Pupils.Pupil"), "one_way")
    assert "Clubs" not in reach(SOURCE, "Results", [one_way])
    with pytest.raises(NotEvaluated, match="does not have"):
        reach(SOURCE, "Results", [Link(col("Results.Score"), col("Dates.Date"), "active")])


def test_a_grouping_that_does_not_reach_a_table_adds_no_cell() -> None:
    (part,) = parts(
        SOURCE,
        layer("Schools.LA", "Apart.Level", "Dates.Year", totals=(Total((0, 1)), Total((0,)), Total((1, 2)), Total(()))),
    )
    assert [g.caption for g in part.layer.grain] == ["Schools.LA", "Dates.Year"]
    assert part.positions == (0, 2)
    assert [t.keeps for t in part.layer.totals] == [(0,), (1,), ()]
    assert set(part.population.tables) == {"Results", "Pupils", "Schools", "Dates"}


def test_totals_are_counted_over_the_drilled_groupings_only() -> None:
    made = layer("Schools.LA", "Schools.School", "Dates.Year", totals=(Total((2,)), Total((0, 2))))
    closed = replace(made, grain=(made.grain[0], replace(made.grain[1], drilled=False), made.grain[2]))
    (part,) = parts(SOURCE, closed)
    assert [g.caption for g in part.layer.grain] == ["Schools.LA", "Dates.Year"]
    assert [t.keeps for t in part.layer.totals] == [(1,)]


def test_each_fact_table_and_each_set_of_relationships_is_a_part() -> None:
    entered = replace(COUNT, measure="e", links=(Link(col("Results.Entered"), col("Dates.Date"), "active"),))
    clubs = replace(COUNT, measure="c", table="Clubs")
    found = list(parts(SOURCE, layer("Schools.LA", "Dates.Year", bases=(COUNT, entered, clubs))))
    assert [[b.measure for b in p.bases] for p in found] == [["n"], ["e"], ["c"]]
    assert [len(p.layer.grain) for p in found] == [2, 2, 1]


def test_without_a_measure_one_table_has_to_relate_all_groupings() -> None:
    (part,) = parts(SOURCE, layer("Schools.LA", "Dates.Year", bases=()))
    assert part.population.root == "Results"
    (part,) = parts(SOURCE, layer("Schools.LA", bases=()))
    assert part.population.root == "Schools"
    with pytest.raises(NotEvaluated, match="no single table"):
        list(parts(SOURCE, layer("Schools.LA", "Apart.Level", bases=())))


def test_a_grouping_works_through_a_value_that_a_base_compares_with() -> None:
    level = CellValue("v0", "Apart", "max", col("Apart.Level"))
    over = replace(COUNT, adds=call("ge", col("Results.Score"), Column(CELL, "v0")), values=(level,))
    (part,) = parts(SOURCE, layer("Apart.Level", bases=(over,)))
    assert [g.caption for g in part.layer.grain] == ["Apart.Level"]
    assert part.tables == {"Results", "Apart"}
    assert col("Results.Score") in part.columns


def test_listed_members_become_groupings_of_the_cells_and_of_the_totals() -> None:
    listed = replace(COUNT, over=(col("Pupils.Pupil"),))
    (part,) = parts(SOURCE, layer("Schools.LA", bases=(listed,), totals=(Total(()),)))
    assert [g.expr for g in part.layer.grain] == [col("Schools.LA"), col("Pupils.Pupil")]
    assert [t.keeps for t in part.layer.totals] == [(1,)]
    assert part.notes == (MEMBERS,)
    (part,) = parts(SOURCE, layer(bases=(replace(COUNT, over=(col("Apart.Level"),)),)))
    assert part.layer.grain == ()  # members that do not reach the table don't change what is counted


def test_a_filter_on_a_measure_needs_all_groupings() -> None:
    value = CellValue("v0", "Results", "count", col("Results.Score"))
    hiding = Filter("n", call("ge", Column(CELL, "v0"), Literal(10)), "measure", "visual", values=(value,))
    (part,) = parts(SOURCE, layer("Schools.LA", filters=(hiding,)))
    assert part.layer.filters == (hiding,)
    (part,) = parts(SOURCE, layer("Schools.LA", "Apart.Level", filters=(hiding,)))
    assert part.layer.filters == ()
    assert "more cells are judged" in part.notes[0]
    with pytest.raises(NotEvaluated, match="hides cells"):
        list(parts(SOURCE, layer("Schools.LA", "Apart.Level", filters=(hiding,), totals=(Total((0,)),))))


def test_repeated_rows_are_said() -> None:
    (part,) = parts(SOURCE, layer("Clubs.Club"))
    assert part.notes == (REPEATED,)


def test_removal() -> None:
    year, month = col("Dates.Year"), col("Dates.Date")
    some = Removal(frozenset({year}), frozenset({month}))
    assert (some.groups(frozenset({year})), some.groups(frozenset({month})), some.groups(frozenset())) == (
        False,
        False,
        True,
    )
    assert (some.restricts(frozenset({year})), some.restricts(frozenset({month}))) == (False, True)
    with pytest.raises(NotEvaluated, match="a part of a filter"):
        some.restricts(frozenset({year, month}))
    everything = Removal(None)
    assert (everything.groups(frozenset({year})), everything.restricts(frozenset({year}))) == (False, False)
    kept = Removal(keeps=frozenset({year}))
    assert (kept.groups(frozenset({year})), kept.groups(frozenset({month})), kept.restricts(frozenset({month}))) == (
        True,
        False,
        False,
    )


def test_a_grouping_stays_as_long_as_the_column_that_orders_it() -> None:
    months = Table("Months", "Months", (TableColumn("Name", "Name", sort_by="Number"), TableColumn("Number", "Number")))
    source = Source("model", "model", "embedded", tables=(months,))
    place = Place(
        "duckdb", {"Months": LoadedTable("Months", ("m",), {"Name": "Name"})}, dt.date(2026, 1, 1), fold_case=False
    )
    scope = Scope(layer("Months.Name"), source, place, Unit("rows"))
    name, number = frozenset({col("Months.Name")}), frozenset({col("Months.Number")})
    groups = [scope.rows("Months", Removal(removed), ()).groups for removed in (name, number, name | number, None)]
    assert [list(g) for g in groups] == [[0], [0], [], []]
