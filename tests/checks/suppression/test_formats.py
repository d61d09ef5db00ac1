"""Number formats and colours that hide small counts while the value stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.small_counts.sc001_small_count import small_count
from checks.suppression.formats import Hidden, Printed, hides, printed
from checks.suppression.su001_recoverable_in_visual import recoverable_in_visual
from checks.suppression.su004_display_only_suppression import display_only_suppression
from checks.suppression.su005_telling_symbols import telling_symbols
from linter.model import Field, Look
from linter.policy.audience import Delivery
from tests.checks.books import SCHOOLS, book, drawn

DIMS = ("School", "SEN provision")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[<6]"*";0', (Hidden("lt", 6, "*"),)),
        ('[<=5]"c";#,##0', (Hidden("le", 5, "c"),)),
        ("[<10];0", (Hidden("lt", 10, None),)),
        ('[>=10]0;"<10"', (Hidden("lt", 10, "<10"),)),
        ("0;-0;", ()),
        (";;;", (Hidden("gt", 0, None),)),
        ("#,##0", ()),
        ("0.0%", ()),
        ("[Red]0", ()),
        ("General", ()),
        ("", ()),
        ('IF([Pupils] < 10, """*""", "0")', (Hidden("lt", 10, "*"),)),
        ('IF ( SELECTEDMEASURE() >= 6, "#,0", "c" )', (Hidden("lt", 6, "c"),)),
        ('IF([Pupils] < 10, "0", "#,0")', ()),
    ],
)
def test_what_a_format_hides(text, found):
    assert hides(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.0%", Printed(1, 100)), ("0%", Printed(0, 100)), ("#,##0.00", Printed(2, 1)), ("0", Printed(0, 1)),
        ('"£"#,##0.0', Printed(1, 1)), ('[<6]"*";0.00%', Printed(2, 100)), ("0,,", None), ("0.00E+00", None), ("", None),
        ("0.0%;-0.0%;0.0%", Printed(1, 100)),
    ],
)  # fmt: skip
def test_decimals(text, found):
    assert printed(text) == found


def formatted(text: str = "", look: Look | None = None, **more):
    visual, result = drawn("v", DIMS, SCHOOLS, totals=True)
    visual = replace(visual, looks=(look,)) if look else visual
    fields = [Field("Pupils", "Pupils", "t", None, kind="measure", format=text)]
    return book((visual, result), fields=fields, **more)


WHITE = Look("Pupils", unreadable=(("lt", 10),))
OWN = Look("Pupils", '[<10]"c";0')


@pytest.mark.parametrize("given", [{"text": '[<10]"c";0'}, {"look": OWN}, {"look": WHITE}])
def test_a_format_or_a_colour_is_paint(given):
    context = formatted(**given)
    (found,) = display_only_suppression.check(context)
    assert found.evidence["hidden_small"] == 1
    assert not list(small_count.check(context))
    assert [f.evidence["recoverable"] for f in recoverable_in_visual.check(context)] == [1]


def test_it_is_good_practice_where_readers_get_views_alone():
    assert not list(display_only_suppression.check(formatted(look=OWN, delivery=Delivery.SERVICE_VIEW)))


def test_the_visual_has_the_last_word():
    context = formatted('[<10]"c";0', Look("Pupils", "0"))
    assert not list(display_only_suppression.check(context))
    assert list(small_count.check(context))


def test_a_format_that_hides_nothing_small_is_quiet():
    assert not list(display_only_suppression.check(formatted('[<3]"c";0')))


def test_symbols_of_formats_count():
    assert list(telling_symbols.check(formatted('[<10]"*";0')))
    assert not list(telling_symbols.check(formatted('[<10]"c";0')))
