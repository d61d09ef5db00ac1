"""Embargo dates and release stages through the real command."""

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.policy.cases import Case, write

pytest.importorskip("tableauhyperapi", reason="the extract needs an engine that is not on this system")
TODAY = dt.date.today()  # noqa: DTZ011 - the reader's own day, as in the program
pytestmark = pytest.mark.usefixtures("remembering")
TOMORROW, YESTERDAY = TODAY + dt.timedelta(days=1), TODAY - dt.timedelta(days=1)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("release") / "edges.twbx", [Case("all", {"F": (40, 20)})])


@pytest.fixture
def restricted(disclint, workbook):
    """Severity and message of NPD005 for a declared source, None where it is silent."""

    def run(declared: str, *options: str, audience: str = "schools", origin: str = "npd_via_nexus"):
        file = workbook.with_name(workbook.name + ".disclint.toml")
        file.write_text(
            f'audience = "{audience}"\ndelivery = "file"\n[[source]]\nname = "Pupil"\norigin = "{origin}"\n'
            f'dataset = "KS4"\nvintage = "2025"\nagreement = "DSA"\n{declared}\n',
            "utf-8",
        )
        outcome = disclint("check", workbook, "--select", "NPD005", "--output-format", "json", "-q", *options)
        assert outcome.err == ""
        found = [f for f in json.loads(outcome.out)["workbooks"][0]["findings"] if f["rule"] == "NPD005"]
        assert len(found) <= 1
        assert outcome.code == int(any(f["severity"] == "error" for f in found))
        return (found[0]["severity"], found[0]["message"]) if found else None

    return run


def test_an_embargo_holds_until_its_day_and_no_option_lifts_it(restricted) -> None:
    severity, message = restricted(f"embargo_until = {TOMORROW}")
    assert (severity, f"it is under embargo until {TOMORROW}" in message) == ("error", True)
    assert restricted(f"embargo_until = {TODAY}") is None
    assert restricted(f"embargo_until = {YESTERDAY}") is None
    assert restricted(f"embargo_until = {TOMORROW}", "--as-of", str(TOMORROW)) is not None
    assert restricted(f"embargo_until = {TODAY}", "--as-of", str(YESTERDAY)) is not None
    assert restricted(f"embargo_until = {TOMORROW}", audience="internal")[0] == "warning"
    assert restricted(f"embargo_until = {TOMORROW}", origin="la_collected") is not None


@pytest.mark.parametrize(
    ("stage", "schools", "internal"),
    [("early", "error", "warning"), ("unamended", "error", None), ("amended", None, None), ("final", None, None)],
)
def test_release_stages(restricted, stage, schools, internal) -> None:
    for audience, expected in (("schools", schools), ("public", schools), ("internal", internal)):
        found = restricted(f'release_stage = "{stage}"', audience=audience)
        assert (found and found[0]) == expected
    assert restricted(f'release_stage = "{stage}"', origin="la_collected") is None
