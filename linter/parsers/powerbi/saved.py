"""The saved state of a visual: which members are expanded, which are named, what its stored query asks for.

Source: https://learn.microsoft.com/power-bi/create-reports/desktop-matrix-visual#expanding-and-collapsing-row-headers
and the states of stored reports.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from linter.errors import Unreadable
from linter.json_tree import dig, line_of, mapping, mappings, nested, objects_within, sequence, text
from linter.model import Text
from linter.parsers.powerbi.filters import literal
from linter.parsers.powerbi.query import MOBILE
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linter.json_tree import Tree
    from linter.parsers.powerbi.record import Projection

_COMMAND = "SemanticQueryDataShapeCommand"
OUT_OF_STEP = "its stored query asks for fields that it does not show"


def expanded(projections: tuple[Projection, ...], states: object) -> tuple[Projection, ...]:
    """The projections; those are active, too, that lie below an expanded member."""
    opened: set[tuple[str, str]] = set()
    for state in mappings(states, "the expanded members"):
        levels = mappings(state.get("levels"), "the expanded levels")
        deepest = _deepest(mapping(state.get("root"), "the expanded members"), levels, 0)
        refs = [ref for level in levels[1 : deepest + 1] for ref in sequence(level.get("queryRefs"), "their fields")]
        opened |= {(text(well), text(ref)) for well in sequence(state.get("roles"), "their wells") for ref in refs}
    return tuple(replace(p, active=True) if (p.role, p.ref) in opened else p for p in projections)


def _deepest(node: Tree, levels: tuple[Tree, ...], at: int) -> int:
    """The deepest level that is shown anywhere below a node whose members are of level ``at``."""
    if at >= len(levels) - 1:
        return at
    opened = levels[at].get("isCollapsed") is not True  # then a toggled member is a closed one
    children = mappings(node.get("children"), "the expanded members")
    below: list[Tree] = [child for child in children if opened != (child.get("isToggled") is True)]
    if opened:
        below.append({})  # the members that are not named
    return max([at, *(_deepest(child, levels, at + 1) for child in below)])


def with_mobile(desktop: Tree, mobile: Tree) -> Tree:
    """The format objects of both layouts; those of the phone have a selector, so that they are no one else's."""
    if not mobile:
        return desktop
    added = {
        group: [{**item, "selector": {**mapping(item.get("selector"), "a format"), "layout": MOBILE}} for item in items]
        for group, items in ((g, mappings(i, "a visual's format")) for g, i in mobile.items())
    }
    return {**desktop, **{g: [*mappings(desktop.get(g), "a visual's format"), *items] for g, items in added.items()}}


@dataclass(frozen=True, slots=True)
class Named:
    """Gathers the members that the states of the visuals of a page name, as texts."""

    page: str
    part: str
    texts: list[Text]

    def add(self, visual: Tree, line: int) -> None:
        """Those of one visual; ``line`` where its parts have none of their own."""
        where = f"saved choice of {text(visual.get('visualType'))} on {self.page!r}"
        self.texts.extend(members(visual, self.part, where, line))


def members(tree: Any, part: str, where: str, line: int) -> Iterator[Text]:
    """The members that a state names: expanded ones, and those with a colour, a mark or a choice of their own."""
    seen: set[tuple[str, str]] = set()
    for item in objects_within(tree):
        for field, value in (*_picked(item), *_expanded_members(item)):
            if value and (field, value) not in seen:
                seen.add((field, value))
                yield Text(part, f"{where}, on {field}" if field else where, value, line_of(item) or line or None)


def _picked(item: Tree) -> Iterator[tuple[str, str]]:
    """Members by the comparison that picks them, and what readers see of them."""
    comparisons = [found["Comparison"] for found in objects_within(item.get("scopeId")) if "Comparison" in found]
    for comparison in comparisons:
        yield _field(dig(comparison, "Left")), shown_value(dig(comparison, "Right"))
    if isinstance(item.get("displayName"), str) and isinstance(item.get("id"), dict):
        picked = [i["Comparison"] for i in objects_within(item["id"]) if "Comparison" in i]
        yield from ((_field(dig(comparison, "Left")), text(item["displayName"])) for comparison in picked)


def _expanded_members(state: Tree) -> Iterator[tuple[str, str]]:
    levels, root = state.get("levels"), state.get("root")
    if not isinstance(levels, list) or not isinstance(root, dict):
        return
    waiting: list[tuple[Any, int]] = [(child, 0) for child in _children(root)]
    while waiting:
        node, at = waiting.pop()
        values = dig(node, "identityValues")
        for position, value in enumerate(values if isinstance(values, list) else ()):
            yield _field(dig(levels, at, "identityKeys", position)), shown_value(value)
        waiting += [(child, at + 1) for child in _children(node)]


def _children(node: Any) -> list[Any]:
    found = dig(node, "children")
    return found if isinstance(found, list) else []


def _field(tree: Any) -> str:
    """``Table[Column]``, empty for anything but a column."""
    table, name = dig(tree, "Column", "Expression", "SourceRef", "Entity"), dig(tree, "Column", "Property")
    return f"{text(table)}[{name}]" if isinstance(name, str) else ""


def shown_value(tree: Any) -> str:
    """A constant as a reader would see it, empty for blanks, true and false."""
    value = getattr(literal(tree), "value", None) if dig(tree, "Literal") else None
    if isinstance(value, float) and value.is_integer():  # keys of sources that know no whole numbers
        value = int(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None or isinstance(value, bool) else str(value)


def out_of_step(item: Tree, visual: Tree, part: str) -> str | None:
    """What is wrong with a container's stored query, which the service sends as it is; None if nothing."""
    try:
        query = nested(item, "query", part)
    except Unreadable:
        return "its stored query can't be read"
    commands = [item[_COMMAND] for item in objects_within(query) if _COMMAND in item]
    asked = _columns([{key: dig(command, "Query", key) for key in ("From", "Select")} for command in commands])
    return OUT_OF_STEP if asked and not asked <= _columns(visual) else None  # what it filters by is in the filters


def _columns(tree: Any) -> set[tuple[str, str]]:
    """The columns, measures and hierarchies named anywhere, by their tables."""
    found: set[tuple[str, str]] = set()
    waiting: list[tuple[Any, dict[str, str]]] = [(tree, {})]
    while waiting:
        item, names = waiting.pop()
        if isinstance(item, list):
            waiting += [(inner, names) for inner in item]
        elif isinstance(item, dict):
            if isinstance(item.get("From"), list):  # aliases hold for this query alone
                names = names | {text(dig(i, "Name")): text(dig(i, "Entity")) for i in item["From"]}
            waiting += [(inner, names) for inner in item.values()]
            for kind in ("Column", "Measure", "PropertyVariationSource", "Hierarchy"):
                source = dig(item, kind, "Expression", "SourceRef")
                table = text(dig(source, "Entity")) or names.get(text(dig(source, "Source")), "")
                if table:
                    name = text(dig(item, kind, "Hierarchy" if kind == "Hierarchy" else "Property"))
                    found.add((table.casefold(), name.casefold()))
    return found
