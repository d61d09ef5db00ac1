"""What one workbook's policy makes of a severity."""

from __future__ import annotations

import datetime as dt

import pytest

from linter.evidence import ColumnEvidence, Evidence, TableEvidence, Unit
from linter.findings import Severity
from linter.model import Source, Table, TableColumn, Workbook
from linter.policy.audience import Audience
from linter.policy.decision import Policy
from linter.policy.declaration import Declaration, DeclaredSource
from linter.policy.profile import load_profile
from linter.policy.recipients import not_own_school, own_school

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
STRICT = load_profile()


def test_the_policy_folder_caps_and_the_configuration_raises() -> None:
    policy = Policy(STRICT, caps={"EX005": NOTE, "ME001": NOTE}, raised={"DR007": ERROR, "ME002": ERROR})
    assert policy.severity("EX005", WARNING) is NOTE
    assert policy.severity("DR007", WARNING) is ERROR
    assert policy.severity("SC001", ERROR) is ERROR
    assert policy.severity("ME001", ERROR) is ERROR, "coverage is never capped"
    assert policy.severity("ME002", WARNING) is WARNING
    assert Policy(STRICT, caps={"SC001": ERROR}).severity("SC001", NOTE) is NOTE, "a cap raises nothing"
    assert Policy(STRICT, raised={"SC001": NOTE}).severity("SC001", ERROR) is ERROR, "raising lowers nothing"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("SC001", WARNING), ("DR001", WARNING), ("NPD001", ERROR), ("MF007", ERROR), ("ME001", ERROR)],
)
def test_a_pack_for_the_own_school_relaxes_all_but_npd_and_gaps(rule: str, expected: Severity) -> None:
    assert Policy(STRICT, Audience.SCHOOLS, own_school=True).severity(rule, ERROR) is expected


def pack(schools: int, *, origin: str = "la_collected", urns: tuple[str, ...] = ("100001",), column: str = "URN"):
    table = Table("t", "Pupils", (TableColumn(column, column), TableColumn("UPN", "UPN")))
    book = Workbook("powerbi", "x.pbix", "", (Source("s", "Model", "embedded", (table,)),))
    facts = TableEvidence(300, {column: ColumnEvidence(schools, 0), "UPN": ColumnEvidence(300, 0)})
    evidence = Evidence({("s", "t"): facts}, {("s", "t"): Unit("key", "UPN")}, {})
    declared = Declaration("m", scope="own_school", urns=urns, sources=(DeclaredSource("Pupils", origin),))  # type: ignore[arg-type]
    return declared, book, evidence


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"schools": 2}, "more schools than are declared"),
        ({"schools": 2, "urns": ("100001", "100002")}, ""),
        ({"urns": ()}, "no URN is declared"),
        ({"origin": "npd_via_nexus"}, "not declared as collected by the authority"),
        ({"column": "Town"}, "nothing tells which schools"),
        ({"column": "School URN"}, ""),
        ({"column": "LAESTAB"}, ""),
        ({"column": "DfE region"}, "nothing tells which schools"),
    ],
)
def test_the_claim_must_be_borne_out(changes: dict[str, object], reason: str) -> None:
    reasons = not_own_school(*pack(**({"schools": 1} | changes)))  # type: ignore[arg-type]
    assert reason in " ".join(reasons)
    assert bool(reasons) is bool(reason)


def test_only_schools_can_be_given_their_own() -> None:
    declared, _, _ = pack(1)
    assert own_school(declared, Audience.SCHOOLS)
    assert not own_school(declared, Audience.PUBLIC)
    assert not own_school(Declaration("m"), Audience.SCHOOLS)
    assert not own_school(None, Audience.SCHOOLS)


def test_a_table_is_declared_before_its_source() -> None:
    table = Table("t", "Pupils", ())
    source = Source("s", "Model", "embedded", (table,))
    declared = Declaration("m", sources=(DeclaredSource("Model", "other"), DeclaredSource("Pupils", "open_data")))
    policy = Policy(STRICT, declaration=declared, today=dt.date(2026, 1, 1))
    assert [d.origin for d in (policy.declared(source, table), policy.declared(source)) if d] == ["open_data", "other"]
    assert Policy(STRICT).declared(source, table) is None


def test_the_engine_relaxes_a_pack_only_where_the_data_bear_it_out() -> None:
    from linter.engine import _for_recipients

    for schools, relaxed in ((1, True), (2, False)):
        declared, book, evidence = pack(schools)
        policy = Policy(STRICT, Audience.SCHOOLS, declaration=declared)
        assert _for_recipients(policy, book, evidence).own_school is relaxed
        assert not _for_recipients(Policy(STRICT, Audience.PUBLIC, declaration=declared), book, evidence).own_school
