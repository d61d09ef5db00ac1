"""``disclint table``: audit published tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linter.commands import options
from linter.commands.terminal import finish, notice, progress, write_document
from linter.errors import UsageError
from linter.results import ExitCode

if TYPE_CHECKING:
    from linter.parsers.tables import Asked
    from linter.publications.record import PublishedTable


def table(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV or XLSX tables readers can combine.")],
    *,
    dims: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Columns that divide the figures; detected where nobody says. Repeatable."),
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(metavar="N", help="A column of figures; detected where nobody says. Repeatable.")
    ] = None,
    suppressed: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL", help="A further symbol that hides a figure. Repeatable.")
    ] = None,
    total: Annotated[
        str | None, typer.Option(metavar="LABEL", help="The label of totals; Total, All... where nobody says.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="What has been published before, or nationally. Repeatable."),
    ] = None,
    output_format: Annotated[Literal["text", "json"], typer.Option(help="What stdout gets.")] = "text",
    profile: options.ProfileOption = None,
    show_values: options.ShowValuesOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    no_progress: options.NoProgressOption = False,
) -> None:
    """Audit published tables: which hidden figures follow from the rest, and how.

    Long tables, crosstabs and explore-education-statistics downloads (metadata beside them is used). Several
    files are linked by equal names of columns and equal labels.

    Exit codes: 0 nothing found and everything audited; 1 errors; 2 wrong usage or an internal error;
    3 not complete: some figures could not be audited or decided.
    """

    def run() -> int:
        from linter.findings import Severity
        from linter.parsers.tables import Asked, read_table
        from linter.policy.profile import DEFAULT, load_profile
        from linter.publications.audit import audit_tables
        from linter.publications.judgement import findings
        from linter.reporters.published import to_json, to_text

        rules = load_profile(profile or DEFAULT)
        asked = Asked(options.codes(dims), tuple(value or ()), frozenset(suppressed or ()), total)
        with progress(quiet=quiet, verbose=verbose, animated=not no_progress) as shown:
            shown.of("table")("reading")
            tables = [read_table(path, asked) for path in files]
            others = [_other(path, asked) for path in against or ()]
            shown.of("table")("auditing")
            try:
                audit = audit_tables(
                    tables, others, threshold=rules.threshold, width=rules.width,
                    suppressed=asked.suppressed, asked=bool(asked.values),
                )  # fmt: skip
            except ValueError as error:
                raise UsageError(str(error)) from error
        found = findings(audit, rules)
        if show_values and not quiet:
            notice("exact values are shown: handle the output like the data itself")
        write_document((to_json if output_format == "json" else to_text)(audit, found, reveal=show_values))
        if any(f.severity == Severity.ERROR for f in found):
            return ExitCode.FINDINGS
        return ExitCode.INCOMPLETE if audit.not_decided or audit.incomplete else ExitCode.CLEAN

    finish(run, verbose=verbose)


def _other(path: Path, asked: "Asked") -> "PublishedTable":
    """A table published elsewhere: laid out as asked where it has these columns, else as it comes."""
    from dataclasses import replace

    from linter.parsers.tables import read_table

    try:
        return read_table(path, asked)
    except UsageError:
        return read_table(path, replace(asked, dims=(), values=()))
