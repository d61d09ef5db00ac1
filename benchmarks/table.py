"""What an audit of a published table costs beside reading it, on a generated table of local-authority shape.

Ratios of CPU time in one run, never absolute times::

    python -m benchmarks.table [authorities]
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from linter.parsers.tables import Asked, read_table
from linter.publications.audit import audit_tables

TYPES = ("Primary", "Secondary", "Special")
YEARS, INDICATORS, HIDES = 10, 24, 4


def write(path: Path, authorities: int) -> int:
    """A table by year, authority and type of school with primary suppression alone; its cells."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(0.6, 20, (YEARS, authorities, 1, INDICATORS)), (YEARS, authorities, 3, INDICATORS))
    header = ["time_period", "time_identifier", "geographic_level", "country_name", "la_name", "school_type"]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow([*header, *(f"reason_{i}" for i in range(INDICATORS))])
        for (year, la), kinds in ((place, counts[place]) for place in np.ndindex(YEARS, authorities)):
            place = [2010 + year, "Academic year", "Local authority", "England", f"Authority {la}"]
            for kind, values in zip((*TYPES, "Total"), (*kinds, kinds.sum(axis=0)), strict=True):
                hidden = kind != "Total"
                writer.writerow([*place, kind, *("x" if hidden and 0 < v <= HIDES else int(v) for v in values)])
    return YEARS * authorities * (len(TYPES) + 1) * INDICATORS


def main(authorities: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        cells = write(path, authorities)
        start = time.process_time()
        with path.open(newline="", encoding="utf-8") as lines:
            sum(len(row) for row in csv.reader(lines))
        plain = time.process_time()
        table = read_table(path, Asked())
        read = time.process_time()
        found = audit_tables([table], threshold=9, width=9, budget=2)
        done = time.process_time()
    hidden = int(found.tables[0].hidden.sum())
    print(f"{cells:,} cells, {hidden:,} hidden, {len(found.recoverable):,} recoverable with certificates")
    print(f"reading and telling columns apart: {(read - plain) / (plain - start):.1f} x the csv module")
    print(f"audit, with intervals of 2 s at most: {(done - read) / (plain - start):.1f} x the csv module")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
