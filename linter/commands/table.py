"""``disclint table``: audit published tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linter.commands import options
from linter.commands.terminal import finish, notice, progress, write_document
from linter.errors import UsageError
from linter.results import ExitCode

if TYPE_CHECKING:
    from linter.parsers.tables import Asked, Stated
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
    hierarchy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=FILE",
            help="What labels belong to: a file with labels and those above them, or COARSE>FINE columns. Repeatable.",
        ),
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
    files, and all worksheets with a table, are linked by equal names of columns and equal labels;
    FILE.xlsx#SHEET names a single worksheet.

    Exit codes: 0 nothing found and everything audited; 1 errors; 2 wrong usage or an internal error;
    3 not complete: some figures could not be audited or decided.
    """

    def run() -> int:
        from linter.findings import Severity
        from linter.parsers.tables import Asked, read_tables, stated
        from linter.policy.profile import DEFAULT, load_profile
        from linter.publications.audit import audit_tables
        from linter.publications.judgement import findings
        from linter.reporters.published import to_json, to_text

        rules = load_profile(profile or DEFAULT)
        hierarchies = tuple(stated(text) for text in hierarchy or ())
        asked = Asked(options.codes(dims), tuple(value or ()), frozenset(suppressed or ()), total, hierarchies)
        with progress(quiet=quiet, verbose=verbose, animated=not no_progress) as shown:
            shown.of("table")("reading")
            tables = [table for path in files for table in read_tables(path, asked)]
            _used(hierarchies, tables)
            others = [table for path in against or () for table in _others(path, asked)]
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


def _used(hierarchies: "tuple[Stated, ...]", tables: "list[PublishedTable]") -> None:
    """A hierarchy that no table has the columns of is a mistake."""
    for item in hierarchies:
        if not any(set(item.columns) & table.stated for table in tables):
            raise UsageError(f"--hierarchy {'>'.join(item.columns)}: no table has such columns and labels")


def _others(path: Path, asked: "Asked") -> "tuple[PublishedTable, ...]":
    """Tables published elsewhere: laid out as asked where they have these columns, else as they come."""
    from dataclasses import replace

    from linter.parsers.tables import is_table, read_tables
    from linter.publications.packs import is_pack

    if is_pack(path) or not is_table(path):
        said = "a pack holds no figures" if is_pack(path) else "this is no table"
        raise UsageError(f"--against {path}: {said}; name the tables that were published")
    try:
        return read_tables(path, asked)
    except UsageError:
        return read_tables(path, replace(asked, dims=(), values=()))
