"""A real browser for the tests of the HTML report, and why there is none where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from linter.reporters.html_ import HtmlReporter
from linter.reporters.interface import Style
from linter.rules import load_rules
from tests.reporters import factory

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Opened:
    """A page that was opened from a file, with everything it said and asked for."""

    page: Any
    uri: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def wide(self) -> int:
        """How wide its contents are, in CSS pixels."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("no Chromium or Chrome is installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_file(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open a document from a file; options are those of the window: its size, colours, media."""
    contexts = []

    def opened(document: str, *, width: int = 1280, height: int = 900, **options: Any) -> Opened:
        file = tmp_path / "report.html"
        file.write_text(document, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        found = Opened(context.new_page(), file.as_uri())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(found.uri)
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def several() -> str:
    """A report on workbooks of every outcome."""
    results = (factory.result(), factory.clean_result(), factory.unreadable_result(), factory.drawn_result())
    return HtmlReporter(Style(80), load_rules()).render(factory.run(*results))


@pytest.fixture(scope="session")
def single() -> str:
    """A report on one workbook, with everything that is drawn."""
    return HtmlReporter(Style(80), load_rules()).render(factory.run(factory.drawn_result()))


@pytest.fixture(scope="session")
def large() -> str:
    """A report on a workbook of fifty visuals."""
    return HtmlReporter(Style(80), load_rules()).render(factory.run(factory.large_result(50)))
