"""Repositories of users: git, workbooks that are wrong and right, and the environment of a CI job."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import disclint, fake  # noqa: F401 - fixtures

installs = pytest.mark.skipif(
    not os.environ.get("DISCLINT_TEST_INSTALLS"),
    reason="installs it anew, which takes a minute each: set DISCLINT_TEST_INSTALLS=1, as `nox -s nightly` does",
)
ROOT = Path(__file__).resolve().parents[2]
WRONG, RIGHT = (ROOT / f"fixtures/powerbi/{kind}/northmere_ks4.pbix" for kind in ("wrong", "right"))
OUTSIDE = {"PYTHONPATH", "NO_COLOR", "FORCE_COLOR", "COLUMNS"}
"""Variables that would lead a command away from what a user sees."""


def clean_environment(**more):
    """This process's variables without those that belong to a CI job or to git at work."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in OUTSIDE and not k.startswith(("GIT_", "GITHUB_", "CI_", "BUILD_", "DISCLINT_", "PRE_COMMIT"))
    }
    return kept | {k: str(v) for k, v in more.items()}


@pytest.fixture
def script():
    """The installed command."""
    found = shutil.which("disclint", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("the disclint script is not installed beside this Python")
    return Path(found)


@pytest.fixture
def git(tmp_path):
    """A git repository of a user: call it with git's arguments; ``git.folder`` is its place."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "reports of the team"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = clean_environment(
        HOME=tmp_path / "home", PRE_COMMIT_HOME=tmp_path / "pre-commit", GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1", PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **identity,
    )  # fmt: skip

    def run(*arguments, command="git"):
        return subprocess.run(
            [command, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, check=False,
            encoding="utf-8", timeout=300,
        )  # fmt: skip

    run.folder, run.environment = folder, environment
    assert run("init", "-q", "-b", "main").returncode == 0
    return run
