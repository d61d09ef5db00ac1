"""Recoverability against elimination with fractions and against enumeration."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import linked as linked_module
from linter.disclosure import network, nullspace
from linter.disclosure.certificates import combined, verify
from linter.disclosure.recovery import audit
from linter.disclosure.system import SHOWN, from_equations
from linter.disclosure.tables import Table, link
from tests.disclosure.brute import determined_by_elimination, solutions
from tests.disclosure.tables import long_form, published, with_totals


@given(published(largest=9), st.booleans())
def test_claims_are_exactly_the_determined_cells(tables: list[Table], small: bool):
    """Whichever way linked blocks go: dense elimination, or null space and single proofs."""
    linked = link(tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linked_module, "SMALL", 10**6 if small else 0)
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


@pytest.mark.parametrize(("size", "share", "seed"), [(14, 0.045, 1), (12, 0.08, 4), (14, 0.1, 3), (16, 0.1, 3)])
def test_large_blocks_go_through_null_space_and_joint_proofs(size: int, share: float, seed: int, monkeypatch):
    """The same answer whether a block counts as small (dense elimination) or not."""
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


@given(published(largest=9), st.integers(0, 2**32 - 1), st.booleans(), st.floats(0.02, 0.5))
def test_wrong_figures_never_crash_and_claims_still_follow(tables: list[Table], seed: int, small: bool, share: float):
    """Figures that do not add up: what is claimed follows from equations that were not left out."""
    rng = np.random.default_rng(seed)
    system = link(tables).system
    wrong = (system.state == SHOWN) & (rng.random(system.n_cells) < share)
    value = np.maximum(system.value + np.where(wrong, rng.integers(-2, 3, system.n_cells), 0), 0)
    system = replace(system, value=value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linked_module, "SMALL", 10**6 if small else 0)
        found = audit(system)
    good, bad = verify(system, found.claims)
    assert (len(good), bad) == (len(found.claims), [])
    out = {clash.left_out for clash in found.inconsistent}
    for claim in found.claims:
        assert out.isdisjoint(found.proof(claim.cell))
        assert claim.value >= 0
    lost = determined_by_elimination(system) - {claim.cell for claim in found.claims} - set(found.uncertified)
    assert not lost or found.inconsistent


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


def test_a_joint_proof_is_checked_as_a_whole():
    from linter.disclosure.certificates import Claim, Joint

    system = from_equations(
        [{"t": 1, "x": -1, "y": -1}, {"u": 1, "x": -1, "y": 1}], {"t": 10, "u": 4, "x": None, "y": None}
    )
    right = Joint((0, 1), (2, 3), (7, 3))
    assert len(verify(system, [Claim(2, Fraction(7), (), 0, "joint", right)])[0]) == 1
    for wrong in (Joint((0, 1), (2, 3), (6, 4)), Joint((0,), (2, 3), (7, 3)), Joint((0, 1), (2,), (7,))):
        assert not verify(system, [Claim(2, Fraction(wrong.values[0]), (), 0, "joint", wrong)])[0]


def test_a_spent_budget_leaves_doubts_and_never_silence(monkeypatch):
    """A bridge between two cycles of a linked block needs a single proof; without time it is a doubt."""
    monkeypatch.setattr(linked_module, "SMALL", 0)
    names = ["a", "b", "c", "d", "e", "f", "g", "h", "x"]
    equations = [
        {"a": 1, "b": 1, "p": -1}, {"b": 1, "c": 1, "q": -1}, {"c": 1, "d": 1, "r": -1},
        {"a": 1, "d": 1, "x": 1, "s": -1}, {"x": 1, "e": 2, "f": 1, "g": 1, "t": -1}, {"a": 1, "c": 1, "e": 1, "u": -1},
    ]  # fmt: skip
    truth = {name: i + 2 for i, name in enumerate(names)}
    totals = {
        next(k for k in eq if k not in truth): sum(c * truth[n] for n, c in eq.items() if n in truth)
        for eq in equations
    }
    system = from_equations(equations, dict.fromkeys(names) | totals)
    expected = determined_by_elimination(system)
    assert expected
    assert {claim.cell for claim in audit(system).claims} == expected
    late = audit(system, budget=-1.0)
    assert {claim.cell for claim in late.claims} | set(late.uncertified) == expected
    assert late.uncertified
