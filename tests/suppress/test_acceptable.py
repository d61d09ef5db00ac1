"""What a baseline may never take over."""

import pytest

from linter.findings import Confidence, Finding, Severity
from linter.location import Location
from linter.suppress.baseline import acceptable


def finding(rule: str, *, coverage: bool = False) -> Finding:
    return Finding(rule, "name", Severity.ERROR, Confidence.HIGH, "m", Location("p"), "f", coverage=coverage)


@pytest.mark.parametrize("rule", ["ME001", "ME004", "MF007"])
def test_gaps_and_contradicted_declarations_stay_open(rule: str) -> None:
    assert not acceptable(finding(rule))


def test_what_was_not_covered_stays_open() -> None:
    assert not acceptable(finding("SU001", coverage=True))


@pytest.mark.parametrize("rule", ["SC001", "DR001", "MF001"])
def test_findings_of_today_may_be_taken_over(rule: str) -> None:
    assert acceptable(finding(rule))
