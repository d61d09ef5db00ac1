"""--watch with the real command: a workbook that is mended while somebody watches."""

import os
import shutil
import signal
import subprocess
import threading
import time

import pytest

from linter.commands import watch
from tests.integrations.conftest import RIGHT, WRONG, clean_environment

pytestmark = pytest.mark.slow

PATIENCE = 60  # seconds for one check on a machine at work


def heeding_interrupts():
    """A test run in the background ignores Ctrl-C, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Watched:
    """A running command and the lines it has said so far."""

    def __init__(self, script, folder, *arguments):
        self.lines = []
        self.process = subprocess.Popen(
            [script, "check", "--watch", "--output-format", "concise", *arguments], cwd=folder,
            env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            preexec_fn=None if os.name == "nt" else heeding_interrupts,  # noqa: PLW1509 - it takes no lock
        )  # fmt: skip
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        self.reader.start()

    def said(self, text, times=1):
        """Wait until the text was said that often."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if sum(text in line for line in list(self.lines)) >= times:
                return True
            time.sleep(0.1)
        return sum(text in line for line in self.lines) >= times

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.reader.join(5)
        self.process.stdout.close()
        return code


@pytest.fixture
def watched(script, tmp_path):
    if os.name == "nt":
        pytest.skip("Ctrl-C can't be sent to one process on Windows")
    shutil.copy(WRONG, tmp_path / "ks4.pbix")
    running = []

    def start(*arguments):
        running.append(Watched(script, tmp_path, *arguments))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def test_a_saved_workbook_is_checked_again_until_ctrl_c(watched, tmp_path):
    shown = watched("ks4.pbix", "--output", "html=report.html")
    assert shown.said("Not safe to publish"), shown.lines
    assert shown.said("Ctrl-C ends")
    time.sleep(0.5)  # the watch begins after it is announced
    for suffix in (".disclint.toml", ""):
        shutil.copy(f"{RIGHT}{suffix}", tmp_path / f"new{suffix}")
        (tmp_path / f"new{suffix}").replace(tmp_path / f"ks4.pbix{suffix}")  # as programs save
    assert shown.said("ks4.pbix: No finding"), shown.lines
    before = len(shown.lines)
    (tmp_path / "notes.txt").write_text("not of interest")
    time.sleep(2)
    assert len(shown.lines) == before  # nor are its own reports
    assert shown.stop() == 130
    assert not any("Traceback" in line for line in shown.lines)


def test_a_mistake_meanwhile_is_said_and_does_not_end_it(watched, tmp_path):
    shown = watched(".")
    assert shown.said("Ctrl-C ends"), shown.lines
    time.sleep(0.5)
    manifest = tmp_path / "ks4.pbix.disclint.toml"
    manifest.write_text("audience = 'nobody'\n", "utf-8")
    assert shown.said("audience must be one of"), shown.lines
    shutil.copy(f"{RIGHT}.disclint.toml", manifest)
    assert shown.said("Not safe to publish", 2), shown.lines
    assert shown.stop() == 130


def test_a_mistake_at_the_start_ends_it(watched):
    shown = watched("gone.pbix")
    assert shown.process.wait(PATIENCE) == 2
    shown.reader.join(5)
    assert "no such file" in "".join(shown.lines)


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_only_what_people_read(disclint, fake, name):
    outcome = disclint("check", "clean.pbix", "--watch", "--output-format", name)
    assert (outcome.code, outcome.out) == (2, "")
    assert "choose full or concise" in outcome.err
    assert not fake.asked


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("a.pbix", True), ("x/a.TWBX", True), ("a.pbix.disclint.toml", True), ("disclint-waivers.toml", True),
        ("A.Report/definition/page.json", True), ("a.csv", True), ("report.html", False), ("a.json", False),
        ("~$a.tmp", False), (".git/index", False),
    ],
)  # fmt: skip
def test_what_counts_as_a_change(path, counts):
    assert watch._counts(None, f"/team/{path}") is counts


def test_the_screen_is_cleared_on_a_terminal_only(monkeypatch, capsys):
    watch._clear()
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(watch.sys.stdout, "isatty", lambda: True, raising=False)
    watch._clear()
    assert capsys.readouterr().out.startswith("\x1b[2J")
