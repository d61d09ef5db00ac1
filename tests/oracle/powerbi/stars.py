"""Random star schemas: rows as data frames, the relationships, and the model in the JSON of Power BI.

A column is named as in DAX, ``Results[Score]``, also in data frames. A missing value is ``BLANK``. Texts of a
model compare without case, so rows hold them folded; ``as_written`` keeps what the file says.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BLANK = "\N{SYMBOL FOR NULL}"
TYPES = {"text": "string", "integer": "int64", "real": "double", "date": "dateTime", "boolean": "boolean"}
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2024, 12, 31)
SUBJECTS = ("Art", "art", "Maths", "Music", None)
AREAS = ("North", "South", "south", None)


@dataclass(frozen=True)
class Link:
    """A relationship from many to one. ``several``: neither side is unique, and the second filters the first."""

    many: str
    one: str
    active: bool = True
    both: bool = False
    several: bool = False

    @property
    def tables(self) -> tuple[str, str]:
        return table_of(self.many), table_of(self.one)

    def of_model(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": f"{self.many} {self.one}",
            "fromTable": table_of(self.many), "fromColumn": column_of(self.many),
            "toTable": table_of(self.one), "toColumn": column_of(self.one), "isActive": self.active,
        }  # fmt: skip
        made |= {"crossFilteringBehavior": "bothDirections"} if self.both else {}
        return made | ({"toCardinality": "many"} if self.several else {})


@dataclass(frozen=True)
class Relation:
    """A filter: the tuples of values that its columns may have."""

    columns: tuple[str, ...]
    values: frozenset[tuple[Any, ...]]

    def onto(self, kept: Iterable[str]) -> Relation | None:
        """What it says of some of its columns; None if nothing."""
        wanted = set(kept)
        places = [i for i, c in enumerate(self.columns) if c in wanted]
        if len(places) == len(self.columns):
            return self
        chosen = frozenset(tuple(v[i] for i in places) for v in self.values)
        return Relation(tuple(self.columns[i] for i in places), chosen) if places else None


@dataclass
class Star:
    """Tables with their relationships. ``keyed``: results have the key of a pupil, declared as the unit."""

    tables: dict[str, pd.DataFrame]
    as_written: dict[str, pd.DataFrame]
    types: dict[str, str]
    links: tuple[Link, ...]
    keyed: bool
    _expanded: dict[Any, pd.DataFrame] = field(default_factory=dict)
    _masks: dict[Any, np.ndarray] = field(default_factory=dict)

    def expanded(self, table: str, links: tuple[Link, ...]) -> pd.DataFrame:
        """A table with the columns of all tables on the one side of it; blank where a key has no row there."""
        if (table, links) not in self._expanded:
            rows = self.tables[table]
            for link in links:
                if link.tables[0] == table and link.active and not link.several:
                    other = self.expanded(link.tables[1], links)
                    rows = rows.merge(other, how="left", left_on=link.many, right_on=link.one).astype(object)
                    rows = rows.where(rows.notna(), BLANK)
            assert len(rows) == len(self.tables[table])
            self._expanded[table, links] = rows
        return self._expanded[table, links]

    def mask(self, table: str, links: tuple[Link, ...], relation: Relation) -> np.ndarray | None:
        """Which rows of a table a filter leaves; None where it says nothing of the table."""
        rows = self.expanded(table, links)
        own = relation.onto(rows.columns)
        if own is None:
            return None
        key = table, links, own
        if key not in self._masks:
            if len(own.columns) == 1:
                found = rows[own.columns[0]].isin([v[0] for v in own.values])
            else:
                found = pd.Series(list(zip(*(rows[c] for c in own.columns), strict=True)), dtype=object).isin(
                    own.values
                )
            self._masks[key] = found.to_numpy(dtype=bool)
        return self._masks[key]

    def has_blank_row(self, table: str, links: tuple[Link, ...]) -> bool:
        """Whether some row that refers to the table refers to nothing there."""
        for link in links:
            if link.active and not link.several and link.tables[1] == table:
                keys = set(self.tables[link.tables[0]][link.many])
                if keys - set(self.tables[table][link.one]) or self.has_blank_row(link.tables[0], links):
                    return True
        return False

    def members(self, column: str) -> list[Any]:
        """The values of a column, the blank row's too."""
        return list(dict.fromkeys([*self.tables[table_of(column)][column], BLANK]))

    def flag(self, column: str) -> bool:
        """A number of two values, as flags are."""
        values = set(self.tables[table_of(column)][column]) - {BLANK}
        return self.types[column] in {"integer", "real"} and len(values) <= 2

    def of_model(self, measures: dict[str, str], groups: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """The semantic model, without its rows."""
        tables: list[dict[str, Any]] = [
            {
                "name": name,
                "columns": [{"name": column_of(c), "dataType": TYPES[self.types[c]]} for c in rows.columns],
                "partitions": [{"mode": "directQuery", "source": {"type": "m", "expression": "let a = 1 in a"}}],
                "measures": [{"name": n, "expression": dax} for n, dax in measures.items()] * (name == "Results"),
            }
            for name, rows in self.tables.items()
        ]
        return {"model": {"tables": [*tables, *groups], "relationships": [x.of_model() for x in self.links]}}

    def write(self, folder: Path) -> dict[str, Path]:
        """The rows as files, by table."""
        for name, rows in self.as_written.items():
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow([column_of(c) for c in rows.columns])
                writer.writerows(["" if v is None else v for v in row] for row in rows.itertuples(index=False))
        return {name: folder / f"{name}.csv" for name in self.as_written}


def table_of(column: str) -> str:
    return column.split("[", maxsplit=1)[0]


def column_of(column: str) -> str:
    return column.split("[")[1][:-1]


def star(seed: int, size: int, *, pupils: bool, flake: str, keyed: bool, more: frozenset[str]) -> Star:
    """A school's results with a calendar, and further tables.

    Args:
        pupils: pupils have a table of their own; otherwise their attributes stand beside each result.
        flake: "" for no schools, "results" or "pupils" that refer to them, "trusts" for pupils with schools of trusts.
        keyed: each result has the key of a pupil.
        more: of "clubs" (each pupil has several, filters flow both ways), "rooms" (many to many), "pick" (apart).
    """
    chance = random.Random(seed)

    def some(values: Iterable[Any], nulls: float = 0.15) -> Any:
        return None if chance.random() < nulls else chance.choice(list(values))

    calendar = [FIRST + dt.timedelta(i) for i in range((LAST - FIRST).days + 1)]
    people = [f"u{i}" for i in range(chance.randint(1, 7))]
    schools = [f"S{i}" for i in range(chance.randint(1, 4))]
    made: dict[str, tuple[dict[str, str], list[list[Any]]]] = {}
    links = [Link("Results[Taken]", "Dates[Date]"), Link("Results[Entered]", "Dates[Date]", active=False)]

    def person() -> list[Any]:
        return [some(["F", "M"]), some([7, 8, 9]), some([True, False])]

    attributes = {"Sex": "text", "Stage": "integer", "FSM": "boolean"}
    days = [*calendar[::19], dt.date(2031, 1, 1)]
    columns = {"Taken": "date", "Entered": "date", "Subject": "text", "Grade": "text", "Score": "integer",
               "Fee": "real", "Hours": "integer", "Passed": "integer", "Present": "boolean"}  # fmt: skip
    rows: list[list[Any]] = [
        [some(days), some(days), some(SUBJECTS), some(["A", "a", "B"]), some([-2, 0, 1, 3, 5, 8]),
         some([-20.0, 0.5, 12.25, 90.0, 400.0]), some([0, 1, 2, 6]), some([0, 1]), some([True, False])]
        for _ in range(size)
    ]  # fmt: skip
    for row, first in zip(rows, ([-2, 0.5, 1, 0], [0, 12.25, 2, 1], [3, -20.0, 6, 1]), strict=False):
        row[4:8] = first  # a column of two numbers would be taken for a flag, as Passed is
    if keyed:
        columns = {"UPN": "text", **columns}
        rows = [[some([*people, *([p.upper() for p in people]), "gone"], 0.08), *row] for row in rows]
    if not (pupils and keyed):
        columns, rows = {**columns, **attributes}, [[*row, *person()] for row in rows]
    if flake and (flake == "results" or not (pupils and keyed)):
        columns, rows = {**columns, "SchoolID": "text"}, [[*row, some([*schools, "s0", "S9"])] for row in rows]
        links.append(Link("Results[SchoolID]", "Schools[SchoolID]"))
    made["Results"] = columns, rows
    made["Dates"] = (
        {"Date": "date", "Year": "integer", "Quarter": "integer", "Month": "integer"},
        [[day, day.year, (day.month + 2) // 3, day.month] for day in calendar],
    )
    if pupils and keyed:
        known = [[p, *person()] for p in people]
        attributes = {"UPN": "text", **attributes}
        if flake in {"pupils", "trusts"}:
            known, attributes = [[*p, some([*schools, "S9"])] for p in known], {**attributes, "SchoolID": "text"}
            links.append(Link("Pupils[SchoolID]", "Schools[SchoolID]"))
        made["Pupils"] = attributes, known
        links.append(Link("Results[UPN]", "Pupils[UPN]"))
        if "clubs" in more:
            made["Clubs"] = (
                {"UPN": "text", "Club": "text"},
                [[chance.choice(people), some(["Chess", "Judo"], 0)] for _ in range(chance.randint(1, 5))],
            )
            links.append(Link("Clubs[UPN]", "Pupils[UPN]", both=True))
    if flake:
        table = [[s, some(["Ash", "Birch", "Elm"], 0), some(AREAS)] for s in schools]
        columns = {"SchoolID": "text", "School": "text", "Area": "text"}
        if flake == "trusts":
            table, columns = [[*s, some(["t1", "t2", "t9"])] for s in table], {**columns, "TrustID": "text"}
            made["Trusts"] = {"TrustID": "text", "Region": "text"}, [["T1", "East"], ["t2", some(["East", "West"])]]
            links.append(Link("Schools[TrustID]", "Trusts[TrustID]"))
        made["Schools"] = columns, table
    if "rooms" in more:
        made["Rooms"] = {"Topic": "text", "Room": "text"}, [["Art", "R1"], ["ART", "R2"], ["Maths", "R1"]]
        links.append(Link("Results[Subject]", "Rooms[Topic]", several=True))
    if "pick" in more:
        made["Pick"] = {"Choice": "text"}, [["x"], ["y"]]
    return _built(made, tuple(links), keyed=keyed)


def _built(made: dict[str, tuple[dict[str, str], list[list[Any]]]], links: tuple[Link, ...], *, keyed: bool) -> Star:
    types = {f"{t}[{c}]": kind for t, (columns, _) in made.items() for c, kind in columns.items()}
    written = {
        t: pd.DataFrame(rows, columns=[f"{t}[{c}]" for c in columns], dtype=object)
        for t, (columns, rows) in made.items()
    }
    return Star({t: rows.map(folded) for t, rows in written.items()}, written, types, links, keyed)


def folded(value: Any) -> Any:
    """A value as it compares in a model."""
    return BLANK if value is None else value.casefold() if isinstance(value, str) else value
