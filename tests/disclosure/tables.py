"""Random published tables for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from linter.disclosure.tables import Table


def with_totals(body: np.ndarray) -> np.ndarray:
    """The table with a total in place 0 of every dimension."""
    full = body
    for axis in range(body.ndim):
        full = np.concatenate((full.sum(axis=axis, keepdims=True), full), axis=axis)
    return full


def long_form(
    full: np.ndarray, hidden: np.ndarray, names: str, *, keep: np.ndarray | None = None, high: float = np.inf
) -> Table:
    """A published table of a full array; label 0 is the total, ``keep`` says which rows are printed."""
    kept = np.ones(full.shape, bool) if keep is None else keep
    index = np.nonzero(kept)
    values = full[kept].astype(float)
    return Table(
        dict(zip(names, index, strict=True)),
        np.where(hidden[kept], np.nan, values),
        hidden[kept],
        totals=0,
        absent="zero",
        truth=values,
        high=high,
    )


@st.composite
def published(draw: st.DrawFn, *, most_cells: int = 20, largest: int = 4) -> list[Table]:
    """One table, or two that share a margin; some cells hidden, some totals hidden or not printed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from([(2, 2), (3, 3), (2, 4), (4, 3), (2, 2, 2), (2, 2, 3), (2, 3, 2), (3, 3, 2)]))
    share = draw(st.sampled_from([0.2, 0.35, 0.5]))
    body = rng.integers(0, largest + 1, shape)
    full = with_totals(body)
    inner = np.ix_(*[np.arange(n + 1) > 0 for n in shape])
    hidden = rng.random(full.shape) < share
    only_body = draw(st.booleans())
    if only_body:
        mask = np.zeros(full.shape, bool)
        mask[inner] = True
        hidden &= mask
    if hidden.sum() > most_cells:
        extra = rng.permutation(np.flatnonzero(hidden))[most_cells:]
        hidden.ravel()[extra] = False
    keep = np.ones(full.shape, bool)
    if draw(st.booleans()):  # a margin that this table does not print
        axis = draw(st.integers(0, len(shape) - 1))
        keep[tuple(0 if a == axis else slice(None) for a in range(len(shape)))] = False
    names = "abc"[: len(shape)]
    tables = [long_form(full, hidden, names, keep=keep)]
    if draw(st.booleans()):  # a second table: the same first dimension by another one
        first = body.sum(axis=tuple(range(1, len(shape))))
        parts = np.array([rng.multinomial(n, [0.5, 0.3, 0.2]) for n in first])
        second = with_totals(parts)
        masked = rng.random(second.shape) < share / 2
        shown = np.ones(second.shape, bool)
        if draw(st.booleans()):
            shown[:, 0] = False
        tables.append(long_form(second, masked, "ad", keep=shown))
    return tables
