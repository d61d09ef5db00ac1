"""The generated pages are what the program says of itself now."""

import re

import pytest

from docs import generate

PAGES = generate.pages()


@pytest.mark.parametrize("page", PAGES)
def test_page_is_up_to_date(page):
    if page == generate.PICTURE or page.startswith("examples/"):
        pytest.importorskip("tableauhyperapi", reason="the pictured extract needs an engine that is not on this system")
    assert generate.up_to_date(page, PAGES[page]()), f"docs/{page}: run `python docs/generate.py`"


def test_no_page_of_a_rule_that_is_gone():
    assert generate.leftovers() == []


def test_every_rule_and_command_has_its_place():
    index, commands = PAGES["rules/index.md"](), PAGES["cli.md"]()
    assert all(f"({code}.md)" in index for code in ("SC001", "DR001", "ME001"))
    assert all(f"\n## disclint {name}\n" in commands for name in ("check", "cells", "rules", "explain"))


def test_picture_holds_no_address_to_fetch():
    svg = (generate.HERE / generate.PICTURE).read_text("utf-8")
    assert "url(http" not in svg
    assert "href" not in svg
    assert "@import" not in svg


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("rules/") and page != "rules/index.md"])
def test_explain_shows_the_same_text(disclint, page):
    code = page.removeprefix("rules/").removesuffix(".md")
    markdown = disclint("explain", code, "--output-format", "markdown").out
    assert markdown == (generate.HERE / page).read_text("utf-8")
    prose = markdown.partition("\n## ")[2]
    shown = set(re.findall(r"\w+", disclint("explain", code, "--color", "never").out))
    assert sorted(set(re.findall(r"\w+", prose)) - shown) == []
