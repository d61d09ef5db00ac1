"""Random worksheets over random extracts: our cells equal an independent count in pandas."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperProcess,
    Inserter,
    SqlType,
    TableDefinition,
    TableName,
    Telemetry,
)

from linter.cells.evaluate import evaluate
from linter.cells.loading import Loader
from linter.cells.units import Declared
from linter.data.process import DataProcess
from linter.parsers.tableau import read
from tests.oracle.tableau import sheets
from tests.oracle.tableau.sheets import AREAS, COLUMNS, LEVELS, MEASURES, SEXES, YEARS, Book, Sheet

pytestmark = pytest.mark.slow

TYPES = {"text": SqlType.text, "integer": SqlType.big_int, "real": SqlType.double, "date": SqlType.date}
EXAMPLES_PER_PROCESS = 40  # extracts stay attached for the life of a data process


def frame(seed: int) -> pd.DataFrame:
    """Up to 60 rows of up to 25 pupils; every column but the year has nulls."""
    chance = random.Random(seed)

    def some(values, nulls=0.12):
        return None if chance.random() < nulls else chance.choice(values)

    codes = chance.choice([None, None, None, (0, 1), (1, 2), (0, 5), (-1, 1), (-3, 0), (0, 1, 2)])
    pupils = [f"P{i:03}" for i in range(chance.randint(1, 25))]
    rows = [
        {
            "UPN": some(pupils, 0.05), "Area": some(AREAS), "Sex": some(SEXES), "Year": chance.choice(YEARS),
            "Score": some(codes or [round(chance.uniform(-20, 100), 3)]),
            "Seen": some([dt.date(2019, 1, 1) + dt.timedelta(days=chance.randrange(900))]),
        }
        for _ in range(chance.randint(1, 60))
    ]  # fmt: skip
    made = pd.DataFrame(rows, columns=[name for name, _ in COLUMNS])
    made["Score"] = made["Score"].astype(float)
    made["Seen"] = pd.to_datetime(made["Seen"])
    return made.astype({"UPN": object, "Area": object, "Sex": object})


@st.composite
def random_filters(draw) -> tuple[sheets.Filter, ...]:
    found = []
    for kind in draw(st.lists(st.sampled_from(["area", "sex", "year", "seen", "range", "top", "condition", "set"]),
                              max_size=3, unique=True)):  # fmt: skip
        exclude, context = draw(st.booleans()), draw(st.booleans())
        options = {"area": (LEVELS[0], AREAS, '&quot;'), "sex": (LEVELS[1], SEXES, '&quot;'),
                   "year": (LEVELS[2], YEARS, ""), "seen": (LEVELS[3], YEARS, "")}  # fmt: skip
        if kind in options:
            level, values, quote = options[kind]
            chosen = draw(st.lists(st.sampled_from([None, *map(str, values)]), min_size=1, max_size=3, unique=True))
            found.append(sheets.members(level, chosen, quote, exclude=exclude, context=context))
        elif kind == "range":
            found.append(sheets.within(draw(st.integers(-20, 40)), draw(st.integers(41, 100)), context=context))
        elif kind == "top":
            measure = draw(st.sampled_from(["SUM([Score])", "COUNTD([UPN])"]))
            found.append(sheets.top(measure, draw(st.integers(1, 3)), first=exclude))
        elif kind == "condition":
            found.append(sheets.condition(draw(st.integers(1, 6))))
        else:
            inside = "true" if exclude else "false"
            chosen = [inside.capitalize()]
            made = sheets.members(LEVELS[10], chosen, "", exclude=False, context=False)
            xml = made.xml.replace(f'member="{chosen[0]}"', f'member="{inside}"')
            found.append(sheets.Filter(xml, made.instances, _whole(LEVELS[10], chosen[0])))
    return tuple(found)


def _whole(level, label):
    return lambda rows, whole: level.labels(whole).reindex(rows.index) == label


@st.composite
def random_sheets(draw) -> Sheet:
    levels = draw(st.lists(st.sampled_from(LEVELS), max_size=4, unique=True))
    cut, other = sorted((draw(st.integers(0, len(levels))), draw(st.integers(0, len(levels)))))
    return Sheet(
        tuple(levels[:cut]), tuple(levels[cut:other]), tuple(levels[other:]),
        tuple(draw(st.lists(st.sampled_from(MEASURES), min_size=1, max_size=3, unique=True))),
        draw(random_filters()),
        draw(st.none() | st.integers(1, 4)),
        row_total=draw(st.booleans()), col_total=draw(st.booleans()), subtotal=draw(st.booleans()),
    )  # fmt: skip


def expected(sheet: Sheet, rows: pd.DataFrame) -> dict[tuple[int, ...], dict[tuple[str | None, ...], tuple]]:
    """Tables by the positions they keep: labels -> records, pupils, bases, hidden."""
    whole = rows
    for found in sheet.filters:
        if found.context:
            whole = whole[found.keep(whole, whole).astype(bool)]
    labels = pd.DataFrame({i: level.labels(whole) for i, level in enumerate(sheet.levels)}, index=whole.index)
    kept = pd.Series(data=True, index=whole.index)
    for found in sheet.filters:
        if not found.context:
            kept &= found.keep(whole, whole).astype(bool)
    labels, shown = labels[kept], whole[kept]
    body = tuple(range(len(sheet.levels)))
    tables = {}
    for keeps in {body, *sheet.keeps()}:
        cells: dict[tuple[str | None, ...], list[int]] = {}
        for at, line in zip(shown.index, labels.itertuples(index=False), strict=True):
            cells.setdefault(tuple(None if pd.isna(line[i]) else line[i] for i in keeps), []).append(at)
        few = sorted(rows["Score"].dropna().unique())
        tables[keeps] = {label: _cell(sheet, shown.loc[ats], few, hide=keeps == body) for label, ats in cells.items()}
    return tables


def _cell(sheet: Sheet, rows: pd.DataFrame, few: list[float], *, hide: bool) -> tuple:
    """``few``: the scores that the extract has. Where these are two, a mean or a ratio tells how many have either."""
    bases = {}
    for measure in sheet.measures:
        for role, column, aggregate in measure.bases:
            used = rows[rows[column].notna()]
            if aggregate == "avg" and (len(few) == 2 or few == [1]):
                bases[measure.column, "numerator"] = counts(told(used, few))
                bases[measure.column, "denominator"] = counts(used)
            if aggregate == "sum":
                used = told(used, few) if len(few) == 2 and role == "numerator" else used[used["Score"] != 0]
            bases[measure.column, role] = counts(used)
    hidden = int(hide and sheet.least is not None and rows["UPN"].nunique() < sheet.least)
    return (*counts(rows), bases, hidden)


def told(rows: pd.DataFrame, few: list[float]) -> pd.DataFrame:
    """The rows with the greater of two scores, or with the one that isn't 0."""
    return rows[rows["Score"] == next(v for v in reversed(few) if v != 0)]


