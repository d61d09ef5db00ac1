"""What the XML says about each field, before any of it is given a meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from linter.expressions import Column
from linter.parsers.tableau.datasources import PARAMETERS, Rows, table_count_object
from linter.parsers.tableau.formats import plain_format
from linter.parsers.tableau.names import USER, bare, text_of
from linter.records import dataclass
from linter.text import without_literals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml import etree

    from linter.formulas.tableau_calc import Type

Kind = Literal["column", "calculation", "bin", "group", "set", "combined", "action", "parameter", "table", "generated"]
"""``action``: the group an action filters by; ``table``: a logical table, for its row count;
``generated``: made by Tableau (latitude, measure names, clusters)."""

_TYPES: dict[str, Type] = {
    "string": "text", "integer": "integer", "real": "real", "date": "date", "datetime": "datetime",
    "boolean": "boolean", "spatial": "spatial",
}  # fmt: skip

_NUMBERED = {"sheet_link", "exclude", "tooltip", "highlight"}
GENERATED = {
    ":Measure Names", "Multiple Values", ":Measure Values", "Measure Values", "Latitude (generated)",
    "Longitude (generated)", "Geometry (generated)", "Forecast Indicator",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """One field of the data pane.

    Attributes:
        column: the physical column, for plain ones and for calculations that the extract holds ready.
        element: the calculation, group or column element.
        rests_on: internal name of the field a bin or group is made of.
        saved: a parameter's saved value as written.
        problem: why the field has no meaning here.
        stored: the type of the stored values, where somebody chose another one in the data pane.
    """

    source: str
    name: str
    caption: str
    kind: Kind
    type: Type = "unknown"
    role: str = ""
    hidden: bool = False
    formula: str | None = None
    column: Column | None = None
    table: str | None = None
    element: etree._Element | None = None
    rests_on: str = ""
    format: str = ""
    saved: str | None = None
    description: str = ""
    problem: str = ""
    stored: Type = "unknown"


def read_definitions(
    datasource: etree._Element, source: str, rows: Rows, also: Iterable[etree._Element] = ()
) -> dict[str, Definition]:
    """Fields of a data source by internal name.

    Args:
        datasource: its element.
        source: its id.
        rows: its physical side.
        also: column and group elements that worksheets carry of it; those it lacks are taken.
    """
    found: dict[str, Definition] = {}
    elements = [*datasource.iterfind("column"), *datasource.iterfind("group"), *also]
    for element in elements:
        name = bare(element.get("name", ""))
        if name and name not in found:
            make = _group if element.tag == "group" else _column
            found[name] = make(element, source, name, rows)
    for local, physical in rows.columns.items():
        if local not in found:
            found[local] = Definition(
                source, local, local, "column", _MODEL_TYPES.get(physical.type, "unknown"),
                column=Column(physical.table, local), table=physical.table,
            )  # fmt: skip
    return found


_MODEL_TYPES: dict[str, Type] = {
    "text": "text", "integer": "integer", "real": "real", "date": "date", "datetime": "datetime",
    "boolean": "boolean", "geometry": "spatial",
}  # fmt: skip


def _column(element: etree._Element, source: str, name: str, rows: Rows) -> Definition:
    calculation = element.find("calculation")
    physical = rows.columns.get(name)
    column = Column(physical.table, name) if physical else None
    is_retyped = element.get("datatype-customized") == "true"
    kind: Kind = "column"
    formula, rests_on, problem, table = None, "", "", physical.table if physical else None
    detail: etree._Element = element
    if source == PARAMETERS:
        kind = "parameter"
    elif (object_id := table_count_object(element.get("name", ""))) is not None:
        kind, table = "table", rows.objects.get(object_id)
    elif calculation is not None:
        detail = calculation
        match calculation.get("class"):
            case "bin":
                kind, rests_on = "bin", bare(calculation.get("formula") or calculation.get("column") or "")
            case "categorical-bin":
                kind, rests_on = "group", bare(calculation.get("column") or "")
            case "tableau" | None if calculation.get("formula") is not None:
                kind, formula = "calculation", calculation.get("formula")
            case other:
                kind, problem = "generated", f"a calculation of the unknown class {str(other)[:30]!r}"
    elif physical is None:
        kind, problem = "generated", _why_not_physical(name)
    caption = element.get("caption") or _readable(name)
    return Definition(
        source=source,
        name=name,
        caption=without_literals(caption) if formula is not None and _is_formula(caption) else caption,
        kind=kind,
        type=_TYPES.get(element.get("datatype", ""), "unknown"),
        role=element.get("role", ""),
        hidden=element.get("hidden") == "true",
        formula=formula,
        column=column,
        table=table,
        element=detail,
        rests_on=rests_on,
        saved=element.get("value"),
        description=" ".join(text_of(element.find("desc")).split()),
        format=plain_format(element.get("default-format", "")),
        problem=problem,
        stored=_MODEL_TYPES.get(physical.type, "unknown") if physical and is_retyped else "unknown",
    )


def _why_not_physical(name: str) -> str:
    if "Cluster" in name or name.startswith("AnalyticModel"):
        return "clusters are computed by the tool"
    if name in GENERATED:
        return "a field generated by the tool"
    return "a field that is not among the columns of its data source"


def _group(element: etree._Element, source: str, name: str, _: Rows) -> Definition:
    """A set, a combined field, or the group that an action filters by."""
    tree = element.find("groupfilter")
    kind: Kind = "set"
    if element.get(f"{USER}auto-column") in _NUMBERED:
        kind = "action"
    elif (
        tree is not None
        and tree.get("function") == "crossjoin"
        and (not element.get(f"{USER}ui-builder") or all(part.get("function") == "level-members" for part in tree))
    ):
        kind = "combined"
    return Definition(
        source=source,
        name=name,
        caption=element.get("caption") or _readable(name),
        kind=kind,
        type="boolean" if kind == "set" else "unknown",
        hidden=element.get("hidden") == "true",
        element=tree,
    )


def _is_formula(caption: str) -> bool:
    """Whether the caption is a formula: a calculation typed into a shelf bears its own text as its name."""
    return bool(re.search(r"[\"=]|\w\(|\[.+\]", caption))


def _readable(name: str) -> str:
    """A name for readers; of ``[table].[object]`` the last part."""
    return name.rpartition("].[")[2].rstrip("]") if "].[" in name else name
