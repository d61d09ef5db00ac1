"""Dates in calculations: ``#...#`` literals, names of date parts, names of weekdays."""

from __future__ import annotations

import datetime as dt
import re

DATE_PARTS = {
    name: name.replace("-", "_")
    for name in (
        "year", "quarter", "month", "dayofyear", "day", "weekday", "week", "hour", "minute", "second",
        "iso-year", "iso-quarter", "iso-week", "iso-weekday",
    )
}  # fmt: skip
"""Tableau's date parts and their names in ``linter.expressions.DATE_PARTS``."""

WEEKDAYS = {
    day: number
    for number, day in enumerate(("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"))
}
"""0 is Sunday, as in ``linter.expressions``."""

_MONTHS = {
    month: number
    for number, month in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
         "november", "december"), 1)
}  # fmt: skip

_TIME = (
    r"(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,6})\d*)?)?"
    r"(?:\s*(?P<p>[AaPp])\.?[Mm]\.?)?"
)
_FORMS = tuple(
    re.compile(rf"{date}(?:(?:\s+|T){_TIME})?\Z")
    for date in (
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})",
        r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})",
        r"(?P<n>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})",
        r"(?P<d>\d{1,2})\s+(?P<n>[A-Za-z]{3,9})\.?,?\s+(?P<y>\d{4})",
    )
)
_ONLY_TIME = re.compile(rf"{_TIME}\Z")
_TIME_EPOCH = dt.date(1899, 12, 30)


def read_date(text: str, *, day_first: bool | None = None) -> dt.date | dt.datetime | None:
    """The day or moment a date literal means, or None where it isn't certain.

    Args:
        text: what stands between the marks.
        day_first: how the workbook's locale orders 3/4/2020; None leaves such dates uncertain
            (25/12/2020 and 1/1/2020 are certain all the same). Years of two digits are uncertain.
    """
    text = text.strip()
    if only := _ONLY_TIME.match(text):
        return _moment(_TIME_EPOCH, only)
    for form in _FORMS:
        if match := form.match(text):
            day = _day(match, day_first)
            return day if day is None or match["h"] is None else _moment(day, match)
    return None


def _day(match: re.Match[str], day_first: bool | None) -> dt.date | None:  # noqa: FBT001 - handed on
    parts = match.groupdict()
    year = int(parts["y"])
    if parts.get("a") is not None:
        return _slashed(year, int(parts["a"]), int(parts["b"]), day_first)
    if parts.get("n") is not None:
        stem = parts["n"].lower()
        months = [number for name, number in _MONTHS.items() if name == stem or name[:3] == stem]
        return _date(year, months[0], int(parts["d"])) if months else None
    return _date(year, int(parts["m"]), int(parts["d"]))


def _slashed(year: int, a: int, b: int, day_first: bool | None) -> dt.date | None:  # noqa: FBT001
    if a == b or b > 12:
        return _date(year, a, b)
    if a > 12 or day_first:
        return _date(year, b, a)
    return None if day_first is None else _date(year, a, b)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _moment(day: dt.date, match: re.Match[str]) -> dt.datetime | None:
    hour, half = int(match["h"]), (match["p"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        time = dt.time(hour, int(match["i"]), int(match["s"] or 0), int((match["f"] or "0").ljust(6, "0")))
    except ValueError:
        return None
    return dt.datetime.combine(day, time)
