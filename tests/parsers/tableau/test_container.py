"""Hostile and broken files, and where data files are found."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from linter.errors import Unreadable
from linter.parsers import xml
from linter.parsers.tableau import read
from tests.parsers.tableau.build import load, package, workbook_xml

if TYPE_CHECKING:
    from pathlib import Path

    from linter.model import Source

HYPER, TDE = b"Hyper\x08\0\0" + b"\0" * 50, bytes((0x20, 0x02, 0x01, 0x62, 0xA0)) + b"\0" * 50

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><workbook>&c;</workbook>"""
EXTERNAL = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><workbook>&x;</workbook>'


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        read(path, "")
    return caught.value.reason


@pytest.mark.parametrize("content", [LAUGHS, EXTERNAL, b"\xef\xbb\xbf <!-- c --> " + EXTERNAL, b"<!doctype w><w/>"])
def test_document_type_declarations_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.twb"
    path.write_bytes(content)
    assert "document type" in refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE w []><workbook/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?><workbook/>',
    ],
)
def test_encodings_that_could_hide_something_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.twb"
    path.write_bytes(content)
    assert "encoding" in refusal(path)


def test_nesting_is_bounded() -> None:
    deep = b"<w>" * (xml.MAX_DEPTH + 1) + b"</w>" * (xml.MAX_DEPTH + 1)
    with pytest.raises(Unreadable):
        xml.parse(deep)


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_BYTES", 10)
    with pytest.raises(Unreadable, match="larger"):
        xml.parse(b"<workbook/>")


