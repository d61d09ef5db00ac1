"""Shell completion: a script for each shell, and what the shells then get."""

import shutil
import subprocess
from types import SimpleNamespace

import pytest

from linter import cli
from linter.commands import app
from tests.integrations.conftest import clean_environment

SHELLS = {"bash": "complete ", "zsh": "#compdef disclint", "fish": "complete --command disclint", "powershell": "Register-ArgumentCompleter"}  # fmt: skip


@pytest.fixture
def ask(script, tmp_path):
    def run(*arguments, **variables):
        environment = clean_environment(HOME=tmp_path, **variables)
        return subprocess.run(
            [script, *arguments], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
        )

    return run


@pytest.mark.parametrize(("shell", "sign"), SHELLS.items())
def test_a_script_for_each_shell(ask, shell, sign):
    done = ask(_DISCLINT_COMPLETE=f"source_{shell}")
    assert sign in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_takes_the_script(ask, shell):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    text = ask(_DISCLINT_COMPLETE=f"source_{shell}").stdout
    done = subprocess.run([program, "-n"], input=text, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_commands_options_and_choices_are_offered(ask):
    commands = ask(_DISCLINT_COMPLETE="complete_bash", COMP_WORDS="disclint ", COMP_CWORD=1).stdout.split()
    assert {"check", "pack", "explain", "baseline"} <= set(commands)
    options = ask(_DISCLINT_COMPLETE="complete_bash", COMP_WORDS="disclint check --a", COMP_CWORD=2).stdout.split()
    assert {"--audience", "--against", "--as-of"} <= set(options)
    words = "disclint check --audience "
    choices = ask(_DISCLINT_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=3).stdout.split()
    assert choices == ["internal", "schools", "partners", "public"]


def test_bash_completes_by_the_installed_script(ask, script, tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    done = ask("--install-completion", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode != 0  # without a shell around it, it has to be named
    done = ask("--install-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0, done.stderr
    (installed,) = (tmp_path / ".bash_completions").iterdir()
    asked = (
        f"source '{installed}'; COMP_WORDS=(disclint wai); COMP_CWORD=1; "
        '_disclint_completion disclint; echo "${COMPREPLY[@]}"'
    )
    environment = clean_environment(HOME=tmp_path, PATH=f"{script.parent}:/usr/bin:/bin")
    done = subprocess.run([bash, "-c", asked], env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.split() == ["waive"], done.stderr


def test_powershell_is_not_made_less_safe(monkeypatch, capsys):
    """Installing it there would lift the execution policy: the way without that is said instead."""
    monkeypatch.setattr(app, "os", SimpleNamespace(name="nt"))
    assert cli.run(["--install-completion"]) == 2
    assert "--show-completion >> $PROFILE" in capsys.readouterr().err
