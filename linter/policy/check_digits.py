"""Check digits of many values at once, in numpy: equal to the validators of single values, only faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linter.policy.validators import CHECK_LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NOTHING = 99
_WORTH = np.full(256, _NOTHING, np.int64)
_WORTH[list(b"0123456789")] = range(10)
_WORTH[list(CHECK_LETTERS.encode())] = range(len(CHECK_LETTERS))


def counted(kind: str, texts: Sequence[str]) -> tuple[int, int]:
    """How many texts pass the check of their kind, and how many have its shape.

    Args:
        kind: ``upn`` (texts of 13 characters), ``uln`` or ``nhs_number`` (of 10).
        texts: in capitals, without white space.
    """
    if not texts:
        return 0, 0
    together = "".join(texts).encode("ascii", "replace")  # what is not ASCII is in no identifier
    characters = np.frombuffer(together, np.uint8).reshape(len(texts), -1)
    shaped, passing = _upns(characters) if kind == "upn" else _ten_digits(characters, kind)
    return int(np.count_nonzero(shaped & passing)), int(np.count_nonzero(shaped))


def _upns(characters: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which have the shape, and which the right check letter."""
    worth, digits = _WORTH[characters], _digits(characters)
    letters = ~digits & (worth < _NOTHING)
    shaped: NDArray[np.bool_] = letters[:, 0] & digits[:, 1:12].all(axis=1) & (digits | letters)[:, 12]
    return shaped, worth[:, 1:] @ np.arange(2, 14) % 23 == worth[:, 0]


def _ten_digits(characters: NDArray[np.uint8], kind: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    shaped = np.all(_digits(characters), axis=1)
    rest = _WORTH[characters] @ np.arange(10, 0, -1) % 11
    if kind == "uln":
        return shaped & (characters[:, 0] != ord("0")), rest == 10
    return shaped, (rest == 0) & (characters != characters[:, :1]).any(axis=1)


def _digits(characters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (characters >= ord("0")) & (characters <= ord("9"))
