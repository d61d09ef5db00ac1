"""What the disclosure audits cost, as ratios measured in one run (CPU time of this process).

Run with ``python benchmarks/disclosure.py``; ``--quick`` takes smaller data.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # waiting threads would count as CPU time

import numpy as np
from scipy import sparse

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from linter.disclosure import intervals, isolation, network
from linter.disclosure.intervals import Ranges
from linter.disclosure.programme import Programme
from linter.disclosure.recovery import Recovery, audit
from linter.disclosure.system import HIDDEN
from linter.disclosure.tables import Table, link


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """Least CPU time over some repetitions."""
    best = np.inf
    for _ in range(repeat):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def with_totals(body: np.ndarray) -> np.ndarray:
    for axis in range(body.ndim):
        body = np.concatenate((body.sum(axis=axis, keepdims=True), body), axis=axis)
    return body


def two_per_line(body: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Random primary cells, then naive secondary suppression: no line with a single hidden cell."""
    hidden = rng.random(body.shape) < share
    for axis in range(body.ndim):
        lines, values = np.moveaxis(hidden, axis, -1), np.moveaxis(body, axis, -1)
        for place in zip(*np.nonzero(lines.sum(-1) == 1), strict=True):
            lines[place][np.argmin(np.where(lines[place], 2**40, values[place]))] = True
    return hidden


def published(full: np.ndarray, hidden: np.ndarray) -> Table:
    index = np.indices(full.shape).reshape(full.ndim, -1)
    dimensions = {f"d{i}": column for i, column in enumerate(index)}
    values = full.ravel().astype(float)
    return Table(dimensions, values, hidden.ravel(), totals=0, absent="zero", truth=values)


def whole_mask(hidden: np.ndarray) -> np.ndarray:
    return np.pad(hidden, [(1, 0)] * hidden.ndim)


def exactness_two_way(rng: np.random.Generator) -> None:
    body = rng.integers(0, 400, (400, 250))
    hidden = rng.random(body.shape) < 0.1
    summing = seconds(lambda: (body.sum(axis=0), body.sum(axis=1), body.sum()), 50)
    index = np.indices(body.shape).reshape(2, -1)
    flat = body.ravel()

    def sum_long_form() -> None:
        np.bincount(index[0], flat)
        np.bincount(index[1], flat)
        flat.sum()

    long_form = seconds(sum_long_form, 50)
    bridges = seconds(lambda: network.two_way(hidden), 50)
    print(f"two-way, {body.size:,} cells, {hidden.sum():,} hidden")
    print(f"  exactness / summing the dense table       {bridges / summing:8.1f}  (aim <= 10)")
    print(f"  exactness / summing it in long form       {bridges / long_form:8.1f}")
    table = published(with_totals(body), whole_mask(hidden))
    linked = link([table])
    full = seconds(lambda: audit(linked.system), 3)
    print(f"  with equations and certificates           {full / summing:8.1f}  ({full * 1e3:.1f} ms)")


def linked_three_way(rng: np.random.Generator, side: tuple[int, int, int]) -> None:
    body = rng.integers(0, 400, side)
    hidden = two_per_line(body, 0.098, rng)
    full = with_totals(body)
    table = published(full, whole_mask(hidden))
    begin = time.process_time()
    linked = link([table])
    found = audit(linked.system)
    cost = time.process_time() - begin
    right = all(claim.value == linked.system.truth[claim.cell] for claim in found.claims)
    print(f"three-way linked, {full.size:,} cells, {hidden.sum():,} hidden, {len(found.claims)} recovered")
    print(f"  building and audit, CPU s                 {cost:8.2f}  (aim < 2), all values right: {right}")
    print(f"  left without a certificate                {len(found.uncertified):8d}")


