"""Catalogue rows (the model's own metadata) to a ``Model``.

The codes are those of the TMSCHEMA rowsets.
Source: https://learn.microsoft.com/openspecs/sql_server_protocols/ms-ssas-t (MS-SSAS-T, 3.1.5)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from linter.expressions import Column, Expr, call
from linter.formulas.dax import CalculationGroup, Schema, text_lineage
from linter.model import Connection, Ignore, Place, Relationship, Store, Table, TableColumn, Text, UnreadPart
from linter.parsers.powerbi import connections
from linter.parsers.powerbi.model import IGNORE, Measure, Model, fold, is_auto_date
from linter.parsers.powerbi.partitions import PART, Partitions

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = Mapping[str, Any]
Catalogue = Mapping[str, list[dict[str, Any]]]
Type = Literal["text", "integer", "real", "date", "datetime", "boolean", "geometry", "other"]

TYPES: dict[int, Type] = {2: "text", 6: "integer", 8: "real", 9: "datetime", 10: "real", 11: "boolean"}
AUTOMATIC, UNKNOWN = 1, 19  # ExplicitDataType that leaves it to InferredDataType
CALCULATED, ROW_NUMBER = 2, 3  # Column.Type
_ANNOTATED = {1: "Model", 3: "Table", 4: "Column", 8: "Measure", 9: "Hierarchy"}  # Annotation.ObjectType
UNPICKED, SEVERAL = "noSelectionExpression", "multipleOrEmptySelectionExpression"  # CalculationExpression.SelectionMode
ONE = 1  # From- and ToCardinality; 2 is many
BOTH_DIRECTIONS = 2  # CrossFilteringBehavior
DATE_PART_ONLY = 2  # JoinOnDateBehavior


def build(catalogue: Catalogue, store: Store | None, absent: str) -> Model:
    """The model in those catalogue rows.

    Args:
        catalogue: rows by object kind, as ``linter.data.vertipaq`` and ``template`` give them.
        store: where the rows lie (its ``table`` is filled in), None when they are not in the file.
        absent: why, for that case.
    """
    builder = _Builder(catalogue, store, absent)
    hierarchies = dict(builder.hierarchies())
    levels = builder.levels(hierarchies)
    model = Model(
        tables=tuple(builder.tables()),
        measures=tuple(builder.measures()),
        relationships=tuple(builder.relationships()),
        hierarchies=levels,
        variations=dict(builder.variations(hierarchies)),
        groups=tuple(builder.calculation_groups()),
        calculation_groups=frozenset(str(row["Name"]) for row in builder.of("Table") if row.get("CalculationGroupID")),
        connections=tuple(builder.connections()),
        queries=(*builder.queries(), *builder.role_filters()),
        roles=tuple(str(row["Name"]) for row in builder.of("Role")),
        case_sensitive=any(_tells_cases_apart(row.get("Collation")) for row in builder.of("Model")),
    )
    return replace(
        model,
        ignores=tuple(builder.ignores()),
        unread=(*builder.strange(), *builder.partitions.not_read()),
        kept=tuple(builder.partitions.kept(builder.columns)),
        loads=builder.partitions.loads(),
        places=tuple(builder.places()),
        tables=tuple(_traced(model.schema, table) for table in model.tables),
    )


class _Builder:
    """Rows of each kind, with the names that their numbers stand for."""

    def __init__(self, catalogue: Catalogue, store: Store | None, absent: str) -> None:
        self._rows = catalogue
        self.partitions = Partitions(catalogue, store, absent)
        self._names = {row["ID"]: str(row["Name"]) for row in self.of("Table")}
        self._columns: dict[Any, Column] = {}
        self._by_table: dict[Any, list[Row]] = {}
        for row in self.of("Column"):
            if row.get("Type") != ROW_NUMBER and row["TableID"] in self._names:
                self._columns[row["ID"]] = Column(self._names[row["TableID"]], _name(row))
                self._by_table.setdefault(row["TableID"], []).append(row)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The rows of one kind of object."""
        return self._rows.get(kind) or []

    def tables(self) -> Iterator[Table]:
        for row in self.of("Table"):
            name = str(row["Name"])
            store = self.partitions.store(row)
            stored = store is not None and store.kind == "vertipaq"
            yield Table(
                id=name,
                caption=name,
                columns=self.columns(row, loaded=stored),
                store=store,
                hidden=any(row.get(flag) for flag in ("IsHidden", "IsPrivate", "ShowAsVariationsOnly")),
                unread=self.partitions.unread(row),
                origin="\n".join(self.partitions.queries(row)),
                calculated=self.partitions.is_calculated(row),
                generated=is_auto_date(name),
            )

    def columns(self, table: Row, *, loaded: bool = True) -> tuple[TableColumn, ...]:
        """The columns of a table, with their names in the store or in their source."""
        return tuple(self._column(c, loaded=loaded) for c in self._by_table.get(table["ID"], []))

    def _column(self, row: Row, *, loaded: bool) -> TableColumn:
        """A column; where its rows are not in the file, supplied ones may have the names of its source."""
        order, made = self._columns.get(row.get("SortByColumnID")), _column(row)
        origin = made.physical if loaded else str(row.get("SourceColumn") or made.physical)
        asked = str(row.get("SourceColumn") or "").strip("[]")
        return replace(
            made,
            physical=origin,
            sort_by=order.name if order else "",
            source_name=asked if made.formula is None and asked != made.name else "",
        )

    def measures(self) -> Iterator[Measure]:
        by_id: dict[Any, Measure] = {}
        dynamic = {r.get("ObjectID"): r.get("Expression") for r in self.of("FormatStringDefinition")}
        for row in self.of("Measure"):
            by_id[row["ID"]] = Measure(
                self._names.get(row["TableID"], ""),
                str(row["Name"]),
                str(row.get("Expression") or ""),
                bool(row.get("IsHidden")),
                str(row.get("Description") or ""),
                str(dynamic.get(row["ID"]) or row.get("FormatString") or ""),
            )
        yield from by_id.values()
        for row in self.of("KPI"):  # a KPI's goal, status and trend are used like measures of these names
            measure = by_id.get(row.get("MeasureID"))
            for key, label in (
                ("TargetExpression", "Goal"),
                ("StatusExpression", "Status"),
                ("TrendExpression", "Trend"),
            ):
                if measure is not None and row.get(key):
                    yield Measure(measure.table, f"_{measure.name} {label}", str(row[key]), hidden=True)

    def relationships(self) -> Iterator[Relationship]:
        for row in self.of("Relationship"):
            start, end = self._columns.get(row.get("FromColumnID")), self._columns.get(row.get("ToColumnID"))
            if start is not None and end is not None:
                yield _relationship(row, start, end)

    def hierarchies(self) -> Iterator[tuple[Any, tuple[str, str]]]:
        for row in self.of("Hierarchy"):
            if row["TableID"] in self._names:
                yield row["ID"], (self._names[row["TableID"]], str(row["Name"]))

    def levels(self, hierarchies: Mapping[Any, tuple[str, str]]) -> dict[tuple[str, str], dict[str, Column]]:
        found: dict[tuple[str, str], dict[str, Column]] = {key: {} for key in hierarchies.values()}
        for row in sorted(self.of("Level"), key=lambda r: r.get("Ordinal") or 0):
            key, column = hierarchies.get(row["HierarchyID"]), self._columns.get(row.get("ColumnID"))
            if key is not None and column is not None:
                found[key][str(row["Name"])] = column
        return found

    def variations(
        self, hierarchies: Mapping[Any, tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str, str], tuple[str, str]]]:
        for row in self.of("Variation"):
            column, target = self._columns.get(row.get("ColumnID")), hierarchies.get(row.get("DefaultHierarchyID"))
            if column is not None and target is not None:
                yield (fold(column.table), fold(column.name), fold(target[1])), target

    def calculation_groups(self) -> Iterator[CalculationGroup]:
        """The groups with the column that picks their items: the one that is made from the items' names."""
        for row in self.of("CalculationGroup"):
            columns = [c for c in self._by_table.get(row.get("TableID"), []) if c["ID"] in self._columns]
            named = [c for c in columns if c.get("SourceColumn") == "Name"] or [
                c for c in columns if _column(c).type == "text"
            ]
            items = {
                str(i["Name"]): str(i.get("Expression") or "")
                for i in self.of("CalculationItem")
                if i.get("CalculationGroupID") == row["ID"]
            }
            modes = {
                e.get("SelectionMode")
                for e in self.of("CalculationExpression")
                if e.get("CalculationGroupID") == row["ID"]
                and "".join(str(e.get("Expression") or "").split()).upper() != "SELECTEDMEASURE()"
            }
            if named:
                yield CalculationGroup(
                    self._columns[named[0]["ID"]],
                    items,
                    int(row.get("Precedence") or 0),
                    unpicked=bool(modes - {SEVERAL}),
                    several=bool(modes - {UNPICKED}),
                )

    def places(self) -> Iterator[Place]:
        """The lines of the model, its tables, columns, measures and hierarchies in its text files."""
        for kind in _ANNOTATED.values():
            for row in self.of(kind):
                if row.get("Line"):
                    table = self._names.get(row.get("TableID"), "")
                    name = "" if kind == "Model" else _name(row) or str(row.get("Name") or "")
                    yield Place(str(row["Part"]), int(row["Line"]), "model", field=name, table=table)
        for row in self.of("Role"):
            if row.get("Line"):
                yield Place(str(row["Part"]), int(row["Line"]), "role", field=str(row["Name"]))
        for table, (part, line) in self.partitions.loads().items():
            yield Place(part, line, "load", field=table)

    def ignores(self) -> Iterator[Ignore]:
        """The annotations that ask to ignore findings, of the model, its tables, columns, measures and hierarchies."""
        for row in self.of("Annotation"):
            kind = _ANNOTATED.get(int(row.get("ObjectType") or 0))
            if kind is None or row.get("Name") != IGNORE:
                continue
            owner = next((r for r in self.of(kind) if r["ID"] == row.get("ObjectID")), None)
            if owner is not None:
                table = self._names.get(owner.get("TableID"), "")
                name = "" if kind == "Model" else _name(owner) or str(owner.get("Name") or "")
                part, line = str(row.get("Part") or PART), row.get("Line")
                yield Ignore(part, name, str(row.get("Value") or ""), line, table)

    def strange(self) -> Iterator[UnreadPart]:
        """What the definition holds that no reader knows."""
        for row in self.of("Unknown"):
            fix = "see by hand what it changes, or use a newer version of disclint"
            yield UnreadPart(str(row.get("Part") or PART), str(row["Name"]), fix, line=row.get("Line"))

    def queries(self) -> Iterator[Text]:
        for row in self.of("Expression"):
            query = str(row.get("Expression") or "")
            yield Text(str(row.get("Part") or PART), f"query {row.get('Name') or ''!r}", query, row.get("Line"))

    def role_filters(self) -> Iterator[Text]:
        """The conditions of row security, as the file says them."""
        names = {row["ID"]: str(row["Name"]) for row in self.of("Role")}
        for row in self.of("TablePermission"):
            where = f"saved filter of role {names.get(row.get('RoleID'), '')!r}"
            yield Text(str(row.get("Part") or PART), where, str(row.get("FilterExpression") or ""), row.get("Line"))

    def connections(self) -> Iterator[Connection]:
        loaded = [query for row in self.of("Table") for query in self.partitions.queries(row)]
        loaded += [str(row.get("SourceExpression") or "") for row in self.of("RefreshPolicy")]
        yield from connections.of_queries([*loaded, *(query.text for query in self.queries())])
        for row in self.of("DataSource"):
            if row.get("ConnectionString"):
                yield connections.of_string(str(row["ConnectionString"]), "connection string")


