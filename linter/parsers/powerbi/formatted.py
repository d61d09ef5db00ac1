"""Measures and fields outside the wells of a visual: in titles, labels, reference lines, colours, anomalies.

A value in a title, a text or a reference line stands once on the visual; labels, error bars and links
stand at every mark. A gradient tells at every mark how large its measure is. A colour or icon that is
picked by rules, or is the measure's own text, tells a class and no figure: its fields count as shown,
not its number.

Source: https://learn.microsoft.com/power-bi/create-reports/desktop-conditional-table-formatting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from linter.json_tree import dig, mappings, objects_within
from linter.parsers.powerbi import wells
from linter.parsers.powerbi.expressions import GROUPINGS
from linter.parsers.powerbi.query import literal_text
from linter.parsers.powerbi.record import Projection
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.json_tree import Tree
    from linter.parsers.powerbi.record import Container

Place = Literal["once", "marks", "class"]

_VALUES = frozenset({"Measure", "Aggregation", "Arithmetic", "Percentile", "Min", "Max"})
_LABELS = frozenset({"dynamicLabelValue", "dynamicLabelTitle", "dynamicLabelDetail", "errorRange"})
"""Properties whose value stands at every mark."""
_OVER_SHOWN = frozenset({"SelectRef", "RangePercent"})  # such as an average line, or a share of the range shown


@dataclass(frozen=True, slots=True)
class Formatted:
    """What the format properties of a container hold, as projections of wells of their own."""

    once: tuple[Projection, ...] = ()
    marks: tuple[Projection, ...] = ()
    classes: tuple[Projection, ...] = ()


def of_container(container: Container, *, data: bool) -> Formatted:
    """The values in the format of a container, each once per place; ``data``: it has fields in its wells."""
    found: dict[Place, dict[str, Projection]] = {"once": {}, "marks": {}, "class": {}}
    for name, properties, _ in _properties(container.frame):
        for place, tree in _values(properties[name]):
            _add(found["class" if place == "class" else "once"], name, tree)
    for name, properties, item in _properties(container.objects):
        for place, tree in _values(properties[name]):
            at_marks = place == "marks" or name in _LABELS or dig(item, "selector", "data")
            where: Place = "class" if place == "class" else "marks" if at_marks and data else "once"
            _add(found[where], name, tree)
    return Formatted(*(tuple(found[place].values()) for place in ("once", "marks", "class")))


def shows_data(container: Container) -> bool:
    """Whether a container has figures or marks; text boxes and buttons may by their texts, slicers by their labels."""
    if container.type not in wells.WITHOUT_DATA | wells.SLICERS:
        return bool(container.type)
    return has_values(container) or bool(of_container(container, data=False).once)


def has_values(container: Container) -> bool:
    """Whether a field in a well is aggregated, as the labels of a button slicer may be."""
    return any(_VALUES.intersection(p.tree or ()) for p in container.projections)


def explaining(container: Container) -> list[Tree] | None:
    """The fields that explain the anomalies of a chart, none for any field of the model; None without anomalies."""
    for item in mappings(container.objects.get("anomalyDetection"), "a visual's format"):
        if literal_text(dig(item, "properties", "show")) == "true":
            listed = objects_within(dig(item, "properties", "explainBy"))
            return [tree for tree in listed if GROUPINGS.intersection(tree)]
    return None


def unexplained(container: Container) -> str | None:
    """Why what readers get of a chart's anomalies can't be told; None where its author chose what explains them."""
    return "its anomalies are explained by any field of the model" if explaining(container) == [] else None


def _add(found: dict[str, Projection], name: str, tree: Tree) -> None:
    found.setdefault(repr(tree), Projection("text", name, tree, active=None))


def _properties(objects: Tree) -> Iterator[tuple[str, dict[str, Any], Tree]]:
    """Every property, with the properties beside it and the object that holds them; those of gradients apart."""
    for item in objects_within([objects]):
        properties = item.get("properties")
        if isinstance(properties, dict):
            yield from ((name, properties, item) for name in sorted(properties))


def _values(value: object, place: Place = "once") -> Iterator[tuple[Place, Tree]]:
    """The outermost values in a property, and where they stand."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, place)
    elif isinstance(value, dict):
        if _VALUES.intersection(value):
            if not any(_OVER_SHOWN.intersection(part) for part in objects_within(value)):
                yield place, value
            return
        for key, inner in value.items():
            if key not in _OVER_SHOWN:
                yield from _values(inner, _placed(key, place))


def _placed(key: str, place: Place) -> Place:
    if key == "FillRule":
        return "marks"
    return "class" if key in {"solid", "Conditional"} and place == "once" else place
