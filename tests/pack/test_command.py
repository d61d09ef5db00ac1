"""``disclint pack`` as an officer uses it, on the bundled workbooks."""

import json
import re
import shutil
from pathlib import Path

import pytest

from linter import engine
from linter.pack.record import FILES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WRONG, RIGHT = (ROOT / f"fixtures/powerbi/{kind}/northmere_ks4.pbix" for kind in ("wrong", "right"))


@pytest.fixture
def team(tmp_path):
    for suffix in ("", ".disclint.toml"):
        shutil.copy(f"{RIGHT}{suffix}", tmp_path / f"ks4.pbix{suffix}")
    shutil.copy(WRONG, tmp_path / "wrong.pbix")
    return tmp_path


def test_from_the_check_to_the_day_it_changes(command, team):
    done = command("pack", "ks4.pbix", "-o", "signed/ks4", cwd=team)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (team / "signed/ks4").iterdir()) == sorted(FILES)
    seal = json.loads((team / "signed/ks4/pack.json").read_text("utf-8"))["seal"]
    assert done.stdout.splitlines() == [
        "ks4.pbix: No finding; everything was checked.", "Pack in signed/ks4", f"Seal {seal}",
    ]  # fmt: skip
    assert "sha256 = " in done.stderr
    done = command("pack", "--verify", "signed/ks4", "ks4.pbix", cwd=team)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("Unchanged")
    shutil.copy(WRONG, team / "ks4.pbix")
    done = command("pack", "--verify", "signed/ks4", cwd=team)
    assert done.returncode == 1
    assert re.search(r"^  changed +\S*ks4\.pbix: it is not the workbook that was checked$", done.stdout, re.MULTILINE)


def test_a_workbook_that_fails_has_a_pack_too(command, team):
    done = command("pack", "wrong.pbix", "-o", "p", "--audience", "public", cwd=team)
    assert done.returncode == 1
    assert "Not safe to publish" in done.stdout
    assert (team / "p/register.csv").read_text("utf-8-sig").count('"fail"') == 1
    report = json.loads((team / "p/report.json").read_text("utf-8"))
    assert report["workbooks"][0]["status"] == "fail"
    again = command("pack", "wrong.pbix", "-o", "p", "--audience", "public", cwd=team)
    assert again.returncode == 2
    assert "name another folder" in again.stderr


def test_what_can_t_be_read_is_not_complete(command, team):
    (team / "broken.pbix").write_bytes(b"no zip")
    done = command("pack", "broken.pbix", "-o", "p", cwd=team)
    assert done.returncode == 3
    assert '"no"' in (team / "p/register.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    "arguments",
    [(), ("ks4.pbix",), ("-o", "p"), ("gone.pbix", "-o", "p"), (".", "-o", "p"), ("ks4.pbix", "-o", "ks4.pbix"),
     ("--verify", "."), ("--verify", "gone"), ("--verify", ".", "-o", "p"), ("ks4.pbix", "-o", "p", "--show-values")],
)  # fmt: skip
def test_wrong_usage(command, team, arguments):
    done = command("pack", *arguments, cwd=team)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert not (team / "p").exists()


def test_a_workbook_that_changes_meanwhile_gets_no_pack(team, monkeypatch, capsys):
    from linter import cli

    real = engine.lint

    def saved_meanwhile(path, *rest):
        result = real(path, *rest)
        path.write_bytes(path.read_bytes() + b" ")
        return result

    monkeypatch.setattr(engine, "lint", saved_meanwhile)
    assert cli.run(["pack", str(team / "ks4.pbix"), "-o", str(team / "p")]) == 2
    assert "changed while it was checked" in capsys.readouterr().err
    assert not (team / "p").exists()


def test_a_project_is_one_workbook(command, team):
    for name, text in (("a.pbip", "{}"), ("a.Report/definition.pbir", "{}"), ("a.Report/report.json", "{}")):
        (team / name).parent.mkdir(exist_ok=True)
        (team / name).write_text(text, "utf-8")
    assert command("pack", "a.pbip", "-o", "p", cwd=team).returncode == 3
    assert command("pack", "--verify", "p", cwd=team).returncode == 0
    (team / "a.Report/report.json").write_text("{ }", "utf-8")
    assert command("pack", "--verify", "p", cwd=team).returncode == 1
    assert command("pack", "a.pbip", "-o", "a.Report/p", cwd=team).returncode == 2


def test_what_it_was_compared_with_is_part_of_it(command, team):
    """The workbook of the last release, named by its own pack."""
    (team / "last").mkdir()
    for suffix in ("", ".disclint.toml"):
        shutil.copy(f"{RIGHT}{suffix}", team / f"last/ks4.pbix{suffix}")
    assert command("pack", "last/ks4.pbix", "-o", "last/p", cwd=team).returncode == 0
    done = command("pack", "ks4.pbix", "-o", "p", "--against", "last/p", "--as-of", "2026-01-31", cwd=team)
    assert done.returncode in {0, 1}, done.stderr
    contents = json.loads((team / "p/pack.json").read_text("utf-8"))["contents"]
    assert contents["inputs"] == {"against p": contents["workbook"]["sha256"]}
    assert contents["configuration"]["facts"]["as of"] == "2026-01-31"
