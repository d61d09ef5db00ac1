"""What readers can turn on a visual: slicers, cards, clicks, drill paths, saved states, regrouping.

Each way comes down to fields by whose values the rows behind the visual can be narrowed or split. A
parameter is no such way: its choices are layers of their own (``Visual.chosen``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.expressions import Column, Expr, Literal, Unsupported, call, columns, problems, walk
from linter.model import Control, FieldUse, Layer, Source, Visual, Workbook
from linter.records import dataclass

_FILTERING = frozenset({"slicer", "quick_filter", "filter_action", "hierarchy", "regroup"})
_LEADING = frozenset({"drill_through", "tooltip"})


@dataclass(frozen=True, slots=True)
class Turnable:
    """A field that readers can turn. ``saved``: a condition that they can switch on, but not what it leaves out."""

    caption: str
    expr: Expr
    saved: bool = False


class Turning:
    """The controls of a workbook, by the visuals that they act on. Hidden ones count: hiding is no protection."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._known: dict[tuple[str, str], tuple[Turnable, ...]] = {}

    def of(self, visual: Visual, layer: Layer) -> tuple[Turnable, ...]:
        """What readers can turn on a layer of a visual; a drill-through brings along what was turned before."""
        key = (visual.id, layer.source)
        if key not in self._known:
            found = dict.fromkeys(self._own(visual, layer.source))
            for origin in self._origins(visual):
                found |= dict.fromkeys(self._grouped(origin, layer.source))
                found |= dict.fromkeys(self._own(origin, layer.source))
            free = {c for t in found if not t.saved for c in columns(t.expr)}
            self._known[key] = tuple(t for t in found if not (t.saved and columns(t.expr) <= free))
        return self._known[key]

    def _own(self, visual: Visual, source: str) -> Iterator[Turnable]:
        for control in self._workbook.controls:
            if control.kind == "set_action":
                yield from self._set_members(control, visual, source)
            elif _acts(control, visual):
                yield from (Turnable(control.caption, state, saved=True) for state in control.states)
                if not control.states:
                    yield from self._fields(control.uses, source, days=control.kind == "hierarchy")
        if self._workbook.settings.personalise:
            uses = [e.use for v in self._workbook.visuals for e in v.encodings]
            yield from self._fields([*uses, *(u for c in self._workbook.controls for u in c.uses)], source)

    def _fields(self, uses: Iterable[FieldUse], source: str, *, days: bool = False) -> Iterator[Turnable]:
        """The fields of a source; those of another source filter fields of the same name."""
        held = self._workbook.source(source)
        for use in uses:
            if use.expr is None:
                continue  # a measure: its values are figures, and not what rows are chosen by
            if use.source == source:
                yield Turnable(use.caption, _by_day(held, use.expr) if days else use.expr)
            elif held is not None:
                same = (f for f in held.fields if f.caption == use.caption and f.kind != "measure")
                yield from (Turnable(f.caption, f.expr) for f in same if f.expr is not None)

    def _set_members(self, control: Control, visual: Visual, source: str) -> Iterator[Turnable]:
        """Any members can be put into a set: the visuals that use it can be narrowed to each of them."""
        for use in control.uses:
            if use.source == source and self._may_use(visual, use):
                single = use.columns[0] if len(use.columns) == 1 else Unsupported("a set over several fields")
                yield Turnable(use.caption, single)

    def _may_use(self, visual: Visual, used: FieldUse) -> bool:
        """Whether a visual may use a set: what contains one rests on the columns of its members.

        Plain columns and filters on them contain none, unless the condition itself is that of the set.
        """
        held = self._workbook.source(used.source)
        members, fields = set(used.columns), held.fields if held else ()
        computed = {f.caption for f in fields if not isinstance(f.expr, Column)}
        plain = {f.caption for f in fields} - computed - {used.caption}
        if any(members <= set(e.use.columns) and e.use.caption not in plain for e in visual.encodings):
            return True
        filters = (f for x in visual.layers for f in x.filters if members <= set(f.columns))
        return any(
            f.caption not in plain or problems(f.predicate) or any(part == used.expr for part in walk(f.predicate))
            for f in filters
        )

    def _origins(self, visual: Visual) -> Iterator[Visual]:
        """The visuals from which readers drill through to a page of the visual."""
        bound = {
            c
            for control in self._workbook.controls
            if control.kind == "drill_through" and control.target in visual.pages
            for use in control.uses
            for c in use.columns
        }
        for other in self._workbook.visuals if bound else ():
            by = {c for e in other.encodings if e.groups for c in e.use.columns}
            if by & bound and not set(other.pages) & set(visual.pages):
                yield other

    @staticmethod
    def _grouped(visual: Visual, source: str) -> Iterator[Turnable]:
        for layer in visual.layers:
            if layer.source == source:
                yield from (Turnable(g.caption, g.expr) for g in layer.grain if g.drilled)


def _acts(control: Control, visual: Visual) -> bool:
    """Whether what a reader chooses in a control narrows or splits the visual."""
    if control.kind in _LEADING:
        return control.target in visual.pages or visual.id in control.visuals
    if control.kind not in _FILTERING:
        return False
    return visual.id in control.visuals if control.visuals else bool(set(control.pages) & set(visual.pages))


def _by_day(source: Source | None, expr: Expr) -> Expr:
    """A point in time that expands from years ends at days."""
    table = source.table(expr.table) if source and isinstance(expr, Column) else None
    held = table.column(expr.name) if table and isinstance(expr, Column) else None
    if held is None or held.type != "datetime":
        return expr
    return call("date_trunc", Literal("day"), expr)
