"""Progress: a bar on a terminal, lines when asked for, silence otherwise; never on stdout."""

import io
import re

import pytest

from linter.commands import terminal


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch):
    """Put a terminal in the place of stderr: called by the test itself, as pytest takes stderr before."""

    def replaced() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "100")
        return stream

    return replaced


def told(stderr: Terminal) -> str:
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", stderr.getvalue())


def test_a_bar_on_a_terminal(on_terminal) -> None:
    stderr = on_terminal()
    with terminal.progress(quiet=False, verbose=False, animated=True, workbooks=2) as shown:
        for label in ("[1/2] a.twbx", "[2/2] b.twbx"):
            shown.of(label)("counting people")
            shown.done()
    assert "[2/2] b.twbx: counting people" in told(stderr)
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in told(stderr)


@pytest.mark.parametrize("options", [{"quiet": True}, {"animated": False}])
def test_silence_when_asked_for(on_terminal, options) -> None:
    stderr = on_terminal()
    with terminal.progress(**{"quiet": False, "verbose": False, "animated": True} | options) as shown:
        shown.of("a.twbx")("reading")
    assert stderr.getvalue() == ""


def test_none_in_ci(on_terminal, monkeypatch) -> None:
    stderr = on_terminal()
    monkeypatch.setenv("CI", "true")
    with terminal.progress(quiet=False, verbose=False, animated=True) as shown:
        shown.of("a.twbx")("reading")
    assert stderr.getvalue() == ""


def test_lines_for_those_who_want_to_know(on_terminal) -> None:
    stderr = on_terminal()
    with terminal.progress(quiet=False, verbose=True, animated=True) as shown:
        shown.of("a.twbx")("reading")
    assert stderr.getvalue() == "a.twbx: reading\n"


@pytest.mark.parametrize("name", ["[red]x[/red].twbx", "\x1b[31mx.twbx", "##vso[task.complete]x.twbx"])
def test_names_stay_text(on_terminal, name: str) -> None:
    stderr = on_terminal()
    with terminal.progress(quiet=False, verbose=False, animated=True) as shown:
        shown.of(name)("reading")
    assert "##vso[" not in told(stderr)
    if name.startswith("[red]"):
        assert "[red]x[/red].twbx: reading" in told(stderr)
    assert "\x1b[31mx" not in stderr.getvalue()
