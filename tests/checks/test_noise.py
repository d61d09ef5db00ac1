"""Noise is counted: on every wrong fixture each cause gives one root finding, with what follows folded under it."""

from __future__ import annotations

import functools
import re
from collections import Counter

import pytest

from linter.findings import Finding
from linter.reporters.reading import fold
from tests.checks.test_fixtures_manifest import FILES, result

WRONG = sorted(path for path, file in FILES.items() if "/wrong/" in path and not file["clean"])

# One line a cause: the rule of its root and the visual, table or field that it is about.
CAUSES = {
    "EX001": ["Pupil"],  # rows of pupils are in the file
    "EX002": ["Absence", "Pupil"],  # with what identifies them, table by table
    "EX005": [""],  # a builder's name in a path
    "MF003": [""],  # there is no manifest
    "NPD001": ["Absence", "Pupil"],  # NPD fields are on visuals, table by table
    "NPD002": ["Pupil"],  # and measures made of them
    "NPD003": ["Pupil"],  # NPD fields that nothing uses
    "SC001": ["Pupils by school and ethnicity"],
    "SC002": ["Absence by SEN and school", "Average Attainment 8 by SEN and school"],
    "SU001": ["SEN provision, small numbers starred"],
    "SU002": ["SEN provision, ten or more"],
    "SU004": ["SEN provision, small numbers starred"],
    "DR001": ["Attainment and absence by pupil", "Pupil list"],
    "DR002": ["Attainment spread"],
}
OF_TABLEAU = {
    "SU005": ["SEN provision, small numbers starred"],  # a symbol that is out of use
    "DR006": ["KS4 overview"],  # quick filters, page by page
}
OF_POWERBI = {
    "DR007": [""],  # the report's settings let readers export and regroup
    "DR006": ["Attainment and absence", "KS4 overview"],  # slicers and cross-filtering, page by page
}
FOLDED = {
    "DR004": "a way to the list of pupils",
    "EX003": "the list is hidden, not protected",
    "NPD003": "identifiers that EX002 names",
    "NPD004": "nothing is declared where there is no manifest",
    "SC004": "zeros of a table that shows small figures",
    "SU001": "hiding just the small figures would not be enough",
    "DR007": "the rows can be downloaded because they are in the file",
}


@functools.cache
def groups(path: str) -> list[tuple[Finding, list[Finding]]]:
    return fold(list(result(path).findings))


def about(finding: Finding) -> str:
    """The visual or page of a finding, else its table, as the tables above write it."""
    if finding.rule == "DR006":
        return finding.location.page or ""
    if finding.location.visual and not finding.rule.startswith("NPD"):
        return finding.location.visual
    table = re.search(r"\b(Pupil|Absence)\b", finding.message)
    return table[0] if table and finding.rule not in {"EX005", "MF003", "DR007"} else ""


@pytest.mark.parametrize("path", WRONG)
def test_each_cause_has_one_root(path: str) -> None:
    own = OF_TABLEAU if path.startswith("tableau") else OF_POWERBI
    expected = Counter((rule, where) for rule, places in (CAUSES | own).items() for where in places)
    assert Counter((root.rule, about(root)) for root, _ in groups(path)) == expected


@pytest.mark.parametrize("path", WRONG)
def test_what_follows_is_folded_and_never_under_something_milder(path: str) -> None:
    pairs = [(root, finding) for root, under in groups(path) for finding in under]
    assert len(pairs) >= 7
    assert {finding.rule for _, finding in pairs} <= FOLDED.keys()
    assert all(finding.severity <= root.severity for root, finding in pairs)


def test_there_are_wrong_fixtures_of_both_tools() -> None:
    assert {path.split("/")[0] for path in WRONG} == {"tableau", "powerbi"}


@pytest.mark.parametrize("path", WRONG)
def test_what_a_finding_names_as_its_consequence_is_in_the_report(path: str) -> None:
    found = [f for root, rest in groups(path) for f in (root, *rest)]
    known = {f.fingerprint for f in found}
    assert not [r for f in found for r in f.related if r not in known]
