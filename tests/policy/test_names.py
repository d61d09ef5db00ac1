"""What a column name says: tables of names that must and must not be taken for persons."""

from __future__ import annotations

import pytest

from linter.findings import Confidence
from linter.policy.names import UNKNOWN, classify_name, classify_names, words

PUPILS = ["StudentID", "Name", "Gender", "Class"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PupilMatchingRef_SPR20", ("pupil", "matching", "ref", "spr", "20")),
        ("student_id1", ("student", "id1")),
        ("StudentID", ("student", "id")),
        ("DOB", ("dob",)),
        ("KS2Score", ("ks2", "score")),
        ("% of pupils", ("percent", "of", "pupils")),
        ("# Customers", ("num", "customers")),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("name", "of", "confidence"),
    [
        ("UPN", "upn", "medium"),
        ("Pupil UPN", "upn", "high"),
        ("Former_UPN", "upn", "high"),
        ("UniquePupilNumber", "upn", "high"),
        ("PupilMatchingRefAnonymous_aut19", "pupil_matching_reference", "high"),
        ("PMR", "pupil_matching_reference", "high"),
        ("ULN", "uln", "high"),
        ("UniqueLearnerNumber", "uln", "high"),
        ("student_id", "person_id", "high"),
        ("student_id1", "person_id", "high"),
        ("STUDENTID", "person_id", "high"),
        ("Pupil No", "person_id", "high"),
        ("Learner Reference", "person_id", "high"),
        ("Candidate Number", "person_id", "high"),
        ("child_id", "person_id", "high"),
        ("PatientID", "person_id", "high"),
        ("PersonKey", "person_id", "high"),
        ("Customer ID", "person_id", "medium"),
        ("CustomerKey", "person_id", "medium"),
        ("unique_id", "person_id", "medium"),
    ],
)
def test_unit_keys(name: str, of: str, confidence: str) -> None:
    found = classify_name(name)
    assert (found.kind, found.of, found.confidence) == ("unit_key", of, confidence)
    assert found.identifier == of
    assert found.why


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("Forename", "forename"),
        ("first_name", "forename"),
        ("FirstName", "forename"),
        ("Surname", "surname"),
        ("Preferred_Surname", "surname"),
        ("last_name", "surname"),
        ("student_name", "full_name"),
        ("Renter Full Name", "full_name"),
        ("Customer Name", "full_name"),
        ("EmployeeName", "full_name"),
        ("prof_name", "full_name"),
        ("DOB", "date_of_birth"),
        ("birth_date", "date_of_birth"),
        ("Date of Birth", "date_of_birth"),
        ("Birthday", "date_of_birth"),
        ("E-mail", "email"),
        ("Owner Email", "email"),
        ("email1", "email"),
        ("Mobile Number", "phone"),
        ("Telephone", "phone"),
        ("NI Number", "ni_number"),
        ("Home Address", "address"),
        ("pupil_postcode", "postcode"),
        ("patient_lat", "coordinates"),
    ],
)
def test_identifiers(name: str, of: str) -> None:
    found = classify_name(name)
    assert (found.kind, found.identifier) == ("identifier", of)


@pytest.mark.parametrize(
    ("name", "table", "neighbours"),
    [
        ("Name", "Product", ["Product ID", "Price"]),
        ("Name", "School", ["URN", "LA"]),
        ("Name", "Course", ["Credits"]),
        ("Name", "Country", ["Population", "Age", "Sex"]),
        ("Name", "Sheet1", ["shape id", "point id"]),
        ("School Name", "Pupil", PUPILS),
        ("course_name", "courses", []),
        ("Campaign Name", "Campaigns", []),
        ("Student Course Name", "", []),
        ("Account Name", "Accounts", []),
        ("Address", "School", ["URN"]),
        ("ADDRESS", "Red_Light_Camera_Violations.csv", ["INTERSECTION", "CAMERA ID"]),
        ("IP Address", "Pupil", PUPILS),
        ("Postcode", "Schools", ["URN", "LA"]),
        ("Postal Code", "Store", ["Store ID"]),
        ("Postcode Sector", "Pupil", PUPILS),
        ("Birth Rate", "", []),
        ("Mobile Phone Usage", "", []),
        ("Email Subject", "", []),
        ("PreferredContactMethod", "Customers", []),
        ("Product ID", "", []),
        ("School ID", "", []),
        ("Pupil Characteristic Key", "", []),
        ("CharacteristicKey", "Dim Pupil Characteristic", []),
        ("Latitude", "Store", ["Store ID"]),
        ("Notes", "Orders", ["Order ID"]),
        ("character", "preppedLordOfTheRings.csv", ["movie", "dialog"]),
        ("Average age of pupils", "", []),
        ("% of pupils", "", []),
    ],
)
def test_not_persons(name: str, table: str, neighbours: list[str]) -> None:
    found = classify_name(name, table, neighbours)
    assert found.identifier is None, found


@pytest.mark.parametrize(
    ("name", "table", "neighbours"),
    [
        ("Name", "Students", ["Class"]),
        ("Name", "Data", ["Student ID", "Score"]),
        ("Name", "Sheet1", ["Birthdate"]),
        ("Name", "titanic.csv", ["Age", "Sex", "Class"]),
        ("address", "students", ["student_id"]),
        ("zip_code", "students", []),
        ("Postal Code", "Orders", ["Customer Name", "Sales"]),
        ("Notes", "Behavior", ["StudentID"]),
        ("Person", "People", ["Region"]),
        ("Contact", "Contacts", []),
    ],
)
def test_the_surroundings_make_a_person(name: str, table: str, neighbours: list[str]) -> None:
    assert classify_name(name, table, neighbours).identifier is not None


