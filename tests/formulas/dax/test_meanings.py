"""What measures of school reports count, against brute force over the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.formulas.dax.counting import DATA, YEARS, Row, bases, by, counted, under

MEASURES = {
    "n": "COUNTROWS(Marks)",
    "shown": "IF([n] < 4, BLANK(), [n])",
    "twice": "VAR a = Marks[shown] RETURN a * 2",
    "mean": "DIVIDE(SUM(Marks[Score]), [n])",
    "fsm": "CALCULATE([n], Pupils[FSM] = TRUE())",
}


def groups(rows: list[Row], column: str) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def of_groups(column: str, holds: Callable[[list[Row]], bool]) -> Callable[..., list[Row]]:
    """The rows of those members of a cell for which something holds."""
    return lambda cell: [r for own in groups(under(cell), column).values() if holds(own) for r in own]


def mean(rows: list[Row]) -> float:
    return sum(r["Score"] or 0 for r in rows) / len(rows)


@pytest.mark.parametrize(
    ("text", "column", "holds"),
    [
        ("SUMX(VALUES(Marks[Subject]), IF([n] < 4, 0, [n]))", "Subject", lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[Subject]), [shown])", "Subject", lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[Subject]), IF(HASONEVALUE(Marks[Subject]) && [n] >= 4, [n]))", "Subject",
         lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[Subject]), [twice])", "Subject", lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[Subject]), 2 * [shown])", "Subject", lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[Subject]), VAR x = [n] VAR y = IF(x < 4, BLANK(), x) RETURN y)", "Subject",
         lambda own: len(own) >= 4),
        ('SUMX(ADDCOLUMNS(VALUES(Marks[Subject]), "@n", IF([n] < 4, BLANK(), [n])), [@n])', "Subject",
         lambda own: len(own) >= 4),
        ('SUMX(SUMMARIZE(Marks, Marks[Subject], "@n", IF(COUNTROWS(Marks) < 4, 0, COUNTROWS(Marks))), [@n])',
         "Subject", lambda own: len(own) >= 4),
        ("SUMX(VALUES(Marks[PupilID]), IF([mean] >= 4 && [n] > 1, [n]))", "PupilID",
         lambda own: mean(own) >= 4 and len(own) > 1),
        ("SUMX(VALUES(Marks[PupilID]), SWITCH(TRUE(), [mean] < 4, 0, [n] < 2, 0, [n]))", "PupilID",
         lambda own: mean(own) >= 4 and len(own) > 1),
        ("SUMX(VALUES(Marks[PupilID]), IF([mean] >= 4, [n]))", "PupilID", lambda own: mean(own) >= 4),
        ("SUMX(VALUES(Marks[PupilID]), [n] * ([mean] >= 4))", "PupilID", lambda own: mean(own) >= 4),
        ("CALCULATE([n], FILTER(VALUES(Marks[PupilID]), CALCULATE([n], Marks[Subject] = \"Art\") > 1))", "PupilID",
         lambda own: sum(r["Subject"] == "Art" for r in own) > 1),
    ],
)  # fmt: skip
def test_of_a_sum_over_members_only_those_count_that_the_choice_lets_in(text, column, holds):
    """Suppression member by member, and persistent anything: the others' people are not behind the sum."""
    found = [b for b in bases(text, **MEASURES) if b.table == "Marks"]
    assert counted(found[:1], "Pupils.School") == [by(("School",), of_groups(column, holds))]


def years_of(cell: dict[str, Any], chosen: Callable[[int], Iterable[int | None]]) -> list[Row]:
    """The marks of the years that a window gives of each year that the cell shows."""
    seen = [cell["Year"]] if "Year" in cell else list(YEARS)
    wanted = {year for own in seen if own is not None for year in chosen(YEARS.index(own))}
    return [row for row in under(cell, "Year") if row["Year"] in wanted]


def cell_of(grain: tuple[str, ...], cell: tuple[Any, ...]) -> dict[str, Any]:
    return {g: int(v) if g == "Year" else v for g, v in zip(grain, cell, strict=False)}


PLACES = (None, *YEARS)  # rows without a year stand before all years


