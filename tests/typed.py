"""Small models with rows typed into their queries, and the ways to type them."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.parsers.powerbi import build

CANARY = "Zebedee"
PREVIOUS = '#"S {}",'
NAMES = ("UPN", "Forename", "Sex", "Score", "Born")
ROWS = [
    ["H801200001001", f"{CANARY}1", "F", "1.5", "31/08/2010"],
    ["R801200001002", f"{CANARY}2", "f", None, "01/09/2010"],
    ["B801200001003", f"{CANARY}3", "M", "3", "02/09/2010"],
]
TYPES = '{"UPN", type text}, {"Forename", type text}, {"Sex", type text}, {"Score", type number}, {"Born", type date}'
COLUMNS = [
    {"name": "UPN", "dataType": "string", "sourceColumn": "UPN"},
    {"name": "First", "dataType": "string", "sourceColumn": "Forename"},
    {"name": "Sex", "dataType": "string", "sourceColumn": "Sex"},
    {"name": "Score", "dataType": "double", "sourceColumn": "Score"},
    {"name": "Born", "dataType": "dateTime", "sourceColumn": "Born"},
    {"name": "Initial", "dataType": "string", "type": "calculated", "expression": "LEFT(Pupil[First], 1)"},
]
MEASURES = [
    {"name": "Pupils", "expression": "COUNTROWS(Pupil)"},
    {"name": "Late", "expression": "CALCULATE([Pupils], Pupil[Born] >= DATE(2010, 9, 1))"},
    {"name": "Mean", "expression": "AVERAGE(Pupil[Score])"},
]


def packed(rows: object = ROWS) -> str:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = packer.compress(json.dumps(rows).encode()) + packer.flush()
    text = base64.b64encode(data).decode()
    return f'Json.Document(Binary.Decompress(Binary.FromText("{text}", BinaryEncoding.Base64), Compression.Deflate))'


def typed(source: str | None = None, *steps: str) -> str:
    """The query of an "Enter data" table, with steps after it; ``_`` is the step before."""
    columns = ", ".join(f"{n} = _t" for n in NAMES)
    meta = "let _t = ((type nullable text) meta [Serialized.Text = true]) in type table"
    lines = [source or f"Table.FromRows({packed()}, {meta} [{columns}])", f"Table.TransformColumnTypes(_, {{{TYPES}}})"]
    lines += steps
    named = [f'#"S {i}" = {line.replace("_,", PREVIOUS.format(i - 1))}' for i, line in enumerate(lines)]
    return "let\n  " + ",\n  ".join(named) + "\nin\n  " + PREVIOUS.format(len(lines) - 1).rstrip(",")


def m(text: str) -> list[str]:
    return text.split("\n")


def pupils(query: str, **more: Any) -> dict[str, Any]:
    partition = {"name": "p", "mode": "import", "source": {"type": "m", "expression": m(query)}}
    return {"name": "Pupil", "columns": COLUMNS, "measures": MEASURES, "partitions": [partition], **more}


def model(*tables: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"culture": "en-US", "sourceQueryCulture": "en-GB", "tables": list(tables), **more}


def report(*measures: str, rows: str = "Sex") -> dict[str, Any]:
    wells = {"Rows": [build.column("Pupil", rows)], "Values": [build.measure(name) for name in measures or ("Pupils",)]}
    return build.layout(build.page("p", build.visual("v", "pivotTable", wells)))


def pbit(folder: Path, found: dict[str, Any], shown: dict[str, Any] | None = None) -> Path:
    schema = json.dumps({"model": found}).encode("utf-16-le")
    return build.pbix(folder / "r.pbit", shown or report(), DataModelSchema=schema)


def pbip(folder: Path, found: dict[str, Any]) -> Path:
    """A project with the legacy report and model.bim."""
    for name, content in (("R.Report/report.json", report()), ("R.SemanticModel/model.bim", {"model": found})):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(json.dumps(content, indent=1))
    (folder / "R.Report/definition.pbir").write_text("{}")
    (folder / "R.pbip").write_text("{}")
    return folder / "R.pbip"


def tmdl(folder: Path, query: str) -> Path:
    """The same with its model as TMDL."""
    path = pbip(folder, {})
    (folder / "R.SemanticModel/model.bim").unlink()
    columns = "".join(
        f"\tcolumn {c['name']}\n\t\tdataType: {c['dataType']}\n\t\tsourceColumn: {c['sourceColumn']}\n\n"
        for c in COLUMNS[:-1]
    )
    body = "\n".join(f"\t\t\t\t{line}" for line in query.split("\n"))
    files = {
        "model.tmdl": "model Model\n\tculture: en-US\n\tsourceQueryCulture: en-GB\n",
        "tables/Pupil.tmdl": f"table Pupil\n\tmeasure Pupils = COUNTROWS(Pupil)\n\n{columns}"
        f"\tpartition Pupil = m\n\t\tmode: import\n\t\tsource =\n{body}\n",
        "roles/Own school.tmdl": "role 'Own school'\n\tmodelPermission: read\n\n\ttablePermission Pupil = TRUE()\n",
    }
    for name, text in files.items():
        file = folder / "R.SemanticModel/definition" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def text(value: object) -> str:
    return "null" if value is None else f'"{value}"'


def listed(values: Iterable[str]) -> str:
    return "{" + ", ".join(values) + "}"


RECORDS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
AS_NAMES = listed(map(text, NAMES))
AS_ROWS = listed(listed(map(text, row)) for row in ROWS)
AS_RECORDS = listed("[" + ", ".join(f"{k} = {text(v)}" for k, v in r.items()) + "]" for r in RECORDS)
AS_COLUMNS = listed(listed(map(text, column)) for column in zip(*ROWS, strict=True))
AS_JSON = json.dumps(RECORDS).replace('"', '""')

WAYS = (
    None,
    f"Table.FromRows({packed()}, {AS_NAMES})",
    f"#table({AS_NAMES}, {AS_ROWS})",
    f"#table(type table [UPN = text, Forename = text, Sex = text, Score = text, Born = text], {AS_ROWS})",
    f"let rows = {AS_ROWS} in Table.FromRows(rows, {AS_NAMES})",
    f"Table.FromRecords({AS_RECORDS})",
    f"Table.FromColumns({AS_COLUMNS}, {AS_NAMES})",
    f'Table.FromRecords(Json.Document("{AS_JSON}"))',
)
"""The same rows as sources of a query; None is what "Enter data" writes."""
