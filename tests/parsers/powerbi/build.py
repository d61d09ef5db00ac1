"""Small Power BI files made of plain dictionaries."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from linter.container import model_file
from linter.data.definition import template
from linter.data.duck import DuckEngine
from linter.parsers.powerbi import read

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Workbook

MODEL: dict[str, Any] = {
    "tables": [
        {
            "name": "Pupil",
            "columns": [
                {"name": "UPN", "dataType": "string"},
                {"name": "URN", "dataType": "int64", "isHidden": True},
                {"name": "Sex", "dataType": "string"},
                {"name": "Ethnicity", "dataType": "string"},
                {"name": "Score", "dataType": "double"},
                {
                    "name": "Born",
                    "dataType": "dateTime",
                    "variations": [
                        {
                            "name": "Variation",
                            "relationship": "dates",
                            "defaultHierarchy": {"table": "LocalDateTable_1", "hierarchy": "Date Hierarchy"},
                        }
                    ],
                },
                {"name": "Band", "type": "calculated", "dataType": "string", "expression": "IF([Score] > 5, 1)"},
            ],
            "measures": [
                {"name": "Pupils", "expression": "COUNTROWS(Pupil)"},
                {"name": "Twice", "expression": "2 * [Pupils]"},
                {"name": "Share", "expression": "DIVIDE([Pupils], CALCULATE([Pupils], ALL(Pupil)))"},
            ],
            "partitions": [{"mode": "import", "source": {"type": "m", "expression": "let a = 1 in a"}}],
        },
        {
            "name": "School",
            "columns": [
                {"name": "URN", "dataType": "int64"},
                {"name": "LA", "dataType": "string"},
                {"name": "School", "dataType": "string"},
            ],
            "hierarchies": [
                {"name": "Place", "levels": [{"name": "Area", "column": "LA"}, {"name": "School", "column": "School"}]}
            ],
            "partitions": [
                {
                    "mode": "import",
                    "source": {"type": "m", "expression": 'let a = File.Contents("C:\\Users\\jo\\s.csv") in a'},
                }
            ],
        },
        {
            "name": "LocalDateTable_1",
            "isHidden": True,
            "columns": [
                {"name": "Date", "dataType": "dateTime", "type": "calculatedTableColumn"},
                {"name": "Year", "dataType": "int64", "type": "calculated", "expression": "YEAR([Date])"},
            ],
            "hierarchies": [{"name": "Date Hierarchy", "levels": [{"name": "Year", "column": "Year"}]}],
            "partitions": [{"mode": "import", "source": {"type": "calculated", "expression": "CALENDAR(1, 2)"}}],
        },
        {
            "name": "Pick",
            "columns": [{"name": "Pick", "dataType": "string", "type": "calculatedTableColumn"}],
            "partitions": [
                {
                    "mode": "import",
                    "source": {
                        "type": "calculated",
                        "expression": '{("Sex", NAMEOF(Pupil[Sex]), 0), ("Area", NAMEOF(School[LA]), 1)}',
                    },
                }
            ],
        },
    ],
    "relationships": [
        {"name": "schools", "fromTable": "Pupil", "fromColumn": "URN", "toTable": "School", "toColumn": "URN"},
        {
            "name": "dates",
            "fromTable": "Pupil",
            "fromColumn": "Born",
            "toTable": "LocalDateTable_1",
            "toColumn": "Date",
            "joinOnDateBehavior": "datePartOnly",
        },
    ],
    "roles": [{"name": "Schools", "tablePermissions": [{"name": "School", "filterExpression": "TRUE()"}]}],
}


def metadata(rows: int = 100) -> dict[str, Any]:
    """The model's catalogue as the decoder gives it, every table with so many rows."""
    found = template.rows(MODEL)
    for row in found["Table"]:
        row["RowCount"] = rows
    return found


def book(path: Path) -> Workbook:
    """The workbook of a file or project, its model read as the data process reads it."""
    model = model_file(path)
    return read(path, "0", None if model is None else DuckEngine(model).metadata())


def ref(table: str, alias: str | None = None) -> dict[str, Any]:
    return {"SourceRef": {"Source": alias} if alias else {"Entity": table}}


def column(table: str, name: str) -> dict[str, Any]:
    return {"Column": {"Expression": ref(table), "Property": name}}


def measure(name: str, table: str = "Pupil") -> dict[str, Any]:
    return {"Measure": {"Expression": ref(table), "Property": name}}


def aggregation(table: str, name: str, function: int) -> dict[str, Any]:
    return {"Aggregation": {"Expression": column(table, name), "Function": function}}


def literal(value: str) -> dict[str, Any]:
    return {"Literal": {"Value": value}}


