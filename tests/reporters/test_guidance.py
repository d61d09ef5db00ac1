"""Why, who says so, and the menu words: from the pages of the rules."""

import dataclasses

import pytest

from linter.policy.profile import load_profile
from linter.reporters.guidance import Guidance, adds, guidance_of, section
from linter.rules import load_rules
from tests.reporters import factory

PAGE = """Finds it.

## Why it matters
{why}

## How to fix it
{fix}

## Sources
{source}
"""


def guidance(kind: str = "tableau", why: str = "", fix: str = "", source: str = "", **changes) -> Guidance:
    def check(context):
        yield from ()

    check.__doc__ = PAGE.format(why=why, fix=fix, source=source)
    rule = dataclasses.replace(load_rules()[0], check=check)
    return guidance_of([rule], factory.result(kind=kind, **changes))[rule.code]


def test_the_reason_is_one_sentence_and_the_next_where_the_first_says_little() -> None:
    assert guidance(why="It is surely long enough to say something alone. And more.").why.endswith("alone.")
    assert guidance(why="A star is paint. Anybody reads\nwhat is under it. More.").why == (
        "A star is paint. Anybody reads what is under it."
    )


@pytest.mark.parametrize(
    ("kind", "mend"),
    [("tableau", "Worksheet > Clear."), ("powerbi", "Remove the column. Then save."), ("other", "")],
)
def test_the_menu_words_are_those_of_the_tool(kind: str, mend: str) -> None:
    assert guidance(kind, fix="Tableau: Worksheet > Clear. Power BI: remove\nthe column. Then save.").mend == mend


def test_words_that_lead_to_the_other_tool_are_left_out() -> None:
    assert guidance(fix="Tableau: Replace References; in Power BI: remove it.").mend == "Replace References."


def test_a_page_that_does_not_tell_tools_apart_has_no_menu_words() -> None:
    assert guidance(fix="Declare it.").mend == ""


def test_the_source_of_a_threshold_is_that_of_the_profile() -> None:
    strict = load_profile("strict")
    found = guidance(source="The threshold is that of the profile in force; see there.", scale=strict)
    assert found.source == f"profile strict: {strict.sources[0].publisher}, {strict.sources[0].title}"
    assert guidance(source="ONS, guide on counts; DfE, another.").source == "ONS, guide on counts"


def test_a_fix_that_says_it_all_needs_no_more() -> None:
    assert not adds("Remove the column in Power Query.", "Remove the columns: in Power Query take the column out.")
    assert adds("Worksheet > Clear > Formatting", "Suppress the figures.")
    assert not adds("", "x")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
@pytest.mark.parametrize("kind", ["tableau", "powerbi"])
def test_every_rule_has_a_reason_and_a_source(rule, kind: str) -> None:
    found = guidance_of([rule], factory.result(kind=kind, scale=load_profile("strict")))[rule.code]
    assert found.why.endswith((".", "!", "?"))
    assert found.source
    assert section(rule.doc, "How to fix it")


def test_the_source_is_that_of_the_tool() -> None:
    rules = [rule for rule in load_rules() if rule.code in {"EX005", "EX003"}]
    for kind, code, start in (
        ("tableau", "EX005", "Tableau: connection elements"),
        ("powerbi", "EX005", "Power BI: partitions"),
        ("powerbi", "EX003", "Microsoft: hiding"),
    ):
        told = guidance_of(rules, factory.clean_result(kind=kind))
        assert told[code].source.startswith(start)
