"""How a measure changes the filter context of a cell, and sets of rows under such changes."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from linter.expressions import Aggregate, Call, Column, Expr, Fixed, TopMembers, children
from linter.model import Link
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linter.formulas.dax.env import Binding
    from linter.formulas.dax.schema import Schema

T = TypeVar("T")
Columns = frozenset[Column]
NONE: Columns = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate that a measure adds, with the columns whose filters it stands for.

    An ``Aggregate`` inside is a value of the cell, taken before the measure's own changes. An
    ``Unsupported`` predicate restricts the rows in a way that was not understood.
    """

    columns: Columns
    predicate: Expr


@dataclass(frozen=True, slots=True)
class Shift:
    """Rows at another position than the cell's own, along ``columns`` (dates, or a window's order)."""

    columns: Columns
    text: str  # the DAX that says which


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter of ``columns`` by what is visible of them in ``rows``, whatever is filtered further inside.

    Its columns grow fewer as filters on them are removed. ``whole``: it is made of rows, not of values.
    ``key`` tells filters apart without a walk through all the filters under which each was chosen; ``held`` keeps
    what was found out of its rows, by their conditions.
    """

    columns: Columns
    whole: bool
    rows: RowSet = field(compare=False, repr=False)
    key: tuple[object, ...]
    held: dict[tuple[Condition, ...], Expr] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rows: RowSet, columns: Columns) -> Chosen:
        """The filter that a table expression is."""
        inner = rows.inside()
        key = (rows.table, replace(inner, chosen=()), tuple(map(id, inner.chosen)))
        return cls(columns, rows.columns is None, rows, key)


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between the cell's filter context and that of an expression.

    ``removed``: columns whose filters do not work. ``selected``: columns whose filters work only as
    far as they come from outside the visual (ALLSELECTED). The rest is added. ``found_in``: columns that are
    filtered to the combinations found in the rows of a table that is not their own, with a value that is 1 where
    it has such a row (see ``sets.some_row``), None where that is not known. ``chosen`` are filters whose values
    were found under filters that may be gone further inside.
    """

    removed: Columns = NONE
    selected: Columns = NONE
    adds: tuple[Condition, ...] = ()
    links: tuple[Link, ...] = ()
    shifts: tuple[Shift, ...] = ()
    found_in: tuple[tuple[str, Columns, Expr | None], ...] = ()
    chosen: tuple[Chosen, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def remove(self, columns: Columns) -> Change:
        """Without any filter on these columns, whoever set it."""
        return replace(self.dropping(columns), removed=self.removed | columns, selected=self.selected - columns)

    def select(self, columns: Columns) -> Change:
        """With only the filters from outside the visual on these columns."""
        kept = columns - self.removed
        return replace(self.dropping(columns), selected=self.selected | kept)

    def dropping(self, columns: Columns) -> Change:
        """Without this change's own conditions and shifts on these columns."""
        torn = [c for c in self.adds if c.columns & columns and not c.columns <= columns]
        return replace(
            self,
            adds=tuple(c for c in self.adds if not (c.columns and c.columns <= columns)),
            shifts=tuple(s for s in self.shifts if not s.columns <= columns),
            found_in=tuple(f for f in self.found_in if not f[1] <= columns),
            chosen=tuple(
                replace(c, columns=c.columns - columns) if c.columns & columns else c
                for c in self.chosen
                if not c.columns <= columns
            ),
            problems=union(self.problems, ["a filter over several columns is removed in part"] if torn else []),
        )

    def touched(self) -> Columns:
        """The columns whose filters differ from the cell's."""
        added = (condition.columns for condition in self.adds)
        return self.removed.union(self.selected, *added, *(shift.columns for shift in self.shifts))

    def meet(self, other: Change) -> Change:
        """With the filters of both: a filter is gone only where both have removed it."""
        partly = (self.selected & (other.selected | other.removed)) | (other.selected & self.removed)
        removed = self.removed & other.removed
        return replace(self.add(*other.adds), removed=removed, selected=partly - removed)

    def add(self, *conditions: Condition) -> Change:
        """With these conditions as well."""
        return replace(self, adds=union(self.adds, conditions))

    def noted(self, *notes: str) -> Change:
        """With these remarks as well."""
        return replace(self, notes=union(self.notes, notes))


@dataclass(frozen=True, slots=True)
class RowSet:
    """The value of a table expression: rows of ``table`` that are visible under ``change``.

    ``columns`` None: whole rows; otherwise the distinct combinations of these columns. ``where`` are
    the conditions of FILTER and the like on single rows, ``kept`` marks KEEPFILTERS, ``others`` the
    further tables of a product, ``computed`` the columns that the expression adds, ``constants`` the
    values of a one-column table that is written out. ``covers`` None: as a filter it stands for its
    own columns. ``apart``: each of its rows is judged as a cell of its own, or ranked only. ``held``: 1 in
    cells where it has a row, for a filter on columns of other tables than its own. ``seen``: it holds what is
    visible under all filters of ``change``, not all values of its columns.
    """

    table: str | None
    columns: tuple[Column, ...] | None = None
    change: Change = Change()
    where: tuple[Condition, ...] = ()
    kept: bool = False
    covers: Columns | None = None
    others: tuple[RowSet, ...] = ()
    computed: tuple[tuple[str, Binding], ...] = field(default=(), repr=False)
    constants: tuple[Expr, ...] | None = None
    apart: bool = False
    held: Expr | None = None
    seen: bool = False

    def coverage(self, schema: Schema) -> Columns:
        """The columns whose filters it replaces when it is used as a filter."""
        if self.covers is not None:
            own = self.covers
        elif self.columns is not None:
            own = frozenset(self.columns)
        else:
            own = NONE if self.table is None else schema.columns(*schema.expanded(self.table))
        return own.union(*(other.coverage(schema) for other in self.others))

    def members(self, schema: Schema, *, shown: bool) -> tuple[Column, ...] | None:
        """What tells its members apart: every column of a product, of a table its key. None: its rows.

        Where nothing of single members is shown (they are added up), a table needs no key.
        """
        found: tuple[Column, ...] = ()
        for part in (self, *self.others):
            key = part.columns
            if key is None and part.table is not None and shown:
                key = schema.key_of(part.table)
            if key is None:
                return self.columns
            found = union(found, key)
        return found

    def inside(self) -> Change:
        """The filter context of its rows: its own conditions included."""
        return self.change.add(*self.where)


def restrict(schema: Schema, base: Change, filters: Iterable[RowSet]) -> Change:
    """``base`` under these filter arguments, all evaluated before any of them works.

    A filter replaces what its columns had, unless it is kept; several on one column intersect.
    """
    flat = [part for rows in filters for part in _parts(rows)]
    if not flat:
        return base
    covers = [rows.coverage(schema) for rows in flat]
    replaced = NONE.union(*(c for rows, c in zip(flat, covers, strict=True) if not rows.kept))
    # a column is freed from the cell's filter only if no filter argument still carries it
    carried = NONE.union(*(c - rows.change.removed for rows, c in zip(flat, covers, strict=True) if not rows.kept))
    unselected = NONE.union(*(c - rows.change.selected for rows, c in zip(flat, covers, strict=True) if not rows.kept))
    result = base.dropping(replaced)
    result = replace(
        result,
        removed=(base.removed - replaced) | (replaced - carried),
        selected=((base.selected - replaced) | (replaced - unselected)) - (replaced - carried),
    )
    for rows, cover in zip(flat, covers, strict=True):
        result = _carry(result, rows, cover)
    return result


def _parts(rows: RowSet) -> list[RowSet]:
    others = [part for other in rows.others for part in _parts(replace(other, kept=other.kept or rows.kept))]
    return [replace(rows, others=()), *others]


def _carry(result: Change, rows: RowSet, cover: Columns) -> Change:
    """``result`` with what one filter argument brings along."""
    inner = rows.change
    brought = [c for c in inner.adds if c.columns & cover]
    foreign = [c for c in inner.adds if not c.columns & cover and c not in result.adds]
    shifts = [s for s in inner.shifts if s.columns & cover]
    strange = [s for s in inner.shifts if not s.columns & cover and s not in result.shifts]
    whole = rows.table if rows.columns is None else None  # rows of a table that is filtered to some of its own rows
    sought = [f for f in inner.found_in if f not in result.found_in and f[0] != whole]
    lasting = [Chosen.of(rows, cover)] if rows.seen and rows.table and cover and not rows.apart else []
    lost = not lasting and bool(foreign or strange or sought)
    lost |= any(c.columns - cover and c not in result.adds for c in rows.where)
    problem = "a filter is a set of values chosen under other filters"
    elsewhere = not rows.apart and any(c.table != rows.table for c in cover)
    return replace(
        result,
        adds=union(result.adds, (*brought, *rows.where)),
        shifts=union(result.shifts, shifts),
        found_in=union(result.found_in, [(rows.table, cover, rows.held)] if rows.table and elsewhere else []),
        chosen=union(result.chosen, lasting),
        notes=union(result.notes, inner.notes),
        problems=union(result.problems, (*inner.problems, *([problem] if lost else []))),
    )


def union(first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    """Both in order, each once."""
    return tuple(dict.fromkeys((*first, *second)))


def row_columns(expr: Expr) -> Columns:
    """The columns an expression takes from the row itself: those inside aggregates are left out."""
    if isinstance(expr, Column):
        return frozenset({expr})
    if isinstance(expr, Aggregate | Fixed | TopMembers):
        return NONE
    return NONE.union(*map(row_columns, children(expr)))


def conjuncts(expr: Expr) -> tuple[Expr, ...]:
    """The parts that must all hold."""
    if isinstance(expr, Call) and expr.function == "and":
        return tuple(part for arg in expr.args for part in conjuncts(arg))
    return (expr,)
