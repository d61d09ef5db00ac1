"""Identifier validators: published examples, generated numbers, and columns that only look the part."""

from __future__ import annotations

import datetime as dt
import functools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.policy.births import birth_range
from linter.policy.identifiers import IDENTIFIER_KINDS, decisive_kind, judge_values, value_evidence
from linter.policy.validators import (
    CHECK_LETTERS,
    compact,
    is_email,
    is_former_upn,
    is_nhs_number,
    is_ni_number,
    is_phone,
    is_postcode,
    is_temporary_upn,
    is_uln,
    is_upn,
    postcode_part,
    upn_check_letter,
)

digits = st.sampled_from("0123456789")


def text_of(count: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="0123456789", min_size=count, max_size=count)


def make_upn(rest: str) -> str:
    return upn_check_letter(rest) + rest


def weighted(nine: str) -> int:
    return sum(int(d) * w for d, w in zip(nine, range(10, 1, -1), strict=True))


def make_uln(nine: str) -> str | None:
    """By the census rule, which is worded differently from the code: 10 minus the remainder."""
    remainder = weighted(nine) % 11
    return None if remainder == 0 or nine[0] == "0" else nine + str(10 - remainder)


def make_nhs(nine: str) -> str | None:
    """By the NHS rule: 11 minus the remainder, 11 is 0, 10 is never given out."""
    check = (11 - weighted(nine) % 11) % 11
    return None if check == 10 or len(set(nine)) == 1 else nine + str(check)


@given(text_of(12))
def test_a_made_upn_is_accepted(rest: str) -> None:
    assert is_upn(make_upn(rest))
    assert not is_temporary_upn(make_upn(rest))


@given(text_of(11), st.sampled_from(CHECK_LETTERS))
def test_a_temporary_upn_is_accepted(eleven: str, last: str) -> None:
    upn = make_upn(eleven + last)
    assert is_upn(upn)
    assert is_temporary_upn(upn)
    assert is_former_upn(upn.lower())


@given(text_of(12), st.integers(1, 12), digits)
def test_one_wrong_digit_of_a_upn_is_rejected(rest: str, place: int, digit: str) -> None:
    upn = make_upn(rest)
    changed = upn[:place] + digit + upn[place + 1 :]
    assert is_upn(changed) == (changed == upn)


