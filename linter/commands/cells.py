"""``disclint cells``: the table behind each visual, as recomputed."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linter.commands import options
from linter.commands.terminal import finish, notice, progress, style_of, write_document
from linter.errors import UsageError
from linter.results import ExitCode
from linter.text import clean, listing

if TYPE_CHECKING:
    from linter.evidence import Status
    from linter.model import Visual
    from linter.results import WorkbookResult

CellsFormat = Literal["text", "json", "csv"]


def cells(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook or a project.")],
    *,
    visual: Annotated[
        list[str] | None, typer.Option(metavar="ID_OR_NAME", help="Only this visual. Repeatable.")
    ] = None,
    output_format: Annotated[CellsFormat, typer.Option(help="What stdout gets.")] = "text",
    threshold: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Count cells with fewer than N contributors as well. Repeatable; with --show-values only.",
        ),
    ] = None,
    audience: options.AudienceOption = None,
    delivery: options.DeliveryOption = None,
    profile: options.ProfileOption = None,
    unit: options.UnitOption = None,
    count_field: options.CountFieldOption = None,
    not_people: options.NotPeopleOption = None,
    data: options.DataOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    show_values: options.ShowValuesOption = False,
    as_of: options.AsOfOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    color: options.ColorOption = "auto",
    no_progress: options.NoProgressOption = False,
) -> None:
    """Show the table behind each visual: its grain, who is counted, how many cells are small.

    Exit codes: 0 every table was recomputed; 2 wrong usage or an internal error; 3 not complete.
    """

    def run() -> int:
        from sys import stdout

        from linter import engine
        from linter.config.files import Request
        from linter.reporters.cells import Cells, to_csv, to_json
        from linter.reporters.cells_text import to_text

        given = engine.LintOptions(
            audience=audience,
            delivery=delivery,
            profile=profile,
            units=tuple(unit or ()),
            count_fields=tuple(count_field or ()),
            not_people=tuple(not_people or ()),
            as_of=options.day(as_of),
            data=options.supplied(data),
            config=Request.of(config or (), isolated=isolated),
        )
        path = _one(file)
        with progress(quiet=quiet, verbose=verbose, animated=not no_progress) as shown:
            result = engine.recompute(path, given, shown.of(path.name))
        limits = tuple(sorted(set(threshold or ())))
        if not show_values:
            _refuse_others(limits, result)
        chosen = _chosen(result, visual or [])
        found = Cells(result, chosen, show_values, limits)
        match output_format:
            case "text":
                document = to_text(found, style_of(stdout, color))
            case "json":
                document = to_json(found)
            case "csv":
                document = to_csv(found)
        write_document(document)
        if not quiet:
            _notices(result, show_values=show_values and output_format != "text")
        complete = all(s not in {"not_evaluated", "data_unread"} for _, s in chosen) and (visual or result.complete)
        return ExitCode.CLEAN if complete and result.workbook is not None else ExitCode.INCOMPLETE

    finish(run, verbose=verbose)


def _one(file: Path) -> Path:
    from linter.discovery import discover

    found = discover([file])
    if len(found) != 1:
        raise UsageError(f"{file} holds {len(found)} workbooks: name one")
    return found[0]


def _refuse_others(limits: tuple[int, ...], result: "WorkbookResult") -> None:
    """A second threshold would let a reader subtract: only the profile's own without the values."""
    own = result.threshold + 1
    others = [str(limit) for limit in limits if limit != own]
    if others:
        asked = f"--threshold {', '.join(others)}"
        raise UsageError(f"{asked}: without --show-values only {own}, the limit of profile {result.profile}")


def _chosen(result: "WorkbookResult", wanted: list[str]) -> "list[tuple[Visual, Status]]":
    """The visuals asked for by id or name, in workbook order; all if none is."""
    visuals = result.visuals()
    if not wanted or result.workbook is None:
        return visuals

    def matches(visual: "Visual", text: str) -> bool:
        return text in {visual.id, clean(visual.id, 4000)} or text.casefold() in {
            visual.name.casefold(),
            clean(visual.name).casefold(),
        }

    for text in wanted:
        if not any(matches(visual, text) for visual, _ in visuals):
            names = list(dict.fromkeys(clean(visual.name) for visual, _ in visuals))
            near = difflib.get_close_matches(text, names, 3, 0.5) or names
            raise UsageError(f"no visual is called {text!r}; there is {listing(near, 6) or 'none'}")
    return [(v, status) for v, status in visuals if any(matches(v, text) for text in wanted)]


def _notices(result: "WorkbookResult", *, show_values: bool) -> None:
    from linter.reporters.reading import unread_parts

    if show_values:
        notice("exact values are shown: handle the output like the data itself")
    for assumed in (a for a in result.assumptions if " " in a):  # the others name options
        notice(f"assumed: {assumed}")
    for finding in result.findings:
        if finding.coverage:
            notice(f"not complete: {finding.message}")
    for unread in unread_parts(result):
        part = result.workbook.files.get(unread.part, unread.part) if result.workbook else unread.part
        notice(f"not read: {part}: {unread.reason}")
