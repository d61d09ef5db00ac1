"""Hand-made results: a workbook with every kind of outcome, and ones with hostile names."""

from __future__ import annotations

from typing import Any

from linter.evidence import BaseCounts, CellTable, Counts, Evidence, LayerResult, Status, Unit, VisualResult
from linter.findings import Confidence, Finding, Severity, Suppression
from linter.location import Location
from linter.model import Layer, Page, UnreadPart, Visual, Workbook
from linter.results import Run, WorkbookResult

KEY = Unit("key", "UPN", None, "high", "has 431 distinct values in 431 rows")
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\u202eesrever",
    "a\x00b\x9bc",
    "##vso[task.complete result=Succeeded]",
    "::error::no",
    "[red]markup[/red] :boom:",
    "line\r\n::warning::two",
    "=cmd|'/c calc'!A1",
)


def table(
    *people: int, labels: tuple[str, ...] = (), rows: tuple[int, ...] = (), hidden: tuple[int, ...] = ()
) -> CellTable:
    """A body with one grouping; ``people`` are the units per cell, ``rows`` the records."""
    names = labels or tuple(f"Group {i}" for i in range(len(people)))
    records = Counts(rows or tuple(3 * p for p in people))
    codes = (tuple(range(len(people))),)
    base = BaseCounts("Attainment 8", "value", "avg", records, Counts(people))
    return CellTable((0,), (names,), codes, records, Counts(people), (base,), hidden)


def layer(body: CellTable | None, *grain: str, status: Status = "evaluated", unit: Unit = KEY) -> LayerResult:
    """A layer with one total where it has a body."""
    totals = ()
    if body is not None:
        whole = Counts((body.contributors.total,))
        totals = (("Grand total", CellTable((), (), (), Counts((body.records.total,)), whole)),)
    return LayerResult("Bars", grain, tuple(False for _ in grain), unit, status, body=body, totals=totals)


def visual(id_: str, name: str, page: str, *, empty: bool = False, hidden: bool = False) -> Visual:
    layers = () if empty else (Layer("Bars", "s", ()),)
    return Visual(id_, name, "bar", (page,), "Report/Layout", layers, hidden=hidden)


def finding(code: str, severity: Severity, message: str, page: str | None, visual: str | None, **more: Any) -> Finding:
    names = {
        "SC001": "small-count",
        "SC002": "small-base",
        "DR001": "unit-on-visual",
        "EX001": "unit-rows-embedded",
    }
    location = more.pop("location", None) or Location(
        more.pop("part", "Report/Layout"),
        page,
        visual,
        more.pop("visual_id", visual),
        more.pop("field", None),
    )
    return Finding(
        rule=code,
        name=names.get(code, "some-rule"),
        severity=severity,
        confidence=more.pop("confidence", Confidence.HIGH),
        message=message,
        location=location,
        fix=more.pop("fix", "Merge small groups, or leave the split out."),
        **more,
    )


def findings() -> tuple[Finding, ...]:
    follower = finding("SC002", Severity.ERROR, "9 of 13 averages rest on 1-9 pupils.", "Overview", "Pupils by school")
    return (
        finding(
            "SC001",
            Severity.ERROR,
            "11 of 13 cells show 1-9 pupils, counted by UPN.",
            "Overview",
            "Pupils by school",
            evidence={"cells": 13, "small_cells": 11, "grain": ("School", "Year")},
            revealed={"minimum": 1, "smallest_cells": ("Ash School: 1", "Elm School: 2")},
            fields=("School", "Year"),
            related=(follower.fingerprint,),
        ),
        follower,
        finding("SC001", Severity.ERROR, "1 of 2 cells shows 1-9 pupils.", "Detail", "Detail", fields=("Sex",)),
        finding(
            "DR001",
            Severity.WARNING,
            "The tooltip carries the unit key UPN, so that each mark can be told to be one pupil.",
            "Detail",
            "Attainment of looked-after children by ethnicity, first language and special educational need",
            confidence=Confidence.MEDIUM,
            field="UPN",
            fix="Take the field off the tooltip.",
        ),
        finding(
            "EX001",
            Severity.ERROR,
            "The file packages one row per pupil.",
            None,
            None,
            part="Data/Extracts/pupils.hyper",
            fix="Aggregate the extract, or publish it without 'Include external files'.",
        ),
        finding(
            "SC001",
            Severity.ERROR,
            "3 of 8 cells show 1-9 pupils.",
            "Overview",
            "Open data",
            suppression=Suppression("waiver", "Published by the DfE already", "2027-03-31"),
        ),
        finding(
            "ME002",
            Severity.WARNING,
            "The map can't be recomputed: a table calculation that filters.",
            "Overview",
            "Map",
            visual_id="v-map",
            coverage=True,
            fix="Replace the filter by one on a field.",
        ),
    )