@given(text_of(12), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_check_letter_is_rejected(rest: str, letter: str) -> None:
    assert is_upn(letter + rest) == (letter == upn_check_letter(rest))


@given(text_of(9), st.integers(0, 9), digits)
def test_a_uln_by_the_census_rule_and_one_wrong_digit(nine: str, place: int, digit: str) -> None:
    uln = make_uln(nine)
    if uln is None:
        assert not any(is_uln(nine + d) for d in "0123456789")
        return
    assert is_uln(uln)
    changed = uln[:place] + digit + uln[place + 1 :]
    assert is_uln(changed) == (changed == uln)


@given(text_of(9), st.integers(0, 9), digits)
def test_an_nhs_number_by_the_published_rule_and_one_wrong_digit(nine: str, place: int, digit: str) -> None:
    number = make_nhs(nine)
    if number is None:
        assert not any(is_nhs_number(nine + d) for d in "0123456789")
        return
    assert is_nhs_number(number)
    assert is_nhs_number(f"{number[:3]} {number[3:6]} {number[6:]}")
    changed = number[:place] + digit + number[place + 1 :]
    assert is_nhs_number(changed) == (changed == number)


@given(text_of(10))
def test_no_number_is_both_a_uln_and_an_nhs_number(number: str) -> None:
    assert not (is_uln(number) and is_nhs_number(number))


@pytest.mark.parametrize(
    ("validate", "good", "bad"),
    [
        (
            is_upn,
            ["P207000016049", " p207000016049 ", "B801200005001"],
            ["B207000016049", "A801200005001", "X80120000A001", "", "207000016049"],
        ),
        (is_uln, ["9276308686"], ["9999999999", "0276308686", "927630868", "92763086860", "927630868X"]),
        (
            is_nhs_number,
            ["943 476 5919", "943-476-5919", "9434765919"],
            ["9434765918", "943 4765919", "0000000000", "943.476.5919"],
        ),
        (
            is_ni_number,
            ["QQ123456C".replace("QQ", "AB"), "ab 12 34 56 c"],
            ["QQ123456C", "BG123456A", "AO123456A", "AB123456E", "AB12345"],
        ),
        (
            is_postcode,
            ["SW1A 1AA", "m1 1ae", "B338TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "GIR 0AA"],
            ["SW1A 1", "SW1A", "QQ1 1AA", "SW1A 1CC", "12345", "SW1A-1AA"],
        ),
        (
            is_email,
            ["a.b@example.org", "head@school.sch.uk"],
            ["a@b", "@example.org", "a b@example.org", "Emma", "x@-a.org"],
        ),
        (
            is_phone,
            ["020 7946 0958", "+44 20 7946 0958", "(0161) 496 0000", "07700 900123", "0044 7700 900123"],
            ["7700900123", "2079460958", "0123", "20240101", "05550 900123", "00447"],
        ),
    ],
)
def test_published_examples(validate, good, bad) -> None:
    assert [v for v in good if not validate(v)] == []
    assert [v for v in bad if validate(v)] == []


def test_a_postcode_is_only_an_identifier_with_its_unit() -> None:
    assert [postcode_part(v) for v in ("LS1 4AP", "LS1 4", "LS1", "LS", "Leeds")] == [
        "unit",
        "sector",
        "district",
        None,
        None,
    ]


def numbers(make, count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    made: list[str] = []
    while len(made) < count:
        value = make("".join(chance.choices("123456789", k=9)))
        if value:
            made.append(value)
    return made


def test_columns_of_identifiers_are_recognised() -> None:
    upns = [make_upn(f"{800 + i}4001{i:02}{i:03}") for i in range(20)]
    assert value_evidence(upns) == {"upn": 1.0}
    assert decisive_kind(value_evidence(numbers(make_uln, 40))) == "uln"
    assert decisive_kind(value_evidence(int(v) for v in numbers(make_uln, 40))) == "uln"
    assert decisive_kind(value_evidence(numbers(make_nhs, 40))) == "nhs_number"
    assert decisive_kind(value_evidence(["a@x.org", "b@x.org", None, "", "c@x.org"])) == "email"
    assert decisive_kind(value_evidence([f"LS{i} 4A{c}" for i in range(1, 9) for c in "AB"])) == "postcode"
    assert decisive_kind(value_evidence([f"0161 496 {i:04}" for i in range(20)])) == "phone"


def test_a_mixed_column_is_present_but_not_decisive() -> None:
    values = [*numbers(make_uln, 20), *(f"note {i}" for i in range(80))]
    shares = value_evidence(values)
    assert shares == {"uln": 0.2}
    assert decisive_kind(shares) is None


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_random_ten_digit_numbers_are_not_taken_for_ulns(seed: int, count: int) -> None:
    chance = random.Random(seed)
    values = [str(chance.randrange(10**9, 10**10)) for _ in range(count)]
    assert decisive_kind(value_evidence(values)) is None


@pytest.mark.parametrize(
    "values",
    [
        range(1, 500),
        range(1_000_000_000, 1_000_000_400),
        range(20_240_101, 20_240_131),
        ["Autumn", "Spring", "Summer"],
        [f"{i}.50" for i in range(100)],
        ["9276308686"],  # one valid number proves nothing
        [],
    ],
)
def test_ordinary_columns_give_no_evidence(values) -> None:
    assert value_evidence(values) == {}


def test_counts_come_with_the_judgement() -> None:
    judged = judge_values(["9276308686", "9276308687", "text", None, "9276308686"])["uln"]
    assert (judged.matches, judged.shaped, judged.distinct) == (1, 2, 3)
    assert judged.share == pytest.approx(1 / 3)
    assert not judged.present


def test_every_kind_has_a_true_chance() -> None:
    """The known chances hold in a large random sample of the shape."""
    chance = random.Random(7)
    tens = [str(chance.randrange(10**9, 10**10)) for _ in range(20_000)]
    for kind in ("uln", "nhs_number"):
        rate = sum(map(IDENTIFIER_KINDS[kind].validate, tens)) / len(tens)
        assert rate == pytest.approx(IDENTIFIER_KINDS[kind].chance, abs=0.01)


def test_birth_dates_by_range() -> None:
    today = dt.date(2025, 9, 1)
    assert birth_range(dt.date(2009, 9, 1), dt.date(2021, 8, 31), today) == "school_age"
    assert birth_range(dt.date(1950, 1, 1), dt.date(2001, 1, 1), today) == "people"
    assert birth_range(dt.date(2025, 1, 1), dt.date(2025, 12, 31), today) == "no"
    assert birth_range(dt.date(1850, 1, 1), dt.date(2001, 1, 1), today) == "no"
    with pytest.raises(ValueError, match="after the latest"):
        birth_range(dt.date(2001, 1, 1), dt.date(2000, 1, 1), today)


EVERY = ("A123456789012", "A 123 456 789 012", "9434765919", "943 476 5919", "943-476-5919", "AB123456C", "SW1A 1AA",
         "M1 1AA", "GIR 0AA", "a@b.uk", "+44 20 7946 0958", "(01632) 960 001", "0044 1632 960001", "+447911123456")  # fmt: skip


@given(st.from_regex(r"[ (+0-9A-Za-z@.-]{4,20}", fullmatch=True) | st.sampled_from(EVERY))
def test_no_identifier_fails_its_cheap_test(value):
    for kind in IDENTIFIER_KINDS.values():
        if kind.validate(value) or kind.shape(value):
            short = compact(value)
            assert len(short) in kind.lengths
            assert kind.possible(short)


def many(seed: int) -> list[str]:
    """Enough values for all of a kind to be judged at once; of UPNs, fewer than that at first."""
    chance = random.Random(seed)
    rests = ["".join(chance.choices("0123456789", k=12)) for _ in range(1_200)]
    values = [*map(make_upn, rests[: 600 * (seed + 1)]), *rests, *(r[:10] for r in rests), "1111111111"]
    values += [v for v in map(make_uln, (r[:9] for r in rests)) if v]
    return values + [v for v in map(make_nhs, (r[3:] for r in rests)) if v]


MANY = tuple(map(many, range(2)))


@functools.lru_cache(maxsize=200_000)
def judged_alone(judge, value):
    return judge(value)


@given(st.lists(st.from_regex(r"[A-Z]{0,1}[0-9]{9,11}[0-9A-Z ]{1,2}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}|[ßéa-z0-9\0]{8,13}",
                              fullmatch=True) | st.sampled_from(EVERY), max_size=20))  # fmt: skip
def test_many_values_are_judged_as_each_is(values):
    """Check digits all at once, and one by one."""
    values = [*values, *MANY[len(values) % len(MANY)]]
    distinct = {value.strip() for value in values} - {""}
    judged = judge_values(values)
    for name, kind in IDENTIFIER_KINDS.items():
        passing = sum(judged_alone(kind.validate, value) for value in distinct)
        assert (name in judged) == (passing > 0)
        if passing:
            shaped = sum(judged_alone(kind.shape, value) for value in distinct)
            assert (judged[name].matches, judged[name].shaped) == (passing, shaped)
