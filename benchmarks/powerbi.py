"""A whole check of a Power BI file against a process that only decodes every table of it.

Both start a new interpreter. Run ``python -m benchmarks.powerbi [FILE] [--rounds N]``; the default file
is the sample of 200,000 generated pupils. Prints the best and the median seconds and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.samples import samples_dir

DECODE = """
import sys
from pbixray import PBIXRay
model = PBIXRay(sys.argv[1])
for table in model.tables:
    model.get_table(table)
"""
CHECK = "import sys; from linter.cli import main; sys.argv[1:] = ['check', '--no-progress', *sys.argv[1:]]; main()"


def seconds(program: str, path: Path) -> float:
    """Seconds from the start of the interpreter to its end.

    Raises:
        RuntimeError: the program itself failed, so its time means nothing.
    """
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    passed = time.perf_counter() - start
    if "Traceback" in done.stderr or done.returncode not in {0, 1, 3}:
        raise RuntimeError(done.stderr[-2000:])
    return passed


def main() -> None:
    """Measure in turn, so that both meet the same load."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    folder = samples_dir()
    path = given.file or (folder / "powerbi" / "generated-pupils-200k.pbix" if folder else None)
    if path is None:
        parser.error("no file, and the samples are not here")
    runs = [(seconds(CHECK, path), seconds(DECODE, path)) for _ in range(given.rounds)]
    check, decode = ([run[i] for run in runs] for i in (0, 1))
    for name, times in (("check", check), ("decode only", decode)):
        print(f"{name:12} best {min(times):.2f} s  median {statistics.median(times):.2f} s")
    best, usual = min(check) / min(decode), statistics.median(check) / statistics.median(decode)
    print(f"ratio        best {best:.2f}    median {usual:.2f}")


if __name__ == "__main__":
    main()
