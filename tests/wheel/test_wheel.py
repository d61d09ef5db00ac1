"""The built wheel, installed on its own, works far from the repository.

It builds an environment with every dependency, which takes a minute: only where DISCLINT_TEST_WHEEL is set.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKBOOK = ROOT / "fixtures/tableau/wrong/northmere_ks4.twbx"

pytestmark = pytest.mark.skipif(
    not os.environ.get("DISCLINT_TEST_WHEEL"), reason="takes a minute: set DISCLINT_TEST_WHEEL=1, as .ci/run does"
)


def run(*command, cwd, ends=0):
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PIP_CONSTRAINT"}}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, check=False, encoding="utf-8", errors="replace"
    )
    assert done.returncode == ends, f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """The folder of commands of an environment that holds the wheel and what it asks for."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    lock = ROOT / "requirements.lock"
    run(folder / "python", "-m", "pip", "install", "-q", "-c", lock, wheel, cwd=home)
    return folder


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with a workbook, and folders that bear the names of our packages but are not ours."""
    for name in ("linter", "checks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('code of the audited folder ran')\n")
    shutil.copy(WORKBOOK, tmp_path)
    return tmp_path


def test_carries_the_packages_and_their_data_only(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist()]
    assert {name.parts[0] for name in names if "dist-info" not in name.parts[0]} == {"linter", "checks"}
    packed = {name.as_posix() for name in names}
    data = [
        path.relative_to(ROOT).as_posix()
        for package in ("linter", "checks")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [path for path in data if path not in packed] == []


def test_checks_a_workbook_from_another_folder(scripts, elsewhere):
    document = json.loads(
        run(scripts / "disclint", "check", "--output-format", "json", WORKBOOK.name, cwd=elsewhere, ends=1)
    )
    (workbook,) = document["workbooks"]
    assert workbook["complete"]
    assert {"SC001", "DR001", "EX001"} <= {finding["rule"] for finding in workbook["findings"]}
    assert sorted(path.name for path in elsewhere.iterdir()) == sorted([WORKBOOK.name, "linter", "checks"])


def test_it_is_the_installed_package(scripts, tmp_path):
    where = "import linter, checks; print(linter.__file__, checks.__file__, sep='\\n')"
    files = run(scripts / "python", "-c", where, cwd=tmp_path).split("\n")[:2]
    assert [f for f in files if not Path(f).resolve().is_relative_to(scripts.resolve().parent)] == []
    assert "disclint" in run(scripts / "disclint", "--version", cwd=tmp_path)