def test_rows_with_a_count_of_people_are_groups() -> None:
    assert classify_name("Name", "results", ["Sex", "Age", "Headcount"]) is UNKNOWN


@pytest.mark.parametrize("table", ["Employee", "User Access"])
def test_upn_of_staff_is_a_login_name(table: str) -> None:
    found = classify_name("UPN", table, ["EmployeeID", "JobTitle", "Role"])
    assert (found.kind, found.of) == ("identifier", "login")


def test_values_win_over_names() -> None:
    assert classify_name("UPN", "Pupil", ["FSM"], {"email": 1.0}).of == "email"
    assert classify_name("UPN", "Employee", ["Role"], {"upn": 0.98}).of == "upn"
    assert classify_name("F7", values={"nhs_number": 0.9}).kind == "unit_key"
    assert classify_name("UPN", "Employee", ["Role"], {"email": 0.1}).of == "login"


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("Sex", "sex"),
        ("gender", "sex"),
        ("Age at Most Recent Admit", "age"),
        ("EthnicGroupMinor", "ethnicity"),
        ("FSM", "free_school_meals"),
        ("EVERFSM_6", "free_school_meals"),
        ("SENprovision", "special_needs"),
        ("EAL", "language"),
        ("Looked After Child", "social_care"),
        ("NCYearActual", "year_group"),
        ("KS2Score", "attainment"),
        ("A8", "attainment"),
    ],
)
def test_person_attributes(name: str, of: str) -> None:
    found = classify_name(name)
    assert (found.kind, found.of, found.identifier) == ("person_attribute", of, None)


@pytest.mark.parametrize(
    "name",
    [
        "pupils",
        "Headcount",
        "number_of_pupils",
        "# pupils",
        "Cohort",
        "count",
        "n",
        "eligible",
        "total_pupils",
        "t_pupils",
        "PersistentAbsentees",
        "enrolments_pa_10_exact",
        "Total_SEN",
        "Number with EHCP",
        "NOR",
    ],
)
def test_count_fields(name: str) -> None:
    assert classify_name(name).kind == "count_field"


@pytest.mark.parametrize("name", ["Sales", "Product Name", "Order Date", "Unit Price", "Country", "country_code"])
def test_things(name: str) -> None:
    assert classify_name(name).kind == "not_people"


@pytest.mark.parametrize(
    "name",
    [
        "enrolments_percent",
        "Total_ehc_pc",
        "Number of Records",
        "authoring_disabled",
        "Status",
        "Value",
        "NumSchools",
        "F1",
        "",
        "---",
        "Life Expectancy Female",
        "Absence rate",
    ],
)
def test_unknown(name: str) -> None:
    assert classify_name(name) is UNKNOWN


class TestSeveralNames:
    """A column has a caption, a name in the model, one in its store and one in its query."""

    def test_a_new_caption_is_no_escape(self) -> None:
        assert classify_names(["Product", "UPN"], "Pupil", ["FSM"]).of == "upn"
        assert classify_names(["Label", "Surname"], "Pupil").of == "surname"

    def test_a_doubtful_name_below_a_clear_caption_does_not_count(self) -> None:
        assert classify_names(["School name", "Name"], "Pupil").kind != "identifier"

    def test_nothing_known(self) -> None:
        assert classify_names(["A", "B"]).kind == "unknown"
        assert classify_names([]).kind == "unknown"


class TestContactDetails:
    """Postcodes and telephones are those of institutions where table and neighbours say so."""

    @pytest.mark.parametrize("column", ["Postcode", "Telephone"])
    @pytest.mark.parametrize("values", [True, False])
    def test_of_schools(self, column: str, values: bool) -> None:
        found = classify_name(column, "Schools", ["URN", "Name", "Phase"], {KIND[column]: 1.0} if values else {})
        assert found.identifier is None

    @pytest.mark.parametrize("column", ["Postcode", "Telephone"])
    @pytest.mark.parametrize(("table", "beside"), [("Schools", ["Name"]), ("Extract", ["UKPRN", "Name"])])
    def test_in_doubt(self, column: str, table: str, beside: list[str]) -> None:
        found = classify_name(column, table, beside, {KIND[column]: 1.0})
        assert (found.identifier, found.confidence) == (KIND[column], Confidence.LOW)

    @pytest.mark.parametrize("column", ["Postcode", "Telephone"])
    @pytest.mark.parametrize(
        ("table", "beside"),
        [
            ("Sheet1", ["Name"]),
            ("Pupils", ["URN"]),
            ("Schools", ["URN", "Pupil name"]),
            ("Schools", ["URN", "Sex", "Age"]),
        ],
    )
    def test_of_persons(self, column: str, table: str, beside: list[str]) -> None:
        found = classify_name(column, table, beside, {KIND[column]: 1.0})
        assert (found.identifier, found.confidence) == (KIND[column], Confidence.HIGH)

    def test_an_address_of_a_person_in_a_table_of_schools(self) -> None:
        assert (
            classify_name("Home postcode", "Schools", ["URN", "Phase"], {"postcode": 1.0}).confidence is Confidence.HIGH
        )
        assert classify_name("E-mail", "Schools", ["URN", "Phase"], {"email": 1.0}).confidence is Confidence.LOW


KIND = {"Postcode": "postcode", "Telephone": "phone"}
