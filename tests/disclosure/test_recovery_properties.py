"""Recoverability against elimination with fractions and against enumeration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import network, nullspace
from linter.disclosure.certificates import combined
from linter.disclosure.recovery import audit
from linter.disclosure.system import SHOWN, from_equations
from linter.disclosure.tables import Table, link
from tests.disclosure.brute import determined_by_elimination, solutions
from tests.disclosure.tables import long_form, published, with_totals


@given(published(largest=9))
def test_claims_are_exactly_the_determined_cells(tables: list[Table]):
    linked = link(tables)
    found = audit(linked.system)
    assert not found.inconsistent
    assert not found.uncertified
    assert {claim.cell for claim in found.claims} == determined_by_elimination(linked.system)


@given(published(largest=9))
def test_values_and_certificates_are_right(tables: list[Table]):
    linked = link(tables)
    system, found = linked.system, audit(linked.system)
    for claim in found.claims:
        if np.isfinite(system.truth[claim.cell]):
            assert claim.value == Fraction(system.truth[claim.cell])
        proof = found.proof(claim.cell)
        divisor = np.lcm.reduce([w.denominator for w in proof.values()])
        total = combined(system, {e: int(w * int(divisor)) for e, w in proof.items()})
        assert {c: k for c, k in total.items() if system.state[c] != SHOWN} == {claim.cell: divisor}
        known = sum(k * int(system.value[c]) for c, k in total.items() if system.state[c] == SHOWN)
        assert Fraction(-known, int(divisor)) == claim.value


@given(published(largest=3, most_cells=9))
def test_recoverable_means_one_value_in_every_possible_table(tables: list[Table]):
    system = link(tables).system
    everything = solutions(system)
    if everything is None:
        return
    variables = np.flatnonzero(system.unknown).tolist()
    assert len(everything), "the true table is always possible"
    claimed = {claim.cell: claim.value for claim in audit(system).claims}
    for j, cell in enumerate(variables):
        if cell in claimed:
            assert set(everything[:, j]) == {float(claimed[cell])}


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 0.9))
def test_two_way_bridges_equal_the_general_audit(seed: int, rows: int, columns: int, share: float):
    rng = np.random.default_rng(seed)
    full = with_totals(rng.integers(0, 50, (rows, columns)))
    hidden = np.zeros(full.shape, bool)
    hidden[1:, 1:] = rng.random((rows, columns)) < share
    linked = link([long_form(full, hidden, "ab")])
    determined = audit(linked.system).determined()[linked.cell_of[0][:, 0]].reshape(full.shape)
    assert (determined[1:, 1:] == network.two_way(hidden[1:, 1:])).all()


@pytest.mark.parametrize(("size", "share", "seed"), [(14, 0.045, 1), (14, 0.06, 2), (16, 0.05, 3), (12, 0.08, 4)])
def test_large_blocks_go_through_null_space_and_joint_proofs(size: int, share: float, seed: int, monkeypatch):
    """The same answer whether a block counts as small (dense elimination) or not."""
    from linter.disclosure import linked as linked_module

    rng = np.random.default_rng(seed)
    full = with_totals(rng.integers(1, 300, (size, size, size)))
    hidden = np.zeros(full.shape, bool)
    body = hidden[1:, 1:, 1:]
    body |= rng.random(body.shape) < share
    for axis in range(3):
        lines, values = np.moveaxis(body, axis, -1), np.moveaxis(full[1:, 1:, 1:], axis, -1)
        for i, j in zip(*np.nonzero(lines.sum(-1) == 1), strict=True):
            lines[i, j, np.argmin(np.where(lines[i, j], 10**6, values[i, j]))] = True
    linked = link([long_form(full, hidden, "abc")])
    results = []
    for limit in (0, 10**6):
        monkeypatch.setattr(linked_module, "SMALL", limit)
        found = audit(linked.system)
        assert all(claim.value == linked.system.truth[claim.cell] for claim in found.claims)
        results.append({claim.cell for claim in found.claims} | set(found.uncertified))
        if limit == 0:
            assert not found.uncertified
    assert results[0] == results[1]


def test_null_space_keeps_its_distance_from_the_tolerance():
    from scipy import sparse

    fixed = sparse.csr_array(np.array([[1, 1, 0, 0], [1, -1, 0, 0], [0, 0, 1, 1]]))
    looks, unsure = nullspace.determined(fixed)
    assert looks.tolist() == [True, True, False, False]
    assert not unsure.any()


def test_weights_other_than_one_give_fractions():
    system = from_equations(
        [{"total": 1, "x": -1, "y": -1}, {"double": 1, "x": -3, "y": 1}],
        {"total": 10, "x": None, "y": None, "double": 2},
    )
    found = audit(system)
    assert found.values == {1: 3, 2: 7}
    assert all(w.denominator in {1, 2, 4} for cell in (1, 2) for w in found.proof(cell).values())
