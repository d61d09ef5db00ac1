"""``disclint explain``: what a rule checks, why, and how to mend what it finds."""

import difflib
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linter.commands import options
from linter.commands.terminal import finish, style_of, write_document
from linter.errors import UsageError

if TYPE_CHECKING:
    from linter.rules import Rule


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code or the name of a rule, such as SC001.")],
    output_format: Annotated[Literal["text", "json", "markdown"], typer.Option(help="What stdout gets.")] = "text",
    color: options.ColorOption = "auto",
) -> None:
    """Explain a rule: what it checks, why it matters, how to mend what it finds."""

    def run() -> int:
        from sys import stdout

        from linter.reporters import catalogue
        from linter.rules import load_rules

        rule = _find(load_rules(), code)
        match output_format:
            case "text":
                document = catalogue.page_text(rule, style_of(stdout, color))
            case "json":
                document = catalogue.page_json(rule)
            case "markdown":
                document = catalogue.page_markdown(rule)
        write_document(document)
        return 0

    finish(run)


def _find(rules: "tuple[Rule, ...]", wanted: str) -> "Rule":
    for rule in rules:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return rule
    near = difflib.get_close_matches(wanted.upper(), [r.code for r in rules], 3)
    near += difflib.get_close_matches(wanted.lower(), [r.name for r in rules], 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`disclint rules` lists them all"
    raise UsageError(f"no rule is called {wanted!r}: {hint}")
