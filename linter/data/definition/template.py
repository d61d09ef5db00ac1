"""A model without rows: the JSON of a template (``DataModelSchema``) or of a project (``model.bim``).

It is turned into the rows of the model's own catalogue, so that one reader serves both.

Source: https://learn.microsoft.com/analysis-services/tmsl/database-object-tmsl
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from linter.data.definition.words import FOUND, strange
from linter.json_tree import Lined, Tree, decode, dig, line_of, mapping, mappings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

Cell = str | int | float | bool | None
Rows = list[dict[str, Cell]]

DATA_TYPES = {
    "automatic": 1, "string": 2, "int64": 6, "double": 8, "dateTime": 9, "decimal": 10, "boolean": 11,
    "binary": 17, "variant": 20,
}  # fmt: skip
COLUMN_TYPES = {"calculated": 2, "rowNumber": 3, "calculatedTableColumn": 4}
PARTITION_TYPES = {"query": 1, "calculated": 2, "none": 3, "m": 4, "entity": 5, "calculationGroup": 7}
MODES = {"import": 0, "directQuery": 1, "default": 2, "push": 3, "dual": 4, "directLake": 5}
CALCULATED_TABLE = 2  # SystemFlags
OBJECT_TYPES = {"Model": 1, "Table": 3, "Column": 4, "Measure": 8, "Hierarchy": 9}  # Annotation.ObjectType


def catalogue(data: bytes, part: str, *, lined: bool = False) -> dict[str, Rows]:
    """The catalogue rows of the model in those bytes, with lines if these mean something to a reader.

    Raises:
        Unreadable: damaged.
    """
    return rows(mapping(mapping(decode(data, part, lined=lined), "the model").get("model"), "the model"))


def rows(model: Tree) -> dict[str, Rows]:
    """The catalogue rows of a model in its JSON form, with ``Part`` and ``Line`` where it has lines.

    Raises:
        Unreadable: an unexpected shape.
    """
    reader = _Reader()
    reader.model(model)
    return reader.rows


class _Reader:
    """Numbers the objects and collects their rows; relationships name tables and columns."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {
            name: []
            for name in (
                "Table", "Column", "Measure", "KPI", "Partition", "Hierarchy", "Level", "Variation", "Relationship",
                "Role", "TablePermission", "Expression", "DataSource", "CalculationGroup", "CalculationItem",
                "Model", "Annotation", "FormatStringDefinition", "CalculationExpression", "Unknown",
                "RefreshPolicy",
            )
        }  # fmt: skip
        self._numbers: Iterator[int] = count(1)
        self._tables: dict[str, int] = {}
        self._columns: dict[tuple[str, str], int] = {}
        self._hierarchies: dict[tuple[str, str], int] = {}

    def model(self, model: Tree) -> None:
        tables = mappings(model.get("tables"), "the model's tables")
        relationships = mappings(model.get("relationships"), "the model's relationships")
        named = {text(r.get("name")): number for number, r in enumerate(relationships, 1_000_000)}
        mode, collation = MODES.get(text(model.get("defaultMode")), 0), text(model.get("collation"))
        cultures = {"Culture": text(model.get("culture")), "SourceQueryCulture": text(model.get("sourceQueryCulture"))}
        self._add("Model", model, DefaultMode=mode, Collation=collation, **cultures)
        for table in tables:
            self._table(table)
        for table in tables:
            self._variations(table, named)
        for number, item in enumerate(relationships, 1_000_000):
            self._relationship(item, number)
        for item in mappings(model.get("expressions"), "the model's expressions"):
            self._add("Expression", item, Name=text(item.get("name")), Expression=_joined(item.get("expression")))
        for item in mappings(model.get("dataSources"), "the model's data sources"):
            self._add("DataSource", item, Name=text(item.get("name")), ConnectionString=_connection(item))
        for role in mappings(model.get("roles"), "the model's roles"):
            self._role(role)
        self._unknown(model)

    def _add(self, kind: str, item: Tree, **cells: Cell) -> int:
        number = next(self._numbers)
        if isinstance(item, Lined):
            cells |= {"Part": item.part, "Line": line_of(item, "name")}
        self.rows[kind].append({"ID": number, **cells})
        if kind in OBJECT_TYPES:
            for note in mappings(item.get("annotations"), "a list of annotations"):
                name, value = text(note.get("name")), _joined(note.get("value"))
                self._add("Annotation", note, ObjectType=OBJECT_TYPES[kind], ObjectID=number, Name=name, Value=value)
        return number

    def _table(self, table: Tree) -> None:
        name = text(table.get("name"))
        partitions = mappings(table.get("partitions"), "a table's partitions")
        sources = [mapping(p.get("source"), "a partition's source") for p in partitions]
        calculated = any(s.get("type") == "calculated" for s in sources)
        policy = mapping(table.get("refreshPolicy"), "a table's refresh policy")
        group = table.get("calculationGroup")
        number = self._add(
            "Table",
            table,
            Name=name,
            IsHidden=table.get("isHidden") is True,
            SystemFlags=CALCULATED_TABLE if calculated else 0,
            ShowAsVariationsOnly=table.get("showAsVariationsOnly") is True,
            IsPrivate=table.get("isPrivate") is True,
            CalculationGroupID=1 if group is not None else 0,
            RowCount=None,
        )
        self._tables[name] = number
        if policy:
            self._add("RefreshPolicy", policy, TableID=number, SourceExpression=_joined(policy.get("sourceExpression")))
        for partition, source in zip(partitions, sources, strict=True):
            self._add(
                "Partition",
                partition,
                TableID=number,
                Type=PARTITION_TYPES.get(text(source.get("type")), 4),
                Mode=MODES.get(text(partition.get("mode")), 2),
                QueryDefinition=_joined(
                    source.get("expression") or source.get("query") or policy.get("sourceExpression")
                ),
                State=1,
            )
        self._members(table, name, number)
        if group is not None:
            self._calculation_group(mapping(group, "a calculation group"), number)

    def _calculation_group(self, group: Tree, table: int) -> None:
        precedence = group.get("precedence")
        number = self._add(
            "CalculationGroup", group, TableID=table, Precedence=precedence if isinstance(precedence, int) else 0
        )
        for key in ("multipleOrEmptySelectionExpression", "noSelectionExpression"):
            found = mapping(group.get(key), "a calculation group")
            if found:
                formula = _joined(found.get("expression"))
                self._add(
                    "CalculationExpression", found, CalculationGroupID=number, SelectionMode=key, Expression=formula
                )
        for item in mappings(group.get("calculationItems"), "a calculation group"):
            self._add(
                "CalculationItem",
                item,
                CalculationGroupID=number,
                Name=text(item.get("name")),
                Expression=_joined(item.get("expression")),
            )

    def _members(self, table: Tree, name: str, number: int) -> None:
        start = len(self.rows["Column"])
        for column in mappings(table.get("columns"), "a table's columns"):
            self._columns[name, text(column.get("name"))] = self._add(
                "Column",
                column,
                TableID=number,
                ExplicitName=text(column.get("name")),
                ExplicitDataType=DATA_TYPES.get(text(column.get("dataType")), 1),
                Type=COLUMN_TYPES.get(text(column.get("type")), 1),
                IsHidden=column.get("isHidden") is True,
                Expression=_joined(column.get("expression")) or None,
                SourceColumn=text(column.get("sourceColumn")).strip("[]"),
                State=1,
            )
        self._sorted_by(table, name, self.rows["Column"][start:])
        for measure in mappings(table.get("measures"), "a table's measures"):
            added = self._add(
                "Measure",
                measure,
                TableID=number,
                Name=text(measure.get("name")),
                Expression=_joined(measure.get("expression")),
                IsHidden=measure.get("isHidden") is True,
                Description=_joined(measure.get("description")),
                FormatString=text(measure.get("formatString")),
            )
            dynamic = mapping(measure.get("formatStringDefinition"), "a measure's format")
            if dynamic:
                self._add(
                    "FormatStringDefinition", dynamic, ObjectID=added, Expression=_joined(dynamic.get("expression"))
                )
            kpi = mapping(measure.get("kpi"), "a measure's KPI")
            if kpi:
                self._add(
                    "KPI",
                    kpi,
                    MeasureID=added,
                    TargetExpression=_joined(kpi.get("targetExpression")),
                    StatusExpression=_joined(kpi.get("statusExpression")),
                    TrendExpression=_joined(kpi.get("trendExpression")),
                )
        for hierarchy in mappings(table.get("hierarchies"), "a table's hierarchies"):
            hidden = hierarchy.get("isHidden") is True
            added = self._add("Hierarchy", hierarchy, TableID=number, Name=text(hierarchy.get("name")), IsHidden=hidden)
            self._hierarchies[name, text(hierarchy.get("name"))] = added
            for ordinal, level in enumerate(mappings(hierarchy.get("levels"), "a hierarchy's levels")):
                self._add(
                    "Level",
                    level,
                    HierarchyID=added,
                    Ordinal=ordinal,
                    Name=text(level.get("name")),
                    ColumnID=self._columns.get((name, text(level.get("column")))),
                )

    def _sorted_by(self, table: Tree, name: str, added: Rows) -> None:
        """The columns that order others, which may be declared after them."""
        for column, row in zip(mappings(table.get("columns"), "a table's columns"), added, strict=True):
            order = self._columns.get((name, text(column.get("sortByColumn"))))
            if order is not None:
                row["SortByColumnID"] = order

    def _variations(self, table: Tree, relationships: dict[str, int]) -> None:
        for column in mappings(table.get("columns"), "a table's columns"):
            for variation in mappings(column.get("variations"), "a column's variations"):
                target = mapping(variation.get("defaultHierarchy"), "a column's variation")
                key = (text(target.get("table")), text(target.get("hierarchy")))
                self._add(
                    "Variation",
                    variation,
                    ColumnID=self._columns[text(table.get("name")), text(column.get("name"))],
                    Name=text(variation.get("name")),
                    RelationshipID=relationships.get(text(variation.get("relationship"))),
                    DefaultHierarchyID=self._hierarchies.get(key),
                )

    def _unknown(self, model: Tree) -> None:
        """What no reader knows, each word once, where it is met first."""
        met: dict[str, Tree] = {}
        for item in mappings(model.get(FOUND), "a list of words"):
            met.setdefault(text(item.get("name")), item)
        for word, item in strange(model):
            met.setdefault(word, item)
        for word, item in met.items():
            self._add("Unknown", item, Name=f"what {word!r} means in a model is not known")

    def _relationship(self, item: Tree, number: int) -> None:
        start, end = text(item.get("fromTable")), text(item.get("toTable"))
        if {(start, text(item.get("fromColumn"))), (end, text(item.get("toColumn")))} - self._columns.keys():
            self._add(
                "Unknown", item, Name=f"a relationship of {start!r} with {end!r} names a column that is not there"
            )
        self.rows["Relationship"].append(
            {
                "ID": number,
                "IsActive": item.get("isActive") is not False,
                "CrossFilteringBehavior": 2 if item.get("crossFilteringBehavior") == "bothDirections" else 1,
                "JoinOnDateBehavior": 2 if item.get("joinOnDateBehavior") == "datePartOnly" else 1,
                "FromTableID": self._tables.get(start),
                "FromColumnID": self._columns.get((start, text(item.get("fromColumn")))),
                "FromCardinality": 1 if item.get("fromCardinality") == "one" else 2,
                "ToTableID": self._tables.get(end),
                "ToColumnID": self._columns.get((end, text(item.get("toColumn")))),
                "ToCardinality": 2 if item.get("toCardinality") == "many" else 1,
            }
        )

    def _role(self, role: Tree) -> None:
        number = self._add("Role", role, Name=text(role.get("name")))
        for permission in mappings(role.get("tablePermissions"), "a role's permissions"):
            expression = _joined(permission.get("filterExpression"))
            table = self._tables.get(text(permission.get("name")))
            self._add("TablePermission", permission, RoleID=number, TableID=table, FilterExpression=expression)


def _connection(source: Tree) -> str:
    """The connection string of a data source; one is made of the address of a structured source."""
    address = dig(source, "connectionDetails", "address")
    settings = {
        "Data Source": dig(address, "server") or dig(address, "url") or dig(address, "path"),
        "Initial Catalog": dig(address, "database"),
        "User ID": dig(source, "credential", "Username"),
    }
    return text(source.get("connectionString")) or ";".join(f"{k}={text(v)}" for k, v in settings.items() if v)


def _joined(value: object) -> str:
    """Long texts are stored as arrays of lines."""
    return "\n".join(text(line) for line in value) if isinstance(value, list) else text(value)
