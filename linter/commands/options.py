"""The options that several commands share."""

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linter.commands.terminal import Color
from linter.errors import UsageError
from linter.policy.audience import Audience, Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.cells.supplied import Supplied
    from linter.config.keys import ConfigFile
    from linter.rules import Rule

AudienceOption = Annotated[
    Audience | None,
    typer.Option(envvar="DISCLINT_AUDIENCE", help="Who will read it; public where nobody says."),
]
DeliveryOption = Annotated[
    Delivery | None,
    typer.Option(envvar="DISCLINT_DELIVERY", help="How they get it; a file where nobody says."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(envvar="DISCLINT_PROFILE", help="The disclosure rules of an organisation, such as strict."),
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option("--unit", metavar="FIELD", help="A field, or TABLE.FIELD, that identifies one person. Repeatable."),
]
CountFieldOption = Annotated[
    list[str] | None,
    typer.Option("--count-field", metavar="FIELD", help="A field that holds numbers of people. Repeatable."),
]
NotPeopleOption = Annotated[
    list[str] | None,
    typer.Option("--not-people", metavar="SOURCE", help="A source or table that is not about people. Repeatable."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="The day that counts as today, as 2026-09-30.")
]
DataOption = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="SOURCE=FILE",
        help="Rows (.csv, .xlsx; for Tableau also .hyper) that are not in the one workbook named: for a Tableau "
        "source, or SOURCE.TABLE, or for a TABLE of a Power BI model. Repeatable.",
    ),
]
AgainstOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="PATH", help="What is published already: a workbook, its pack, or a table. Repeatable."),
]
ReachOption = Annotated[
    int | None,
    typer.Option(min=1, max=5, help="How many fields a reader may turn at once; 3 where nobody says."),
]
FailOn = Literal["error", "warning", "never"]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option(envvar="DISCLINT_FAIL_ON", help="From which severity on to exit with 1; error where nobody says."),
]
ConfigOption = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        metavar="FILE|KEY=VALUE",
        help="A configuration beside the repository's, which still protects what it protects, or one setting. "
        "Repeatable.",
    ),
]
IsolatedOption = Annotated[
    bool,
    typer.Option(
        "--isolated",
        help="No manifest, waiver, ignore or baseline, and of the repository's configuration only what makes the "
        "judgement stricter.",
    ),
]
ShowValuesOption = Annotated[
    bool,
    typer.Option("--show-values", help="Show exact counts: the output is then as sensitive as the data."),
]
ColorOption = Annotated[
    Color, typer.Option(envvar="DISCLINT_COLOR", help="When to colour; auto honours NO_COLOR and FORCE_COLOR.")
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", envvar="DISCLINT_QUIET", help="No progress and no notices.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say what happens, and where an error arose.")]
NoProgressOption = Annotated[bool, typer.Option("--no-progress", envvar="DISCLINT_NO_PROGRESS", help="No moving line.")]


ENVIRONMENT = (
    "DISCLINT_AUDIENCE", "DISCLINT_DELIVERY", "DISCLINT_PROFILE", "DISCLINT_FAIL_ON", "DISCLINT_OUTPUT_FORMAT",
    "DISCLINT_JOBS", "DISCLINT_COLOR", "DISCLINT_QUIET", "DISCLINT_NO_PROGRESS",
)  # fmt: skip
"""Variables that stand for an option. What shows values, or sets rules and acceptances aside, has none:
that is said each time."""
_JUDGING = ENVIRONMENT[:4]


def from_environment() -> list[str]:
    """Variables that are set and decide how a workbook is judged: one that is forgotten must be seen."""
    return [f"{name}={os.environ[name]}" for name in _JUDGING if os.environ.get(name)]


def day(text: str | None) -> dt.date | None:
    """An ISO date.

    Raises:
        UsageError: it isn't one.
    """
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of {text}: not a date such as 2026-09-30") from error


def supplied(given: list[str] | None) -> "tuple[Supplied, ...]":
    """The files given by ``--data``.

    Raises:
        UsageError: one isn't SOURCE=FILE with a file that is there.
    """
    from linter.cells.supplied import Supplied

    return tuple(Supplied.of(text) for text in given or ())


def codes(given: list[str] | None) -> tuple[str, ...]:
    """Selectors from comma lists and repeated options."""
    return tuple(code for text in given or () for code in (part.strip() for part in text.split(",")) if code)


def configured_rules(
    known: "tuple[Rule, ...]",
    outer: "ConfigFile",
    asked: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    extra: tuple[str, ...] = (),
) -> "tuple[tuple[Rule, ...], tuple[str, ...]]":
    """The rules that command line and configuration leave in force, and the codes of the others.

    Raises:
        UsageError: it names a rule that there isn't.
    """
    from linter.rules import select

    wanted = select(known, asked or outer.select, ignored or outer.ignore, (*outer.extend_select, *extra))
    chosen = tuple(r for r in known if r in wanted or r.coverage)  # what was not covered is always said
    return chosen, tuple(r.code for r in known if r not in chosen)


def known_codes(named: "Iterable[str]", rules: "tuple[Rule, ...]", where: str) -> None:
    """Refuse codes of rules that there aren't.

    Raises:
        UsageError: naming the first one and where it stands, file and key.
    """
    for code in named:
        if code not in {rule.code for rule in rules}:
            raise UsageError(f"{where}: no rule has the code {code!r}, see `disclint rules`")


def open_codes(named: "Iterable[str]", rules: "tuple[Rule, ...]", where: str) -> None:
    """Refuse codes that can't be opened to authors: of no rule, or of one that says what was not covered.

    Raises:
        UsageError: naming the first one and where it stands, file and key.
    """
    codes = list(named)
    known_codes(codes, rules, where)
    for rule in rules:
        if rule.coverage and rule.code in codes:
            raise UsageError(f"{where}: {rule.code} can't be ignored: what was not checked is never accepted")


def writable(path: Path, inputs: list[Path]) -> Path:
    """A file that may be written: in a folder that exists, and no input.

    Raises:
        UsageError: it may not.
    """
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise UsageError(f"{path}: its folder doesn't exist, or it is a folder")
    if path.resolve() in {source.resolve() for source in inputs}:
        raise UsageError(f"{path} is a workbook that is checked: it won't be overwritten")
    return path
