"""A whole check of a Power BI file against a process that only decodes every table of it with pbixray.

Run ``python -m benchmarks.powerbi [FILE...] [--rounds N]``. Without files: the sample of 200,000 generated
pupils, and one of 600,000 that is made once and kept in the folder for temporary files (some minutes, and
1 GB of memory). Both programs start a new interpreter and run in turn, so that they meet the same load;
a first run of each is not counted, since it may compile Python files.

Prints for both the best and the median wall seconds, the processor seconds (user and system, of all their
processes), and the peak of resident memory, summed over their processes at one moment, libraries that they
share counted once; then the ratios.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil
from pbix_mcp.builder import PBIXBuilder

from fixtures.build_powerbi import packaged, parts_of
from fixtures.powerbi_report import PageSpec, Use, VisualSpec, layout
from linter.policy.validators import upn_check_letter
from tests.samples import samples_dir

DECODE = """
import sys
from pbixray import PBIXRay
model = PBIXRay(sys.argv[1])
for table in model.tables:
    model.get_table(table)
"""
CHECK = "import sys; from linter.cli import main; sys.argv[1:] = ['check', '--no-progress', *sys.argv[1:]]; main()"
LARGE = 600_000
SCHOOLS = 2_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: wall and processor seconds, bytes of resident memory at the highest."""

    wall: float
    cpu: float
    memory: int


def cost(program: str, path: Path) -> Cost:
    """Run a program on a file.

    Raises:
        RuntimeError: the program itself failed, so its cost means nothing.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "disclint-benchmark-bytecode")
    before = os.times()
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        peak = Peak(process.pid)
        error = process.communicate()[1]
        wall = time.perf_counter() - start
    after = os.times()
    if "Traceback" in error or process.returncode not in {0, 1, 3}:
        raise RuntimeError(error[-2000:])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, peak.stop())


class Peak:
    """Watches the resident memory of a process and its children, all together."""

    def __init__(self, pid: int) -> None:
        self._highest = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Bytes at the highest."""
        self._ended.set()
        self._thread.join()
        return self._highest

    def _watch(self, pid: int) -> None:
        processes: list[psutil.Process] = []
        twice = 0
        for turn in range(1 << 30):
            if self._ended.wait(0.01):
                return
            try:
                if turn % 10 == 0:
                    parent = psutil.Process(pid)
                    processes = [parent, *parent.children(recursive=True)]
                    twice = shared(processes)
                used = sum(p.memory_info().rss for p in processes)
            except psutil.Error:
                continue  # one of them has just ended: the next look is without it
            self._highest = max(self._highest, used - twice)


def shared(processes: list[psutil.Process]) -> int:
    """Bytes of files (libraries) that several processes have in memory, which are there once, beyond the first."""
    mapped: dict[str, list[int]] = {}
    for process in processes:
        for one in process.memory_maps(grouped=True):
            if one.path.startswith("/"):
                mapped.setdefault(one.path, []).append(one.shared_clean)
    return sum(sum(sizes) - max(sizes) for sizes in mapped.values())


def generated(rows: int) -> Path:
    """A .pbix of so many fictional pupils in 2,000 schools, with the pages of the smaller samples."""
    path = Path(tempfile.gettempdir()) / f"disclint-benchmark-{rows}-pupils.pbix"
    if not path.exists():
        builder = PBIXBuilder("Generated pupils")
        builder.add_table("School", *school_table())
        builder.add_table("Pupil", *pupil_table(rows))
        builder.add_relationship("Pupil", "URN", "School", "URN")
        builder.add_measure("Pupil", "Pupils", "DISTINCTCOUNT(Pupil[UPN])", data_type="Int64")
        wells = {
            "Rows": (Use("School", "LA"),),
            "Columns": (Use("Pupil", "Ethnicity"),),
            "Values": (Use("Pupil", "Pupils", measure=True),),
        }
        page = PageSpec(
            "Overview",
            (
                VisualSpec("Pupils", "pivotTable", wells),
                VisualSpec("Sex", "slicer", {"Values": (Use("Pupil", "Sex"),)}),
            ),
        )
        part = path.with_suffix(".part")
        part.write_bytes(packaged(parts_of(builder), {"Report/Layout": layout([page], underlying=False)}))
        part.replace(path)
    return path


def school_table() -> tuple[list[dict[str, str]], list[dict[str, object]]]:
    """Columns and rows of the schools."""
    columns = [
        {"name": "URN", "data_type": "Int64"},
        *({"name": n, "data_type": "String"} for n in ("SchoolName", "LA")),
    ]
    return columns, [
        {"URN": 100_000 + i, "SchoolName": f"School {i} é", "LA": f"LA {i % 20:02}"} for i in range(SCHOOLS)
    ]


def pupil_table(rows: int) -> tuple[list[dict[str, str]], list[dict[str, object]]]:
    """Columns and rows of the pupils: a key, numbers of every kind, a date, and text with gaps."""
    kinds = {
        "UPN": "String", "URN": "Int64", "Sex": "String", "Ethnicity": "String", "FSM": "Boolean",
        "KS2Score": "Int64", "A8": "Double", "DOB": "DateTime", "Fee": "Decimal",
    }  # fmt: skip
    chance = random.Random(1)
    groups = ("White British", "White other", "Asian", "Black", "Mixed", None)
    pupils: list[dict[str, object]] = []
    for i in range(rows):
        digits = f"{i:012}"
        born = date(2009, 9, 1) + timedelta(days=chance.randrange(365))
        pupils.append({
            "UPN": upn_check_letter(digits) + digits, "URN": 100_000 + chance.randrange(SCHOOLS),
            "Sex": chance.choice("FM"), "Ethnicity": chance.choices(groups, (70, 8, 9, 6, 5, 2))[0],
            "FSM": chance.random() < 0.25, "KS2Score": chance.randrange(80, 121),
            "A8": round(chance.uniform(0, 90), 2), "DOB": born.isoformat(), "Fee": round(chance.uniform(0, 5000), 2),
        })  # fmt: skip
    return [{"name": name, "data_type": kind} for name, kind in kinds.items()], pupils


def compare(path: Path, rounds: int) -> None:
    """Measure both in turns and print the ratios."""
    for program in (CHECK, DECODE):
        cost(program, path)
    runs = [(cost(CHECK, path), cost(DECODE, path)) for _ in range(rounds)]
    check, decode = ([run[i] for run in runs] for i in (0, 1))
    print(path.name)
    for name, costs in (("check", check), ("decode only", decode)):
        walls, cpu, memory = ([getattr(c, what) for c in costs] for what in ("wall", "cpu", "memory"))
        print(
            f"  {name:12} wall best {min(walls):.2f} s, median {statistics.median(walls):.2f} s; "
            f"processor {min(cpu):.2f} s; peak {max(memory) / 2**20:.0f} MB"
        )
    best = min(c.wall for c in check) / min(d.wall for d in decode)
    usual = statistics.median(c.wall / d.wall for c, d in runs)
    busy = min(c.cpu for c in check) / min(d.cpu for d in decode)
    memory = max(c.memory for c in check) / max(d.memory for d in decode)
    print(f"  ratio        wall best {best:.2f}, median of pairs {usual:.2f}; processor {busy:.2f}; peak {memory:.2f}")


def main() -> None:
    """Measure the files given, or the sample and the large one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    folder = samples_dir()
    sample = [folder / "powerbi" / "generated-pupils-200k.pbix"] if folder else []
    for path in asked.files or [*sample, generated(LARGE)]:
        compare(path, asked.rounds)


if __name__ == "__main__":
    main()
