"""Imports only go down the floors, and no module stands outside them."""

import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
MODULES = {
    f"linter.{path.stem}"
    for path in (ROOT / "linter").iterdir()
    if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").is_file()
}
OPEN_FILES = {"linter.archive", "linter.parsers", "linter.data"}
ON_TERMINAL = {"linter.cli", "linter.commands", "linter.reporters"}
ABOVE = {"linter.cli", "linter.commands", "linter.engine"}


def contract(words):
    return next(c for c in CONTRACTS if words in c["name"])


def test_contracts_hold():
    command = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run([command, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"lint-imports:\n{done.stdout}{done.stderr}"


def test_every_module_has_a_floor():
    floors = {
        name.strip(" ()") for layer in contract("floors")["layers"] for name in layer.replace("|", ":").split(":")
    }
    assert sorted(MODULES - floors) == []


@pytest.mark.parametrize(
    ("words", "free"),
    [("file formats and engines", OPEN_FILES | ABOVE), ("draws on the terminal", ON_TERMINAL)],
)
def test_no_module_escapes_a_prohibition(words, free):
    assert sorted(MODULES - free - set(contract(words)["source_modules"])) == []