def window(first: int, last: int) -> Callable[[int], Iterable[int | None]]:
    return lambda i: PLACES[max(i + 1 + first, 0) : max(i + 2 + last, 0)]


@pytest.mark.parametrize(
    ("table", "chosen"),
    [
        ("OFFSET(-1, ALL(Years[Year]), ORDERBY(Years[Year]))", window(-1, -1)),
        ("OFFSET(-1, , ORDERBY(Years[Year]))", window(-1, -1)),
        ("OFFSET(-2, ALLSELECTED(Years[Year]))", window(-2, -2)),
        ("OFFSET(1, ALLSELECTED(Years[Year]), ORDERBY(Years[Year], DESC))", window(-1, -1)),
        ("OFFSET(1, ALL(Years[Year]), ORDERBY(Years[Year], ASC))", window(1, 1)),
        ("WINDOW(-2, REL, 0, REL, ALLSELECTED(Years[Year]), ORDERBY(Years[Year]))", window(-2, 0)),
        ("WINDOW(-1, 1, ALL(Years[Year]), ORDERBY(Years[Year]))", window(-1, 1)),
        ("WINDOW(1, ABS, -1, REL, ALL(Years[Year]), ORDERBY(Years[Year]))", window(-9, -1)),
        ("WINDOW(1, REL, -1, ABS, ALL(Years[Year]), ORDERBY(Years[Year]))", window(1, 9)),
        ("WINDOW(0, REL, -1, ABS, ALL(Years[Year]), ORDERBY(Years[Year]), KEEP)", window(0, 9)),
        ("INDEX(-2, ALL(Years[Year]), ORDERBY(Years[Year]))", lambda _: [2024]),
        ("INDEX(1, ALLSELECTED(Years[Year]), ORDERBY(Years[Year], DESC))", lambda _: [2025]),
    ],
)
def test_windows_over_the_years(table, chosen):
    """The year before, a moving mean of three years, all up to now; in totals of every year that is shown."""
    grain = ("Year", "School")
    expected = by(grain, lambda cell: years_of(cell, chosen))
    (found,) = counted(bases(f"CALCULATE([n], {table})", **MEASURES), "Years.Year", "Pupils.School")
    shown = {cell for cell in expected if under(cell_of(grain, cell))} if "INDEX" in table else set(expected)
    assert {cell: n for cell, n in found.items() if cell[:1] != (None,)} == {c: expected[c] for c in shown}
    assert bases(f"SUMX({table}, [n])", **MEASURES)[0].adds == bases(f"CALCULATE([n], {table})", **MEASURES)[0].adds


