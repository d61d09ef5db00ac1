"""Percentages, means and rounded figures as ranges of counts, against trying every count."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import intervals, ratios, rounding
from linter.disclosure.published import Share, audit_published
from linter.disclosure.ratios import Percentage, Whole, read_percentages
from linter.disclosure.recovery import audit
from linter.disclosure.system import from_equations
from linter.disclosure.tables import Table


def printed(value: Decimal, decimals: int) -> set[Decimal]:
    step = Decimal(1).scaleb(-decimals)
    return {value.quantize(step, rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 3))
def test_numerators_are_all_counts_that_print_alike(base: int, count: int, decimals: int):
    count = min(count, base)
    for shown in printed(Decimal(100 * count) / base, decimals):
        found = ratios.share_numerators(shown, base, decimals)
        assert count in range(found.low, found.high + 1)
        for k in range(base + 1):
            if shown in printed(Decimal(100 * k) / base, decimals):
                assert found.low <= k <= found.high
        for k in (found.low, found.high):
            assert abs(Decimal(100 * k) / base - shown) <= Decimal(5).scaleb(-decimals - 1) + Decimal("1e-20")


def test_a_percentage_is_a_count_up_to_a_hundred_pupils():
    """At 0 decimals for every base below 100, at 1 decimal below 1,000; halves may have gone either way."""
    for base in range(1, 100):
        for k in range(base + 1):
            shown = (Decimal(100 * k) / base).quantize(Decimal(1), ROUND_HALF_UP)
            assert ratios.share_numerators(shown, base, 0).single == k
    for base in (100, 499, 999):
        for k in range(base + 1):
            shown = (Decimal(100 * k) / base).quantize(Decimal("0.1"), ROUND_HALF_UP)
            assert ratios.share_numerators(shown, base, 1).single == k


def test_an_unknown_base_is_narrowed_by_a_second_percentage():
    alone = [base for base, _ in ratios.fractions_behind([("14.3", 1)], 60)]
    assert alone == [7, 14, 21, 28, 35, 42, 49, 56]
    both = ratios.fractions_behind([("14.3", 1), ("33.3", 1)], 60)
    assert both == [(21, (Whole(3, 3), Whole(7, 7))), (42, (Whole(6, 6), Whole(14, 14)))]


def test_mean_with_a_suppressed_count_gives_the_count():
    """'<5' with mean 1.33: only 3 (a real case); with the count the mean gives the sum."""
    assert ratios.counts_behind("1.33", 2, 1, 4) == [3]
    assert ratios.sums_behind("1.33", 3, 2) == Whole(4, 4)
    assert ratios.ratio_bounds("2.5", 1, 10) == Whole(25, 25)
    assert ratios.decimals_shown("14.30%") == 2
    assert ratios.decimals_shown("14") == 0


def test_percentages_pin_hidden_counts_and_then_others_follow():
    system = from_equations(
        [{"all": 1, "fsm": -1, "other": -1}, {"other": 1, "a": -1, "b": -1}],
        {"all": 21, "fsm": None, "other": None, "a": None, "b": None},
    )
    assert not audit(system).claims
    read = read_percentages(system, [Percentage(1, 0, "14.3", 1), Percentage(3, 4, "50", 0, of=1, part=False)])
    assert read.pinned == {1: 3}
    assert len(read.unread) == 1
    assert {c.cell: c.value for c in audit(read.system).claims} == {2: 18}


def test_a_rough_percentage_is_a_range_and_an_impossible_one_is_said():
    system = from_equations([{"all": 1, "x": -1, "y": -1}], {"all": 400, "x": None, "y": None})
    read = read_percentages(system, [Percentage(1, 0, "1", 0)])
    assert read.pinned == {}
    assert (read.system.low[1], read.system.high[1]) == (2, 6)
    narrow = intervals.audit(audit(read.system), width=6).narrow
    assert {(n.cell, n.low, n.high) for n in narrow} == {(1, 2, 6), (2, 394, 398)}
    small = from_equations([{"all": 1, "x": -1, "y": -1}], {"all": 7, "x": None, "y": None})
    assert len(read_percentages(small, [Percentage(1, 0, "20.0", 1)]).impossible) == 1


def test_a_shown_numerator_and_percentage_give_the_hidden_base():
    system = from_equations([{"all": 1, "x": -1, "y": -1}], {"all": None, "x": 3, "y": None})
    read = read_percentages(system, [Percentage(1, 0, "14.29", 2)])
    assert read.pinned == {0: 21}


@given(st.integers(0, 500), st.sampled_from([3, 5, 10]))
def test_rounded_bounds_hold_the_figure_and_only_what_rounds_to_it(count: int, base: int):
    shown = np.floor(count / base + 0.5) * base
    (low,), (high,) = rounding.rounded_bounds([shown], base)
    alike = [n for n in range(count + 2 * base) if np.floor(n / base + 0.5) * base == shown]
    assert (low, high) == (alike[0], alike[-1])
    down, up = np.floor(count / base) * base, np.ceil(count / base) * base
    for shown in (down, up):
        (low,), (high,) = rounding.rounded_bounds([shown], base, random=True)
        assert low <= count <= high


def test_rounding_base_and_differences():
    assert rounding.rounding_base([5, 10, 25, 30, 45, 0]) == 5
    assert rounding.rounding_base([20, 40, 100, 60, 80]) == 20
    assert rounding.rounding_base([5, 10, 11, 30, 45]) == 0
    assert rounding.rounding_base([5, 10]) == 0
    assert rounding.is_rounded([5, 7, 10.0], 5).tolist() == [True, False, True]
    assert rounding.difference_bounds(20, [15], 5) == (1, 9)
    assert rounding.difference_bounds(5, [5], 5, random=False) == (0, 4)


COHORTS = {"school": ["Ash", "Birch", "Cedar", "Total"]}


def with_percentage(hidden: list[bool], texts: list[str], decimals: int = 1):
    """Eligible pupils of 26, 40, 30 and 96 in all, their cohorts, and the percentages printed."""
    cohorts = Table(COHORTS, [26, 40, 30, 96], [False] * 4, measures=["Pupils"])
    eligible = Table(COHORTS, [12, 9, 8, 29], hidden, measures=["Eligible"], truth=[12, 9, 8, 29])
    shares = [Share((1, i, 0), (0, i, 0), text, decimals) for i, text in enumerate(texts) if text]
    return audit_published([cohorts, eligible], shares=shares, width=5)


def test_a_percentage_of_a_shown_base_is_a_certificate_and_others_follow_from_it():
    found = with_percentage([True, True, False, False], ["46.2", "", "", ""])
    by_figure = {item.figure: item.cell for item in found.recoverable}
    assert list(by_figure) == [(1, 0, 0), (1, 1, 0)]
    pinned, claimed = by_figure[1, 0, 0], by_figure[1, 1, 0]
    assert found.pins[pinned].value == 12
    assert found.derivation(pinned) == (
        "46.2% of 26 is 12: percentage of [Pupils: school=Ash] = [Eligible: school=Ash]"
    )
    assert found.derivation(pinned, show_values=False) == "percentage of [Pupils: school=Ash] = [Eligible: school=Ash]"
    assert found.recovery.values == {claimed: 9}


def test_without_a_percentage_nothing_follows_and_a_rough_one_leaves_a_range():
    assert not with_percentage([True, True, True, False], [""] * 4).recoverable
    cohort = Table({"a": ["x"]}, [400], [False], measures=["Pupils"])
    part = Table({"a": ["x"]}, [0], [True], measures=["Part"])
    rough = audit_published([cohort, part], shares=[Share((1, 0, 0), (0, 0, 0), "1", 0)], width=6)
    assert not rough.recoverable
    assert [(n.low, n.high) for n in rough.ranges.narrow] == [(2, 6)]


def test_a_base_that_is_recovered_first_serves_the_percentage():
    cohorts = Table(COHORTS, [26, 40, 30, 96], [True, False, False, False], measures=["Pupils"])
    eligible = Table(COHORTS, [12, 9, 8, 29], [True] * 4, measures=["Eligible"])
    found = audit_published([cohorts, eligible], shares=[Share((1, 0, 0), (0, 0, 0), "46.2", 1)])
    assert {item.figure for item in found.recoverable} == {(0, 0, 0), (1, 0, 0)}


def test_two_percentages_give_away_what_neither_does_alone():
    """1% of 300 is two to four, 1% of 700 is four to ten: four."""
    cohorts = Table({"of": ["school", "area"]}, [300, 700], [False, False], measures=["Pupils"])
    eligible = Table({"one": ["x"]}, [4], [True], measures=["Eligible"])
    shares = [Share((1, 0, 0), (0, 0, 0), "1", 0), Share((1, 0, 0), (0, 1, 0), "1", 0)]
    assert [audit_published([cohorts, eligible], shares=[s]).recoverable for s in shares] == [(), ()]
    together = audit_published([cohorts, eligible], shares=shares)
    (item,) = together.recoverable
    assert together.pins[item.cell].value == 4
    assert len(together.pins[item.cell].because) == 2


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 2), st.booleans())
def test_a_pin_is_the_only_count_that_prints_so(base: int, count: int, decimals: int, up: bool):
    count = min(count, base)
    step = Decimal(1).scaleb(-decimals)
    text = str((Decimal(100 * count) / base).quantize(step, ROUND_HALF_UP if up else ROUND_HALF_EVEN))
    cohort = Table({"a": ["x"]}, [base], [False], measures=["Pupils"])
    part = Table({"a": ["x"]}, [0], [True], measures=["Part"])
    found = audit_published([cohort, part], shares=[Share((1, 0, 0), (0, 0, 0), text, decimals)])
    alike = [k for k in range(base + 1) if Decimal(text) in printed(Decimal(100 * k) / base, decimals)]
    for item in found.recoverable:
        assert alike == [found.pins[item.cell].value] == [count]
    if not found.recoverable:
        near = [k for k in range(base + 1) if abs(Decimal(100 * k) / base - Decimal(text)) <= step / 2]
        assert len(near) > 1
