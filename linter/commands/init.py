"""``disclint init``: a starter manifest from a real workbook, and names learned from real exports."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linter.commands import options
from linter.commands.terminal import finish, notice, progress, write_document
from linter.errors import DisclintError, UsageError
from linter.records import dataclass
from linter.results import ExitCode
from linter.text import clean, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from linter.config.files import Request
    from linter.evidence import Evidence
    from linter.model import Workbook


def init(
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="A workbook or a project.", show_default=False)
    ] = None,
    *,
    learn_headers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add the header row of a .csv or .xlsx export to the policy folder's NPD names. Names only.",
        ),
    ] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the JSON schemas of the TOML files there, for editors; the manifest points to its own.",
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Add questions about what is new in the workbook to a manifest that is there; all else stays.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a manifest that is there.")] = False,
    config: options.ConfigOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    no_progress: options.NoProgressOption = False,
) -> None:
    """Write a starter manifest beside a workbook: what was detected, and the questions for its owner.

    Exit codes: 0 written; 2 wrong usage; 3 written, but the workbook could not be read completely.
    """

    def run() -> int:
        from linter.config.files import Request

        if path is None and learn_headers is None and schemas is None:
            raise UsageError("name a workbook, an export with --learn-headers, or a folder with --schemas")
        request = Request.of(config or (), isolated=False)
        if learn_headers is not None:
            _learn(learn_headers, path, request)
        if schemas is not None:
            _schemas(schemas)
        if path is None:
            return ExitCode.CLEAN
        with progress(quiet=quiet, verbose=verbose, animated=not no_progress) as shown:
            manifest = _Manifest(path, request, schemas, replace=force, update=update)
            return manifest.write(shown.of(path.name))

    finish(run, verbose=verbose)


def _learn(export: Path, workbook: Path | None, request: "Request") -> None:
    from linter.commands.headers import header_names, learn
    from linter.config.files import configured
    from linter.config.folder import VOCABULARY

    policy = configured(workbook or Path.cwd() / "none", request).outer.policy
    if policy is None:
        raise UsageError('--learn-headers: no policy folder is set; put policy = "policy" into disclint.toml')
    if not Path(policy).is_dir():
        raise UsageError(f"--learn-headers: there is no policy folder {Path(policy).name!r}")
    names = header_names(export)
    file = Path(policy) / VOCABULARY
    new = learn(names, file)
    write_document(f"{clean(str(file), 1000)}: {plural(new, 'new name')} of {len(names)}\n")


def _schemas(folder: Path) -> None:
    from linter.commands.completion import write_schemas

    names = write_schemas(folder)
    write_document(f"{clean(str(folder), 1000)}: {plural(len(names), 'schema')}\n")


@dataclass(frozen=True, slots=True)
class _Manifest:
    """The manifest beside a workbook: a new one, or the one that is there with what is new at its end."""

    path: Path
    request: "Request"
    schemas: Path | None
    replace: bool
    update: bool

    def write(self, shown: "Callable[[str], None]") -> int:
        """Read the workbook and write the file; the exit code."""
        from linter import engine
        from linter.commands.starter import questions
        from linter.config.files import Request
        from linter.config.strict import validated
        from linter.discovery import discover
        from linter.manifest import Manifest, beside

        found = discover([self.path])
        if len(found) != 1:
            raise UsageError(f"{self.path} holds {len(found)} workbooks: name one")
        file = beside(found[0])
        before = self._before(file)
        alone = engine.LintOptions(config=Request(isolated=True))  # what the data show, not what is declared by now
        result = engine.recompute(found[0], alone, shown)
        if result.workbook is None:
            raise UsageError(f"{self.path} can't be read: `disclint check` says why")
        text = self._text(found[0], file, before, result.workbook, result.evidence)
        validated(Manifest, tomllib.loads(text), file.name)
        try:
            file.write_text(text, "utf-8", newline="\n")
        except OSError as error:
            raise DisclintError(f"{file} can't be written: {error.strerror}") from error
        write_document(f"{clean(str(file), 1000)}: {plural(questions(text), 'question')} for its owner\n")
        if not result.complete:
            notice(f"{self.path} could not be read completely: `disclint check` says why")
        return ExitCode.CLEAN if result.complete else ExitCode.INCOMPLETE

    def _before(self, file: Path) -> str | None:
        """The text of the manifest that is there and stays; None to write one anew."""
        from linter.manifest import read_manifest

        if self.update and self.replace:
            raise UsageError("--update keeps the manifest and --force replaces it: choose one")
        if not file.exists() or self.replace:
            return None
        if not self.update:
            raise UsageError(f"{file} is there already; --update adds what is new, --force replaces it")
        read_manifest(file)
        return file.read_text("utf-8-sig")

    def _text(
        self, path: Path, file: Path, before: str | None, workbook: "Workbook", evidence: "Evidence | None"
    ) -> str:
        from linter.commands.completion import directive
        from linter.commands.starter import additions, starter
        from linter.config.resolve import own_names
        from linter.manifest import read_manifest

        names = own_names(path, self.request)
        if before is not None:
            return before + additions(before, read_manifest(file), workbook, evidence, names)
        line = directive(file, self.schemas, "manifest") if self.schemas is not None else ""
        return line + starter(path.name, workbook, evidence, names)
