"""Tables of an extract whose text compares differently are related all the same, and it is said."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from linter.cells.collations import OF_ANOTHER_TABLE
from linter.cells.evaluate import evaluate
from linter.cells.loading import Loader
from linter.cells.units import Declared
from linter.data.process import DataProcess
from linter.expressions import Column
from linter.model import (
    Base,
    Grouping,
    Layer,
    Relationship,
    Source,
    Store,
    Table,
    TableColumn,
    Visual,
    Workbook,
)  # fmt: skip

if TYPE_CHECKING:
    from pathlib import Path

    from linter.evidence import VisualResult

api: Any = pytest.importorskip("tableauhyperapi", reason="no Hyper engine on this platform")

PUPILS = [("P1", "North"), ("P2", "north"), ("P3", "South"), ("P4", None)]
SCHOOLS = [("NORTH", "Town"), ("South", "Coast")]


def extract(path: Path, of_pupils: str, of_schools: str) -> None:
    definitions = {
        "Pupils": (f'"UPN" TEXT COLLATE "en_GB", "School" TEXT {of_pupils}', PUPILS),
        "Schools": (f'"School" TEXT {of_schools}, "Area" TEXT', SCHOOLS),
    }
    with (
        api.HyperProcess(api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as process,
        api.Connection(process.endpoint, str(path), api.CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.execute_command('CREATE SCHEMA "Extract"')
        for name, (columns, rows) in definitions.items():
            connection.execute_command(f'CREATE TABLE "Extract"."{name}" ({columns})')
            values = ", ".join("(" + ", ".join("NULL" if v is None else f"'{v}'" for v in row) + ")" for row in rows)
            connection.execute_command(f'INSERT INTO "Extract"."{name}" VALUES {values}')


def pupils_by_area(folder: Path, of_pupils: str, of_schools: str) -> VisualResult:
    extract(folder / "pupils.hyper", of_pupils, of_schools)
    tables = tuple(
        Table(name, name, tuple(TableColumn(c, c, "text") for c in columns),
              Store("hyper", "pupils.hyper", ("Extract", name), beside=True))
        for name, columns in {"Pupils": ("UPN", "School"), "Schools": ("School", "Area")}.items()
    )  # fmt: skip
    link = Relationship("Pupils", "Schools", ((Column("Pupils", "School"), Column("Schools", "School")),))
    source = Source("s", "s", "embedded", tables, (link,))
    layer = Layer(
        "Bar", "s", (Grouping("Area", Column("Schools", "Area"), "rows"),),
        (Base("Pupils", "value", "count", Column("Pupils", "UPN"), "Pupils"),), tables=("Pupils",),
    )  # fmt: skip
    visual = Visual("v", "v", "Bar", (), "w.twb", (layer,))
    workbook = Workbook("tableau", "w.twb", "", (source,), visuals=(visual,))
    with DataProcess(timeout=60) as process:
        process.open_hyper()
        loader = Loader(workbook, folder / "w.twb", process)
        return evaluate(loader, Declared(("UPN",)), dt.date(2024, 1, 1)).visuals["v"]


def counts(result: VisualResult) -> dict[str | None, int]:
    (layer,) = result.layers
    assert layer.body is not None
    labels = [layer.body.labels[0][code] for code in layer.body.codes[0]]
    return dict(zip(labels, layer.body.records.values, strict=True))


@pytest.mark.parametrize(
    ("of_schools", "expected"),
    [
        ('COLLATE "de_DE_CI"', {"Town": 2, "Coast": 1, None: 1}),
        ('COLLATE "de_DE"', {"Coast": 1, None: 3}),
    ],
)
def test_the_related_table_decides(tmp_path: Path, of_schools: str, expected: dict[str | None, int]) -> None:
    result = pupils_by_area(tmp_path, 'COLLATE "en_GB_CI"', of_schools)
    assert counts(result) == expected
    assert (result.status, result.reasons) == ("approximate", (OF_ANOTHER_TABLE,))


def test_one_collation_is_no_deviation(tmp_path: Path) -> None:
    result = pupils_by_area(tmp_path, 'COLLATE "en_GB_CI"', 'COLLATE "en_GB_CI"')
    assert counts(result) == {"Town": 2, "Coast": 1, None: 1}
    assert (result.status, result.reasons) == ("evaluated", ())
