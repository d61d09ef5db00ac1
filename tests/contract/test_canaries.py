"""A report must not disclose: nothing of the planted pupils is in any format, log or folder left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fixtures import story
from linter import cli
from linter.reporters import FORMATS

ROOT = Path(__file__).parents[2]
WRONG = sorted((ROOT / "fixtures").glob("*/wrong/*.*b*x"))
PUPILS = story.pupils()
CANARIES = {
    str(pupil[column])
    for pupil in PUPILS
    for column in ("UPN", "PupilMatchingRefAnonymous", "Postcode")
    if pupil.get(column)
}


@pytest.fixture
def run(command, tmp_path: Path):
    def check(*arguments: str) -> subprocess.CompletedProcess[str]:
        summary = str(tmp_path / "summary.md")
        found = command(
            "check", *arguments, cwd=tmp_path, timeout=300, TMPDIR=str(tmp_path), GITHUB_STEP_SUMMARY=summary
        )
        assert found.returncode == 1, found.stderr
        return found

    return check


def test_there_are_canaries() -> None:
    assert len(CANARIES) >= 2_000
    assert all(len(c) >= 6 for c in CANARIES)


FAST = {"full"}  # one run writes all the others below; the suite of slow tests has each of them printed
KINDS = [pytest.param(k, marks=[] if k in FAST else pytest.mark.slow) for k in sorted(FORMATS)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_canary_in_any_format(kind: str, run, tmp_path: Path) -> None:
    files = WRONG if kind == "full" else WRONG[-1:]
    found = run(*map(str, files), "--output-format", kind, "-v")
    left = "".join(p.read_text(encoding="utf-8", errors="replace") for p in tmp_path.rglob("*") if p.is_file())
    text = found.stdout + found.stderr + left
    assert len(text) > 500
    assert not [c for c in CANARIES if c in text]
    assert sorted(p.name for p in tmp_path.iterdir()) in ([], ["summary.md"])


@pytest.fixture
def printed(remembering, capsys: pytest.CaptureFixture[str]):
    """What a run in this process prints."""

    def check(*arguments: str) -> str:
        assert cli.run(["check", *arguments]) == 1
        return "".join(capsys.readouterr())

    return check


def test_surnames_stay_in_the_file(printed) -> None:
    text = printed(str(WRONG[0]), "--output-format", "json")
    assert len(text) > 500
    names = {str(p["Surname"]) for p in PUPILS} - {""}
    assert not [n for n in names if f'"{n}"' in text]


def test_a_report_with_values_still_names_nobody(printed) -> None:
    """Exact counts may be asked for; keys, identifiers and free text never leave the data process."""
    text = printed(str(WRONG[-1]), "--output-format", "json", "--show-values")
    assert len(text) > 500
    assert not [c for c in CANARIES if c in text]


def test_every_format_at_once_and_every_drawing(run, tmp_path: Path) -> None:
    """All documents of one run, with the tables of cells, the drawings and the statistics, and nothing else left."""
    wanted = sorted(set(FORMATS) - {"full"})
    files = [a for kind in wanted for a in ("--output", f"{kind}={tmp_path / f'report.{kind}'}")]
    found = run(str(WRONG[-1]), *files, "--statistics", "-v")
    left = {p.name: p.read_text(encoding="utf-8", errors="replace") for p in tmp_path.rglob("*") if p.is_file()}
    assert sorted(left) == [f"report.{kind}" for kind in wanted]
    assert 'class="sum"' in left["report.html"]
    assert "Why:" in found.stdout
    for name, text in {**left, "stdout": found.stdout, "stderr": found.stderr}.items():
        assert len(text) > 50, name
        assert not [c for c in CANARIES if c in text], name


@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_no_canary_in_what_is_said_of_a_broken_file(command, kept: float, tmp_path: Path) -> None:
    whole = WRONG[-1].read_bytes()
    broken = tmp_path / f"broken{WRONG[-1].suffix}"
    broken.write_bytes(whole[: int(len(whole) * kept)])
    found = command("check", broken.name, "-v", cwd=tmp_path, TMPDIR=str(tmp_path))
    assert found.returncode in {2, 3}, found.stderr
    assert not [c for c in CANARIES if c in found.stdout + found.stderr]
    assert [p.name for p in tmp_path.iterdir()] == [broken.name]
