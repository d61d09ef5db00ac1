"""Dates of birth by their range of years."""

from __future__ import annotations

import datetime as dt

import pytest

from linter.findings import Confidence
from linter.policy.births import by_range
from linter.policy.names import NameEvidence, classify_name

TODAY = dt.date(2026, 11, 22)


def judged(name: str, years: tuple[int, int], *, people: bool = True, varied: bool = True) -> NameEvidence:
    return by_range(classify_name(name, "Pupil"), name, years, people=people, varied=varied, today=TODAY)


@pytest.mark.parametrize("name", ["Date", "D1", "Field 7"])
def test_dates_that_could_be_birthdays_are_suspected(name: str) -> None:
    found = judged(name, (2008, 2015))
    assert (found.identifier, found.confidence) == ("date_of_birth", Confidence.LOW)


@pytest.mark.parametrize("name", ["Admission date", "Start", "Date of entry", "Last updated"])
def test_events_are_not(name: str) -> None:
    assert judged(name, (2008, 2015)).identifier is None


def test_nor_are_recent_dates_few_dates_or_dates_of_things() -> None:
    assert judged("Date", (2023, 2026)).identifier is None
    assert judged("Date", (1950, 2015)).identifier is None
    assert judged("Date", (2008, 2015), varied=False).identifier is None
    assert judged("Date", (2008, 2015), people=False).identifier is None


def test_a_name_that_says_so_is_believed_unless_nobody_could_be_born_then() -> None:
    for years in ((2008, 2015), (1900, 2015), (1941, 2026)):  # placeholders and outliers change nothing
        assert judged("DOB", years).confidence is Confidence.HIGH, years
    for years in ((2026, 2027), (1850, 1901)):
        assert judged("DOB", years).confidence is Confidence.LOW, years
    assert "2026 to 2027" in judged("DOB", (2026, 2027)).why