def picked(*columns: str) -> set[tuple[Any, ...]]:
    return {tuple(row[c] for c in columns) for row in DATA["Picked"]}


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("CALCULATE([n], TREATAS(VALUES(Picked[Year]), Marks[Year]))",
         lambda c: [r for r in under(c) if (r["Year"],) in picked("Year")]),
        ("CALCULATE([n], TREATAS(VALUES(Picked[School]), Pupils[School]))",
         lambda c: [r for r in under(c, "School") if (r["School"],) in picked("School")]),
        ("CALCULATE([n], KEEPFILTERS(TREATAS(VALUES(Picked[School]), Pupils[School])))",
         lambda c: [r for r in under(c) if (r["School"],) in picked("School")]),
        ("CALCULATE([n], TREATAS(FILTER(VALUES(Picked[Year]), Picked[Year] > 2023), Years[Year]))",
         lambda c: [r for r in under(c) if r["Year"] == 2025]),
        ("CALCULATE([n], TREATAS(Picked2, Years[Year], Pupils[School]))",
         lambda c: [r for r in under(c, "School") if (r["Year"], r["School"]) in picked("Year", "School")]),
        ('CALCULATE([n], TREATAS({(2022, "Ash"), (2024, "Birch")}, Marks[Year], Pupils[School]))',
         lambda c: [r for r in under(c, "School") if (r["Year"], r["School"]) in {(2022, "Ash"), (2024, "Birch")}]),
        ('CALCULATE([n], EXCEPT(ALL(Pupils[School]), {"Ash"}))',
         lambda c: [r for r in under(c, "School") if r["School"] != "Ash"]),
        ('CALCULATE([n], INTERSECT(VALUES(Pupils[School]), TREATAS({"Ash", "Birch"}, Pupils[School])))',
         lambda c: [r for r in under(c) if r["School"] in {"Ash", "Birch"}]),
        ('CALCULATE([n], UNION(FILTER(ALL(Pupils[School]), Pupils[School] = "Ash"), TREATAS({"Birch"}, Pupils[School])))',
         lambda c: [r for r in under(c, "School") if r["School"] in {"Ash", "Birch"}]),
        ('COUNTROWS(INTERSECT(VALUES(Marks[PupilID]), CALCULATETABLE(VALUES(Marks[PupilID]), Marks[Subject] = "Art")))',
         lambda c: [r for r in under(c) if r["PupilID"] in {o["PupilID"] for o in under(c) if o["Subject"] == "Art"}]),
        ('COUNTROWS(EXCEPT(VALUES(Marks[PupilID]), CALCULATETABLE(VALUES(Marks[PupilID]), Marks[Subject] = "Art")))',
         lambda c: [r for r in under(c) if r["PupilID"] not in {o["PupilID"] for o in under(c) if o["Subject"] == "Art"}]),
        ("COUNTROWS(NATURALINNERJOIN(Marks, Pupils))", lambda c: [r for r in under(c) if r["School"] is not None]),
        ("COUNTROWS(NATURALLEFTOUTERJOIN(Marks, Pupils))", under),
    ],
)  # fmt: skip
def test_values_of_one_table_as_a_filter_on_another(text, behind):
    """A disconnected slicer table, a bridge in words, those with and those without."""
    text = text.replace("Picked2", "SUMMARIZE(Picked, Picked[Year], Picked[School])")
    expected = by(("School",), behind)
    (found,) = counted(bases(text, **MEASURES), "Pupils.School")
    unshown = {c: n for c, n in expected.items() if c not in found and not under(cell_of(("School",), c))}
    assert found == {c: n for c, n in expected.items() if c not in unshown}


def test_pupils_without_marks():
    (found,) = counted(bases("COUNTROWS(EXCEPT(VALUES(Pupils[PupilID]), VALUES(Marks[PupilID])))"), "Pupils.School")
    absent = [p for p in DATA["Pupils"] if p["PupilID"] not in {m["PupilID"] for m in DATA["Marks"]}]
    assert found[()] == (len(absent), len(absent))
    assert absent
    assert sum(n for cell, (n, _) in found.items() if cell) == len(absent)


def of_last_day(cell: dict[str, Any], counts: Callable[[Row], bool], *, first: bool = False) -> list[Row]:
    days = [r["Day"] for r in under(cell) if r["Day"] is not None and counts(r)]
    free = [r for r in under(cell, "Month") if days and r["Day"] == (min(days) if first else max(days))]
    return [r for r in free if counts(r)]


@pytest.mark.parametrize(
    ("text", "counts", "first"),
    [
        ("CALCULATE([n], LASTNONBLANK(Dates[Day], [n]))", lambda r: True, False),
        ("LASTNONBLANKVALUE(Dates[Day], SUM(Marks[Score]))", None, False),
        ("LASTNONBLANKVALUE(Dates[Day], [score])", lambda r: r["Score"] is not None, False),
        ("FIRSTNONBLANKVALUE(Dates[Day], [score])", lambda r: r["Score"] is not None, True),
        ("VAR d = LASTNONBLANK(Dates[Day], [n]) RETURN CALCULATE([n], ALL(Dates), Dates[Day] = d)",
         lambda r: True, False),
        ("VAR d = LASTNONBLANK(Marks[Day], [n]) RETURN CALCULATE([n], ALL(Dates), Dates[Day] = d)",
         lambda r: True, False),
    ],
)  # fmt: skip
def test_the_last_day_with_a_number(text, counts, first):
    """Balances and rolls: what counts is the last day of the cell on which somebody has a mark."""
    found = bases(text, **MEASURES, score="SUM(Marks[Score])")
    if counts is None:  # a sum that no row context turns into one for each day: the last day of the calendar
        assert all(b.problems for b in found)
        return
    expected = by(("School", "Month"), lambda cell: of_last_day(cell, counts, first=first))
    (made,) = counted(found, "Pupils.School", "Dates.Month")
    assert {cell: n for cell, n in made.items() if cell[-1:] != (None,)} == expected


