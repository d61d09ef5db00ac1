"""Values of flat files as the types that a workbook declares; what doesn't fit raises ``ValueError``."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

Converter = Callable[[object], object]


def to_text(_: bool) -> Converter:  # noqa: FBT001 - every converter factory takes the date order
    """Texts as the tool writes them: whole numbers without a point, days without a time."""

    def convert(value: object) -> object:
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, dt.datetime) and value.time() == dt.time():
            return value.date().isoformat()
        return str(value)

    return convert


def _to_real(_: bool) -> Converter:  # noqa: FBT001
    def convert(value: object) -> object:
        if isinstance(value, str):
            text = value.strip().replace(",", "").lstrip("£$€")
            number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
            if not math.isfinite(number) or "_" in text:  # what Python alone takes for a number
                raise ValueError
            return number
        if isinstance(value, dt.date | dt.time):
            raise ValueError  # noqa: TRY004 - what callers expect of a value that doesn't fit
        return float(value)  # type: ignore[arg-type]

    return convert


def _to_integer(day_first: bool) -> Converter:  # noqa: FBT001
    real = _to_real(day_first)

    def convert(value: object) -> object:
        digits = str(value).strip().replace(",", "")
        if digits.removeprefix("-").isdecimal():  # not by way of a double, which would merge the great ones
            number = int(digits)
        else:
            read = real(value)
            if not isinstance(read, float) or not read.is_integer():
                raise ValueError
            number = int(read)
        if not -(2**63) <= number < 2**63:
            raise ValueError
        return number

    return convert


def _to_boolean(_: bool) -> Converter:  # noqa: FBT001
    words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}

    def convert(value: object) -> object:
        text = str(value).strip().lower()
        if text not in words:
            raise ValueError
        return words[text]

    return convert


def _to_datetime(day_first: bool) -> Converter:  # noqa: FBT001
    order = ("%d", "%m") if day_first else ("%m", "%d")
    dates = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        *(f"{order[0]}{s}{order[1]}{s}{y}" for s in "/-." for y in ("%Y", "%y")),
        "%d %b %Y",
        "%d-%b-%y",
        "%d-%b-%Y",
        "%b %d, %Y",
        "%d %B %Y",
        "%B %d, %Y",
        "%Y%m%d",
    ]
    times = ["", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"]
    formats = [d + t for d in dates for t in times]

    def convert(value: object) -> object:
        if isinstance(value, dt.datetime):
            return value
        if isinstance(value, dt.date):
            return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - workbook dates have no zone
        text = str(value).strip()
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            pass
        for i, layout in enumerate(formats):
            try:
                found = dt.datetime.strptime(text, layout)  # noqa: DTZ007
            except ValueError:
                continue
            formats.insert(0, formats.pop(i))  # the next value most likely looks the same
            return found
        raise ValueError

    return convert


def _to_date(day_first: bool) -> Converter:  # noqa: FBT001
    moment = _to_datetime(day_first)

    def convert(value: object) -> object:
        found = moment(value)
        return found.date() if isinstance(found, dt.datetime) else found

    return convert


CONVERTERS: dict[str, Callable[[bool], Converter]] = {
    "text": to_text,
    "real": _to_real,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "date": _to_date,
    "datetime": _to_datetime,
}
"""Makers of converters by type; each is told whether dates begin with the day."""
