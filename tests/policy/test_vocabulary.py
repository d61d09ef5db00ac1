"""The NPD vocabulary: the list itself, what looks like one of its fields, and what must stay quiet."""

from __future__ import annotations

import csv
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from linter.findings import Confidence
from linter.policy.vocabulary import learned, match, npd_fields
from tests.samples import reference_dir

PUBLIC = [
    "Year",
    "Region",
    "Sales",
    "Product",
    "Category",
    "Date",
    "Country",
    "Population",
    "Name",
    "Code",
    "Value",
    "Month",
    "Status",
    "Score",
    "Grade",
    "Type",
    "ID",
    "Total",
    "Age",
    "ReadAt",
    "Version",
]
CENSUS = ["UPN", "URN", "LA", "Sex", "DOB", "FSMeligible", "NCYearActual"]


def plain(name: str) -> str:
    """A template of the list as a real column: ``UPN_[term][yy]`` is ``UPN_SPR20``."""
    return name.replace("[term]", "SPR").replace("[yy]", "20").replace("[n]", "1")


def test_the_list_is_whole_and_small() -> None:
    path = resources.files("linter.policy").joinpath("data", "npd_fields.tsv")
    assert len(path.read_bytes()) < 300_000
    fields = npd_fields()
    assert len(fields) > 4_000
    assert len({f.name for f in fields}) == len(fields)
    for field in fields:
        assert field.tables
        assert field.identifiability in {"", "1", "2", "3", "4", "5"}
        assert field.sensitivity in {"", "A", "B", "C", "D", "E"}
        assert field.old_tier in {"", "1", "2", "3", "4"}
        assert bool(field.origin) == bool(field.identifiability or field.sensitivity or field.old_tier)


def test_the_list_is_what_the_script_makes(tmp_path: Path) -> None:
    folder = reference_dir()
    if folder is None:
        pytest.skip("the shared list of NPD fields is not here")
    script = Path(__file__).parents[2] / "fixtures" / "make_vocabulary.py"
    made = tmp_path / "made.tsv"
    subprocess.run([sys.executable, script, folder / "npd_fields.csv", made], check=True, capture_output=True)
    shipped = resources.files("linter.policy").joinpath("data", "npd_fields.tsv").read_bytes()
    assert made.read_bytes() == shipped


def test_every_field_is_recognised_beside_a_pupil_reference() -> None:
    missed = [f.name for f in npd_fields() if match(plain(f.name), ["PupilMatchingRefAnonymous"]) is None]
    assert missed == []


def test_most_fields_are_recognised_alone() -> None:
    alone = [f for f in npd_fields() if match(plain(f.name))]
    assert len(alone) / len(npd_fields()) > 0.9


@pytest.mark.parametrize(
    ("name", "how", "confidence"),
    [
        ("KS4_ATT8", "exact", "high"),
        ("ks4_att8", "exact", "high"),
        ("KS4_VAP2TAAPS_PTQ_EE", "exact", "high"),
        ("PupilMatchingRefAnonymous_SPR20", "pattern", "high"),
        ("Pupil Matching Ref Anonymous", "pattern", "high"),
        ("s.PupilMatchingRefAnonymous", "pattern", "high"),
        ("FSM6CLA1A", "pattern", "high"),
        ("EVERFSM_6_P", "exact", "high"),
        ("IDACI_S", "exact", "high"),
        ("cla_CAT_NEED", "exact", "high"),
        ("CIN_LatestCategoryOfAbuse", "exact", "high"),
        ("NCyearActual_SPR20", "normalised", "high"),
        ("EnrolStatus", "exact", "medium"),
        ("Ethnic Group Minor", "normalised", "medium"),
        ("EntryDate_aut19", "normalised", "medium"),
        ("ABS15_URN", "normalised", "medium"),
        ("UPN", "exact", "medium"),
        ("UPN (Pupils.csv)", "exact", "medium"),
        ("KS2_MADEUP", "prefix", "low"),
        ("KS4_MADEUP_PTQ_EE", "pattern", "high"),
    ],
)
def test_names_that_tell_alone(name: str, how: str, confidence: str) -> None:
    found = match(name)
    assert found is not None
    assert found.how == how
    assert found.confidence == confidence


