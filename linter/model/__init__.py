"""The common model of a workbook, whichever tool made it.

Parsers write it, everything above reads it. One vocabulary for both tools: a *visual* has *layers*
(a pane or map layer in Tableau, a query in Power BI); a layer is a *grain* (grouping expressions),
*bases* (whose rows stand behind a number), *filters* and *totals*. A *control* is anything a reader
can turn: slicer, quick filter, parameter, action, drill-through, hierarchy.

Plain frozen records: no I/O, no third party, nothing lazy.
"""

from linter.model.data import Connection, Field, Hierarchy, Relationship, Source, Store, Table, TableColumn
from linter.model.filters import CELL, CellValue, Filter, Scope, Stage
from linter.model.visual import (
    Base,
    Chosen,
    Encoding,
    FieldUse,
    Grouping,
    Layer,
    Link,
    Look,
    Role,
    ShownWhere,
    Total,
    Visual,
)
from linter.model.workbook import (
    Control,
    Ignore,
    Page,
    Parameter,
    Place,
    SavedFilter,
    SavedState,
    Settings,
    Text,
    Tool,
    UnreadPart,
    Workbook,
)

__all__ = [
    "CELL",
    "Base",
    "CellValue",
    "Chosen",
    "Connection",
    "Control",
    "Encoding",
    "Field",
    "FieldUse",
    "Filter",
    "Grouping",
    "Hierarchy",
    "Ignore",
    "Layer",
    "Link",
    "Look",
    "Page",
    "Parameter",
    "Place",
    "Relationship",
    "Role",
    "SavedFilter",
    "SavedState",
    "Scope",
    "Settings",
    "ShownWhere",
    "Source",
    "Stage",
    "Store",
    "Table",
    "TableColumn",
    "Text",
    "Tool",
    "Total",
    "UnreadPart",
    "Visual",
    "Workbook",
]
