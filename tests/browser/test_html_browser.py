"""The HTML report in a real browser: the script runs under the policy, nothing is blocked or overflows."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linter.reporters.html_ import HtmlReporter
from linter.reporters.interface import Style
from tests.reporters import factory

BROWSER = next((b for b in ("chromium", "chromium-browser", "google-chrome", "chrome") if shutil.which(b)), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")


def browse(folder: Path, document: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open the document headless; ``stdout`` is what ``flags`` ask for, ``stderr`` has the console."""
    file = folder / "report.html"
    file.write_text(document, "utf-8")
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--enable-logging=stderr", f"--user-data-dir={folder / 'profile'}",
        *flags, file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def document() -> str:
    results = (factory.result(), factory.clean_result(), factory.unreadable_result())
    return HtmlReporter(Style(80)).render(factory.run(*results))


def test_the_script_runs_and_nothing_is_refused(document: str, tmp_path: Path) -> None:
    done = browse(tmp_path, document, "--dump-dom")
    assert re.search(r'<form id="filter" aria-label', done.stdout), "the filter shows itself"
    assert re.search(r"<output[^>]*>All \d+ entries are shown.</output>", done.stdout)
    assert "Content Security Policy" not in done.stderr
    assert "Uncaught" not in done.stderr


def test_a_foreign_script_is_refused(document: str, tmp_path: Path) -> None:
    done = browse(tmp_path, document.replace("</main>", "<script>document.title='pwned'</script></main>"), "--dump-dom")
    assert "<title>pwned" not in done.stdout
    assert "Content Security Policy" in done.stderr


def test_it_prints(document: str, tmp_path: Path) -> None:
    browse(tmp_path, document, f"--print-to-pdf={tmp_path / 'report.pdf'}")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
