"""Dates of birth by their range: what the years of a date column say for and against its being one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Literal

from linter.findings import Confidence
from linter.policy.names import NameEvidence
from linter.policy.words import vocabulary, words

BirthRange = Literal["school_age", "people", "no"]

_YOUNGEST, _OLDEST = 1, 110
"""Years of age that births of persons in a data set lie between."""


def by_range(
    what: NameEvidence, name: str, years: tuple[int, int], *, people: bool, varied: bool, today: dt.date
) -> NameEvidence:
    """What a date column is, now that its years are known.

    Args:
        what: what its name and values say.
        name: its name for readers.
        years: of the earliest and the latest date.
        people: its rows are those of persons.
        varied: it has nearly as many dates as persons can have birthdays.
        today: the day from which ages are counted.
    """
    earliest, latest = years
    if what.of == "date_of_birth":
        if earliest > today.year - _YOUNGEST or latest < today.year - _OLDEST:  # an outlier alone changes nothing
            said = f"{what.why}, but its dates run from {earliest} to {latest}"
            return replace(what, confidence=Confidence.LOW, why=said)
        return replace(what, why=f"{what.why}, and its dates could be those of living persons")
    ages = birth_range(dt.date(earliest, 1, 1), dt.date(latest, 12, 31), today)
    if (
        what.kind == "unknown"
        and people
        and varied
        and ages == "school_age"
        and not vocabulary().words["events"] & set(words(name))
    ):
        why = "dates that could be birthdays of persons of school age, in rows of persons"
        return NameEvidence("identifier", "date_of_birth", Confidence.LOW, why)
    return what


def birth_range(earliest: dt.date, latest: dt.date, today: dt.date) -> BirthRange:
    """Whether the range of a date column could be birth dates, counted back from ``today``.

    ``school_age``: everyone would be 2 to 25 (nursery to an education, health and care plan's end);
    ``people``: 0 to 110. Supports a name that speaks of birth; alone it proves nothing, since order
    dates of past years lie in the same range.
    """
    if earliest > latest:
        raise ValueError("the earliest date is after the latest")
    oldest, youngest = _years(earliest, today), _years(latest, today)
    if youngest >= 2 and oldest <= 25 and oldest > youngest:
        return "school_age"
    return "people" if youngest >= 0 and oldest <= 110 and oldest - youngest >= 2 else "no"


def _years(born: dt.date, today: dt.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
