"""The templates for GitLab and Azure: what their steps do in a repository with a bad workbook."""

import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.integrations.conftest import ROOT, WRONG, clean_environment, installs
from tests.integrations.jobs import bash, installed_at, no_expressions

pytestmark = pytest.mark.slow

GITLAB = yaml.safe_load((ROOT / "templates/gitlab-ci.yml").read_text("utf-8"))
AZURE = yaml.safe_load((ROOT / "templates/azure-pipelines.yml").read_text("utf-8"))
JOB = GITLAB["disclint"]
INSTALL, CHECK = (step for step in AZURE["steps"] if "bash" in step)


@pytest.fixture
def gitlab(git, script, tmp_path):
    """Run lines of the job in a checkout, with GitLab's variables."""
    installed_at(tmp_path / "disclint", script)

    def run(lines, **more):
        variables = {**GITLAB["variables"], **JOB["variables"], "DISCLINT_HOME": tmp_path / "disclint"}
        environment = clean_environment(CI="true", CI_PROJECT_DIR=git.folder, **(variables | more))
        return bash("\n".join(lines), git.folder, environment)

    run.folder = git.folder
    return run


def test_gitlab_gets_its_code_quality_report_and_its_tests(gitlab):
    shutil.copy(WRONG, gitlab.folder / "ks4 wrong.pbix")
    done = gitlab(JOB["script"])
    assert done.code == 1, done.err
    assert "Not safe to publish" in done.out
    assert "Alderbrook" not in done.out  # a log is kept like a report of the CI system: it names no group
    kept = JOB["artifacts"]
    issues = json.loads((gitlab.folder / kept["reports"]["codequality"]).read_text("utf-8"))
    assert {issue["location"]["path"] for issue in issues} == {"ks4 wrong.pbix"}
    assert any(i["check_name"] == "EX001" and i["severity"] == "critical" for i in issues)
    suites = ET.parse(gitlab.folder / kept["reports"]["junit"]).getroot()
    assert int(suites.get("failures")) > 0
    assert [name for name in kept["paths"] if not (gitlab.folder / name).is_file()] == []
    assert kept["when"] == "always"


def test_gitlab_variables_decide(gitlab):
    shutil.copy(WRONG, gitlab.folder / "a b.pbix")
    done = gitlab(JOB["script"], DISCLINT_PATH="a b.pbix", DISCLINT_AUDIENCE="internal", DISCLINT_FAIL_ON="warning")
    assert done.code == 1
    assert "<dt>Readers</dt><dd>internal</dd>" in (gitlab.folder / "disclint.html").read_text("utf-8")
    assert "DISCLINT_AUDIENCE=internal" in done.err


def test_gitlab_has_no_package_by_default(gitlab):
    done = gitlab(JOB["before_script"][1:])
    assert done.code != 0
    assert "say what pip shall install" in done.err
    assert GITLAB["variables"]["DISCLINT_PACKAGE"] == ""


@pytest.fixture
def azure(git, script, tmp_path):
    """Run the step that checks, with Azure's variables and the parameters of the template."""
    installed_at(tmp_path / "agent" / "disclint", script)
    defaults = {p["name"]: p.get("default") for p in AZURE["parameters"]}

    def run(**parameters):
        given = defaults | parameters
        variables = {
            name: given[re.fullmatch(r"\$\{\{ parameters\.(\w+) \}\}", value)[1]]
            for name, value in CHECK["env"].items()
        }
        environment = clean_environment(
            TF_BUILD="True", BUILD_SOURCESDIRECTORY=git.folder, AGENT_TEMPDIRECTORY=tmp_path / "agent", **variables
        )
        return bash(CHECK["bash"], git.folder, environment, options=())

    run.folder, run.reports = git.folder, tmp_path / "agent/disclint-report"
    return run


def test_azure_gets_its_issues_and_its_tests(azure):
    shutil.copy(WRONG, azure.folder / "ks4; wrong.pbix")
    done = azure(audience="schools")
    assert done.code == 1, done.err
    issues = re.findall(r"^##vso\[task\.logissue type=(\w+);sourcepath=(.*?);linenumber=(\d+);", done.out, re.MULTILINE)
    assert {path for _, path, _ in issues} == {"ks4%3B wrong.pbix"}
    assert {line for *_, line in issues} == {"1"}
    assert "error" in {kind for kind, *_ in issues}
    assert int(ET.parse(azure.reports / "junit.xml").getroot().get("failures")) > 0
    assert (azure.reports / "report.html").is_file()


def test_azure_publishes_what_is_written():
    publish, keep = AZURE["steps"][-2:]
    assert publish["inputs"]["testResultsFiles"] == "$(Agent.TempDirectory)/disclint-report/junit.xml"
    assert keep["publish"] == "$(Agent.TempDirectory)/disclint-report/report.html"
    assert publish["condition"] == keep["condition"] == "succeededOrFailed()"


def test_azure_scripts_hold_no_text_of_the_user():
    assert all(no_expressions(step["bash"]) for step in (INSTALL, CHECK))
    assert "default" not in next(p for p in AZURE["parameters"] if p["name"] == "package")


@installs
def test_the_steps_that_install(git, tmp_path):
    python = Path(sys.executable).parent
    places = {"DISCLINT_HOME": tmp_path / "gitlab", "AGENT_TEMPDIRECTORY": tmp_path / "azure"}
    path = f"{python}{os.pathsep}{os.environ['PATH']}"
    environment = clean_environment(DISCLINT_PACKAGE=ROOT, PATH=path, **places)
    for text in ("\n".join(JOB["before_script"]), INSTALL["bash"]):
        done = bash(text, git.folder, environment)
        assert done.code == 0, done.err
    assert list(tmp_path.glob("gitlab/bin/disclint"))
    assert list(tmp_path.glob("azure/disclint/*/disclint*"))
