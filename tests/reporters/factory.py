"""Hand-made results: a workbook with every kind of outcome, and ones with hostile names."""

from __future__ import annotations

import dataclasses
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
        "SU001": "recoverable-in-visual",
        "DR006": "filter-isolation",
        "NPD002": "npd-derived-shown",
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


SCHOOLS, SEXES = ("Ash School", "Elm School", "Oak, Upper School"), ("F", "M")


def cross(*people: int, totals: bool = True) -> LayerResult:
    """Pupils by school and sex, with totals of both where wanted."""

    def counted(keeps: tuple[int, ...], labels: tuple[tuple[str, ...], ...], codes: tuple[tuple[int, ...], ...], n):
        return CellTable(keeps, labels, codes, Counts(n), Counts(n))

    codes = (tuple(i // 2 for i in range(6)), tuple(i % 2 for i in range(6)))
    body = counted((0, 1), (SCHOOLS, SEXES), codes, people)
    margins = (
        ("subtotal", counted((0,), (SCHOOLS,), ((0, 1, 2),), tuple(sum(people[i : i + 2]) for i in (0, 2, 4)))),
        ("subtotal", counted((1,), (SEXES,), ((0, 1),), (sum(people[::2]), sum(people[1::2])))),
        ("grand total", counted((), (), (), (sum(people),))),
    )
    grain = ("School", "Sex")
    return LayerResult("Matrix", grain, (False, False), KEY, "evaluated", body=body, totals=margins if totals else ())


def drawn_result(**changes: Any) -> WorkbookResult:
    """A workbook whose findings have everything that is drawn: places, cells, subtractions, pairs and chains."""
    school = "School=Oak, Upper School"
    equation = {"cell": f"{school}, Sex=F", "plus": (school,), "minus": (f"{school}, Sex=M",)}
    visuals = (
        dataclasses.replace(visual("v1", "Pupils by school and sex", "p1"), box=(0.02, 0.02, 0.6, 0.5)),
        dataclasses.replace(visual("v2", "Average score", "p1"), box=(0.02, 0.55, 0.3, 0.4)),
        dataclasses.replace(visual("v3", "Title", "p1", empty=True), box=(0.65, 0.02, 0.3, 0.1)),
        visual("v4", "Pupil list", "p2", hidden=True),
    )
    at = {"page": "Overview", "visual": "Pupils by school and sex", "visual_id": "v1"}
    follower = finding("SU001", Severity.WARNING, "Hiding just these would not be enough.", **at, fields=("x",),
                       evidence={"equations": (equation,), "what_if": True})  # fmt: skip
    found = (
        finding("SU001", Severity.ERROR, "1 hidden figure of 1 follows from what it shows.", **at,
                evidence={"certificates": ("masked",), "equations": (equation,)}),
        finding("SC001", Severity.ERROR, "2 cells of 6 rest on 1-9 people.", **at, related=(follower.fingerprint,),
                evidence={"grain": ("School", "Sex"), "small_cells": 2, "examples": ({"groups": ("Ash School", "F")},)}),
        follower,
        finding("DR006", Severity.ERROR, "Filters together leave 1-9 people.", "Overview", "Average score",
                visual_id="v2", evidence={
                    "fields": ("School", "Sex", "Ethnicity"), "depth": 3, "not_decided": 2,
                    "pairs": (
                        {"fields": ("School", "Ethnicity"), "isolated": "1-9", "cells": 12, "by_difference": False},
                        {"fields": ("School", "Sex"), "isolated": "1-9", "cells": 3, "by_difference": True},
                        {"fields": ("School", "Sex", "Ethnicity"), "isolated": "1-9", "cells": 40, "by_difference": False},
                    )}),
        finding("NPD002", Severity.WARNING, "Band derives from NPD fields.", "Overview", "Average score",
                visual_id="v2", evidence={"chains": ("Band ← Points ← KS4_ATT8", "Index ← Points ← KS4_ATT8")}),
        finding("SC002", Severity.ERROR, "1 figure rests on 1-9 people.", "Pupil list", "Pupil list", visual_id="v4",
                evidence={"grain": ("Ward",), "small_figures": 7, "examples": ({"groups": ("North",)}, {"groups": ("(total)",)})}),
    )  # fmt: skip
    pages = (Page("p1", "Overview", "dashboard", width=1280, height=720), Page("p2", "Pupil list", hidden=True))
    seen = Evidence({}, {}, {
        "v1": VisualResult("v1", "evaluated", (), (cross(4, 40, 60, 70, 5, 80),)),
        "v2": VisualResult("v2", "approximate", ("dates are whole days",), (cross(12, 40, 60, 70, 50, 80, totals=False),)),
        "v3": VisualResult("v3", "no_query"),
        "v4": VisualResult("v4", "data_unread", ("its rows are live on a server",)),
    })  # fmt: skip
    book = Workbook("powerbi", "drawn.pbix", "ef" * 32, (), pages, visuals)
    return result(
        **({"path": "drawn.pbix", "kind": "powerbi", "findings": found, "workbook": book, "evidence": seen} | changes)
    )


def large_result(count: int = 50, side: int = 60) -> WorkbookResult:
    """A workbook of many visuals, each with a large table and several findings."""
    pages = tuple(Page(f"p{i}", f"Page {i}", width=1280, height=720) for i in range(5))
    codes = (tuple(i // side for i in range(side**2)), tuple(i % side for i in range(side**2)))
    names = tuple(f"A rather long name of a school, number {i}" for i in range(side))
    counts = Counts(tuple(1 + i % 700 for i in range(side**2)))
    body = CellTable((0, 1), (names, names), codes, counts, counts)
    one = dataclasses.replace(layer(body, "School", "Group"), opaque=(False, False))
    visuals = tuple(
        dataclasses.replace(
            visual(f"v{i}", f"Visual {i} with a long name", f"p{i % 5}"), box=(i // 5 % 4 / 4, i // 20 / 3, 0.24, 0.3)
        )
        for i in range(count)
    )
    seen = Evidence({}, {}, {v.id: VisualResult(v.id, "evaluated", (), (one,)) for v in visuals})
    drawn = drawn_result().findings
    found = tuple(
        dataclasses.replace(
            f, location=dataclasses.replace(f.location, page=f"Page {i % 5}", visual=v.name, visual_id=v.id)
        )
        for i, v in enumerate(visuals)
        for f in drawn
    )
    book = Workbook("powerbi", "large.pbix", "ab" * 32, (), pages, visuals)
    return result(path="large.pbix", kind="powerbi", workbook=book, evidence=seen, findings=found)


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
