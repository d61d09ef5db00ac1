"""JUnit XML: a suite per workbook, a case per finding and per gap.

A finding at or above ``--fail-on`` is a failure; one below it, or suppressed, is skipped with the
reason; what was not covered is an error, as it never decides between pass and fail. A workbook with
none of these has one case, which passes.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import field
from typing import TYPE_CHECKING

from linter.records import dataclass
from linter.reporters.reading import name, verdict
from linter.reporters.remarks import Checkout, remarks

if TYPE_CHECKING:
    from linter.reporters.interface import Style
    from linter.reporters.remarks import Remark
    from linter.results import Run, WorkbookResult


@dataclass(frozen=True, slots=True)
class JunitReporter:
    """The document that most CI systems read."""

    style: Style
    checkout: Checkout = field(default_factory=Checkout.current)

    def render(self, run: Run) -> str:
        """The document, indented."""
        root = ET.Element("testsuites", name="disclint")
        for result, found in zip(run.results, remarks(run, self.checkout), strict=True):
            self._suite(root, run, result, found)
        if not run.results:
            suite = ET.SubElement(root, "testsuite", name="disclint")
            case = ET.SubElement(suite, "testcase", classname="disclint", name="workbooks")
            ET.SubElement(case, "error", type="nothing-to-lint", message="No workbook was found.")
            _count(suite)
        _count(root)
        ET.indent(root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'

    def _suite(self, root: ET.Element, run: Run, result: WorkbookResult, found: list[Remark]) -> None:
        path = name(result.path)
        suite = ET.SubElement(root, "testsuite", name=path, time=f"{result.seconds:.3f}")
        outcome = verdict(result, run.fail_on, self.style.left_out).text
        for remark in found:
            title = f"{' '.join(dict.fromkeys((remark.code, remark.name)))}{': ' if remark.place else ''}{remark.place}"
            case = ET.SubElement(suite, "testcase", classname=path, name=title)
            kind, message = _outcome(remark, run)
            outcome_element = ET.SubElement(case, kind, message=message)
            if kind != "skipped":
                outcome_element.set("type", remark.code)
                outcome_element.text = remark.text
        if not found:
            ET.SubElement(suite, "testcase", classname=path, name="disclosure")
        ET.SubElement(suite, "system-out").text = outcome
        _count(suite)


def _outcome(remark: Remark, run: Run) -> tuple[str, str]:
    if remark.coverage:
        return "error", remark.message
    if remark.suppression is not None:
        return "skipped", f"{remark.suppression.kind}: {name(remark.suppression.reason)}"
    if run.fail_on is not None and remark.severity >= run.fail_on:
        return "failure", remark.message
    return "skipped", f"{remark.severity.label}, below the limit that fails: {remark.text}"


def _count(element: ET.Element) -> None:
    """The numbers of cases, failures, errors and skipped cases below an element."""
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    for kind, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(key, str(sum(1 for _ in element.iter(kind))))
