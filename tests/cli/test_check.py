import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linter import engine
from linter.errors import UsageError
from tests.reporters import factory

FORMATS = ("full", "concise", "json")
EXITS = [
    (("clean.pbix",), 0),
    (("bad.twbx",), 1),
    (("warned.pbix",), 0),
    (("warned.pbix", "--fail-on", "warning"), 1),
    (("bad.twbx", "--fail-on", "never"), 3),
    (("partial.twbx",), 3),
    (("broken.pbix",), 3),
    (("clean.pbix", "partial.twbx"), 3),
    (("clean.pbix", "bad.twbx"), 1),
    (("partial.twbx", "bad.twbx"), 1),
    (("empty",), 3),
]
USAGE = [
    ("gone.pbix",),
    ("clean.pbix", "--nonsense"),
    ("clean.pbix", "--audience", "everyone"),
    ("clean.pbix", "--delivery", "pigeon"),
    ("clean.pbix", "--fail-on", "note"),
    ("clean.pbix", "--output-format", "pdf"),
    ("clean.pbix", "--output", "pdf=x.pdf"),
    ("clean.pbix", "--output", "json"),
    ("clean.pbix", "--output", "json=nowhere/x.json"),
    ("clean.pbix", "--output", "json=./clean.pbix"),
    ("clean.pbix", "--output", "json=x", "--output", "full=x"),
    ("clean.pbix", "--select", "XX999"),
    ("clean.pbix", "--as-of", "tomorrow"),
    ("clean.pbix", "--jobs", "0"),
    (),
]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("arguments", "code"), EXITS)
def test_exit_codes_are_the_same_for_every_format(disclint, fake, name, arguments, code) -> None:
    outcome = disclint("check", *arguments, "--output-format", name)
    assert outcome.code == code
    assert outcome.out.endswith("\n")
    if name == "json":
        json.loads(outcome.out)


@pytest.mark.parametrize("arguments", USAGE)
def test_wrong_usage_is_one_line_and_exit_2(disclint, fake, arguments) -> None:
    outcome = disclint("check", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("disclint: ")
    assert outcome.err.count("\n") == 1
    assert not fake.asked


def test_an_internal_error_shows_its_place_and_nothing_it_held(disclint, fake) -> None:
    outcome = disclint("check", "clean.pbix", "crash.pbix")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert "internal error on crash.pbix: ValueError in conftest.py" in outcome.err
    assert "Smith" not in outcome.err


def test_verbose_adds_frames_but_no_message_and_no_locals(disclint, fake) -> None:
    outcome = disclint("check", "crash.pbix", "-v")
    assert outcome.code == 2
    assert 'conftest.py", line' in outcome.err
    assert "Smith" not in outcome.err


def test_an_interrupt_ends_plainly(disclint, fake) -> None:
    outcome = disclint("check", "stop.pbix")
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "disclint: interrupted\n")


def test_a_usage_error_of_the_engine_is_one(disclint, fake) -> None:
    fake.answers["clean.pbix"] = UsageError("no profile is called 'x'")
    outcome = disclint("check", "clean.pbix")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "disclint: no profile is called 'x'\n")


def test_options_reach_the_engine(disclint, fake) -> None:
    disclint(
        "check", "clean.pbix", "--audience", "schools", "--delivery", "service_view", "--profile", "strict",
        "--unit", "UPN", "--unit", "Pupils.Id", "--count-field", "N", "--not-people", "Sales", "--as-of", "2026-09-30",
    )  # fmt: skip
    ((path, options, _),) = fake.asked
    assert path == Path("clean.pbix")
    assert options == engine.LintOptions(
        audience="schools",
        delivery="service_view",
        profile="strict",
        units=("UPN", "Pupils.Id"),
        count_fields=("N",),
        not_people=("Sales",),
        as_of=dt.date(2026, 9, 30),
    )


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), ["DR001", "ME001", "SC001", "SC002"]),
        (("--select", "SC"), ["ME001", "SC001", "SC002"]),
        (("--select", "SC001,DR"), ["DR001", "ME001", "SC001"]),
        (("--select", "SC001", "--select", "small-base"), ["ME001", "SC001", "SC002"]),
        (("--ignore", "SC,ME"), ["DR001", "ME001"]),
        (("--select", "DR", "--extend-select", "SC002"), ["DR001", "ME001", "SC002"]),
    ],
)
def test_selection_never_loses_what_was_not_covered(disclint, fake, arguments, codes) -> None:
    outcome = disclint("check", "clean.pbix", *arguments)
    assert [rule.code for rule in fake.asked[0][2]] == codes
    assert ("everything was checked" in outcome.out) == (len(codes) == 4)


def test_json_says_on_stderr_what_was_left_out(disclint, fake) -> None:
    outcome = disclint("check", "clean.pbix", "--select", "DR", "--output-format", "json")
    assert "nothing is said about SC001 and SC002" in outcome.err


def test_files_are_written_beside_stdout(disclint, fake) -> None:
    outcome = disclint("check", "bad.twbx", "--output", "json=a.json", "--output", "concise=b.txt", "--color", "always")
    assert json.loads(Path("a.json").read_text("utf-8"))["summary"]["errors"] == 4
    assert Path("b.txt").read_text("utf-8").startswith("bad.twbx: EX001 error")
    assert "\x1b[" in outcome.out
    assert "\x1b[" not in Path("b.txt").read_text("utf-8")


