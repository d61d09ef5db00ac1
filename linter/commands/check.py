"""``disclint check``: lint workbooks."""

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linter.commands import options
from linter.commands.terminal import Color, FailedOn, Progress, finish, notice, progress, style_of, write_document
from linter.errors import DisclintError, UsageError
from linter.records import dataclass
from linter.reporters import CI_FORMATS, FORMATS, SILENT_FORMATS, Format, reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.engine import LintOptions
    from linter.results import Run, WorkbookResult
    from linter.rules import Rule


def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Workbooks, projects, or folders of them.")],
    *,
    audience: options.AudienceOption = None,
    delivery: options.DeliveryOption = None,
    profile: options.ProfileOption = None,
    unit: options.UnitOption = None,
    count_field: options.CountFieldOption = None,
    not_people: options.NotPeopleOption = None,
    data: options.DataOption = None,
    config: options.ConfigOption = None,
    isolated: options.IsolatedOption = False,
    no_ignores: Annotated[
        bool,
        typer.Option(
            "--no-ignores", help="Waivers, inline ignores and the baseline don't count: every finding is open."
        ),
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Only these: codes, families such as SC, names, or ALL."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="All but these.")] = None,
    extend_select: Annotated[list[str] | None, typer.Option(metavar="RULES", help="These as well.")] = None,
    output_format: Annotated[Format, typer.Option(envvar="DISCLINT_OUTPUT_FORMAT", help="What stdout gets.")] = "full",
    output: Annotated[
        list[str] | None, typer.Option(metavar="FORMAT=FILE", help="Write a file as well. Repeatable.")
    ] = None,
    against: options.AgainstOption = None,
    fail_on: options.FailOnOption = None,
    show_values: options.ShowValuesOption = False,
    reach: options.ReachOption = None,
    statistics: Annotated[bool, typer.Option("--statistics", help="How often each rule fired.")] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, envvar="DISCLINT_JOBS", help="How many workbooks at a time.")
    ] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a workbook or its declarations are saved.")
    ] = False,
    as_of: options.AsOfOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    color: options.ColorOption = "auto",
    no_progress: options.NoProgressOption = False,
) -> None:
    """Lint workbooks before they are published.

    Exit codes: 0 nothing at or above --fail-on and everything checked; 1 findings; 2 wrong usage or
    an internal error; 3 not complete: something could not be read or evaluated, or there was nothing
    to lint.
    """
    job = _Job(
        paths=paths,
        audience=audience,
        delivery=delivery,
        profile=profile,
        units=tuple(unit or ()),
        count_fields=tuple(count_field or ()),
        not_people=tuple(not_people or ()),
        data=tuple(data or ()),
        config=tuple(config or ()),
        isolated=isolated,
        no_ignores=no_ignores,
        select=options.codes(select),
        ignore=options.codes(ignore),
        extend=options.codes(extend_select),
        output_format=output_format,
        outputs=tuple(output or ()),
        against=tuple(against or ()),
        fail_on=fail_on,
        show_values=show_values,
        reach=reach,
        statistics=statistics,
        jobs=jobs,
        as_of=as_of,
        quiet=quiet,
        verbose=verbose,
        color=color,
        animated=not no_progress,
    )
    finish(job.watch if watch else job.run, verbose=verbose)


