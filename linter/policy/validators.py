"""Values that identify a person: formats and check digits, and how far a whole column bears them out.

Each validator is a pure function of one value as text. A check digit alone proves nothing, since
one in eleven (ULN, NHS number) or one in 23 (UPN) passes by chance: ``value_evidence`` judges the
column. Only whole values are judged; an identifier inside a longer text is not looked for.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from operator import mul
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S: DfE's order, A = 0 ... Z = 22

_WORTH = {c: int(c) if c.isdigit() else CHECK_LETTERS.index(c) for c in "0123456789" + CHECK_LETTERS}

_UPN = re.compile(rf"[{CHECK_LETTERS}][0-9]{{11}}[0-9{CHECK_LETTERS}]")
_TEN_DIGITS = re.compile(r"[1-9][0-9]{9}")
_NHS = re.compile(r"[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{4}")
_NI = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]")
_OUTWARD = r"(?:[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNP-Y]?|GIR)"
_POSTCODE = re.compile(rf"(?P<outward>{_OUTWARD})(?: ?(?P<sector>[0-9])(?P<unit>[ABD-HJLNP-UW-Z]{{2}})?)?")
_EMAIL = re.compile(r"[^\s@<>\"(),:;]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"(?:(?:\+|00)44(?:0(?=[1-37-9]))?|0)(?:[12][0-9]{8,9}|3[0-9]{9}|7[0-9]{9}|8[0-9]{8,9})")

PostcodePart = Literal["unit", "sector", "district"]


def is_upn(value: str) -> bool:
    """A unique pupil number, permanent (letter, 12 digits) or temporary (letter, 11 digits, letter).

    The check letter is the sum of characters 2 to 13 by their positions, modulo 23; a final letter
    counts by its place in the same alphabet. Source: Government Data Standards Catalogue, Unique
    Pupil Number 2.0 (18 November 2004); DfE school census error 1510.
    """
    upn = _compact(value)
    return bool(_UPN.fullmatch(upn)) and upn[0] == upn_check_letter(upn[1:])


def upn_check_letter(rest: str) -> str:
    """The check letter of the twelve characters that follow it."""
    return CHECK_LETTERS[sum(map(mul, map(_WORTH.__getitem__, rest), range(2, 14))) % 23]


def is_temporary_upn(value: str) -> bool:
    """A UPN that ends in a letter: given while the permanent one is not known."""
    return is_upn(value) and _compact(value)[-1].isalpha()


def is_former_upn(value: str) -> bool:
    """A former UPN has the form of a UPN, permanent or temporary: only its column tells them apart."""
    return is_upn(value)


def is_uln(value: str) -> bool:
    """A unique learner number: ten digits, the first not 0, weighted 10 to 1 leaving 10 modulo 11.

    The placeholder 9999999999 fails the check, as it should: it is nobody's number. Source: HESA
    student record C17051, field ULN; DfE census error 1575.
    """
    uln = _compact(value)
    return bool(_TEN_DIGITS.fullmatch(uln)) and _weighted(uln) % 11 == 10


def is_nhs_number(value: str) -> bool:
    """An NHS number: ten digits (``999 999 9999`` or together), weighted 10 to 1 leaving 0 modulo 11.

    Source: NHS Data Dictionary, attribute NHS NUMBER. Ten equal digits are refused: they pass the
    arithmetic and are placeholders.
    """
    if not _NHS.fullmatch(value.strip()):
        return False
    number = re.sub(r"[ -]", "", value.strip())
    return len(set(number)) > 1 and _weighted(number) % 11 == 0


def is_ni_number(value: str) -> bool:
    """A national insurance number: two prefix letters, six digits, a suffix A to D. No check digit.

    Source: HMRC, National Insurance Manual NIM39110 (letters and prefixes that are never used).
    """
    return bool(_NI.fullmatch(_compact(value)))


def postcode_part(value: str) -> PostcodePart | None:
    """How fine a UK postcode is: ``unit`` (some 15 homes), ``sector`` or ``district``; None if none.

    Source: BS 7666 and the Royal Mail's formats A9, A99, A9A, AA9, AA99, AA9A with inward 9AA.
    """
    match = _POSTCODE.fullmatch(" ".join(value.upper().split()))
    if not match:
        return None
    if match["unit"]:
        return "unit"
    return "sector" if match["sector"] else "district"


def is_postcode(value: str) -> bool:
    """A full postcode, with its unit. Sectors and districts are not identifiers of a person."""
    return postcode_part(value) == "unit"


def is_email(value: str) -> bool:
    """An e-mail address, or a login name of that form (user principal name). Source: RFC 5321, reduced."""
    return bool(_EMAIL.fullmatch(value.strip()))


def is_phone(value: str) -> bool:
    """A UK telephone number with its leading 0, 0044 or +44.

    Without that lead (a spreadsheet drops it) a number is just an integer: not judged. Source:
    Ofcom, National Telephone Numbering Plan (ranges 01, 02, 03, 07, 08).
    """
    number = re.sub(r"[ ().-]", "", value.strip())
    return bool(_PHONE.fullmatch(number))


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """A validator, the shape that its check digit is tried on, and how often chance passes it.

    ``possible`` is a cheap test, of the value in capitals without white space, that no value of the
    shape fails.
    ``chance`` is the share of unrelated values of that shape that pass. With a check digit it is
    known; without one it is a cautious guess of how often other codes look the same.
    """

    validate: Callable[[str], bool]
    shape: Callable[[str], bool]
    chance: float
    possible: Callable[[str], bool]


IDENTIFIER_KINDS: Mapping[str, IdentifierKind] = MappingProxyType(
    {
        "upn": IdentifierKind(is_upn, lambda v: bool(_UPN.fullmatch(_compact(v))), 1 / 23, lambda c: len(c) == 13),
        "uln": IdentifierKind(
            is_uln, lambda v: bool(_TEN_DIGITS.fullmatch(_compact(v))), 1 / 11, lambda c: len(c) == 10
        ),
        "nhs_number": IdentifierKind(
            is_nhs_number, lambda v: bool(_NHS.fullmatch(v.strip())), 1 / 11, lambda c: 10 <= len(c) <= 12
        ),
        "ni_number": IdentifierKind(is_ni_number, is_ni_number, 0.02, lambda c: len(c) == 9),
        "postcode": IdentifierKind(is_postcode, is_postcode, 0.05, lambda c: 5 <= len(c) <= 7),
        "email": IdentifierKind(is_email, is_email, 0.001, lambda c: "@" in c),
        "phone": IdentifierKind(is_phone, is_phone, 0.1, lambda c: len(c) >= 10 and c[0] in "+0(.-"),
    }
)
"""Kind of identifier to its validator."""

LUCK = 1e-6  # below this, chance is no explanation
MOST = 0.5  # a column is *of* a kind when at least half of its distinct values are


@dataclass(frozen=True, slots=True)
class ValueEvidence:
    """How many distinct values of a column are identifiers of a kind. Counts only, no value."""

    kind: str
    matches: int  # distinct values that pass
    shaped: int  # distinct values of the right shape, passing or not
    distinct: int  # distinct non-blank values
    luck: float  # probability of so many passes if the values were unrelated

    @property
    def share(self) -> float:
        """Share of the distinct values that pass, 0 to 1."""
        return self.matches / self.distinct if self.distinct else 0.0

    @property
    def present(self) -> bool:
        """Identifiers are among the values, beyond chance."""
        return self.luck <= LUCK


def value_evidence(values: Iterable[str | int | None]) -> dict[str, float]:
    """Kind of identifier to the share (0..1) of the distinct values that are of that kind.

    Only kinds that chance can't explain are in it: see ``judge_values``, which also has the counts.
    """
    return {kind: judged.share for kind, judged in judge_values(values).items() if judged.present}


def judge_values(values: Iterable[str | int | None]) -> dict[str, ValueEvidence]:
    """Judge the distinct values of a column; a kind that no value passes is left out.

    Null and blank values don't count. Integers are read as their digits. Whether chance explains
    the passes is a binomial tail over the values of the right shape: it takes six ULNs out of six,
    two e-mail addresses or five UPNs, so ten-digit order numbers are not taken for ULNs.
    """
    distinct = {text for value in values if value is not None and (text := str(value).strip())}
    compact = {text: _compact(text) for text in distinct}
    found: dict[str, ValueEvidence] = {}
    for name, kind in IDENTIFIER_KINDS.items():
        candidates = [text for text, short in compact.items() if kind.possible(short)]
        matches = sum(map(kind.validate, candidates))
        if matches:
            shaped = sum(map(kind.shape, candidates)) if matches < len(candidates) else matches
            luck = _tail(matches, shaped, kind.chance)
            found[name] = ValueEvidence(name, matches, shaped, len(distinct), luck)
    return found


def decisive_kind(shares: Mapping[str, float]) -> str | None:
    """The kind that a column is of, from ``value_evidence``: the largest share, if at least half."""
    kind = max(shares, key=lambda k: shares[k], default=None)
    return kind if kind is not None and shares[kind] >= MOST else None


BirthRange = Literal["school_age", "people", "no"]


def birth_range(earliest: dt.date, latest: dt.date, today: dt.date) -> BirthRange:
    """Whether the range of a date column could be birth dates, counted back from ``today``.

    ``school_age``: everyone would be 2 to 25 (nursery to an education, health and care plan's end);
    ``people``: 0 to 110. Supports a name that speaks of birth; alone it proves nothing, since order
    dates of past years lie in the same range.
    """
    if earliest > latest:
        raise ValueError("the earliest date is after the latest")
    oldest, youngest = _years(earliest, today), _years(latest, today)
    if youngest >= 2 and oldest <= 25 and oldest > youngest:
        return "school_age"
    return "people" if youngest >= 0 and oldest <= 110 and oldest - youngest >= 2 else "no"


def _years(born: dt.date, today: dt.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _compact(value: str) -> str:
    return "".join(value.split()).upper()


def _weighted(digits: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True))


def _tail(successes: int, trials: int, chance: float) -> float:
    """P(at least ``successes`` of ``trials``) if each has probability ``chance`` (Chernoff's bound).

    The bound is never below the true tail, so nothing is called significant that is not.
    """
    rate = successes / trials
    if rate <= chance:
        return 1.0
    divergence = rate * math.log(rate / chance)
    if rate < 1:
        divergence += (1 - rate) * math.log((1 - rate) / (1 - chance))
    return math.exp(-trials * divergence)
