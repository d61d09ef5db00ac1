"""SC006: sums that are nearly all one or two people's, and those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from checks.small_counts.sc006_dominance import dominance
from linter.evidence import SHARE, Counts
from linter.findings import Severity
from linter.model import Base
from linter.rules import Context
from tests.checks.books import SCHOOLS, book, column, drawn

COSTS = Base("Costs", "value", "sum", column("Costs"), "t")
LARGE = {k: n + 100 for k, n in SCHOOLS.items()}
DIMS = ("School", "SEN provision")
EVEN = (0.02, 0.02)

Cell = tuple[str | None, ...]


def shared(shares: Mapping[Cell, tuple[float, float]] | None, **more: object) -> Context:
    """Costs by school and provision: the two largest shares of some cells, the others even."""
    visual, result = drawn("v", DIMS, more.pop("cells", LARGE), bases=[(COSTS, more.pop("people", LARGE))])
    layer = result.layers[0]
    found = [(shares or {}).get(cell, EVEN) for cell in LARGE]
    largest = tuple(Counts([int(s[k] * SHARE) for s in found]) for k in (0, 1)) if shares is not None else ()
    base = replace(layer.body.bases[0], largest=largest)
    body = replace(layer.body, bases=(base,), **({"hidden": more.pop("hidden")} if "hidden" in more else {}))
    return book((visual, replace(result, layers=(replace(layer, body=body),))), **more)


@pytest.mark.parametrize(
    ("shares", "largest", "near"),
    [
        ((0.46, 0.45), 1, 0),  # what is left is 9% of the sum, and a fifth of the largest
        ((0.80, 0.15), 1, 1),
        ((0.50, 0.40), 0, 0),  # exactly 90% is not above it
        ((0.60, 0.20), 0, 0),
        ((0.92, 0.01), 1, 1),
        (EVEN, 0, 0),
    ],
)
def test_the_rules_of_the_profile(shares, largest, near):
    found = list(dominance.check(shared({("Ash", "E"): shares})))
    assert len(found) == max(largest, near)
    for finding in found:
        assert (finding.evidence["dominated"], finding.evidence["estimable"]) == (largest, near)
        assert finding.severity is Severity.ERROR
        assert finding.fields == ("Costs",)


def test_sums_over_few_people_and_hidden_ones_are_not_in_question():
    cell = ("Ash", "E")
    assert not list(dominance.check(shared({cell: (0.9, 0.1)}, people=LARGE | {cell: 9})))
    assert list(dominance.check(shared({cell: (0.9, 0.1)}, people=LARGE | {cell: 10})))
    hidden = [int(k == cell) for k in LARGE]
    assert not list(dominance.check(shared({cell: (0.9, 0.1)}, hidden=hidden)))


def test_a_profile_without_numbers_for_dominance_asks_for_nothing():
    context = shared({("Ash", "E"): (0.9, 0.1)})
    profile = replace(context.policy.profile, dominance=None)
    assert not list(dominance.check(replace(context, policy=replace(context.policy, profile=profile))))


def test_what_nobody_could_count_is_said():
    (found,) = dominance.check(shared(None))
    assert found.severity is Severity.NOTE
    assert found.coverage
    assert "Costs" in found.message


def test_nothing_that_a_report_shows_is_an_amount():
    (found,) = dominance.check(shared({("Ash", "E"): (0.81234, 0.15)}))
    assert "81" not in found.message + str(found.evidence)
