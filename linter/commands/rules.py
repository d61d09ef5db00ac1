"""``disclint rules``: the catalogue, offline."""

from typing import Annotated, Literal

import typer

from linter.commands import options
from linter.commands.terminal import finish, style_of, write_document


def rules(
    output_format: Annotated[Literal["text", "json"], typer.Option(help="What stdout gets.")] = "text",
    color: options.ColorOption = "auto",
) -> None:
    """List every rule: code, name, severity, status, and what it finds."""

    def run() -> int:
        from sys import stdout

        from linter.reporters import catalogue
        from linter.rules import load_rules

        known = load_rules()
        as_text = output_format == "text"
        write_document(catalogue.rules_text(known, style_of(stdout, color)) if as_text else catalogue.rules_json(known))
        return 0

    finish(run)
