"""Hierarchies that the caller states, several worksheets, and what was published as a pack."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import openpyxl
import pytest

from linter.errors import UsageError
from linter.parsers.tables import Asked, is_table, read_table, read_tables, stated
from linter.publications.audit import audit_tables
from linter.publications.packs import is_pack, workbook_of

PLACES = "Area,Pupils\nNorth,50\nAsh,14\nBirch,c\nCedar,30\nSouth,41\nDale,20\nElm,21\nTotal,91\n"
ABOVE = "label,parent\nAsh,North\nBirch,North\nCedar,North\nDale,South\nElm,South\nNorth,Total\nSouth,Total\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def recovered(tables) -> list[tuple[str, float]]:
    found = audit_tables(list(tables), threshold=9, width=9)
    return [(" ".join(r.cell.values()), r.value) for r in found.recoverable]


@pytest.mark.parametrize("header", [True, False])
def test_a_hierarchy_from_a_file(tmp_path, header):
    table = write(tmp_path / "t.csv", PLACES)
    above = write(tmp_path / "h.csv", ABOVE if header else ABOVE.split("\n", 1)[1])
    assert recovered([read_table(table, Asked())]) == []
    found = read_table(table, Asked(hierarchies=(stated(f"Area={above}"),)))
    assert found.stated == {"Area"}
    assert recovered([found]) == [("Birch", 6)]


def test_a_stated_hierarchy_counts_where_no_shown_sum_bears_it_out(tmp_path):
    text = "Area,Pupils\nNorth,50\nAsh,14\nBirch,c\nCedar,30\n"
    above = write(tmp_path / "h.csv", "Ash,North\nBirch,North\nCedar,North\n")
    table = read_table(write(tmp_path / "t.csv", text), Asked(hierarchies=(stated(f"Area={above}"),)))
    assert recovered([table]) == [("Birch", 6)]


def test_columns_from_coarse_to_fine(tmp_path):
    text = "Region,School,Pupils\nNorth,Ash,14\nNorth,Birch,c\nNorth,Total,20\nSouth,Dale,20\nSouth,Elm,21\nSouth,Total,41\n"
    table = read_table(write(tmp_path / "t.csv", text), Asked(hierarchies=(stated("Region > School"),)))
    assert list(table.dimensions) == ["Region"]
    assert recovered([table]) == [("North > Birch", 6)]


@pytest.mark.parametrize("text", ["Area", "=x.csv", "Area=", "Area>", ">"])
def test_what_is_no_hierarchy(text):
    with pytest.raises(UsageError, match="COLUMN=FILE or COARSE>FINE"):
        stated(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("a,b\nb,a\n", "belongs to itself"), ("a,b\na,c\n", "belongs to two labels"), ("a\nb\n", "two col")],
)
def test_files_that_hold_no_hierarchy(tmp_path, text, why):
    with pytest.raises(UsageError, match=why):
        stated(f"Area={write(tmp_path / 'h.csv', text)}")


def test_a_label_that_belongs_to_two(tmp_path):
    text = "Region,School,Pupils\nNorth,Ash,14\nSouth,Ash,20\n"
    with pytest.raises(UsageError, match="belongs to two labels"):
        read_table(write(tmp_path / "t.csv", text), Asked(hierarchies=(stated("Region>School"),)))


def book(path: Path, **sheets: str) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, text in sheets.items():
        sheet = made.create_sheet(name)
        for line in text.strip().split("\n"):
            sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    made.save(path)
    return path


BODY = "School,SEN,Pupils\nAsh,E,14\nAsh,K,36\nBirch,E,c\nBirch,K,35\n"
MARGIN = "School,Pupils\nAsh,50\nBirch,39\n"


def test_all_worksheets_with_a_table_are_linked(tmp_path):
    path = book(tmp_path / "b.xlsx", Cover="Pupils 2025\n", Body=BODY, Margin=MARGIN)
    tables = read_tables(path, Asked())
    assert [t.path for t in tables] == [f"{path}#Body", f"{path}#Margin"]
    assert any("Cover" in note for note in tables[0].notes)
    assert recovered(tables) == [("Birch E", 4)]
    with pytest.raises(UsageError, match="2 worksheets hold tables"):
        read_table(path, Asked())


def test_a_worksheet_by_name(tmp_path):
    path = book(tmp_path / "b.xlsx", Body=BODY, Margin=MARGIN)
    one = Path(f"{path}#Body")
    assert is_table(one)
    assert recovered(read_tables(one, Asked())) == []
    with pytest.raises(UsageError, match="no worksheet is called 'Other'"):
        read_tables(Path(f"{path}#Other"), Asked())


def test_a_worksheet_that_cannot_be_read_leaves_the_audit_incomplete(tmp_path):
    path = book(tmp_path / "b.xlsx", Body=BODY, Odd="A,A,B\n1,2,3\n4,5,6\n7,8,9\n")
    tables = read_tables(path, Asked())
    assert len(tables) == 1
    found = audit_tables(tables, threshold=9, width=9)
    assert any("Odd" in reason for reason in found.incomplete)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_pack_leads_to_its_workbook_as_long_as_that_is_unchanged(tmp_path):
    workbook, pack = write(tmp_path / "book.twb", "<workbook/>"), tmp_path / "pack"
    pack.mkdir()
    report = {"workbooks": [{"path": "elsewhere/book.twb", "sha256": digest(workbook)}]}
    write(pack / "report.json", json.dumps(report))
    assert is_pack(pack)
    assert workbook_of(pack, digest) == workbook
    write(workbook, "<workbook></workbook>")
    with pytest.raises(UsageError, match="a pack holds no figures"):
        workbook_of(pack, digest)
    write(pack / "report.json", "{}")
    with pytest.raises(UsageError, match="not the report of a pack"):
        workbook_of(pack, digest)