def test_gated_names_are_undone() -> None:
    root = xml.parse(
        b'<w _.fcp.A.true...x="1" _.fcp.A.false...y="2"><_.fcp.B.false...relation/>'
        b'<_.fcp.B.true...relation type="collection"><_.fcp.C.true...inner/></_.fcp.B.true...relation></w>'
    )
    xml.ungate(root)
    assert dict(root.attrib) == {"x": "1"}
    assert [child.tag for child in root] == ["relation"]
    assert [child.tag for child in root[0]] == ["inner"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.twb", b"", "empty"),
        ("a.twb", b"<workbook><unclosed></workbook>", "not well-formed"),
        ("a.twb", b"<html/>", "not a Tableau workbook"),
        ("a.twbx", b"plain text", "not a zip"),
        ("a.twb", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "sensitivity label"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert expected in refusal(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "gone.twb")
    assert refusal(tmp_path)


def test_wrong_extensions_do_not_matter(tmp_path: Path) -> None:
    zipped = package(tmp_path / "really a package.twb", workbook_xml())
    assert len(read(zipped, "").visuals) == 1
    plain = tmp_path / "really.tds"
    plain.write_text(workbook_xml(), encoding="utf-8")
    assert len(read(plain, "").visuals) == 1


def test_packages_without_or_with_several_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.twbx"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("Data/x.csv", "1")
    assert "no workbook document" in refusal(path)
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a.twb", workbook_xml())
        target.writestr("b.twb", workbook_xml())
    assert "several" in refusal(path)


def extract_source(dbname: str) -> str:
    return (
        '<datasource name="ds"><connection class="sqlserver" server="s"/><extract enabled="true">'
        f'<connection class="hyper" dbname="{dbname}" schema="Extract"><relation name="Extract" '
        'table="[Extract].[Extract]" type="table"/><metadata-records><metadata-record class="column">'
        "<remote-name>pupil_id</remote-name><local-name>[Pupil]</local-name><parent-name>[Extract]</parent-name>"
        '<local-type>string</local-type><collation flag="1" name="LEN_RGB_S2"/></metadata-record>'
        "</metadata-records></connection></extract></datasource>"
    )


def source_of(folder: Path, dbname: str, members: dict[str, bytes]) -> Source:
    source = load(folder, workbook_xml(datasource=extract_source(dbname)), members).source("ds")
    assert source is not None
    return source


def test_extract_by_magic_path_and_columns(tmp_path: Path) -> None:
    source = source_of(tmp_path, "Data/b/x.hyper", {"Data/a/x.hyper": HYPER, "Data/b/x.hyper": HYPER})
    assert source.delivery == "embedded"
    (table,) = source.tables
    assert table.store is not None
    assert (table.store.kind, table.store.member) == ("hyper", "Data/b/x.hyper")
    assert table.store.table == ("Extract", "Extract")
    (column,) = table.columns
    assert (column.name, column.physical, column.type, column.collation) == ("Pupil", "pupil_id", "text", "en_GB_CI")


def test_absolute_temporary_paths_match_by_their_end(tmp_path: Path) -> None:
    source = source_of(tmp_path, "C:\\Temp\\99\\Data\\b\\x.hyper", {"Data/a/x.hyper": HYPER, "Data/b/x.hyper": HYPER})
    assert source.tables[0].store is not None
    assert source.tables[0].store.member == "Data/b/x.hyper"


def test_a_name_shared_by_two_members_decides_nothing(tmp_path: Path) -> None:
    source = source_of(tmp_path, "elsewhere/x.hyper", {"Data/a/x.hyper": HYPER, "Data/b/x.hyper": HYPER})
    assert source.delivery == "missing"


def test_tde_is_recognised_whatever_its_name(tmp_path: Path) -> None:
    source = source_of(tmp_path, "Data/x.hyper", {"Data/x.hyper": TDE})
    assert source.delivery == "unreadable"
    assert source.tables[0].store is None
    assert "2022.4" in (source.tables[0].unread or "")


def test_unknown_extract_format_is_said(tmp_path: Path) -> None:
    assert source_of(tmp_path, "Data/x.hyper", {"Data/x.hyper": b"something else"}).delivery == "unreadable"


def test_missing_extract(tmp_path: Path) -> None:
    assert source_of(tmp_path, "Data/x.hyper", {}).delivery == "missing"


def test_leftover_members_are_sources_or_unread(tmp_path: Path) -> None:
    members = {
        "Data/pupils.csv": b"x",
        "Data/left.hyper": HYPER,
        "Data/old.tmp": TDE,
        "Data/raw.mdb": b"\0\1\0\0Standard Jet DB",
        "Image/logo.png": b"\x89PNG",
        "TwbxExternalCache/TwbxLQResultsCacheV3/1/.key": b"<pack q='&lt;field&gt;[Name]&lt;/field&gt;'/>",
    }
    workbook = load(tmp_path, workbook_xml(), members)
    assert [s.id for s in workbook.sources] == ["ds", "file Data/left.hyper"]
    assert {u.part: u.blocks_data for u in workbook.unread} == {"Data/old.tmp": False, "Data/raw.mdb": False}
    assert [t.text for t in workbook.texts if t.where == "query cache"] == ["[Name]"]


def test_a_text_file_beside_a_plain_workbook(tmp_path: Path) -> None:
    (tmp_path / "pupils.csv").write_text("UPN\n", encoding="utf-8")
    path = tmp_path / "Book.twb"
    path.write_text(workbook_xml(), encoding="utf-8")
    store = read(path, "").sources[0].tables[0].store
    assert store is not None
    assert (store.member, store.beside, store.locale) == ("pupils.csv", True, "en_GB")


def test_files_outside_the_folder_of_a_plain_workbook_are_not_reached(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "pupils.csv").write_text("UPN\n", encoding="utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "Book.twb"
    path.write_text(workbook_xml().replace('directory="Data"', 'directory="../Data"'), encoding="utf-8")
    assert read(path, "").sources[0].delivery == "missing"


@pytest.mark.parametrize(
    ("kind", "delivery"),
    [("sqlproxy", "live"), ("postgres", "live"), ("google-sheets", "live"), ("msaccess", "unreadable")],
)
def test_deliveries(tmp_path: Path, kind: str, delivery: str) -> None:
    document = workbook_xml().replace('class="textscan"', f'class="{kind}"')
    source = load(tmp_path, document).source("ds")
    assert source is not None
    assert (source.delivery, bool(source.reason), source.tables[0].store) == (delivery, True, None)


@pytest.mark.parametrize("shape", ["text", "union", "pivot", "project", "unheard-of"])
def test_shapes_of_files_that_are_not_read_yet_are_said(tmp_path: Path, shape: str) -> None:
    document = workbook_xml().replace('type="table"', f'type="{shape}"')
    source = load(tmp_path, document).source("ds")
    assert source is not None
    assert source.delivery == "unreadable"
    assert source.tables[0].unread


EXCEL = '<column name="Name" datatype="string"/><column name="Visit" datatype="integer"/>'


def excel_source(relation: str, graph: str = "", cols: str = "") -> str:
    return (
        '<datasource name="ds"><connection class="federated"><named-connections><named-connection name="f">'
        '<connection class="excel-direct" cleaning="no" filename="Data/v.xlsx"/></named-connection>'
        f"</named-connections>{relation}{cols}</connection>{graph}</datasource>"
    )


def leaf(name: str, columns: str, table: str | None = None, grid: str = "A1:D8:no:A1:D8:0") -> str:
    return (
        f'<relation connection="f" name="{name}" table="{table or f"[{name}$]"}" type="table">'
        f'<columns gridOrigin="{grid}" header="yes">{columns}</columns></relation>'
    )


def excel(folder: Path, datasource: str) -> Source:
    source = load(folder, workbook_xml(datasource=datasource), {"Data/v.xlsx": b"PK"}).source("ds")
    assert source is not None
    return source


@pytest.mark.parametrize(
    ("table", "grid", "expected"),
    [
        ("['My Visits$']", "A1:D8:no:A1:D8:0", ("My Visits",)),
        ("[a#txt$]", "A1:D8:no", ("a.txt",)),
        ("[Visits$]", "B3:D8:no", ("Visits", "B3:D8")),
        ("[Visits$A5:C9]", "A5:C9:no", ("Visits", "A5:C9")),
        ("[NamedRange]", "", ("NamedRange",)),
    ],
)
def test_sheets_and_ranges(tmp_path: Path, table: str, grid: str, expected: tuple[str, ...]) -> None:
    store = excel(tmp_path, excel_source(leaf("Visits", EXCEL, table, grid))).tables[0].store
    assert store is not None
    assert store.table == expected


def test_join_of_sheets(tmp_path: Path) -> None:
    clause = (
        '<clause type="join"><expression op="="><expression op="[V].[Patient]"/><expression op="[P].[Patient]"/>'
        "</expression></clause>"
    )
    visits, patients = leaf("V", '<column name="Patient" datatype="integer"/>'), leaf("P", EXCEL)
    patients = patients.replace('name="Visit"', 'name="Patient"')
    cols = '<cols><map key="[Patient]" value="[V].[Patient]"/><map key="[Patient (P)]" value="[P].[Patient]"/></cols>'
    joined = f'<relation join="left" type="join">{clause}{visits}{patients}</relation>'
    source = excel(tmp_path, excel_source(joined, cols=cols))
    assert source.joined
    (tie,) = source.relationships
    assert (tie.many, tie.one, tie.join) == ("V", "P", "left")
    assert [(getattr(a, "name", None), getattr(b, "name", None)) for a, b in tie.on] == [("Patient", "Patient (P)")]


def test_relationships_of_logical_tables(tmp_path: Path) -> None:
    def logical(name: str, columns: str) -> str:
        inside = f'<properties context="">{leaf(name, columns)}</properties>'
        return f'<object id="{name}_1" caption="{name}s">{inside}</object>'

    graph = (
        f"<object-graph><objects>{logical('V', EXCEL)}{logical('P', EXCEL)}</objects><relationships><relationship>"
        '<expression op="="><expression op="[Visit]"/><expression op="[Visit (P)]"/></expression>'
        '<first-end-point object-id="V_1"/><second-end-point object-id="P_1" unique-key="true"/>'
        "</relationship></relationships></object-graph>"
    )
    source = excel(tmp_path, excel_source("", graph))
    assert [(t.id, t.caption) for t in source.tables] == [("V", "Vs"), ("P", "Ps")]
    assert not source.joined
    (tie,) = source.relationships
    assert (tie.many, tie.one, tie.unique, tie.join) == ("V", "P", True, None)
