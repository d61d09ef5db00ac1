"""A report must not disclose: bands, and what can be worked out from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.policy.masking import band, band_range, mask_numbers, minimum, part_of_whole, people_in_small, shown
from linter.policy.profile import load_profile, shipped

profiles = st.sampled_from([load_profile(name) for name in shipped()])
counts = st.one_of(st.integers(0, 60), st.integers(0, 3_000_000))


def test_bands_of_the_default_profile() -> None:
    strict, cin = load_profile("strict"), load_profile("dfe-cin-cla")
    assert [band(n, strict) for n in (0, 1, 9, 10, 49, 50)] == ["0", "1-9", "1-9", "10-49", "10-49", "50-99"]
    assert [band(n, cin) for n in (0, 1, 5, 6, 19, 20)] == ["0", "1-5", "1-5", "6-19", "6-19", "20-49"]
    assert band(1234, strict) == "1,000-4,999"
    assert band(5_000_000, strict) == "1,000,000 or more"
    with pytest.raises(ValueError, match="negative"):
        band(-1, strict)


@given(counts, profiles)
def test_a_count_lies_in_its_band_and_small_ones_look_alike(count: int, profile) -> None:
    low, high = band_range(count, profile)
    assert low <= count
    assert high is None or count <= high
    if profile.small(count):
        assert band(count, profile) == band(1, profile)
    if count > 0 and high is not None:
        assert high - low + 1 >= profile.threshold


@given(counts, counts, profiles)
def test_part_and_whole_never_tell_that_the_rest_is_small(a: int, b: int, profile) -> None:
    part, whole = min(a, b), max(a, b)
    if whole <= profile.bands[0]:
        told = part_of_whole(part, whole, profile)
        assert told[0] == told[1]
        return
    assert part_of_whole(part, whole, profile) == (shown(part, profile), shown(whole, profile))
    (part_low, _), (_, whole_high) = band_range(part, profile), band_range(whole, profile)
    assert whole_high is None or whole_high - part_low > profile.threshold


def test_a_part_is_not_more_than_its_whole() -> None:
    with pytest.raises(ValueError, match="greater"):
        part_of_whole(2, 1, load_profile())


@given(st.lists(st.integers(0, 200)), profiles)
def test_the_minimum_is_told_as_a_band(values: list[int], profile) -> None:
    positive = [v for v in values if v]
    told = minimum(values, profile)
    assert told == (band(min(positive), profile) if positive else "none")


def test_nought_and_small_look_alike_where_zeros_disclose() -> None:
    strict = load_profile("strict")
    assert shown(0, strict) == shown(9, strict) == "0-9"
    assert shown(10, strict) == "10-49"
    assert part_of_whole(0, 12, strict) == ("0-9", "10-49")


def test_shown_only_on_request() -> None:
    cin = load_profile("dfe-cin-cla")
    assert shown(3, cin) == "1-5"
    assert shown(3, cin, reveal=True) == "3"
    assert shown(None, cin, reveal=True) == "unknown"


@given(st.text(alphabet="0123456789,. -=+", max_size=40))
def test_no_digit_is_left(text: str) -> None:
    assert not any(c.isdigit() for c in mask_numbers(text))


def test_a_certificate_keeps_its_form() -> None:
    assert mask_numbers("142 - 96 - 43 = 3") == "# - # - # = #"
    assert mask_numbers("12.5% of 1,234") == "#% of #"


@given(st.data(), profiles, st.integers(1, 60))
def test_people_of_small_cells_together_tell_nothing_finer_of_one(data, profile, cells: int) -> None:
    people = data.draw(st.integers(cells, cells * profile.threshold))
    said = people_in_small(people, cells, profile)
    low, _, high = said.replace(",", "").replace(" or more", "-1000000000").partition("-")
    assert int(low) <= people <= int(high)
    assert int(high) - (cells - 1) >= profile.threshold
    assert int(low) - (cells - 1) * profile.threshold <= 1


def test_nine_cells_with_nine_people_are_not_said_to_hold_one_each() -> None:
    strict = load_profile("strict")
    assert people_in_small(9, 9, strict) == "9-81"
    assert people_in_small(30, 12, strict) == "10-49"
