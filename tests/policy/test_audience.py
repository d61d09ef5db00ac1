"""What a finding is worth, by reader and delivery."""

from __future__ import annotations

import pytest

from linter.findings import Severity
from linter.policy.audience import Audience, Delivery, severity
from linter.policy.decision import Policy
from linter.policy.profile import load_profile

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
PUBLIC, INTERNAL = Audience.PUBLIC, Audience.INTERNAL


def test_only_the_authority_itself_is_internal() -> None:
    assert [a for a in Audience if not a.external] == [INTERNAL]
    assert INTERNAL.strictest(Audience.SCHOOLS) is Audience.SCHOOLS
    assert PUBLIC.strictest(Audience.PARTNERS) is PUBLIC


def test_what_is_judged_as_file() -> None:
    as_file = {d for d in Delivery if d.judged_as_file}
    assert as_file == {
        Delivery.FILE,
        Delivery.PUBLISH_TO_WEB,
        Delivery.TABLEAU_PUBLIC,
        Delivery.TABLEAU_DOWNLOAD,
    }
    assert Delivery.SERVICE_BUILD.reach == "model"


@pytest.mark.parametrize(
    ("rule", "default", "audience", "delivery", "expected"),
    [
        ("SC001", ERROR, PUBLIC, Delivery.FILE, ERROR),
        ("SC001", ERROR, Audience.SCHOOLS, Delivery.SERVICE_VIEW, ERROR),
        ("SC001", WARNING, PUBLIC, Delivery.FILE, WARNING),
        ("SC001", ERROR, INTERNAL, Delivery.FILE, WARNING),
        ("SC001", WARNING, INTERNAL, Delivery.FILE, NOTE),
        ("EX001", ERROR, PUBLIC, Delivery.FILE, ERROR),
        ("EX001", ERROR, PUBLIC, Delivery.TABLEAU_PUBLIC, ERROR),
        ("EX001", ERROR, PUBLIC, Delivery.SERVICE_VIEW, WARNING),
        ("EX001", ERROR, INTERNAL, Delivery.SERVICE_VIEW, WARNING),
        ("EX001", NOTE, PUBLIC, Delivery.FILE, NOTE),
        ("EX003", ERROR, PUBLIC, Delivery.TABLEAU_VIEW, NOTE),
        ("ME002", ERROR, INTERNAL, Delivery.FILE, ERROR),
    ],
)
def test_the_table(rule: str, default: Severity, audience: Audience, delivery: Delivery, expected: Severity) -> None:
    assert severity(rule, default, audience, delivery) is expected


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("rule", ["SC001", "SU001", "DR001", "NPD003", "EX001", "EX005", "MF001"])
def test_internal_reports_do_not_fail_and_nothing_grows_worse(rule: str, delivery: Delivery) -> None:
    for default in Severity:
        assert severity(rule, default, INTERNAL, delivery) < ERROR
        assert severity(rule, default, PUBLIC, delivery) <= default
        assert severity(rule, default, PUBLIC, Delivery.FILE) >= severity(rule, default, PUBLIC, delivery)


def test_a_profile_that_does_not_fail_spares_only_its_own_audiences() -> None:
    internal = load_profile("internal")
    assert Policy(internal, INTERNAL).severity("SC001", ERROR) is WARNING
    assert Policy(internal, PUBLIC).severity("SC001", ERROR) is ERROR
    assert Policy(load_profile()).external
