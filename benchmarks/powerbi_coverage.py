"""How many data visuals of the Power BI samples are recomputed, by file and by reason.

Run ``python -m benchmarks.powerbi_coverage [FILE...]``; without files, every sample is read.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from linter.engine import LintOptions, recompute
from linter.results import WorkbookResult
from tests.samples import samples_dir

DONE = frozenset({"evaluated", "approximate"})


def main(paths: list[Path]) -> None:
    """Print one line per file, then the reasons for what was not recomputed."""
    embedded: Counter[str] = Counter()
    for path in paths:
        result = recompute(path, LintOptions())
        counts = statuses(result)
        if result.workbook and any(s.delivery == "embedded" for s in result.workbook.sources):
            embedded += counts
        print(f"{path.name:45} {dict(counts)}  {result.seconds:.1f} s")
        for reason, times in reasons(result).most_common():
            print(f"    {times:3} {reason[:160]}")
    data = sum(embedded.values())
    done = sum(n for status, n in embedded.items() if status in DONE)
    if data:
        print(f"embedded models: {done} of {data} data visuals recomputed ({done / data:.1%}), {dict(embedded)}")


def statuses(result: WorkbookResult) -> Counter[str]:
    """Status of every visual that shows data."""
    evidence = result.evidence
    if evidence is None:
        return Counter(["unread file"])
    return Counter(v.status for v in evidence.visuals.values() if v.status != "no_query")


def reasons(result: WorkbookResult) -> Counter[str]:
    """Why visuals are approximate or not recomputed, each reason once per visual."""
    evidence = result.evidence
    if evidence is None:
        return Counter(f.message for f in result.findings)
    return Counter(f"{v.status}: {r}" for v in evidence.visuals.values() for r in dict.fromkeys(v.reasons))


def _samples() -> list[Path]:
    folder = samples_dir()
    return sorted((folder / "powerbi").glob("*.pbi[xt]")) if folder else []


if __name__ == "__main__":
    main([Path(p) for p in sys.argv[1:]] or _samples())
