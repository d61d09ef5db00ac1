"""Trees of ``groupfilter``: the members a filter, a set or a user filter lets through.

A groupfilter says which members of one or more levels remain. A null is a member like any other:
"all" has it, "all except East" keeps it. What is not understood is ``Unsupported`` in its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from linter.expressions import (
    FALSE,
    TRUE,
    Aggregate,
    Case,
    Expr,
    Fixed,
    Literal,
    TopMembers,
    Unsupported,
    all_of,
    any_of,
    call,
    walk,
)  # fmt: skip
from linter.parsers.tableau.names import USER, bare, parts, value
from linter.records import dataclass

if TYPE_CHECKING:
    from lxml import etree


class Meaning(Protocol):
    """Gives names and formulas inside a groupfilter their expressions."""

    def level(self, name: str) -> Expr:
        """The grouping expression of a level, by its name without brackets."""

    def formula(self, text: str) -> Expr:
        """The expression of a formula; aggregates stay ``Aggregate`` nodes."""

    def parameter(self, name: str) -> Expr:
        """The saved value of a parameter."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The predicate of a tree, and the member texts saved in it, in order, by level."""

    predicate: Expr
    members: tuple[tuple[str, str], ...]


def read_selection(root: etree._Element, meaning: Meaning) -> Selection:
    """Translate a groupfilter tree."""
    members = tuple(
        (bare(node.get("level", "")), node.get(name, ""))
        for node in root.iter("groupfilter")
        for name in ("member", "from", "to")
        if node.get(name) is not None and node.get("function") != "empty-level"
    )
    return Selection(_translate(root, meaning), members)


def is_unrestricted(root: etree._Element) -> bool:
    """Whether the tree only names levels, all of whose members pass."""
    return all(node.get("function") in {"level-members", "crossjoin"} for node in root.iter("groupfilter"))


def is_empty(root: etree._Element) -> bool:
    """Whether nothing is chosen of the levels the tree names, as where an action shows nothing until it is used."""
    return all(node.get("function") in {"empty-level", "crossjoin"} for node in root.iter("groupfilter"))


def levels(root: etree._Element) -> tuple[str, ...]:
    """Names of the levels in the tree, each once."""
    nodes = (
        (node, "member" if node.get("function") == "empty-level" else "level") for node in root.iter("groupfilter")
    )
    return tuple(dict.fromkeys(bare(node.get(where, "")) for node, where in nodes if node.get(where)))


def anything(level: Expr) -> Expr:
    """True of every member: the condition of a set with all of them, which still names what it is a set of."""
    return any_of(call("is_null", level), call("not", call("is_null", level)))


def _translate(node: etree._Element, meaning: Meaning) -> Expr:
    inner = list(node.iterfind("groupfilter"))
    match node.get("function"):
        case "level-members":
            return TRUE
        case "empty-level" if node.get(f"{USER}ui-manual-selection-all-when-empty") == "true":
            return TRUE
        case "empty-level":
            return _not(anything(meaning.level(bare(node.get("member", "")))))
        case "member":
            return _member(node, meaning)
        case "range":
            return _range(node, meaning)
        case "union" if inner:
            return _union(inner, meaning)
        case "crossjoin" | "intersection":
            return all_of(*(_translate(child, meaning) for child in inner))
        case "except" if len(inner) == 2:
            return all_of(_translate(inner[0], meaning), _not(_translate(inner[1], meaning)))
        case "reorder-dimensionality" | "order" if len(inner) == 1:
            return _translate(inner[0], meaning)
        case "filter":
            return _condition(node, inner, meaning)
        case "end":
            return _top(node, inner, meaning)
        case other:
            return Unsupported(f"a filter with the unknown part {str(other)[:30]!r}")


def _not(predicate: Expr) -> Expr:
    return call("not", call("coalesce", predicate, FALSE))


def _member(node: etree._Element, meaning: Meaning) -> Expr:
    level, member = meaning.level(bare(node.get("level", ""))), value(node.get("member"))
    if isinstance(member, Literal) and member.value is None:
        return call("is_null", level)
    return call("eq", level, member)


def _union(inner: list[etree._Element], meaning: Meaning) -> Expr:
    """Members of one level become one ``in``; unions of hundreds of members are ordinary."""
    members: dict[str, list[Expr]] = {}
    others: list[Expr] = []
    for child in inner:
        if child.get("function") == "member" and child.get("level"):
            members.setdefault(bare(child.get("level", "")), []).append(value(child.get("member")))
        else:
            others.append(_translate(child, meaning))
    listed = [call("in", meaning.level(level), *values) for level, values in members.items()]
    return any_of(*listed, *others)


def _range(node: etree._Element, meaning: Meaning) -> Expr:
    level = meaning.level(bare(node.get("level", "")))
    bounds = []
    if node.get("from") is not None:
        bounds.append(call("ge", level, value(node.get("from"))))
    if node.get("to") is not None:
        bounds.append(call("le", level, value(node.get("to"))))
    return all_of(*bounds) if bounds else Unsupported("a range without bounds")


def _condition(node: etree._Element, inner: list[etree._Element], meaning: Meaning) -> Expr:
    """A condition on members: per row, or per member of the level when it aggregates."""
    text = node.get("expression")
    if text is None or len(inner) > 1:
        return Unsupported("a condition filter of an unknown form")
    kept = _translate(inner[0], meaning) if inner else TRUE
    condition = meaning.formula(text)
    if any(isinstance(part, Aggregate) for part in walk(condition)):
        named = levels(node)
        if not named:
            return Unsupported("a condition filter without a level")
        condition = Fixed(tuple(meaning.level(name) for name in named), condition)
    return all_of(kept, condition)


def _top(node: etree._Element, inner: list[etree._Element], meaning: Meaning) -> Expr:
    """Top or bottom N of the members of a level by an aggregate."""
    order = inner[0] if len(inner) == 1 else None
    if order is None or order.get("function") != "order" or node.get("units", "records") != "records":
        return Unsupported("a top filter of an unknown form")
    chosen = all_of(*(_translate(child, meaning) for child in order.iterfind("groupfilter")))
    count = _count(node.get("count", ""), meaning)
    named = levels(order)
    if count is None or not named:
        return Unsupported("a top filter whose number of members is not known")
    by = tuple(meaning.level(name) for name in named)
    descending = (order.get("direction", "DESC") == "DESC") == (node.get("end", "top") == "top")
    ranking = meaning.formula(order.get("expression", ""))
    if not any(isinstance(part, Aggregate | Unsupported) for part in walk(ranking)):
        ranking = Unsupported("a top filter by something that is not an aggregate")
    if chosen == TRUE:
        return TopMembers(by, ranking, count, descending)
    # The members not chosen have no rank: null comes last either way, and they are left out anyway.
    among = call("eq", Aggregate("max", Case(((chosen, Literal(1)),))), Literal(1))
    return all_of(chosen, TopMembers(by, Case(((among, ranking),)), count, descending))


def _count(text: str, meaning: Meaning) -> int | None:
    if re.fullmatch(r"\d+", text):
        return int(text)
    names = parts(text)
    if len(names) == 2 and names[0] == "Parameters":
        saved = meaning.parameter(names[1])
        if isinstance(saved, Literal) and isinstance(saved.value, int | float):
            return int(saved.value)
    return None


def is_action(root: etree._Element) -> bool:
    """Whether an action wrote the tree."""
    return any(node.get(f"{USER}ui-action-filter") is not None for node in root.iter("groupfilter"))