def counts(rows: pd.DataFrame) -> tuple[int, int]:
    """Rows and pupils."""
    return len(rows), pupils(rows)


def pupils(rows: pd.DataFrame) -> int:
    """Distinct keys; rows that have none are still at least one pupil's."""
    return max(rows["UPN"].nunique(), min(len(rows), 1))


CAPTIONS = {"Ratio": "Calculation_3", "Rank": "Calculation_4", "Inside": "Calculation_5", "Number": "Calculation_6"}


def counted(layer) -> dict[tuple[int, ...], dict[tuple[str | None, ...], tuple]]:
    """The same of a recomputed layer."""
    tables = {}
    for table in layer.tables:
        cells = {}
        for i, records in enumerate(table.records.values):
            label = tuple(values[codes[i]] for values, codes in zip(table.labels, table.codes, strict=True))
            bases = {
                (CAPTIONS.get(b.measure, b.measure), b.role): (b.rows.values[i], b.units.values[i]) for b in table.bases
            }
            cells[label] = (records, table.units.values[i], bases, table.hidden[i] if len(table.hidden) else 0)
        tables[table.keeps] = cells
    return tables


class Bench:
    """One Hyper that writes extracts and one data process that is asked, renewed now and then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()
        self.writer = HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""})
        self.process: DataProcess | None = None

    def extract(self, rows: pd.DataFrame) -> bytes:
        path = self.folder / "pupils.hyper"
        with Connection(self.writer.endpoint, path, CreateMode.CREATE_AND_REPLACE) as connection:
            connection.catalog.create_schema("Extract")
            columns = [TableDefinition.Column(name, TYPES[kind]()) for name, kind in COLUMNS]
            definition = TableDefinition(TableName("Extract", "Extract"), columns)
            connection.catalog.create_table(definition)
            with Inserter(connection, definition) as inserter:
                inserter.add_rows(
                    [None if pd.isna(v) else v.date() if isinstance(v, pd.Timestamp) else v for v in row]
                    for row in rows.itertuples(index=False)
                )
                inserter.execute()
        return path.read_bytes()

    def evidence(self, rows: pd.DataFrame, drawn: list[Sheet]):
        number = next(self.numbers)
        if number % EXAMPLES_PER_PROCESS == 0:
            self.close()
            self.process = DataProcess(timeout=120, memory=4 << 30)
            self.process.__enter__()
            self.process.open_hyper()
        path = self.folder / f"book{number}.twbx"
        book = Book(f"federated.n{number}", drawn)
        book.write(path, self.extract(rows))
        loader = Loader(read(path, ""), path, self.process)
        found = evaluate(loader, Declared(keys=("UPN",)), dt.date(2025, 1, 1))
        path.unlink()
        return [found.visuals[name] for name in book.names]

    def close(self) -> None:
        if self.process is not None:
            self.process.close()


@pytest.fixture(scope="module")
def bench():
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder))
        yield made
        made.close()
        made.writer.close()


@given(seed=st.integers(0, 2**32), drawn=st.lists(random_sheets(), min_size=3, max_size=3))
def test_cells_equal_an_independent_count(bench: Bench, seed: int, drawn: list[Sheet]) -> None:
    rows = frame(seed)
    for sheet, visual in zip(drawn, bench.evidence(rows, drawn), strict=True):
        assert visual.status == "evaluated", visual.reasons
        (layer,) = visual.layers
        assert counted(layer) == expected(sheet, rows)
