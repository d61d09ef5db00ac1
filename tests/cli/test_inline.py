"""Ignores that an author typed into a workbook: they count only where the repository lets them, and are never silent."""

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.parsers.powerbi import build
from tests.policy.cases import Case, commented, edited, write

pytest.importorskip("tableauhyperapi", reason="the extract needs an engine that is not on this system")
NAME = "team/edges.twbx"
SMALL, OTHER = "Few girls", "Fewer girls"
pytestmark = pytest.mark.usefixtures("remembering")


def last_day(days: int = 30) -> str:
    return (dt.date.today() + dt.timedelta(days=days)).isoformat()  # noqa: DTZ011 - the reader's own day, as in the program


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook of two small sheets."""
    sheets = [Case(SMALL, {"F": (4, 0)}), Case(OTHER, {"F": (3, 0)})]
    return write(tmp_path_factory.mktemp("inline") / "edges.twbx", sheets).read_bytes()


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bytes) -> Path:
    """A repository whose officer lets authors ignore SC001 and EX002, with a workbook of two small sheets."""
    for folder in (".git", "team"):
        (tmp_path / folder).mkdir()
    (tmp_path / "disclint.toml").write_text('inline_ignores = ["SC001", "EX002"]\n', "utf-8")
    (tmp_path / NAME).write_bytes(written)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(disclint, repo):
    """The findings of the workbook by rule: (sheet or field, suppression), after typing texts into it."""

    def run(*arguments: str):
        outcome = disclint(
            "check", NAME, "--audience", "schools", "--delivery", "file", "--output-format", "json", "-q", *arguments
        )
        assert outcome.err == ""
        found: dict[str, list] = {}
        for f in json.loads(outcome.out)["workbooks"][0]["findings"]:
            found.setdefault(f["rule"], []).append(f)
        return found

    return run


def ignoring(repo: Path, text: str, kind: str = "caption", name: str = SMALL) -> None:
    edited(repo / NAME, commented(kind, name, f"disclint:ignore {text}"))


def open_on(found: dict[str, list], rule: str = "SC001") -> set[str]:
    return {f["location"]["visual"] for f in found[rule] if f["suppression"] is None}


def said(found: dict[str, list]) -> list[tuple[str, str]]:
    return [(f["severity"], f["message"]) for f in found.get("ME004", [])]


def test_an_ignore_marks_its_own_sheet_and_no_other(check, repo) -> None:
    assert open_on(check()) == {SMALL, OTHER}
    ignoring(repo, f"SC001 until {last_day()}: invented pupils, agreed with the DPO")
    found = check()
    assert open_on(found) == {OTHER}
    (marked,) = [f["suppression"] for f in found["SC001"] if f["suppression"]]
    assert marked == {"kind": "inline", "reason": "invented pupils, agreed with the DPO", "expires": last_day()}
    assert said(found) == []
    for auditor in ("--no-ignores", "--isolated"):
        assert open_on(check(auditor)) == {SMALL, OTHER}


def test_after_its_last_day_it_is_said_and_the_finding_is_back(check, repo) -> None:
    ignoring(repo, f"SC001 until {last_day()} invented pupils")
    assert open_on(check("--as-of", last_day())) == {OTHER}, "it holds on its last day"
    found = check("--as-of", last_day(31))
    assert open_on(found) == {SMALL, OTHER}
    assert said(found) == [("warning", f"An ignore of SC001 on {SMALL} does not hold: it expired on {last_day()}.")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SC001", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("SC001 until LAST", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("SC001 until LAST:  .", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("SC001: no end", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("everything until LAST: no", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("SC until LAST: a family", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("", "it is not CODE until YEAR-MONTH-DAY: reason"),
        ("SC001 until 2026-02-30: no such day", "its last day is no day of the calendar"),
        ("SC001 until 2099-12-31: for ever", "it ends on 2099-12-31, more than 365 days ahead"),
        ("DR007 until LAST: mine", "the repository doesn't open this rule to authors"),
        ("ME001 until LAST: unread", "the repository doesn't open this rule to authors"),
    ],
)
def test_what_does_not_hold_is_a_warning_and_silences_nothing(check, repo, text, why) -> None:
    ignoring(repo, text.replace("LAST", last_day()))
    found = check()
    assert open_on(found) == {SMALL, OTHER}
    ((severity, message),) = said(found)
    assert severity == "warning"
    assert why in message
    assert found["ME004"][0]["location"]["visual"] == SMALL
    assert not any(f["suppression"] for fs in found.values() for f in fs)


def test_one_that_nothing_needs_is_a_note(check, repo) -> None:
    ignoring(repo, f"SC001, EX002 until {last_day()}: invented pupils")
    found = check()
    assert open_on(found) == {OTHER}
    assert said(found) == [("note", f"An ignore of EX002 on {SMALL} is not used: no finding needs it.")]
    assert said(check("--select", "SC,ME")) == [], "the rule did not run"


def test_a_comment_on_a_field_is_about_that_field_alone(check, repo) -> None:
    ignoring(repo, f"EX002, SC001 until {last_day()}: made-up numbers", "comment", "UPN")
    found = check()
    assert open_on(found) == {SMALL, OTHER}, "a count of pupils is about more than its key"
    assert [f["suppression"] and f["suppression"]["kind"] for f in found["EX002"]] == ["inline"]
    assert said(found) == [("note", "An ignore of SC001 on UPN is not used: no finding needs it.")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "by default nothing is open to authors"),
        ("inline_ignores = []", "nothing"),
    ],
)
def test_nobody_may_ignore_anything_by_default(check, repo, line, message) -> None:
    (repo / "disclint.toml").write_text(line, "utf-8")
    ignoring(repo, f"SC001 until {last_day()}: agreed")
    found = check()
    assert open_on(found) == {SMALL, OTHER}, message
    assert len(said(found)) == 1


@pytest.mark.parametrize("file", ["team/disclint.toml", NAME + ".disclint.toml"])
def test_an_author_can_not_open_a_rule(disclint, repo, file) -> None:
    (repo / file).write_text('inline_ignores = ["SC001"]', "utf-8")
    outcome = disclint("check", NAME, "-q")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "inline_ignores" in outcome.err


@pytest.mark.parametrize(
    ("codes", "wrong"),
    [
        ('["ME001"]', "inline_ignores[1]: ME001 can't be ignored"),
        ('["MF007"]', "inline_ignores[1]: MF007 can't be ignored"),
        ('["MF002"]', "inline_ignores: MF002 can't be ignored"),
        ('["SC999"]', "inline_ignores: no rule has the code 'SC999'"),
        ('["SC"]', "inline_ignores[1] must be the code of a rule, such as SC001"),
        ('"SC001"', "inline_ignores must be a list"),
    ],
)
def test_what_can_not_be_opened(disclint, repo, codes, wrong) -> None:
    (repo / "disclint.toml").write_text(f"inline_ignores = {codes}", "utf-8")
    outcome = disclint("check", NAME, "-q")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"disclint.toml: {wrong}" in outcome.err


def test_a_baseline_does_not_take_over_what_is_ignored(disclint, check, repo) -> None:
    ignoring(repo, f"SC001 until {last_day()}: agreed")
    disclint("baseline", "write", NAME, "--audience", "schools", "--delivery", "file")
    known = json.loads((repo / "disclint-baseline.json").read_text("utf-8"))["findings"]
    assert sum(f["rule"] == "SC001" for f in known) == 1


def project(repo: Path, note: str, column: str) -> Path:
    """A Power BI project of text files: an annotation on the report, another on a column of the model."""
    files = {
        "R.pbip": {},
        "R.Report/definition.pbir": {"datasetReference": {"byPath": {"path": "../R.SemanticModel"}}},
        "R.Report/definition/report.json": {
            "annotations": [{"name": "disclint.ignore", "value": note}],
            "settings": {"exportDataMode": "AllowSummarizedAndUnderlying"},
        },
        "R.Report/definition/pages/p1/page.json": {"name": "p1", "displayName": "One"},
        "R.Report/definition/pages/p1/visuals/v1/visual.json": {
            "name": "v1",
            "visual": {
                "visualType": "tableEx",
                "query": {"queryState": {"Values": {"projections": [{"field": build.column("Pupil", "UPN")}]}}},
            },
        },
    }
    for name, content in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(json.dumps(content, indent=2), "utf-8")
    tables = repo / "R.SemanticModel/definition/tables"
    tables.mkdir(parents=True)
    tables.joinpath("Pupil.tmdl").write_text(
        f"table Pupil\n\n\tcolumn UPN\n\t\tdataType: string\n\n\t\tannotation disclint.ignore = {column}\n", "utf-8"
    )
    return repo / "R.pbip"


def test_annotations_of_a_power_bi_project(disclint, repo) -> None:
    (repo / "disclint.toml").write_text('inline_ignores = ["DR007"]', "utf-8")
    path = project(repo, f"DR007 until {last_day()}: export is off", f"DR001 until {last_day()}: mine")
    outcome = disclint("check", path, "--audience", "schools", "--delivery", "file", "--output-format", "json", "-q")
    (found,) = json.loads(outcome.out)["workbooks"]
    by_rule = {f["rule"]: f for f in found["findings"]}
    assert by_rule["DR007"]["suppression"]["kind"] == "inline"
    assert by_rule["DR001"]["suppression"] is None
    where = by_rule["ME004"]["location"]
    assert "doesn't open this rule to authors" in by_rule["ME004"]["message"]
    assert (where["part"], where["line"]) == ("R.SemanticModel/definition/tables/Pupil.tmdl", 6)
    assert found["complete"] is False, "a project without data is no less unread"
