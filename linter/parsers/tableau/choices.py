"""Parameters that readers can set: a worksheet under another value of one is one more state of it.

Every value that a parameter offers is put in its place, and the worksheet is read again; where its rows
or groups come out different, these layers are kept beside its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linter.expressions import Expr, TopMembers, rewrite
from linter.model import Chosen
from linter.parsers.tableau.datasources import PARAMETERS
from linter.parsers.tableau.names import REFERENCE, split_reference
from linter.parsers.tableau.stories import with_parameters
from linter.parsers.tableau.worksheets import Context, read_worksheet
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml import etree

    from linter.model import Filter, Layer, Visual
    from linter.parsers.tableau.dashboards import Layout
    from linter.parsers.tableau.placements import Placer

    SourceFilters = dict[str, tuple[Filter, ...]]

_TRUTH = ("true", "false")
MOST_VALUES = 30
"""Values of one parameter that are tried."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One parameter under other values than the saved one. ``missing``: why these are not all of them.

    ``states``: for each value how references are resolved, and the filters of the data sources.
    """

    caption: str
    reference: str
    states: tuple[tuple[Placer, SourceFilters], ...]
    missing: str = ""


def choices(
    root: etree._Element, layout: Layout, placer: Placer, filters: Callable[[Placer], SourceFilters]
) -> list[Choice]:
    """The parameters that have a control or an action. ``filters``: those of the data sources."""
    named = [c.reference for c in layout.cards if c.kind == "parameter"]
    for action in root.iterfind("actions/edit-parameter-action"):
        texts = [p.get("value", "") for p in action.iter("param")]
        named += [m.group() for text in texts for m in REFERENCE.finditer(text)]
    found = []
    for reference in dict.fromkeys(named):
        source, name = split_reference(reference)
        definition = placer.fields.definition(source, name)
        if source != PARAMETERS or definition is None or definition.element is None or definition.saved is None:
            continue
        members = [m.get("value", "") for m in definition.element.iterfind("members/member")]
        if not members and definition.saved in _TRUTH:
            members = list(_TRUTH)
        missing = "" if 0 < len(members) <= MOST_VALUES else "it takes more values than were tried"
        offered = members[:MOST_VALUES] or [_another(definition.saved)]
        values = [v for v in dict.fromkeys(offered) if v != definition.saved]
        placers = tuple(with_parameters(placer, {name: v}) for v in values)
        found.append(Choice(definition.caption, name, tuple((p, filters(p)) for p in placers), missing))
    return found


def with_choices(visual: Visual, element: etree._Element, context: Context, offered: Iterable[Choice]) -> Visual:
    """The visual of a worksheet with its layers under other values of the parameters that it uses."""
    used = {
        column.get("name", "")
        for holder in (element, *element.getroottree().iterfind("shared-views/shared-view"))  # filters apply to it
        for dependencies in holder.iter("datasource-dependencies")
        if dependencies.get("datasource") == PARAMETERS
        for column in dependencies.iterfind("column")
    }
    known = [
        c
        for choice in offered
        if f"[{choice.reference}]" in used or any(f != context.source_filters for _, f in choice.states)
        for c in _chosen(visual, element, context, choice)
    ]
    return replace(visual, chosen=tuple(known))


def _chosen(visual: Visual, element: etree._Element, context: Context, choice: Choice) -> Iterator[Chosen]:
    known = [_rows(x) for x in visual.layers]
    layers: list[Layer] = []
    for placer, filters in choice.states:
        for layer in read_worksheet(element, replace(context, placer=placer, source_filters=filters)).layers:
            if _rows(layer) not in known:
                known.append(_rows(layer))
                layers.append(layer)
    if layers:
        yield Chosen(choice.caption, tuple(layers), choice.missing)


def _rows(layer: Layer) -> object:
    """What decides which rows stand behind which mark."""
    bases = tuple(replace(b, measure="") for b in layer.bases)
    filters = tuple(replace(f, predicate=rewrite(f.predicate, _any_number)) for f in layer.filters)
    return layer.grain, filters, bases, layer.disaggregated


def _any_number(expr: Expr) -> Expr:
    """How many members are first in an order is no matter: each of them is shown as it is."""
    return replace(expr, count=0) if isinstance(expr, TopMembers) else expr


def _another(saved: str) -> str:
    """Any other value of a parameter that takes all: the worksheet shows whether rows depend on it."""
    try:
        return str(float(saved) + 1)
    except ValueError:
        return f'{saved[:-1]} "' if saved.endswith('"') else "#1900-01-01#" if saved.startswith("#") else saved