@pytest.mark.parametrize(
    "name",
    [
        *PUBLIC,
        "LA",
        "URN",
        "Sex",
        "DOB",
        "ESTAB",
        "NCYear",
        "Gender",
        "Ethnicity",
        "Surname",
        "FSM",
        "Postcode",
        "Term",
        "Phase",
        "PTFSM6CLA1A",
        "P8MEA",
        "AP_Year",
        "looked_after_child",
        "primary_sen_type",
        "OverallAbsenceSessions",
        "SchoolName",
    ],
)
def test_generic_names_never_fire_alone(name: str) -> None:
    assert match(name) is None
    assert match(name, ["Sales", "Product", "Sex", "LA", "URN", "Ethnicity", "Gender"]) is None


@pytest.mark.parametrize("name", ["LA", "URN", "Sex", "DOB", "NCYear", "Ethnicity", "Surname"])
def test_generic_names_fire_beside_an_npd_name(name: str) -> None:
    found = match(name, CENSUS)
    assert found is not None
    assert found.confidence == "medium"
    assert "UPN" in found.neighbours


@pytest.mark.parametrize("name", PUBLIC)
def test_ordinary_names_stay_quiet_beside_ordinary_names(name: str) -> None:
    assert match(name, PUBLIC) is None


def test_a_phase_of_schooling_needs_company() -> None:
    assert match("KS2Score") is None
    found = match("KS2Score", CENSUS)
    assert found is not None
    assert found.field is None


def test_upn_of_staff_is_not_npd_and_bears_nothing_out() -> None:
    staff = ["EmployeeID", "JobTitle", "UPN", "Role", "Gender", "Postcode", "Surname"]
    assert [name for name in staff if match(name, staff, table="Employee")] == []


def test_values_decide_what_upn_is() -> None:
    assert match("UPN", CENSUS, values={"email": 1.0}) is None
    assert match("UPN", CENSUS, values={"upn": 1.0}) is not None


def test_upn_is_sure_with_another_npd_name() -> None:
    found = match("UPN", CENSUS)
    assert found is not None
    assert found.confidence == "high"


def test_restricted_datasets() -> None:
    for name in ("CIN_ReferralNFA", "cla_LEGALSTATUS", "CLA_MADEUP"):
        found = match(name)
        assert found is not None
        assert found.restricted
    ordinary = match("KS4_ATT8")
    assert ordinary is not None
    assert not ordinary.restricted


def test_published_tables_stay_quiet() -> None:
    """True negatives at scale: headers of DfE's published files are not NPD fields."""
    folder = reference_dir()
    if folder is None:
        pytest.skip("the shared published tables are not here")
    fired: dict[str, list[str]] = {}
    paths = [*folder.glob("dfe_open_data/**/*.csv"), *folder.glob("sdc_cases/eesyscreener/*/*.csv")]
    assert len(paths) > 20
    for path in paths:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            header = next(csv.reader(lines), [])
        found = [name for name in header if match(name, header, table=path.stem)]
        if found:
            fired[path.name] = found
    assert fired == {}


def test_keys_ignore_case_and_separators() -> None:
    for name in ("fsm6cla1a", "FSM6_CLA1A", "Fsm6 Cla1a"):
        assert match(name) is not None, name


def test_names_learned_from_own_exports_count() -> None:
    own = learned(["Nexus Progress Score (raw)", "Year", "  ", "[Nexus_Band]"])
    assert own == {"nexusprogressscore", "year", "nexusband"}
    assert match("Nexus Progress Score") is None
    found = match("nexus_progress_score", local=own)
    assert found is not None
    assert (found.how, found.confidence) == ("own export", Confidence.MEDIUM)
    assert match("Year", local=own) is None, "a plain word needs company"
    beside = match("Year", ["Nexus Band"], local=own)
    assert beside is not None
    assert match("Nexus Band", ["PupilMatchingRefAnonymous"], local=own).confidence is Confidence.HIGH  # type: ignore[union-attr]
