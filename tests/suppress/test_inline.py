"""Which findings an ignore is about: those of the object it stands on, and no more."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from linter.config.resolve import Acceptance
from linter.findings import Confidence, Finding, Severity, Suppression
from linter.location import Location
from linter.model import Ignore, Page, Visual, Workbook
from linter.suppress.inline import ignored

TODAY = dt.date(2030, 6, 15)
CODES = frozenset({"DR001", "EX002", "MF003"})
PLACE = Acceptance("a.pbix", Path(), Path("w.toml"), Path("b.json"), authors_may=CODES)
BOOK = Workbook(
    "powerbi", "a.pbip", "0" * 64,
    pages=(Page("p1", "Overview"), Page("p2", "Detail"), Page("p3", "Detail")),
    visuals=(
        Visual("v1", "Pupils", "bar", ("p1",), "part"),
        Visual("v2", "Pupils", "bar", ("p2",), "part"),
        Visual("Pupil", "Called like a table", "bar", ("p2",), "part"),
    ),
    files={"model.tmdl": "Model/definition/model.tmdl"},
)  # fmt: skip


def finding(
    rule: str = "DR001", *, visual: str = "", page: str | None = None, field: str | None = None, **more
) -> Finding:
    found = next((v for v in BOOK.visuals if v.id == visual), None)
    where = Location("part", page, found.name if found else None, visual or None, field)
    return Finding(rule, "name", Severity.ERROR, Confidence.HIGH, "Says so.", where, "Mend it.", **more)


def covers(ignore: Ignore, found: Finding) -> bool:
    book = dataclasses.replace(BOOK, ignores=(ignore,))
    (marked,), problems = ignored([found], book, PLACE, TODAY, CODES)
    assert bool(problems) is (marked.suppression is None), "what covers nothing is said"
    return marked.suppression is not None


def on(name: str, table: str = "", rule: str = "DR001") -> Ignore:
    return Ignore("part", name, f"{rule} until 2030-06-15: agreed", None, table)


ON_FIRST = finding(visual="v1", page="Overview", fields=("UPN",))
ON_SECOND = finding(visual="v2", page="Detail", fields=("UPN",))
OF_FIELD = finding("EX002", field="UPN", fields=("Pupil", "UPN"))
OF_FIELDS = finding("EX002", field="UPN", fields=("Pupil", "UPN", "Surname"))
OF_TABLE = finding("EX002", fields=("Pupil",))
OF_BOOK = finding("MF003")


@pytest.mark.parametrize(
    ("ignore", "found", "expected"),
    [
        (on("v1"), ON_FIRST, True),
        (on("v1"), ON_SECOND, False),  # of the same name on another page
        (on("Pupils"), ON_FIRST, False),  # the name of a visual is not its id
        (on("p1"), ON_FIRST, True),
        (on("p1"), ON_SECOND, False),
        (on("p1"), finding(page="Overview"), True),
        (on("p2"), finding(page="Detail"), False),  # two pages have that name
        (on("UPN", "Pupil"), finding(visual="v1", page="Overview", fields=("UPN",)), True),
        (on("UPN", "Pupil"), finding(visual="v1", page="Overview", fields=("UPN", "School")), False),
        (on("UPN", "Pupil", "EX002"), OF_FIELD, True),
        (on("UPN", "Pupil", "EX002"), OF_FIELDS, False),
        (on("Surname", "Pupil", "EX002"), OF_FIELDS, False),
        (on("UPN", "Staff", "EX002"), OF_FIELD, False),  # the column of that name in another table
        (on("Pupil", "", "EX002"), OF_TABLE, False),  # a visual has that id: it means the visual
        (on("Absence", "", "EX002"), finding("EX002", fields=("Absence",)), True),
        (on("", "", "MF003"), OF_BOOK, True),
        (on(""), ON_FIRST, False),  # the whole workbook is not each of its visuals
        (on("gone"), ON_FIRST, False),
        (on("v1", rule="EX002"), ON_FIRST, False),
    ],
)
def test_what_an_ignore_covers(ignore, found, expected) -> None:
    assert covers(ignore, found) is expected


@pytest.mark.parametrize("found", [
    finding("DR001", visual="v1", page="Overview", coverage=True), finding("ME001", visual="v1", page="Overview"),
])  # fmt: skip
def test_gaps_are_never_covered(found) -> None:
    place = dataclasses.replace(PLACE, authors_may=frozenset({"DR001", "ME001"}))
    book = dataclasses.replace(BOOK, ignores=(on("v1", rule=found.rule),))
    (marked,), problems = ignored([found], book, place, TODAY, CODES | {"ME001"})
    assert marked.suppression is None
    assert problems


def test_a_problem_points_to_the_file_and_line_and_quotes_nothing() -> None:
    book = dataclasses.replace(BOOK, ignores=(Ignore("model.tmdl", "UPN", "Ann Smith is fine", 7, "Pupil"),) * 2)
    _, problems = ignored([], book, PLACE, TODAY, CODES)
    (problem,) = problems
    assert (problem.location.part, problem.location.line) == ("Model/definition/model.tmdl", 7)
    assert problem.location.field == "UPN"
    assert "Smith" not in str(problem)


def test_a_waiver_comes_before_an_ignore_which_is_used_all_the_same() -> None:
    book = dataclasses.replace(BOOK, ignores=(on("v1"),))
    waived = dataclasses.replace(ON_FIRST, suppression=Suppression("waiver", "r", "2030-12-31"))
    assert ignored([waived], book, PLACE, TODAY, CODES) == ([waived], [])


def test_of_two_ignores_the_longer_is_shown() -> None:
    later = Ignore("part", "v1", "DR001 until 2030-07-01: later", None)
    book = dataclasses.replace(BOOK, ignores=(on("v1"), later))
    (marked,), problems = ignored([ON_FIRST], book, PLACE, TODAY, CODES)
    assert (marked.suppression.reason, problems) == ("later", [])
