"""``disclint baseline``: mark what is there today, so that only what is new counts."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from linter.commands import options
from linter.commands.terminal import finish, notice, progress, write_document
from linter.errors import DisclintError, UsageError
from linter.findings import Severity
from linter.records import dataclass
from linter.results import ExitCode
from linter.text import clean, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from linter.config.resolve import Acceptance
    from linter.manifest import AudienceName
    from linter.results import WorkbookResult
    from linter.suppress.baseline import Baseline, Key, Known

baseline = typer.Typer(
    help="Mark the findings of today, so that only new ones count.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
PathsArgument = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Workbooks, projects, or folders of them.")
]


def _command(job: "Callable[[_Task], int]", text: str) -> "Callable[..., None]":
    """A sub-command over workbooks; both take the same options."""

    def command(
        paths: PathsArgument,
        *,
        audience: options.AudienceOption = None,
        delivery: options.DeliveryOption = None,
        profile: options.ProfileOption = None,
        config: options.ConfigOption = None,
        quiet: options.QuietOption = False,
        verbose: options.VerboseOption = False,
        no_progress: options.NoProgressOption = False,
    ) -> None:
        task = _Task(paths, audience, delivery, profile, tuple(config or ()), quiet, verbose, not no_progress)
        finish(lambda: job(task), verbose=verbose)

    command.__doc__ = text
    return command


@dataclass(frozen=True, slots=True)
class _Task:
    paths: list[Path]
    audience: str | None
    delivery: str | None
    profile: str | None
    config: tuple[str, ...]
    quiet: bool
    verbose: bool
    animated: bool

    def write(self) -> int:
        """The baseline with the findings of these workbooks in the place of those it had."""
        found, before = self._linted(must_exist=False)
        fresh = [entry for result, place in found for entry in _known(result, place)]
        names = {place.name for result, place in found if result.workbook is not None}
        kept = [entry for entry in before.findings if entry.path not in names]
        return self._save(found, [*kept, *fresh])

    def prune(self) -> int:
        """The baseline without what is not found any more."""
        found, before = self._linted(must_exist=True)
        still = {
            place.name: Counter({k.key: k.count for k in _known(result, place)})
            for result, place in found
            if result.complete
        }
        kept = []
        for entry in before.findings:
            left = still.get(entry.path)
            count = entry.count if left is None else min(entry.count, _left(left, entry))
            if count:
                kept.append(entry.model_copy(update={"count": count}))
        return self._save(found, kept)

    def _linted(self, *, must_exist: bool) -> "tuple[list[tuple[WorkbookResult, Acceptance]], Baseline]":
        """Every workbook with its findings, waivers applied, and the baseline as it was."""
        from linter import engine, rules
        from linter.config.files import Request, for_run
        from linter.discovery import discover
        from linter.suppress.baseline import Baseline, read_baseline

        request = Request.of(self.config, isolated=False)
        given = engine.LintOptions(self.audience, self.delivery, self.profile, config=request, no_baseline=True)
        workbooks = discover(self.paths)
        if not workbooks:
            raise UsageError("no workbook found: there is nothing to write down")
        for_run(workbooks, request)
        places = [given.settled(path).acceptance for path in workbooks]
        if len({place.baseline for place in places}) > 1:
            raise UsageError("these workbooks have several baselines: name those of one configuration")
        file = places[0].baseline
        if must_exist and not file.exists():
            raise UsageError(f"{file.name}: there is no such file")
        before = read_baseline(file) if file.exists() else Baseline()
        known = rules.load_rules()
        with progress(quiet=self.quiet, verbose=self.verbose, animated=self.animated) as shown:
            results = [engine.lint(path, given, known, shown.of(path.name)) for path in workbooks]
        return list(zip(results, places, strict=True)), before

    def _save(self, found: "list[tuple[WorkbookResult, Acceptance]]", entries: "list[Known]") -> int:
        from linter.suppress.baseline import Baseline

        file = found[0][1].baseline
        try:
            file.write_text(Baseline(findings=entries).text(), "utf-8", newline="\n")
        except OSError as error:
            raise DisclintError(f"{file} can't be written: {error.strerror}") from error
        total = plural(sum(entry.count for entry in entries), "finding")
        write_document(f"{clean(str(file), 1000)}: {total}\n")
        partial = [result.path for result, _ in found if not result.complete]
        for path in partial if not self.quiet else ():
            notice(f"{path} could not be checked completely")
        return ExitCode.INCOMPLETE if partial else ExitCode.CLEAN


def _left(found: "Counter[Key]", entry: "Known") -> int:
    """How many findings an entry still stands for: those that are as it says, or milder."""
    return sum(found[entry.rule, entry.fingerprint, s] for s in Severity if s <= entry.key[2])


def _known(result: "WorkbookResult", place: "Acceptance") -> "list[Known]":
    from linter.suppress.baseline import known_of

    return known_of(place.name, cast("AudienceName", result.audience), result.findings)


baseline.command("write")(
    _command(
        _Task.write,
        """Write what is found today into the baseline. Entries of other workbooks stay.

        Exit codes: 0 written; 2 wrong usage; 3 written, but something could not be read or evaluated.
        """,
    )
)
baseline.command("prune")(
    _command(
        _Task.prune,
        """Take out of the baseline what is found no more. Nothing is added.

        A workbook that could not be checked completely keeps its entries.

        Exit codes: 0 done; 2 wrong usage; 3 done, but something could not be read or evaluated.
        """,
    )
)
