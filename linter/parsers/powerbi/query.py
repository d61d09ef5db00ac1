"""Names inside query expressions: aliases of the ``From`` list replaced by the tables they mean."""

from __future__ import annotations

from typing import Any

from linter.json_tree import Tree, dig, mapping, mappings, text

MOBILE = "phone"
"""``layout`` of the selector of format objects that only the layout for phones has."""


def aliases(query: Tree) -> dict[str, dict[str, Any]]:
    """What each alias of ``From`` stands for: ``{"Entity": table}`` or ``{"Subquery": query}``."""
    found: dict[str, dict[str, Any]] = {}
    for item in mappings(query.get("From"), "a query's list of tables"):
        inner = dig(item, "Expression", "Subquery", "Query")
        entity = item.get("Entity")
        found[text(item.get("Name"))] = {"Subquery": inner} if isinstance(inner, dict) else {"Entity": text(entity)}
    return found


def with_entities(value: Any, known: dict[str, dict[str, Any]]) -> Any:
    """A copy of the expression in which every source reference names its table.

    An alias that is not in the list is left as it is, and is reported when it is translated.
    """
    if isinstance(value, list):
        return [with_entities(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    alias = dig(value, "SourceRef", "Source")
    if isinstance(alias, str) and alias in known:
        return {**value, "SourceRef": known[alias]}
    return {key: with_entities(item, known) for key, item in value.items()}


def literal_text(value: Any) -> str | None:
    """The text of a literal such as ``{"expr": {"Literal": {"Value": "'Title'"}}}``, else None."""
    raw = dig(value, "expr", "Literal", "Value")
    if not isinstance(raw, str):
        return None
    return raw[1:-1].replace("''", "'") if len(raw) > 1 and raw[0] == raw[-1] == "'" else raw


def property_of(objects: Tree, group: str, name: str) -> Any:
    """The first value of that property in that group of format objects that has no selector, or None."""
    for item in mappings(objects.get(group), "a visual's format"):
        value = dig(item, "properties", name)
        if value is not None and not item.get("selector"):
            return value
    return None


def flag_of(objects: Tree, group: str, name: str) -> bool | None:
    """A property that is a literal true or false; None when absent or something else."""
    return {"true": True, "false": False}.get(literal_text(property_of(objects, group, name)) or "")


def switched_off(objects: Tree, group: str, name: str) -> bool:
    """Whether a property is false, and the layout for phones doesn't make it true."""
    return flag_of(objects, group, name) is False and not _on_phones(objects, group, name)


def switched_on(objects: Tree, group: str, name: str) -> bool:
    """Whether a property is true, be it in the layout for phones alone."""
    return flag_of(objects, group, name) is True or _on_phones(objects, group, name)


def _on_phones(objects: Tree, group: str, name: str) -> bool:
    return any(
        literal_text(dig(item, "properties", name)) == "true" and dig(item, "selector", "layout") == MOBILE
        for item in mappings(objects.get(group), "a visual's format")
    )


def chosen(objects: Tree) -> Tree | None:
    """The condition that a slicer's saved choice sets, by its format objects; None when nothing is chosen."""
    held = mapping(property_of(objects, "general", "filter"), "a slicer's choice")
    definition = mapping(held.get("filter", held), "a slicer's choice")
    return definition if restricts(definition) else None


def restricts(definition: Tree) -> bool:
    """Whether the definition of a filter has a condition, in whatever form; an empty card has none."""
    return any(value for key, value in definition.items() if key not in {"Version", "From"})
