"""What the data says: row and people counts, units, recomputed tables. Never a row of data.

``linter.cells`` makes it, rules read it. Labels of cells are member values of grouping columns;
those of unit keys, identifiers and free text are opaque codes made in the data process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Literal

from linter.expressions import Column
from linter.model import Base, Table, UnreadPart
from linter.records import dataclass

Status = Literal["evaluated", "approximate", "not_evaluated", "data_unread", "no_query"]
STATUS_ORDER: tuple[Status, ...] = ("no_query", "evaluated", "approximate", "not_evaluated", "data_unread")
"""From best to worst: a visual is as good as its worst layer."""

UnitKind = Literal["key", "rows", "count_field", "not_people", "unknown"]

SHARE = 10**9
"""What a whole is divided into where shares are whole numbers."""


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """Facts about one column: ``distinct`` non-null values, ``nulls``, ``problem`` when unreadable.

    ``identifiers`` maps an identifier kind (``upn``, ``email``...) to the share (0..1) of the checked
    distinct values that pass its validator; ``checked`` says how many were looked at. ``codes`` are the
    values of a column of numbers that has two at most, None of any other.
    """

    distinct: int | None = None
    nulls: int | None = None
    identifiers: Mapping[str, float] = field(default_factory=dict)
    checked: int = 0
    problem: str | None = None
    earliest_year: int | None = None
    latest_year: int | None = None
    codes: tuple[float, ...] | None = field(default=None, repr=False)


def is_supplied(table: Table) -> bool:
    """Whether its rows were supplied for the check, so that the file doesn't carry them.

    What a workbook names beside it is never absolute.
    """
    return table.store is not None and table.store.beside and Path(table.store.member).is_absolute()


@dataclass(frozen=True, slots=True)
class TableEvidence:
    """Facts about one table; ``rows`` is None where they could not be counted."""

    rows: int | None
    columns: Mapping[str, ColumnEvidence]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """How the people behind a table are counted, and why that was decided."""

    kind: UnitKind
    field: str | None = None  # caption of the key or the count field
    column: Column | None = None
    confidence: Literal["declared", "high", "medium", "low"] = "low"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """One number per cell, in the order of the cell table."""

    values: Sequence[int] = field(repr=False)

    @property
    def cells(self) -> int:
        """Number of cells with at least one contributor."""
        return sum(1 for v in self.values if v > 0)

    def small(self, threshold: int) -> int:
        """Number of cells with 1..threshold contributors."""
        return sum(1 for v in self.values if 0 < v <= threshold)

    def below(self, n: int) -> int:
        """Number of cells with 0 < contributors < n."""
        return self.small(n - 1)

    @property
    def minimum(self) -> int | None:
        """The smallest number of contributors in a cell that has any."""
        return min((v for v in self.values if v > 0), default=None)

    @property
    def total(self) -> int:
        """The sum over the cells."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class BaseCounts:
    """Rows and units that a measure's base really uses, per cell.

    ``largest``, of an amount summed over people: the shares that the units with the largest absolute
    contributions have in each cell's total of them, largest first, in whole parts of ``SHARE``; empty where
    these were not counted. None: no amount.
    """

    measure: str
    role: Literal["value", "numerator", "denominator", "difference"]
    aggregate: str
    rows: Counts
    units: Counts | None
    problems: tuple[str, ...] = ()
    base: Base | None = None  # of the model: what is aggregated, and the filters the measure changes
    largest: tuple[Counts, ...] | None = field(default=None, repr=False)

    @property
    def contributors(self) -> Counts:
        """Units where people can be counted, else rows."""
        return self.units or self.rows


