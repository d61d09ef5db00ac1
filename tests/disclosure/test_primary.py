"""Primary rules, with published examples."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from linter.disclosure import primary
from tests.samples import reference_dir


def test_threshold_and_zeros():
    counts = np.array([[0, 1, 5], [6, np.nan, 100]])
    assert primary.small_counts(counts, 5).tolist() == [[False, True, True], [False, True, False]]
    assert primary.small_counts(counts, 5, zeros=True).tolist() == [[True, True, True], [False, True, False]]


def test_bases_look_at_numerator_denominator_and_the_rest():
    found = primary.small_bases([3, 50, 97, 0, 100], [100, 100, 100, 100, 100], 5)
    assert found.tolist() == [True, False, True, False, False]
    assert primary.small_bases([2], [4], 5).tolist() == [True]


def test_group_disclosure_is_all_or_none_of_a_small_group():
    found = primary.group_disclosure([0, 8, 4, 0, 50, 0], [8, 8, 8, 0, 50, 50], 10)
    assert found.tolist() == [True, True, False, False, False, False]
    assert primary.group_disclosure([0, 50], [50, 50], np.inf).tolist() == [True, True]


def test_dominance_and_p_percent():
    largest = np.array([[60.0, 35.0], [40.0, 30.0], [10.0, 0.0]])
    totals = np.array([100.0, 100.0, 10.0])
    assert primary.dominated(largest, totals, 0.9).tolist() == [True, False, True]
    assert primary.estimable(largest, totals, 0.1).tolist() == [True, False, True]
    assert primary.estimable(np.array([[50.0, 44.0]]), np.array([100.0]), 0.1).tolist() == [False]


def test_contributions_are_added_per_unit_first():
    cell, unit = np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 9, 8])
    top, totals = primary.largest_contributions(cell, unit, np.array([3.0, 4.0, 5.0, 1.0, -2.0]), 2)
    assert top.tolist() == [[7.0, 5.0], [2.0, 1.0]]
    assert totals.tolist() == [12.0, 3.0]


def test_ranges_that_hold_only_unsafe_counts():
    found = primary.single_values([0, 1, 3], [2, 4, 7], lambda n: primary.small_counts(n, 5))
    assert found.tolist() == [False, True, False]


def test_acro_charities_have_six_cells_below_ten():
    root = reference_dir()
    if root is None or not (root / "sdc_cases" / "acro").exists():
        pytest.skip("the shared reference sdc_cases/acro is not here")
    folder = root / "sdc_cases" / "acro"
    facts = json.loads((folder / "acro_cases.json").read_text())["cases"][0]
    with (folder / "year_by_grant_type_counts.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = [c for c in rows[0] if c != "year"]
    counts = np.array([[int(row[c]) for c in columns] for row in rows])
    small = primary.small_counts(counts, 9)
    found = [[int(rows[i]["year"]), columns[j], int(counts[i, j])] for i, j in zip(*np.nonzero(small), strict=True)]
    assert found == facts["cells_below_10_recomputed_here"]
    assert small.sum() == facts["n_cells_below_10"]


def test_the_p_percent_rule_agrees_with_a_table_made_by_tau_argus():
    """Status U in the file is p% with p = 15 and the two largest contributions that the file gives."""
    root = reference_dir()
    if root is None or not (root / "sdc_cases" / "tauargus_tableinput").exists():
        pytest.skip("the shared reference sdc_cases/tauargus_tableinput is not here")
    text = (root / "sdc_cases" / "tauargus_tableinput" / "pp.tab").read_text()
    rows = [line.replace(",", ".").split(";") for line in text.splitlines() if line.strip()]
    rows = [r for r in rows if r[2] == r[4]]  # four rows were edited by hand: value and shadow differ
    totals = np.array([float(r[2]) for r in rows])
    two = np.array([[float(r[6]), float(r[7])] for r in rows])
    unsafe = np.array([r[8] == "U" for r in rows])
    assert unsafe.any()
    assert (primary.estimable(two, totals, 0.15) == unsafe).all()
