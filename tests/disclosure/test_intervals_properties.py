"""Ranges against enumeration of all possible tables and against two linear programmes per cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import intervals
from linter.disclosure.recovery import audit
from linter.disclosure.system import HIDDEN, System, from_equations
from linter.disclosure.tables import Table, link
from tests.disclosure.brute import linear_range, solutions
from tests.disclosure.tables import published


def blind(system: System) -> System:
    """Without the true values, as somebody sees it who has only the publication."""
    return replace(system, truth=np.full(system.n_cells, np.nan))


@given(published(largest=3, most_cells=10), st.integers(2, 5), st.booleans(), st.booleans())
def test_narrow_ranges_equal_enumeration(tables: list[Table], width: int, known: bool, bounded: bool):
    if bounded:
        tables = [replace(table, low=0, high=6) for table in tables]
    system = link(tables).system
    if bounded and (system.truth > 6)[system.state == HIDDEN].any():
        return
    everything = solutions(system, 50_000)
    if everything is None or not len(everything):
        return
    found = audit(system if known else blind(system))
    ranges = intervals.audit(found, width=width, budget=60)
    assert not ranges.not_decided
    variables = np.flatnonzero(system.unknown)
    narrow = {n.cell: (n.low, n.high) for n in ranges.narrow}
    claimed = found.determined()
    for j, cell in enumerate(variables.tolist()):
        if system.state[cell] != HIDDEN or claimed[cell]:
            assert cell not in narrow
            continue
        low, high = everything[:, j].min(), everything[:, j].max()
        if high - low + 1 < width:
            assert narrow[cell] == (low, high)
        else:
            assert cell not in narrow
            assert ranges.wide[cell]


@given(published(largest=40, most_cells=14), st.integers(2, 12))
def test_narrow_ranges_equal_two_programmes_per_cell(tables: list[Table], width: int):
    system = replace(link(tables).system, integral=False)
    found = audit(system)
    ranges = intervals.audit(found, width=width, budget=60)
    narrow = {n.cell: n for n in ranges.narrow}
    for cell in np.flatnonzero((system.state == HIDDEN) & ~found.determined()).tolist():
        ends = linear_range(system, cell)
        assert ends is not None
        if ends[1] - ends[0] < width - 1e-6:
            assert (narrow[cell].low, narrow[cell].high) == pytest.approx(ends, abs=1e-6)
        elif ends[1] - ends[0] > width + 1e-6:
            assert cell not in narrow


def test_a_cell_pinned_by_bounds_is_narrow_and_not_recoverable():
    system = from_equations(
        [{"total": 1, "a": -1, "b": -1}], {"total": 2, "a": None, "b": None}, bounds={"a": (1, 9), "b": (1, 9)}
    )
    found = audit(system)
    assert not found.claims
    narrow = intervals.audit(found, width=3).narrow
    assert [(n.cell, n.low, n.high) for n in narrow] == [(1, 1, 1), (2, 1, 1)]


def test_hidden_zeros_are_pinned_although_the_null_space_is_not_empty():
    system = from_equations([{"total": 1, "a": -1, "b": -1}], {"total": 0, "a": None, "b": None})
    found = audit(system)
    assert not found.claims
    assert {(n.low, n.high) for n in intervals.audit(found, width=2).narrow} == {(0, 0)}


def test_rounded_figures_are_ranges_and_can_be_unrounded_together():
    table = Table({"sex": ["Total", "f", "m"]}, [15, 10, 0], [False, False, False], rounding=5, absent="zero")
    found = audit(link([table]).system)
    assert not found.claims
    cells = link([table]).cell_of[0][:, 0]
    ranges = intervals.audit(found, cells, width=5)
    by_cell = {n.cell: (n.low, n.high) for n in ranges.narrow}
    # 13..17 = (8..12) + (0..2): the total can't be above 14, f not below 11, m not below 1.
    assert by_cell == {int(cells[0]): (13, 14), int(cells[1]): (11, 12), int(cells[2]): (1, 2)}


def test_contradictory_bounds_are_not_decided():
    system = from_equations(
        [{"t": 1, "a": -1, "b": -1}, {"u": 1, "a": -1, "b": 1}],
        {"t": 20, "a": None, "b": None, "u": None},
        bounds={"a": (0, 3), "b": (0, 3)},
    )
    ranges = intervals.audit(audit(system), width=5)
    assert {reason for _, reason in ranges.not_decided} == {"contradictory"}
    assert {cell for cell, _ in ranges.not_decided} == {1, 2, 3}


def test_no_time_means_not_decided_never_clean():
    rng = np.random.default_rng(5)
    from tests.disclosure.tables import long_form, with_totals

    full = with_totals(rng.integers(0, 30, (8, 8)))
    hidden = np.zeros(full.shape, bool)
    hidden[1:, 1:] = rng.random((8, 8)) < 0.6
    found = audit(blind(link([long_form(full, hidden, "ab")]).system))
    ranges = intervals.audit(found, width=5, budget=0.0)
    wanted = set(np.flatnonzero((found.system.state == HIDDEN) & ~found.determined()).tolist())
    assert wanted == {cell for cell, _ in ranges.not_decided}
