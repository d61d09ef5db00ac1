"""What the HTML report draws: subtractions in the grid, pairs of fields, chains of fields."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.findings import Severity
from linter.policy.profile import load_profile
from linter.reporters.facts import Equation, cells_of, chains_of, equations_of, pairs_of
from linter.reporters.html_grid import grid_of
from linter.reporters.html_lineage import MOST, lineage
from linter.reporters.html_proof import leaks, proofs
from linter.reporters.html_reach import reach
from tests.reporters import factory

STRICT = load_profile("strict")
PEOPLE = (4, 40, 60, 70, 5, 80)


def grid(*, totals: bool = True, layer=None):
    return grid_of(layer or factory.cross(*PEOPLE, totals=totals), STRICT, 9, reveal=False)


def found(**evidence):
    return factory.finding("SU001", Severity.ERROR, "m", "P", "V", evidence=evidence)


def _range(text: str) -> tuple[float, float]:
    if text.endswith("+"):
        return float(text[:-1].replace(",", "")), float("inf")
    low, high = text.replace(",", "").split("-")
    return float(low), float(high)


class TestTotals:
    def test_the_totals_that_the_visual_shows_are_drawn(self) -> None:
        drawn = grid()
        assert [row.total.text for row in drawn.rows] == ["10-49", "100-499", "50-99"]
        assert [square.text for square in drawn.foot.squares] == ["50-99", "100-499"]
        assert drawn.foot.total.text == "100-499"

    def test_a_total_tells_nothing_finer_of_a_small_part(self) -> None:
        """Two parts of 10-49 and a total of 100-499 would leave two or more for the third, though its band says 1-9."""
        layer = factory.cross(9, 40, 49, 70, 49, 80)
        assert [square.text for square in grid(layer=layer).foot.squares] == ["10+", "100-499"]
        assert grid_of(layer, STRICT, 9, reveal=True).foot.squares[0].text == "107"

    def test_persons_stand_in_no_order_of_theirs_and_have_no_totals(self) -> None:
        layer = dataclasses.replace(factory.cross(40, 40, 3, 40, 40, 4), opaque=(True, False))
        drawn = grid(layer=layer)
        assert [row.label for row in drawn.rows] == ["#1", "#2", "#3"]
        assert [[s.text for s in row.squares] for row in drawn.rows] == [
            ["0-9", "10-49"], ["10-49", "0-9"], ["10-49", "10-49"],
        ]  # fmt: skip
        assert [row.total for row in drawn.rows] == [None, None, None]

    def test_many_parts_of_one_person_each_are_not_given_away_by_their_total(self) -> None:
        body = factory.table(*[1] * 45)
        drawn = grid(layer=factory.layer(body, "Score"))
        assert drawn.foot.squares[0].text == "10+"

    @given(st.lists(st.integers(0, 120), min_size=6, max_size=6))
    def test_any_small_part_may_be_any_small_number(self, people: list[int]) -> None:
        """By the bands of a column and of its total, as a reader adds them up."""
        drawn = grid(layer=factory.cross(*people))
        for column, total in enumerate(drawn.foot.squares):
            if total.level:
                low, high = _range(total.text)
                parts = [_range(row.squares[column].text) for row in drawn.rows]
                for i, part in enumerate(parts):
                    if part[1] == 9:
                        others = parts[:i] + parts[i + 1 :]
                        # that a small cell holds anybody is said by SC001
                        assert high - sum(max(p[0], 0) for p in others) >= 9
                        assert low - sum(p[1] for p in others) <= 1

    def test_what_it_does_not_show_is_not(self) -> None:
        drawn = grid(totals=False)
        assert drawn.foot is None
        assert not drawn.totals

    def test_a_small_total_is_an_alarm_even_where_no_cell_is_small(self) -> None:
        layer = factory.cross(12, 40, 60, 70, 50, 80)
        few = dataclasses.replace(layer.totals[0][1], units=factory.Counts((3, 130, 130)))
        layer = dataclasses.replace(layer, totals=(("subtotal", few), *layer.totals[1:]))
        assert not grid(layer=layer).quiet
        assert grid(layer=layer).rows[0].total.text == "0-9"


class TestProof:
    HIDDEN = Equation("School=Ash School, Sex=F", ("School=Ash School",), ("School=Ash School, Sex=M",))

    def test_each_cell_stands_where_it_stands_in_the_grid(self) -> None:
        (drawn,) = proofs([self.HIDDEN], grid())
        assert [h.text for h in drawn.rows] == ["Ash School"]
        assert [h.text for h in drawn.columns] == ["F", "M", "Total"]
        at = {step.sign: step.x for step in drawn.steps}
        assert at["?"] < at["−"] < at["+"]
        assert len({step.y for step in drawn.steps}) == 1
        assert drawn.words == "Ash School, Total less Ash School, M is Ash School, F"
        assert all(step.x + drawn.cell_width <= drawn.width for step in drawn.steps)

    def test_no_number_is_drawn(self) -> None:
        (drawn,) = proofs([self.HIDDEN], grid())
        assert not any(c.isdigit() for c in drawn.words)

    def test_a_name_that_begins_like_another_is_not_taken_for_it(self) -> None:
        cell = "School=Oak, Upper School, Sex=F"
        assert leaks([Equation(cell, ("Sex=F",), ())], grid()) == {(2, 0)}

    def test_further_dimensions_and_measures_do_not_matter(self) -> None:
        cell = "Pupils: Year=2026, School=Elm School, Sex=M"
        assert leaks([Equation(cell, ("x",), ())], grid()) == {(1, 1)}

    def test_a_total_that_only_another_visual_shows_is_said_to_be_elsewhere(self) -> None:
        (drawn,) = proofs([self.HIDDEN], grid(totals=False))
        assert [h.text for h in drawn.columns][-1] == "Total else…"
        assert drawn.words.startswith("Ash School, Total elsewhere less")

    @pytest.mark.parametrize("cell", ["School=Nowhere, Sex=F", "School=Ash School, Sex=X"])
    def test_cells_that_are_not_in_the_grid_are_told_in_words(self, cell: str) -> None:
        (told,) = proofs([Equation(cell, self.HIDDEN.plus, self.HIDDEN.minus)], grid())
        assert told.steps == ()
        assert told.words == f"School=Ash School less School=Ash School, Sex=M is {cell}"

    def test_two_cells_in_one_square_are_told_in_words(self) -> None:
        deep = tuple(f"School=Ash School, Sex=M, Year={y}" for y in (1, 2))
        (told,) = proofs([Equation(self.HIDDEN.cell, self.HIDDEN.plus, deep)], grid())
        assert told.steps == ()

    def test_without_a_grid_there_are_words(self) -> None:
        (told,) = proofs([self.HIDDEN], None)
        assert told.steps == ()

    def test_hidden_cells_are_marked_and_those_of_a_what_if_are_not(self) -> None:
        drawn = grid()
        marked = drawn.marked(leaks([self.HIDDEN], drawn))
        assert marked.rows[0].squares[0].follows
        assert sum(s.follows for row in marked.rows for s in row.squares) == 1
        assert leaks([dataclasses.replace(self.HIDDEN, what_if=True)], drawn) == frozenset()

    @given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=4))
    def test_any_text_can_be_told(self, cell: str, cells: list[str]) -> None:
        (told,) = proofs([Equation(cell, tuple(cells), tuple(cells))], grid())
        assert told.words


class TestReach:
    PAIRS = (
        {"fields": ("School", "Ethnicity"), "isolated": "50-99", "cells": 12, "by_difference": False},
        {"fields": ("School", "Sex"), "isolated": "1-9", "cells": 3, "by_difference": True},
        {"fields": ("School", "Sex", "Year"), "isolated": "1-9", "cells": 40, "by_difference": False},
    )

    def test_every_pair_once(self) -> None:
        drawn = reach(found(pairs=self.PAIRS))
        assert drawn.columns == ("School", "Ethnicity")
        assert [field for field, _ in drawn.rows] == ["Ethnicity", "Sex"]
        texts = [[m and (m.text, m.people) for m in row] for _, row in drawn.rows]
        assert texts == [[("12", "50-99")], [("3", "1-9"), None]]
        assert drawn.rows[1][1][0].by_difference
        assert drawn.longer == ("School, Sex and Year: 40 cells with 1-9 people in all",)

    def test_a_field_by_itself(self) -> None:
        alone = {"fields": ("Name",), "isolated": "1-9", "cells": 2, "by_difference": False}
        drawn = reach(found(pairs=(alone,)))
        assert drawn.columns == ("Name",)
        assert drawn.rows[0][1][0].text == "2"

    def test_what_was_not_decided_is_said(self) -> None:
        notes = reach(found(pairs=self.PAIRS, not_decided=7, depth=3, combinations=50)).notes
        assert any(note.startswith("7 combinations of fields could not be decided") for note in notes)
        assert "3 of 50 combinations, the worst." in notes

    def test_without_pairs_there_is_none(self) -> None:
        assert reach(found()) is None
        assert reach(found(pairs=("text",))) is None
        assert pairs_of(found(pairs=({"fields": (), "cells": 1}, {"fields": ("a",), "cells": "many"}))) == ()


class TestLineage:
    def test_from_the_data_on_the_left_to_what_is_shown_on_the_right(self) -> None:
        drawn = lineage([("Band", "Points", "KS4"), ("Index", "Points", "KS4")])
        nodes = {node.text: node for node in drawn.nodes}
        assert nodes["KS4"].x < nodes["Points"].x < nodes["Band"].x == nodes["Index"].x
        assert [nodes[n].kind for n in ("KS4", "Points", "Band")] == ["source", "step", "shown"]
        assert len(drawn.arrows) == 3
        assert drawn.words == "Band comes from Points comes from KS4; Index comes from Points comes from KS4"

    @given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), max_size=6))
    def test_nothing_lies_on_anything_even_where_names_lead_in_a_circle(self, chains: list[list[str]]) -> None:
        drawn = lineage(chains)
        for one in drawn.nodes if drawn else ():
            assert 0 <= one.x <= one.x + one.width <= drawn.width
            assert 0 <= one.y <= one.y + drawn.node_height <= drawn.height
            for other in drawn.nodes:
                apart = one.x + one.width <= other.x or other.x + other.width <= one.x
                apart = apart or one.y + drawn.node_height <= other.y or other.y + drawn.node_height <= one.y
                assert one is other or apart

    def test_too_many_fields_are_told_in_words_alone(self) -> None:
        assert lineage([tuple(f"f{i}" for i in range(MOST + 1))]) is None
        assert lineage([]) is None

    def test_chains_are_read_as_rules_print_them(self) -> None:
        assert chains_of(found(chains=("A ← B ← C", "alone"))) == (("A", "B", "C"),)


class TestFacts:
    def test_cells_are_limited_and_the_rest_is_counted(self) -> None:
        rows = tuple({"groups": (f"S{i}", "F")} for i in range(4))
        cells = cells_of(found(grain=("School", "Sex"), examples=rows, small_cells=9, small_totals=2), 3)
        assert (len(cells.rows), cells.more) == (3, 8)
        assert cells.head == ("School", "Sex")

    @pytest.mark.parametrize(
        "evidence",
        [{}, {"grain": ("A",)}, {"grain": ("A",), "examples": ({"groups": ("x", "y")},)}, {"examples": 3, "grain": 4}],
    )
    def test_what_does_not_fit_is_not_drawn(self, evidence) -> None:
        assert cells_of(found(**evidence), 5) is None

    def test_only_plain_sums_are_equations(self) -> None:
        assert equations_of(found(equations=({"cell": "a", "plus": (), "minus": ("b",)}, "text"))) == ()
