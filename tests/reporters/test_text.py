"""Full and concise: their looks by snapshot, their promises one by one."""

import dataclasses
import re

import pytest
from syrupy.assertion import SnapshotAssertion

from linter.findings import Severity
from linter.location import Location
from linter.model import UnreadPart
from linter.policy.profile import load_profile
from linter.reporters import Format, reporter
from linter.reporters.full import FullReporter
from linter.reporters.interface import Style
from linter.reporters.reading import fold, unchecked, verdict
from linter.reporters.terminal import SYMBOLS
from linter.rules import load_rules
from tests.reporters import factory

TEXT: tuple[Format, ...] = ("full", "concise")
EVERY = (factory.result(), factory.clean_result(), factory.unreadable_result(), factory.drawn_result())


def render(name: Format, *results, style: Style | None = None, **options) -> str:
    return reporter(name, style or Style(80)).render(factory.run(*results, **options))


@pytest.mark.parametrize("name", TEXT)
def test_every_outcome(name: Format, snapshot: SnapshotAssertion) -> None:
    assert render(name, *EVERY, style=Style(80, statistics=True)) == snapshot


def test_full_with_values_and_color(snapshot: SnapshotAssertion) -> None:
    assert render("full", factory.result(), style=Style(100, color=True), show_values=True) == snapshot


@pytest.mark.parametrize("name", TEXT)
def test_ascii_is_enough(name: Format) -> None:
    assert render(name, *EVERY, style=Style(80, symbols=False)).isascii()


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = FullReporter(Style(width), load_rules()).render(factory.run(*EVERY))
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert lines == [line.rstrip() for line in lines]


def test_colored_lines_have_no_trailing_blanks_either() -> None:
    text = FullReporter(Style(80, color=True), load_rules()).render(factory.run(*EVERY))
    assert "\x1b[" in text
    assert not re.search(r"[ \t](?:\x1b\[[0-9;]*m)*$", text, re.MULTILINE)


@pytest.mark.parametrize("name", TEXT)
def test_exact_values_only_on_request(name: Format) -> None:
    assert "Ash School: 1" not in render(name, *EVERY)


def test_exact_values_on_request() -> None:
    shown = render("full", factory.result(), show_values=True)
    assert "Exact: minimum 1; smallest cells Ash School: 1, Elm School: 2" in shown
    assert "handle it like the data itself" in shown


@pytest.mark.parametrize("name", [*TEXT, "json"])
@pytest.mark.parametrize("text", factory.HOSTILE)
def test_hostile_text_is_defused(name: Format, text: str) -> None:
    for width in (40, 80):
        out = render(name, factory.hostile_result(text), style=Style(width, statistics=True), show_values=True)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", out)
        assert "##vso[" not in out
        assert "##[" not in out
        assert not re.search(r"^\s*::", out, re.MULTILINE)


def test_markup_in_names_stays_text() -> None:
    out = render("full", factory.hostile_result("[red]markup[/red] :boom:"), style=Style(100, color=True))
    assert "[red]markup[/red] :boom:" in re.sub(r"\x1b\[[\d;]*m", "", out)


def test_a_wrapped_name_starts_no_command_on_its_second_line() -> None:
    found = factory.finding("SC001", Severity.ERROR, f"{'x' * 30} ::error::no", "P", "V")
    out = render("full", factory.result(findings=(found,)), style=Style(40))
    assert "error" in out
    assert not re.search(r"^\s*::", out, re.MULTILINE)


