"""A small school model for the tests: a fact table, dimensions, a second date relationship."""

from __future__ import annotations

from linter.expressions import Column
from linter.formulas.dax import BaseUse, Reducer, Relationship, Schema

TABLES = {
    "Results": ("PupilID", "SchoolID", "Date", "Entered", "Score", "Grade", "Present"),
    "Pupils": ("PupilID", "Sex", "FSM", "Name"),
    "Schools": ("SchoolID", "School", "Area"),
    "Date": ("Date", "Year", "Month"),
    "Targets": ("Year", "Target"),
}
TYPES = {
    "Results": {"Score": "real", "Grade": "text", "Present": "boolean", "Date": "date", "PupilID": "text"},
    "Pupils": {"Sex": "text", "FSM": "boolean"},
    "Schools": {"School": "text", "Area": "text"},
    "Date": {"Date": "date", "Year": "integer", "Month": "integer"},
}


def col(text: str) -> Column:
    """``Table.name`` as a column."""
    return Column(*text.split("."))


LINKS = (
    Relationship(col("Results.PupilID"), col("Pupils.PupilID")),
    Relationship(col("Results.SchoolID"), col("Schools.SchoolID")),
    Relationship(col("Results.Date"), col("Date.Date")),
    Relationship(col("Results.Entered"), col("Date.Date"), active=False),
)


def schema(**measures: str) -> Schema:
    """The model with these measures, all at home in Results."""
    return Schema(TABLES, {name: ("Results", text) for name, text in measures.items()}, LINKS, TYPES)


def bases(text: str, **measures: str) -> tuple[BaseUse, ...]:
    """The bases of a measure named ``m`` with this text."""
    return Reducer(schema(**measures)).expression_bases(text, home="Results", name="m")


def only(text: str, **measures: str) -> BaseUse:
    """Its one base."""
    (found,) = bases(text, **measures)
    return found


def base(aggregate: str, arg: str | None = None, table: str = "Results", **more: object) -> BaseUse:
    """The expected base: everything not named is as plain as can be."""
    role = more.pop("role", "value")
    return BaseUse("m", role, aggregate, None if arg is None else col(arg), table, **more)
