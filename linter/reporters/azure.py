"""Logging commands of Azure Pipelines.

Escaping as ``azure-pipelines-task-lib`` has it: data percent-encode ``%`` (as ``%AZP25``), CR and LF,
properties also ``]`` and ``;``.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.reading import name, verdict
from linter.reporters.remarks import Checkout, remarks
from linter.text import log_safe

if TYPE_CHECKING:
    from linter.reporters.interface import Style
    from linter.reporters.remarks import Remark
    from linter.results import Run


@dataclass(frozen=True, slots=True)
class AzureReporter:
    """A ``logissue`` per error, warning and gap; notes, which Azure has no level for, as plain lines."""

    style: Style
    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """Commands and plain lines; then a line per workbook."""
        found = [r for of in remarks(run, self.checkout) for r in of if r.suppression is None]
        lines = [_line(r) for r in found]
        lines += [log_safe(f"{name(r.path)}: {verdict(r, run.fail_on, self.style.left_out).text}") for r in run.results]
        if not run.results:
            lines.append("##vso[task.logissue type=error]Nothing to lint: no workbook was found.")
        return "".join(f"{line}\n" for line in lines)


def _line(remark: Remark) -> str:
    if remark.severity is Severity.NOTE:
        return log_safe(f"{remark.path}: {remark.code} note {remark.text}")
    facts = {
        "type": remark.severity.label,
        "sourcepath": remark.path,
        "linenumber": str(remark.line),
        "columnnumber": "1",
        "code": remark.code,
    }
    stated = "".join(f"{key}={prop(value)};" for key, value in facts.items())
    return f"##vso[task.logissue {stated}]{data(remark.text)}"


def data(text: str) -> str:
    """The message of a command."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def prop(text: str) -> str:
    """The value of a property."""
    return data(text).replace("]", "%5D").replace(";", "%3B")
