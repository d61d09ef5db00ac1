"""One line a finding, for editors, grep and people in a hurry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.reporters.reading import following, name, place, sentence, statistics, told, unchecked, verdict
from linter.reporters.remarks import file_of, is_text
from linter.text import log_safe, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.findings import Finding
    from linter.reporters.interface import Style
    from linter.results import Run, WorkbookResult


@dataclass(frozen=True, slots=True)
class ConciseReporter:
    """``path:line: page > visual: CODE severity message`` for every cause, then the verdict on the workbook."""

    style: Style

    def render(self, run: Run) -> str:
        """A line per cause and gap, one with the verdict per workbook."""
        lines = [line for result in run.results for line in self._workbook(result, run)]
        if not run.results:
            lines.append("Nothing to lint: no workbook was found.")
        if self.style.statistics:
            lines += statistics_lines(run)
        return "".join(f"{log_safe(line)}\n" for line in lines)

    def _workbook(self, result: WorkbookResult, run: Run) -> Iterator[str]:
        path = name(result.path)
        for cause, followers in told(result):
            more = f" ({following(followers)})" if followers else ""
            yield f"{_at(result, cause)}: {_finding(cause)}{more}"
        for gap in unchecked(result):
            for where in [] if gap.findings else gap.named or [""]:
                head = f"{path}: {where}: " if where else f"{path}: "
                yield f"{head}not checked: {gap.state}: {sentence(gap.reason)}"
        yield f"{path}: {verdict(result, run.fail_on, self.style.left_out).text}"


def _at(result: WorkbookResult, finding: Finding) -> str:
    """The file, with the line where lines mean something."""
    where = finding.location
    line = f":{where.line}" if where.line and is_text(result) else ""
    return f"{name(file_of(result, where))}{line}"


def _finding(finding: Finding) -> str:
    where = place(finding.location.page, finding.location.visual)
    mark = f" [{finding.suppression.kind}]" if finding.suppression else ""
    head = f"{where}: " if where else ""
    return f"{head}{finding.rule} {finding.severity.label}{mark} {sentence(finding.message)}"


def statistics_lines(run: Run) -> list[str]:
    """How often each rule fired, as aligned text."""
    rows = statistics(run)
    if not rows:
        return ["No rule fired."]
    return [
        f"{found:>6,}  {code:<8} {sentence(rule)}"
        + (f" ({plural(hidden, 'more', 'more')} suppressed)" if hidden else "")
        for code, rule, found, hidden in rows
    ]
