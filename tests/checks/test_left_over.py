"""Files that lie in a package though no data source reads them: old extracts, text files, spreadsheets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook as Spreadsheet

from fixtures.archive import unzipped, zipped
from linter.engine import LintOptions, lint
from linter.findings import Finding
from linter.policy.validators import upn_check_letter
from linter.results import WorkbookResult
from linter.rules import load_rules

FIXTURES = Path(__file__).parents[2] / "fixtures"
CLEAN = FIXTURES / "cases" / "reach_right.twbx"
HEADER = ("UPN", "Surname", "DOB")
ROWS = [(f"A80120000100{i}", name, "2010-05-01") for i, name in enumerate(("Ashdown", "Birch", "Cole"))]


def with_member(folder: Path, name: str, content: bytes) -> WorkbookResult:
    """The clean workbook with one more file in its package."""
    target = folder / "book.twbx"
    target.write_bytes(zipped({**unzipped(CLEAN.read_bytes()), name: content}))
    return lint(target, LintOptions(audience="public", delivery="file"), load_rules())


def at(result: WorkbookResult, member: str) -> dict[str, Finding]:
    return {f.rule: f for f in result.findings if f.location.part == member}


def text() -> bytes:
    return "\n".join(map(",".join, (HEADER, *ROWS))).encode()


def spreadsheet() -> bytes:
    book = Spreadsheet()
    book.active.title = "Notes"
    sheet = book.create_sheet("Pupils")
    for row in (HEADER, *ROWS):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def extract() -> bytes:
    """Two tables with all pupils of the wrong workbook."""
    parts = unzipped((FIXTURES / "tableau/wrong/northmere_ks4.twbx").read_bytes())
    return next(content for name, content in parts.items() if name.endswith(".hyper"))


@pytest.mark.parametrize(
    ("name", "content"),
    [("Data/old.csv", text()), ("Data/old.xlsx", spreadsheet()), ("Data/Extracts/2019.hyper", extract())],
    ids=["text", "spreadsheet", "extract"],
)
def test_rows_of_persons_are_found_and_the_visuals_are_counted_all_the_same(
    name: str, content: bytes, tmp_path: Path
) -> None:
    result = with_member(tmp_path, name, content)
    found = at(result, name)
    assert {"EX001", "EX002", "NPD003"} <= set(found)
    assert "no data source of the workbook reads" in found["EX001"].message
    assert found["EX001"].evidence["left_over"] is True
    assert {status for _, status in result.visuals()} == {"evaluated"}
    assert not any(value in repr(result.findings) for row in ROWS for value in row[:2])


PUPILS = [(f"{upn_check_letter(rest)}{rest}", f"Pupil{i}", "Oak") for i in range(9) for rest in [f"8012000000{i}0"]]
VALUES = "\n".join(map(",".join, PUPILS)).encode()


def test_a_line_of_values_is_never_taken_for_names(tmp_path: Path) -> None:
    result = with_member(tmp_path, "Data/old.csv", VALUES)
    found = at(result, "Data/old.csv")
    assert found["EX002"].evidence["columns"] == ("F1 (upn)",)
    assert not any(value in repr(result.findings) for row in PUPILS for value in row[:2])


@pytest.mark.parametrize("separator", [b"~", b" "])
def test_nor_where_its_separator_is_not_known(separator: bytes, tmp_path: Path) -> None:
    result = with_member(tmp_path, "Data/old.csv", VALUES.replace(b",", separator))
    assert not any(value in repr(result.findings) for row in PUPILS for value in row[:2])


def test_days_of_a_register_are_names(tmp_path: Path) -> None:
    content = b"Surname,Forename,01/09/2025\n" + b"\n".join(f"{row[1]},{row[1]},/".encode() for row in PUPILS)
    found = at(with_member(tmp_path, "Data/old.csv", content), "Data/old.csv")
    assert found["EX002"].evidence["columns"] == ("Surname (surname)", "Forename (forename)")


def test_of_two_columns_with_one_name_both_are_looked_at(tmp_path: Path) -> None:
    content = b"Ref,Ref,Ref\n" + b"\n".join(f"{i},{row[0]},x".encode() for i, row in enumerate(PUPILS))
    found = at(with_member(tmp_path, "Data/old.csv", content), "Data/old.csv")
    assert found["EX002"].evidence["columns"] == ("Ref (2) (upn)",)


@pytest.mark.parametrize("before", [b"\n\n", b"Made by the data team\n\n", b"Made by the data team,,\n"])
def test_names_below_a_title_or_empty_lines_are_found(before: bytes, tmp_path: Path) -> None:
    found = at(with_member(tmp_path, "Data/old.csv", before + text()), "Data/old.csv")
    assert found["EX002"].evidence["columns"] == ("UPN (upn)", "Surname (surname)", "DOB (date of birth)")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32"])
def test_text_of_unknown_encoding_is_unread(encoding: str, tmp_path: Path) -> None:
    result = with_member(tmp_path, "Data/old.csv", text().decode().encode(encoding))
    assert set(at(result, "Data/old.csv")) == {"ME001"}


def test_a_file_too_wide_to_judge_is_unread(tmp_path: Path) -> None:
    result = with_member(tmp_path, "Data/old.csv", b",".join(b"c%d" % i for i in range(20_000)) + b"\n1\n")
    assert "more than 2,000 columns" in at(result, "Data/old.csv")["ME001"].message


def test_a_file_about_things_is_fine(tmp_path: Path) -> None:
    result = with_member(tmp_path, "Data/old.csv", b"Product,Price\nLamp,4\nPen,1\n")
    assert at(result, "Data/old.csv") == {}
    assert result.complete


@pytest.mark.parametrize(("name", "content"), [("Data/old.csv", b"\n"), ("Data/old.xlsx", b"PK\x03\x04 broken")])
def test_one_that_cannot_be_read_is_said_and_costs_nothing_else(name: str, content: bytes, tmp_path: Path) -> None:
    result = with_member(tmp_path, name, content)
    assert set(at(result, name)) == {"ME001"}
    assert not result.complete
    assert {status for _, status in result.visuals()} == {"evaluated"}
