"""Measures in DAX, each with its meaning in plain Python: the rows behind it in a filter context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.powerbi.school import Context, Row, months, moved, under_months


@dataclass(frozen=True)
class Measure:
    """``rows`` gives the contributing rows of ``table``; ``own_cells``: it shows cells without rows of their own.

    ``of_members``: it compares with values of members, which is refused where clubs repeat the rows;
    ``counts_absent``: members without a value qualify, which is refused under groupings of other tables.
    """

    dax: str
    rows: Callable[[Context], list[Row]]
    table: str = "Results"
    own_cells: bool = False
    of_members: bool = False
    counts_absent: bool = False


def results(context: Context) -> list[Row]:
    return context.rows("Results")


def to_date(context: Context) -> list[Row]:
    seen = months(context)
    if not seen:
        return []
    year, last = seen[-1]
    return results(under_months(context, [(year, m) for m in range(1, last + 1)]))


def whole_years(context: Context) -> list[Row]:
    years = [year for year, _ in months(context)]
    chosen = range(min(years), max(years) + 1) if years else ()
    return results(under_months(context, [(year, m) for year in chosen for m in range(1, 13)])) if years else []


def shifted(context: Context, by: int) -> list[Row]:
    seen = months(context)
    if not seen:
        return []
    first, last = moved(seen[0], by), moved(seen[-1], by)
    return results(under_months(context, [m for m in [moved(first, i) for i in range(60)] if m <= last]))


def running(context: Context) -> list[Row]:
    seen = context.rows("Dates")
    last = max((r["Date"] for r in seen), default=None)
    inner = context.removing("Dates").adding(
        "Dates", ["Date"], lambda r: last is not None and r["Date"] is not None and r["Date"] <= last
    )
    return results(inner) if last else []


def years(context: Context) -> set[int]:
    return {year for year, _ in months(context)}


def fiscal_year_before(context: Context) -> list[Row]:
    """The twelve months before the year, from September, in which the first visible month lies."""
    if not (seen := months(context)):
        return []
    year, month = seen[0]
    start = (year - (month < 9), 9)
    return results(under_months(context, [moved(start, i - 12) for i in range(12)]))


def following(context: Context, *, whole_year: bool) -> list[Row]:
    if not (seen := months(context)):
        return []
    year, _ = last = seen[-1]
    return results(under_months(context, [(year + 1, m) for m in range(1, 13)] if whole_year else [moved(last, 1)]))


def up_to_year(context: Context) -> list[Row]:
    """Rows of all years up to the last visible one; rows without a date come before every year."""
    last = max(years(context), default=0)
    wide = context.removing("Dates", "Year")
    return results(wide.adding("Dates", ["Year"], lambda r: (r["Year"] or 0) <= last))


def pupil_of(context: Context, row: Row) -> str | None:
    """The pupil that a result refers to, None for the blank row."""
    known = context.data.referred("Pupils", "PupilID", row["PupilID"])["PupilID"]
    return None if known is None else str(known)


def by_pupil(context: Context) -> dict[str | None, list[Row]]:
    found: dict[str | None, list[Row]] = {}
    for row in results(context):
        found.setdefault(pupil_of(context, row), []).append(row)
    return found


def pupils_with(context: Context, holds: Callable[[int], bool]) -> list[Row]:
    counts = by_pupil(context)
    return [r for r in context.rows("Pupils") if holds(len(counts.get(r["PupilID"], ())))]


def results_of(context: Context, holds: Callable[[int], bool], *, blank: bool) -> list[Row]:
    """Results of the pupils with so many of them, with or without those whose pupil isn't known."""
    counts = by_pupil(context)
    return [r for pupil, rows in counts.items() if holds(len(rows)) and (blank or pupil is not None) for r in rows]


def of_schools_above(context: Context, least: int) -> list[Row]:
    """Results of the schools of the cell whose scores add up to more."""
    totals: dict[object, int] = {}
    school: dict[int, object] = {}
    for row in results(context):
        pupil = context.data.referred("Pupils", "PupilID", row["PupilID"])
        school[id(row)] = context.data.referred("Classes", "ClassID", pupil["ClassID"])["School"]
        totals[school[id(row)]] = totals.get(school[id(row)], 0) + (row["Score"] or 0)
    return [row for row in results(context) if totals[school[id(row)]] > least]