class TestVerdict:
    def test_errors_are_unsafe_even_when_they_do_not_fail(self) -> None:
        assert verdict(factory.result(), None).kind == "unsafe"

    def test_unsafe_says_that_it_is_not_complete_either(self) -> None:
        text = verdict(factory.result(), Severity.ERROR).text
        assert text.startswith("Not safe to publish: 4 errors, 1 warning (1 suppressed)")
        assert "2 of 5 visuals not checked and 1 part not read" in text

    def test_unread(self) -> None:
        assert verdict(factory.unreadable_result(), Severity.ERROR).text == (
            "Not complete: the workbook could not be read."
        )

    def test_clean(self) -> None:
        assert verdict(factory.clean_result(), Severity.ERROR).text == "No finding; everything was checked."

    def test_clean_does_not_speak_for_rules_left_out(self) -> None:
        text = verdict(factory.clean_result(), Severity.ERROR, ("SC001", "SC002")).text
        assert "everything" not in text
        assert "2 rules left out" in text

    def test_clean_without_a_visual_says_so(self) -> None:
        book = dataclasses.replace(factory.clean_result().workbook, visuals=())
        text = verdict(factory.clean_result(workbook=book), Severity.ERROR).text
        assert text == "No finding; it has no visual, the rest was checked."

    def test_warnings_are_to_review(self) -> None:
        found = (factory.finding("DR001", Severity.WARNING, "m", "P", "V"),)
        result = factory.clean_result(findings=found)
        assert verdict(result, Severity.ERROR).kind == "review"
        assert verdict(result, Severity.WARNING).kind == "unsafe"

    def test_a_part_unread_is_not_clean_even_if_no_finding_says_so(self) -> None:
        book = dataclasses.replace(factory.clean_result().workbook, unread=factory.workbook().unread)
        assert verdict(factory.clean_result(workbook=book), Severity.ERROR).kind == "incomplete"

    def test_a_coverage_finding_alone_is_not_clean(self) -> None:
        gap = factory.finding("MF002", Severity.NOTE, "Who is counted is not declared.", None, None, coverage=True)
        assert verdict(factory.clean_result(findings=(gap,)), Severity.ERROR).kind == "incomplete"


class TestUnchecked:
    def test_a_coverage_finding_that_repeats_a_visual_only_adds_its_fix(self) -> None:
        gaps = {gap.reason: gap for gap in unchecked(factory.result())}
        assert len(gaps) == 3
        assert list(gaps["a table calculation that filters"].fixes) == ["Replace the filter by one on a field."]

    def test_other_news_about_the_same_visual_stay(self) -> None:
        crash = factory.finding(
            "ME003", Severity.ERROR, "Rule SC001 failed.", "Overview", "Map", visual_id="v-map", coverage=True
        )
        assert "Rule SC001 failed." in [gap.reason for gap in unchecked(factory.result(findings=(crash,)))]

    def test_parts_of_a_project_are_files_and_are_told_once(self) -> None:
        lost = UnreadPart("Model/x.tmdl", "it is damaged", "mend it")
        book = dataclasses.replace(factory.clean_result().workbook, unread=(lost,), files={"Model/x.tmdl": "S/x.tmdl"})
        gap = factory.finding("ME001", Severity.ERROR, "Not read: it is damaged.", None, None, coverage=True)
        gap = dataclasses.replace(gap, location=Location("S/x.tmdl", line=3))
        told = unchecked(factory.clean_result(workbook=book, findings=(gap,)))
        assert [(found.reason, found.named) for found in told] == [("it is damaged", ["S/x.tmdl"])]

    def test_visuals_with_the_same_reason_share_an_entry(self) -> None:
        seen = factory.evidence()
        same = dataclasses.replace(
            seen, visuals={i: dataclasses.replace(seen.visuals["v3"], visual=i) for i in ("v1", "v2")}
        )
        book = dataclasses.replace(factory.workbook(), unread=())
        places = [gap.named for gap in unchecked(factory.result(findings=(), workbook=book, evidence=same))]
        assert ["Overview > Pupils by school", "Detail"] in places

    def test_visuals_of_one_name_are_counted_each(self) -> None:
        book = dataclasses.replace(
            factory.workbook(), unread=(), visuals=tuple(factory.visual(i, "bar", "p1") for i in "abc")
        )
        result = factory.result(findings=(), workbook=book, evidence=None)
        assert [gap.named for gap in unchecked(result)] == [["Overview > bar x 3"]]
        assert "3 visuals not evaluated" in render("full", result)

    def test_a_waived_gap_is_still_a_gap(self) -> None:
        gap = dataclasses.replace(factory.findings()[-1], suppression=factory.findings()[-2].suppression)
        assert len(unchecked(factory.clean_result(findings=(gap,)))) == 1


