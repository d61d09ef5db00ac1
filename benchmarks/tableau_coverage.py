"""How many worksheets of the Tableau samples are recomputed, by workbook and by reason.

Run ``python -m benchmarks.tableau_coverage [FILE...]``; without files, every sample is read. A
worksheet counts where it shows data and its rows can be read; live, missing and old-format (TDE)
sources are listed apart. ``--sheets`` names the worksheets behind each reason.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from linter.engine import LintOptions, recompute
from linter.formulas.tableau_calc import FormulaError, parse
from linter.results import WorkbookResult
from tests.samples import samples_dir

SUFFIXES = frozenset({".twb", ".twbx", ".tds", ".tdsx"})
DONE = ("evaluated", "approximate")
TARGET = 0.97


def main(paths: list[Path], *, sheets: bool) -> float:
    """Print one line per file, then the totals; the share of readable worksheets recomputed."""
    total: Counter[str] = Counter()
    formulas: Counter[str] = Counter()
    print(f"{'workbook':45} {'empty':>6} {'eval':>5} {'appr':>5} {'not':>4} {'unread':>6}   time")
    for path in paths:
        started = time.perf_counter()
        result = recompute(path, LintOptions())
        seconds = time.perf_counter() - started
        if result.evidence is None:
            print(f"{path.name:45} unread: {'; '.join(f.message for f in result.findings)}")
            total["unread file"] += 1
            continue
        counts = Counter(v.status for v in result.evidence.visuals.values())
        formulas += parsed(result)
        total += counts
        print(
            f"{path.name[:45]:45} {counts['no_query']:6} {counts['evaluated']:5} {counts['approximate']:5} "
            f"{counts['not_evaluated']:4} {counts['data_unread']:6} {seconds:6.1f} s"
        )
        for (status, reason), names in reasons(result).items():
            print(f"    {len(names):3} {status}: {reason[:150]}")
            if sheets:
                print("        " + ", ".join(names))
    readable = total["evaluated"] + total["approximate"] + total["not_evaluated"]
    done = sum(total[s] for s in DONE)
    share = done / readable if readable else 1.0
    print(f"formulas: {formulas['parsed']} of {formulas.total()} parsed")
    print(f"worksheets with readable data: {done} of {readable} recomputed ({100 * share:.1f} %), {dict(total)}")
    return share


def parsed(result: WorkbookResult) -> Counter[str]:
    """How many formulas of the workbook parse."""
    found: Counter[str] = Counter()
    for field in (f for s in (result.workbook.sources if result.workbook else ()) for f in s.fields):
        if field.formula is not None:
            try:
                parse(field.formula)
                found["parsed"] += 1
            except FormulaError:
                found["refused"] += 1
    return found


def reasons(result: WorkbookResult) -> dict[tuple[str, str], list[str]]:
    """Worksheets by status and reason; each worksheet once per reason."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    if result.evidence is None or result.workbook is None:
        return found
    names = {v.id: v.name for v in result.workbook.visuals}
    for visual in result.evidence.visuals.values():
        for reason in dict.fromkeys(visual.reasons):
            found[visual.status, reason].append(names[visual.visual])
    return found


def _samples() -> list[Path]:
    folder = samples_dir()
    return sorted(p for p in (folder / "tableau").iterdir() if p.suffix in SUFFIXES) if folder else []


if __name__ == "__main__":
    given = [Path(p) for p in sys.argv[1:] if not p.startswith("--")]
    reached = main(given or _samples(), sheets="--sheets" in sys.argv)
    sys.exit(0 if reached >= TARGET else 1)
