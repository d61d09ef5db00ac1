"""Datasets with stricter rules of their own, and what declaring one does to a profile.

The datasets are data (``data/datasets.toml``). A declared dataset raises the threshold of the whole
workbook: its visuals may mix sources, and a table is as sensitive as the worst of them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.policy.profile import Profile


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: small is 1..``threshold`` at least; ``restricted``: not for external readers."""

    name: str
    words: tuple[str, ...]
    threshold: int
    restricted: bool
    source: str


def datasets_in(text: str) -> tuple[Dataset, ...]:
    """The known datasets that a declaration such as ``CIN census 2024`` names."""
    said = f" {_plain(text)} "
    return tuple(d for d in known_datasets() if any(f" {_plain(word)} " in said for word in d.words))


def profile_for(profile: Profile, declared: Iterable[str]) -> Profile:
    """The profile as it holds for a workbook with these declared datasets: never laxer than before.

    The threshold rises to that of the strictest dataset; what has to be at least as wide rises with it.
    """
    found = {d for text in declared for d in datasets_in(text)}
    return raised(profile, max((max(d.threshold, profile.thresholds.get(d.name, 0)) for d in found), default=0))


def raised(profile: Profile, t: int) -> Profile:
    """The profile with a threshold of at least ``t``, and all that has to go with it."""
    if t <= profile.threshold:
        return profile
    return replace(
        profile,
        threshold=t,
        group_limit=max(profile.group_limit, t + 1),
        width=max(profile.width, t),
        bands=bands_from(profile.bands, t),
    )


def bands_from(edges: Iterable[int], t: int) -> tuple[int, ...]:
    """The edges that still hide counts up to ``t``: the first reaches it, the others lie 2t apart."""
    kept: list[int] = []
    for edge in edges:
        if (not kept and edge >= t) or (kept and edge - kept[-1] >= 2 * t):
            kept.append(edge)
    return tuple(kept) or (t,)


@functools.cache
def known_datasets() -> tuple[Dataset, ...]:
    """All datasets of the data file, in its order."""
    text = resources.files("linter.policy").joinpath("data", "datasets.toml").read_text(encoding="utf-8")
    return tuple(
        Dataset(name, tuple(entry["words"]), entry["threshold"], entry["restricted"], entry["source"])
        for name, entry in tomllib.loads(text).items()
    )


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))
