"""HTML: one file to read, print and pass on within the authority; it fetches nothing and sends nothing.

A Content-Security-Policy allows only the style and the script that are in the file, by their hashes.
Everything is escaped by the template engine; names from the workbook are also stripped of what no
reader could see (``linter.text.clean``).
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

import jinja2

from linter import __version__
from linter.findings import Severity
from linter.records import dataclass
from linter.reporters.html_view import sheets
from linter.reporters.reading import name, open_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.reporters.html_parts import Item, Sheet
    from linter.reporters.interface import Style
    from linter.results import Run
    from linter.rules import Rule


@dataclass(frozen=True, slots=True)
class HtmlReporter:
    """The report for people who don't use a terminal."""

    style: Style
    rules: tuple[Rule, ...] = ()

    def render(self, run: Run) -> str:
        """The document."""
        shown = sheets(run, self.rules, self.style.left_out)
        found = [f for r in run.results for f in open_findings(r)]
        css, script = _asset("report.css"), _asset("report.js")
        return (
            _environment()
            .get_template("report.html")
            .render(
                css=css,
                script=script,
                policy=_policy(css, script),
                version=__version__,
                sheets=shown,
                show_values=run.show_values,
                left_out=[name(code) for code in self.style.left_out],
                rules=self.rules,
                severities=[(s.label, sum(f.severity == s for f in found)) for s in sorted(Severity, reverse=True)],
                codes=sorted({name(f.rule) for f in found}),
                pages=_pages(shown),
            )
            + "\n"
        )


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(file: str) -> str:
    return resources.files("linter.reporters").joinpath("templates", file).read_text("utf-8")


def _policy(css: str, script: str) -> str:
    """What the browser may do: apply this style, run this script, nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(css)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _pages(shown: list[Sheet]) -> list[str]:
    """Pages with a finding, in order."""
    return list(dict.fromkeys(item.page for sheet in shown for item in _items(sheet)))


def _items(sheet: Sheet) -> Iterator[Item]:
    yield from sheet.items
    for page in sheet.pages:
        yield from page.items
        for card in page.cards:
            yield from card.items
