"""Reachable states against plain Python: random rows, visuals, controls and guards, in both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.cells.loading import Loader
from linter.cells.reachable import Layered, Survey, Wanted
from linter.cells.sources import SourceAtWork
from linter.cells.units import Declared
from linter.data.engine import LoadedTable
from linter.data.process import DataProcess
from linter.data.scanning import Scanned, ScanRequest, scanned
from linter.evidence import ColumnEvidence, Reached, TableEvidence, Unit
from linter.expressions import Column, Expr, Literal, call
from linter.model import (
    Base,
    Control,
    FieldUse,
    Filter,
    Grouping,
    Layer,
    Page,
    ShownWhere,
    Source,
    Table,
    TableColumn,
    Tool,
    Visual,
    Workbook,
)

COLUMNS = {
    "School": "text", "Sex": "text", "Ethnicity": "text", "Born": "date", "Score": "double precision",
    "Pupil": "text", "Pupils": "bigint",
}  # fmt: skip
Row = dict[str, Any]
T = 3


def col(name: str) -> Column:
    return Column("t", name)


def year(row: Row) -> int | None:
    return row["Born"].year if row["Born"] else None


FIELDS: dict[str, tuple[Expr, Callable[[Row], Any]]] = {
    "School": (col("School"), lambda r: r["School"]),
    "Sex": (col("Sex"), lambda r: r["Sex"]),
    "Ethnicity": (col("Ethnicity"), lambda r: r["Ethnicity"]),
    "Year": (call("date_part", Literal("year"), col("Born")), year),
}
GIRLS = call("eq", col("Sex"), Literal("F"))
CONDITIONS: dict[str, tuple[Expr, Callable[[Row], bool]]] = {
    "Ash": (call("eq", col("School"), Literal("Ash")), lambda r: r["School"] == "Ash"),
    "boys": (call("not", call("in", col("Sex"), Literal("F"))), lambda r: r["Sex"] != "F"),
}
UNITS = {"key": Unit("key", "Pupil", col("Pupil")), "rows": Unit("rows"), "count_field": Unit("count_field", "Pupils", col("Pupils"))}  # fmt: skip
COUNTS = {"key": ("count_distinct", col("Pupil")), "rows": ("count", None), "count_field": ("sum", col("Pupils"))}

rows = st.lists(
    st.fixed_dictionaries(
        {
            "School": st.sampled_from(["Ash", "Birch", None]),
            "Sex": st.sampled_from(["F", "M"]),
            "Ethnicity": st.sampled_from(["A", "B", "C"]),
            "Born": st.sampled_from([dt.date(2010, 1, 1), dt.date(2011, 6, 5), None]),
            "Score": st.sampled_from([1.5, 7.0, None]),
            "Pupil": st.sampled_from([*(f"p{i}" for i in range(12)), None]),
            "Pupils": st.sampled_from([0, 1, 2, 5, None]),
        }
    ),
    min_size=1,
    max_size=40,
)


@dataclass(frozen=True)
class Figure:
    """``what``: people, or the mean of a score. ``least``: shown from so many people on."""

    what: str
    least: int | None = None
    guard_on: str = "people"

    def base(self, unit: str) -> Base:
        function, arg = COUNTS[unit]
        guards: tuple[ShownWhere, ...] = ()
        if self.least is not None:
            adds = call("not", call("is_null", col("Score"))) if self.guard_on == "score" else Literal(value=True)
            guards = (ShownWhere(Base("n", "value", function, arg, "t", adds), "ge", self.least),)
        if self.what == "girls":
            return Base("girls", "value", function, arg, "t", GIRLS, guards=guards)
        if self.what == "people":
            return Base("people", "value", function, arg, "t", guards=guards)
        return Base("score", "value", "avg", col("Score"), "t", guards=guards)

    def uses(self, row: Row, unit: str) -> bool:
        if self.what == "score":
            return row["Score"] is not None
        counted = unit != "count_field" or row["Pupils"] is not None
        return counted and (self.what == "people" or row["Sex"] == "F")

    def guards(self, row: Row, unit: str) -> bool:
        counted = unit != "count_field" or row["Pupils"] is not None
        return counted and (self.guard_on == "people" or row["Score"] is not None)


@dataclass(frozen=True)
class Drawn:
    """A visual: what it groups by, what lies behind, what can be turned, and which filters work."""

    grain: tuple[str, ...]
    behind: tuple[str, ...]
    turned: tuple[str, ...]
    figures: tuple[Figure, ...]
    bookmark: str | None = None
    fixed: str | None = None
    saved: str | None = None


@dataclass(frozen=True)
class Case:
    rows: list[Row] = field(repr=False)
    unit: str
    visuals: tuple[Drawn, ...]


names = st.lists(st.sampled_from(list(FIELDS)), unique=True, max_size=2).map(tuple)
figures = st.builds(
    Figure,
    st.sampled_from(["people", "score", "girls"]),
    st.sampled_from([None, None, 2, 5, 8]),
    st.sampled_from(["people", "people", "score"]),
)
conditions = st.sampled_from([None, None, *CONDITIONS])
drawn = st.builds(
    Drawn,
    names,
    names,
    names,
    st.lists(figures, unique=True, max_size=2).map(tuple),
    conditions,
    conditions,
    conditions,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    data = draw(rows)
    if draw(st.booleans()):  # one row a pupil
        data = [{**r, "Pupil": f"p{i}"} for i, r in enumerate(data)]
    unit = draw(st.sampled_from(list(UNITS)))
    return Case(data, unit, tuple(draw(st.lists(drawn, min_size=1, max_size=3))))


# -- the workbook of a case ---------------------------------------------------------------------------


def use(name: str) -> FieldUse:
    return FieldUse(name, (), "s", expr=FIELDS[name][0])


def book(case: Case, tool: Tool) -> Workbook:
    visuals, controls = [], []
    for i, v in enumerate(case.visuals):
        grain = [Grouping(n, FIELDS[n][0], "rows") for n in v.grain]
        grain += [Grouping(n, FIELDS[n][0], "rows", drilled=False) for n in v.behind if n not in v.grain]
        filters = [(v.fixed, False), (v.saved, True)]
        made = tuple(
            Filter(n, CONDITIONS[n][0], "dimension", "page", changeable=changeable) for n, changeable in filters if n
        )
        layer = Layer("layer", "s", tuple(grain), tuple(f.base(case.unit) for f in v.figures), made, tables=("t",))
        visuals.append(Visual(f"v{i}", f"v{i}", "chart", ("p",), "part", (layer,)))
        controls += [Control(f"c{i}{n}", "slicer", n, (use(n),), ("p",), (f"v{i}",)) for n in v.turned]
        if v.bookmark:
            state = CONDITIONS[v.bookmark][0]
            controls.append(Control(f"b{i}", "quick_filter", v.bookmark, (), ("p",), (f"v{i}",), states=(state,)))
    table = Table("t", "t", tuple(TableColumn(c, c) for c in COLUMNS))
    source = Source("s", "s", "embedded", (table,))
    return Workbook(tool, "x", "0" * 64, (source,), (Page("p", "Page"),), tuple(visuals), tuple(controls))


class Process:
    """The data process without a process: its requests go through JSON all the same."""

    def __init__(self, run: Callable[[str], list[Any]]) -> None:
        self.run = run

    def scan(self, asked: ScanRequest) -> list[Scanned]:
        request = ScanRequest.from_json(json.loads(json.dumps(asdict(asked))))
        codes = np.array(self.run(request.sql), dtype=np.int64).ravel()
        answers = json.loads(json.dumps([asdict(f) for f in scanned(codes, request, request.budget)]))
        return [Scanned.from_json(a) for a in answers]


def at_work(workbook: Workbook, data: list[Row], process: object) -> SourceAtWork:
    loader = Loader(workbook, Path("x"), cast("DataProcess", process))
    facts = {c: ColumnEvidence(len({r[c] for r in data} - {None}), sum(r[c] is None for r in data)) for c in COLUMNS}
    loader.tables["s", "t"] = TableEvidence(len(data), facts)
    source = SourceAtWork(loader, workbook.sources[0], {}, Declared(), dt.date(2026, 1, 1))
    source.loaded = {"t": LoadedTable("t", ("t",), {c: c for c in COLUMNS})}
    return source


def survey(workbook: Workbook, source: SourceAtWork, unit: Unit, wanted: Wanted | None = None) -> dict[str, Reached]:
    layers = [Layered(v, x, source, "t", x.bases, unit) for v in workbook.visuals for x in v.layers]
    found = Survey(workbook, layers, wanted or Wanted(T)).results()
    return {r.visual: r for r in found}


# -- the same in plain Python -------------------------------------------------------------------------


def people(members: Iterable[Row], unit: str) -> int:
    members = list(members)
    if unit == "rows":
        return len(members)
    if unit == "count_field":
        return sum(r["Pupils"] or 0 for r in members)
    known = {r["Pupil"] for r in members} - {None}
    return max(len(known), min(1, len(members)))


def alone(inside: list[Row], outside: list[Row], unit: str) -> int:
    """People of some rows who are in no other row of the state."""
    if unit != "key":
        return people(inside, unit)
    return len({r["Pupil"] for r in inside} - {r["Pupil"] for r in outside} - {None})


Getter = Callable[[Row], Any]


class Brute:
    """One figure of a visual: its rows, and the states in which they can be seen."""

    def __init__(self, case: Case, v: Drawn, figure: Figure | None) -> None:
        self.v, self.figure, self.unit = v, figure, case.unit
        kept = [r for r in case.rows if v.fixed is None or CONDITIONS[v.fixed][1](r)]
        self.used = [r for r in kept if figure is None or figure.uses(r, case.unit)]
        self.guarding = [r for r in kept if figure is not None and figure.guards(r, case.unit)]
        self.get: dict[str, Getter] = {n: FIELDS[n][1] for n in (*v.grain, *v.behind, *v.turned)}
        if v.bookmark and {"Ash": "School", "boys": "Sex"}[v.bookmark] not in v.turned:  # else it adds nothing
            self.get[f"saved {v.bookmark}"] = CONDITIONS[v.bookmark][1]
        self.turnable = {*(set(v.behind) - set(v.grain)), *v.turned, *(n for n in self.get if n.startswith("saved"))}

    @property
    def guarded(self) -> bool:
        return self.figure is not None and self.figure.least is not None

    def cells(self, names: tuple[str, ...], of: list[Row]) -> dict[tuple[Any, ...], list[Row]]:
        found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for r in of:
            found[tuple(self.get[n](r) for n in names)].append(r)
        return found

    def rare(self, names: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
        counts = {k: people(m, self.unit) for k, m in self.cells(names, self.used).items()}
        return {k: n for k, n in counts.items() if 0 < n <= T}

    def minimal(self, names: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
        parts = [p for size in range(1, len(names)) for p in combinations(range(len(names)), size)]
        known = {p: self.rare(tuple(names[i] for i in p)) for p in parts}
        return {k: n for k, n in self.rare(names).items() if not any(tuple(k[i] for i in p) in known[p] for p in parts)}

    def shown(self, state: Callable[[Row], bool]) -> bool:
        if not self.guarded or self.figure is None or self.figure.least is None:
            return True
        return people((r for r in self.guarding if state(r)), self.unit) >= self.figure.least

    def seen(self, names: tuple[str, ...], key: tuple[Any, ...]) -> tuple[bool, bool]:
        """Whether a cell is shown, and whether it follows by difference."""
        cell = dict(zip(names, key, strict=True))
        rest = {n for n, value in cell.items() if n.startswith("saved") and not value}

        def inside(r: Row, leaving: str | None = None) -> bool:
            return all(self.get[n](r) == value for n, value in cell.items() if n != leaving)

        direct = not rest and self.shown(inside)
        return direct, any(
            self.differs(inside, n) for n in cell if n in rest or (not direct and self.guarded and n in self.turnable)
        )

    def differs(self, inside: Callable[..., bool], name: str) -> bool:
        def whole(r: Row) -> bool:
            return inside(r, name)

        def others(r: Row) -> bool:
            return inside(r, name) and not inside(r)

        own = [r for r in self.used if inside(r)]
        return (
            self.shown(whole) and self.shown(others) and alone(own, [r for r in self.used if others(r)], self.unit) > 0
        )


def brute_force(case: Case) -> list[dict[frozenset[str], tuple[int, int, bool]]]:
    """Per visual: fields -> people, cells, and whether all follow by difference only."""
    figures = [[Brute(case, v, f) for f in v.figures or (None,)] for v in case.visuals]
    told = defaultdict(list)
    for group in figures:
        for b in group:
            if not b.guarded and not b.v.saved:
                told[b.v.fixed].append(set(b.v.grain))
    return [merged([states(b, told[b.v.fixed]) for b in group]) for group in figures]


def states(b: Brute, told: list[set[str]]) -> dict[frozenset[str], tuple[int, int, bool]]:
    found: dict[frozenset[str], tuple[int, int, bool]] = {}
    if not b.turnable and not b.v.saved:
        return found  # there is the saved state only
    for names in (n for size in (1, 2, 3) for n in combinations(sorted(b.get), size)):
        seen = {k: (n, *b.seen(names, k)) for k, n in b.minimal(names).items()}
        kept = [(n, direct) for n, direct, follows in seen.values() if direct or follows]
        own = not b.guarded and not b.v.saved and set(names) <= set(b.v.grain)
        if kept and not own and set(names) not in told:
            found[frozenset(names)] = (sum(n for n, _ in kept), len(kept), not any(d for _, d in kept))
    return found


def merged(several: list[dict[frozenset[str], tuple[int, int, bool]]]) -> dict[frozenset[str], tuple[int, int, bool]]:
    out: dict[frozenset[str], tuple[int, int, bool]] = {}
    for one in several:
        for names, (n, cells, difference) in one.items():
            before = out.get(names, (0, 0, True))
            out[names] = (*max(before[:2], (n, cells)), before[2] and difference)
    return out


def check(case: Case, tool: Tool, run: Callable[[str], list[Any]]) -> None:
    workbook = book(case, tool)
    found = survey(workbook, at_work(workbook, case.rows, Process(run)), UNITS[case.unit])
    expected = brute_force(case)
    for visual, wanted, v in zip(workbook.visuals, expected, case.visuals, strict=True):
        reached = found.get(visual.id)
        told = {} if reached is None else {
            frozenset(f"saved {n}" if n in CONDITIONS else n for n in c.fields): (c.people, c.cells, c.by_difference)
            for c in reached.found
        }  # fmt: skip
        assert told == wanted, v
        assert reached is None or (reached.decided == 3 and not reached.problems)


def insert(data: list[Row], execute: Callable[[str], Any]) -> None:
    execute('CREATE TEMPORARY TABLE "t" (' + ", ".join(f'"{c}" {t}' for c, t in COLUMNS.items()) + ")")
    for row in data:
        values = ", ".join(
            "NULL" if v is None else f"DATE '{v}'" if isinstance(v, dt.date) else repr(v)
            for v in (row[c] for c in COLUMNS)
        )
        execute(f'INSERT INTO "t" VALUES ({values})')


@given(cases())
def test_duckdb_states_equal_brute_force(case: Case) -> None:
    connection = duckdb.connect(":memory:")
    insert(case.rows, connection.execute)
    check(case, "powerbi", lambda sql: connection.execute(sql).fetchall())
    connection.close()


@pytest.fixture(scope="module")
def hyper() -> Iterator[Any]:
    api = pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")
    process = api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
    with process, api.Connection(process.endpoint) as connection:
        yield connection


@given(cases())
def test_hyper_states_equal_brute_force(hyper: Any, case: Case) -> None:
    insert(case.rows, hyper.execute_command)
    try:
        check(case, "tableau", hyper.execute_list_query)
    finally:
        hyper.execute_command('DROP TABLE "t"')
