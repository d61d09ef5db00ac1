"""``disclint powerbi-tool``: a button in Power BI Desktop.

Source of the file's form: Microsoft, "Register an external tool" (Power BI documentation, read 2026).
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from linter import __version__
from linter.commands import options
from linter.commands.terminal import finish, notice, write_document
from linter.errors import DisclintError, UsageError
from linter.results import ExitCode
from linter.text import clean

FILE = "disclint.pbitool.json"
_FOLDER = Path("Microsoft Shared", "Power BI Desktop", "External Tools")

powerbi_tool = typer.Typer(
    help="A button in the External Tools ribbon of Power BI Desktop.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@powerbi_tool.command()
def install(
    *,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to put the file; Desktop's own folder where not said.")
    ] = None,
    show: Annotated[bool, typer.Option("--print", help="Write nothing: show the file.")] = False,
) -> None:
    """Write disclint.pbitool.json, which Power BI Desktop reads when it starts.

    Desktop's own folder belongs to administrators; --print shows what they have to put there.

    Exit codes: 0 written or shown; 2 it could not be.
    """

    def run() -> int:
        text = registration()
        if show:
            write_document(text)
            return ExitCode.CLEAN
        path = (folder or _desktops_own()) / FILE
        try:
            path.write_text(text, "utf-8", newline="\n")
        except PermissionError:
            raise DisclintError(f"{path}: only an administrator may write there; --print shows the file") from None
        except OSError as error:
            raise DisclintError(f"{path} can't be written: {error.strerror}") from error
        write_document(f"{clean(str(path), 1000)}\n")
        notice("start Power BI Desktop again; the button is under External tools")
        return ExitCode.CLEAN

    finish(run)


@powerbi_tool.command()
def run(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="What Desktop gives as %server%.")] = "",
    *,
    audience: options.AudienceOption = None,
    delivery: options.DeliveryOption = None,
    profile: options.ProfileOption = None,
) -> None:
    """Check the file that Desktop has open, as last saved, and show the report in the browser.

    This is what the button starts. It asks which file, as Desktop doesn't tell.

    Exit codes are those of `check`.
    """
    try:
        finish(lambda: _check(server, audience, delivery, profile))
    finally:
        if sys.stdin.isatty():
            typer.prompt("Enter closes this window", default="", show_default=False, prompt_suffix=" ", err=True)


def registration() -> str:
    """The content of the file. Starts this very installation, whatever folder Desktop stands in.

    ``-I`` keeps Python from taking code from there.
    """
    import base64
    import json
    from importlib import resources

    icon = resources.files("linter.commands").joinpath("icon.png").read_bytes()
    return (
        json.dumps(
            {
                "version": __version__,
                "name": "disclint",
                "description": "What would this report disclose about single people? Checks the file as last saved.",
                "path": sys.executable,
                "arguments": '-I -m linter powerbi-tool run "%server%"',
                "iconData": f"image/png;base64,{base64.b64encode(icon).decode()}",
            },
            indent=2,
        )
        + "\n"
    )


def _desktops_own() -> Path:
    """The folder of external tools: Power BI Desktop reads that of 32-bit programs.

    Raises:
        UsageError: there is none on this system.
    """
    common = os.environ.get("COMMONPROGRAMFILES(X86)") or os.environ.get("COMMONPROGRAMFILES")
    if not common:
        raise UsageError("no Power BI Desktop on this system: say --folder DIR or --print")
    found = Path(common) / _FOLDER
    if not found.is_dir():
        raise UsageError(f"{found} doesn't exist: make it, or say --folder DIR")
    return found


def _check(server: str, audience: str | None, delivery: str | None, profile: str | None) -> int:
    import tempfile
    import webbrowser

    from linter import engine, rules
    from linter.commands.desktop import open_file
    from linter.config.files import for_run
    from linter.findings import Severity
    from linter.reporters import reporter
    from linter.reporters.interface import Style
    from linter.reporters.reading import verdict
    from linter.results import Run

    given = engine.LintOptions(audience, delivery, profile)
    path = _asked(open_file(server))
    known = rules.load_rules()
    outer = for_run([path], given.config).outer
    chosen, left_out = options.configured_rules(known, outer)
    notice(f"checking {path.name} as last saved")
    result = engine.lint(path, given, chosen, notice)
    run = Run((result,), None if outer.fail_on == "never" else Severity[outer.fail_on.upper()])
    report = Path(tempfile.mkdtemp(prefix="disclint-")) / "report.html"
    report.write_text(reporter("html", Style(100, left_out=left_out), chosen).render(run), "utf-8", newline="\n")
    write_document(f"{verdict(result, run.fail_on, left_out).text}\n{clean(str(report), 1000)}\n")
    webbrowser.open(report.as_uri())
    return run.exit_code


def _asked(proposed: Path | None) -> Path:
    """The file to check: the person has the last word.

    Raises:
        UsageError: there is no such file.
    """
    try:
        answer = typer.prompt("Save it first. Which file", default=str(proposed) if proposed else None, err=True)
    except typer.Abort:
        raise UsageError("no file was named") from None
    path = Path(str(answer).strip().strip('"'))
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    return path
