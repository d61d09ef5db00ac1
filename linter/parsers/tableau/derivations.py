"""What a column instance does to its field: groups by it, by a part of its date, or aggregates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.expressions import Expr, Literal, Unsupported, call
from linter.parsers.tableau.names import bare
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree

AGGREGATES = {
    "Sum": "sum", "Avg": "avg", "Count": "count", "CountD": "count_distinct", "Min": "min", "Max": "max",
    "Median": "median", "Stdev": "stdev", "StdDev": "stdev", "StdevP": "stdevp", "StdDevP": "stdevp",
    "Std-Dev": "stdev", "Std-DevP": "stdevp", "Std. Dev": "stdev", "Std. Dev (Pop.)": "stdevp",
    "Var": "var", "Variance": "var", "VarP": "varp", "Attribute": "any", "Collect": "collect",
    "Percentile": "percentile",
}  # fmt: skip
"""Derivations that aggregate, in the words of ``linter.expressions.AGGREGATES``."""

_PARTS = {
    "Year": "year", "Quarter": "quarter", "Month": "month", "Week": "week", "Weekday": "weekday",
    "Day": "day", "Hour": "hour", "Minute": "minute", "Second": "second", "DayOfYear": "dayofyear",
    "ISO-Year": "iso_year", "ISO-Quarter": "iso_quarter", "ISO-Week": "iso_week",
    "ISO-Weekday": "iso_weekday", "ISO-WeekDay": "iso_weekday",
}  # fmt: skip

_WORDS = {"MY": "month and year", "MDY": "date", "InOut": "In/Out", "DayOfYear": "day of year"}

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calendar:
    """Of a data source: first day of the week (0 = Sunday) and first month of the year (1..12)."""

    week_start: int = 0
    year_start: int = 1


@dataclass(frozen=True, slots=True)
class Instance:
    """A column instance: which field, what is derived of it, how it is typed and table-calculated."""

    column: str
    derivation: str
    type: str
    table_calcs: tuple[str, ...] = ()

    @property
    def aggregates(self) -> bool:
        """Whether it gives one value per mark instead of splitting marks."""
        return self.derivation in AGGREGATES or self.derivation == "User" or bool(self.table_calcs)


def read_instances(parent: etree._Element) -> dict[str, Instance]:
    """Column instances among the children, by name without brackets."""
    return {
        bare(element.get("name", "")): Instance(
            bare(element.get("column", "")),
            element.get("derivation", "None"),
            element.get("type", ""),
            tuple(calc.get("type", "") or "formula" for calc in element.iterfind("table-calc")),
        )
        for element in parent.iterfind("column-instance")
    }


def read_calendar(datasource: etree._Element) -> Calendar:
    """The date options of a data source."""
    options = datasource.find("date-options")
    if options is None:
        return Calendar()
    day, month = options.get("start-of-week", "sunday"), options.get("fiscal-year-start", "january")
    return Calendar(
        _DAYS.index(day.lower()) if day.lower() in _DAYS else 0,
        _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else 1,
    )


def group_by(expr: Expr, derivation: str, calendar: Calendar) -> Expr:
    """The grouping expression of a derivation that groups; unknown ones are unsupported."""
    if derivation in {"None", "InOut"}:
        return expr
    if derivation == "MY":
        return call("year_month", expr)
    if derivation == "MDY":
        return call("year_month_day", expr)
    stem, truncates = derivation.removesuffix("-Trunc"), derivation.endswith("-Trunc")
    unit = _PARTS.get(stem)
    if unit is None:
        return Unsupported(f"an unknown derivation of a field ({derivation[:30]})")
    if unit in {"year", "quarter"}:
        expr = _fiscal(expr, calendar)
    arguments: tuple[Expr, ...] = (Literal(unit), expr)
    if unit == "week" and calendar.week_start:
        arguments = (*arguments, Literal(calendar.week_start))
    return call("date_trunc" if truncates else "date_part", *arguments)


def worded(caption: str, derivation: str) -> str:
    """How a derived field is called: ``Year of Order Date``."""
    if derivation in {"None", "User"} or derivation in AGGREGATES:
        return caption
    stem = derivation.removesuffix("-Trunc")
    return f"{_WORDS.get(stem, stem)} of {caption}" if stem != "InOut" else f"In/Out of {caption}"


def _fiscal(expr: Expr, calendar: Calendar) -> Expr:
    """A date moved so that the fiscal year falls on the calendar year it is named after (where it ends)."""
    if calendar.year_start == 1:
        return expr
    return call("date_add", Literal("month"), Literal(13 - calendar.year_start), expr)
