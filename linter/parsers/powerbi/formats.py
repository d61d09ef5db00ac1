"""Conditional colours under which a number can't be read: white figures on the white of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linter.json_tree import dig, number, objects_within
from linter.model import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from linter.parsers.powerbi.record import Container

_INKS = ("fontColor", "fontColorPrimary", "fontColorSecondary", "color")
_COMPARISONS: dict[float, str] = {0: "eq", 1: "gt", 2: "ge", 3: "lt", 4: "le"}  # ComparisonKind
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?=[DLM]?$)")
_WHITE = re.compile(r"'?(?:#fff(?:fff(?:[0-9a-f]{2})?)?|#[0-9a-f]{6}00|white|transparent)'?", re.IGNORECASE)
_TEXTS = frozenset({"values", "labels", "calloutValue", "dataLabels", "total", "subTotals"})


def looks(container: Container, captions: Mapping[str, str]) -> Iterator[Look]:
    """The measures whose figures turn white under a condition; ``captions`` by the reference of a projection."""
    found: dict[str, list[tuple[str, float]]] = {}
    for group in sorted(_TEXTS.intersection(container.objects)):
        for item in objects_within(container.objects[group]):
            properties, at = item.get("properties"), dig(item, "selector", "metadata")
            if not isinstance(properties, dict):
                continue
            for case in (c for ink in _INKS for c in _white_cases(properties.get(ink))):
                named = [captions[at]] if isinstance(at, str) and at in captions else list(captions.values())
                for measure in named:
                    found.setdefault(measure, []).append(case)
    yield from (Look(measure, unreadable=tuple(dict.fromkeys(cases))) for measure, cases in found.items())


def _white_cases(ink: object) -> Iterator[tuple[str, float]]:
    """The comparisons under which a conditional colour is white."""
    for conditional in objects_within(ink):
        for case in objects_within(dig(conditional, "Conditional", "Cases")):
            colour = dig(case, "Value", "Literal", "Value")
            if isinstance(colour, str) and _WHITE.fullmatch(colour):
                yield from _comparisons(case.get("Condition"))


def _comparisons(condition: object) -> Iterator[tuple[str, float]]:
    """Upper ends of a range as they stand; its lower end of nought says nothing of counts."""
    for part in objects_within(condition):
        comparison: Any = part.get("Comparison")
        if not isinstance(comparison, dict):
            continue
        kind = _COMPARISONS.get(number(comparison.get("ComparisonKind")))
        value = _NUMBER.match(str(dig(comparison, "Right", "Literal", "Value")))
        if kind in {"lt", "le", "eq"} and value is not None:
            yield kind, float(value[0])
