"""The button in Power BI Desktop: the file that registers it, and which workbook it finds.

Nothing here runs Desktop. What Windows would answer stands in for it; the commands are real.
"""

import base64
import json
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from linter import cli
from linter.commands import desktop, powerbi_tool
from tests.integrations.conftest import RIGHT, clean_environment


def test_the_file_names_what_starts_and_what_it_is_told(command, tmp_path):
    done = command("powerbi-tool", "install", "--print", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    tool = json.loads(done.stdout)
    assert set(tool) == {"version", "name", "description", "path", "arguments", "iconData"}
    assert Path(tool["path"]).is_absolute()
    assert tool["arguments"].endswith('powerbi-tool run "%server%"')
    kind, _, data = tool["iconData"].partition(",")
    assert kind == "image/png;base64"
    icon = base64.b64decode(data, validate=True)
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", icon[16:24]) == (32, 32)


def test_what_it_registers_starts(tmp_path):
    """The command of the file, put together as Windows does, from a folder that isn't ours."""
    (tmp_path / "linter").mkdir()
    (tmp_path / "linter/__init__.py").write_text("raise RuntimeError('foreign code ran')")
    tool = json.loads(powerbi_tool.registration())
    arguments = tool["arguments"].replace('"%server%"', "localhost:1").split()
    done = subprocess.run(
        [tool["path"], *arguments],
        cwd=tmp_path,
        env=clean_environment(),
        input="\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no file was named" in done.stderr
    assert "Which file" in done.stderr
    assert "foreign code" not in done.stderr


def test_install_writes_it_where_it_is_told(command, tmp_path):
    done = command("powerbi-tool", "install", "--folder", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "disclint.pbitool.json").read_text("utf-8"))["name"] == "disclint"


def test_desktops_own_folder(command, tmp_path):
    own = tmp_path / "Microsoft Shared/Power BI Desktop/External Tools"
    place = {"COMMONPROGRAMFILES(X86)": str(tmp_path), "COMMONPROGRAMFILES": str(tmp_path / "other")}
    done = command("powerbi-tool", "install", cwd=tmp_path, **place)
    assert done.returncode == 2
    assert "doesn't exist" in done.stderr
    own.mkdir(parents=True)
    assert command("powerbi-tool", "install", cwd=tmp_path, **place).returncode == 0
    assert (own / "disclint.pbitool.json").is_file()


def test_where_there_is_no_desktop(disclint, monkeypatch):
    monkeypatch.delenv("COMMONPROGRAMFILES(X86)", raising=False)
    monkeypatch.delenv("COMMONPROGRAMFILES", raising=False)
    outcome = disclint("powerbi-tool", "install")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--folder DIR or --print" in outcome.err


class Process:
    """One process as psutil shows it."""

    def __init__(self, name, arguments=(), above=()):
        self._name, self._arguments, self._above = name, list(arguments), list(above)

    def name(self):
        return self._name

    def cmdline(self):
        return self._arguments

    def parents(self):
        return self._above


@pytest.fixture
def running(monkeypatch):
    """Give the tree above the engine that listens."""

    def set_up(*above):
        monkeypatch.setattr(
            desktop, "_listening", lambda port: Process("msmdsrv.exe", above=above) if port == 51542 else None
        )

    return set_up


@pytest.mark.parametrize("name", ["PBIDesktop.exe", "PBIDesktopStore.exe"])
def test_the_file_of_the_desktop_above_the_engine(running, tmp_path, name):
    file = tmp_path / "KS4 outcomes.pbix"
    file.touch()
    running(Process(name, ["C:\\PBIDesktop.exe", str(file)]), Process("explorer.exe"))
    assert desktop.open_file("localhost:51542") == file
    assert desktop.open_file("localhost:51543") is None


@pytest.mark.parametrize(
    "arguments", [["PBIDesktop.exe"], ["PBIDesktop.exe", "gone.pbix"], ["PBIDesktop.exe", "{a}", "{b}"]]
)
def test_what_does_not_tell_one_file_is_asked(running, tmp_path, arguments):
    for name in "ab":
        (tmp_path / f"{name}.pbix").touch()
    places = {name: tmp_path / f"{name}.pbix" for name in "ab"}
    running(Process("PBIDesktop.exe", [a.format(**places) for a in arguments]))
    assert desktop.open_file("localhost:51542") is None


@pytest.mark.parametrize("server", ["", "localhost", "localhost:", "localhost:abc", "a:999999999", "powerbi://api/x"])
def test_an_address_without_a_port(server):
    assert desktop.open_file(server) is None


def test_no_desktop_above_or_no_right_to_look(running, monkeypatch):
    running(Process("devenv.exe", ["x.pbix"]))
    assert desktop.open_file("localhost:51542") is None

    def denied(kind):
        raise psutil.AccessDenied

    monkeypatch.undo()
    monkeypatch.setattr(psutil, "net_connections", denied)
    assert desktop.open_file("localhost:51542") is None


def test_the_process_that_listens_is_found():
    code = "import socket; s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = int(child.stdout.readline())
        found = desktop._listening(port)
        assert found is not None
        assert found.pid == child.pid
    finally:
        child.communicate("\n")


def test_a_closed_port_has_none():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert desktop._listening(port) is None


@pytest.mark.parametrize("answer", ["", "named"])
def test_it_checks_and_shows_the_report(monkeypatch, capsys, tmp_path, answer):
    for suffix in ("", ".disclint.toml"):
        shutil.copy(f"{RIGHT}{suffix}", tmp_path / f"ks4.pbix{suffix}")
    file, shown = tmp_path / "ks4.pbix", []
    monkeypatch.setattr(desktop, "open_file", lambda server: None if answer else file)
    monkeypatch.setattr("webbrowser.open", shown.append)
    monkeypatch.setattr("typer.prompt", lambda text, default, **_: f'"{file}"' if answer else default)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cli.run(["powerbi-tool", "run", "localhost:51542"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("No finding; everything was checked.")
    (address,) = shown
    assert address.startswith("file://")
    (report,) = tmp_path.glob("disclint-*/report.html")
    assert "No finding" in report.read_text("utf-8")
