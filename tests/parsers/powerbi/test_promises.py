"""Every form of a Power BI report that is promised: its cells against a count by hand, or a stated problem.

One report holds a page per case, in the legacy format and in PBIR; both are recomputed once. A case is
named by the form that it proves.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from linter.cells.supplied import Supplied
from linter.engine import LintOptions, recompute
from tests.parsers.powerbi import build as b

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from linter.model import Workbook
    from linter.results import WorkbookResult

TODAY = dt.date(2026, 6, 30)
Row = dict[str, Any]


def _rows() -> list[Row]:
    """Ninety records of seventy pupils: some moved school, so records are not people."""
    chance = random.Random(11)
    pupils = []
    for n in range(70):
        born = dt.date(2010, 1, 1) + dt.timedelta(days=chance.randrange(900))
        score = chance.choice([None, *range(0, 100, 7)])
        pupils.append(
            {
                "UPN": f"U{n:03}",
                "Sex": chance.choice("FM"),
                "Ethnicity": chance.choice(["A", "A", "A", "B", "B", "C", None]),
                "Score": score,
                "Born": born.isoformat(),
                "Band": chance.choice(["high", "low"]),
                "Score (bins)": None if score is None else score // 20 * 20,
                "Lat": 51 + n % 5,
                "Long": -1 - n % 3,
            }
        )
    records = [dict(p, URN=1 + n % 4) for n, p in enumerate(pupils)]
    records += [dict(p, URN=1 + (n + 1) % 4) for n, p in enumerate(pupils[:20])]
    for row in records:
        row["Entered"] = row["Born"]
        row["Ethnicity (groups)"] = {"A": "A", None: None}.get(row["Ethnicity"], "Other")
    return records


ROWS = _rows()
SCHOOLS = {urn: {"URN": urn, "LA": "North" if urn < 3 else "South", "School": f"S{urn}"} for urn in range(1, 5)}
for _row in ROWS:
    _row |= {"LA": SCHOOLS[_row["URN"]]["LA"], "School": SCHOOLS[_row["URN"]]["School"]}
    _row |= {"Year": int(_row["Born"][:4]), "Month": int(_row["Born"][5:7])}


def _renamed(value: Any, **names: str) -> Any:
    """A copy with other names."""
    text = json.dumps(value)
    for old, new in names.items():
        text = text.replace(old, new)
    return json.loads(text)


# rows of a generated date table can't be supplied: the first has a name of its own here, the second has no rows
MODEL = _renamed(b.MODEL, LocalDateTable_1="Days")
PUPIL_TABLE, SCHOOL_TABLE, DAY_TABLE = MODEL["tables"][:3]
SECOND = {"Days": "LocalDateTable_2", "dates": "entries", "Born": "Entered"}
MODEL["tables"].append(_renamed(DAY_TABLE, **SECOND))
MODEL["relationships"].append(_renamed(MODEL["relationships"][1], **SECOND))
PUPIL_TABLE["columns"] += [
    *(_renamed(c, **SECOND) for c in PUPIL_TABLE["columns"] if c["name"] == "Born"),
    {"name": "Score (bins)", "type": "calculated", "dataType": "double", "expression": "1"},
    {"name": "Ethnicity (groups)", "type": "calculated", "dataType": "string", "expression": "1"},
    {"name": "Lat", "dataType": "double"},
    {"name": "Long", "dataType": "double"},
]

LA, SCHOOL = b.column("School", "LA"), b.column("School", "School")
SEX, ETHNICITY, BAND, SCORE, UPN = (b.column("Pupil", n) for n in ("Sex", "Ethnicity", "Band", "Score", "UPN"))
PUPILS, SHARE = b.measure("Pupils"), b.measure("Share")
MEAN = b.aggregation("Pupil", "Score", 1)
COUNT = b.aggregation("Pupil", "UPN", 2)


def by(*keys: str, where: Callable[[Row], bool] = lambda row: True) -> list[int]:
    """Distinct pupils in each combination of those fields, ascending."""
    people: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for row in ROWS:
        if where(row):
            people[tuple(row[k] for k in keys)].add(row["UPN"])
    return sorted(map(len, people.values()))


@dataclass
class Case:
    """The first visual of a page is judged. ``figures`` are by measure and role, ``totals`` by what they keep."""

    item: str
    visuals: Iterable[dict[str, Any]]
    cells: list[int] | None = None
    figures: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    totals: dict[tuple[int, ...], list[int]] | None = None
    problem: str = ""
    status: str = "evaluated"
    layer: int = 0
    layers: int | None = None
    uses: list[str] | None = None
    controls: dict[str, list[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    hidden: bool = False
    hides: int = 0
    cards: list[Any] = field(default_factory=list)
    page: dict[str, Any] = field(default_factory=dict)


def shown(kind: str, wells: dict[str, list[Any]], **more: Any) -> list[dict[str, Any]]:
    return [b.visual("v", kind, wells, **more)]


def bars(*more: dict[str, Any], filters: list[Any] | None = None, **single: Any) -> list[dict[str, Any]]:
    """A bar chart of pupils by sex, and other visuals of its page."""
    return [b.visual("v", "barChart", {"Category": [SEX], "Y": [PUPILS]}, filters=filters, **single), *more]


def level(source: dict[str, Any], hierarchy: str, name: str) -> dict[str, Any]:
    inner = {"Hierarchy": {"Expression": source, "Hierarchy": hierarchy}}
    return {"HierarchyLevel": {"Expression": inner, "Level": name}}


def date_level(name: str, date: str = "Born") -> dict[str, Any]:
    source = {"Expression": b.ref("Pupil"), "Name": "Variation", "Property": date}
    return level({"PropertyVariationSource": source}, "Date Hierarchy", name)


def share_of(value: dict[str, Any], *scope: dict[str, Any]) -> dict[str, Any]:
    whole = {"ScopedEval": {"Expression": value, "Scope": list(scope)}}
    return {"Arithmetic": {"Left": value, "Right": whole, "Operator": 3}}


def compared(kind: int, left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {"Comparison": {"ComparisonKind": kind, "Left": left, "Right": right}}


def calculation(text: str) -> dict[str, Any]:
    return {"NativeVisualCalculation": {"Language": "dax", "Expression": text, "Name": "calculation"}}


def role(name: str) -> dict[str, Any]:
    return {"RoleRef": {"Role": name}}


def properties(group: str, **values: Any) -> dict[str, Any]:
    return {group: [{"properties": values}]}


def chosen(condition: dict[str, Any]) -> dict[str, Any]:
    return properties("general", filter={"filter": b.where(condition)})


def slicer(wells: list[Any], *objects: dict[str, Any], kind: str = "slicer", **single: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for each in objects:
        merged |= each
    return b.visual("s", kind, {"Values": wells}, objects=merged, **single)


def expr(value: dict[str, Any]) -> dict[str, Any]:
    return {"expr": value}


def flag(value: bool) -> dict[str, Any]:
    return expr(b.literal(str(value).lower()))


def ranked(fields: list[Any], order: Any, count: int, *, direction: int = 2) -> dict[str, Any]:
    """The definition of a Top N filter."""
    query = {"From": [], "Select": fields, "OrderBy": [{"Direction": direction, "Expression": order}], "Top": count}
    found = {"In": {"Expressions": fields, "Table": {"SourceRef": {"Source": "sub"}}}}
    source = [{"Name": "sub", "Expression": {"Subquery": {"Query": query}}, "Type": 2}]
    return {"Version": 2, "From": source, "Where": [{"Condition": found}]}


def tuples(fields: list[Any], *rows: tuple[str, ...]) -> dict[str, Any]:
    return {"In": {"Expressions": fields, "Values": [[b.literal(v) for v in row] for row in rows]}}


def refused(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Not": {"Expression": condition}}


def days_ago(days: int, unit: int = 0) -> dict[str, Any]:
    then = {"DateAdd": {"Expression": {"Now": {}}, "Amount": -days, "TimeUnit": unit}}
    span = {"DateSpan": {"Expression": then, "TimeUnit": unit}}
    now = {"DateSpan": {"Expression": {"Now": {}}, "TimeUnit": unit}}
    return {"Between": {"Expression": b.column("Pupil", "Born"), "LowerBound": span, "UpperBound": now}}


def scored(row: Row) -> bool:
    return row["Score"] is not None


def inside(container: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The container with more in its configuration."""
    return {**container, "config": json.dumps(json.loads(container["config"]) | more)}