def where(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Version": 2, "From": [], "Where": [{"Condition": condition}]}


def one_of(field: dict[str, Any], *values: str) -> dict[str, Any]:
    return {"In": {"Expressions": [field], "Values": [[literal(v)] for v in values]}}


def card(field: dict[str, Any], condition: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A filter card in the legacy form."""
    found = {"name": "card", "expression": field, "type": "Categorical", "howCreated": 1, **more}
    return found if condition is None else {**found, "filter": where(condition)}


def visual(
    name: str,
    kind: str,
    wells: dict[str, list[Any]],
    *,
    filters: list[Any] | None = None,
    **single: Any,
) -> dict[str, Any]:
    """A legacy container. A well holds expressions, or (expression, active) pairs."""
    select, projections = [], {}
    for role, fields in wells.items():
        projections[role] = []
        for position, given in enumerate(fields):
            tree, active = given if isinstance(given, tuple) else (given, None)
            label = f"{role}.{position}"
            select.append({**tree, "Name": label})
            projections[role].append({"queryRef": label, **({} if active is None else {"active": active})})
    config = {
        "name": name,
        "singleVisual": {
            "visualType": kind,
            "projections": projections,
            "prototypeQuery": {"From": [], "Select": select},
            **single,
        },
    }
    return {"config": json.dumps(config), "filters": json.dumps(filters or [])}


def page(name: str, *visuals: dict[str, Any], filters: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    return {
        "name": name,
        "displayName": name.title(),
        "filters": json.dumps(filters or []),
        "config": json.dumps(config),
        "visualContainers": list(visuals),
    }


def layout(*pages: dict[str, Any], filters: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    return {"config": json.dumps(config), "filters": json.dumps(filters or []), "sections": list(pages)}


def pbix(path: Path, report: Any, **parts: bytes) -> Path:
    """A .pbix with that legacy report; further parts by name, ``__`` for a slash."""
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("Version", "1.28".encode("utf-16-le"))
        if report is not None:
            raw = report if isinstance(report, bytes) else json.dumps(report).encode("utf-16-le")
            target.writestr("Report/Layout", raw)
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return path


CREATED = ("Auto", "User", "Drill", "Include", "Exclude", "Drillthrough")
INTERACTIONS = {1: "DataFilter", 2: "HighlightFilter", 3: "NoFilter"}


def pbir(path: Path, report: dict[str, Any], **parts: bytes) -> Path:
    """A .pbix with the same report in the enhanced format."""
    found = {name: json.dumps(part).encode() for name, part in definition(report).items()}
    return pbix(path, None, **{f"Report__definition__{name}": part for name, part in found.items()}, **parts)


def definition(report: dict[str, Any]) -> dict[str, Any]:
    """The files below ``Report/definition`` that say what a legacy report says."""
    config = json.loads(report["config"])
    settings = {"settings": config.get("settings", {}), "objects": config.get("objects", {})}
    found: dict[str, Any] = {
        "report.json": settings | _pbir_cards(report),
        "pages/pages.json": {"pageOrder": [section["name"] for section in report["sections"]]},
    }
    for position, bookmark in enumerate(config.get("bookmarks", [])):
        found[f"bookmarks/b{position}.bookmark.json"] = bookmark
    for section in report["sections"]:
        folder = f"pages/{section['name']}"
        found[f"{folder}/page.json"] = _pbir_page(section, json.loads(section["config"]))
        for item in section["visualContainers"]:
            inner = json.loads(item["config"])
            found[f"{folder}/visuals/{inner['name']}/visual.json"] = _pbir_visual(inner, item)
            for mobile in inner.get("layouts", [])[1:]:
                found[f"{folder}/visuals/{inner['name']}/mobile.json"] = {
                    "position": mobile["position"],
                    "objects": mobile.get("objects", {}),
                    "visualContainerObjects": mobile.get("vcObjects", {}),
                }
    return found


def _pbir_cards(holder: dict[str, Any]) -> dict[str, Any]:
    cards = json.loads(holder["filters"])
    found = [
        {("field" if k == "expression" else k): CREATED[v] if k == "howCreated" else v for k, v in card.items()}
        for card in cards
    ]
    return {"filterConfig": {"filters": found}} if found else {}


def _pbir_page(section: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    kind = {1: "Tooltip", 2: "Drillthrough"}.get(config.get("type", 0))
    bound = [card["expression"] for card in json.loads(section["filters"]) if card.get("howCreated") == 5]
    links = [{**r, "type": INTERACTIONS[r["type"]]} for r in config.get("relationships", [])]
    return {
        "name": section["name"],
        "displayName": section["displayName"],
        **({"visibility": "HiddenInViewMode"} if config.get("visibility") == 1 else {}),
        **({"pageBinding": {"type": kind, "parameters": [{"fieldExpr": f} for f in bound]}} if kind else {}),
        **({"visualInteractions": links} if links else {}),
        **_pbir_cards(section),
    }


def _pbir_visual(config: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    around = {"name": config["name"], **{k: config[k] for k in ("parentGroupName",) if k in config}}
    if "singleVisualGroup" in config:
        group = config["singleVisualGroup"]
        return around | {"visualGroup": group, "isHidden": group.get("isHidden", False)}
    single = config["singleVisual"]
    fields = {s["Name"]: {k: v for k, v in s.items() if k != "Name"} for s in single["prototypeQuery"]["Select"]}
    state: dict[str, Any] = {
        role: {"projections": [{"field": fields[p["queryRef"]], **p} for p in wells]}
        for role, wells in single["projections"].items()
    }
    for role in single.get("showAllRoles", []):
        state[role]["showAll"] = True
    for role, entries in single.get("queryFieldParametersByRole", {}).items():
        state[role]["fieldParameters"] = [
            {"parameterExpr": e["expr"], "index": e["index"], "length": e["length"]} for e in entries
        ]
    kept = ("visualType", "objects", "expansionStates", "syncGroup", "cachedFilterDisplayItems")
    shown = {"query": {"queryState": state}, **{k: single[k] for k in kept if k in single}}
    if "vcObjects" in single:
        shown["visualContainerObjects"] = single["vcObjects"]
    hidden = {"isHidden": True} if single.get("display", {}).get("mode") == "hidden" else {}
    return {**around, "visual": shown, **hidden, **_pbir_cards(item)}
