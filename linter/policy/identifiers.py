"""What a whole column is: how many of its distinct values identify persons, beyond chance."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from types import MappingProxyType

from linter.policy.validators import (
    compact,
    is_email,
    is_nhs_number,
    is_ni_number,
    is_phone,
    is_postcode,
    is_uln,
    is_upn,
    like_nhs_number,
    like_uln,
    like_upn,
)
from linter.records import dataclass

LUCK = 1e-6  # below this, chance is no explanation
MOST = 0.5  # a column is *of* a kind when at least half of its distinct values are
_ANY = range(1, 1 << 30)
_MANY = 1_000  # values from which on it pays to check digits all at once


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """A validator, the shape that its check digit is tried on, and how often chance passes it.

    ``lengths`` and ``possible`` are cheap tests, of the value in capitals without white space, that no
    value of the shape fails.
    ``chance`` is the share of unrelated values of that shape that pass. With a check digit it is
    known; without one it is a cautious guess of how often other codes look the same.
    """

    validate: Callable[[str], bool]
    shape: Callable[[str], bool]
    chance: float
    lengths: Container[int]
    possible: Callable[[str], bool] = bool


IDENTIFIER_KINDS: Mapping[str, IdentifierKind] = MappingProxyType(
    {
        "upn": IdentifierKind(is_upn, like_upn, 1 / 23, (13,)),
        "uln": IdentifierKind(is_uln, like_uln, 1 / 11, (10,)),
        "nhs_number": IdentifierKind(is_nhs_number, like_nhs_number, 1 / 11, range(10, 13)),
        "ni_number": IdentifierKind(is_ni_number, is_ni_number, 0.02, (9,)),
        "postcode": IdentifierKind(is_postcode, is_postcode, 0.05, range(5, 8)),
        "email": IdentifierKind(is_email, is_email, 0.001, _ANY, lambda short: "@" in short),
        "phone": IdentifierKind(is_phone, is_phone, 0.1, range(10, 1 << 30), lambda short: short[0] in "+0(.-"),
    }
)
"""Kind of identifier to its validator."""


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
    distinct = list({text for value in values if value is not None and (text := str(value).strip())})
    by_length: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for text, short in zip(distinct, _compacted(distinct), strict=True):
        by_length[len(short)].append((text, short))
    found: dict[str, ValueEvidence] = {}
    for name, kind in IDENTIFIER_KINDS.items():
        matches = shaped = 0
        for length, pairs in by_length.items():
            if length in kind.lengths:
                passing, like = _counted(name, kind, [pair for pair in pairs if kind.possible(pair[1])])
                matches, shaped = matches + passing, shaped + like
        if matches:
            found[name] = ValueEvidence(name, matches, shaped, len(distinct), _tail(matches, shaped, kind.chance))
    return found


def decisive_kind(shares: Mapping[str, float]) -> str | None:
    """The kind that a column is of, from ``value_evidence``: the largest share, if at least half."""
    kind = max(shares, key=lambda k: shares[k], default=None)
    return kind if kind is not None and shares[kind] >= MOST else None


def _compacted(texts: Sequence[str]) -> list[str]:
    """``compact`` of each, all at once where there is no white space to take out."""
    together = "\0".join(texts)
    shorts = together.upper().split("\0")
    if len(shorts) == len(texts) and len(together.split(maxsplit=1)) == 1:
        return shorts
    return [compact(text) for text in texts]


def _counted(name: str, kind: IdentifierKind, candidates: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How many of the candidates (the text, and it in capitals without white space) pass and have the shape."""
    texts = [text for text, _ in candidates]
    passing = like = 0
    if len(candidates) >= _MANY and (width := {"upn": 13, "uln": 10, "nhs_number": 10}.get(name)):
        from linter.policy.check_digits import counted  # numpy takes longer to load than a few values to check

        passing, like = counted(name, [short for text, short in candidates if len(text) == len(short) == width])
        texts = [text for text, short in candidates if not len(text) == len(short) == width]
    matches = sum(map(kind.validate, texts))
    return passing + matches, like + (sum(map(kind.shape, texts)) if matches < len(texts) else matches)


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