@dataclass(frozen=True, slots=True)
class CellTable:
    """Cells as columns: ``codes[g][i]`` indexes ``labels[g]`` for grouping g of cell i."""

    keeps: tuple[int, ...]  # which groupings of the layer's grain it keeps (all of them: the body)
    labels: tuple[Sequence[str | None], ...] = field(repr=False)
    codes: tuple[Sequence[int], ...] = field(repr=False)
    records: Counts = field(repr=False)
    units: Counts | None = field(repr=False)
    bases: tuple[BaseCounts, ...] = ()
    hidden: Sequence[int] = field(default=(), repr=False)  # 1 where a measure filter hides the cell; () for none
    missing: Sequence[int] = field(default=(), repr=False)  # rows without a count of people; () for none

    @property
    def contributors(self) -> Counts:
        """Units where people can be counted, else rows."""
        return self.units or self.records

    def __len__(self) -> int:
        return len(self.records.values)

    def small_shown(self, threshold: int) -> int:
        """Cells a reader sees in which the whole or any base has 1..threshold contributors."""
        series = [self.contributors.values, *(b.contributors.values for b in self.bases)]
        shown = self.hidden or (0,) * len(self)
        cells = zip(shown, *series, strict=True)
        return sum(1 for hidden, *counts in cells if not hidden and any(0 < n <= threshold for n in counts))


@dataclass(frozen=True, slots=True)
class LayerResult:
    """A layer as recomputed: its body and its totals, or why not."""

    label: str
    grain: tuple[str, ...]
    opaque: tuple[bool, ...]  # groupings whose labels are codes
    unit: Unit
    status: Status
    reasons: tuple[str, ...] = ()
    source: str = ""
    body: CellTable | None = None
    totals: tuple[tuple[str, CellTable], ...] = ()
    position: int = 0  # of the model's layer among those of its visual

    @property
    def tables(self) -> tuple[CellTable, ...]:
        """The body and all totals."""
        return tuple(t for t in (self.body, *(table for _, table in self.totals)) if t is not None)

    def small_cells(self, threshold: int) -> int:
        """Cells of the body that readers see with 1..threshold contributors, in the whole or in a base."""
        return 0 if self.body is None else self.body.small_shown(threshold)


@dataclass(frozen=True, slots=True)
class VisualResult:
    """A visual with all its layers."""

    visual: str
    status: Status
    reasons: tuple[str, ...] = ()  # the main one first
    layers: tuple[LayerResult, ...] = ()

    @property
    def reason(self) -> str | None:
        """All reasons in one line, None if there is none."""
        return "; ".join(self.reasons) or None

    def worst(self, threshold: int) -> LayerResult | None:
        """The layer with the most small cells, then the most cells; layers about people first."""
        return max(
            self.layers,
            key=lambda x: (x.unit.kind != "not_people", x.small_cells(threshold), len(x.body) if x.body else 0),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class Combination:
    """Fields that together leave few people in some cells, while no part of them does.

    ``people``: the contributors of these cells added up. ``by_difference``: none of the cells is shown,
    they follow from two states that are.
    """

    fields: tuple[str, ...]
    cells: int
    people: int
    by_difference: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """The states that readers can bring a visual to, beyond the saved one.

    ``not_decided``: combinations that were not looked at, by their number of fields; ``depth`` is the most
    fields that were asked for. ``problems`` say what else was left out, ``notes`` what was judged otherwise
    than the tool does, on the safe side.
    """

    visual: str
    unit: Unit
    fields: tuple[str, ...]  # what can be turned
    found: tuple[Combination, ...] = ()
    depth: int = 0
    not_decided: Mapping[int, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    guarded: bool = False  # every figure is shown from some number of people on only
    notes: tuple[str, ...] = ()

    @property
    def decided(self) -> int:
        """The number of fields up to which every combination was looked at."""
        return min((size - 1 for size, n in self.not_decided.items() if n), default=self.depth)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was counted for one workbook. Keys of ``tables`` and ``units``: (source id, table id)."""

    tables: Mapping[tuple[str, str], TableEvidence]
    units: Mapping[tuple[str, str], Unit]
    visuals: Mapping[str, VisualResult]
    unread: tuple[UnreadPart, ...] = ()
    reach: tuple[Reached, ...] = ()
