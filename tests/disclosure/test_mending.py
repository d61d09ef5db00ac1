"""Plans of further suppression always pass the audit that they were made for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import intervals
from linter.disclosure.mending import mend
from linter.disclosure.recovery import audit
from linter.disclosure.system import HIDDEN, from_equations
from linter.disclosure.tables import Table, link
from tests.disclosure.brute import determined_by_elimination
from tests.disclosure.tables import long_form, published, with_totals


@given(published(largest=30, most_cells=6))
def test_a_plan_that_passes_leaves_nothing_recoverable(tables: list[Table]):
    system = link(tables).system
    plan = mend(system)
    hidden = set(np.flatnonzero(plan.system.state == HIDDEN).tolist())
    left = determined_by_elimination(plan.system) & hidden
    assert plan.passes == (not left)
    assert plan.passes or plan.reason
    assert set(plan.extra) <= hidden
    before = {c for c in determined_by_elimination(system) if system.state[c] == HIDDEN}
    assert bool(plan.extra) == bool(before) or not plan.passes
    assert plan.cost == pytest.approx(sum(float(system.shown_value(c)) for c in plan.extra))


@given(published(largest=30, most_cells=4), st.integers(2, 6))
def test_a_plan_for_ranges_passes_the_interval_audit(tables: list[Table], width: int):
    system = link(tables).system
    primary = np.flatnonzero(system.state == HIDDEN)
    plan = mend(system, primary=primary, width=width)
    if plan.passes:
        assert not intervals.audit(audit(plan.system), primary, width=width).narrow
    else:
        assert plan.reason


def test_one_hidden_cell_needs_three_more():
    body = np.array([[3, 40, 50], [60, 70, 80], [90, 9, 100]])
    full = with_totals(body)
    hidden = np.zeros(full.shape, bool)
    hidden[1, 1] = True
    linked = link([long_form(full, hidden, "ab")])
    plan = mend(linked.system)
    assert plan.passes
    assert len(plan.extra) == 3
    assert plan.cost < 200


def test_nothing_may_be_hidden():
    system = from_equations([{"t": 1, "a": -1, "b": -1}], {"t": 10, "a": 7, "b": None})
    plan = mend(system, may_hide=np.zeros(3, dtype=bool))
    assert not plan.passes
    assert "may be hidden" in plan.reason
    assert not plan.extra


def test_no_plan_is_needed_for_a_safe_table():
    system = from_equations([{"t": 1, "a": -1, "b": -1}], {"t": 10, "a": None, "b": None})
    plan = mend(system)
    assert (plan.extra, plan.cost, plan.passes, plan.reason, plan.audits) == ((), 0.0, True, "", 1)
