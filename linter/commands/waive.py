"""``disclint waive``: accept one finding, with a reason, an approver and an end."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from linter.commands import options
from linter.commands.terminal import finish, write_document
from linter.errors import UsageError
from linter.text import clean


def waive(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The workbook, or a pattern such as 'reports/*.pbix'.")],
    *,
    rule: Annotated[str, typer.Option(metavar="CODE", help="The rule of the finding.")],
    named: Annotated[
        str | None,
        typer.Option("--object", metavar="NAME", help="A visual, page or field by name, or 'page > visual'."),
    ] = None,
    fingerprint: Annotated[
        str | None, typer.Option(metavar="HEX", help="The finding itself, in place of --object.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is acceptable.")],
    approved_by: Annotated[str, typer.Option(metavar="NAME", help="Who accepts it.")],
    expires: Annotated[str, typer.Option(metavar="DATE", help="The last day it holds, as 2027-03-31.")],
    config: options.ConfigOption = None,
    verbose: options.VerboseOption = False,
) -> None:
    """Write a waiver: who accepts one finding, why and until when. The finding stays in every report, marked.

    Exit codes: 0 written; 2 wrong usage, or a waiver that would not hold.
    """

    def run() -> int:
        from linter.config.files import Request
        from linter.config.globs import literal
        from linter.config.resolve import acceptance
        from linter.rules import load_rules
        from linter.suppress.waivers import append, new_waiver

        known = next((r for r in load_rules() if r.code == rule.upper()), None)
        if known is None:
            raise UsageError(f"no rule has the code {rule!r}, see `disclint rules`")
        if known.coverage:
            raise UsageError(f"{known.code} can't be waived: what was not checked is never accepted")
        if literal(path) and not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or folder")
        place = acceptance(Path(path), Request.of(config or (), isolated=False))
        given = {
            "rule": known.code,
            "path": place.name,
            "object": named,
            "fingerprint": fingerprint,
            "reason": reason,
            "approved_by": approved_by,
            "expires": _day(expires),
        }
        waiver = new_waiver(given, place.longest, dt.date.today())  # noqa: DTZ011 - the reader's own day
        number = append(place.waivers, waiver)
        write_document(f"{clean(str(place.waivers), 1000)}: waiver {number}, {waiver.rule} in {clean(waiver.path)}\n")
        return 0

    finish(run, verbose=verbose)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expires {text}: not a date such as 2027-03-31") from None
