"""The tables behind visuals, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from linter.reporters.json_ import visible
from linter.reporters.reading import name, place_of, sentence
from linter.reporters.terminal import draw, indented
from linter.text import by_day, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from linter.evidence import CellTable, Counts, LayerResult, Status
    from linter.model import Visual
    from linter.reporters.cells import Cells
    from linter.reporters.interface import Style

_STATUS_COLORS: dict[Status, str] = {
    "evaluated": "green",
    "approximate": "yellow",
    "not_evaluated": "bold yellow",
    "data_unread": "bold yellow",
    "no_query": "dim",
}
_CELLS_SHOWN = 200


def to_text(cells: Cells, style: Style) -> str:
    """Per visual its status and per layer how many cells there are and how many are small."""
    result = cells.result
    small = f"small means 1 to {result.threshold}"
    parts: list[RenderableType] = [
        Text.assemble((name(result.path), "bold"), (f"  profile {name(result.profile)}: {small}", "dim"))
    ]
    if cells.show_values:
        parts.append(Text("This list shows exact values: handle it like the data itself.", "bold yellow"))
    if not cells.visuals:
        parts.append(Text("No visual could be read." if result.workbook is None else "No visual."))
    for visual, status in cells.visuals:
        parts += [Text(""), *_visual(cells, visual, status)]
    return draw(parts, style)


def _visual(cells: Cells, visual: Visual, status: Status) -> Iterator[RenderableType]:
    workbook = cells.result.workbook
    where = place_of(workbook, visual) if workbook else name(visual.name)
    hidden = ", hidden" if visual.hidden else ""
    facts = f"  {name(visual.type)}{hidden}, id {name(visual.id)}"
    yield Text.assemble((where, "bold"), (facts, "dim"), overflow="fold")
    known = cells.result.visual_result(visual.id)
    reason = f": {sentence(known.reason)}" if known and known.reason else ""
    yield indented(Text(status.replace("_", " ") + reason, _STATUS_COLORS[status], overflow="fold"), 2)
    for layer in known.layers if known else ():
        told = known is not None and (layer.status, layer.reasons) == (known.status, known.reasons)
        for part in _layer(cells, layer, told=told):
            yield indented(part, 2)


def _layer(cells: Cells, layer: LayerResult, *, told: bool = False) -> Iterator[RenderableType]:
    """A layer's counts, or why there are none; ``told``: the line of its visual says why already."""
    unit = f"{layer.unit.kind}{f' {name(layer.unit.field)}' if layer.unit.field else ''}".replace("_", " ")
    grain = " x ".join(name(caption) for caption in layer.grain) or "one cell"
    counted = f"  {'' if layer.unit.kind == 'not_people' else 'counted by '}{unit} ({layer.unit.confidence} confidence)"
    yield Text.assemble((f"{name(layer.label)}: ", "dim"), grain, (counted, "dim"), overflow="fold")
    if layer.body is None:
        if told:
            return
        why = "; ".join(sentence(r) for r in layer.reasons) or "not recomputed"
        yield indented(Text(f"{layer.status.replace('_', ' ')}: {why}", "yellow", overflow="fold"), 2)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", overflow="fold")
    for column in ("cells", "small", *(("min", "total") if cells.show_values else ())):
        table.add_column(column, justify="right", no_wrap=True)
    for below in cells.below if cells.show_values else ():
        table.add_column(f"<{below}", justify="right", no_wrap=True)
    for label, counts in _series(layer, layer.body):
        table.add_row(Text(label), *_numbers(cells, counts))
    yield indented(table, 2)
    hidden_cells = sum(map(bool, layer.body.hidden))
    if hidden_cells:
        hidden = plural(hidden_cells, "more cell")
        yield indented(Text(f"{hidden} hidden by a filter on a measure", "dim"), 2)
    if cells.show_values:
        yield indented(_cell_list(layer, layer.body), 2)


def _series(layer: LayerResult, body: CellTable) -> Iterator[tuple[str, Counts]]:
    found: list[tuple[str, CellTable, Counts | None]]
    found = [("records", body, body.records), ("units", body, body.units)]
    for base in body.bases:
        measure = name(base.measure) + ("" if base.role == "value" else f", {base.role}")
        found += [(f"{measure}: rows", body, base.rows), (f"{measure}: units", body, base.units)]
    for label, total in layer.totals:
        counted = "units" if total.units else "records"
        found.append((f"{name(label)}: {counted}", total, total.contributors))
    yield from ((label, visible(table, counts)) for label, table, counts in found if counts is not None)


def _numbers(cells: Cells, counts: Counts) -> Iterator[Text]:
    small = counts.small(cells.result.threshold)
    yield Text(f"{counts.cells:,}")
    yield Text(f"{small:,}", "bold red" if small else "")
    if cells.show_values:
        yield Text("" if counts.minimum is None else f"{counts.minimum:,}")
        yield Text(f"{counts.total:,}")
        yield from (Text(f"{counts.below(limit):,}") for limit in cells.below)


def _cell_list(layer: LayerResult, body: CellTable) -> RenderableType:
    """The cells themselves, the smallest first; a long table is cut and says so."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for caption in layer.grain:
        table.add_column(Text(name(caption)), overflow="fold")
    counted = "units" if body.units else "records"
    table.add_column(counted, justify="right", no_wrap=True)
    seen = [i for i in range(len(body)) if not (body.hidden and body.hidden[i])]
    columns = list(zip(map(by_day, body.labels), body.codes, strict=True))
    found = [(body.contributors.values[i], [names[codes[i]] for names, codes in columns]) for i in seen]
    found.sort(key=lambda cell: (cell[0], [(label is None, label or "") for label in cell[1]]))
    for count, labels in found[:_CELLS_SHOWN]:
        shown = (Text("(null)" if label is None else name(label)) for label in labels)
        table.add_row(*shown, Text(f"{count:,}"))
    rest = len(seen) - _CELLS_SHOWN
    if rest > 0:
        table.caption = Text(f"{plural(rest, 'larger cell')} more: --output-format csv or json has them all", "dim")
    return table