def workbook() -> Workbook:
    pages = (Page("p1", "Overview", "dashboard"), Page("p2", "Detail", "sheet"))
    visuals = (
        visual("v1", "Pupils by school", "p1"),
        visual("v-map", "Map", "p1"),
        visual("v-title", "Title", "p1", empty=True),
        visual("v2", "Detail", "p2"),
        visual("v3", "Trend of persistent absence", "p2", hidden=True),
    )
    unread = (
        UnreadPart("Data/legacy.tde", "the extract is a TDE file", "Open and save it with Tableau 10.5 or later."),
    )
    return Workbook("tableau", "reports/ks4_schools.twbx", "ab" * 32, (), pages, visuals, unread=unread)


def evidence() -> Evidence:
    people = (1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 40, 55)
    schools = ("Ash School", "Elm School", *(f"School {i}" for i in range(11)))
    visuals = {
        "v1": VisualResult("v1", "evaluated", (), (layer(table(*people, labels=schools), "School"),)),
        "v-map": VisualResult(
            "v-map",
            "not_evaluated",
            ("a table calculation that filters",),
            (layer(None, "Ward", status="not_evaluated"),),
        ),
        "v-title": VisualResult("v-title", "no_query"),
        "v2": VisualResult(
            "v2",
            "approximate",
            ("dates are whole days",),
            (layer(table(6, 60, labels=("F", "M")), "Sex", status="approximate"),),
        ),
        "v3": VisualResult("v3", "data_unread", ("the rows of Absence are live on a server",)),
    }
    return Evidence({}, {}, visuals)


def result(**changes: Any) -> WorkbookResult:
    """The workbook with every kind of outcome, or a variation of it."""
    given = {
        "path": "reports/ks4_schools.twbx",
        "kind": "tableau",
        "sha256": "ab" * 32,
        "audience": "public",
        "delivery": "file",
        "profile": "strict",
        "assumptions": ("audience", "delivery"),
        "findings": findings(),
        "threshold": 9,
        "workbook": workbook(),
        "evidence": evidence(),
    }
    return WorkbookResult(**(given | changes))


def clean_result(**changes: Any) -> WorkbookResult:
    """A workbook in which everything was checked and nothing found."""
    book = Workbook("powerbi", "ok.pbix", "cd" * 32, (), (Page("p1", "Totals"),), (visual("v1", "Pupils", "p1"),))
    seen = Evidence({}, {}, {"v1": VisualResult("v1", "evaluated", (), (layer(table(40, 50), "Sex"),))})
    given = {
        "path": "ok.pbix",
        "kind": "powerbi",
        "sha256": "cd" * 32,
        "assumptions": (),
        "findings": (),
        "workbook": book,
        "evidence": seen,
    }
    return result(**(given | changes))


def unreadable_result() -> WorkbookResult:
    """A workbook of which nothing could be read."""
    gap = finding(
        "ME001",
        Severity.ERROR,
        "broken.pbix can't be read: the zip directory is damaged.",
        None,
        None,
        part="",
        coverage=True,
        fix="Save the file again.",
    )
    return result(path="broken.pbix", kind="powerbi", sha256="", findings=(gap,), workbook=None, evidence=None)


def hostile_result(text: str) -> WorkbookResult:
    """Every place that may hold text of a workbook holds this one."""
    pages = (Page("p1", text), Page("p2", text + " 2"))
    visuals = (visual(text, text, "p1"), visual("v2", text, "p2"))
    book = Workbook("tableau", text, "00" * 32, (), pages, visuals, unread=(UnreadPart(text, text, text),))
    cells = layer(table(1, 20, labels=(text, "x")), text, unit=Unit("key", text, None, "high", text))
    seen = Evidence(
        {},
        {},
        {
            text: VisualResult(text, "evaluated", (text,), (cells,)),
            "v2": VisualResult("v2", "data_unread", (text,)),
        },
    )
    where = Location(text, text, text, text, text, 3)
    facts = {"fields": (text, text), "name": text, text: 1}
    excuse = Suppression("waiver", text, text)
    found = (
        finding(
            "SC001",
            Severity.ERROR,
            f"Says {text}",
            text,
            text,
            location=where,
            evidence=facts,
            revealed=facts,
            fix=text,
        ),
        finding("SC002", Severity.NOTE, text, text, text, location=where, suppression=excuse, fix=text),
        finding("ME001", Severity.NOTE, text, text, text, location=where, coverage=True, fix=text),
        finding("EX001", Severity.NOTE, text, None, None, part=text, field=text),
    )
    return result(path=text, profile=text, assumptions=(text,), findings=found, workbook=book, evidence=seen)


def run(*results: WorkbookResult, fail_on: Severity | None = Severity.ERROR, show_values: bool = False) -> Run:
    return Run(results, fail_on, show_values)
