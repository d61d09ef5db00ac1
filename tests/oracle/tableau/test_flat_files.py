"""Packaged files without an extract: unions and custom SQL that merely reads a table, counted end to end."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from linter.engine import LintOptions, recompute
from linter.parsers.tableau.stores import whole_table
from tests.parsers.tableau.build import instance, package, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.evidence import VisualResult

COLUMN = '<column datatype="string" name="{0}"/>'
TEXTS = "".join(COLUMN.format(n) for n in ("UPN", "School", "Sex"))
AUTUMN = b"UPN,School\nP1,north\nP2,north\nP3,south\n"
SPRING = b"School,UPN,Sex\nnorth,P1,F\nsouth,P4,M\nsouth,P5,M\n"


def datasource(relation: str, connection: str, columns: tuple[str, ...]) -> str:
    """A data source without extract, its metadata records as Tableau writes them."""
    records = "".join(
        f'<metadata-record class="column"><remote-name>{n}</remote-name><local-name>[{n}]</local-name>'
        "<parent-name>[All]</parent-name><local-type>string</local-type></metadata-record>"
        for n in columns
    )
    return (
        '<datasource name="ds" caption="Pupils"><connection class="federated"><named-connections>'
        f'<named-connection name="file">{connection}</named-connection></named-connections>{relation}'
        f"<metadata-records>{records}</metadata-records></connection></datasource>"
    )


def cells(folder: Path, source: str, members: dict[str, bytes], *levels: str) -> VisualResult:
    """The one worksheet, grouped by some fields, with the distinct pupils."""
    made = [instance(level) for level in levels]
    count, shown = instance("UPN", "CountD", "qk")
    document = workbook_xml(
        rows=f"({' / '.join(reference for _, reference in made)})",
        instances="".join(element for element, _ in made) + count,
        encodings=f'<text column="{shown}"/>',
        datasource=source,
    )
    result = recompute(package(folder / "Book.twbx", document, members), LintOptions(units=("UPN",)))
    assert result.evidence is not None, result.findings
    return result.evidence.visuals["Sheet 1"]


def labelled(visual: VisualResult) -> dict[tuple[str | None, ...], tuple[int, int]]:
    assert visual.status == "evaluated", visual.reasons
    (layer,) = visual.layers
    assert layer.body is not None
    assert layer.body.units is not None
    labels = [[values[c] for c in codes] for values, codes in zip(layer.body.labels, layer.body.codes, strict=True)]
    counts = zip(layer.body.records.values, layer.body.units.values, strict=True)
    return dict(zip(zip(*labels, strict=True), counts, strict=True))


def member(name: str, table: str) -> str:
    layout = '<columns character-set="UTF-8" header="yes" locale="en_GB" separator=","/>'
    return f'<relation connection="file" name="{name}" table="[{table}]" type="table">{layout}</relation>'


def test_a_union_of_text_files(tmp_path: Path) -> None:
    # Each member of a union of text files has a connection of its own, to its own file.
    second = '</named-connection><named-connection name="other"><connection class="textscan" directory="Data" '
    connection = f'<connection class="textscan" directory="Data" filename="autumn.csv"/>{second}filename="spring.csv"/>'
    other = member("spring.csv", "spring#csv").replace('connection="file"', 'connection="other"')
    relation = (
        f'<relation all="true" name="All" type="union"><columns header="yes">{TEXTS}</columns>'
        f"{member('autumn.csv', 'autumn#csv')}{other}</relation>"
    )
    source = datasource(relation, connection, ("UPN", "School", "Sex", "Table Name"))
    files = {"Data/autumn.csv": AUTUMN, "Data/spring.csv": SPRING}
    by_sex = labelled(cells(tmp_path, source, files, "School", "Sex"))
    assert by_sex == {
        ("north", None): (2, 2), ("south", None): (1, 1), ("north", "F"): (1, 1), ("south", "M"): (2, 2),
    }  # fmt: skip
    by_file = labelled(cells(tmp_path, source, files, "Table Name"))
    assert by_file == {("autumn.csv",): (3, 3), ("spring.csv",): (3, 3)}
    assert labelled(cells(tmp_path, source, files, "School"))[("north",)] == (3, 2)


def workbook_of(**sheets: bytes) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for line in content.decode().splitlines():
            sheet.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


EXCEL = '<connection class="excel-direct" directory="Data" filename="terms.xlsx"/>'


def test_a_union_of_sheets(tmp_path: Path) -> None:
    relation = (
        f'<relation all="true" name="All" type="union"><columns header="yes">{TEXTS}</columns>'
        f"{member('Autumn', 'Autumn$')}{member('Spring', 'Spring$')}</relation>"
    )
    files = {"Data/terms.xlsx": workbook_of(Autumn=AUTUMN, Spring=SPRING)}
    source = datasource(relation, EXCEL, ("UPN", "School", "Sex", "Sheet"))
    assert labelled(cells(tmp_path, source, files, "Sheet", "School")) == {
        ("Autumn", "north"): (2, 2), ("Autumn", "south"): (1, 1),
        ("Spring", "north"): (1, 1), ("Spring", "south"): (2, 2),
    }  # fmt: skip


def test_custom_sql_that_merely_reads_a_sheet(tmp_path: Path) -> None:
    files = {"Data/terms.xlsx": workbook_of(Autumn=AUTUMN)}
    relation = '<relation connection="file" name="All" type="text">SELECT [UPN], [School] FROM [Autumn$]</relation>'
    source = datasource(relation, EXCEL, ("UPN", "School"))
    assert labelled(cells(tmp_path, source, files, "School")) == {("north",): (2, 2), ("south",): (1, 1)}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM [A$] WHERE [Sex] = 'F'", "SELECT DISTINCT [UPN] FROM [A$]", "SELECT [UPN] AS [Id] FROM [A$]",
        "SELECT TOP 5 * FROM [A$]", "SELECT * FROM [A$], [B$]", "SELECT * FROM [A$] UNION ALL SELECT * FROM [B$]",
        "SELECT COUNT(*) FROM [A$]", "SELECT * FROM [A$] ORDER BY 1", "SELECT * FROM (SELECT * FROM [A$]) x",
        "DELETE FROM [A$]", "what is this", "",
    ],
)  # fmt: skip
def test_other_custom_sql_is_not_understood(query: str) -> None:
    assert whole_table(query) is None


def test_tables_of_different_locales_are_joined(tmp_path: Path) -> None:
    pairs = (("UPN", "All", "LEN_RGB_S2"), ("School", "All", "LEN_RGB_S2"), ("Sex", "Spring", "LEN_RUS_S2"),
             ("UPN (Spring)", "Spring", "LEN_RUS_S2"))  # fmt: skip
    records = "".join(
        f'<metadata-record class="column"><remote-name>{n.partition(" (")[0]}</remote-name>'
        f"<local-name>[{n}]</local-name>"
        f"<parent-name>[{table}]</parent-name><local-type>string</local-type>"
        f'<collation flag="1" name="{collation}"/></metadata-record>'
        for n, table, collation in pairs
    )
    sides = '<expression op="[All].[UPN]"/><expression op="[Spring].[UPN]"/>'
    relation = (
        f'<relation join="left" type="join"><clause type="join"><expression op="=">{sides}</expression></clause>'
        f"{member('All', 'Autumn$')}{member('Spring', 'Spring$')}</relation>"
    )
    source = datasource(relation, EXCEL, ()).replace("<metadata-records>", f"<metadata-records>{records}")
    files = {"Data/terms.xlsx": workbook_of(Autumn=AUTUMN, Spring=SPRING.replace(b"P1", b"p1"))}
    assert labelled(cells(tmp_path, source, files, "School", "Sex")) == {
        ("north", "F"): (1, 1), ("north", None): (1, 1), ("south", None): (1, 1),
    }  # fmt: skip


def test_a_union_by_pattern_is_said_to_be_unread(tmp_path: Path) -> None:
    source = datasource('<relation all="true" name="All" type="union"/>', EXCEL, ("UPN", "School"))
    visual = cells(tmp_path, source, {"Data/terms.xlsx": workbook_of(Autumn=AUTUMN)}, "School")
    assert visual.status == "data_unread"
    assert "pattern" in (visual.reason or "")
