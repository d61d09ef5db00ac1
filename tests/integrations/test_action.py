"""action.yml: its steps run as GitHub runs them, in a repository with a bad workbook."""

import re
import shutil
import sys

import pytest
import yaml

from tests.integrations.conftest import RIGHT, ROOT, WRONG, clean_environment, installs
from tests.integrations.jobs import bash, installed_at, no_expressions

pytestmark = pytest.mark.slow

ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
INSTALL, CHECK = (step for step in STEPS if "run" in step)
COMMAND = re.compile(r"::(error|warning|notice) file=([^,:]+),line=(\d+),title=([^:,]+)::(.+)")
BEYOND = re.compile(r"::notice title=disclint::\d+ more .+ in the summary of the job\.")


def evaluated(expression, inputs):
    """The few expressions that the action has; any other is a failure of this test."""
    text = expression.strip().removeprefix("${{").removesuffix("}}").strip()
    if match := re.fullmatch(r"inputs\.([a-z-]+)", text):
        return inputs[match[1]]
    assert text == "inputs.upload-sarif == 'true' && inputs.sarif == '' && 'disclint.sarif' || inputs.sarif"
    return "disclint.sarif" if inputs["upload-sarif"] == "true" and not inputs["sarif"] else inputs["sarif"]


@pytest.fixture
def job(git, script, tmp_path):
    """Run the step that checks; what GitHub's files hold afterwards is at ``job``."""
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    installed_at(tmp_path / "runner" / "disclint", script)

    def run(**inputs):
        for file in files.values():
            file.write_text("")
        given = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        variables = {name: evaluated(value, given) if "${{" in value else value for name, value in CHECK["env"].items()}
        environment = clean_environment(
            RUNNER_TEMP=tmp_path / "runner", GITHUB_WORKSPACE=git.folder, GITHUB_ACTIONS="true", CI="true",
            **files, **variables,
        )  # fmt: skip
        done = bash(CHECK["run"], git.folder, environment)
        run.output = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines())
        run.summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        return done

    run.folder = git.folder
    return run


def test_annotations_lead_to_the_workbook(job):
    (job.folder / "sub").mkdir()
    shutil.copy(WRONG, job.folder / "sub/ks4, wrong.pbix")
    done = job()
    assert done.code == 1, done.err
    *commands, verdict = done.out.splitlines()
    parsed = [COMMAND.fullmatch(line) for line in commands if not BEYOND.fullmatch(line)]
    assert None not in parsed, commands
    assert {m[2] for m in parsed} == {"sub/ks4%2C wrong.pbix"}
    assert {m[3] for m in parsed} == {"1"}
    assert next(m[1] for m in parsed if m[4].startswith("EX001 ")) == "error"
    assert verdict.startswith("sub/ks4, wrong.pbix: Not safe to publish")
    assert job.output == {"exit-code": "1", "sarif": ""}
    assert job.summary.startswith("## disclint: not safe to publish")
    assert "unit-rows-embedded" in job.summary


def test_right_is_green(job):
    for suffix in ("", ".disclint.toml"):
        shutil.copy(f"{RIGHT}{suffix}", job.folder / f"ks4.pbix{suffix}")
    done = job()
    assert (done.code, done.err) == (0, "")
    assert "::error" not in done.out
    assert job.output["exit-code"] == "0"


def test_several_paths_reports_and_limits(job):
    shutil.copy(WRONG, job.folder / "a b.pbix")
    shutil.copy(WRONG, job.folder / "-c.pbix")
    done = job(paths="a b.pbix\n\n-c.pbix\n", upload_sarif="true", html="r.html", audience="internal", fail_on="never")
    assert done.code == 0, done.out + done.err
    assert (job.folder / "disclint.sarif").is_file()
    assert (job.folder / "r.html").is_file()
    assert job.output == {"exit-code": "0", "sarif": "disclint.sarif"}
    assert "a b.pbix: To review" in done.out
    assert "-c.pbix: To review" in done.out


@pytest.mark.parametrize("paths", ["$(touch hacked)", "`touch hacked`", '"; touch hacked; "', "gone.pbix"])
def test_a_path_is_never_a_command(job, paths):
    done = job(paths=paths)
    assert done.code == 2
    assert job.output["exit-code"] == "2"
    assert not (job.folder / "hacked").exists()


def test_nothing_to_lint_is_not_green(job):
    done = job()
    assert done.code == 3
    assert "::error title=disclint::Nothing to lint" in done.out


def test_no_text_of_the_user_gets_into_a_script():
    assert [s["name"] for s in STEPS if "run" in s and not no_expressions(s["run"])] == []
    assert all(s["shell"] == "bash" for s in STEPS if "run" in s)


def test_other_actions_have_a_version_and_code_scanning_is_off_unless_asked():
    used = [s["uses"] for s in STEPS if "uses" in s]
    assert all(re.fullmatch(r"[\w/-]+@v\d+", name) for name in used)
    assert ACTION["inputs"]["upload-sarif"]["default"] == "false"
    (upload,) = (s for s in STEPS if "upload-sarif" in s.get("uses", ""))
    assert "inputs.upload-sarif == 'true'" in upload["if"]


def test_every_input_is_used_and_every_used_one_declared():
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])


@installs
def test_the_step_that_installs(tmp_path):
    (tmp_path / "work").mkdir()
    environment = clean_environment(RUNNER_TEMP=tmp_path / "runner", GITHUB_ACTION_PATH=ROOT, PYTHON=sys.executable)
    done = bash(INSTALL["run"], tmp_path / "work", environment)
    assert done.code == 0, done.err
    (found,) = (tmp_path / "runner/disclint").glob("*/disclint*")
    assert found.stat().st_size