def girls(row: Row) -> bool:
    return bool(row["Sex"] == "F")


def between(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    return {"And": {"Left": compared(2, SCORE, low), "Right": compared(4, SCORE, high)}}


MATRIX = {"Rows": [LA, SCHOOL], "Columns": [SEX], "Values": [PUPILS]}
LARGEST = {
    s["School"] for s in SCHOOLS.values() if len({r["UPN"] for r in ROWS if r["URN"] == s["URN"]}) == max(by("URN"))
}
SMALL = {"Rows": [LA], "Columns": [SEX]}
ALL = len({r["UPN"] for r in ROWS})
SCORED = len({r["UPN"] for r in ROWS if scored(r)})
PICK = {"Category": [{"index": 0, "length": 1, "expr": b.column("Pick", "Pick")}]}
FEMALE = b.one_of(SEX, "'F'")
OLD = dt.date(2011, 1, 1)
SINCE = (TODAY - OLD).days

PROJECTIONS = [
    Case("column", shown("tableEx", {"Values": [SEX, LA]}), by("Sex", "LA"), totals={}),
    Case("measure", bars(), by("Sex"), {("Pupils", "value"): by("Sex")}),
    Case("aggregation", shown("barChart", {"Category": [SEX], "Y": [MEAN]}), by("Sex"),
         {("Y.0", "value"): by("Sex", where=scored)}),
    Case("hierarchy level", shown("barChart", {"Category": [level(b.ref("School"), "Place", "Area")], "Y": [PUPILS]}),
         by("LA")),
    Case("auto date table", shown("lineChart", {"Category": [date_level("Year")], "Y": [PUPILS]}), by("Year")),
    Case("date levels without their table",
         shown("lineChart", {"Category": [date_level("Year"), date_level("Month")], "Y": [PUPILS]}), by("Year", "Month")),
    Case("auto date table without rows", shown("lineChart", {"Category": [date_level("Year", "Entered")],
         "Y": [PUPILS]}), by("Year")),
    Case("arithmetic", shown("barChart", {"Category": [SEX], "Y": [{"Arithmetic": {
        "Left": MEAN, "Right": COUNT, "Operator": 3}}]}), by("Sex"),
        {("Y.0", "numerator"): by("Sex", where=scored), ("Y.0", "denominator"): by("Sex")}),
    Case("percent of grand total", shown("pivotTable", {**SMALL, "Values": [share_of(COUNT)]}), by("LA", "Sex"),
         {("Values.0", "numerator"): by("LA", "Sex"), ("Values.0", "denominator"): [ALL] * 4}),
    Case("percent of column total", shown("pivotTable", {**SMALL, "Values": [share_of(COUNT, role("Columns"))]}),
         by("LA", "Sex"), {("Values.0", "denominator"): sorted(by("Sex") * 2)}),
    Case("percent of row total", shown("pivotTable", {**SMALL, "Values": [share_of(COUNT, role("Rows"))]}),
         by("LA", "Sex"), {("Values.0", "denominator"): sorted(by("LA") * 2)}),
    Case("percent of a total that is unknown", shown("pivotTable", {**SMALL, "Values": [share_of(COUNT, {"Odd": {}})]}),
         by("LA", "Sex"), status="not_evaluated", problem="percentage"),
    Case("groups", shown("barChart", {"Category": [{"GroupRef": {
        "Expression": b.ref("Pupil"), "Property": "Ethnicity (groups)", "GroupedColumns": [ETHNICITY]}}],
        "Y": [PUPILS]}), by("Ethnicity (groups)")),
    Case("bins", shown("columnChart", {"Category": [{"GroupRef": {
        "Expression": b.ref("Pupil"), "Property": "Score (bins)", "GroupedColumns": [SCORE]}}], "Y": [PUPILS]}),
        by("Score (bins)")),
    Case("sparkline", shown("tableEx", {"Values": [SEX, {"SparklineData": {
        "Measure": PUPILS, "Groupings": [date_level("Year")]}}]}), by("Sex", "Year"), layer=1, layers=2),
    Case("visual calculation", shown("pivotTable", {**SMALL, "Values": [PUPILS, calculation("RUNNINGSUM([Pupils])")]}),
         by("LA", "Sex")),
    Case("field parameter", bars(queryFieldParametersByRole=PICK), by("Sex"), layers=1,
         controls={"regroup": ["Sex", "LA"]}),
    Case("columns of the visual's own", shown("barChart", {"Category": [SEX], "Y": [{"Discretize": {}}]}),
         status="not_evaluated", problem="not understood"),
]  # fmt: skip

FILTERS = [
    Case("categorical", bars(filters=[b.card(ETHNICITY, b.one_of(ETHNICITY, "'A'", "null"))]),
         by("Sex", where=lambda r: r["Ethnicity"] in ("A", None))),
    Case("advanced", bars(filters=[b.card(SCORE, between(b.literal("20D"), b.literal("60D")), type="Advanced")]),
         by("Sex", where=lambda r: r["Score"] is not None and 20 <= r["Score"] <= 60)),
    Case("top N", shown("barChart", {"Category": [SCHOOL, SEX], "Y": [PUPILS]}, filters=[
        {"name": "t", "expression": SCHOOL, "type": "TopN", "howCreated": 1, "filter": ranked([SCHOOL], COUNT, 1)}]),
        by("School", "Sex", where=lambda r: r["School"] in LARGEST)),
    Case("relative date", bars(filters=[b.card(b.column("Pupil", "Born"), days_ago(SINCE), type="RelativeDate")]),
         by("Sex", where=lambda r: dt.date.fromisoformat(r["Born"]) >= OLD)),
    Case("include", bars(filters=[b.card(SEX, tuples([SEX, LA], ("'F'", "'North'"), ("'M'", "'South'")),
         type="Include", howCreated=3)]),
         by("Sex", where=lambda r: (r["Sex"], r["LA"]) in {("F", "North"), ("M", "South")})),
    Case("exclude", bars(filters=[b.card(SEX, refused(tuples([SEX, ETHNICITY], ("'F'", "null"))),
         type="Exclude", howCreated=4)]),
         by("Sex", where=lambda r: (r["Sex"], r["Ethnicity"]) != ("F", None))),
    Case("tuple", bars(filters=[b.card(SEX, tuples([SEX, LA], ("'F'", "'North'")), type="Tuple")]),
         by("Sex", where=lambda r: (r["Sex"], r["LA"]) == ("F", "North"))),
    Case("visual top N", bars(filters=[b.card(SEX, {"VisualTopN": {"ItemCount": 1}}, type="VisualTopN")]),
         by("Sex"), status="approximate", problem="not applied"),
    Case("on a year", bars(filters=[b.card(SEX, b.one_of(date_level("Year", "Entered"), "2011L"))]),
         by("Sex", where=lambda r: r["Year"] == 2011)),
    Case("on a month without its table", bars(filters=[b.card(SEX, b.one_of(date_level("Month"), "'May'"))]),
         status="not_evaluated", problem="months or quarters"),
    Case("unknown condition", bars(filters=[b.card(SEX, {"Fancy": {}}, type="Fancy")]),
         status="not_evaluated", problem="not understood"),
    Case("default value", bars(filters=[b.card(SEX, compared(0, SEX, {"DefaultValue": {}}))]),
         status="not_evaluated", problem="not understood"),
    Case("a condition of another shape", bars(filters=[{"expression": SEX, "filter": {"Version": 9, "Rule": {"x": 1}}}]),
         status="not_evaluated", problem="not understood"),
    Case("on a measure", bars(filters=[b.card(PUPILS, compared(1, PUPILS, b.literal("45L")), type="Advanced")]),
         by("Sex"), hides=1),
    Case("on an aggregate", bars(filters=[b.card(COUNT, compared(1, COUNT, b.literal("35L")), type="Advanced")]),
         by("Sex"), hides=1),
    Case("on a measure of the members of another field", bars(filters=[b.card(PUPILS, type="Advanced", filter={
        "Where": [{"Condition": compared(1, PUPILS, b.literal("20L")), "Target": [SCHOOL]}]})]),
        status="not_evaluated", problem="members of other fields"),
    Case("on a measure, of the page", bars(), by("Sex"), hides=1,
         cards=[b.card(PUPILS, compared(1, PUPILS, b.literal("45L")), type="Advanced")]),
    Case("of the page, hidden and locked", bars(), by("Sex", where=lambda r: r["LA"] == "North"),
         cards=[b.card(LA, b.one_of(LA, "'North'"), isHiddenInViewMode=True, isLockedInViewMode=True)]),
    Case("drill-through", bars(), by("Sex"), cards=[b.card(UPN, b.one_of(UPN, "'U001'"), howCreated=5)],
         page={"type": 2}, controls={"drill_through": ["UPN"], "quick_filter": []}, texts={"U001"}),
    Case("of a visual with a number in its title", bars(filters=[b.card(SEX, FEMALE)], vcObjects=properties(
        "title", text=expr(PUPILS))), by(where=girls), layer=1, layers=2),
    Case("in the open pane", bars(), by("Sex"), cards=[b.card(LA)], controls={"quick_filter": ["LA"]}),
    Case("a number that names a person", bars(), by("Sex", where=lambda r: r["URN"] == 3), texts={"3"},
         cards=[b.card(b.column("Pupil", "URN"), b.one_of(b.column("Pupil", "URN"), "3L"))]),
]  # fmt: skip

SLICERS = [
    Case("slicer", bars(slicer([SEX], chosen(FEMALE))), by("Sex", where=girls), controls={"slicer": ["Sex"]}),
    Case("select all but some", bars(slicer([ETHNICITY], chosen(refused(b.one_of(ETHNICITY, "'A'"))),
         properties("data", isInvertedSelectionMode=flag(True)))), by("Sex", where=lambda r: r["Ethnicity"] != "A")),
    Case("hierarchy slicer", bars(slicer([LA, SCHOOL], chosen({"Or": {
        "Left": tuples([LA, SCHOOL], ("'North'", "'S1'")), "Right": b.one_of(LA, "'South'")}}))),
        by("Sex", where=lambda r: r["School"] == "S1" or r["LA"] == "South")),
    Case("range slicer", bars(slicer([SCORE], chosen(between(b.literal("0D"), b.literal("50D"))))),
         by("Sex", where=lambda r: (r["Score"] or 0) <= 50)),  # BLANK counts as nought
    Case("relative date slicer", bars(slicer([b.column("Pupil", "Born")], chosen(days_ago(SINCE)))),
         by("Sex", where=lambda r: dt.date.fromisoformat(r["Born"]) >= OLD)),
    Case("relative time slicer", bars(slicer([b.column("Pupil", "Born")], chosen(days_ago(SINCE * 24, 7)))),
         by("Sex", where=lambda r: dt.date.fromisoformat(r["Born"]) >= OLD)),
    Case("text slicer", bars(slicer([SCHOOL], chosen({"Contains": {"Left": SCHOOL, "Right": b.literal("'s1'")}}),
         kind="textSlicer")), by("Sex", where=lambda r: r["School"] == "S1")),
    Case("nothing chosen", bars(slicer([SEX])), by("Sex")),
    Case("a single choice is forced", bars(slicer([LA], properties("selection", strictSingleSelect=flag(True)))),
         by("Sex"), status="approximate", problem="not saved"),
    Case("synchronised slicer", bars(slicer([SEX], chosen(FEMALE), syncGroup={"groupName": "sex", "filterChanges": True},
         display={"mode": "hidden"})), by("Sex", where=girls)),
    Case("slicer of a custom visual", bars(b.visual("s", "ChicletSlicer1448559807354", {"Category": [SEX]},
         objects=chosen(FEMALE))), by("Sex", where=girls)),
    Case("slicer with figures", [slicer([LA], chosen(b.one_of(LA, "'North'"))), b.visual(
        "v", "advancedSlicerVisual", {"Values": [SEX], "Label": [PUPILS]})][::-1],
        by("Sex", where=lambda r: r["LA"] == "North"), {("Pupils", "value"): by("Sex", where=lambda r: r["LA"] == "North")}),
    Case("text box under a slicer", [b.visual("v", "textbox", {}, objects={"values": [{"properties": {
        "expr": expr(PUPILS)}}]}), slicer([SEX], chosen(FEMALE))], by(where=girls)),
    Case("no interaction", bars(slicer([SEX], chosen(FEMALE))), by("Sex"),
         page={"relationships": [{"source": "s", "target": "v", "type": 3}]}),
]  # fmt: skip

VISUALS = [
    Case("totals of a matrix", shown("pivotTable", MATRIX), by("LA", "School", "Sex"),
         totals={(0, 1): by("LA", "School"), (0, 2): by("LA", "Sex"), (0,): by("LA"), (2,): by("Sex"), (): [ALL]}),
    Case("totals switched off", shown("pivotTable", MATRIX, objects=properties(
        "subTotals", rowSubtotals=flag(False), columnSubtotals=flag(False))), by("LA", "School", "Sex"), totals={}),
    Case("values on rows", shown("pivotTable", MATRIX, objects=properties("values", showOnRows=flag(True))),
         by("LA", "School", "Sex"), {("Pupils", "value"): by("LA", "School", "Sex")}),
    Case("total of a table", shown("tableEx", {"Values": [SEX, PUPILS]}), by("Sex"), totals={(): [ALL]}),
    Case("total of a waterfall", shown("waterfallChart", {"Category": [LA], "Breakdown": [SEX], "Y": [PUPILS]}),
         by("LA", "Sex"), totals={(0,): by("LA"), (): [ALL]}),
    Case("total of a stack", shown("columnChart", {"Category": [LA], "Series": [SEX], "Y": [PUPILS]},
         objects=properties("totals", show=flag(True))), by("LA", "Sex"), totals={(0,): by("LA")}),
    Case("drill levels", shown("columnChart", {"Category": [(LA, True), (SCHOOL, False)], "Y": [PUPILS]}), by("LA"),
         controls={"hierarchy": ["School"]}),
    Case("expansion of some members", shown("pivotTable", {"Rows": [(LA, True), (SCHOOL, False)], "Values": [PUPILS]},
         expansionStates=[{"roles": ["Rows"], "levels": [
             {"queryRefs": ["Rows.0"], "isCollapsed": True, "isPinned": True}, {"queryRefs": ["Rows.1"]}],
             "root": {"children": [{"identityValues": [b.literal("'North'")], "isToggled": True}]}}]),
         by("LA", "School"), totals={(0,): by("LA"), (): [ALL]}, texts={"North"}),
    Case("all but some members expanded", shown("pivotTable", {"Rows": [(UPN, True), SEX], "Values": [PUPILS]},
         expansionStates=[{"roles": ["Rows"], "levels": [
             {"queryRefs": ["Rows.0"], "identityKeys": [UPN]}, {"queryRefs": ["Rows.1"], "isCollapsed": True}],
             "root": {"children": [{"identityValues": [b.literal("'U002'")], "isToggled": True}]}}]),
         by("UPN", "Sex"), texts={"U002"}),
    Case("small multiples", shown("lineChart", {"Category": [SEX], "Rows": [LA], "Y": [PUPILS]}), by("Sex", "LA")),
    Case("items with no data", shown("barChart", {"Category": [ETHNICITY], "Y": [PUPILS]}, showAllRoles=["Category"]),
         by("Ethnicity")),
    Case("several measures as legend", shown("clusteredColumnChart", {"Category": [SEX], "Y": [PUPILS, MEAN]}),
         by("Sex"), {("Pupils", "value"): by("Sex"),
                     ("Y.1", "value"): by("Sex", where=scored)}),
    Case("cards by field", shown("multiRowCard", {"Values": [LA, PUPILS]}), by("LA"), totals={}),
    Case("new card", shown("cardVisual", {"Data": [PUPILS, MEAN], "Rows": [LA]}), by("LA")),
    Case("KPI with trend", shown("kpi", {"Indicator": [PUPILS], "TrendLine": [date_level("Year")]}), by("Year")),
    Case("scatter with details and play axis", shown("scatterChart", {"Category": [UPN], "X": [MEAN], "Y": [COUNT],
         "Play": [LA]}), by("UPN", "LA")),
    Case("table of a key and a count", shown("tableEx", {"Values": [UPN, PUPILS]}), by("UPN")),
    Case("map of places", shown("map", {"Latitude": [b.column("Pupil", "Lat")], "Longitude": [b.column("Pupil", "Long")],
         "Size": [PUPILS]}), by("Lat", "Long")),
    Case("key influencers", shown("keyDriversVisual", {"Target": [BAND], "ExplainBy": [SEX, ETHNICITY]}),
         by("Band", "Sex"), layers=2, controls={"regroup": ["Band", "Sex", "Ethnicity"]}),
    Case("decomposition tree", shown("decompositionTreeVisual", {"Analyze": [PUPILS],
         "ExplainBy": [(LA, True), (SEX, True), ETHNICITY]}), by("LA", "Sex"), totals={(0,): by("LA"), (): [ALL]}),
    Case("question and answer", shown("qnaVisual", {}), status="not_evaluated", problem="whatever its readers ask",
         controls={"regroup": []}),
    Case("custom visual", shown("Sankey02300D1BE6F5427989F3DE31CCA9E0F32020", {"Source": [SEX], "Destination": [LA],
         "Weight": [PUPILS]}), by("Sex", "LA")),
    Case("R visual", shown("scriptVisual", {"Values": [SEX, SCORE]}), by("Sex", "Score")),
    Case("Python visual", shown("pythonVisual", {"Values": [UPN, SCORE]}), by("UPN", "Score")),
    Case("paginated report", shown("rdlVisual", {"Values": [SEX, PUPILS]}), by("Sex"),
         status="not_evaluated", problem="another report"),
    Case("Power Apps", shown("PowerApps_PBI_CV_C29F1DCC_81F5_4973_94AD_0517D44CC06A", {"elements": [SEX, PUPILS]}),
         by("Sex"), status="not_evaluated", problem="outside"),
    Case("Power Automate", shown("FlowVisual_C29F1DCC_81F5_4973_94AD_0517D44CC06A", {"dataset": [UPN]}),
         by("UPN"), status="not_evaluated", problem="outside"),
    Case("smart and Copilot narrative", shown("aiNarratives", {}), status="not_evaluated", problem="written"),
    Case("scorecard", shown("scorecard", {}), status="not_evaluated", problem="metrics"),
    Case("text box", shown("textbox", {}), status="no_query"),
    Case("value in a text box", shown("textbox", {}, objects={"values": [{"properties": {"expr": expr(PUPILS)}}]}),
         [ALL], {("Pupils", "value"): [ALL]}),
    Case("button with a dynamic text", shown("actionButton", {}, objects=properties("text", text=expr(PUPILS))), [ALL]),
    Case("image by a measure", shown("image", {}, objects=properties("image", sourceUrl=expr(PUPILS))), [ALL]),
    Case("colour by a measure", bars(objects={"dataPoint": [{"properties": {"fill": {"solid": {"color": expr(
        {"FillRule": {"Input": MEAN, "FillRule": {"linearGradient2": {}}}})}}}}]}), by("Sex"),
        {("Pupils", "value"): by("Sex"), ("fill", "value"): by("Sex", where=scored)}),
    Case("rules on a measure", bars(objects={"values": [{"properties": {"backColor": {"solid": {"color": expr(
        {"Conditional": {"Cases": [{"Condition": compared(3, MEAN, b.literal("9D")), "Value": b.literal("'red'")}]}})}}}}]}),
        by("Sex"), uses=["Sex", "Pupils", "backColor"]),
    Case("error bars", bars(objects=properties("error", errorRange={"kind": "ErrorRange", "explicit": {
        "upperBound": expr(MEAN)}})), by("Sex"), {("errorRange", "value"): by("Sex", where=scored)}),
    Case("reference line", bars(objects=properties("referenceLine", value=expr(MEAN))), [ALL], layer=1, layers=2),
    Case("line over what is shown", bars(objects=properties("referenceLine", value=expr({"Aggregation": {
        "Expression": {"SelectRef": {"ExpressionName": "Y.0"}}, "Function": 1}}))), by("Sex"), layers=1),
    Case("anomalies with their explanations", shown("lineChart", {"Category": [date_level("Year")], "Y": [PUPILS]},
         objects=properties("anomalyDetection", show=flag(True), explainBy={"kind": "ExprList", "exprs": [
             {"expr": SEX}]})), by("Year"), controls={"regroup": ["Sex"]}),
    Case("anomalies explained by anything", shown("lineChart", {"Category": [date_level("Year")], "Y": [PUPILS]},
         objects=properties("anomalyDetection", show=flag(True), explainBy={"kind": "ExprList", "exprs": []})),
         by("Year"), status="not_evaluated", problem="any field of the model"),
    Case("forecast", shown("lineChart", {"Category": [date_level("Year")], "Y": [PUPILS]}, objects=properties(
        "forecast", show=flag(True), transform={"algorithm": "Forecast"})), by("Year")),
    Case("hidden visual", bars(display={"mode": "hidden"}), by("Sex"), hidden=True),
    Case("group of visuals that is hidden", [inside(bars()[0], parentGroupName="g"), {
        "config": json.dumps({"name": "g", "singleVisualGroup": {"isHidden": True}}), "filters": "[]"}],
        by("Sex"), hidden=True),
    Case("hidden page", bars(), by("Sex"), page={"visibility": 1}),
    Case("tooltip page", bars(), by("Sex"), page={"type": 1}, cards=[b.card(LA, howCreated=5)],
         controls={"tooltip": ["LA"]}),
    Case("visual with a tooltip page", bars(vcObjects=properties("visualTooltip", section=expr(b.literal("'p0'")))),
         by("Sex"), controls={"tooltip": ["Sex"]}),
    Case("button to a page", bars(b.visual("a", "actionButton", {}, vcObjects=properties(
        "visualLink", drillthroughSection=expr(b.literal("'p0'"))))), by("Sex"), controls={"navigation": []}),
    Case("click on another visual", bars(b.visual("o", "barChart", {"Category": [LA]})), by("Sex"),
         controls={"filter_action": ["LA", "Sex"]}),
    Case("no click on another visual", bars(b.visual("o", "barChart", {"Category": [LA]})), by("Sex"),
         controls={"filter_action": ["Sex"]}, page={"relationships": [{"source": "o", "target": "v", "type": 3}]}),
    Case("colours of members", bars(objects={"dataPoint": [{"properties": {}, "selector": {"data": [
        {"scopeId": compared(0, UPN, b.literal("'U003'"))}]}}]}), by("Sex"), texts={"U003"}),
    Case("totals on the mobile layout alone", [inside(b.visual("v", "tableEx", {"Values": [SEX, PUPILS]},
        objects=properties("total", totals=flag(False))), layouts=[{"id": 0}, {
            "id": 1, "position": {}, "objects": properties("total", totals=flag(True))}])],
        by("Sex"), totals={(): [ALL]}),
    Case("title on the mobile layout alone", [inside(bars()[0], layouts=[{"id": 0}, {
        "id": 1, "position": {}, "vcObjects": properties("title", text=expr(MEAN))}])], [ALL], {("text", "value"): [SCORED]}, layer=1, layers=2),
]  # fmt: skip

CASES = {f"{kind}: {case.item}": case for kind, cases in {
    "projection": PROJECTIONS, "filter": FILTERS, "slicer": SLICERS, "visual": VISUALS}.items() for case in cases}  # fmt: skip


def report() -> dict[str, Any]:
    """One page per case; its id is the case's number, its visuals carry it before their own."""
    pages = []
    for number, case in enumerate(CASES.values()):
        pages.append(b.page(f"p{number}", *case.visuals, filters=case.cards, **case.page))
    left_out = b.card(SEX, refused(b.one_of(SEX, "'X'")), isHiddenInViewMode=True)  # of the report: of every case
    return b.layout(*pages, filters=[left_out])


@pytest.fixture(scope="module", params=["legacy", "pbir"])
def result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WorkbookResult:
    folder = tmp_path_factory.mktemp(request.param)
    schema = json.dumps({"model": MODEL}).encode("utf-16-le")
    path = folder / "r.pbit"
    (b.pbix if request.param == "legacy" else b.pbir)(path, report(), DataModelSchema=schema)
    days = sorted({r["Born"] for r in ROWS})
    given = {
        "Pupil": _csv(
            folder,
            "Pupil",
            ROWS + [{**r, "Sex": "X", "UPN": f"X{n}"} for n, r in enumerate(ROWS[:9])],
            PUPIL_TABLE,
        ),
        "School": _csv(folder, "School", list(SCHOOLS.values()), SCHOOL_TABLE),
        "Days": _csv(folder, "Dates", [{"Date": d, "Year": d[:4]} for d in days], DAY_TABLE),
    }
    data = tuple(Supplied.of(f"{name}={file}") for name, file in given.items())
    return recompute(path, LintOptions(data=data, as_of=TODAY, units=("Pupil.UPN",), reach=1))


def _csv(folder: Path, name: str, rows: list[Row], table: Row) -> Path:
    names = [c["name"] for c in table["columns"]]
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return folder / f"{name}.csv"


@pytest.mark.parametrize("name", CASES)
def test_form(result: WorkbookResult, name: str) -> None:
    case, number = CASES[name], list(CASES).index(name)
    assert result.evidence is not None
    found = result.evidence.visuals[f"p{number}/v"]
    assert (found.status, found.reasons if not case.problem else ()) == (case.status, ())
    assert case.problem in (found.reason or "")
    _assert_said(result.workbook, case, f"p{number}")
    if case.layers is not None:
        assert len(found.layers) == case.layers
    if case.cells is None:
        return
    body = found.layers[case.layer].body
    assert body is not None
    assert (sorted(body.contributors.values), sum(body.hidden)) == (case.cells, case.hides)
    figures = {(x.measure, x.role): sorted(x.contributors.values) for x in body.bases}
    assert figures == figures | case.figures
    if case.totals is not None:
        totals = {t.keeps: sorted(t.contributors.values) for _, t in found.layers[case.layer].totals}
        assert totals == case.totals


def _assert_said(book: Workbook | None, case: Case, page: str) -> None:
    """What can be turned on a case's page, and what is written there."""
    assert book is not None
    (visual,) = (v for v in book.visuals if v.id == f"{page}/v")
    assert visual.hidden == case.hidden
    if case.uses is not None:
        assert [e.use.caption for e in visual.encodings] == case.uses
    found: dict[str, list[str]] = {kind: [] for kind in case.controls}
    for control in book.controls:
        if control.pages == (page,) and control.kind in found:
            found[control.kind] += [c.name for use in control.uses for c in use.columns if c.table != "Pick"]
    assert {kind: sorted(names) for kind, names in found.items()} == {k: sorted(v) for k, v in case.controls.items()}
    parts = {visual.part, *(p.part for p in book.pages if p.id == page)}
    assert case.texts <= {t.text for t in book.texts if t.part in parts}
