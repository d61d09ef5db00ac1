"""From long form to equations: which cells are the same, which sums hold, what contradicts what."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from linter.disclosure import linked as linked_module
from linter.disclosure.certificates import Claim, verify
from linter.disclosure.longform import Codes
from linter.disclosure.published import audit_published
from linter.disclosure.recovery import audit
from linter.disclosure.system import IMPLIED, from_equations, scale_exactly
from linter.disclosure.tables import Table, link
from tests.disclosure.tables import long_form, with_totals

NAN = float("nan")


def named(found) -> dict[str, Fraction]:
    return {found.system.name(c.cell): c.value for c in found.claims}


def test_a_subtraction_reads_as_a_reader_would_do_it():
    table = Table({"area": ["Total", "a", "b", "c"]}, [142, 96, 43, NAN], [False, False, False, True])
    found = audit(link([table]).system)
    cell = found.claims[0].cell
    assert found.derivation(cell) == ("142 - 96 - 43 = 3: [Total] - [area=a] - [area=b] = [area=c]")
    assert found.derivation(cell, show_values=False) == "[Total] - [area=a] - [area=b] = [area=c]"


def test_a_hidden_total_is_the_sum_of_its_parts():
    table = Table({"area": ["Total", "a", "b"]}, [NAN, 4, 5], [True, False, False])
    assert named(audit(link([table]).system)) == {"Total": 9}


def test_the_margin_of_one_table_is_the_body_of_another():
    body = Table({"area": ["a", "a", "b", "b"], "sex": ["f", "m"] * 2}, [NAN, 7, 8, 9], [True, False, False, False])
    margin = Table({"area": ["a", "b"]}, [11, 17], [False, False])
    assert not audit(link([body]).system).claims
    assert named(audit(link([body, margin]).system)) == {"area=a, sex=f": 4}


def test_a_grand_total_over_two_dimensions_without_margins():
    body = Table({"area": ["a", "a", "b", "b"], "sex": ["f", "m"] * 2}, [NAN, 7, 8, 9], [True, False, False, False])
    card = Table({}, [30], [False])
    assert named(audit(link([body, card]).system)) == {"area=a, sex=f": 6}


def test_a_margin_that_nobody_printed_links_two_tables():
    by_sex = Table({"area": ["a", "a"], "sex": ["f", "m"]}, [NAN, 7], [True, False])
    by_year = Table({"area": ["a", "a"], "year": [1, 2]}, [5, 6], [False, False])
    found = audit(link([by_sex, by_year]).system)
    assert named(found) == {"area=a": 11, "area=a, sex=f": 4}
    assert found.system.state[found.claims[0].cell] == IMPLIED


def test_a_cell_hidden_here_and_shown_there():
    one = Table({"area": ["a", "b"]}, [NAN, 7], [True, False])
    other = Table({"area": ["a"]}, [3], [False])
    found = audit_published([one, other])
    assert [(f.figure, f.shown_elsewhere) for f in found.recoverable] == [((0, 0, 0), True)]
    assert found.figures(found.recoverable[0].cell) == [(0, 0, 0), (1, 0, 0)]


def test_absent_rows_are_zero_only_where_the_caller_says_so():
    rows = Table(
        {"area": ["Total", "Total", "Total", "a", "a", "b"], "sex": ["Total", "f", "m", "Total", "f", "Total"]},
        [30, 10, 20, 18, NAN, 12],
        [False, False, False, False, True, False],
    )
    assert named(audit(link([rows]).system)) == {}
    zero = audit(link([replace(rows, absent="zero")]).system)
    assert zero.inconsistent  # 18 = f alone, 10 = f alone: the rows left out can't all be zero
    full = [*np.asarray(rows.values)[:4], NAN, 6, 12]
    complete = Table(
        {"area": ["Total"] * 3 + ["a"] * 3 + ["b"], "sex": ["Total", "f", "m", "Total", "f", "m", "Total"]},
        full,
        np.isnan(full),
    )
    found = named(audit(link([complete]).system))
    assert found["area=a, sex=f"] == 12


def test_hierarchies_add_up_step_by_step():
    table = Table(
        {"place": ["Total", "north", "south", "n1", "n2", "s1", "s2"]},
        [100, 60, NAN, 50, NAN, 30, NAN],
        [False, False, True, False, True, False, True],
        hierarchies={"place": {"n1": "north", "n2": "north", "s1": "south", "s2": "south"}},
    )
    assert named(audit(link([table]).system)) == {"place=south": 40, "place=n2": 10, "place=s2": 10}


def test_measures_are_never_added_to_each_other():
    table = Table(
        {"area": ["Total", "a", "b"]},
        [[10, 1], [NAN, 1], [4, 0]],
        [[False, False], [True, False], [False, False]],
        measures=("pupils", "schools"),
    )
    assert named(audit(link([table]).system)) == {"pupils: area=a": 6}


def test_decimals_are_exact():
    table = Table({"area": ["Total", "a", "b"]}, [0.3, 0.1, NAN], [False, False, True])
    assert audit(link([table]).system).claims[0].value == Fraction(1, 5)
    with pytest.raises(ValueError, match="digits"):
        scale_exactly(np.array([1 / 3]), np.array([True]))
    with pytest.raises(ValueError, match="finite"):
        scale_exactly(np.array([NAN]), np.array([True]))


def test_many_dimensions_need_larger_keys_than_64_bits():
    names = [f"d{i}" for i in range(14)]
    labels = [f"v{i}" for i in range(30)]
    dimensions = {name: ["Total", *labels] for name in names}
    values = [420.0, *range(29), NAN]
    table = Table(dimensions, values, np.isnan(values), absent="zero")
    assert Codes([table]).dtype is object
    assert not audit(link([table]).system).claims
    one = Table({"d0": ["Total", *labels]}, values, np.isnan(values))
    assert named(audit(link([table, one]).system)) == {"d0=v29": 14}


def test_figures_that_do_not_add_up_are_reported_and_left_out():
    table = Table(
        {"area": ["Total", "Total", "a", "a"], "sex": ["Total", "f", "Total", "f"]},
        [10, 9, 10, NAN],
        [False, False, False, True],
        absent="zero",
    )
    found = audit(link([table]).system)
    kinds = [c.kind for c in found.inconsistent]
    assert kinds == ["sum"] * len(kinds)
    assert kinds
    assert {abs(c.residual) for c in found.inconsistent} == {1}
    assert len(found.claims) == 1


def test_tolerance_forgives_rounded_decimals_only_so_far():
    table = Table({"area": ["Total", "a", "b", "c"]}, [1.0, 0.33, 0.33, 0.33], [False] * 4)
    assert len(audit(link([table]).system).inconsistent) == 1
    assert not audit(link([table], tolerance=0.015).system).inconsistent


def test_a_sum_that_would_make_a_count_negative_is_no_claim():
    table = Table({"area": ["Total", "a", "b"]}, [10, 12, NAN], [False, False, True])
    found = audit(link([table]).system)
    assert not found.claims
    assert [(c.kind, c.residual, c.left_out is not None) for c in found.inconsistent] == [("negative", -2, True)]
    amounts = audit(link([table], nonnegative=False).system)
    assert named(amounts) == {"area=b": -2}


def test_one_cell_with_two_values_is_a_conflict():
    one, other = (Table({"area": ["a"]}, [v], [False]) for v in (3, 4))
    found = audit(link([one, other]).system)
    assert [(c.kind, c.residual) for c in found.inconsistent] == [("conflict", 1)]


@pytest.mark.parametrize("small", [0, 10**6])
def test_a_contradiction_around_a_cycle_is_found_and_the_bridge_still_claimed(small: int, monkeypatch):
    monkeypatch.setattr(linked_module, "SMALL", small)
    full = with_totals(np.array([[3, 4, 5], [6, 7, 8], [9, 1, 2], [5, 5, 5]]))
    full[1, 0] += 1  # one wrong row total
    hidden = np.zeros(full.shape, bool)
    hidden[1:3, 1:3] = True
    found = audit(link([long_form(full, hidden, "ab")]).system)
    kinds = sorted(c.kind for c in found.inconsistent)
    assert kinds == ["combined", "sum"]
    assert not found.claims
    hidden[2, 3] = hidden[3, 3] = hidden[3, 1] = True
    hidden[2, 1] = False
    again = audit(link([long_form(full, hidden, "ab")]).system)
    assert again.inconsistent


@pytest.mark.parametrize("small", [0, 10**6])
def test_contradictions_in_three_way_tables_do_not_crash(small: int, monkeypatch):
    monkeypatch.setattr(linked_module, "SMALL", small)
    rng = np.random.default_rng(3)
    for wrong in range(4):
        full = with_totals(rng.integers(5, 50, (4, 4, 4)))
        hidden = np.zeros(full.shape, bool)
        hidden[1:, 1:, 1:] = rng.random((4, 4, 4)) < 0.6
        for _ in range(wrong):
            full[0, rng.integers(1, 5), rng.integers(1, 5)] += 1
        found = audit(link([long_form(full, hidden, "abc")]).system)
        assert bool(found.inconsistent) == bool(wrong)
        good, bad = verify(found.system, found.claims)
        assert (len(good), bad) == (len(found.claims), [])


def test_halves_of_people_are_a_contradiction():
    system = from_equations(
        [{"t": 1, "x": -1, "y": -1}, {"u": 1, "x": -1, "z": -1}, {"v": 1, "y": -1, "z": -1}],
        {"t": 3, "u": 4, "v": 4, "x": None, "y": None, "z": None},
    )
    found = audit(system)
    assert {c.kind for c in found.inconsistent} == {"fraction"}
    assert not found.claims


def test_a_false_claim_is_never_verified():
    system = from_equations([{"t": 1, "x": -1}], {"t": 3, "x": None})
    right = Claim(1, Fraction(3), ((0, -1),), 1, "step")
    for wrong in (
        replace(right, value=Fraction(4)),
        replace(right, weights=((0, 1),)),
        replace(right, divisor=2),
        replace(right, weights=()),
    ):
        assert verify(system, [wrong]) == ([], [wrong])
    assert verify(system, [right]) == ([right], [])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="2 labels for 3 rows"):
        link([Table({"area": ["a", "b"]}, [1, 2, 3], [False] * 3)])
    with pytest.raises(ValueError, match="differ in length"):
        link([Table({"area": ["a", "b"]}, [1, 2], [False] * 2, measures=("m", "n"))])


def test_an_empty_table_has_nothing_to_say():
    found = audit_published([Table({"area": []}, [], [])], width=3)
    assert found.recoverable == ()
    assert found.ranges is not None
    assert not found.ranges.narrow


def test_null_labels_are_categories_and_not_totals():
    table = Table(
        {"area": ["Total", None, float("nan"), "a"], "year": [1, 1, 1, 1]},
        [10, 2, 2, NAN],
        [False, False, False, True],
        totals={"area": "Total"},
    )
    assert named(audit(link([table]).system)) == {"area=a, year=1": 8}


def test_too_many_absent_combinations_are_noted_and_nothing_is_concluded():
    n = 700
    labels = [f"v{i}" for i in range(n)]
    table = Table(
        {"a": ["Total"] * (n + 1) + labels + labels, "b": ["Total", *labels] + ["Total"] * n + labels},
        [*range(3 * n), NAN],
        [False] * 3 * n + [True],
    )
    linked = link([table])
    assert any("too many absent" in note for note in linked.system.notes)
    assert not audit(linked.system).claims
