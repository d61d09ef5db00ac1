"""Whole recompute of a Tableau workbook against the least that its data take, as a ratio.

The least: unpack the extract, start Hyper, one ``GROUP BY`` with ``COUNT(DISTINCT)``. Both run in
turns on the same machine and the best of each counts, so that the ratio means something where
absolute times don't. Run ``python -m benchmarks.tableau [rows]``; with rows (5000000, say) a
workbook of that size is generated and measured too.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from tableauhyperapi import Connection, CreateMode, HyperProcess, Telemetry, escape_name

from fixtures.tableau_sheets import DashboardSpec, Pill, SheetSpec, workbook
from fixtures.tableau_xml import SourceSpec, TableSpec
from linter.engine import LintOptions, recompute
from tests.samples import samples_dir

QUIET = {"log_config": ""}
TURNS = 3


def main(rows: int) -> None:
    """Print one line per workbook."""
    folder = samples_dir()
    sample = folder / "tableau" / "mt21_ch12_605k_rows_hyper.twbx" if folder else None
    if sample is not None and sample.exists():
        compare("605,963 rows, 4 worksheets", sample, "INTERSECTION", "VIOLATION DATE")
    if rows:
        with tempfile.TemporaryDirectory() as private:
            made = generate(Path(private), rows)
            compare(f"{rows:,} rows, 1 worksheet", made, "School", "UPN")


def compare(title: str, path: Path, group: str, key: str) -> None:
    """Time both ways in turns and print the ratio and our own process' peak memory."""
    ours, least = [], []
    for _ in range(TURNS):
        least.append(timed(lambda: baseline(path, group, key)))
        ours.append(timed(lambda: evaluated(path)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title}: recompute {min(ours):.2f} s, least {min(least):.2f} s, ratio {min(ours) / min(least):.2f}; "
        f"own process' peak {peak:.0f} MB"
    )


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def evaluated(path: Path) -> None:
    """The whole recompute; it must succeed."""
    result = recompute(path, LintOptions())
    assert result.evidence is not None
    assert all(v.status in {"evaluated", "approximate", "no_query"} for v in result.evidence.visuals.values())


def baseline(path: Path, group: str, key: str) -> int:
    """Unpack, start Hyper, group by one column with the distinct values of another."""
    with tempfile.TemporaryDirectory() as private:
        with zipfile.ZipFile(path) as package:
            member = max(package.infolist(), key=lambda m: (m.filename.endswith(".hyper"), m.file_size))
            extract = package.extract(member, private)
        with (
            HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=QUIET) as hyper,
            Connection(hyper.endpoint) as connection,
        ):
            connection.execute_command(f"ATTACH DATABASE {escape_name(extract)} AS d")
            named = f'"{group}", COUNT(*), COUNT(DISTINCT "{key}")'
            query = f'SELECT {named} FROM "d"."Extract"."Extract" GROUP BY 1'
            return len(connection.execute_list_query(query))


def generate(folder: Path, rows: int) -> Path:
    """A .twbx of random pupils' results: ten rows a pupil, 2,000 schools, one worksheet by school and sex."""
    columns = (
        ("UPN", "text"), ("School", "text"), ("Sex", "text"), ("Ethnicity", "integer"), ("Year", "integer"),
        ("Score", "real"), ("Seen", "date"),
    )  # fmt: skip
    made = f"""SELECT 'P' || (i % {rows // 10}) AS "UPN", 'School ' || ((i % {rows // 10}) % 2000) AS "School",
        CASE WHEN i % 3 = 0 THEN 'F' ELSE 'M' END AS "Sex", CAST(i % 19 AS BIGINT) AS "Ethnicity",
        CAST(2015 + i % 10 AS BIGINT) AS "Year", CAST(i % 997 AS DOUBLE PRECISION) / 7 AS "Score",
        DATE '2020-01-01' + CAST(i % 1500 AS INT) AS "Seen"
        FROM generate_series(1, {rows}) AS s(i)"""
    extract = folder / "pupils.hyper"
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=QUIET) as hyper,
        Connection(hyper.endpoint, str(extract), CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.execute_command('CREATE SCHEMA "Extract"')
        connection.execute_command(f'CREATE TABLE "Extract"."Extract" AS {made}')
    source = SourceSpec("federated.bench", "Pupils", "Data/pupils.hyper", "C:/data", (TableSpec("Pupils", columns),))
    marks = (("text", Pill("UPN", "CountD")), ("color", Pill("Score", "Avg")))
    sheet = SheetSpec("By school", source, (Pill("School"),), (Pill("Sex"),), marks)
    path = folder / "bench.twbx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("bench.twb", workbook([source], [sheet], [DashboardSpec("All", (sheet,))]))
        package.write(extract, "Data/pupils.hyper")
    return path


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
