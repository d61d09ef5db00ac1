"""The rules as a list and as pages. Their text is our own, so it may be rendered as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from linter.reporters.json_ import SCHEMA_VERSION, dumps
from linter.reporters.terminal import COLORS, draw
from linter.text import plural

if TYPE_CHECKING:
    from linter.reporters.interface import Style
    from linter.rules import Rule


def rules_text(rules: tuple[Rule, ...], style: Style) -> str:
    """A table of the rules."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in ("code", "name", "severity", "status"):
        table.add_column(column, no_wrap=True)
    table.add_column("finds", overflow="fold")
    for rule in rules:
        severity = Text(rule.severity.label, COLORS[rule.severity])
        table.add_row(Text(rule.code, "bold"), Text(rule.name), severity, Text(rule.status), Text(rule.summary))
    tail = Text(f"{plural(len(rules), 'rule')}. `disclint explain CODE` tells more.", "dim")
    return draw([table, Text(""), tail], style)


def rules_json(rules: tuple[Rule, ...]) -> str:
    """``{"schema_version", "rules": [...]}``."""
    return dumps({"schema_version": SCHEMA_VERSION, "rules": [_facts(rule) for rule in rules]})


def page_markdown(rule: Rule) -> str:
    """The rule's page with its title and facts."""
    facts = [f"severity: {rule.severity.label}", f"confidence: {rule.confidence}", f"status: {rule.status}"]
    facts += [
        f"since: {rule.since}",
        *(["makes a workbook incomplete, never exit code 1"] if rule.coverage else []),
    ]
    return f"# {rule.code} {rule.name}\n\n{'; '.join(facts)}\n\n{rule.doc}\n"


def page_text(rule: Rule, style: Style) -> str:
    """The page for a terminal."""
    return draw([Markdown(page_markdown(rule), hyperlinks=False)], style)


def page_json(rule: Rule) -> str:
    """The facts of the rule and its page as Markdown."""
    return dumps({"schema_version": SCHEMA_VERSION, **_facts(rule), "doc": rule.doc})


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "severity": rule.severity.label,
        "confidence": rule.confidence.value,
        "status": rule.status,
        "since": rule.since,
        "coverage": rule.coverage,
        "summary": rule.summary,
    }