def _tells_cases_apart(collation: object) -> bool:
    """Whether a collation, such as ``Latin1_General_100_BIN2_UTF8``, does; models without one don't."""
    name = str(collation or "").upper()
    return "_CS" in name or "_BIN" in name


def _column(row: Row) -> TableColumn:
    explicit = row.get("ExplicitDataType")
    code = row.get("InferredDataType") if explicit in {None, AUTOMATIC, UNKNOWN} else explicit
    name = _name(row)
    return TableColumn(
        name=name,
        physical=name,
        type=TYPES.get(int(code or 0), "other"),
        caption=name,
        hidden=bool(row.get("IsHidden")),
        formula=str(row.get("Expression") or "") if row.get("Type") == CALCULATED else None,
    )


def _relationship(row: Row, start: Column, end: Column) -> Relationship:
    starts_one, ends_one = row.get("FromCardinality") == ONE, row.get("ToCardinality") == ONE
    many, one = (end, start) if starts_one and not ends_one else (start, end)
    pair: tuple[Expr, Expr] = (many, one)
    if row.get("JoinOnDateBehavior") == DATE_PART_ONLY:
        pair = (call("to_date", many), call("to_date", one))
    return Relationship(
        many=many.table,
        one=one.table,
        on=(pair,),
        active=bool(row.get("IsActive")),
        # a one-to-one relationship always filters both ways
        both_directions=row.get("CrossFilteringBehavior") == BOTH_DIRECTIONS or (starts_one and ends_one),
        unique=starts_one or ends_one,
    )


def _traced(schema: Schema, table: Table) -> Table:
    """The table with the base columns under its calculated ones."""
    if table.generated or all(c.formula is None for c in table.columns):
        return table
    traced = tuple(
        c
        if c.formula is None
        else replace(c, rests_on=text_lineage(schema, c.formula, home=table.id, name=c.name).columns)
        for c in table.columns
    )
    return replace(table, columns=traced)


def _name(row: Row) -> str:
    return str(row.get("ExplicitName") or row.get("InferredName") or "")