def test_a_file_that_cannot_be_written(disclint, fake, monkeypatch) -> None:
    def refuse(*_args: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    outcome = disclint("check", "clean.pbix", "--output", "json=a.json")
    assert (outcome.code, outcome.err) == (2, "disclint: a.json can't be written: Permission denied\n")


def test_values_are_shown_only_when_asked_for(disclint, fake) -> None:
    assert "Ash School" not in disclint("check", "bad.twbx").out
    assert "Ash School: 1" in disclint("check", "bad.twbx", "--show-values").out
    outcome = disclint("check", "bad.twbx", "--show-values", "--output-format", "json")
    assert "handle the output like the data itself" in outcome.err


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_results_keep_the_order_of_the_files(disclint, fake, jobs) -> None:
    names = ["warned.pbix", "clean.pbix", "bad.twbx", "partial.twbx"]
    document = json.loads(disclint("check", *names, "-j", jobs, "--output-format", "json").out)
    assert [w["path"] for w in document["workbooks"]] == names


def test_an_error_in_a_thread_is_not_lost(disclint, fake) -> None:
    assert disclint("check", "clean.pbix", "crash.pbix", "-j", "2").code == 2


def test_statistics(disclint, fake) -> None:
    assert "2  SC001    small-count (1 more suppressed)" in disclint("check", "bad.twbx", "--statistics").out
    outcome = disclint("check", "bad.twbx", "--statistics", "--output-format", "json")
    json.loads(outcome.out)
    assert "SC001 small-count (1 more suppressed)" in outcome.err


def test_notices(disclint, fake) -> None:
    assert "no workbook found in empty" in disclint("check", "empty").err
    assert disclint("check", "empty", "-q").err == ""
    assert disclint("check", "clean.pbix").err == ""
    assert "[1/1] clean.pbix: counting people" in disclint("check", "clean.pbix", "-v").err


@pytest.mark.parametrize(("variable", "colored"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_color_follows_the_environment(disclint, fake, monkeypatch, variable, colored) -> None:
    monkeypatch.setenv(variable, "1")
    assert ("\x1b[" in disclint("check", "clean.pbix").out) is colored
    assert "\x1b[" not in disclint("check", "clean.pbix", "--color", "never").out


def test_hostile_names_reach_neither_stream(disclint, fake) -> None:
    for text in factory.HOSTILE:
        fake.answers["clean.pbix"] = factory.hostile_result(text)
        for name in FORMATS:
            outcome = disclint("check", "clean.pbix", "-v", "--output-format", name)
            for stream in (outcome.out, outcome.err):
                assert not {"\x1b", "\u202e", "\x00", "\x9b", "\r"} & set(stream)
                assert "##vso[" not in stream
                assert not any(line.lstrip().startswith("::") for line in stream.splitlines())


def python(code: str, **options) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False, timeout=60, **options
    )


def test_the_version_needs_no_heavy_library() -> None:
    code = (
        "import sys\nfrom linter.cli import run\ncode = run(['--version'])\n"
        "heavy = {'pandas', 'lxml', 'duckdb', 'numpy', 'rich', 'pbixray', 'tableauhyperapi'} & set(sys.modules)\n"
        "print(code, sorted(heavy))"
    )
    assert python(code).stdout.splitlines() == ["disclint 0.1.0", "0 []"]


def test_rules_and_readers_need_no_numpy_before_something_is_counted() -> None:
    """It would be kept through the whole run, beside the process that holds the data."""
    code = (
        "import sys\nimport linter.engine, linter.parsers.powerbi, linter.parsers.tableau\n"
        "from linter.rules import load_rules\nload_rules()\n"
        "print(sorted({'pandas', 'duckdb', 'numpy', 'scipy', 'pbixray', 'tableauhyperapi'} & set(sys.modules)))"
    )
    assert python(code).stdout.splitlines() == ["[]"]


def test_a_console_that_cannot_show_a_character(tmp_path: Path) -> None:
    code = (
        "from linter.cli import run\nfrom linter.commands.terminal import write_document\nimport sys\n"
        "run(['--version'])\nwrite_document('\\u2716 \\u4e2d\\n')"
    )
    done = python(code, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "? ?")


def test_symbols_only_where_they_can_be_shown() -> None:
    code = "import sys\nfrom linter.commands.terminal import style_of\nprint(style_of(sys.stdout, 'auto').symbols)"
    for encoding, symbols in (("cp1252", "False"), ("ascii", "False"), ("utf-8", "True")):
        assert python(code, env={**os.environ, "PYTHONIOENCODING": encoding}).stdout.strip() == symbols


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_went_away_is_no_failure() -> None:
    code = "from linter.commands.terminal import write_document\nwrite_document('x\\n' * 100_000)\nraise SystemExit(7)"
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), error) == (7, b"")


def test_without_a_command_the_help_is_shown(disclint) -> None:
    outcome = disclint()
    assert (outcome.code, outcome.out) == (2, "")
    assert "Commands:" in outcome.err


def test_help(disclint) -> None:
    outcome = disclint("check", "-h")
    assert outcome.code == 0
    for option in ("--audience", "--fail-on", "--show-values", "Exit codes"):
        assert option in outcome.out