def not_of(freed: tuple[str, ...], holds: Callable[[Row], bool] = lambda r: True) -> Callable[..., list[Row]]:
    """The marks under wider filters that are not those of the cell for which something holds."""

    def behind(cell: dict[str, Any]) -> list[Row]:
        some = [r for r in under(cell) if holds(r)]
        return [r for r in under(cell, *freed) if r not in some] if under(cell) else []

    return behind


def without(freed: tuple[str, ...], holds: Callable[[Row], bool] = lambda r: True) -> Callable[..., list[Row]]:
    """The marks under wider filters of pupils of whom the cell has no such mark."""

    def behind(cell: dict[str, Any]) -> list[Row]:
        some = {r["PupilID"] for r in under(cell) if holds(r)}
        return [r for r in under(cell, *freed) if r["PupilID"] not in some] if under(cell) else []

    return behind


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("CALCULATE([n], ALL(Pupils)) - [n]", not_of(("School",))),
        ("[n] - CALCULATE([n], ALL(Pupils[School]))", not_of(("School",))),
        ("VAR t = CALCULATE([n], REMOVEFILTERS()) VAR h = [n] RETURN t - h", not_of(("School", "Subject"))),
        ("CALCULATE([n], ALLSELECTED(Marks[Subject])) - [n]", not_of(("Subject",))),
        ('CALCULATE([n], ALL(Pupils)) - CALCULATE([n], Marks[Year] = 2024)',
         not_of(("School",), lambda r: r["Year"] == 2024)),
        ("CALCULATE([pupils], ALL(Marks[Subject])) - [pupils]", without(("Subject",))),
        ("[pupils] - CALCULATE([pupils], Marks[Year] = 2024)", without((), lambda r: r["Year"] == 2024)),
    ],
)  # fmt: skip
def test_what_a_total_leaves_is_a_number_of_people(text, behind):
    """All less the cell's own: the people of the other members."""
    *_, rest = bases(text, **MEASURES, pupils="DISTINCTCOUNTNOBLANK(Marks[PupilID])")
    (found,) = counted([rest], "Pupils.School", "Marks.Subject")
    expected = by(("School", "Subject"), behind)
    assert expected
    people = {cell: n[1] for cell, n in found.items()}
    assert {c: n for c, n in people.items() if n} == {c: n for c, (_, n) in expected.items() if n}
    if "pupils" not in text:
        assert found == expected


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("CALCULATE(COUNTROWS(Pupils), Marks)", lambda r: True),
        ("CALCULATE(COUNTROWS(Pupils), SUMMARIZE(Marks, Pupils[PupilID]))", lambda r: True),
        ("CALCULATE(COUNTROWS(Pupils), FILTER(Marks, Marks[Score] > 4))", lambda r: (r["Score"] or 0) > 4),
        ("CALCULATE(CALCULATE(COUNTROWS(Pupils), Marks), Marks[Score] > 4)", lambda r: (r["Score"] or 0) > 4),
        (
            "COUNTROWS(CALCULATETABLE(VALUES(Pupils[PupilID]), FILTER(Marks, NOT ISBLANK(Marks[Score]))))",
            lambda r: r["Score"] is not None,
        ),
    ],
)
def test_a_bridge_filters_by_the_rows_that_are_found_in_it(text, holds):
    """Pupils with a mark, of a kind: a table as a filter works on the tables that its rows refer to."""
    (found,) = counted(bases(text), "Pupils.School", "Marks.Subject")
    expected = by(("School", "Subject"), lambda c: [
        p for p in DATA["Pupils"] if p["PupilID"] in {r["PupilID"] for r in under(c) if holds(r)}
    ])  # fmt: skip
    assert {cell: n for cell, n in found.items() if n[0]} == expected
