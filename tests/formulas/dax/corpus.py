"""Every model among the samples, as far as DAX needs it: one simple reader per container."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from linter.expressions import Column
from linter.formulas.dax import Relationship, Schema

_PANDAS = {"string": "text", "Int64": "integer", "Float64": "real", "object": "real", "decimal.Decimal": "real",
           "datetime64[ns]": "datetime", "bool": "boolean", "boolean": "boolean"}  # fmt: skip
_TABULAR = {"string": "text", "int64": "integer", "double": "real", "decimal": "real", "dateTime": "datetime",
            "boolean": "boolean"}  # fmt: skip


@dataclass
class Model:
    """A model and its DAX; ``texts`` holds everything to parse."""

    name: str
    columns: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    types: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    measures: dict[str, tuple[str, str]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)  # calculated columns, tables and items
    relationships: list[Relationship] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [*(text for _, text in self.measures.values()), *self.others]

    @property
    def schema(self) -> Schema:
        tables = {table: tuple(dict.fromkeys(names)) for table, names in self.columns.items()}
        return Schema(tables, self.measures, tuple(self.relationships), self.types)


def models(folder: Path) -> list[Model]:
    """All readable models; a live connection has none."""
    found = [from_pbix(path) for path in sorted(folder.glob("*.pbix"))]
    found += [from_pbit(path) for path in sorted(folder.glob("*.pbit"))]
    found += [from_project(path) for path in sorted(folder.glob("*.tar.gz"))]
    return [model for model in found if model is not None]


def from_pbix(path: Path) -> Model | None:
    import pbixray
    from pbixray.exceptions import LiveConnectionError

    try:
        ray = pbixray.PBIXRay(str(path))
    except LiveConnectionError:
        return None
    model = Model(path.name)
    for row in ray.schema.itertuples():
        model.columns[row.TableName].append(row.ColumnName)
        model.types[row.TableName][row.ColumnName] = _PANDAS.get(row.PandasDataType, "other")
    for row in ray.dax_columns.itertuples():
        model.columns[row.TableName].append(row.ColumnName)
        model.others.append(row.Expression or "")
    model.others += [row.Expression or "" for row in ray.dax_tables.itertuples()]
    for row in ray.dax_measures.itertuples():
        model.measures[row.Name] = (row.TableName, row.Expression or "")
    for row in ray.relationships.itertuples():
        if isinstance(row.ToTableName, str):
            many, one = Column(row.FromTableName, row.FromColumnName), Column(row.ToTableName, row.ToColumnName)
            both = row.CrossFilteringBehavior == "Both"
            model.relationships.append(Relationship(many, one, bool(row.IsActive), both))
    return model


def from_pbit(path: Path) -> Model:
    with zipfile.ZipFile(path) as archive:
        tabular = json.loads(archive.read("DataModelSchema").decode("utf-16-le").lstrip("\ufeff"))["model"]
    model = Model(path.name)
    for table in tabular["tables"]:
        for column in table.get("columns", ()):
            model.columns[table["name"]].append(column["name"])
            model.types[table["name"]][column["name"]] = _TABULAR.get(column.get("dataType"), "other")
            if column.get("type") == "calculated":
                model.others.append(_joined(column["expression"]))
        for measure in table.get("measures", ()):
            model.measures[measure["name"]] = (table["name"], _joined(measure["expression"]))
        for part in table.get("partitions", ()):
            if part["source"].get("type") == "calculated":
                model.others.append(_joined(part["source"]["expression"]))
        for item in table.get("calculationGroup", {}).get("calculationItems", ()):
            model.others.append(_joined(item["expression"]))
    for link in tabular.get("relationships", ()):
        many, one = Column(link["fromTable"], link["fromColumn"]), Column(link["toTable"], link["toColumn"])
        both = link.get("crossFilteringBehavior") == "bothDirections"
        model.relationships.append(Relationship(many, one, link.get("isActive", True), both))
    return model


def _joined(expression: str | list[str]) -> str:
    return expression if isinstance(expression, str) else "\n".join(expression)


_OBJECT = re.compile(
    r"^(?P<indent>\t*)(?P<kind>measure|column|calculationItem|partition)\s+"
    r"(?P<name>'(?:[^']|'')*'|[^\s=]+)\s*(?:=\s?(?P<rest>.*))?$"
)


def from_project(path: Path) -> Model:
    model = Model(path.name)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if member.name.endswith(".tmdl"):
                stream = archive.extractfile(member)
                assert stream is not None
                _tmdl(stream.read().decode("utf-8-sig").splitlines(), model)
    return model


def _tmdl(lines: list[str], model: Model) -> None:
    """Tables, columns, measures, calculation items and relationships of one TMDL file."""
    table = ""
    at = 0
    link: dict[str, str] = {}
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("table "):
            table = _unquoted(line[6:].strip())
        if line.startswith("relationship "):
            _add_link(model, link)
            link = {}
        if (pair := re.match(r"\t(fromColumn|toColumn|isActive|crossFilteringBehavior): (.*)", line)) is not None:
            link[pair[1]] = pair[2]
        if (kind := re.match(r"\t\tdataType: (\w+)", line)) is not None and model.columns[table]:
            model.types[table][model.columns[table][-1]] = _TABULAR.get(kind[1], "other")
        match = _OBJECT.match(line)
        if match is None:
            continue
        text, at = _expression(lines, at, match)
        name = _unquoted(match["name"])
        if match["kind"] == "measure":
            model.measures[name] = (table, text)
        elif match["kind"] == "column":
            model.columns[table].append(name)
            model.others += [text] if text else []
        elif match["kind"] == "calculationItem":
            model.others.append(text)
        elif text.strip() == "calculated":
            source = next(i for i in range(at, len(lines)) if lines[i].strip().startswith("source"))
            opened = re.match(r"^(?P<indent>\t*)source\s*=\s?(?P<rest>.*)$", lines[source])
            assert opened is not None
            text, at = _expression(lines, source + 1, opened)
            model.others.append(text)
    _add_link(model, link)


def _expression(lines: list[str], at: int, match: re.Match[str]) -> tuple[str, int]:
    """The text after ``=``: on the line, fenced by backticks, or indented two levels deeper."""
    rest, depth = (match["rest"] or "").strip(), len(match["indent"])
    if rest.startswith("```"):
        end = next(i for i in range(at, len(lines)) if lines[i].strip().endswith("```"))
        return "\n".join(lines[at:end]), end + 1
    taken = [rest] if rest else []
    while not rest and at < len(lines):
        indent = len(lines[at]) - len(lines[at].lstrip("\t"))
        if lines[at].strip() and indent < depth + 2:
            break
        taken.append(lines[at])
        at += 1
    return "\n".join(taken), at


def _add_link(model: Model, link: dict[str, str]) -> None:
    if {"fromColumn", "toColumn"} <= link.keys():
        ends = [_column(link[end]) for end in ("fromColumn", "toColumn")]
        both = link.get("crossFilteringBehavior") == "bothDirections"
        model.relationships.append(Relationship(ends[0], ends[1], link.get("isActive") != "false", both))


def _column(text: str) -> Column:
    match = re.fullmatch(r"('(?:[^']|'')*'|[^.]+)\.(.*)", text.strip())
    assert match is not None
    return Column(_unquoted(match[1]), _unquoted(match[2]))


def _unquoted(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
