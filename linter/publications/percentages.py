"""Percentages, rates and means of a table, as far as its own figures show what they divide.

A column is taken for such a quotient only where every figure that can be checked bears it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field

import numpy as np

from linter.disclosure.published import Share
from linter.disclosure.ratios import decimals_shown
from linter.disclosure.system import Bools, Floats, Ints
from linter.publications.figures import Figures
from linter.publications.symbols import read
from linter.records import dataclass

LEAST_BORNE_OUT = 3
"""Figures other than nought and the whole that must fit before a column is taken for a quotient."""

SAMPLE = 200
"""Rows on which quotients are tried before all are."""

MOST_DECIMALS = 9
"""Of a figure in full precision the last digits are a computer's, not its own."""

WHOLES = (100, 1, 1000, 10_000, 100_000)
"""Percentages, proportions and means, rates."""


@dataclass(frozen=True, slots=True, eq=False)
class Quotient:
    """A column that is ``of`` times one measure divided by another, or by the same at a total.

    ``base_rows`` has the row of each row's denominator, -1 where there is none.
    """

    column: str
    numerator: int
    denominator: int
    of: int
    total_of: str | None  # the dimension at whose total the denominator stands
    base_rows: Ints = field(repr=False)
    decimals: int = 0

    def told(self, names: Sequence[str]) -> str:
        """What the column was taken for."""
        base = f"{names[self.denominator]!r}" if self.total_of is None else f"its total by {self.total_of!r}"
        kind = {100: "percentage", 1: "quotient"}.get(self.of, f"rate per {self.of:,}")
        return f"{self.column!r} is read as the {kind} of {names[self.numerator]!r} in {base}"


