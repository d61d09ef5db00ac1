"""The scan of reachable states, inside the data process: tuples of codes in, numbers of cells out.

No code, label or key leaves: of every combination of fields only how many of its cells are rare, and how
many people are in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.disclosure.isolation import Lattice
    from linter.disclosure.system import Ints


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure whose reachable states are asked for.

    Attributes:
        used: the flag of the rows behind it, None for all rows.
        guards: dynamic suppression: shown from so many people on, among the rows of a flag (None: all).
        cliques: fields that can be combined; of these, the fields that readers can turn.
    """

    used: int | None
    guards: tuple[tuple[int, int | None], ...]
    cliques: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to scan. The query gives, in this order, ``fields`` codes from 0, the code of a person if ``unit``
    (-1 where nobody knows who it is), ``flags`` columns of 0 and 1, and the people behind the row.

    Attributes:
        selectable: field -> codes that readers can choose, where these are not all.
        threshold: most people in a rare cell.
        depth: most fields in a combination.
        budget: seconds for the query and all figures together.
    """

    sql: str
    fields: int
    unit: bool
    flags: int
    figures: tuple[Figure, ...]
    selectable: Mapping[int, tuple[int, ...]]
    threshold: int
    depth: int
    budget: float

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ScanRequest:
        """The inverse of ``dataclasses.asdict`` by way of JSON, whose keys are texts."""
        figures = tuple(
            Figure(
                f["used"],
                tuple((least, flag) for least, flag in f["guards"]),
                tuple((tuple(fields), tuple(turned)) for fields, turned in f["cliques"]),
            )
            for f in data["figures"]
        )
        selectable = {int(f): tuple(codes) for f, codes in data["selectable"].items()}
        return cls(**{**data, "figures": figures, "selectable": selectable})


@dataclass(frozen=True, slots=True)
class Found:
    """The minimal rare cells of one combination: how many, how many people, how many cells only by difference."""

    fields: tuple[int, ...]
    cells: int
    people: int
    by_difference: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """The states of one figure. ``not_decided``: combinations that were not looked at, by their size."""

    found: tuple[Found, ...]
    not_decided: Mapping[int, int]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Scanned:
        """The inverse of ``dataclasses.asdict`` by way of JSON."""
        found = tuple(Found(**{**f, "fields": tuple(f["fields"])}) for f in data["found"])
        return cls(found, {int(size): n for size, n in data["not_decided"].items()})


def scanned(numbers: Ints, asked: ScanRequest, budget: float) -> list[Scanned]:
    """Scan the figures one after another; what is left of the budget is shared among those to come.

    ``numbers``: all that the query gives, row by row. ``budget``: seconds that the query left of the request's.
    """
    import numpy as np

    from linter.disclosure.isolation import Clique, Guard, scan

    deadline = monotonic() + budget
    width = asked.fields + asked.unit + asked.flags + 1
    table = np.ascontiguousarray(numbers.reshape(-1, width).T)
    codes = list(table[: asked.fields])
    flags = [column != 0 for column in table[width - 1 - asked.flags : width - 1]]
    every = np.ones(table.shape[1], dtype=np.bool_)
    found = []
    for place, figure in enumerate(asked.figures):
        left = (deadline - monotonic()) / (len(asked.figures) - place)
        guards = [Guard(n, every if f is None else flags[f]) for n, f in figure.guards]
        lattice = scan(
            codes,
            asked.threshold,
            most_fields=asked.depth,
            units=table[asked.fields] if asked.unit else None,
            weights=None if asked.unit else table[-1],
            used=None if figure.used is None else flags[figure.used],
            selectable=asked.selectable,
            cliques=[Clique(frozenset(fields), frozenset(turned)) for fields, turned in figure.cliques],
            guards=[Guard(n) if f == figure.used else g for g, (n, f) in zip(guards, figure.guards, strict=True)],
            budget=left,
        )
        found.append(_told(lattice))
    return found


def _told(lattice: Lattice) -> Scanned:
    not_decided: dict[int, int] = {}
    for fields in lattice.not_decided:
        not_decided[len(fields)] = not_decided.get(len(fields), 0) + 1
    found = (
        Found(c.fields, len(c.contributors), int(c.contributors.sum()), int(c.by_difference.sum()))
        for c in lattice.found
    )
    return Scanned(tuple(found), not_decided)
