"""Small workbooks with their counts, made by hand: what rules get to see, without any file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from linter.evidence import (
    BaseCounts,
    CellTable,
    ColumnEvidence,
    Counts,
    Evidence,
    LayerResult,
    TableEvidence,
    Unit,
    VisualResult,
)
from linter.expressions import Column
from linter.model import (
    Base,
    Field,
    Filter,
    Grouping,
    Layer,
    Page,
    Settings,
    Source,
    Table,
    TableColumn,
    Tool,
    Total,
    Visual,
    Workbook,
)
from linter.policy.audience import Delivery
from linter.policy.decision import Policy
from linter.policy.profile import load_profile
from linter.rules import Context

Cells = Mapping[tuple[str | None, ...], int]
UPN = Column("t", "UPN")
KEY = Unit("key", "UPN", UPN, "high")
COUNT = Unit("count_field", "Pupils", Column("t", "Pupils"), "high")
PUPILS = Base("Pupils", "value", "count_distinct", UPN, "t")
SUM = Base("Pupils", "value", "sum", Column("t", "Pupils"), "t")

Drawn = tuple[Visual, VisualResult]


def column(name: str) -> Column:
    return Column("t", name)


def table(keeps: tuple[int, ...], cells: Cells, bases: Sequence[tuple[Base, Cells]], **more: object) -> CellTable:
    """Cells by their labels, each base with its own counts."""
    keys = list(cells)
    labels = tuple(tuple(dict.fromkeys(k[i] for k in keys)) for i in range(len(keeps)))
    codes = tuple([labels[i].index(k[i]) for k in keys] for i in range(len(keeps)))
    counts = Counts([cells[k] for k in keys])
    found = [
        BaseCounts(b.measure, b.role, b.aggregate, Counts([c[k] for k in keys]), Counts([c[k] for k in keys]), (), b)
        for b, c in bases
    ]
    return CellTable(keeps, labels, codes, counts, counts, tuple(found), **more)


def summed(cells: Cells, keeps: tuple[int, ...]) -> Cells:
    out: dict[tuple[str | None, ...], int] = {}
    for key, n in cells.items():
        part = tuple(key[i] for i in keeps)
        out[part] = out.get(part, 0) + n
    return out


def drawn(
    name: str,
    dims: Sequence[str],
    cells: Cells,
    *,
    totals: bool = False,
    hide: Callable[[tuple[str | None, ...]], bool] | None = None,
    missing: Callable[[tuple[str | None, ...]], bool] | None = None,
    bases: Sequence[tuple[Base, Cells]] | None = None,
    filters: Sequence[Filter] = (),
    unit: Unit = KEY,
) -> Drawn:
    """A visual by some fields, with or without all its totals; ``hide`` is a measure filter."""
    used = list(bases) if bases is not None else [(PUPILS, cells)]
    flags = {"hidden": [int(hide(k)) for k in cells]} if hide else {}
    flags |= {"missing": [int(missing(k)) for k in cells]} if missing else {}
    every = range(len(dims))
    body = table(tuple(every), cells, used, **flags)
    if unit.kind == "count_field":  # published counts: one row to a cell
        body = replace(body, records=Counts([1] * len(cells)))
    kept = [k for n in range(len(dims)) for k in combinations(every, n)] if totals else []
    sums = [("total", table(k, summed(cells, k), [(b, summed(c, k)) for b, c in used])) for k in kept]
    grain = tuple(Grouping(d, column(d), "rows") for d in dims)
    layer = Layer("marks", "s", grain, tuple(b for b, _ in used), tuple(filters), tuple(Total(k) for k in kept), ("t",))
    found = LayerResult("marks", tuple(dims), (False,) * len(dims), unit, "evaluated", (), "s", body, tuple(sums))
    visual = Visual(name, name, "text", ("p",), "part", (layer,))
    return visual, VisualResult(name, "evaluated", (), (found,))


def book(
    *visuals: Drawn,
    columns: Sequence[str] = ("School", "SEN provision", "Sex"),
    fields: Sequence[Field] = (),
    people: int = 1000,
    tool: Tool = "tableau",
    profile: str = "strict",
    delivery: Delivery = Delivery.FILE,
    unit: Unit = KEY,
    settings: Settings | None = None,
    number: str | None = None,
) -> Context:
    """A workbook of one table with one row for each of so many people."""
    made = [TableColumn("UPN", "UPN", "text"), *(TableColumn(c, c, "text", c) for c in columns)]
    made += [TableColumn("Pupils", "Pupils", "integer", "Pupils")] if unit.kind == "count_field" else []
    made += [TableColumn(number, number, "real", number)] if number else []
    source = Source("s", "Pupils", "embedded", (Table("t", "Pupil", tuple(made)),), fields=tuple(fields))
    book = Workbook(tool, "x.twbx", "0" * 64, (source,), (Page("p", "Page"),), tuple(v for v, _ in visuals))
    if settings:
        book = replace(book, settings=settings)
    facts = TableEvidence(people, {"UPN": ColumnEvidence(people, 0)})
    evidence = Evidence({("s", "t"): facts}, {("s", "t"): unit}, {v.id: r for v, r in visuals})
    return Context(book, evidence, Policy(load_profile(profile), delivery=delivery))


SCHOOLS = {
    ("Ash", "E"): 14, ("Ash", "K"): 36, ("Ash", "N"): 210,
    ("Birch", "E"): 13, ("Birch", "K"): 35, ("Birch", "N"): 182,
    ("Cedar", "E"): 4, ("Cedar", "K"): 24, ("Cedar", "N"): 92,
}  # fmt: skip
