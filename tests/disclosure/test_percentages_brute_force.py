"""Percentages as constraints, against every whole-number table that is printed the same way."""

from __future__ import annotations

import itertools
import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest

from linter.disclosure.published import Share, audit_published
from linter.disclosure.tables import Table

LARGEST = 30
"""More than any total of the cases."""

MOST = 20_000

Row = tuple[int, int]


def printed(part: int, base: int) -> str:
    return str((Decimal(100 * part) / base).quantize(Decimal(1), ROUND_HALF_UP))


def fits(part: int, base: int, text: str | None) -> bool:
    if text is None:
        return True
    return base > 0 and part <= base and abs(Fraction(100 * part, base) - int(text)) <= Fraction(1, 2)


def possible(rows: list[Row], hidden: list[list[bool]], texts: list[str | None], *, total: bool) -> list[list[Row]]:
    """Every table that looks the same, with figures up to ``LARGEST``."""
    pairs = [list(zip(*row, strict=True)) for row in zip(rows, hidden, strict=True)]
    known = [[range(LARGEST + 1) if h else (v,) for v, h in pair] for pair in pairs]
    each = [[(n, k) for n in ns for k in ks if fits(k, n, t)] for (ns, ks), t in zip(known, texts, strict=True)]
    *parts, last = each if total else [*each, []]
    if np.prod([float(len(p)) for p in parts]) > MOST:
        return []
    sums = set(last)
    return [
        [*combo, whole]
        for combo in itertools.product(*parts)
        if (whole := (sum(n for n, _ in combo), sum(k for _, k in combo))) in sums or not total
    ]


@pytest.mark.parametrize("seed", range(60))
def test_what_percentages_tell_is_what_all_tables_have_in_common(seed):
    rng = random.Random(seed)
    for _ in range(5):
        groups, total = rng.choice([2, 2, 3]), rng.random() < 0.7
        rows = [(n, rng.randint(0, n)) for n in (rng.randint(1, 9) for _ in range(groups))]
        rows += [(sum(n for n, _ in rows), sum(k for _, k in rows))] if total else []
        hidden = [[rng.random() < 0.3, rng.random() < 0.6] for _ in rows]
        texts = [printed(k, n) if rng.random() < 0.6 else None for n, k in rows]
        tables = possible(rows, hidden, texts, total=total)
        if tables:
            _compare(rows, hidden, texts, tables, total=total)


def _compare(
    rows: list[Row], hidden: list[list[bool]], texts: list[str | None], tables: list[list[Row]], *, total: bool
) -> None:
    mask = np.array(hidden)
    labels = [f"g{i}" for i in range(len(rows))]
    if total:
        labels[-1] = "Total"
    table = Table({"group": labels}, np.where(mask, 0, rows), mask, measures=["pupils", "eligible"])
    shares = [Share((0, i, 1), (0, i, 0), text, 0) for i, text in enumerate(texts) if text is not None]
    found = audit_published([table], shares=shares, width=9)
    claimed = {item.figure[1:] for item in found.recoverable}
    placed = {place[1:]: narrow for narrow in found.ranges.narrow for place in found.figures(narrow.cell)}
    for i, k in zip(*np.nonzero(mask), strict=True):
        values = {t[i][k] for t in tables}
        cell = int(found.linked.cell_of[0][i, k])
        if (i, k) in claimed:
            value = found.pins[cell].value if cell in found.pins else found.recovery.by_cell[cell].value
            assert values == {value} == {rows[i][k]}
        elif (i, k) in placed:
            assert placed[i, k].low <= min(values) <= max(values) <= placed[i, k].high
        else:
            assert len(values) > 1 or found.unused or found.ranges.not_decided
