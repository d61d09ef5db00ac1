from __future__ import annotations

import datetime as dt

import pytest

from linter.expressions import FALSE, TRUE, Column, Literal, Unsupported, call, problems
from linter.parsers.powerbi.catalogue import build
from linter.parsers.powerbi.expressions import Reader
from linter.parsers.powerbi.filters import Conditions, literal
from tests.parsers.powerbi import build as b

SEX, SCORE, BORN = Column("Pupil", "Sex"), Column("Pupil", "Score"), Column("Pupil", "Born")
DAY = dt.datetime(2020, 3, 22)  # noqa: DTZ001 - dates of a model have no zone


@pytest.fixture(scope="module")
def conditions():
    return Conditions(Reader(build(b.metadata(), None, "")))


def compared(kind, field, value):
    return {"Comparison": {"ComparisonKind": kind, "Left": field, "Right": b.literal(value)}}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("'it''s'", "it's"), ("7L", 7), ("-6L", -6), ("1.5D", 1.5), ("2.50M", 2.5), ("true", True),
        ("null", None), ("datetime'2020-03-22T00:00:00'", DAY), ("''", ""),
        ("datetime'2020-03-22T00:00:00.0000000'", DAY),
    ],
)  # fmt: skip
def test_literals(raw, value):
    assert literal(b.literal(raw)) == Literal(value)


@pytest.mark.parametrize("raw", ["", "'", "guid'x'", "datetime'yesterday'", "7X"])
def test_strange_literals_are_not_guessed(raw):
    assert isinstance(literal(b.literal(raw)), Unsupported)


def test_lists(conditions):
    sex = b.column("Pupil", "Sex")
    inside = call("in", SEX, Literal("F"), Literal(None))
    assert conditions.predicate(b.where(b.one_of(sex, "'F'", "null"))) == inside
    outside = {"Not": {"Expression": b.one_of(sex, "'F'", "null")}}
    assert conditions.predicate(b.where(outside)) == call("not", call("coalesce", inside, FALSE))


def test_list_over_two_fields(conditions):
    pair = {
        "Expressions": [b.column("Pupil", "Sex"), b.column("Pupil", "Score")],
        "Values": [[b.literal("'F'"), b.literal("1L")]],
    }
    assert conditions.predicate(b.where({"In": pair})) == call(
        "and", call("null_safe_eq", SEX, Literal("F")), call("null_safe_eq", SCORE, Literal(1))
    )


def test_ragged_list_is_not_guessed(conditions):
    ragged = {"Expressions": [b.column("Pupil", "Sex")], "Values": [[]]}
    assert problems(conditions.predicate(b.where({"In": ragged})))


@pytest.mark.parametrize(
    ("kind", "value", "name", "with_blank"),
    [
        (0, "5L", "eq", False), (0, "0L", "eq", True), (1, "5L", "gt", False), (1, "-1L", "gt", True),
        (3, "5L", "lt", True), (4, "0L", "le", True), (2, "1D", "ge", False),
    ],
)  # fmt: skip
def test_blank_compares_as_zero(conditions, kind, value, name, with_blank):
    found = conditions.predicate(b.where(compared(kind, b.column("Pupil", "Score"), value)))
    plain = call(name, SCORE, literal(b.literal(value)))
    assert found == (call("coalesce", plain, TRUE) if with_blank else plain)


def test_null_comparison(conditions):
    assert conditions.predicate(b.where(compared(0, b.column("Pupil", "Sex"), "null"))) == call("is_null", SEX)


def test_text_conditions_and_connectives(conditions):
    sex = b.column("Pupil", "Sex")
    either = {
        "Or": {
            "Left": {"Contains": {"Left": sex, "Right": b.literal("'a'")}},
            "Right": {"StartsWith": {"Left": sex, "Right": b.literal("'b'")}},
        }
    }
    assert conditions.predicate(b.where(either)) == call(
        "or", call("contains", SEX, Literal("a")), call("starts_with", SEX, Literal("b"))
    )


def test_date_span_means_the_whole_span(conditions):
    span = {"DateSpan": {"Expression": b.literal("datetime'2020-03-22T00:00:00'"), "TimeUnit": 0}}
    start = call("date_trunc", Literal("day"), Literal(DAY))
    end = call("date_add", Literal("day"), Literal(1), start)
    born = b.column("Pupil", "Born")
    found = [
        conditions.predicate(b.where({"Comparison": {"ComparisonKind": k, "Left": born, "Right": span}}))
        for k in range(5)
    ]
    assert found == [
        call("and", call("ge", BORN, start), call("lt", BORN, end)),
        call("ge", BORN, end),
        call("ge", BORN, start),
        call("coalesce", call("lt", BORN, start), TRUE),
        call("coalesce", call("lt", BORN, end), TRUE),
    ]


def test_relative_date(conditions):
    ago = {"DateAdd": {"Expression": {"Now": {}}, "Amount": -7, "TimeUnit": 0}}
    between = {
        "Expression": b.column("Pupil", "Born"),
        "LowerBound": {"DateSpan": {"Expression": ago, "TimeUnit": 0}},
        "UpperBound": {"DateSpan": {"Expression": {"Now": {}}, "TimeUnit": 0}},
    }
    found = conditions.predicate(b.where({"Between": between}))
    assert not problems(found)
    assert found.args[0] == call(
        "ge", BORN, call("date_trunc", Literal("day"), call("date_add", Literal("day"), Literal(-7), call("now")))
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"Exists": {}},
        {},
        {"Comparison": {"ComparisonKind": 9}},
        compared(1, b.column("Pupil", "Sex"), "null"),
        {
            "Comparison": {
                "ComparisonKind": 0,
                "Left": b.column("Pupil", "Born"),
                "Right": {"DateSpan": {"TimeUnit": 4}},
            }
        },
        b.one_of(b.measure("Nowhere"), "1L"),
        b.one_of(b.column("Nowhere", "x"), "1L"),
    ],
)
def test_what_is_not_understood_says_so(conditions, condition):
    assert problems(conditions.predicate(b.where(condition)))


def test_aliases_name_their_tables(conditions):
    definition = {
        "From": [{"Name": "p", "Entity": "Pupil", "Type": 0}],
        "Where": [
            {
                "Condition": b.one_of(
                    {"Column": {"Expression": {"SourceRef": {"Source": "p"}}, "Property": "sex"}}, "'F'"
                )
            }
        ],
    }
    assert conditions.predicate(definition) == call("in", SEX, Literal("F"))
