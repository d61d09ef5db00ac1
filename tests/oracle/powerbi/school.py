"""A small school as a star schema, and what DAX means by a filter context, in plain Python.

Written from the language's definition and not from the linter: a context is a list of filters, each on
columns of one table; a row is visible if it and all rows it refers to hold against every filter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

Row = dict[str, Any]


class Data(dict[str, list[Row]]):
    """Rows by table."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        super().__init__(tables)
        self.index: dict[tuple[str, str], dict[Any, Row]] = {}

    def referred(self, table: str, key: str, value: Any) -> Row:
        """The row of the one side; the blank row where there is none."""
        if (table, key) not in self.index:
            self.index[table, key] = {r[key]: r for r in self[table] if r[key] is not None}
        return self.index[table, key].get(value) or dict.fromkeys(MODEL[table])


MODEL = {
    "Results": ("PupilID", "Date", "Entered", "Subject", "Score"),
    "Pupils": ("PupilID", "ClassID", "Sex"),
    "Classes": ("ClassID", "School", "Year"),
    "Dates": ("Date", "Year", "Month"),
    "Clubs": ("PupilID", "Club"),
    "Teachers": ("Subject", "Teacher"),
    "Apart": ("Level",),
}
TYPES = {
    "PupilID": "text", "ClassID": "text", "Date": "date", "Entered": "date", "Subject": "text", "Score": "integer",
    "Sex": "text", "School": "text", "Year": "integer", "Month": "integer", "Club": "text", "Level": "integer",
    "Teacher": "text",
}  # fmt: skip
LINKS = [  # many, one, column of both sides, active, both directions
    ("Results", "Pupils", "PupilID", "PupilID", True, False),
    ("Pupils", "Classes", "ClassID", "ClassID", True, False),
    ("Results", "Dates", "Date", "Date", True, False),
    ("Results", "Dates", "Entered", "Date", False, False),
    ("Clubs", "Pupils", "PupilID", "PupilID", True, True),
    ("Results", "Teachers", "Subject", "Subject", True, False),
]
SEVERAL = {("Results", "Teachers")}  # many-to-many: neither side's values are unique
MONTHS = [(year, month) for year in (2024, 2025) for month in range(1, 13)]
DATES: list[Row] = [
    {"Date": day, "Year": day.year, "Month": day.month}
    for year, month in MONTHS
    for day in (dt.date(year, month, 1), dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(1))
]


@dataclass(frozen=True)
class Held:
    """A filter: a condition on rows of one table, standing for some of its columns."""

    table: str
    columns: frozenset[str]
    holds: Callable[[Row], bool]


@dataclass(frozen=True)
class Context:
    """A filter context over the data."""

    data: Data
    held: tuple[Held, ...] = ()

    def adding(self, table: str, columns: Iterable[str], holds: Callable[[Row], bool]) -> Context:
        return replace(self, held=(*self.held, Held(table, frozenset(columns), holds)))

    def removing(self, table: str, *columns: str) -> Context:
        """Without filters on these columns, on the whole table if none is named."""
        gone = frozenset(columns or MODEL[table])
        return replace(self, held=tuple(h for h in self.held if h.table != table or not h.columns & gone))

    def rows(self, table: str) -> list[Row]:
        return [row for row in self.data[table] if self.visible(table, row)]

    def visible(self, table: str, row: Row, came_from: str = "") -> bool:
        if any(h.table == table and not h.holds(row) for h in self.held):
            return False
        for many, one, key, other, active, both in LINKS:
            if not active:
                continue
            if many == table and (many, one) in SEVERAL:
                matching = [r for r in self.data[one] if r[other] == row[key]]
                if self.filters_from(one) and not any(self.visible(one, r, table) for r in matching):
                    return False
            elif many == table and one != came_from:
                found = self.data.referred(one, other, row[key])
                if not self.visible(one, found, table):
                    return False
            if one == table and both and many != came_from and self.filters_from(many):
                members = [r for r in self.data[many] if r[key] == row[other] and row[other] is not None]
                if not any(self.visible(many, r, table) for r in members):
                    return False
        return True

    def filters_from(self, table: str) -> bool:
        return any(h.table == table for h in self.held)


def months(context: Context) -> list[tuple[int, int]]:
    """The months that are visible in the date table."""
    return sorted({(r["Year"], r["Month"]) for r in context.rows("Dates")})


def under_months(context: Context, chosen: Iterable[tuple[int, int]]) -> Context:
    kept = set(chosen)
    return context.removing("Dates").adding("Dates", ["Date"], lambda r: (r["Year"], r["Month"]) in kept)


def moved(month: tuple[int, int], by: int) -> tuple[int, int]:
    number = month[0] * 12 + month[1] - 1 + by
    return number // 12, number % 12 + 1
