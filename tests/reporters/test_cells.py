"""What ``disclint cells`` prints of a visual: in a stable order, each reason once."""

from __future__ import annotations

import dataclasses
import json
import random

from linter.evidence import CellTable, Counts, LayerResult, VisualResult
from linter.reporters.cells import Cells, to_json
from linter.reporters.cells_text import to_text
from linter.reporters.interface import Style
from tests.reporters import factory

NAMES = [f"2025-01-{day:02} 00:00:00" for day in range(1, 9)]


def shown(layer: LayerResult, status: str = "evaluated") -> Cells:
    book = factory.workbook()
    visual = next(v for v in book.visuals if v.id == "v1")
    known = VisualResult("v1", status, layer.reasons, (layer,))  # type: ignore[arg-type]
    evidence = dataclasses.replace(factory.evidence(), visuals={"v1": known})
    return Cells(factory.result(workbook=book, evidence=evidence), [(visual, status)], show_values=True)  # type: ignore[list-item]


def layer_of(order: list[int]) -> LayerResult:
    """Eight cells of three people each, as an engine may give them in any order."""
    counts = Counts([3] * len(order))
    body = CellTable((0,), (NAMES,), (order,), counts, counts)
    return factory.layer(body, "Day")


def test_cells_with_as_many_people_come_in_the_order_of_their_labels() -> None:
    order = list(range(len(NAMES)))
    told = set()
    for seed in range(5):
        random.Random(seed).shuffle(order)
        cells = shown(layer_of(list(order)))
        rows = json.loads(to_json(cells))["visuals"][0]["layers"][0]["rows"]
        assert [row["values"] for row in rows] == [[name] for name in NAMES]
        told.add(to_text(cells, Style(100)))
    assert len(told) == 1
    assert "2025-01-08 " in told.pop().replace("00:00:00", "MIDNIGHT")
    assert "00:00:00" not in to_text(shown(layer_of(order)), Style(100))


def test_the_reason_of_the_only_layer_is_told_once() -> None:
    layer = dataclasses.replace(factory.layer(None, "Day", status="not_evaluated"), reasons=("a table calculation",))
    assert to_text(shown(layer, "not_evaluated"), Style(100)).count("a table calculation") == 1
