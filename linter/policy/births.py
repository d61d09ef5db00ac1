"""Dates of birth by their range: what the years of a date column say for and against its being one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from linter.findings import Confidence
from linter.policy.names import NameEvidence
from linter.policy.validators import birth_range
from linter.policy.words import vocabulary, words

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
