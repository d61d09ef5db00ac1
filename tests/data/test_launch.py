"""Processes that are started ahead for a file on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fixtures.build_hostile import POWERBI
from linter import cli
from linter.data import launch
from linter.data.process import DataProcess

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ahead():
    """The model of a workbook, opened ahead."""
    launch.open_ahead(POWERBI)
    yield launch._ahead[POWERBI.resolve()]
    launch._end()
    launch._ahead.clear()


def test_the_process_that_opened_the_file_is_taken_over(ahead):
    with DataProcess(POWERBI) as process, DataProcess() as other:
        assert process.directory == Path(ahead.directory.name)
        assert process.open_model(POWERBI) == other.open_model(POWERBI)
        assert process._child is ahead.child
    assert ahead.child.returncode == 0
    assert not process.directory.exists()
    assert not launch._ahead


def test_another_question_first_is_answered_in_its_turn(ahead):
    with DataProcess(POWERBI) as process:
        assert process.query("select 42", [])["numbers"] == [[42]]
        assert process.open_model(POWERBI)["Table"]


def test_another_limit_or_file_gets_its_own_process(ahead, tmp_path):
    for path, memory in ((POWERBI, 3 << 30), (tmp_path / "b.pbix", launch.MEMORY_LIMIT), (None, launch.MEMORY_LIMIT)):
        assert launch.take(path, memory) is None
    assert launch.take(POWERBI, launch.MEMORY_LIMIT) is ahead
    assert launch.take(POWERBI, launch.MEMORY_LIMIT) is None
    launch._ahead[POWERBI.resolve()] = ahead


def test_a_process_that_nobody_takes_ends_with_the_parent():
    code = (
        "import sys\nfrom pathlib import Path\nfrom linter.data import launch\n"
        "launch.open_ahead(Path(sys.argv[1]))\n[one] = launch._ahead.values()\nprint(one.child.pid, one.directory.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(POWERBI)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    pid, directory = done.stdout.split(maxsplit=1)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(pid))
    assert not Path(directory.strip()).exists()


def test_the_command_says_the_same_of_a_file_as_of_its_folder(tmp_path, capsys):
    path = tmp_path / "a.pbix"
    path.write_bytes(POWERBI.read_bytes())
    asked = ["check", str(path), "--output-format", "json", "--no-progress"]
    done = subprocess.run(
        [sys.executable, "-m", "linter", *asked], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    code = cli.run(["check", str(tmp_path), *asked[2:]])  # only a process of its own starts one ahead
    [of_file], [of_folder] = (json.loads(text)["workbooks"] for text in (done.stdout, capsys.readouterr().out))
    assert (done.returncode, of_file["findings"]) == (code, of_folder["findings"])
