"""``disclint pack``: what the data protection officer keeps and signs, and whether it still holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linter.commands import options
from linter.commands.terminal import FailedOn, finish, notice, progress, write_document
from linter.errors import DisclintError, UsageError
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.engine import LintOptions
    from linter.pack.record import Checked


def pack(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The workbook or project; with --verify, to compare.")
    ] = None,
    *,
    folder: Annotated[
        Path | None, typer.Option("--output-folder", "-o", metavar="DIR", help="A folder for the pack: a new one.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="DIR", help="Write nothing: compare the pack in this folder.")
    ] = None,
    audience: options.AudienceOption = None,
    delivery: options.DeliveryOption = None,
    profile: options.ProfileOption = None,
    unit: options.UnitOption = None,
    count_field: options.CountFieldOption = None,
    not_people: options.NotPeopleOption = None,
    data: options.DataOption = None,
    against: options.AgainstOption = None,
    config: options.ConfigOption = None,
    fail_on: options.FailOnOption = None,
    reach: options.ReachOption = None,
    as_of: options.AsOfOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    no_progress: options.NoProgressOption = False,
) -> None:
    """Write the evidence pack of a workbook: reports, register row, sheet to sign, hashes.

    A pack never holds exact values. It is written whatever was found.

    Exit codes are those of `check`. With --verify: 0 everything is as it was signed; 1 the workbook or
    the pack has changed; 2 wrong usage, or no pack; 3 something is missing and could not be compared.
    """
    if verify is not None:
        finish(lambda: _verified(verify, file, folder), verbose=verbose)
    task = _Task(file, folder, against or [], fail_on, quiet, verbose, not no_progress)

    def run() -> int:
        from linter.config.files import Request
        from linter.engine import LintOptions

        given = LintOptions(
            audience=audience,
            delivery=delivery,
            profile=profile,
            units=tuple(unit or ()),
            count_fields=tuple(count_field or ()),
            not_people=tuple(not_people or ()),
            as_of=options.day(as_of),
            data=options.supplied(data),
            config=Request.of(config or (), isolated=False),
            against=tuple(against or ()),
            reach=reach,
        )
        return task.run(given)

    finish(run, verbose=verbose)


def _verified(folder: Path, workbook: Path | None, output: Path | None) -> int:
    from linter.pack.verifying import verify

    if output is not None:
        raise UsageError("--verify writes nothing: leave -o out")
    verified = verify(folder, workbook)
    write_document(verified.text())
    return verified.exit_code


@dataclass(frozen=True, slots=True)
class _Task:
    file: Path | None
    folder: Path | None
    against: list[Path]
    fail_on: options.FailOn | None
    quiet: bool
    verbose: bool
    animated: bool

    def run(self, given: "LintOptions") -> int:
        """Check, write, and say what to do with it."""
        from linter.discovery import discover
        from linter.engine import digest
        from linter.pack.writing import writable, write
        from linter.reporters.reading import verdict
        from linter.text import clean, log_safe

        if self.file is None or self.folder is None:
            raise UsageError("a pack needs a workbook and a folder: disclint pack FILE -o DIR")
        workbooks = discover([self.file])
        if len(workbooks) != 1:
            raise UsageError(f"a pack is about one workbook, and {len(workbooks)} were found: name one")
        folder = writable(self.folder, workbooks[0])
        checked = self._checked(workbooks[0], given)
        result = checked.result
        if not result.sha256:
            raise DisclintError(f"{self.file} can't be opened: there is nothing to sign")
        if digest(workbooks[0]) != result.sha256:
            raise DisclintError(f"{self.file} changed while it was checked: save it and try again")
        written = write(checked, folder)
        outcome = verdict(result, checked.run.fail_on, checked.left_out).text
        lines = [f"{checked.name}: {outcome}", f"Pack in {clean(str(folder), 1000)}", f"Seal {written.seal}"]
        write_document(log_safe("\n".join(lines)) + "\n")
        if not self.quiet:
            if set_outside := options.from_environment():
                notice(f"from the environment, where the command line does not say: {', '.join(set_outside)}")
            notice(f'when it is signed, put sha256 = "{result.sha256}" under [approval] in the manifest')
        return checked.run.exit_code

    def _checked(self, workbook: Path, given: "LintOptions") -> "Checked":
        """The workbook judged by all rules that the repository's configuration doesn't leave out."""
        from linter import engine, rules
        from linter.config.files import for_run
        from linter.findings import Severity
        from linter.pack.record import Checked
        from linter.results import Run

        known = rules.load_rules()
        outer = for_run([workbook], given.config).outer
        chosen, left_out = options.configured_rules(known, outer)
        settled = given.settled(workbook)
        inputs = [(f"data {one.name}", engine.digest(one.file)) for one in given.data]
        inputs += [(f"against {path.name}", engine.digest(engine.published_file(path))) for path in self.against]
        with progress(quiet=self.quiet, verbose=self.verbose, animated=self.animated) as shown:
            try:
                result = engine.lint(workbook, given, chosen, shown.of(workbook.name))
            except DisclintError:
                raise
            except Exception as error:
                raise FailedOn(workbook.name) from error
        fail_on = self.fail_on or outer.fail_on
        run = Run((result,), None if fail_on == "never" else Severity[fail_on.upper()])
        return Checked(run, settled, chosen, left_out, tuple(inputs), given.as_of)
