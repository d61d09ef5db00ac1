"""The formats of a report. Each file turns a run into one document; none decides anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from linter.reporters.interface import Reporter, Style
    from linter.rules import Rule

Format = Literal[
    "full", "concise", "json", "json-lines", "sarif", "junit", "github", "gitlab", "azure", "markdown", "html"
]
FORMATS: tuple[Format, ...] = get_args(Format)

CI_FORMATS: frozenset[Format] = frozenset({"sarif", "junit", "github", "gitlab", "azure", "markdown"})
"""What CI systems and pull requests keep out of our sight: never a member value or an exact count."""

SILENT_FORMATS: frozenset[Format] = frozenset({"json", "json-lines", "sarif", "junit", "gitlab", "html"})
"""Documents that can't say beside their contents what was left out, or how often rules fired."""


def reporter(name: Format, style: Style, rules: tuple[Rule, ...] = ()) -> Reporter:
    """The reporter of that format; its libraries are loaded only now. ``rules`` are those in force."""
    # ruff: noqa: PLC0415
    match name:
        case "full":
            from linter.reporters.full import FullReporter

            return FullReporter(style, rules)
        case "concise":
            from linter.reporters.concise import ConciseReporter

            return ConciseReporter(style)
        case "json":
            from linter.reporters.json_ import JsonReporter

            return JsonReporter()
        case "json-lines":
            from linter.reporters.jsonl import JsonLinesReporter

            return JsonLinesReporter()
        case "sarif":
            from linter.reporters.sarif import SarifReporter

            return SarifReporter(rules)
        case "junit":
            from linter.reporters.junit import JunitReporter

            return JunitReporter(style)
        case "github":
            from linter.reporters.github import GithubReporter

            return GithubReporter(style)
        case "gitlab":
            from linter.reporters.gitlab import GitlabReporter

            return GitlabReporter()
        case "azure":
            from linter.reporters.azure import AzureReporter

            return AzureReporter(style)
        case "markdown":
            from linter.reporters.markdown import MarkdownReporter

            return MarkdownReporter(style)
        case "html":
            from linter.reporters.html_ import HtmlReporter

            return HtmlReporter(style, rules)
