"""The command line with a fake engine: what it prints and how it ends."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from linter import cli, engine, rules
from linter.findings import Confidence, Severity
from linter.results import WorkbookResult
from linter.rules import Rule
from tests.reporters import factory


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def disclint(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run a command line in this process."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Outcome:
        code = cli.run([str(a) for a in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


@dataclasses.dataclass
class FakeEngine:
    """Answers by file name and remembers what it was asked."""

    answers: dict[str, WorkbookResult | BaseException]
    asked: list[tuple[Path, engine.LintOptions, tuple[Rule, ...]]] = dataclasses.field(default_factory=list)

    def lint(self, path, options, chosen, progress=None):
        self.asked.append((path, options, chosen))
        if progress:
            progress("counting people")
        answer = self.answers[path.name]
        if isinstance(answer, BaseException):
            raise answer
        return dataclasses.replace(answer, path=path.name)

    def recompute(self, path, options, progress=None):
        return dataclasses.replace(self.lint(path, options, (), progress), findings=())


def warned() -> WorkbookResult:
    return factory.clean_result(findings=(factory.finding("DR001", Severity.WARNING, "m", "Totals", "Pupils"),))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    """Files in the current folder, one per outcome, and an engine that knows them."""
    incomplete = factory.result(findings=())
    fake = FakeEngine(
        {
            "bad.twbx": factory.result(),
            "clean.pbix": factory.clean_result(),
            "warned.pbix": warned(),
            "partial.twbx": incomplete,
            "broken.pbix": factory.unreadable_result(),
            "crash.pbix": ValueError("could not convert 'Ann Smith'"),
            "stop.pbix": KeyboardInterrupt(),
        }
    )
    for name in fake.answers:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "lint", fake.lint)
    monkeypatch.setattr(engine, "recompute", fake.recompute)
    monkeypatch.setattr(rules, "load_rules", lambda: RULES)
    return fake


def small_count(context):
    """A count of people is small.

    ## What it checks
    Every *cell*.
    """
    yield from ()


def part_unread(context):
    """A part could not be read."""
    yield from ()


RULES = (
    Rule("DR001", "unit-on-visual", "drilldown", Severity.WARNING, Confidence.HIGH, "0.1.0", "stable", small_count),
    Rule(
        "ME001", "part-unread", "meta", Severity.ERROR, Confidence.HIGH, "0.1.0", "stable", part_unread, coverage=True
    ),
    Rule("SC001", "small-count", "small_counts", Severity.ERROR, Confidence.HIGH, "0.1.0", "stable", small_count),
    Rule("SC002", "small-base", "small_counts", Severity.ERROR, Confidence.HIGH, "0.1.0", "preview", small_count),
)
