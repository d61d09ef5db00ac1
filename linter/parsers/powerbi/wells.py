"""Types of visuals and the names of their wells (data roles), in the common model's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.model import Role
    from linter.parsers.powerbi.record import Container, Projection

WITHOUT_DATA = frozenset(
    {"textbox", "image", "shape", "basicShape", "actionButton", "pageNavigator", "bookmarkNavigator"}
)
SLICERS = frozenset({"slicer", "listSlicer", "textSlicer", "advancedSlicerVisual"})
_LISTS_RECORDS = frozenset({"tableEx", "table", "multiRowCard", "pivotTable", "matrix", "scriptVisual", "pythonVisual",
                            "rdlVisual"})  # fmt: skip
WATERFALL = "waterfallChart"
MATRIX = frozenset({"pivotTable", "matrix"})
TABLE = frozenset({"tableEx", "table"})
KEY_INFLUENCERS, DECOMPOSITION_TREE, QUESTIONS = "keyDriversVisual", "decompositionTreeVisual", "qnaVisual"
_ELSEWHERE = {
    QUESTIONS: "a question-and-answer visual answers whatever its readers ask",
    "rdlVisual": "a paginated report is another report with rows of its own",
    "aiNarratives": "a narrative is written when it is read, from whatever the page shows",
    "smartNarrative": "a narrative is written when it is read, from whatever the page shows",
    "scorecard": "a scorecard shows metrics that are kept outside of the file",
}
_OUTSIDE = {
    "PowerApps_PBI_CV_": "an app outside of the file is given the rows",
    "FlowVisual_": "a flow outside of the file is given the rows",
}
"""By how the names of these visuals begin."""
REGROUPING = frozenset({KEY_INFLUENCERS, DECOMPOSITION_TREE, QUESTIONS})
"""Visuals in which readers choose how to split the rows."""

_WELLS: dict[str, Role] = {
    "Rows": "rows", "Columns": "columns", "Values": "values", "Data": "values", "Y": "values", "Y2": "values",
    "X": "values", "Value": "values", "ColumnY": "values", "LineY": "values", "Indicator": "values",
    "Goal": "values", "TargetValue": "values", "MinValue": "values", "MaxValue": "values", "Analyze": "target",
    "Target": "target", "Category": "axis", "Axis": "axis", "Group": "axis", "TrendLine": "axis",
    "Series": "legend", "Legend": "legend", "Breakdown": "legend", "Details": "detail", "Detail": "detail",
    "ExpandBy": "detail", "Size": "size", "Gradient": "color", "Color": "color", "Tooltips": "tooltip",
    "Location": "geometry", "Latitude": "geometry", "Longitude": "geometry", "Play": "pages",
    "PlayAxis": "pages", "SmallMultiple": "small_multiples", "SmallMultiples": "small_multiples",
    "ExplainBy": "explain_by", "text": "label",
}  # fmt: skip


def role(visual_type: str, well: str) -> Role:
    """The well in the common model's words; ``other`` for wells of custom visuals."""
    if visual_type in SLICERS:
        return "slicer"
    if well == "Rows" and visual_type not in MATRIX:
        return "small_multiples"
    return _WELLS.get(well, "other")


def elsewhere(visual_type: str) -> str | None:
    """Why what a visual of that type shows can't be told from the file; None for any other."""
    handed_out = next((reason for name, reason in _OUTSIDE.items() if visual_type.startswith(name)), None)
    return handed_out or _ELSEWHERE.get(visual_type)


def lists_records(visual_type: str) -> bool:
    """Whether the lines of a visual of that type may be records."""
    return visual_type in _LISTS_RECORDS or visual_type.startswith(tuple(_OUTSIDE))


def expanded(container: Container, projection: Projection) -> bool:
    """Whether the saved state shows this level of its well, rather than offers it for drilling.

    A well that marks any of its levels as active shows these only. One that marks none shows all,
    but for the decomposition tree, which starts closed. Tables have no levels.
    """
    if projection.offered:
        return False
    if projection.active is True or container.type in TABLE:
        return True
    closed = container.type == DECOMPOSITION_TREE and projection.role == "ExplainBy"
    marked = any(p.active is not None for p in container.projections if p.role == projection.role)
    return not (closed or marked)
