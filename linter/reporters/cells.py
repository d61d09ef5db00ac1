"""What ``disclint cells`` prints: the tables behind visuals, as JSON, CSV or text.

Without ``show_values`` only numbers of cells and of small cells by the profile's threshold. The
JSON schema is in ``schemas/cells-v1.schema.json``.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from linter.records import dataclass
from linter.reporters.json_ import SCHEMA_VERSION, dumps, string, unit, visible, visual_head
from linter.text import inert, log_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linter.evidence import CellTable, Counts, LayerResult, Status
    from linter.model import Visual
    from linter.results import WorkbookResult

BELOW = (3, 6, 10)
"""Limits that are counted in any case once values may be shown: cells with fewer contributors."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The recomputed tables of some visuals of a workbook. ``below`` in addition to ``BELOW``."""

    result: WorkbookResult
    visuals: Sequence[tuple[Visual, Status]]
    show_values: bool = False
    below: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """The contract's document. A layer that was not recomputed has no entry: see the status."""
        return {
            "schema_version": SCHEMA_VERSION,
            "path": string(self.result.path),
            "visuals": [self._visual(visual, status) for visual, status in self.visuals],
        }

    def _visual(self, visual: Visual, status: Status) -> dict[str, Any]:
        known = self.result.visual_result(visual.id)
        layers = [self._layer(x, x.body) for x in known.layers if x.body is not None] if known else []
        head = visual_head(self.result.workbook, visual, status, known.reason if known else None)
        return {**head, "layers": layers}

    def _layer(self, layer: LayerResult, body: CellTable) -> dict[str, Any]:
        entry = {
            "label": string(layer.label),
            "grain": [string(caption) for caption in layer.grain],
            "unit": unit(layer.unit),
            "records": self._series(body, body.records),
            "units": self._optional(body, body.units),
            "bases": [
                {
                    "measure": string(base.measure),
                    "role": base.role,
                    "rows": self._series(body, base.rows),
                    "units": self._optional(body, base.units),
                }
                for base in body.bases
            ],
            "totals": [
                {
                    "keeps": [string(layer.grain[i]) for i in total.keeps],
                    "records": self._series(total, total.records),
                    "units": self._optional(total, total.units),
                }
                for _, total in layer.totals
            ],
        }
        return entry | ({"rows": list(_rows(body))} if self.show_values else {})

    def _series(self, table: CellTable, counts: Counts) -> dict[str, Any]:
        counts = visible(table, counts)
        series: dict[str, Any] = {"cells": counts.cells, "small": counts.small(self.result.threshold)}
        if self.show_values:
            limits = sorted({*BELOW, *self.below})
            series["below"] = {str(limit): counts.below(limit) for limit in limits}
            series |= {"min": counts.minimum, "total": counts.total}
        return series

    def _optional(self, table: CellTable, counts: Counts | None) -> dict[str, Any] | None:
        return None if counts is None else self._series(table, counts)


def _rows(body: CellTable) -> Iterator[dict[str, Any]]:
    """The cells readers see, by their labels; ``values`` in the order of the grain, ``bases`` in that of the bases."""
    seen = (i for i in range(len(body)) if not (body.hidden and body.hidden[i]))
    named = [(i, [names[codes[i]] for names, codes in zip(body.labels, body.codes, strict=True)]) for i in seen]
    for i, labels in sorted(named, key=lambda x: ([(v is None, v or "") for v in x[1]], body.records.values[x[0]])):
        yield {
            "values": [None if label is None else string(label) for label in labels],
            "records": body.records.values[i],
            "units": body.units.values[i] if body.units else None,
            "bases": [
                {"rows": base.rows.values[i], "units": base.units.values[i] if base.units else None}
                for base in body.bases
            ],
        }


def to_json(cells: Cells) -> str:
    """One JSON document."""
    return dumps(cells.document())


def to_csv(cells: Cells) -> str:
    """One line per layer, base and total and per way of counting; with values also one per cell.

    A visual without a recomputed layer keeps its line, so that nobody takes it for checked.
    """
    limits = [f"below_{n}" for n in sorted({*BELOW, *cells.below})] if cells.show_values else []
    exact = [*limits, "min", "total"] if cells.show_values else []
    head = ["visual_id", "pages", "visual", "type", "hidden", "status", "reason"]
    head += [
        "layer",
        "grain",
        "unit_kind",
        "unit_field",
        "of",
        "name",
        "role",
        "counted",
        "cells",
        "small",
        *exact,
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, head, restval="", lineterminator="\n")
    writer.writeheader()
    for visual in cells.document()["visuals"]:
        start = {"visual_id": visual["id"], "visual": visual["name"], "pages": "; ".join(visual["pages"])}
        start |= {key: visual[key] for key in ("type", "hidden", "status", "reason")}
        lines = [start | line for layer in visual["layers"] for line in _layer_lines(layer)]
        writer.writerows(
            {key: inert(value) if isinstance(value, str) else value for key, value in line.items()}
            for line in lines or [start]
        )
    return log_safe(out.getvalue())


def _layer_lines(layer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    start = {"layer": layer["label"], "grain": "; ".join(layer["grain"])}
    start |= {"unit_kind": layer["unit"]["kind"], "unit_field": layer["unit"]["field"]}
    yield from _counted(start | {"of": "layer"}, layer, ("records", "units"))
    for base in layer["bases"]:
        yield from _counted(
            start | {"of": "base", "name": base["measure"], "role": base["role"]}, base, ("rows", "units")
        )
    for total in layer["totals"]:
        yield from _counted(start | {"of": "total", "name": "; ".join(total["keeps"])}, total, ("records", "units"))
    for row in layer.get("rows", ()):
        label = "; ".join("(null)" if value is None else value for value in row["values"])
        for counted in ("records", "units"):
            if row[counted] is not None:
                yield start | {"of": "cell", "name": label, "counted": counted, "total": row[counted]}
        for base, numbers in zip(layer["bases"], row["bases"], strict=True):
            for counted in ("rows", "units"):
                if numbers[counted] is not None:
                    name = f"{label} / {base['measure']}"
                    line = {"of": "cell", "name": name, "role": base["role"], "counted": counted}
                    yield start | line | {"total": numbers[counted]}


def _counted(start: dict[str, Any], owner: dict[str, Any], ways: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for way in ways:
        series = owner[way]
        if series is not None:
            below = {f"below_{limit}": n for limit, n in series.get("below", {}).items()}
            plain = {key: value for key, value in series.items() if key != "below"}
            yield start | {"counted": way} | plain | below
