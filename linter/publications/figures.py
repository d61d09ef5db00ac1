"""From the texts of a published table to figures for the audit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field

import numpy as np

from linter.disclosure.rounding import rounding_base
from linter.disclosure.system import Bools, Floats
from linter.disclosure.tables import Table
from linter.publications.record import PublishedTable
from linter.publications.symbols import Reading, read
from linter.records import dataclass

_NO_COUNT = re.compile(
    r"percent|%|(?:^|_|\b)(?:pct|perc|rate|average|avg|mean|median|score|ratio|proportion|share|index)(?:$|_|\b)",
    re.IGNORECASE,
)
ELSEWHERE = "\0elsewhere"
"""The parent of locations that could not be linked to those above them."""

LEAST_FOR_ROUNDING = 30
"""Figures that must all be multiples before they are taken for rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """A table as numbers: arrays have the shape (rows, measures).

    Attributes:
        source: what was read.
        names: measures that can be audited: counts and other amounts that add up.
        left_out: measure -> why it was not audited.
        values: 0 where hidden. hidden: by whatever symbol. low, high: what the symbol says.
        rounding: the base of rounded figures, 0 for exact ones.
        symbols: how often each symbol stands there.
    """

    source: PublishedTable
    names: tuple[str, ...]
    left_out: dict[str, str]
    values: Floats = field(repr=False)
    hidden: Bools = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    rounding: Floats = field(repr=False)
    symbols: Counter[str] = field(default_factory=Counter)


def figures(table: PublishedTable, also: frozenset[str], *, asked: bool) -> Figures:
    """Read the texts.

    Args:
        table: as published; every text of a measure must be a figure or a symbol.
        also: further symbols that hide a figure.
        asked: the measures were named by the caller, so that their names prove nothing against them.
    """
    why = "a percentage, rate or mean does not add up"
    left_out = {n: why for n in table.measures if not asked and _NO_COUNT.search(n)}
    names = tuple(n for n in table.measures if n not in left_out)
    shape = (table.rows, len(names))
    values, low, high = np.zeros(shape), np.full(shape, -np.inf), np.full(shape, np.inf)
    hidden = np.zeros(shape, dtype=np.bool_)
    known: dict[str, Reading | None] = {}
    symbols: Counter[str] = Counter()
    for m, name in enumerate(names):
        for row, text in enumerate(table.measures[name]):
            if text not in known:
                known[text] = read(text, also)
            reading = known[text]
            if reading is None:  # readers of files refuse such texts
                message = f"a text of {name!r} is neither number nor symbol"
                raise ValueError(message)
            if reading.symbol:
                symbols[reading.symbol] += 1
            if reading.value is None:
                hidden[row, m], low[row, m], high[row, m] = True, reading.low, reading.high
            else:
                values[row, m] = reading.value
    rounding = _rounding(values, hidden, table.level)
    return Figures(table, names, left_out, values, hidden, low, high, rounding, symbols)


def _rounding(values: Floats, hidden: Bools, level: Sequence[str]) -> Floats:
    """The base of each figure, told by level and measure from the figures themselves."""
    base = np.zeros(values.shape)
    levels = np.asarray(level if len(level) else [""] * len(values), dtype=object)
    for name in dict.fromkeys(levels.tolist()):
        rows = levels == name
        shown = values[rows][~hidden[rows]]
        shown = shown[shown != 0]
        if len(shown) >= LEAST_FOR_ROUNDING and (found := rounding_base(shown)) > 0:
            base[rows] = found
    return base


def long_form(
    found: Figures, columns: Sequence[int], *, totals: Sequence[str], linked: bool, nonnegative: bool = True
) -> Table:
    """The table for the audit.

    Args:
        found: the figures.
        columns: places of the measures to take.
        totals: dimensions whose total label may be used.
        linked: use the hierarchies.
        nonnegative: no figure can be below zero.
    """
    source, at = found.source, list(columns)
    hierarchies: dict[str, Mapping[object, object]] = {d: dict(h.items()) for d, h in source.hierarchies.items()}
    if not linked:
        hierarchies = {d: _cut_off(source, d) for d in hierarchies}
    return Table(
        {key(d): np.asarray(labels, dtype=object) for d, labels in source.dimensions.items()},
        found.values[:, at],
        found.hidden[:, at],
        totals={key(d): label for d, label in source.totals.items() if d in totals},
        hierarchies={key(d): h for d, h in hierarchies.items()},
        measures=[key(found.names[m]) for m in at],
        rounding=found.rounding[:, at],
        low=np.maximum(found.low[:, at], 0 if nonnegative else -np.inf),
        high=found.high[:, at],
        name=source.path,
    )


def _cut_off(source: PublishedTable, dimension: str) -> dict[object, object]:
    """A hierarchy that links no label with another."""
    labels = set(source.dimensions[dimension]) - {source.totals.get(dimension, "")}
    return dict.fromkeys(labels, ELSEWHERE)


def key(name: str) -> str:
    """The name under which columns of several files are one: case, spaces and underscores aside."""
    return re.sub(r"[\s_]+", " ", name.strip().casefold())
