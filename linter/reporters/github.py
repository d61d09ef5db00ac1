"""Annotations of GitHub Actions, and the summary of the job.

Escaping as ``@actions/core`` has it: data percent-encode ``%``, CR and LF, properties also ``:`` and ``,``.
GitHub shows at most ten annotations of a level per step, so that the rest is told in a notice.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.reading import name, verdict
from linter.reporters.remarks import Checkout, remarks
from linter.text import listing, log_safe, plural

if TYPE_CHECKING:
    from linter.reporters.interface import Style
    from linter.reporters.remarks import Remark
    from linter.results import Run

CAP = 10
"""Annotations that GitHub shows per level and step."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class GithubReporter:
    """A workflow command per finding and gap, the worst first, then a line per workbook."""

    style: Style
    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """Commands and plain lines. What is suppressed isn't annotated, but counted in the verdict."""
        found = [r for of in remarks(run, self.checkout) for r in of if r.suppression is None]
        lines: list[str] = []
        beyond: list[str] = []
        for severity in sorted(Severity, reverse=True):
            level = [r for r in found if r.severity == severity]
            room = CAP - (severity is Severity.NOTE and bool(beyond or len(level) > CAP))  # one is for the notice
            lines += [command(r) for r in level[:room]]
            if len(level) > room:
                beyond.append(plural(len(level) - room, f"more {severity.label}"))
        if beyond:
            lines.append(f"::notice title=disclint::{data(f'{listing(beyond)} in the summary of the job.')}")
        lines += [log_safe(f"{name(r.path)}: {verdict(r, run.fail_on, self.style.left_out).text}") for r in run.results]
        if not run.results:
            lines.append("::error title=disclint::Nothing to lint: no workbook was found.")
        return "".join(f"{line}\n" for line in lines)


def command(remark: Remark) -> str:
    """One annotation. The line is always given: without it the annotation doesn't show at the file."""
    title = " ".join(dict.fromkeys((remark.code, remark.name)))
    where = f"file={prop(remark.path)},line={remark.line},title={prop(title)}"
    return f"::{_LEVELS[remark.severity]} {where}::{data(remark.text)}"


def data(text: str) -> str:
    """The message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def prop(text: str) -> str:
    """The value of a property."""
    return data(text).replace(":", "%3A").replace(",", "%2C")