def quotients(found: Figures) -> Iterator[Quotient]:
    """The columns left out that the table's own figures explain, each by the one pair of measures that fits."""
    lookups = {d: _rows_at_total(found, d) for d in found.source.totals if d not in found.source.hierarchies}
    here = np.arange(found.source.rows)
    for column in found.left_out:
        printed = _column(found.source.measures[column])
        checked = np.flatnonzero(printed.shown)
        if len(checked) < LEAST_BORNE_OUT:
            continue
        tried = checked[:: max(1, len(checked) // SAMPLE)]
        fits = [
            Quotient(column, n, d, of, dimension, rows, printed.decimals)
            for of in WHOLES
            for dimension, rows in [(None, here), *lookups.items()]
            for n, d in _pairs(found, rows, printed, tried[rows[tried] >= 0], of)
            if (n == d) == (dimension is not None)
        ]
        fits = [q for q in fits if _borne_out(found, q, printed.values, checked)]
        if len(fits) > 1:
            fits = [q for q in fits if _named_alike(column, found.names[q.numerator])]
        if len(fits) == 1:
            yield fits[0]


def shares(found: Figures, table: int, known: Sequence[Quotient]) -> Iterator[Share]:
    """The shown figures of quotients whose numerator or base is hidden; ``table`` is its place in the audit."""
    for quotient in known:
        texts = found.source.measures[quotient.column]
        rows = np.flatnonzero(quotient.base_rows >= 0)
        hidden = found.hidden[rows, quotient.numerator]
        hidden |= found.hidden[quotient.base_rows[rows], quotient.denominator]
        part = _never_more(found, quotient)
        for row in rows[hidden].tolist():
            text = _plain(texts[row])
            if text is not None:
                base = (table, int(quotient.base_rows[row]), quotient.denominator)
                yield Share((table, row, quotient.numerator), base, text, quotient.decimals, quotient.of, part)


@dataclass(frozen=True, slots=True, eq=False)
class _Printed:
    """Figures of a column, which of them are shown, and the most decimals that any has."""

    values: Floats
    shown: Bools
    decimals: int


def _column(texts: Sequence[str]) -> _Printed:
    plain = {text: _plain(text) for text in set(texts)}
    shown = np.array([plain[text] is not None for text in texts], dtype=np.bool_)
    values = np.array([float(plain[text] or 0) for text in texts])
    decimals = max((decimals_shown(p) for p in plain.values() if p is not None), default=0)
    return _Printed(values, shown, min(decimals, MOST_DECIMALS))


def _plain(text: str) -> str | None:
    """The digits of a printed figure; None for a symbol."""
    reading = read(text)
    if reading is None or reading.value is None or reading.symbol or "e" in text.casefold():
        return None
    return re.sub(r"[,\u00a0\u202f £$€%]", "", text)


def _rows_at_total(found: Figures, dimension: str) -> Ints:
    """For each row the one with the total of a dimension and otherwise the same labels; -1 for none or itself."""
    source = found.source
    names = list(source.dimensions)
    at, total = names.index(dimension), source.totals[dimension]
    rows = list(zip(*source.dimensions.values(), strict=True))
    totals = {labels[:at] + labels[at + 1 :]: i for i, labels in enumerate(rows) if labels[at] == total}
    bases = [-1 if x[at] == total else totals.get(x[:at] + x[at + 1 :], -1) for x in rows]
    return np.array(bases, dtype=np.int64)


def _pairs(found: Figures, base_rows: Ints, printed: _Printed, rows: Ints, of: int) -> Iterator[tuple[int, int]]:
    """Pairs of measures in whole numbers, numerator and base, that fit the rows tried."""
    bases, figures = base_rows[rows], printed.values[rows][:, None]
    tops, top_known = found.values[rows], ~found.hidden[rows] & (found.rounding[rows] == 0)
    counts = (found.values == np.rint(found.values)).all(axis=0)
    for d in np.flatnonzero(counts).tolist():
        whole = found.values[bases, d]
        known = ~found.hidden[bases, d] & (found.rounding[bases, d] == 0) & (whole > 0)
        usable = known[:, None] & top_known
        quotient = of * tops / np.where(whole > 0, whole, 1.0)[:, None]
        fits = np.abs(quotient - figures) <= _slack(printed.decimals)
        good = counts & (fits | ~usable).all(axis=0) & (usable.sum(axis=0) > 0)
        yield from ((int(n), d) for n in np.flatnonzero(good))


def _borne_out(found: Figures, q: Quotient, figures: Floats, checked: Ints) -> bool:
    """Whether all figures that can be checked fit, and enough of them say something."""
    rows = checked[q.base_rows[checked] >= 0]
    bases = q.base_rows[rows]
    whole, part = found.values[bases, q.denominator], found.values[rows, q.numerator]
    exact = (found.rounding[rows, q.numerator] == 0) & (found.rounding[bases, q.denominator] == 0)
    known = exact & (whole > 0) & ~found.hidden[rows, q.numerator] & ~found.hidden[bases, q.denominator]
    quotient = q.of * part[known] / whole[known]
    telling = (part[known] > 0) & (part[known] != whole[known])
    fits = np.abs(quotient - figures[rows][known]) <= _slack(q.decimals)
    return bool(fits.all()) and int(telling.sum()) >= LEAST_BORNE_OUT


def _slack(decimals: int) -> float:
    return float(0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-12)


def _never_more(found: Figures, q: Quotient) -> bool:
    """Whether the numerator is never more than its base, where both are shown."""
    rows = np.flatnonzero(q.base_rows >= 0)
    bases = q.base_rows[rows]
    known = ~found.hidden[rows, q.numerator] & ~found.hidden[bases, q.denominator]
    return bool((found.values[rows, q.numerator][known] <= found.values[bases, q.denominator][known]).all())


_NOT_TELLING = frozenset({
    "percent", "percentage", "pct", "perc", "rate", "of", "the", "share", "proportion", "mean", "average",
})  # fmt: skip


def _named_alike(column: str, measure: str) -> bool:
    """Whether the name of a measure says what the column says, percentage aside."""
    words = [set(re.split(r"[\W_]+", name.casefold())) - _NOT_TELLING - {""} for name in (column, measure)]
    return words[0] == words[1]
