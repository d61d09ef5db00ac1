"""Small workbooks in XML, for tests: one data source with a packaged text file, one worksheet."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from linter.parsers.tableau import read

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Layer, Workbook

USER = 'xmlns:user="http://www.tableausoftware.com/xml/user"'
TABLE = "pupils.csv"

COLUMNS = """
<column name="UPN" datatype="string"/><column name="School" datatype="string"/>
<column name="Sex" datatype="string"/><column name="Score" datatype="real"/>
<column name="Born" datatype="date"/><column name="Year" datatype="integer"/>
"""


def instance(column: str, derivation: str = "None", kind: str = "nk", inside: str = "") -> tuple[str, str]:
    """A column instance element and the reference to it."""
    prefix = {"None": "none", "User": "usr", "InOut": "io"}.get(derivation, derivation.lower())
    name = f"[{prefix}:{column}:{kind}]"
    typed = {"nk": "nominal", "ok": "ordinal", "qk": "quantitative"}[kind]
    element = (
        f'<column-instance column="[{column}]" derivation="{derivation}" name="{name}" pivot="key" '
        f'type="{typed}">{inside}</column-instance>'
    )
    return element, f"[ds].{name}"


def table_calculation(column: str, derivation: str, calculation: str) -> tuple[str, str]:
    """A column instance with a quick table calculation and the reference to it."""
    name = f"[calc:{derivation.lower()}:{column}:qk]"
    element = (
        f'<column-instance column="[{column}]" derivation="{derivation}" name="{name}" type="quantitative">'
        f'<table-calc type="{calculation}"/></column-instance>'
    )
    return element, f"[ds].{name}"


def workbook_xml(
    *,
    rows: str = "",
    cols: str = "",
    instances: str = "",
    encodings: str = "",
    view: str = "",
    fields: str = "",
    table: str = "",
    panes: str | None = None,
    parameters: str = "",
    after: str = "",
    datasource: str | None = None,
    source_inside: str = "",
) -> str:
    """The document; every argument is XML put at its place."""
    source = datasource or (
        '<datasource name="ds" caption="Pupils"><connection class="federated"><named-connections>'
        '<named-connection name="file"><connection class="textscan" directory="Data" filename="pupils.csv"/>'
        "</named-connection></named-connections>"
        f'<relation connection="file" name="{TABLE}" table="[pupils#csv]" type="table">'
        f'<columns character-set="UTF-8" header="yes" locale="en_GB" separator=",">{COLUMNS}</columns></relation>'
        f"</connection>{fields}{source_inside}</datasource>"
    )
    marks = panes or f'<panes><pane><mark class="Bar"/><encodings>{encodings}</encodings></pane></panes>'
    return f"""<?xml version="1.0" encoding="utf-8"?>
<workbook version="18.1" source-build="2024.1" {USER}>
<datasources><datasource name="Parameters">{parameters}</datasource>{source}</datasources>
<worksheets><worksheet name="Sheet 1"><table><view>
<datasources><datasource name="ds"/></datasources>
<datasource-dependencies datasource="ds">{instances}</datasource-dependencies>
{view}<aggregation value="true"/></view>
{marks}<rows>{rows}</rows><cols>{cols}</cols>{table}</table></worksheet></worksheets>
{after}
</workbook>"""


def package(path: Path, document: str, members: dict[str, bytes] | None = None) -> Path:
    """A .twbx of the document and its members; by default the pupils' file is among them."""
    if members is None:
        members = {"Data/pupils.csv": b"UPN,School,Sex,Score,Born,Year\n"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("Book.twb", document)
        for name, content in members.items():
            target.writestr(name, content)
    return path


def load(folder: Path, document: str, members: dict[str, bytes] | None = None) -> Workbook:
    """The document read as a package."""
    return read(package(folder / "Book.twbx", document, members), "0" * 64)


def only_layer(workbook: Workbook) -> Layer:
    """The one layer of the one worksheet."""
    (visual,) = workbook.visuals
    assert visual.problems == ()
    (layer,) = visual.layers
    return layer
