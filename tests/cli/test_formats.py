"""Every format on the command line: the same exit codes, values refused, the summary of a job written."""

from pathlib import Path

import pytest

from linter.reporters import CI_FORMATS, FORMATS
from tests.cli.test_check import EXITS
from tests.reporters import factory

NEW = [name for name in FORMATS if name not in {"full", "concise", "json"}]


@pytest.mark.parametrize("name", NEW)
def test_exit_codes_are_those_of_every_format(disclint, fake, name) -> None:
    for arguments, code in EXITS:
        outcome = disclint("check", *arguments, "--output-format", name)
        assert outcome.code == code
        assert outcome.out.endswith("\n") or (name == "json-lines" and arguments == ("empty",))


@pytest.mark.parametrize("name", sorted(CI_FORMATS))
def test_values_are_refused(disclint, fake, name) -> None:
    for given in (("--output-format", name), ("--output", f"{name}=x.out")):
        outcome = disclint("check", "bad.twbx", "--show-values", *given)
        assert (outcome.code, outcome.out) == (2, "")
        assert f"--show-values can't be combined with {name}" in outcome.err
    assert not fake.asked
    assert not Path("x.out").exists()


def test_html_may_show_values(disclint, fake) -> None:
    disclint("check", "bad.twbx", "--show-values", "--output", "html=x.html")
    assert "Ash School: 1" in Path("x.html").read_text("utf-8")


def test_the_summary_of_a_job_is_appended(disclint, fake, monkeypatch) -> None:
    Path("summary.md").write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    assert disclint("check", "bad.twbx", "--output-format", "concise").code == 1
    assert Path("summary.md").read_text("utf-8") == "before\n"
    outcome = disclint("check", "bad.twbx", "--output-format", "github")
    assert outcome.code == 1
    assert "::error file=bad.twbx,line=1," in outcome.out
    assert Path("summary.md").read_text("utf-8").startswith("before\n## disclint: not safe to publish\n")


def test_a_summary_that_cannot_be_written_is_no_failure(disclint, fake, monkeypatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/summary.md")
    outcome = disclint("check", "clean.pbix", "--output-format", "github")
    assert outcome.code == 0
    assert "the summary of the job can't be written" in outcome.err


def test_hostile_names_reach_neither_stream(disclint, fake) -> None:
    for text in factory.HOSTILE:
        fake.answers["clean.pbix"] = factory.hostile_result(text)
        for name in NEW:
            outcome = disclint("check", "clean.pbix", "-v", "--output-format", name)
            assert not {"\x1b", "\u202e", "\x00", "\x9b", "\r"} & set(outcome.out + outcome.err)
            lines = (line.removeprefix("##vso[task.logissue ") for line in outcome.out.splitlines())
            assert not any("##vso[" in line for line in lines)
