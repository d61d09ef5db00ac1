"""Every shipped profile loads, says where it comes from, and a wrong one is refused by file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linter.errors import UsageError
from linter.policy.profile import DEFAULT, load_profile, shipped

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = {
    "strict": 9,
    "dfe-cin-cla": 5,
    "dfe-performance": 5,
    "dfe-exclusions": 2,
    "ons-srs": 9,
    "nhs-round5": 7,
    "opensafely": 7,
    "internal": 9,
}

OWN = """
title = "Ours"
description = "Ours."
extends = "strict"
verified = false
threshold = 6
[[source]]
title = "Agreement"
publisher = "Council"
address = "shared drive"
date = "2025-01-01"
confidence = "medium"
says = "Six."
"""


def test_the_shipped_set_is_the_promised_one() -> None:
    assert set(shipped()) == set(PUBLISHED)
    assert {name: load_profile(name).threshold for name in shipped()} == PUBLISHED
    assert DEFAULT in shipped()


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_profile_is_documented(name: str) -> None:
    profile = load_profile(name)
    assert len(profile.description) > 40
    for source in profile.sources:
        assert all((source.title, source.publisher, source.address, source.date, source.says))
        assert source.confidence in {"high", "medium", "low"}
    if profile.verified:
        assert any(s.confidence == "high" and s.address.startswith("https://") for s in profile.sources)
    assert profile.bands[0] >= profile.threshold
    assert profile.small(1)
    assert profile.small(profile.threshold)
    assert not profile.small(profile.threshold + 1)
    assert not profile.small(0)


def test_what_sets_the_profiles_apart() -> None:
    assert load_profile("strict").zeros_disclosive
    assert load_profile("dfe-performance").threshold_for("destinations") == 10
    assert load_profile("dfe-performance").threshold_for("phonics") == 5
    assert not load_profile("dfe-performance").percentages.numerator
    nhs, safely = load_profile("nhs-round5"), load_profile("opensafely")
    assert nhs.rounding is not None
    assert nhs.rounding == safely.rounding
    assert safely.rounding.base == 5
    assert load_profile("strict").rounding is None
    assert {name for name in shipped() if not load_profile(name).verified} == {
        "dfe-performance",
        "nhs-round5",
        "ons-srs",
    }
    internal = load_profile("internal")
    assert not internal.fails
    assert internal.allows("internal")
    assert not internal.allows("public")
    assert not load_profile("strict").allows("internal")


def test_a_profile_of_the_policy_folder(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    ours = load_profile("ours", tmp_path)
    assert (ours.threshold, ours.extends, ours.zeros_disclosive) == (6, "strict", True)
    assert [s.says for s in ours.sources] == ["Six."]  # its own, not the parent's
    assert load_profile("strict", tmp_path).threshold == 9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("threshold = 6", "treshold = 6"), "unknown key 'treshold', did you mean 'threshold'?"),
        (("threshold = 6", "threshold = 6.0"), "threshold must be a whole number"),
        (("threshold = 6", "threshold = true"), "threshold must be a whole number"),
        (("threshold = 6", "threshold = 0"), "threshold must be at least 1"),
        (("threshold = 6", "threshold = 20"), "bands: the first edge"),
        (("threshold = 6", "bands = [9, 20]"), "bands: each after the first"),
        (("threshold = 6", "thresholds = {a = 'b'}"), "thresholds.a must be a whole number"),
        (("threshold = 6", "percentages = {decimal = 1}"), "unknown key 'percentages.decimal'"),
        (("threshold = 6", "dominance = {largest = '2'}"), "dominance.largest must be a whole number"),
        (("threshold = 6", "rounding = {}"), "the key 'rounding.base' is missing"),
        (("threshold = 6", "rounding = {base = 1}"), "rounding.base must be at least 2"),
        (("threshold = 6", "group_limit = 0"), "group_limit must be at least 1"),
        (("threshold = 6", "percentages = {decimals = -1}"), "percentages.decimals must be at least 0"),
        (("threshold = 6", "dominance = {largest = 0}"), "dominance.largest must be at least 1"),
        (("threshold = 6", "dominance = {share = 101}"), "share and p_percent must lie between 0 and 100"),
        (("threshold = 6", "field_thresholds = {F = 3}"), "field_thresholds: 'F' is not one of A to E or 1 to 5"),
        (("threshold = 6", "field_thresholds = {B = '3'}"), "field_thresholds.B must be a whole number"),
        (("threshold = 6", "field_thresholds = {B = 0}"), "field_thresholds.B must be at least 1"),
        (("threshold = 6", "symbols = {shown = []}"), "unknown key 'symbols.shown'"),
        (("threshold = 6", "audiences = ['everyone']"), "unknown audience 'everyone'"),
        (("threshold = 6", "sensitive_classes = ['F']"), "'F' is not one of A to E"),
        (("threshold = 6", "threshold = "), "not valid TOML"),
        (("says =", "said ="), "unknown key 'source[1].said'"),
        (('date = "2025-01-01"', ""), "the key 'source[1].date' is missing"),
        (("verified = false", "verified = true"), "no [[source]] has an https address"),
        (("verified = false", ""), "the key 'verified' is missing"),
        (('extends = "strict"', 'extends = "ours"'), "without a circle"),
        (('extends = "strict"', 'extends = "nobody"'), "no profile is called 'nobody'"),
        (('extends = "strict"', ""), "the key 'zeros_disclosive' is missing"),
    ],
)
def test_a_wrong_profile_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    changed = OWN.replace(*change)
    assert changed != OWN
    (tmp_path / "ours.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_profile("ours", tmp_path)
    assert said in str(refused.value)
    assert "ours.toml" in str(refused.value) or "nobody" in said


def test_an_author_can_not_replace_a_shipped_profile(tmp_path: Path) -> None:
    (tmp_path / "strict.toml").write_text(OWN.replace('extends = "strict"', ""), encoding="utf-8")
    with pytest.raises(UsageError, match="can't be replaced"):
        load_profile("strict", tmp_path)


@pytest.mark.parametrize("name", ["../strict", "Strict", "", "nobody"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError):
        load_profile(name)
