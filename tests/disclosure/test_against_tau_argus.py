"""Small tables protected and audited by the tau-ARGUS engine (a test-only oracle).

Its audit takes the smallest figure of the table as a lower bound of every cell, or the cell less its protection
level (1 for unsafe counts) where that is lower. The same bounds are given here, so that the ranges must agree.
"""

from __future__ import annotations

import numpy as np
import pytest

from linter.disclosure import intervals
from linter.disclosure.recovery import audit
from linter.disclosure.tables import Table, link

pytauargus = pytest.importorskip("pytauargus", reason="the tau-ARGUS engine (pytauargus) is not installed")


@pytest.mark.parametrize("seed", range(6))
def test_ranges_equal_the_audit_of_tau_argus(seed: int, tmp_path):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(3, 6)), int(rng.integers(3, 5)))
    smallest = 1 + seed % 3
    counts = rng.integers(smallest, 12, shape)
    counts[0, 0] = smallest
    places = [(f"R{i}", f"S{j}") for i in range(shape[0]) for j in range(shape[1]) for _ in range(counts[i, j])]
    people = {"Region": [r for r, _ in places], "Sector": [s for _, s in places], "n": [1.0] * len(places)}
    protected = pytauargus.protect(
        people, ["Region", "Sector"], response="n", safety_rules="FREQ(4,30)", workdir=str(tmp_path)
    )
    rows = protected.tables[0].rows
    table = Table(
        {name: [str(row[name]).strip() for row in rows] for name in ("Region", "Sector")},
        [float(row["n"]) for row in rows],
        [row["status"] in {"U", "M"} for row in rows],
        low=[min(float(smallest), row["n"] - (row["status"] == "U")) for row in rows],
    )
    linked = link([table])
    found = audit(linked.system)
    assert not found.claims
    ranges = intervals.audit(found, width=10_000)
    ours = {n.cell: (n.low, n.high) for n in ranges.narrow}
    theirs = {int(linked.cell_of[0][row["cell"], 0]): (row["min"], row["max"]) for row in protected.engine.audit(0)}
    assert theirs
    assert ours.keys() == theirs.keys()
    for cell, ends in theirs.items():
        assert ours[cell] == pytest.approx(ends, abs=1e-6)
