"""Values that identify a person: formats and check digits.

Each validator is a pure function of one value as text. A check digit alone proves nothing, since
one in eleven (ULN, NHS number) or one in 23 (UPN) passes by chance: ``linter.policy.identifiers``
judges whole columns. Only whole values are judged; an identifier inside a longer text is not looked for.
"""

from __future__ import annotations

import re
from operator import mul
from typing import Literal

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


def like_upn(value: str) -> bool:
    """Whether it has the form of a UPN, whatever its check letter."""
    return bool(_UPN.fullmatch(compact(value)))


def is_upn(value: str) -> bool:
    """A unique pupil number, permanent (letter, 12 digits) or temporary (letter, 11 digits, letter).

    The check letter is the sum of characters 2 to 13 by their positions, modulo 23; a final letter
    counts by its place in the same alphabet. Source: Government Data Standards Catalogue, Unique
    Pupil Number 2.0 (18 November 2004); DfE school census error 1510.
    """
    upn = compact(value)
    return bool(_UPN.fullmatch(upn)) and upn[0] == upn_check_letter(upn[1:])


def upn_check_letter(rest: str) -> str:
    """The check letter of the twelve characters that follow it."""
    return CHECK_LETTERS[sum(map(mul, map(_WORTH.__getitem__, rest), range(2, 14))) % 23]


def is_temporary_upn(value: str) -> bool:
    """A UPN that ends in a letter: given while the permanent one is not known."""
    return is_upn(value) and compact(value)[-1].isalpha()


def is_former_upn(value: str) -> bool:
    """A former UPN has the form of a UPN, permanent or temporary: only its column tells them apart."""
    return is_upn(value)


def like_uln(value: str) -> bool:
    """Whether it has the form of a unique learner number, whatever its check digit."""
    return bool(_TEN_DIGITS.fullmatch(compact(value)))


def is_uln(value: str) -> bool:
    """A unique learner number: ten digits, the first not 0, weighted 10 to 1 leaving 10 modulo 11.

    The placeholder 9999999999 fails the check, as it should: it is nobody's number. Source: HESA
    student record C17051, field ULN; DfE census error 1575.
    """
    uln = compact(value)
    return bool(_TEN_DIGITS.fullmatch(uln)) and _weighted(uln) % 11 == 10


def like_nhs_number(value: str) -> bool:
    """Whether it has the form of an NHS number, whatever its check digit."""
    return bool(_NHS.fullmatch(value.strip()))


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
    return bool(_NI.fullmatch(compact(value)))


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


def compact(value: str) -> str:
    """A value in capitals without white space."""
    return "".join(value.split()).upper()


def _weighted(digits: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True))