@dataclass(frozen=True, slots=True)
class _Job:
    paths: list[Path]
    audience: str | None
    delivery: str | None
    profile: str | None
    units: tuple[str, ...]
    count_fields: tuple[str, ...]
    not_people: tuple[str, ...]
    data: tuple[str, ...]
    config: tuple[str, ...]
    isolated: bool
    no_ignores: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend: tuple[str, ...]
    output_format: Format
    outputs: tuple[str, ...]
    against: tuple[Path, ...]
    fail_on: options.FailOn | None
    show_values: bool
    reach: int | None
    statistics: bool
    jobs: int
    as_of: str | None
    quiet: bool
    verbose: bool
    color: Color
    animated: bool

    def run(self) -> int:
        """Lint, write, and say how it went."""
        from linter import rules
        from linter.config.files import for_run
        from linter.discovery import discover
        from linter.findings import Severity
        from linter.results import Run
        from linter.suppress.accept import with_idle_patterns

        given = self._given(options.day(self.as_of))
        known = rules.load_rules()
        workbooks = discover(self.paths)
        if given.data and len(workbooks) > 1:
            raise UsageError("--data names a source of one workbook: check that one alone")
        files = self._files(workbooks)
        self._refuse_values({self.output_format, *files.values()})
        wide = for_run(workbooks, given.config)
        options.known_codes(wide.outer.severity, known, f"{wide.outer_name}: severity")
        options.open_codes(wide.outer.inline_ignores, known, f"{wide.outer_name}: inline_ignores")
        chosen, left_out = options.configured_rules(known, wide.outer, self.select, self.ignore, self.extend)
        settled = [given.settled(path) for path in workbooks]  # what is wrong there is said before any work
        for one in settled:
            options.known_codes(one.policy.caps, known, "severity.toml: at_most")
        results = tuple(self._lint(workbooks, chosen, given))
        if not (self.no_ignores or self.isolated):
            codes = frozenset(r.code for r in chosen)
            results = with_idle_patterns(results, [one.acceptance for one in settled], codes)
        fail_on = self.fail_on or wide.outer.fail_on
        run = Run(results, None if fail_on == "never" else Severity[fail_on.upper()], self.show_values)
        self._write(run, files, chosen, left_out)
        self._notices(run, left_out)
        return run.exit_code

    def watch(self) -> int:
        """The same again and again, until it is interrupted."""
        from linter.commands.watch import again_on_change

        if self.output_format not in {"full", "concise"}:
            raise UsageError("--watch is for reading: choose full or concise, and --output for files")
        again_on_change(self.run, [*self.paths, *self.against], quiet=self.quiet)
        return 0

    def _given(self, today: dt.date | None) -> "LintOptions":
        from linter.config.files import Request
        from linter.engine import LintOptions

        return LintOptions(
            audience=self.audience,
            delivery=self.delivery,
            profile=self.profile,
            units=self.units,
            count_fields=self.count_fields,
            not_people=self.not_people,
            as_of=today,
            data=options.supplied(list(self.data)),
            config=Request.of(self.config, isolated=self.isolated),
            no_ignores=self.no_ignores,
            against=self.against,
            reach=self.reach,
        )

    def _files(self, workbooks: list[Path]) -> dict[Path, Format]:
        """The files to write, checked before any work is done."""
        files: dict[Path, Format] = {}
        for text in self.outputs:
            name, equals, file = text.partition("=")
            found = next((f for f in FORMATS if f == name), None)
            if found is None or not equals or not file:
                raise UsageError(f"--output {text}: not FORMAT=FILE with one of {', '.join(FORMATS)}")
            path = options.writable(Path(file), workbooks)
            if path in files:
                raise UsageError(f"--output {text}: two documents for one file")
            files[path] = found
        return files

    def _refuse_values(self, formats: set[Format]) -> None:
        """Exact values never reach what CI systems and pull requests keep."""
        kept = sorted(formats & CI_FORMATS)
        if self.show_values and kept:
            raise UsageError(f"--show-values can't be combined with {', '.join(kept)}: such reports leave your sight")

    def _lint(
        self, workbooks: list[Path], rules: "tuple[Rule, ...]", given: "LintOptions"
    ) -> "Iterator[WorkbookResult]":
        from linter import engine

        def lint(numbered: tuple[int, Path]) -> "WorkbookResult":
            number, path = numbered
            try:
                return engine.lint(path, given, rules, shown.of(f"[{number}/{len(workbooks)}] {path.name}"))
            except DisclintError:
                raise
            except Exception as error:
                raise FailedOn(path.name) from error
            finally:
                shown.done()

        shown: Progress
        many = len(workbooks)
        with progress(quiet=self.quiet, verbose=self.verbose, animated=self.animated, workbooks=many) as shown:
            work = list(enumerate(workbooks, 1))
            if self.jobs == 1 or len(work) < 2:
                yield from map(lint, work)
                return
            pool = ThreadPoolExecutor(self.jobs)
            try:
                yield from pool.map(lint, work)
            finally:
                pool.shutdown(cancel_futures=True)

    def _write(
        self, run: "Run", files: dict[Path, Format], rules: "tuple[Rule, ...]", left_out: tuple[str, ...]
    ) -> None:
        from sys import stdout

        from linter.reporters.interface import Style

        plain = Style(100, statistics=self.statistics, left_out=left_out)
        for path, name in files.items():
            try:
                path.write_text(reporter(name, plain, rules).render(run), "utf-8", newline="\n")
            except OSError as error:
                raise DisclintError(f"{path} can't be written: {error.strerror}") from error
        style = style_of(stdout, self.color, statistics=self.statistics, left_out=left_out)
        write_document(reporter(self.output_format, style, rules).render(run))
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if self.output_format == "github" and summary:
            try:
                with Path(summary).open("a", encoding="utf-8", newline="\n") as stream:
                    stream.write(reporter("markdown", plain, rules).render(run))
            except OSError as error:
                notice(f"the summary of the job can't be written: {error.strerror}")

    def _notices(self, run: "Run", left_out: tuple[str, ...]) -> None:
        from linter.reporters.concise import statistics_lines
        from linter.text import listing, plural

        if self.quiet:
            return
        if set_outside := options.from_environment():
            notice(f"from the environment, where the command line does not say: {', '.join(set_outside)}")
        if not run.results:
            notice(f"no workbook found in {listing([str(path) for path in self.paths])}: nothing was checked")
        if self.output_format in SILENT_FORMATS:
            if self.show_values:
                notice("exact values are shown: handle the output like the data itself")
            if left_out:
                rules = listing(list(left_out), 12)
                notice(f"{plural(len(left_out), 'rule')} left out: nothing is said about {rules}")
            for line in statistics_lines(run) if self.statistics else ():
                notice(line)
        for result in run.results if self.verbose else ():
            notice(f"{result.path}: {result.seconds:.1f} s")
            for key, value in result.configuration:
                notice(f"  {key}: {value}")
