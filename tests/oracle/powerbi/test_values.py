"""The numbers that an independent DAX engine computes on the fixtures are those of the people we count."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pbixray import PBIXRay

from linter.engine import LintOptions, recompute
from linter.evidence import BaseCounts, CellTable
from linter.expressions import Call, Column, Literal
from linter.model import Layer, Visual
from linter.results import WorkbookResult

pytestmark = pytest.mark.slow

engine = pytest.importorskip("pbix_mcp.dax.engine", reason="the independent DAX engine is not installed")
FIXTURES = Path(__file__).parents[3] / "fixtures"
FILES = {  # with how many numbers of people at least
    "powerbi/wrong/northmere_ks4.pbix": 62, "cases/isolation_wrong.pbix": 6, "cases/reach_wrong.pbix": 3,
}  # fmt: skip
IMPLICIT = {"avg": "AVERAGE", "sum": "SUM", "min": "MIN"}


@cache
def rows_of(file: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The tables and relationships as a decoder of others has them."""
    model = PBIXRay(str(FIXTURES / file))
    tables = {}
    for name in model.tables:
        frame = model.get_table(name)
        rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        tables[str(name)] = {"columns": list(map(str, frame.columns)), "rows": rows}
    links = [
        {"FromTable": r.FromTableName, "FromColumn": r.FromColumnName, "ToTable": r.ToTableName,
         "ToColumn": r.ToColumnName, "IsActive": bool(r.IsActive)}
        for r in model.relationships.itertuples()
    ]  # fmt: skip
    return tables, links


def cells(result: WorkbookResult) -> Iterator[tuple[Layer, CellTable, BaseCounts]]:
    """Every table of cells with each of its bases, where the layer has no other filters than lists of values."""
    assert result.workbook is not None
    assert result.evidence is not None
    visuals: dict[str, Visual] = {v.id: v for v in result.workbook.visuals}
    for found in result.evidence.visuals.values():
        for layer in found.layers:
            made = visuals[found.visual].layers[layer.position]
            listed = all(isinstance(f.predicate, Call) and f.predicate.function == "in" for f in made.filters)
            if listed and not any(layer.opaque):
                yield from ((made, table, base) for table in layer.tables for base in table.bases)


def context(layer: Layer, table: CellTable, cell: int) -> dict[str, list[Any]] | None:
    """The filters of a cell for the engine; None where a label is blank, which it can't be told."""
    found: dict[str, list[Any]] = {}
    for item in layer.filters:
        match item.predicate:
            case Call("in", (Column(name, column), *values)):
                found[f"{name}.{column}"] = [v.value for v in values if isinstance(v, Literal)]
    grain = [g for g in layer.grain if g.drilled]
    for place, labels, codes in zip(table.keeps, table.labels, table.codes, strict=True):
        grouped, label = grain[place].expr, labels[codes[cell]]
        assert isinstance(grouped, Column)
        if label is None:
            return None
        found[f"{grouped.table}.{grouped.name}"] = [label]
    return found


@pytest.mark.parametrize("file", FILES)
def test_values_on_the_fixtures(file: str) -> None:
    result = recompute(FIXTURES / file, LintOptions())
    assert result.workbook is not None
    measures = {f.caption: f.formula for s in result.workbook.sources for f in s.fields if f.kind == "measure"}
    tables, links = rows_of(file)
    compared = 0
    for layer, table, base in cells(result):
        assert base.base is not None
        dax = measures.get(base.measure)
        if dax is None and isinstance(base.base.arg, Column) and base.aggregate in IMPLICIT:
            dax = f"{IMPLICIT[base.aggregate]}('{base.base.arg.table}'[{base.base.arg.name}])"
        for cell in range(len(table)) if dax and base.role == "value" else ():
            where = context(layer, table, cell)
            if where is None:
                continue
            said = engine.evaluate_measure(
                "m", tables, {**measures, "m": dax}, filter_context=where, relationships=links
            )
            if dax == "DISTINCTCOUNT(Pupil[UPN])":
                assert base.contributors.values[cell] == (said or 0), where
                compared += 1
            else:
                assert bool(base.rows.values[cell]) == (said is not None), (base.measure, where)
    assert compared >= FILES[file]
