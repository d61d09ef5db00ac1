"""Random reports over random star schemas: who stands behind each cell, against an independent reading of DAX."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, note, settings
from hypothesis import strategies as st

from linter.cells.evaluate import evaluate
from linter.cells.loading import Loader
from linter.cells.supplied import Supplied, supply
from linter.cells.units import Declared
from linter.container import model_file
from linter.data.duck import DuckEngine
from linter.data.launch import line
from linter.data.process import DataProcess
from linter.data.server import Server, answer
from linter.evidence import SHARE, BaseCounts, CellTable, LayerResult, VisualResult
from linter.parsers.powerbi import read
from tests.oracle.powerbi.contexts import Context, Unclear
from tests.oracle.powerbi.grammar import Measure, Used, measures, sums
from tests.oracle.powerbi.reports import AS_OF, Card, Shown, cards, visuals, write
from tests.oracle.powerbi.stars import BLANK, Star, column_of, folded, star

LARGEST, VISUALS = 3, 3
Cell = tuple[Any, ...]
SEEN: Counter[str] = Counter()
COMPARED: Counter[str] = Counter()


@dataclass(frozen=True)
class Case:
    """A report over a star; ``common`` are the filters of all its pages."""

    rows: Star
    measures: dict[str, Measure]
    shown: tuple[Shown, ...]
    common: tuple[Card, ...]


class Here(DataProcess):
    """The data process without a process of its own: the same requests, answered here."""

    def __init__(self, path: Path) -> None:
        self.server, self.engine = Server(), DuckEngine(model_file(path))
        self.server._engine = self.engine

    def request(self, operation, **arguments):
        found = answer(self.server, json.loads(line(operation, **arguments)))
        assert "error" not in found, found
        return json.loads(json.dumps(found))


def recomputed(case: Case) -> list[VisualResult]:
    """The visuals as the linter counts them, from the file on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder, case.rows, case.measures, case.shown, case.common)
        given = [Supplied.of(f"{table}={file}") for table, file in case.rows.write(folder).items()]
        here = Here(path)
        loader = Loader(supply(read(path, "0", here.engine.metadata()), given), path, here)
        found = evaluate(loader, Declared(keys=("UPN",)), AS_OF, largest=LARGEST)
        here.engine.close()
        return [found.visuals[f"v{i}"] for i in range(len(case.shown))]


# -- what must be found ----------------------------------------------------------------------------


def contributors(rows: Star, used: Used) -> tuple[int, int]:
    """Rows and people; rows without a key are still somebody's."""
    n = len(used.rows)
    key = f"{used.table}[UPN]"
    if key not in rows.tables[used.table].columns:
        return n, n
    people = set(rows.tables[used.table][key].iloc[used.rows]) - {BLANK}
    return n, max(len(people), min(n, 1))


def shares(rows: Star, used: Used) -> list[float]:
    """Of the persons with the largest amounts, each one's share of the sum of all absolute amounts."""
    if used.amounts is None:
        return []
    key = f"{used.table}[UPN]"
    held = rows.tables[used.table]
    owner = held[key].iloc[used.rows].to_numpy() if key in held else np.arange(len(used.rows))
    parts = pd.Series(used.amounts.to_numpy(), dtype=float).groupby(owner).sum().abs()
    whole = parts.sum()
    return [float(x / whole) if whole else 0.0 for x in parts.nlargest(LARGEST)]


class Table(dict[Cell, Any]):
    """Counts by cell, and the largest shares; cells in which the tool shows an error are ``unclear``."""

    def __init__(self) -> None:
        self.unclear: set[Cell] = set()


def expected(shown: Shown, measure: Measure, outer: Context, keeps: tuple[str, ...]) -> dict[tuple[int, str], Table]:
    """One table for each base of a measure."""
    tables: dict[tuple[int, str], Table] = {}
    unclear = set()
    for cell, context in shown.cells(outer, keeps):
        try:
            bases = shown.meant(measure).used(context)
        except Unclear:
            unclear.add(cell)
            continue
        for i, used in enumerate(bases):
            table = tables.setdefault((i, used.role), Table())
            if len(used.rows):
                table[cell] = (*contributors(outer.star, used), shares(outer.star, used))
    for table in tables.values():
        table.unclear = unclear
    return tables


def projected(table: Table, keeps: tuple[str, ...], kept: tuple[str, ...]) -> Table | None:
    """A table without groupings on which nothing depends; None if something does."""
    places = [keeps.index(c) for c in kept]
    found = Table()
    for cell, counts in table.items():
        if found.setdefault(tuple(cell[i] for i in places), counts) != counts:
            return None
    found.unclear = {tuple(cell[i] for i in places) for cell in table.unclear}
    return found


# -- what is found ---------------------------------------------------------------------------------


def value_of(text: str | None, kind: str) -> Any:
    """A label as a value."""
    if text is None:
        return BLANK
    match kind:
        case "integer":
            return int(text)
        case "real":
            return float(text)
        case "boolean":
            return text.casefold() == "true"
        case "date":
            return pd.Timestamp(text).date()
        case _:
            return folded(text)


def found_table(rows: Star, table: CellTable, columns: tuple[str, ...], base: BaseCounts) -> Table:
    labels = [[value_of(x, rows.types[c]) for x in held] for held, c in zip(table.labels, columns, strict=True)]
    made = Table()
    for i in range(len(table)):
        cell = tuple(held[codes[i]] for held, codes in zip(labels, table.codes, strict=True))
        assert cell not in made
        if base.rows.values[i]:
            largest = [] if base.largest is None else [counts.values[i] / SHARE for counts in base.largest]
            made[cell] = base.rows.values[i], base.contributors.values[i], largest
    return made


