"""Small workbooks made of model records, with what the data would say, for tests of single rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.evidence import Evidence, TableEvidence, Unit, VisualResult
from linter.expressions import Column
from linter.findings import Finding
from linter.model import Encoding, FieldUse, Grouping, Layer, Page, Source, Store, Table, TableColumn, Visual, Workbook
from linter.policy.audience import Audience, Delivery
from linter.policy.decision import Policy
from linter.policy.profile import load_profile
from linter.rules import Context, Rule

PUPIL = ("UPN", "Forename", "Surname", "School", "KS4_ATT8", "FSM6CLA1A")
KEY = Unit("key", "UPN", Column("Pupil", "UPN"), "high", "a unique pupil number")


def table(name: str = "Pupil", columns: Iterable[str | TableColumn] = PUPIL, **more: Any) -> Table:
    made = tuple(c if isinstance(c, TableColumn) else TableColumn(c, c, "text", c) for c in columns)
    return Table(name, name, made, **{"store": Store("vertipaq", "DataModel", (name,)), **more})


def source(*tables: Table, **more: Any) -> Source:
    return Source("model", "Pupils", **{"delivery": "embedded", "tables": tables or (table(),), **more})


def use(*names: str, caption: str = "", via: tuple[str, ...] = (), of: str = "Pupil") -> FieldUse:
    return FieldUse(caption or names[0], tuple(Column(of, n) for n in names), "model", via)


def visual(name: str, *fields: str | Encoding, page: str = "p1", drilled: bool = True, **more: Any) -> Visual:
    """A visual that splits by the fields, in the order given; only the first is drilled if not ``drilled``."""
    encodings = tuple(f if isinstance(f, Encoding) else Encoding("rows", use(f), groups=True) for f in fields)
    grain = tuple(
        Grouping(e.use.caption, e.use.columns[0], e.role, drilled=drilled or i == 0)
        for i, e in enumerate(encodings)
        if e.groups and e.role != "slicer"
    )
    layer = more.pop("layer", None) or Layer(name, "model", grain, tables=("Pupil",), filters=more.pop("filters", ()))
    return Visual(name, name, "table", (page,), more.pop("part", "report"), (layer,), encodings, **more)


def workbook(*visuals: Visual, tool: str = "powerbi", **more: Any) -> Workbook:
    given = {"sources": (source(),), "pages": (Page("p1", "Overview"),), "visuals": visuals, **more}
    return Workbook(tool, "book", "0" * 64, **given)  # type: ignore[arg-type]


def context(
    book: Workbook,
    *,
    rows: int | None = 1200,
    unit: Unit = KEY,
    results: dict[str, VisualResult] | None = None,
    audience: Audience = Audience.PUBLIC,
    delivery: Delivery = Delivery.FILE,
) -> Context:
    tables = {
        (s.id, t.id): TableEvidence(rows, {}) for s in book.sources for t in s.tables if t.store and rows is not None
    }
    units = {(s.id, t.id): unit for s in book.sources for t in s.tables}
    profile = load_profile("strict" if audience.external else "internal")
    return Context(book, Evidence(tables, units, results or {}), Policy(profile, audience, delivery))


def judged(rule: Rule, book: Workbook, **more: Any) -> list[Finding]:
    return list(rule.check(context(book, **more)))