def interval_audit(rng: np.random.Generator, rows: int, columns: int, sample: int) -> None:
    body = rng.integers(0, 400, (rows, columns))
    hidden = two_per_line(body, 0.05, rng)
    linked = link([published(with_totals(body), whole_mask(hidden))])
    found = audit(linked.system)
    width = 9
    begin = time.process_time()
    ranges = intervals.audit(found, width=width, budget=120)
    lazy = time.process_time() - begin
    print(f"intervals, {body.size:,} cells, {hidden.sum():,} hidden, width {width}")
    print(f"  programmes solved                         {ranges.solves:8d}  (naive {2 * int(hidden.sum()):,})")
    naive, agree = naive_sample(found, ranges, sample, rng, width)
    print(f"  naive, extrapolated / lazy                {naive / lazy:8.1f}  (aim >= 50), lazy {lazy:.2f} s")
    print(f"  not decided                               {len(ranges.not_decided):8d}, sample agrees: {agree}")


def naive_sample(
    found: Recovery, ranges: Ranges, sample: int, rng: np.random.Generator, width: float
) -> tuple[float, bool]:
    """Two linear programmes per cell, warm-started and without skipping, for a sample of cells."""
    system = found.system
    matrix = system.matrix()
    variables = np.flatnonzero((system.state == HIDDEN) & ~found.determined())
    part = sparse.csr_array(matrix[:, variables])
    used = np.flatnonzero(np.diff(part.indptr))
    right = system.right_hand_side()[used] / system.scale
    cap = np.full(len(variables), np.abs(right).max())
    picked = rng.choice(len(variables), sample, replace=False).tolist()
    agree, begin = True, time.process_time()
    solver = Programme(part[used], right, np.zeros(len(variables)), cap, time.monotonic() + 600, method="vertex")
    for j in picked:
        wide = solver.extreme(j, 1)[j] - solver.extreme(j, -1)[j] + 1 >= width
        agree &= bool(ranges.wide[variables[j]]) == wide
    return (time.process_time() - begin) * len(variables) / sample, agree


def isolation_scan(rng: np.random.Generator, rows: int) -> None:
    def skewed(values: int, power: float) -> np.ndarray:
        weights = 1 / np.arange(1, values + 1) ** power
        return rng.choice(values, rows, p=weights / weights.sum())

    school = rng.integers(0, 2500, rows)
    sizes = [(20, 1.0), (2, 0.0), (2, 2.0), (5, 1.5), (12, 1.2), (8, 1.0), (13, 0.0), (2, 3.0), (10, 1.3), (6, 1.5)]
    columns = [school, school % 150, *(skewed(*size) for size in sizes)]
    begin = time.process_time()
    found = isolation.scan(columns, 4, budget=120)
    cost = time.process_time() - begin
    one = seconds(lambda: [np.bincount(column) for column in columns], 3)
    print(f"isolation, {rows:,} rows, {len(columns)} fields, up to 3 of them: {found.scanned} combinations")
    print(f"  CPU s                                     {cost:8.2f}  (aim < 4)")
    print(f"  per combination / counting one field      {cost / found.scanned / (one / len(columns)):8.1f}")
    small = [column[:400] % 7 for column in columns[:6]]
    print(f"  equal to brute force on 400 rows          {same_as_brute_force(small):>8}")


def same_as_brute_force(columns: list[np.ndarray]) -> bool:
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    rare: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    for size in (1, 2, 3):
        for fields in combinations(range(len(columns)), size):
            counts: dict[tuple[int, ...], int] = {}
            for row in rows:
                codes = tuple(row[f] for f in fields)
                counts[codes] = counts.get(codes, 0) + 1
            rare |= {(fields, codes): n for codes, n in counts.items() if n <= 4}
    minimal = {
        key: n
        for key, n in rare.items()
        if not any(
            (tuple(key[0][i] for i in s), tuple(key[1][i] for i in s)) in rare
            for size in range(1, len(key[0]))
            for s in combinations(range(len(key[0])), size)
        )
    }
    found = isolation.scan(columns, 4).found
    listed = {
        (c.fields, tuple(codes)): n
        for c in found
        for codes, n in zip(c.codes.tolist(), c.contributors.tolist(), strict=True)
    }
    return listed == minimal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller data")
    quick = parser.parse_args().quick
    rng = np.random.default_rng(20)
    exactness_two_way(rng)
    linked_three_way(rng, (20, 20, 20) if quick else (45, 45, 50))
    interval_audit(rng, *((100, 50, 20) if quick else (400, 250, 40)))
    isolation_scan(rng, 50_000 if quick else 1_000_000)


if __name__ == "__main__":
    main()
