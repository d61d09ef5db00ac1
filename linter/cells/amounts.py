"""Amounts: the shares that the units with the largest contributions have in the sum of each cell.

Contributions are the absolute sums of single persons. They never leave the data process: what crosses is
each one's share of the cell's total, in whole parts of ``SHARE``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from linter.cells.sql import func, number
from linter.cells.sql.tree import cast
from linter.cells.summed import values_of
from linter.evidence import SHARE, Unit
from linter.expressions import Column, Expr, columns
from linter.model import Base
from linter.records import dataclass

_LARGEST_NUMBER = 1e300  # infinities and not-a-number say nothing of a share


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is to be known of amounts: ``sums`` says what is summed, by place of the base; of how many ``largest``."""

    sums: Mapping[int, Expr]
    largest: int

    def names(self) -> list[str]:
        """Names of the number columns with the shares, in order: ``share:i:k``."""
        return [f"share:{i}:{k}" for i in self.sums for k in range(1, self.largest + 1)]

    def rewritten(self, change: Callable[[Expr], Expr]) -> Amounts:
        """The same amounts with their expressions changed."""
        return replace(self, sums={i: change(e) for i, e in self.sums.items()})


NONE = Amounts({}, 0)


def amount_of(base: Base, unit: Unit, is_count: Callable[[Column], bool]) -> Expr | None:
    """What a base sums over people; None if it prints a number of people or something else."""
    if base.role != "value" or base.aggregate != "sum" or base.arg is None or unit.kind not in {"key", "rows"}:
        return None
    summed = {c for value in values_of(base.arg) for c in columns(value)}
    return base.arg if summed and not any(is_count(c) for c in summed) else None


def contributions(
    rows: exp.Select, keys: Mapping[str, exp.Expr], amount: exp.Expr, unit: exp.Expr | None, mask: exp.Expr | None
) -> exp.Select:
    """One line for each cell and unit: the cell's ``keys``, and ``s``, the unit's absolute amount.

    Args:
        rows: a query without columns yet, one row per record.
        keys: labels and flags of the cell by name.
        amount: of a record, number or not.
        unit: the key of the person; None where each record is one.
        mask: the records that count; None for all.
    """
    value = cast(amount.copy(), "double", attempt=True).as_("a")
    named = [e.copy().as_(name) for name, e in keys.items()]
    chosen = rows.copy().select(*named, value, *([unit.copy().as_("u")] if unit is not None else []))
    chosen = chosen.where(mask.copy()) if mask is not None else chosen
    usable = exp.LT(this=func("abs", exp.column("a")), expression=number(_LARGEST_NUMBER))
    held = [exp.column(name) for name in keys]
    if unit is None:
        return exp.select(*held, func("abs", exp.column("a")).as_("s")).from_(chosen.subquery("d1")).where(usable)
    total = func("abs", func("sum", exp.column("a")))
    query = exp.select(*held, total.as_("s")).from_(chosen.subquery("d1")).where(usable)
    return query.group_by(*(exp.column(name) for name in keys), exp.column("u"))


def largest(parts: Sequence[exp.Select], keys: Sequence[str], n: int) -> exp.Select:
    """The n largest shares ``h1``, ``h2``... of each cell, from the contributions of every grouping set."""
    lines = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    order = exp.Order(expressions=[exp.Ordered(this=exp.column("s"), desc=True, nulls_first=False)])
    place = exp.Window(this=func("row_number"), partition_by=_columns(keys), order=order)
    whole = exp.Window(this=func("sum", exp.column("s")), partition_by=_columns(keys))
    ranked = exp.select(*_columns(keys), exp.column("s"), place.as_("place"), whole.as_("whole"))
    ranked = ranked.from_(lines.subquery("c1"))
    query = exp.select(*_columns(keys), *(_share(k).as_(f"h{k}") for k in range(1, n + 1))).from_(ranked.subquery("c2"))
    return query.group_by(*_columns(keys)) if keys else query


def beside(cells: str, names: Sequence[str], shares: Sequence[tuple[str, Sequence[str]]], n: int) -> exp.Select:
    """The cells with the shares of every amount after their own columns, 0 where nobody contributes.

    Args:
        cells: the step with the cells.
        names: the columns to pass on.
        shares: one step per amount, see ``largest``, and the columns that tell its cells apart.
        n: of how many contributors each has the share.
    """
    query = exp.select(*(exp.column(name, table="c") for name in names))
    query = query.from_(exp.alias_(exp.to_table(cells), "c", table=True))
    for i, (step, keys) in enumerate(shares):
        own = f"s{i}"
        pairs = [exp.NullSafeEQ(this=exp.column(k, table="c"), expression=exp.column(k, table=own)) for k in keys]
        joined = exp.alias_(exp.to_table(step), own, table=True)
        query = query.join(joined, on=exp.and_(*pairs) if pairs else exp.true(), join_type="left")
        found = (exp.func("coalesce", exp.column(f"h{k}", table=own), number(0)) for k in range(1, n + 1))
        query = query.select(*(share.as_(f"{own}h{k}") for k, share in enumerate(found, 1)))
    return query


def shares_of_details(
    amounts: Amounts, sets: Sequence[tuple[int, ...]], slots: Sequence[int | None], *, keyed: bool
) -> dict[str, tuple[exp.Query, list[str]]]:
    """A step per amount over the records of step ``d``, and the columns that tell its cells apart.

    Args:
        amounts: in column ``a0``... of ``d``, by place of the base.
        sets: grouping sets over ``g0``..., the body's first.
        slots: which of ``m0``... says that a record counts, by place of the base; None for all.
        keyed: persons have a key, ``u``.
    """
    body = sets[0]

    def keys(keeps: tuple[int, ...]) -> dict[str, exp.Expr]:
        labels = {f"g{i}": exp.column(f"g{i}") if i in keeps else exp.null() for i in body}
        return {**labels, **({f"n{i}": number(int(i not in keeps)) for i in body} if len(sets) > 1 else {})}

    found: dict[str, tuple[exp.Query, list[str]]] = {}
    for base in amounts.sums:
        mask = None if slots[base] is None else exp.column(f"m{slots[base]}")
        unit, amount = exp.column("u") if keyed else None, exp.column(f"a{base}")
        parts = [contributions(exp.select().from_("d"), keys(keeps), amount, unit, mask) for keeps in sets]
        found[f"amount{base}"] = largest(parts, list(keys(body)), amounts.largest), list(keys(body))
    return found


def _share(place: int) -> exp.Expr:
    """The share of the unit at a place, in whole parts of ``SHARE``."""
    chosen = exp.and_(
        exp.EQ(this=exp.column("place"), expression=number(place)),
        exp.GT(this=exp.column("whole"), expression=number(0)),
    )
    share = exp.Div(this=exp.column("s"), expression=exp.column("whole"), typed=False)
    one = func("max", exp.Case(ifs=[exp.If(this=chosen, true=share)]))
    parts = func("floor", exp.Mul(this=one, expression=number(float(SHARE))))
    return cast(exp.func("coalesce", parts, number(0)), "bigint")


def _columns(names: Sequence[str]) -> list[exp.Expr]:
    return [exp.column(name) for name in names]