class TestFold:
    @staticmethod
    def pair(first: Severity, second: Severity, *, mutual: bool = False):
        b = factory.finding("SC002", second, "b", "P", "V")
        a = factory.finding("SC001", first, "a", "Z", "V", related=(b.fingerprint,))
        return a, dataclasses.replace(b, related=(a.fingerprint,)) if mutual else b

    def test_what_follows_is_folded_wherever_it_stands(self) -> None:
        a, b = self.pair(Severity.ERROR, Severity.ERROR)
        assert fold([b, a]) == fold([a, b]) == [(a, [b])]

    def test_nothing_is_folded_under_something_milder(self) -> None:
        a, b = self.pair(Severity.WARNING, Severity.ERROR)
        assert fold([b, a]) == [(b, []), (a, [])]

    def test_of_a_circle_one_stays_in_view(self) -> None:
        a, b = self.pair(Severity.ERROR, Severity.ERROR, mutual=True)
        assert fold([a, b]) == [(a, [b])]

    def test_a_finding_never_hides_itself(self) -> None:
        a = factory.finding("SC001", Severity.ERROR, "a", "P", "V")
        a = dataclasses.replace(a, related=(a.fingerprint,))
        assert fold([a]) == [(a, [])]


def test_a_suppressed_cause_hides_nothing() -> None:
    a, b = TestFold.pair(Severity.ERROR, Severity.ERROR)
    waived = dataclasses.replace(a, suppression=factory.findings()[-2].suppression)
    out = render("full", factory.clean_result(findings=(waived, b)))
    assert "SC002 small-base" in out.replace("some-rule", "small-base")
    assert "Suppressed" in out


def test_the_same_fix_is_told_once() -> None:
    assert render("full", factory.result()).count("Merge small groups") == 1


class TestTold:
    """What the full report says of a finding besides its message."""

    def told(self, *found) -> str:
        run = factory.run(factory.clean_result(findings=found, scale=load_profile("strict")))
        return FullReporter(Style(120), load_rules()).render(run)

    def cells(self, *rows: tuple[str, ...], small: int):
        evidence = {"grain": ("School", "Sex"), "small_cells": small, "examples": tuple({"groups": r} for r in rows)}
        return factory.finding("SC001", Severity.ERROR, "m.", "P", "V", evidence=evidence)

    def test_the_cells_it_is_about_without_a_number_of_people(self) -> None:
        text = self.told(self.cells(("Ash School", "F"), ("Elm School", "(total)"), small=7))
        assert re.search(r"School +Sex\n +Ash School +F\n +Elm School +\(total\)\n +and 5 more cells\n", text)

    def test_a_long_member_is_cut_and_keeps_its_row_on_one_line(self) -> None:
        text = self.told(self.cells(("S" * 60, "F"), small=1))
        assert re.search(r"\n +S{52}\.\. +F\n", text)

    def test_reason_source_and_menu_words_are_told_once_for_a_rule(self) -> None:
        one, other = self.cells(("a", "b"), small=1), factory.finding("SC001", Severity.ERROR, "n.", "P", "W")
        text = self.told(one, other)
        assert text.count("Why:") == 1
        assert "Source: profile strict: " in " ".join(text.split())
        assert text.count("Menu: ") == 1

    def test_pairs_of_fields(self) -> None:
        pairs = tuple(
            {"fields": (f"A{i}", "B"), "isolated": "1-9", "cells": i, "by_difference": i == 1} for i in range(1, 11)
        )
        text = self.told(factory.finding("DR006", Severity.ERROR, "m.", "P", "V", evidence={"pairs": pairs}))
        assert re.search(r"A1 and B +1-9 +1 +yes\n", text)
        assert "and 2 more combinations of fields" in text

    def test_how_a_hidden_figure_follows_is_short_and_has_no_number(self) -> None:
        equation = {"cell": "S=x", "plus": ("all",), "minus": tuple(f"S={c}" for c in "abcde")}
        found = factory.finding("SU001", Severity.ERROR, "m.", "P", "V", evidence={"equations": (equation,)})
        assert "How:  [all] - [S=a] - [S=b] - 3 more cells = [S=x]" in self.told(found)


def test_nothing_to_lint_is_said() -> None:
    for name in TEXT:
        assert "no workbook was found" in render(name)


def test_the_symbols_that_are_asked_of_a_console_are_all_that_is_used() -> None:
    used = {c for c in render("full", *EVERY) if not c.isascii()}
    assert used <= set(SYMBOLS)
