"""Environment variables: what they decide, and what they can't."""

import pytest

from linter.commands import options
from tests.integrations.conftest import ROOT, clean_environment

MINIMUM = 'minimum_audience = "schools"\n'


@pytest.fixture
def check(disclint, fake, monkeypatch):
    """Check a workbook with these variables: the outcome, and what was asked of the engine."""

    def run(*arguments, workbook="clean.pbix", **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        fake.asked.clear()
        outcome = disclint("check", workbook, *arguments)
        for name in variables:
            monkeypatch.delenv(name)
        return outcome

    run.asked = fake.asked
    return run


def judged(check):
    path, asked, _ = check.asked[0]
    policy = asked.settled(path).policy
    return policy.audience, policy.delivery, policy.profile.name


def test_they_stand_for_options_and_are_never_unseen(check):
    outcome = check(
        DISCLINT_AUDIENCE="internal", DISCLINT_DELIVERY="service_view", DISCLINT_OUTPUT_FORMAT="json", DISCLINT_JOBS="2"
    )
    assert judged(check) == ("internal", "service_view", "internal")
    assert outcome.out.startswith("{")
    assert "DISCLINT_AUDIENCE=internal, DISCLINT_DELIVERY=service_view" in outcome.err
    assert "environment" not in check().err


def test_the_command_line_replaces_them(check):
    check("--audience", "public", DISCLINT_AUDIENCE="internal", DISCLINT_PROFILE="ons-srs")
    assert judged(check) == ("public", "file", "ons-srs")


def test_they_count_no_more_than_the_command_line(check, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "disclint.toml").write_text(MINIMUM, "utf-8")
    check(DISCLINT_AUDIENCE="internal")
    assert judged(check)[0] == "schools"
    (tmp_path / "clean.pbix.disclint.toml").write_text('audience = "public"\n', "utf-8")
    check(DISCLINT_AUDIENCE="internal")
    assert judged(check)[0] == "public"


def test_fail_on_and_quiet(check):
    assert check(workbook="warned.pbix").code == 0
    assert check(workbook="warned.pbix", DISCLINT_FAIL_ON="warning").code == 1
    assert check(workbook="warned.pbix", DISCLINT_FAIL_ON="warning", DISCLINT_QUIET="1").err == ""
    assert check("--fail-on", "error", workbook="warned.pbix", DISCLINT_FAIL_ON="warning").code == 0


@pytest.mark.parametrize("name", options.ENVIRONMENT)
def test_empty_is_not_said(check, name):
    plain = check(workbook="warned.pbix")
    assert check(workbook="warned.pbix", **{name: ""}) == plain


@pytest.mark.parametrize(
    ("name", "value"), [("AUDIENCE", "nobody"), ("JOBS", "none"), ("FAIL_ON", "note"), ("OUTPUT_FORMAT", "pdf")]
)
def test_a_wrong_value_is_wrong_usage(check, name, value):
    outcome = check(**{f"DISCLINT_{name}": value})
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert not check.asked


@pytest.mark.parametrize("name", ["SHOW_VALUES", "NO_IGNORES", "ISOLATED", "SELECT", "IGNORE", "CONFIG", "UNIT"])
def test_what_is_said_each_time_has_no_variable(check, name):
    plain = check(workbook="warned.pbix")
    before = check.asked[:]
    assert check(workbook="warned.pbix", **{f"DISCLINT_{name}": "ME"}) == plain
    assert check.asked == before


def test_all_of_them_are_documented():
    page = (ROOT / "docs/how-to/environment.md").read_text("utf-8")
    names = (*options.ENVIRONMENT, "NO_COLOR", "FORCE_COLOR", "COLUMNS")
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"DISCLINT_COLOR": "always", "NO_COLOR": "1"}, True), ({"DISCLINT_COLOR": "never", "FORCE_COLOR": "1"}, False),
    ],
)  # fmt: skip
def test_colour(check, variables, colored):
    assert ("\x1b[" in check(workbook="warned.pbix", **variables).out) is colored


def test_columns(check):
    narrow, wide = (check(workbook="bad.twbx", COLUMNS=str(n)).out for n in (50, 100))
    assert max(map(len, narrow.splitlines())) < max(map(len, wide.splitlines())) <= 100


def test_the_helper_of_these_tests_leaves_them_out(monkeypatch):
    monkeypatch.setenv("DISCLINT_AUDIENCE", "internal")
    assert not any(name.startswith("DISCLINT_") for name in clean_environment())
