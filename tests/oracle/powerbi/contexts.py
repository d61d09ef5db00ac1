"""What DAX means by a filter context, over data frames. Written from its documentation, not from the linter.

A context is a set of filters, each a relation: the tuples that some columns may have. A row of a table is
visible if its expanded row (with the columns of all tables on the one side) is in every relation, as far as
these have columns in common. Where a relationship filters towards its many side or has no unique side, the
values of its visible rows are one more relation.

Sources: https://learn.microsoft.com/dax/calculate-function-dax, /dax/allselected-function-dax,
/power-bi/transform-model/desktop-relationships-understand, https://dax.guide/st/filter-context
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tests.oracle.powerbi.stars import BLANK, Link, Relation, Star, table_of

DAY = "Dates[Date]"


class Unclear(Exception):
    """The tool shows an error in such a cell, or the documentation doesn't say what it shows."""


@dataclass(frozen=True)
class Context:
    """``outer``: the filters of the visual without those of the cell."""

    star: Star
    relations: tuple[Relation, ...]
    outer: tuple[Relation, ...]
    links: tuple[Link, ...]

    def rows(self, table: str) -> np.ndarray:
        """Positions of the visible rows."""
        kept = np.ones(len(self.star.tables[table]), dtype=bool)
        for relation in self.effective:
            found = self.star.mask(table, self.links, relation)
            kept &= True if found is None else found
        return np.flatnonzero(kept)

    @cached_property
    def effective(self) -> tuple[Relation, ...]:
        """The filters with those that flow against or across a relationship."""
        return (*self.relations, *(r for link in self.links if link.active and (r := self._flowing(link))))

    def _flowing(self, link: Link) -> Relation | None:
        many, one = link.tables
        if not (link.both or link.several):
            return None
        source, target = (one, link.many) if link.several else (many, link.one)
        reached = set(self.columns(table_of(target)))
        if not any(set(r.columns) & (set(self.columns(source)) - reached) for r in self.relations):
            return None
        own = replace(self, links=tuple(x for x in self.links if x != link or not link.several))
        plain = replace(own, links=tuple(replace(x, both=False) for x in own.links))
        rows = self.star.expanded(source, self.links).iloc[plain.rows(source)]
        values = {(v,) for v in rows[link.one]}
        return Relation((target,), frozenset(values - ({(BLANK,)} if link.several else set())))

    def columns(self, table: str) -> list[str]:
        """Those of the expanded table."""
        return list(self.star.expanded(table, self.links).columns)

    def values(self, column: str) -> set[Any]:
        """The visible values of a column, with that of the blank row."""
        table = table_of(column)
        found = set(self.star.tables[table][column].iloc[self.rows(table)])
        return found | ({BLANK} if self.sees_blank_row(table) else set())

    def sees_blank_row(self, table: str) -> bool:
        """Whether the table has a row for keys that have none there, and it is visible."""
        own = set(self.columns(table))
        return self.star.has_blank_row(table, self.links) and all(
            (BLANK,) * len(part.columns) in part.values for r in self.effective if (part := r.onto(own)) is not None
        )

    def combinations(self, columns: tuple[str, ...]) -> set[tuple[Any, ...]]:
        """The visible combinations of columns of one table."""
        table = table_of(columns[0])
        rows = self.star.tables[table].iloc[self.rows(table)]
        found = set(zip(*(rows[c] for c in columns), strict=True))
        return found | ({(BLANK,) * len(columns)} if self.sees_blank_row(table) else set())

    # -- what CALCULATE does ---------------------------------------------------------------------

    def without(self, columns: Iterable[str]) -> Context:
        """Filters on these columns are gone."""
        gone = set(columns)
        left = (r if not gone & set(r.columns) else r.onto(set(r.columns) - gone) for r in self.relations)
        return replace(self, relations=tuple(r for r in left if r is not None))

    def within(self, *found: Relation) -> Context:
        """These filters too."""
        return replace(self, relations=(*self.relations, *found))

    def selected(self, columns: Iterable[str] | None) -> Context:
        """The visual's own filters alone, on these columns or (None) on all.

        Raises:
            Unclear: a measure has replaced or removed one of those; whether it comes back is not documented.
        """
        named = {c for t in self.star.tables for c in self.columns(t)} if columns is None else set(columns)
        own = [part for r in self.outer if (part := r.onto(named)) is not None]
        if not set(own) <= {r.onto(named) for r in self.relations}:
            raise Unclear
        return self.without(named).within(*own)

    def linked(self, change: Callable[[Link], Link]) -> Context:
        """With other relationships in use."""
        return replace(self, links=tuple(change(x) for x in self.links))

    # -- dates -----------------------------------------------------------------------------------

    def days(self) -> list[dt.date]:
        """The visible days of the calendar, in order."""
        return sorted(self.star.tables["Dates"][DAY].iloc[self.rows("Dates")])

    def between(self, first: dt.date, last: dt.date) -> Relation:
        """A filter on the days of the calendar in an interval."""
        return Relation((DAY,), frozenset((d,) for d in self.star.tables["Dates"][DAY] if first <= d <= last))

    def moved(self, months: int) -> Relation:
        """The visible days so many months on: whole months, one after the other."""
        days = self.days()
        if not days:
            return Relation((DAY,), frozenset())
        first, last = days[0], days[-1]
        gaps = len(days) != (last - first).days + 1
        if gaps or first.day != 1 or (last + dt.timedelta(1)).day != 1:
            raise Unclear
        return self.between(start_of_month(first, months), start_of_month(last, months + 1) - dt.timedelta(1))


