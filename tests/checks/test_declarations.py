"""MF003 to MF007, NPD004 and NPD005 on small models: what fires, what must not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from checks.manifest.mf003_declaration_missing import declaration_missing
from checks.manifest.mf004_declaration_stale import declaration_stale
from checks.manifest.mf005_profile_unverified import profile_unverified
from checks.manifest.mf006_declaration_unmatched import declaration_unmatched
from checks.manifest.mf007_declaration_contradicted import declaration_contradicted
from checks.npd.npd004_npd_undeclared import npd_undeclared
from checks.npd.npd005_npd_restricted import npd_restricted
from linter.evidence import ColumnEvidence, Evidence, TableEvidence, Unit
from linter.expressions import Column
from linter.findings import Finding, Severity
from linter.model import Encoding, FieldUse, Grouping, Layer, Source, Table, TableColumn, Visual, Workbook
from linter.policy.audience import Audience, Delivery
from linter.policy.decision import Policy
from linter.policy.declaration import Declaration, DeclaredSource, ThirdParty
from linter.policy.profile import load_profile
from linter.rules import Context, Rule

TODAY = dt.date(2030, 6, 15)
COLUMNS = {"UPN": 300, "School": 6}
RECORD: dict[str, Any] = {
    "owner": "Ann", "lawful_basis": "6(1)(e)", "dpia_ref": "D1", "dpia_date": TODAY, "delete_by": TODAY,
    "approved_by": "The DPO", "approved_on": TODAY,
}  # fmt: skip
FULL = Declaration("m.toml", sources=(DeclaredSource("Pupils", "la_collected"),), **RECORD)


def context(
    declaration: Declaration | None = None,
    *,
    columns: dict[str, int] = COLUMNS,
    unit: Unit = Unit("key", "UPN", Column("t", "UPN"), "high"),  # noqa: B008 - frozen
    shown: str | None = None,
    audience: Audience = Audience.PUBLIC,
    **policy: Any,
) -> Context:
    """One table with these columns and numbers of distinct values, one of them on a visual."""
    table = Table("t", "Pupils", tuple(TableColumn(name, name) for name in columns))
    visuals: tuple[Visual, ...] = ()
    if shown:
        column = Column("t", shown)
        layer = Layer("marks", "s", (Grouping(shown, column, "rows"),))
        visuals = (
            Visual(
                "v", "V", "bar", (), "", (layer,), (Encoding("rows", FieldUse(shown, (column,), "s"), groups=True),)
            ),
        )
    book = Workbook("powerbi", "x.pbix", "ab" * 32, (Source("s", "Model", "embedded", (table,)),), visuals=visuals)
    facts = TableEvidence(300, {name: ColumnEvidence(n, 0) for name, n in columns.items()})
    evidence = Evidence({("s", "t"): facts}, {("s", "t"): unit}, {})
    profile = policy.pop("profile", load_profile("strict" if audience.external else "internal"))
    return Context(book, evidence, Policy(profile, audience, declaration=declaration, today=TODAY, **policy))


def found(rule: Rule, *args: Any, **more: Any) -> list[Finding]:
    return list(rule.check(context(*args, **more)))


def missing(declaration: Declaration | None, **more: Any) -> tuple[str, ...]:
    findings = found(declaration_missing, declaration, **more)
    assert len(findings) <= 1
    value = findings[0].evidence["missing"] if findings else ()
    assert isinstance(value, tuple)
    return value


def test_a_full_record_misses_nothing() -> None:
    assert missing(FULL) == ()
    assert missing(None) == ("manifest",)


@pytest.mark.parametrize("key", RECORD)
def test_each_entry_is_asked_for(key: str) -> None:
    assert len(missing(dataclasses.replace(FULL, **{key: None if isinstance(RECORD[key], dt.date) else ""}))) == 1


def test_internal_readers_and_rows_that_are_not_people_need_no_record() -> None:
    assert missing(None, audience=Audience.INTERNAL) == ()
    assert missing(None, unit=Unit("not_people", confidence="high")) == ()


def test_npd_data_need_their_particulars_and_third_parties_a_contract() -> None:
    npd = DeclaredSource("Pupils", "npd_via_nexus", dataset="KS4", vintage="2024/25")
    assert missing(dataclasses.replace(FULL, sources=(npd,))) == ("release_stage and agreement of Pupils",)
    assert missing(dataclasses.replace(FULL, sources=())) == ("where Pupils comes from",)
    party = ThirdParty("Vendor", "processor")
    assert missing(dataclasses.replace(FULL, third_parties=(party,))) == ("the contract with Vendor",)
    assert missing(FULL, audience=Audience.PARTNERS) == ("recipients.names or third_party",)


@pytest.mark.parametrize(
    ("change", "review", "key"),
    [
        ({}, None, None),
        ({"sha256": "ab" * 32}, None, None),
        ({"sha256": "cd" * 32}, None, "approval.sha256"),
        ({"delete_by": TODAY}, None, None),
        ({"delete_by": TODAY - dt.timedelta(days=1)}, None, "retention.delete_by"),
        ({"dpia_date": dt.date(2001, 1, 1)}, None, None),
        ({"dpia_date": TODAY + dt.timedelta(days=1)}, None, "legal.dpia_date"),
        ({"approved_on": dt.date(9999, 12, 31)}, 36500, "approval.date"),
        ({"dpia_date": TODAY - dt.timedelta(days=365)}, 365, None),
        ({"dpia_date": TODAY - dt.timedelta(days=366)}, 365, "legal.dpia_date"),
        ({"approved_on": TODAY - dt.timedelta(days=366)}, 365, "approval.date"),
    ],
)
def test_stale(change: dict[str, Any], review: int | None, key: str | None) -> None:
    findings = found(declaration_stale, dataclasses.replace(FULL, **change), review_days=review)
    assert [f.evidence["key"] for f in findings] == ([key] if key else [])
    assert all((f.severity is Severity.ERROR) is (key == "approval.sha256") for f in findings)


def test_an_unverified_profile_says_so_outside() -> None:
    unverified = load_profile("ons-srs")
    assert [f.severity for f in found(profile_unverified, profile=unverified)] == [Severity.NOTE]
    assert found(profile_unverified) == []
    assert found(profile_unverified, profile=unverified, audience=Audience.INTERNAL) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, None),
        ({"sources": (DeclaredSource("Model"), DeclaredSource("Pupils"))}, None),
        ({"sources": (DeclaredSource("pupils"),)}, "pupils"),
        ({"unit_keys": ("upn", "Pupils.UPN")}, None),
        ({"unit_keys": ("UNP",)}, "UNP"),
        ({"count_fields": ("Number",)}, "Number"),
    ],
)
def test_unmatched(change: dict[str, Any], name: str | None) -> None:
    findings = found(declaration_unmatched, dataclasses.replace(FULL, **change))
    assert [f.evidence["name"] for f in findings] == ([name] if name else [])
    assert found(declaration_unmatched, None) == []


ROW = Column("t", "Row")


@pytest.mark.parametrize(
    ("unit", "columns", "said"),
    [
        (Unit("not_people", confidence="declared"), COLUMNS, "UPN tells pupils apart"),
        (Unit("not_people", confidence="high"), COLUMNS, None),
        (Unit("not_people", confidence="declared"), {"Country": 200}, None),
        (Unit("not_people", confidence="declared"), {"UPN": 1}, None),
        (Unit("not_people", confidence="declared"), {"Customer Key": 200}, None),
        (Unit("count_field", "N", Column("t", "N"), "declared"), {**COLUMNS, "N": 9}, "each row is of one pupil"),
        (Unit("count_field", "N", Column("t", "N"), "declared"), {"School": 6, "N": 9}, None),
        (Unit("key", "Row", ROW, "declared"), {**COLUMNS, "Row": 900}, "finer than UPN"),
        (Unit("key", "Row", ROW, "declared"), {**COLUMNS, "Row": 200}, None),
        (Unit("key", "UPN", Column("t", "UPN"), "declared"), COLUMNS, None),
    ],
)
def test_contradicted(unit: Unit, columns: dict[str, int], said: str | None) -> None:
    findings = found(declaration_contradicted, FULL, unit=unit, columns=columns)
    assert len(findings) == (said is not None)
    assert all(said in f.message and f.severity is Severity.ERROR for f in findings if said)


@pytest.mark.parametrize(
    ("columns", "severity"),
    [
        ({"Forename": 200, "Surname": 250, "Sex": 2}, Severity.ERROR),
        ({"DOB": 200, "Points": 9}, Severity.ERROR),
        ({"Forename": 200, "Surname": 250, "Points": 9}, Severity.WARNING),
        ({"HeadForename": 20, "HeadSurname": 20, "Sex": 3, "Number of pupils": 20}, Severity.WARNING),
        ({"Sex": 2, "Ethnicity": 9, "Points": 9}, Severity.WARNING),
        ({"Forename": 1, "Sex": 1, "Points": 9}, None),
        ({"Country": 200, "Sales": 90}, None),
    ],
)
def test_names_and_facts_of_persons_contradict_people_false(columns: dict[str, int], severity: Severity | None) -> None:
    """One line in a manifest must not silence a table of persons because it has no key."""
    findings = found(declaration_contradicted, FULL, unit=Unit("not_people", confidence="declared"), columns=columns)
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_names_of_persons_contradict_a_declared_count() -> None:
    unit = Unit("count_field", "Points", Column("t", "Points"), "declared")
    (finding,) = found(declaration_contradicted, FULL, unit=unit, columns={"Forename": 99, "DOB": 99, "Points": 9})
    assert "declared to be counted by Points, but DOB and Forename speak of single persons" in finding.message
    assert found(declaration_contradicted, FULL, unit=unit, columns={"Sex": 2, "Ethnicity": 9, "Points": 9}) == []


def test_a_pack_for_the_own_school_that_holds_others() -> None:
    declared = dataclasses.replace(FULL, scope="own_school", urns=("100001",))
    columns = {"UPN": 300, "URN": 2}
    (finding,) = found(declaration_contradicted, declared, audience=Audience.SCHOOLS, columns=columns)
    assert "Pupils holds more schools than are declared" in finding.message
    assert found(declaration_contradicted, declared, audience=Audience.SCHOOLS, columns={"UPN": 300, "URN": 1}) == []


NPD = {"PupilMatchingRefAnonymous": 300, "KS4_PTQ_EE": 20}
OWN = {"UPN": 300, "SENprovision": 4}


def declared_as(origin: str | None) -> Declaration | None:
    if origin is None:
        return None
    sources = (DeclaredSource("Pupils", origin),) if origin != "left out" else ()  # type: ignore[arg-type]
    return dataclasses.replace(FULL, sources=sources)


@pytest.mark.parametrize(
    ("origin", "columns", "severity"),
    [
        (None, NPD, Severity.WARNING),
        ("left out", NPD, Severity.ERROR),
        ("la_collected", NPD, Severity.ERROR),
        ("open_data", NPD, Severity.ERROR),
        ("npd_via_nexus", NPD, None),
        ("other", NPD, None),
        ("la_collected", OWN, None),
        (None, {"Country": 200, "Year": 10}, None),
    ],
)
def test_npd_undeclared(origin: str | None, columns: dict[str, int], severity: Severity | None) -> None:
    findings = found(npd_undeclared, declared_as(origin), columns=columns)
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_npd_undeclared_is_about_what_readers_reach() -> None:
    view: dict[str, Any] = {"columns": NPD, "delivery": Delivery.SERVICE_VIEW}
    assert found(npd_undeclared, declared_as("left out"), **view) == []
    assert len(found(npd_undeclared, declared_as("left out"), shown="KS4_PTQ_EE", **view)) == 1
    assert found(npd_undeclared, None, columns=NPD, audience=Audience.INTERNAL) == []
    internal = found(npd_undeclared, declared_as("la_collected"), columns=NPD, audience=Audience.INTERNAL)
    assert [f.severity for f in internal] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"origin": "npd_via_nexus", "dataset": "KS4", "release_stage": "final"}, None),
        ({"origin": "npd_via_nexus", "dataset": "KS4", "release_stage": "amended"}, None),
        ({"origin": "npd_via_nexus", "dataset": "KS4", "release_stage": "unamended"}, "it is unamended data"),
        ({"origin": "npd_via_nexus", "dataset": "KS4", "release_stage": "early"}, "it is early data"),
        ({"origin": "npd_via_nexus", "dataset": "CIN census"}, "in need or looked after"),
        ({"origin": "npd_via_nexus", "embargo_until": TODAY}, None),
        ({"origin": "npd_via_nexus", "embargo_until": TODAY + dt.timedelta(days=1)}, "under embargo until 2030-06-16"),
        ({"origin": "open_data", "embargo_until": TODAY + dt.timedelta(days=1)}, "under embargo"),
        ({"origin": "la_collected", "dataset": "CLA", "release_stage": "early"}, None),
    ],
)
def test_npd_restricted_by_declaration(source: dict[str, Any], said: str | None) -> None:
    declared = dataclasses.replace(FULL, sources=(DeclaredSource("Pupils", **source),))
    findings = found(npd_restricted, declared)
    assert len(findings) == (said is not None)
    assert all(said in f.message and f.severity is Severity.ERROR for f in findings if said)


def test_officers_are_told_of_embargo_and_early_data_only() -> None:
    def told(**source: Any) -> list[Severity]:
        declared = dataclasses.replace(FULL, sources=(DeclaredSource("Pupils", "npd_via_nexus", **source),))
        return [f.severity for f in found(npd_restricted, declared, audience=Audience.INTERNAL)]

    assert told(dataset="CIN", release_stage="unamended") == []
    assert told(release_stage="early") == [Severity.WARNING]
    assert told(embargo_until=TODAY + dt.timedelta(days=1)) == [Severity.WARNING]


def test_npd_restricted_by_field_names() -> None:
    cin = {"PupilMatchingRefAnonymous": 300, "CIN_CategoryOfAbuse": 5, "Sex": 2}
    (finding,) = found(npd_restricted, None, columns=cin)
    assert "CIN_CategoryOfAbuse" in finding.message
    assert "Sex" not in finding.message
    assert found(npd_restricted, declared_as("la_collected"), columns=cin) == []
    assert found(npd_restricted, None, columns=cin, audience=Audience.INTERNAL) == []
    assert found(npd_restricted, None, columns=NPD) == []
    assert found(npd_restricted, None, columns=cin, delivery=Delivery.SERVICE_VIEW) == []
