"""The isolation scan against sets and counters."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.disclosure import counting, isolation
from linter.disclosure.isolation import scan


def brute_force(columns, t: int, most: int, units, weights) -> dict:
    """Minimal rare cells: (fields, codes) -> contributors."""
    rows = list(zip(*[c.tolist() for c in columns], strict=True))
    cells: dict = defaultdict(set if units is not None else int)
    for size in range(1, most + 1):
        for fields in combinations(range(len(columns)), size):
            for i, row in enumerate(rows):
                key = (fields, tuple(row[f] for f in fields))
                if units is not None:
                    cells[key].add(int(units[i]))
                else:
                    cells[key] += 1 if weights is None else int(weights[i])
    counts = {k: len(v) if units is not None else v for k, v in cells.items()}
    rare = {k: n for k, n in counts.items() if 0 < n <= t}

    def minimal(fields, codes) -> bool:
        subsets = (c for size in range(1, len(fields)) for c in combinations(range(len(fields)), size))
        return not any((tuple(fields[i] for i in s), tuple(codes[i] for i in s)) in rare for s in subsets)

    return {(f, c): n for (f, c), n in rare.items() if minimal(f, c)}


def as_dict(lattice: isolation.Lattice) -> dict:
    return {
        (cells.fields, tuple(codes)): n
        for cells in lattice.found
        for codes, n in zip(cells.codes.tolist(), cells.contributors.tolist(), strict=True)
    }


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 60), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4)),
    st.sampled_from(["rows", "units", "weights"]),
    st.booleans(),
)
def test_equal_to_brute_force(seed: int, sizes: tuple[int, int, int, int], kind: str, large: bool):
    rows, fields, most, t = sizes
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, rng.integers(1, 5), rows) * (1000 if large else 1) for _ in range(fields)]
    units = rng.integers(100, 100 + max(2, rows // 2), rows) if kind == "units" else None
    weights = rng.integers(0, 5, rows) if kind == "weights" else None
    found = scan(columns, t, most_fields=most, units=units, weights=weights)
    assert not found.not_decided
    assert as_dict(found) == brute_force(columns, t, min(most, fields), units, weights)


def test_full_factorial_has_one_known_minimal_combination():
    """81 combinations 11 times each, but 5 times where fields 0, 2 and 3 are all 'C' (2): from ACRO's data."""
    rows = []
    for combo in product(range(3), repeat=4):
        rows += [combo] * (5 if combo[0] == combo[2] == combo[3] == 2 else 11)
    columns = [np.array(c) for c in zip(*rows, strict=True)]
    assert {cells.fields for cells in scan(columns, 15, most_fields=4).found} == {(0, 1, 2, 3), (0, 2, 3)}
    below_ten = scan(columns, 9, most_fields=4)
    assert [(c.fields, c.contributors.tolist()) for c in below_ten.found] == [((0, 1, 2, 3), [5, 5, 5])]


def test_pair_table_counts_people_isolated_by_two_fields():
    school = np.repeat([0, 1], 50)
    language = np.zeros(100, dtype=np.int64)
    language[[3, 60, 61]] = 1
    language[70:100] = 1
    found = scan([school, language], 2, most_fields=2)
    assert found.pairs == {(0, 1): 1}


def test_values_that_cannot_be_chosen_are_reached_by_difference():
    school, send = np.repeat([0, 1], 50), np.ones(100, dtype=np.int64)
    send[:2] = 0  # the filter has one button, "1"
    send[60:90] = 0
    found = scan([school, send], 3, most_fields=2, selectable={1: [1]})
    assert [(c.fields, c.codes.tolist(), c.by_difference.tolist()) for c in found.found] == [((0, 1), [[0, 0]], [True])]


def test_a_spent_budget_lists_what_was_not_looked_at():
    columns = [np.arange(10), np.zeros(10, dtype=np.int64)]
    found = scan(columns, 1, most_fields=2, budget=-1)
    assert found.scanned == 0
    assert found.not_decided == ((0,), (1,), (0, 1))


def test_keys_that_do_not_fit_are_not_decided(monkeypatch):
    monkeypatch.setattr(counting, "LARGEST_KEY", 50)
    found = scan([np.arange(10), np.arange(10), np.array([0, 1] * 5)], 1, most_fields=3)
    assert found.not_decided == ((0, 1), (0, 1, 2))
    assert found.scanned == 5
    assert found.count(1) == 20


@pytest.mark.parametrize(
    "arguments",
    [
        {"units": np.zeros(3), "weights": np.zeros(3)},
        {"units": np.zeros(4)},
        {"weights": np.zeros(2)},
    ],
)
def test_wrong_arrays_are_refused(arguments):
    with pytest.raises(ValueError, match="row"):
        scan([np.zeros(3, dtype=np.int64)], 1, **arguments)
    with pytest.raises(ValueError, match="negative"):
        scan([np.array([-1, 0])], 1)


def test_a_guard_that_nobody_meets_shows_nothing_however_many_values_there_are():
    many = np.arange(300)
    guard = isolation.Guard(2, np.zeros(300, dtype=np.bool_))
    found = scan([many, many, many], 3, units=many, guards=[guard])
    assert found.found == ()
    assert not found.not_decided


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.booleans())
def test_people_in_no_other_value_of_a_field(seed: int, rows: int, large: bool):
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, 3, rows) * (500 if large else 1) for _ in range(3)]
    units = rng.integers(-1, rows // 2 + 1, rows)
    people = counting.Contributors(columns, units, None)
    grouping = None
    for f in range(3):
        grouping = people.group(grouping, f)
    cells = np.unique(np.column_stack(columns), axis=0)
    data = list(zip(*[c.tolist() for c in columns], units.tolist(), strict=True))
    for position in range(3):
        expected = []
        for cell in cells.tolist():
            others = [row for row in data if row[3] >= 0 and all(row[i] == cell[i] for i in range(3) if i != position)]
            inside = {row[3] for row in others if row[position] == cell[position]}
            expected.append(len(inside - {row[3] for row in others if row[position] != cell[position]}))
        assert people.only_here(grouping, (0, 1, 2), position, cells).tolist() == expected
