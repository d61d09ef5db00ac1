"""The real command on the synthetic workbooks: audiences, manifests, waivers, the baseline, init."""

import datetime as dt
import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from linter.config.strict import validated
from linter.manifest import Manifest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
WRONG, RIGHT = FIXTURES / "tableau/wrong/northmere_ks4.twbx", FIXTURES / "tableau/right/northmere_ks4.twbx"
NAME = "team/ks4.twbx"
pytestmark = pytest.mark.usefixtures("hyper", "remembering")


@pytest.fixture
def hyper() -> None:
    pytest.importorskip("tableauhyperapi", reason="the extract needs an engine that is not on this system")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the wrong workbook in a folder of its author and a policy folder of the team."""
    for folder in (".git", "team", "policy"):
        (tmp_path / folder).mkdir()
    shutil.copy(WRONG, tmp_path / NAME)
    (tmp_path / "disclint.toml").write_text('policy = "policy"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(disclint):
    """Check the workbook as JSON: the exit code, its findings, the document."""

    def run(*arguments: object):
        outcome = disclint("check", NAME, "--delivery", "file", "--output-format", "json", "-q", *arguments)
        assert outcome.err == ""
        document = json.loads(outcome.out)
        return outcome.code, document["workbooks"][0]["findings"], document

    return run


def last_day(days: int = 30) -> str:
    return (dt.date.today() + dt.timedelta(days=days)).isoformat()  # noqa: DTZ011 - the reader's own day, as in the program


def marks(findings, rule: str) -> list[str | None]:
    return sorted(f["suppression"]["kind"] if f["suppression"] else "open" for f in findings if f["rule"] == rule)


def test_right_for_officers_and_a_breach_for_schools_and_the_public(check, repo) -> None:
    seen = {}
    for audience in ("internal", "schools", "public"):
        seen[audience], findings, document = check("--audience", audience)
        assert document["workbooks"][0]["audience"] == audience
        assert ("error" in {f["severity"] for f in findings}) is (audience != "internal")
    assert seen == {"internal": 0, "schools": 1, "public": 1}


@pytest.mark.parametrize("path", [RIGHT, FIXTURES / "powerbi/right/northmere_ks4.pbix"], ids=["tableau", "powerbi"])
def test_the_mended_workbook_passes_with_its_manifest(disclint, path) -> None:
    outcome = disclint("check", path, "--output-format", "json", "--fail-on", "warning")
    assert outcome.code == 0, outcome.out
    (found,) = json.loads(outcome.out)["workbooks"]
    assert (found["audience"], found["delivery"], found["profile"]) == ("public", "file", "strict")
    assert not [f for f in found["findings"] if f["rule"].startswith("MF")]


def test_the_manifest_and_the_repository_can_only_tighten(check, repo) -> None:
    manifest = repo / (NAME + ".disclint.toml")
    manifest.write_text('audience = "internal"\nprofile = "internal"\n', "utf-8")
    assert check()[0] == 0
    (repo / "disclint.toml").write_text('policy = "policy"\nminimum_audience = "schools"\n', "utf-8")
    code, _, document = check("--audience", "internal")
    assert (code, document["workbooks"][0]["audience"], document["workbooks"][0]["profile"]) == (1, "schools", "strict")
    manifest.write_text('audience = "public"\n', "utf-8")
    assert check("--audience", "internal")[2]["workbooks"][0]["audience"] == "public"
    assert check("--audience", "internal", "--isolated")[0] == 1


def test_one_line_in_a_manifest_does_not_switch_the_counts_off(check, repo) -> None:
    text = 'audience = "public"\n' + "".join(
        f'[[source]]\nname = "{name}"\norigin = "la_collected"\npeople = false\n' for name in ("Pupil", "Absence")
    )
    (repo / (NAME + ".disclint.toml")).write_text(text, "utf-8")
    code, findings, _ = check()
    assert code == 1
    assert {"MF007", "NPD004"} <= {f["rule"] for f in findings if f["severity"] == "error"}


def test_verbose_says_what_is_in_force_and_who_asked_for_it(disclint, repo) -> None:
    (repo / "disclint.toml").write_text('minimum_audience = "schools"\n', "utf-8")
    said = disclint("check", NAME, "--audience", "internal", "-v").err
    assert "audience: schools (disclint.toml asks for at least that)" in said
    assert "delivery: file (assumed: nobody says)" in said


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("disclint.toml", 'audiense = "public"', "disclint.toml: unknown key 'audiense', did you mean 'audience'?"),
        ("disclint.toml", "audience =", "disclint.toml: not valid TOML"),
        ("disclint.toml", '[severity]\nSC999 = "error"', "disclint.toml: severity: no rule has the code 'SC999'"),
        ("disclint.toml", 'select = ["XX"]', "no rule is called 'XX'"),
        ("team/disclint.toml", 'fail_on = "never"', "'fail_on' may stand only in the outermost configuration"),
        ("policy/severity.toml", '[at_most]\nSC999 = "note"', "severity.toml: at_most: no rule has the code 'SC999'"),
        ("policy/severity.toml", '[at_most]\nSC001 = "none"', "severity.toml: at_most.SC001 must be one of"),
        (NAME + ".disclint.toml", "unit_keys = 3", "ks4.twbx.disclint.toml: unit_keys must be a list"),
        (NAME + ".disclint.toml", "[legal]\ndpia_date = '2026-01-01'", "legal.dpia_date must be a date"),
        (NAME + ".disclint.toml", 'profile = "lax"', "no profile is called 'lax'"),
        ("policy/disclint-waivers.toml", "[waiver]", "write [[waiver]] with double brackets"),
        ("policy/disclint-baseline.json", "{", "disclint-baseline.json: not a baseline"),
    ],
)
def test_a_wrong_file_is_one_line_and_exit_2(disclint, repo, file, text, said) -> None:
    (repo / file).write_text(text, "utf-8")
    outcome = disclint("check", NAME, "-q")
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1


def waive(disclint, *more: str, path: str = NAME, expires: str | None = None):
    return disclint(
        "waive", path, "--rule", "DR001", "--reason", "Officers only, agreed", "--approved-by", "The DPO",
        "--expires", expires or last_day(), *more,
    )  # fmt: skip


def test_the_life_of_a_waiver(disclint, check, repo) -> None:
    assert marks(check()[1], "DR001") == ["open", "open"]
    outcome = waive(disclint, "--object", "Pupil list")
    assert outcome.code == 0, outcome.err
    _, findings, document = check()
    assert marks(findings, "DR001") == ["open", "waiver"]
    assert marks(findings, "ME004") == []
    assert document["summary"]["suppressed"] == 1
    (waived,) = [f["suppression"] for f in findings if f["suppression"]]
    assert waived == {"kind": "waiver", "reason": "Officers only, agreed (approved by The DPO)", "expires": last_day()}
    assert check("--no-ignores")[2]["summary"]["suppressed"] == 0
    assert check("--isolated")[2]["summary"]["suppressed"] == 0
    # after its last day it is back, and said; a day that has passed can't be called back
    _, findings, _ = check("--as-of", last_day(31))
    assert marks(findings, "DR001") == ["open", "open"]
    assert ["it expired on" in f["message"] for f in findings if f["rule"] == "ME004"] == [True]
    file = repo / "policy/disclint-waivers.toml"
    file.write_text(file.read_text("utf-8").replace(last_day(), last_day(-1)), "utf-8")
    assert marks(check("--as-of", last_day(-20))[1], "DR001") == ["open", "open"]
    # one that is malformed or unused is said as well
    file.write_text(file.read_text("utf-8").replace(last_day(-1), last_day()).replace("reason", "because"), "utf-8")
    assert marks(check()[1], "DR001") == ["open", "open"]
    assert marks(check()[1], "ME004") == ["open"]
    file.unlink()
    assert "needs 'fingerprint'" in waive(disclint, "--object", "Gone", path="team/*.twbx").err
    assert waive(disclint, "--fingerprint", "0" * 32, path="team/*.twbx").code == 0
    assert [f["severity"] for f in check()[1] if f["rule"] == "ME004"] == ["note"]


def test_the_waiver_of_the_how_to_page_meets_its_finding(disclint, check, repo) -> None:
    page = (FIXTURES.parent / "docs/how-to/waive.md").read_text("utf-8")
    (line,) = re.findall(r"```sh\n(disclint waive .*?)```", page, re.DOTALL)
    given = shlex.split(line.replace("\\\n", " "))[1:]
    given[1], given[given.index("--expires") + 1] = NAME, last_day()
    outcome = disclint(*given)
    assert outcome.code == 0, outcome.err
    _, findings, _ = check("--audience", "public")
    assert "waiver" in marks(findings, given[given.index("--rule") + 1])
    assert marks(findings, "ME004") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--object", "x", "--rule", "ME001"), "ME001 can't be waived"),
        (("--object", "x", "--rule", "MF002"), "MF002 can't be waived"),
        (("--object", "x", "--rule", "XX001"), "no rule has the code"),
        ((), "either 'object' or 'fingerprint' is needed"),
        (("--fingerprint", "abc"), "fingerprint must be a fingerprint of 32"),
        (("--object", "x", "--expires", "soon"), "--expires soon: not a date"),
        (("--object", "x", "--expires", "2001-01-01"), "expires must lie between today and 365 days from now"),
        (("--object", "x", "--reason", " "), "reason must be text that says something"),
    ],
)
def test_a_waiver_that_would_not_hold_is_not_written(disclint, repo, more, said) -> None:
    outcome = waive(disclint, *more)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert not list((repo / "policy").iterdir())


def test_a_waiver_of_no_file(disclint, repo) -> None:
    assert "there is no such file" in waive(disclint, "--object", "x", path="team/gone.twbx").err


def test_the_life_of_a_baseline(disclint, check, repo) -> None:
    file = repo / "policy/disclint-baseline.json"
    outcome = disclint("baseline", "write", "team", "--delivery", "file")
    assert outcome.code == 0, outcome.err
    first = file.read_bytes()
    assert check()[0] == 0
    assert check()[2]["summary"]["suppressed"] > 10
    assert check("--no-ignores")[0] == 1
    assert disclint("baseline", "write", "team", "--delivery", "file").code == 0
    assert file.read_bytes() == first, "the same findings give the same bytes"
    # what is new counts, though all else is known
    known = json.loads(first)
    known["findings"] = [f for f in known["findings"] if f["rule"] != "DR001"]
    file.write_text(json.dumps(known), "utf-8")
    code, findings, _ = check()
    assert (code, set(marks(findings, "DR001"))) == (1, {"open"})
    # prune drops what is found no more and adds nothing
    known["findings"].append(known["findings"][0] | {"fingerprint": "0" * 32})
    file.write_text(json.dumps(known), "utf-8")
    assert disclint("baseline", "prune", "team", "--delivery", "file").code == 0
    pruned = json.loads(file.read_text("utf-8"))["findings"]
    assert len(pruned) == len(known["findings"]) - 1
    assert "0" * 32 not in {f["fingerprint"] for f in pruned}
    assert "DR001" not in {f["rule"] for f in pruned}


def test_what_officers_accepted_is_open_for_the_public(disclint, check, repo) -> None:
    assert disclint("baseline", "write", "team", "--delivery", "file", "--audience", "internal").code == 0
    assert check("--audience", "internal")[2]["summary"]["suppressed"] > 10
    assert check("--audience", "public")[2]["summary"]["suppressed"] == 0


def test_baseline_needs_something(disclint, repo) -> None:
    (repo / "none").mkdir()
    assert "no workbook found" in disclint("baseline", "write", "none").err
    assert "there is no such file" in disclint("baseline", "prune", "team").err


def test_a_starter_manifest_is_valid_and_asks(disclint, check, repo) -> None:
    outcome = disclint("init", NAME)
    assert outcome.code == 0, outcome.err
    file = repo / (NAME + ".disclint.toml")
    text = file.read_text("utf-8")
    declared = validated(Manifest, tomllib.loads(text), file.name)
    assert declared.unit_keys == ["Pupil.UPN", "Absence.PupilMatchingRefAnonymous (Absence)"]
    assert declared.audience is None
    assert "# Looks like National Pupil Database: " in text
    for question in ("owner", "audience", "origin", "agreement", "dpia_date", "approved_by"):
        assert f"# ? {question} = " in text
    answered = "".join(line.removeprefix("# ? ") for line in text.splitlines(keepends=True))
    answered = answered.replace('origin = ""', 'origin = "npd_via_nexus"').replace(
        'release_stage = ""', 'release_stage = "final"'
    )
    for key, value in (("audience", "schools"), ("delivery", "file"), ("profile", "strict")):
        answered = answered.replace(f'{key} = ""', f'{key} = "{value}"')
    answered = (
        answered.replace("urns = []", 'urns = ["100001"]')
        .replace('name = ""', 'name = "X"')
        .replace("count_fields = []", "")
    )
    validated(Manifest, tomllib.loads(answered), "answered")
    rules = {f["rule"] for f in check()[1]}
    assert "MF006" not in rules, "it declares only what is there"
    assert "MF007" not in rules
    again = disclint("init", NAME)
    assert (again.code, "is there already" in again.err) == (2, True)
    assert disclint("init", NAME, "--force").code == 0
    assert file.read_text("utf-8") == text


def test_a_manifest_is_brought_up_to_date_and_keeps_every_word(disclint, repo) -> None:
    file = repo / (NAME + ".disclint.toml")
    ours = '# Agreed in March.\naudience = "schools"  # and no wider\nunit_keys = ["UPN"]\n[[source]]\nname = "Pupil"\norigin = "other"\n'
    file.write_text(ours, "utf-8")
    outcome = disclint("init", NAME, "--update")
    assert outcome.code == 0, outcome.err
    text = file.read_text("utf-8")
    assert text.startswith(ours)
    added = text.removeprefix(ours)
    assert '# ? name = "Absence"' in added
    assert '# ? name = "Pupil"' not in added
    assert 'for unit_keys: "Absence.PupilMatchingRefAnonymous (Absence)"' in added
    assert '"Pupil.UPN"' not in added
    assert tomllib.loads(text) == tomllib.loads(ours), "questions declare nothing"
    assert disclint("init", NAME, "--update").code == 0
    assert file.read_text("utf-8") == text, "nothing is asked twice"
    assert "choose one" in disclint("init", NAME, "--update", "--force").err
    file.write_text("unit_keys = 3", "utf-8")
    assert "unit_keys must be a list" in disclint("init", NAME, "--update").err
    assert file.read_text("utf-8") == "unit_keys = 3"


def test_schemas_for_editors(disclint, repo) -> None:
    outcome = disclint("init", NAME, "--schemas", "schemas")
    assert outcome.code == 0, outcome.err
    first, *_ = (repo / (NAME + ".disclint.toml")).read_text("utf-8").splitlines()
    assert first == "#:schema ../schemas/manifest.schema.json"
    schema = repo / "team" / first.removeprefix("#:schema ")
    assert "unit_keys" in json.loads(schema.read_text("utf-8"))["properties"]
    written = {file.name.removesuffix(".schema.json") for file in (repo / "schemas").iterdir()}
    assert written == {"baseline", "config", "manifest", "profile", "severity", "waivers"}
    assert disclint("init", "--schemas", "schemas").code == 0
    assert "can't be written" in disclint("init", "--schemas", NAME).err


def test_init_needs_something_to_read(disclint, repo) -> None:
    assert disclint("init").code == 2
    (repo / "team/broken.twbx").write_bytes(b"no zip")
    assert "can't be read" in disclint("init", "team/broken.twbx").err
    assert "holds 2 workbooks" in disclint("init", "team").err


def test_names_are_learned_and_nothing_else(disclint, repo) -> None:
    export = repo / "export.csv"
    export.write_text("UPN,Nexus Score,Gender\nA123456789012,54,F\n", "utf-8")
    assert disclint("init", "--learn-headers", export).out.endswith("npd_vocabulary.txt: 3 new names of 3\n")
    file = repo / "policy/npd_vocabulary.txt"
    assert file.read_text("utf-8").splitlines()[1:] == ["Gender", "Nexus Score", "UPN"]
    export.write_text("UPN;nexus_score;Nexus Band\n", "cp1252")
    assert disclint("init", "--learn-headers", export).out.endswith("1 new name of 3\n")
    assert "54" not in file.read_text("utf-8")


def test_names_of_an_excel_export(disclint, repo) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["UPN", "Nexus Score", None, "Gender"])
    book.active.append(["A123456789012", 54, None, "F"])
    book.save(repo / "export.xlsx")
    assert disclint("init", "--learn-headers", repo / "export.xlsx").out.endswith("3 new names of 3\n")
    book.active["B1"] = dt.date(2026, 1, 1)
    book.save(repo / "export.xlsx")
    assert disclint("init", "--learn-headers", repo / "export.xlsx").code == 2
    (repo / "export.xlsx").write_bytes(b"no zip")
    assert "can't be read" in disclint("init", "--learn-headers", repo / "export.xlsx").err


@pytest.mark.parametrize(
    "row",
    [
        "Z123456789012x,54,F",
        "A1,12/05/2010,UPN",
        "Ann Smith,UPN,ann@example.org",
        "Ann Smith,Bob Jones",
        "UPN,LS1 4AP",
        "",
    ],
)
def test_a_first_row_of_data_is_refused_and_not_quoted(disclint, repo, row) -> None:
    (repo / "export.csv").write_text(row + "\nx\n", "utf-8")
    outcome = disclint("init", "--learn-headers", repo / "export.csv")
    assert outcome.code == 2
    assert not any(value in outcome.err for value in row.split(",") if value)
    assert not (repo / "policy/npd_vocabulary.txt").exists()


def test_learning_needs_a_policy_folder(disclint, repo) -> None:
    (repo / "disclint.toml").unlink()
    (repo / "export.csv").write_text("UPN\n", "utf-8")
    assert "no policy folder is set" in disclint("init", "--learn-headers", repo / "export.csv").err


def test_a_learned_name_is_found_in_a_workbook(check, repo) -> None:
    def looking(findings) -> set[str]:
        return {name for f in findings if f["rule"] == "NPD004" for name in f["evidence"]["fields"]}

    assert "SessionsPossible" not in looking(check()[1])
    (repo / "policy/npd_vocabulary.txt").write_text("Sessions possible\n", "utf-8")
    assert "SessionsPossible" in looking(check()[1])


def test_cells_reads_the_same_configuration(disclint, repo) -> None:
    (repo / (NAME + ".disclint.toml")).write_text("unit_keys = 3", "utf-8")
    outcome = disclint("cells", NAME)
    assert (outcome.code, "unit_keys must be a list" in outcome.err) == (2, True)
    assert disclint("cells", NAME, "--isolated", "-q").code == 0