def best_score(context: Context) -> list[Row]:
    """Rows whose score reaches the highest of the cell's own school, whatever the subject."""
    wide = context.removing("Results", "Subject")
    top = max((r["Score"] for r in results(wide) if r["Score"] is not None), default=0)
    return [r for r in results(context.removing("Results", "Score")) if (r["Score"] or 0) == top]


def scored(rows: list[Row]) -> list[Row]:
    return [r for r in rows if r["Score"] is not None]


MEASURES = [
    Measure("COUNTROWS(Results)", results),
    Measure("SUM(Results[Score])", lambda c: scored(results(c))),
    Measure("COUNTROWS(Pupils)", lambda c: c.rows("Pupils"), "Pupils"),
    Measure("COUNTROWS(Clubs)", lambda c: c.rows("Clubs"), "Clubs"),
    Measure("TOTALYTD(COUNTROWS(Results), Dates[Date])", to_date, own_cells=True),
    Measure(
        "CALCULATE(TOTALYTD(COUNTROWS(Results), Dates[Date]), SAMEPERIODLASTYEAR(Dates[Date]))",
        lambda c: to_date(under_months(c, [moved(m, -12) for m in months(c)])),
        own_cells=True,
    ),
    Measure("CALCULATE(COUNTROWS(Results), PARALLELPERIOD(Dates[Date], 0, YEAR))", whole_years, own_cells=True),
    Measure(
        "VAR d = MAX(Dates[Date]) RETURN "
        "CALCULATE(COUNTROWS(Results), FILTER(ALL(Dates), Dates[Date] <= d && NOT ISBLANK(Dates[Date])))",
        running,
        own_cells=True,
    ),
    Measure(
        "VAR s = CALCULATE(MAX(Results[Score]), ALL(Results[Subject])) "
        "RETURN CALCULATE(COUNTROWS(Results), Results[Score] = s)",
        best_score,
        own_cells=True,
    ),
    Measure(
        "CALCULATE(COUNTROWS(Results), NEXTMONTH(Dates[Date]))",
        lambda c: following(c, whole_year=False),
        own_cells=True,
    ),
    Measure(
        "CALCULATE(COUNTROWS(Results), NEXTYEAR(Dates[Date]))", lambda c: following(c, whole_year=True), own_cells=True
    ),
    Measure('CALCULATE(COUNTROWS(Results), PREVIOUSYEAR(Dates[Date], "8-31"))', fiscal_year_before, own_cells=True),
    Measure(
        "CALCULATE(COUNTROWS(Results), WINDOW(1, ABS, 0, REL, ALL(Dates[Year]), ORDERBY(Dates[Year])))",
        up_to_year,
        own_cells=True,
    ),
    Measure(
        "COUNTROWS(FILTER(VALUES(Pupils[PupilID]), [m0] > 1))",
        lambda c: pupils_with(c, lambda n: n > 1),
        "Pupils",
        of_members=True,
    ),
    Measure(
        "COUNTROWS(FILTER(VALUES(Pupils[PupilID]), [m0] < 2))",
        lambda c: pupils_with(c, lambda n: n < 2),
        "Pupils",
        of_members=True,
        counts_absent=True,
    ),
    Measure(
        "CALCULATE(COUNTROWS(Results), FILTER(VALUES(Pupils[PupilID]), [m0] > 1))",
        lambda c: results_of(c, lambda n: n > 1, blank=True),
        of_members=True,
    ),
    Measure(
        "CALCULATE(COUNTROWS(Results), FILTER(Pupils, [m0] < 3))",
        lambda c: results_of(c, lambda n: n < 3, blank=False),
        of_members=True,
    ),
    Measure(
        "CALCULATE(COUNTROWS(Results), FILTER(VALUES(Classes[School]), [m1] > 3))",
        lambda c: of_schools_above(c, 3),
        of_members=True,
    ),
    Measure('CALCULATE([m0], Shift[Name] = "Last year")', lambda c: shifted(c, -12), own_cells=True),
    Measure(
        'CALCULATE([m0], Shift[Name] = "Art last year")',
        lambda c: shifted(c.adding("Results", ["Subject"], lambda r: r["Subject"] == "Art"), -12),
        own_cells=True,
    ),
]
