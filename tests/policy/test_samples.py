"""Names of real workbooks: the known leaks are seen, the known false alarms are not."""

from __future__ import annotations

import re
import tarfile
import zipfile

import pytest
from lxml import etree

from linter.policy.names import classify_name
from linter.policy.vocabulary import match
from tests.samples import sample, samples_dir

pytestmark = pytest.mark.samples


def tables(file: str) -> dict[str, list[str]]:
    """Physical columns by table, as a Tableau file's own metadata has them."""
    path = sample("tableau", file)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as container:
            member = next(n for n in container.namelist() if n.endswith((".twb", ".tds")))
            xml = container.read(member)
    else:
        xml = path.read_bytes()
    found: dict[str, list[str]] = {}
    for record in etree.fromstring(xml).iter("metadata-record"):
        if record.get("class") == "column":
            table = (record.findtext("parent-name") or "").strip("[]")
            found.setdefault(table, []).append((record.findtext("remote-name") or "").strip())
    return found


def tmdl_tables(file: str) -> dict[str, list[str]]:
    """Columns and measures by table, from the TMDL of a packed project."""
    found: dict[str, list[str]] = {}
    with tarfile.open(sample("powerbi", file)) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.name.endswith(".tmdl") else None
            text = stream.read().decode("utf-8") if stream else ""
            for table in re.findall(r"^table '?([^'\n]+)'?", text, re.MULTILINE):
                names = re.findall(r"^\t(?:column|measure) (?:'([^']+)'|(\S+))", text, re.MULTILINE)
                found[table] = [quoted or plain for quoted, plain in names]
    return found


def identifiers(found: dict[str, list[str]]) -> set[str]:
    return {name for table, names in found.items() for name in names if classify_name(name, table, names).identifier}


def test_no_tableau_sample_holds_npd_names() -> None:
    if samples_dir() is None:
        pytest.skip("the shared samples are not here")
    fired = {}
    for path in sorted((samples_dir() / "tableau").glob("*.t*")):
        for table, names in tables(path.name).items():
            found = [name for name in names if match(name, names, table=table)]
            if found:
                fired[path.name, table] = found
    assert fired == {}


def test_published_attendance_is_not_npd() -> None:
    """TN01: sixty measures that sound like NPD over published aggregates."""
    found = tmdl_tables("school-attendance-pbip.tar.gz")
    assert sum(map(len, found.values())) > 100
    assert [n for t, names in found.items() for n in names if match(n, names, table=t)] == []
    assert identifiers(found) == set()
    counted = found["Fact Attendance Annual"]
    assert classify_name("Enrolments", "Fact Attendance Annual", counted).kind == "count_field"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "arif_college_students_pii_in_extract.twbx",
            {"student_id", "first_name", "last_name", "email", "dob"},
        ),
        ("lt22_ch13_titanic_person_level.twbx", {"Name"}),
        ("lt22_ch14_blend_txt_xlsx.twbx", {"Patient ID", "Name", "Birthdate"}),
        ("lt22_ch10_superstore_hyper.twbx", {"Customer ID", "Customer Name", "Postal Code"}),
        ("ryans_emergency_dept_no_data.twb", {"patient_id", "patient_lat", "patient_long"}),
    ],
)
def test_known_identifiers_are_seen(file: str, expected: set[str]) -> None:
    assert expected - identifiers(tables(file)) == set()


@pytest.mark.parametrize(
    "file",
    [
        "autumn_hs_dance_team.twbx",
        "mt21_ch12_605k_rows_hyper.twbx",
        "tab_world_indicators.tdsx",
        "tab_nested.tds",
    ],
)
def test_files_without_persons_have_no_identifiers(file: str) -> None:
    """TN09, TN10, TN13."""
    assert identifiers(tables(file)) == set()


def test_fruit_is_no_person() -> None:
    """TN15."""
    found = tmdl_tables("inventory-pbir-pbip.tar.gz")
    assert "Item" in found["Inventory"]
    assert identifiers(found) == set()
