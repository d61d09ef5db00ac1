"""The sample reports give the findings that their makers, or a reader of them, expect."""

from __future__ import annotations

from functools import cache

import pytest

from linter.engine import LintOptions, lint
from linter.results import WorkbookResult
from linter.rules import load_rules
from tests.samples import sample

pytestmark = [pytest.mark.samples, pytest.mark.slow]


@cache
def linted(name: str) -> WorkbookResult:
    return lint(sample("powerbi", name), LintOptions(), load_rules())


def said(name: str, rule: str) -> str:
    """All messages and fields of a rule on a report."""
    found = [f for f in linted(name).findings if f.rule == rule]
    return " ".join(f"{f.message} {f.location.page} {f.location.visual} {f.location.field} {f.evidence}" for f in found)


@pytest.mark.parametrize(
    ("name", "rule", "words"),
    [
        ("generated-pupils-1k.pbix", "EX001", ["Pupil", "UPN"]),
        ("generated-pupils-1k.pbix", "EX002", ["UPN", "DOB"]),
        ("generated-pupils-1k.pbix", "SC001", ["LA by Ethnicity"]),
        ("generated-pupils-1k.pbix", "NPD001", ["Ethnicity", "Sex"]),
        ("generated-pupils-200k.pbix", "EX001", ["Pupil", "UPN"]),
        ("generated-pupils-200k.pbix", "EX002", ["UPN", "DOB"]),
        ("generated-pupils-200k.pbix", "NPD001", ["Ethnicity", "Sex"]),
        # two pupil-per-row tables and a scatter; drill-through; a pupil's id left in a filter; names in a tooltip
        ("student-performance-pbir.pbix", "DR001", ["tableEx", "Attendance vs Academic Performance", "StudentID"]),
        ("student-performance-pbir.pbix", "DR004", ["Drill-through from StudentID", "tooltip page Student Tooltip"]),
        ("student-performance-pbir.pbix", "EX004", ["StudentID", "drill-through filter"]),
        # a pupil's name on a hidden drill-through page; identifiers on no visual; a user's name in a path
        ("school-analytics-legacy.pbix", "DR001", ["Grades by Student", "Student Name"]),
        ("school-analytics-legacy.pbix", "EX003", ["Class Details is hidden"]),
        ("school-analytics-legacy.pbix", "EX002", ["birth_date", "address", "zip_code", "email"]),
        ("school-analytics-legacy.pbix", "EX005", ["user name"]),
    ],
)
def test_expected_findings(name: str, rule: str, words: list[str]) -> None:
    text = said(name, rule)
    assert [w for w in words if w not in text] == [], text


def test_the_function_of_an_aggregation_is_its_code_not_its_name() -> None:
    """ "Avg(grades.grade_value)" is the name of a count."""
    book = linted("school-analytics-legacy.pbix").workbook
    assert book is not None
    aggregates = {e.aggregate for v in book.visuals for e in v.encodings if "grade_value" in e.use.caption}
    assert "count" in aggregates