def equal(found: Table, wanted: Table, base: BaseCounts, *, repeated: bool) -> bool:
    """The same counts in the same cells.

    A base that works without some groupings gives its number to cells without rows of their own, too; that
    number must stand somewhere, without a member if no cell has rows. ``repeated``: rows without a match may
    stand in cells of their own.
    """
    freed = base.base is not None and (base.base.removes is not None or base.base.reselects is not None)
    extra = found.keys() - wanted.keys() - wanted.unclear
    if not ((repeated or freed) and all(BLANK in c for c in extra)) and extra:
        return False
    missing = {wanted[c][:2] for c in wanted.keys() - found.keys()}
    if missing and not (freed and missing <= {n[:2] for n in found.values()}):
        return False
    return all(n[:2] == wanted[c][:2] and near(n[2], wanted[c][2]) for c, n in found.items() if c in wanted)


def near(found: list[float], wanted: list[float]) -> bool:
    if not found or not wanted:  # none are asked for where no amount is summed
        return True
    COMPARED["shares"] += 1
    padded = [*wanted, *[0.0] * LARGEST][:LARGEST]
    return all(abs(a - b) < 1e-6 for a, b in zip(found, padded, strict=True))


def columns_of(rows: Star, layer: LayerResult, table: CellTable) -> tuple[str, ...]:
    named = {column_of(c): c for c in rows.types}
    return tuple(named[layer.grain[i]] for i in table.keeps)


def disagreements(rows: Star, known: dict[str, Measure], shown: Shown, found: VisualResult) -> list[str]:
    """What the linter counts otherwise, table by table."""
    outer, wrong = shown.outer(rows), []
    for name in shown.measures:
        for keeps in shown.keeps():
            wanted = expected(shown, known[name], outer, keeps)
            have = [
                (columns_of(rows, layer, table), base, table, layer)
                for layer in found.layers
                for table in table_for(rows, layer, keeps)
                for base in table.bases
                if base.measure == name
            ]
            for (i, role), table in wanted.items():
                same = [
                    True for columns, base, cells, layer in have
                    if base.role == role
                    and (own := projected(table, keeps, columns)) is not None
                    and equal(found_table(rows, cells, columns, base), own, base, repeated=bool(layer.reasons))
                ]  # fmt: skip
                if not same and (table or any(base.role == role for _, base, _, _ in have)):
                    seen = [(c, base.role, dict(found_table(rows, t, c, base))) for c, base, t, _ in have]
                    wrong.append(f"{name} = {known[name].dax}, base {i} ({role}) by {keeps}:\n {dict(table)}\n {seen}")
    return wrong


def table_for(rows: Star, layer: LayerResult, keeps: tuple[str, ...]) -> list[CellTable]:
    """The table of a layer with these groupings, as far as it has them."""
    for table in layer.tables:
        columns = columns_of(rows, layer, table)
        whole = columns_of(rows, layer, layer.body) if layer.body is not None else ()
        if set(columns) == set(keeps) & set(whole):
            return [table]
    return []


# -- the comparison --------------------------------------------------------------------------------


@st.composite
def cases(draw: st.DrawFn, *, of_amounts: bool = False) -> Case:
    rows = star(
        draw(st.integers(0, 2**16)), draw(st.integers(3, 30)),
        pupils=draw(st.booleans()), flake=draw(st.sampled_from(["", "results", "pupils", "trusts"])),
        keyed=draw(st.sampled_from([True, True, False])),
        more=draw(st.frozensets(st.sampled_from(["clubs", "rooms", "pick"]))),
    )  # fmt: skip
    known: dict[str, Measure] = {}
    for i in range(draw(st.integers(1, 3))):
        known[f"m{i}"] = draw(sums(rows) if of_amounts else measures(rows, dict(known)))
    common = draw(st.lists(cards(rows), max_size=1).map(lambda found: [replace(c, place="report") for c in found]))
    shown = draw(st.lists(visuals(rows, list(known), common), min_size=VISUALS, max_size=VISUALS))
    return Case(rows, known, tuple(shown), tuple(common))


def compared(case: Case) -> None:
    for shown, found in zip(case.shown, recomputed(case), strict=True):
        SEEN[found.status] += 1
        note(f"{shown}\n{ {n: m.dax for n, m in case.measures.items()} }\n{found.status} {found.reasons}")
        if found.status in {"evaluated", "approximate"}:
            wrong = disagreements(case.rows, case.measures, shown, found)
            assert not wrong, "\n".join(wrong)
        else:
            assert found.reasons


EXAMPLES = settings.default.max_examples


def test_people_behind_each_cell() -> None:
    """Whatever can't be counted says so, and that is little of it."""
    SEEN.clear()
    settings(max_examples=max(12, EXAMPLES // 5))(given(cases())(compared))()
    assert sum(SEEN[status] for status in ("evaluated", "approximate")) > 0.75 * SEEN.total()


def test_largest_contributions_to_amounts() -> None:
    COMPARED.clear()
    settings(max_examples=max(4, EXAMPLES // 20))(given(cases(of_amounts=True))(compared))()
    assert COMPARED["shares"] > EXAMPLES // 5
