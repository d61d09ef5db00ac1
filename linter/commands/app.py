"""The commands of the command line, each a file beside this one."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, cast

import typer

from linter import __version__
from linter.commands.baseline import baseline
from linter.commands.cells import cells
from linter.commands.check import check
from linter.commands.explain import explain
from linter.commands.init import init
from linter.commands.pack import pack
from linter.commands.powerbi_tool import powerbi_tool
from linter.commands.rules import rules
from linter.commands.table import table
from linter.commands.terminal import INTERRUPTED, notice, prepare_streams, write_document
from linter.commands.waive import waive
from linter.results import ExitCode

# ClickException, which typer carries under varying names
_CLICK_ERROR = cast("type[Exception]", typer.BadParameter.__mro__[2])

app = typer.Typer(
    name="disclint",
    help="Find what a Power BI or Tableau workbook would disclose about people, before it is published.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (check, cells, table, pack, rules, explain, init, waive):
    app.command()(_command)
app.add_typer(baseline, name="baseline")
app.add_typer(powerbi_tool, name="powerbi-tool")


def _show_version(wanted: bool) -> None:
    if wanted:
        write_document(f"disclint {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    del version
    if context.invoked_subcommand is None:
        sys.stderr.write(context.get_help() + "\n")
        raise typer.Exit(ExitCode.USAGE)


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line. What is wrong with the line itself is one line on stderr."""
    prepare_streams()
    if os.name == "nt" and "--install-completion" in arguments:
        # the library would lift PowerShell's execution policy for the user
        notice("disclint: on Windows: disclint --show-completion >> $PROFILE, then open a new window")
        return ExitCode.USAGE
    try:
        return int(app(list(arguments), prog_name="disclint", standalone_mode=False) or 0)
    except _CLICK_ERROR as error:
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        message = message.replace("Value error, ", "").rstrip(".")
        notice(f"disclint: {message} (see `disclint --help`)")
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        notice("disclint: interrupted")
        return INTERRUPTED