def start_of_month(day: dt.date, months: int = 0) -> dt.date:
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


# -- conditions ------------------------------------------------------------------------------------

ZERO: dict[str, Any] = {"text": "", "integer": 0, "real": 0, "boolean": False, "date": dt.date(1899, 12, 30)}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A condition on columns of one expanded table: its DAX, and which rows of a frame hold against it."""

    dax: str
    columns: frozenset[str]
    holds: Callable[[pd.DataFrame], pd.Series]


def compared(star: Star, column: str, operator: str, value: Any) -> Condition:
    """A comparison, in which a blank is 0, FALSE, the empty text or the first of all days."""
    zero, test = ZERO[star.types[column]], OPERATORS[operator]
    right = zero if value is None else value.casefold() if isinstance(value, str) else value
    return Condition(
        f"{column} {operator} {in_dax(value)}", frozenset({column}),
        lambda rows: rows[column].map(lambda v: test(zero if v == BLANK else v, right)).astype(bool),
    )  # fmt: skip


def one_of(column: str, values: Iterable[Any]) -> Condition:
    """A list, in which a blank is only itself."""
    listed = list(values)
    wanted = {BLANK if v is None else v.casefold() if isinstance(v, str) else v for v in listed}
    dax = f"{column} IN {{{', '.join(in_dax(v) for v in listed)}}}"
    return Condition(dax, frozenset({column}), lambda rows: rows[column].isin(wanted))


def is_blank(column: str) -> Condition:
    return Condition(f"ISBLANK({column})", frozenset({column}), lambda rows: rows[column] == BLANK)


def negated(one: Condition) -> Condition:
    return Condition(f"NOT ({one.dax})", one.columns, lambda rows: ~one.holds(rows))


def both(one: Condition, two: Condition) -> Condition:
    return Condition(f"({one.dax}) && ({two.dax})", one.columns | two.columns, lambda r: one.holds(r) & two.holds(r))


def either(one: Condition, two: Condition) -> Condition:
    return Condition(f"({one.dax}) || ({two.dax})", one.columns | two.columns, lambda r: one.holds(r) | two.holds(r))


def in_dax(value: Any) -> str:
    match value:
        case None:
            return "BLANK()"
        case bool():
            return f"{str(value).upper()}()"
        case dt.date():
            return f"DATE({value.year}, {value.month}, {value.day})"
        case str():
            return f'"{value}"'
        case _:
            return str(value)
