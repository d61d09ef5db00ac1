"""The hook as a user has it: git, pre-commit, a workbook that must not get into the history."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integrations.conftest import RIGHT, ROOT, WRONG

pytestmark = pytest.mark.slow

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
TAKEN = [
    "a.pbix", "A.PBIX", "a.pbit", "a.pbip", "a.twb", "a.twbx", "a.tds", "a.tdsx", "deep/er/a b.twbx", "a.pbix.disclint.toml",
    "Sales.Report/definition.pbir", "team/Sales.SemanticModel/definition/tables/Pupil.tmdl", "Old.Dataset/model.bim",
]  # fmt: skip
LEFT = ["a.csv", "a.pbix.bak", "README.md", "disclint.toml", "Report/x.json", "twbx", "a.twbx.txt", "xReport/a.json"]


@pytest.mark.parametrize("name", TAKEN)
def test_files_that_the_hook_looks_at(name):
    assert re.search(HOOK["files"], name)


@pytest.mark.parametrize("name", LEFT)
def test_files_that_it_leaves(name):
    assert not re.search(HOOK["files"], name)


@pytest.fixture
def hooked(git):
    """The hook as it is published, but for where it runs: this installation in place of one of its own."""
    here = HOOK | {"language": "system", "args": []}
    config = {"repos": [{"repo": "local", "hooks": [here]}]}
    (git.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    pre_commit = Path(sys.executable).with_name("pre-commit")
    installed = git("install", command=pre_commit)
    assert installed.returncode == 0, installed.stderr
    git("add", ".pre-commit-config.yaml")
    return git


def commit(git, message="More"):
    done = git("commit", "-m", message)
    return done.returncode, done.stdout + done.stderr


def test_a_bad_workbook_does_not_get_in_and_a_good_one_does(hooked):
    shutil.copy(WRONG, hooked.folder / "ks4 wrong.pbix")
    (hooked.folder / "notes.txt").write_text("not looked at")
    hooked("add", ".")
    code, said = commit(hooked)
    assert code == 1
    assert "hook id: disclint" in said
    assert re.search(r"^ks4 wrong\.pbix: .*\bEX001 error\b", said, re.MULTILINE)
    assert "Not safe to publish" in said
    assert hooked("rev-parse", "HEAD").returncode != 0  # there is no commit
    hooked("rm", "-q", "--cached", "ks4 wrong.pbix")
    for suffix in ("", ".disclint.toml"):
        shutil.copy(f"{RIGHT}{suffix}", hooked.folder / f"ks4.pbix{suffix}")
    hooked("add", "ks4.pbix", "ks4.pbix.disclint.toml")
    code, said = commit(hooked)
    assert code == 0, said
    assert re.search(r"disclint\.+Passed", said)


def test_nothing_of_ours_is_not_looked_at(hooked):
    (hooked.folder / "notes.txt").write_text("x")
    hooked("add", ".")
    code, said = commit(hooked)
    assert code == 0
    assert "(no files to check)Skipped" in said


def test_a_project_is_checked_once_whatever_of_it_is_staged(hooked):
    for name in ("a.pbip", "a.Report/definition.pbir", "a.Report/report.json", "a.SemanticModel/model.bim"):
        path = hooked.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{", "utf-8")  # no JSON: unread is never clean
    hooked("add", ".")
    code, said = commit(hooked)
    assert code == 1
    assert "- exit code: 3" in said
    assert set(re.findall(r"^a\.[^:]*(?=: )", said, re.MULTILINE)) == {"a.pbip"}
    assert said.count("a.pbip: Not complete") == 1


@pytest.mark.skipif(
    not os.environ.get("DISCLINT_TEST_WHEEL"), reason="takes a minute: set DISCLINT_TEST_WHEEL=1, as .ci/run does"
)
def test_the_hook_in_an_environment_of_its_own(git):
    """As published: pre-commit installs this repository. It needs what pip needs."""
    source = git.folder.parent / "disclint"
    skipped = shutil.ignore_patterns(".*cache*", ".venv*", ".hypothesis", "__pycache__", ".git", "tests", "benchmarks")
    shutil.copytree(ROOT, source, ignore=skipped)

    def upstream(*arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=source, env=git.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    upstream("init", "-q")
    upstream("add", "-A")
    upstream("commit", "-q", "-m", "A release")
    config = {"repos": [{"repo": str(source), "rev": upstream("rev-parse", "HEAD"), "hooks": [{"id": "disclint"}]}]}
    (git.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    assert git("install", command=Path(sys.executable).with_name("pre-commit")).returncode == 0
    shutil.copy(WRONG, git.folder)
    git("add", ".")
    code, said = commit(git)
    assert code == 1
    assert "EX001 error" in said, said
