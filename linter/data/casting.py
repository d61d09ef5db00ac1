"""Typed values as the types of a query make them; what depends on an unknown culture raises ``ValueError``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from linter.data.converters import CONVERTERS

_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?[0-9,]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?%?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMERIC_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2,4})\b")
_DAY_FIRST = frozenset({"en-gb", "en-ie", "en-au", "en-nz", "en-in", "cy-gb", "gd-gb"})
_MONTH_FIRST = frozenset({"en-us", "en"})
_LATEST_PIVOT, _EARLIEST_PIVOT = 68, 30
"""Years of two digits between these are of one century or the other, depending on the system."""


def cast(value: Any, kind: str, culture: str) -> Any:
    """One value as a kind of value: text, integer, real, boolean, date or datetime.

    Raises:
        ValueError: it doesn't fit, or what it means depends on more than is known.
    """
    if value is None:
        return None
    if kind == "text":
        return _text(value)
    if value == "":  # a cell that was left empty
        return None
    if kind in {"integer", "real"}:
        return CONVERTERS[kind](False)(_number(value, culture))  # noqa: FBT003 - numbers have no order of days
    if kind == "boolean":
        return _boolean(value)
    if kind in {"date", "datetime"}:
        return _moment(value, kind, culture)
    raise ValueError


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    raise ValueError  # fractions and dates are written as the reader's culture has it


def _number(value: Any, culture: str) -> Any:
    if not isinstance(value, str):
        if isinstance(value, dt.date):
            raise ValueError  # noqa: TRY004 - what callers expect of a value that doesn't fit
        return value
    text = value.strip()
    if not _WHOLE.fullmatch(text) and not (_is_english(culture) and _NUMBER.fullmatch(text)):
        raise ValueError
    return text


def _is_english(culture: str) -> bool:
    """Whether a point parts the decimals and commas the thousands."""
    return culture.lower().partition("-")[0] == "en" and culture.lower() != "en-za"


def _boolean(value: Any) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    word = str(value).strip().lower()
    if word not in {"true", "false"}:
        raise ValueError
    return word == "true"


def _moment(value: Any, kind: str, culture: str) -> dt.date:
    if isinstance(value, dt.date):
        found = value
    elif not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - a number of days: from when depends on the tool
    else:
        found = CONVERTERS["datetime"](_day_first(value.strip(), culture))(value)  # type: ignore[assignment]
    if kind == "date":
        return found.date() if isinstance(found, dt.datetime) else found
    return found if isinstance(found, dt.datetime) else dt.datetime(found.year, found.month, found.day)  # noqa: DTZ001


def _day_first(text: str, culture: str) -> bool:
    if _ISO.match(text):
        return True
    numeric = _NUMERIC_DATE.match(text)
    if numeric and len(numeric[3]) == 2 and _EARLIEST_PIVOT <= int(numeric[3]) <= _LATEST_PIVOT:
        raise ValueError
    name = culture.lower()
    if name not in _DAY_FIRST | _MONTH_FIRST and not (numeric and numeric[1] == numeric[2] and len(numeric[3]) == 4):
        raise ValueError
    return name in _DAY_FIRST
