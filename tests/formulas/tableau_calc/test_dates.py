"""Date literals: only what is certain is read."""

from __future__ import annotations

import datetime as dt

import pytest

from linter.formulas.tableau_calc.dates import read_date


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - Tableau's own have no zone


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2013-01-04", dt.date(2013, 1, 4)), ("2013/1/4", dt.date(2013, 1, 4)),
        ("1/1/2000", dt.date(2000, 1, 1)),
        ("9/22/2018", dt.date(2018, 9, 22)), ("22/9/2018", dt.date(2018, 9, 22)), ("3/4/2018", None),
        ("April 15, 2004", dt.date(2004, 4, 15)), ("Apr 15 2004", dt.date(2004, 4, 15)),
        ("15 April 2004", dt.date(2004, 4, 15)), ("Smarch 1, 2004", None), ("2/20/21", None),
        ("2018-09-22 14:52", at(2018, 9, 22, 14, 52)),
        ("2018-09-22T14:52:01.5", at(2018, 9, 22, 14, 52, 1, 500_000)),
        ("5/17/2022 3:12:48 PM", at(2022, 5, 17, 15, 12, 48)), ("5/17/2022 12:00 AM", at(2022, 5, 17)),
        ("07:59:00", at(1899, 12, 30, 7, 59)), ("13:00 PM", None), ("2020-13-01", None), ("31/2/2020", None),
        ("25:00:00", None), ("13/13/2020", None), ("", None), ("soon", None),
    ],
)  # fmt: skip
def test_reading(text: str, read: dt.date | None) -> None:
    assert read_date(text) == read


def test_the_locale_orders_what_is_uncertain() -> None:
    assert read_date("3/4/2018", day_first=True) == dt.date(2018, 4, 3)
    assert read_date("3/4/2018", day_first=False) == dt.date(2018, 3, 4)
    assert read_date("9/22/2018", day_first=True) == dt.date(2018, 9, 22)
