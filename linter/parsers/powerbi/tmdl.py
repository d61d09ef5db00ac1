"""TMDL, the indented text form of a project's model, to the JSON form that ``template`` reads.

An object is a line ``kind name`` or ``kind name = expression`` with its properties and children one
level deeper; an expression of several lines stands deeper than these, or between back-ticks.

Source: https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from linter.errors import Unreadable
from linter.parsers.powerbi.json_tree import Lined

MAX_LINES = 500_000
_OBJECT = re.compile(
    r"(?P<kind>[A-Za-z]\w*)(?:\s+(?P<name>'(?:[^']|'')*'|[^\s=:'\"]+))?\s*(?P<op>[=:])?\s*(?P<rest>.*)", re.DOTALL
)
_FENCE = "```"
_PATH = re.compile(r"'(?:[^']|'')*'|[^.]+")


@dataclass(slots=True)
class Node:
    """An object or a property: ``value`` is the text behind ``=`` or ``:``."""

    kind: str
    name: str
    value: str
    depth: int
    line: int = 0
    part: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, kind: str) -> Iterator[Node]:
        """The children of that kind."""
        return (child for child in self.children if child.kind == kind)

    def get(self, kind: str) -> str:
        """The value of a property, empty when absent."""
        return next((child.value for child in self.all(kind)), "")

    def flag(self, kind: str) -> bool:
        """A property that is true by standing there alone."""
        return any(child.value.lower() != "false" for child in self.all(kind))


def parse(text: str, part: str) -> list[Node]:
    """The objects of one file.

    Raises:
        Unreadable: too long, or a line that is neither object nor property.
    """
    lines = re.split(r"\r?\n|\r", text.lstrip("\ufeff"))
    if len(lines) > MAX_LINES:
        raise Unreadable(f"more than {MAX_LINES:,} lines", part=part)
    root = Node("", "", "", -1)
    open_nodes = [root]
    at = 0
    while at < len(lines):
        line, depth = lines[at].strip(), _depth(lines[at])
        at += 1
        number = at
        if not line or line.startswith("///"):
            continue
        match = _OBJECT.fullmatch(line)
        if match is None:
            raise Unreadable(f"line {at} is not understood", part=part)
        value = match.group("rest")
        if match.group("op") == "=" and value in {"", _FENCE}:
            inner = depth + (2 if match.group("name") else 1)  # an object's properties lie one level deeper
            value, at = _expression(lines, at, inner, fenced=value == _FENCE)
        node = Node(match.group("kind"), _unquoted(match.group("name") or ""), value, depth, number, part)
        while open_nodes[-1].depth >= depth:
            open_nodes.pop()
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
    return root.children


def model(files: dict[str, str]) -> dict[str, Any]:
    """The model that those files (by part name) make up, in the JSON form.

    Raises:
        Unreadable: with ``part`` set; one of them is damaged.
    """
    nodes = [node for part, text in files.items() for node in parse(text, part)]
    by_kind: dict[str, list[Node]] = {}
    for node in nodes:
        by_kind.setdefault(node.kind, []).append(node)
    whole = next(iter(by_kind.get("model", [])), Node("", "", "", 0))
    return _at(
        whole,
        collation=whole.get("collation"),
        defaultMode=whole.get("defaultMode"),
        tables=[_table(node) for node in by_kind.get("table", [])],
        relationships=[_relationship(node) for node in by_kind.get("relationship", [])],
        expressions=[_at(n, name=n.name, expression=n.value) for n in by_kind.get("expression", [])],
        roles=[
            _at(
                node,
                name=node.name,
                tablePermissions=[{"name": p.name, "filterExpression": p.value} for p in node.all("tablePermission")],
            )
            for node in by_kind.get("role", [])
        ],
    )


def _at(node: Node, **cells: Any) -> Lined:
    """An object of the JSON form with the annotations and the line of its node."""
    return Lined({**cells, "annotations": _annotations(node)}, node.line, node.part)


def _annotations(node: Node) -> list[Lined]:
    return [Lined({"name": a.name, "value": a.value}, a.line, a.part) for a in node.all("annotation")]


def _table(node: Node) -> dict[str, Any]:
    groups = list(node.all("calculationGroup"))
    items = [_at(i, name=i.name, expression=i.value) for group in groups for i in group.all("calculationItem")]
    precedence = next((int(g.get("precedence")) for g in groups if g.get("precedence").lstrip("-").isdecimal()), 0)
    return _at(
        node,
        name=node.name,
        **_flags(node, "isHidden", "isPrivate", "showAsVariationsOnly"),
        columns=[_column(column) for column in node.all("column")],
        measures=[
            _at(m, name=m.name, expression=m.value, **_flags(m, "isHidden"), **_kpi(m), **_format(m))
            for m in node.all("measure")
        ],
        hierarchies=[
            _at(
                h,
                name=h.name,
                **_flags(h, "isHidden"),
                levels=[{"name": n.name, "column": _unquoted(n.get("column"))} for n in h.all("level")],
            )
            for h in node.all("hierarchy")
        ],
        partitions=[
            _at(p, mode=p.get("mode") or "default", source={"type": p.value, "expression": p.get("source")})
            for p in node.all("partition")
        ],
        **({"calculationGroup": {"calculationItems": items, "precedence": precedence}} if groups else {}),
    )


def _column(node: Node) -> dict[str, Any]:
    variations = []
    for variation in node.all("variation"):
        table, hierarchy = _path(variation.get("defaultHierarchy"))
        variations.append(
            {
                "name": variation.name,
                "relationship": variation.get("relationship"),
                "defaultHierarchy": {"table": table, "hierarchy": hierarchy},
            }
        )
    return _at(
        node,
        name=node.name,
        dataType=node.get("dataType"),
        sourceColumn=_unquoted(node.get("sourceColumn")),
        **_flags(node, "isHidden"),
        **({"type": "calculated", "expression": node.value} if node.value else {}),
        variations=variations,
    )


def _kpi(measure: Node) -> dict[str, Any]:
    kpi = next(measure.all("kpi"), None)
    parts = ("targetExpression", "statusExpression", "trendExpression")
    return {} if kpi is None else {"kpi": {key: kpi.get(key) for key in parts}}


def _format(measure: Node) -> dict[str, Any]:
    dynamic = measure.get("formatStringDefinition")
    found: dict[str, Any] = {"formatString": measure.get("formatString")}
    return found | ({"formatStringDefinition": {"expression": dynamic}} if dynamic else {})


def _relationship(node: Node) -> dict[str, Any]:
    from_table, from_column = _path(node.get("fromColumn"))
    to_table, to_column = _path(node.get("toColumn"))
    named = ("crossFilteringBehavior", "joinOnDateBehavior", "fromCardinality", "toCardinality")
    return {
        "name": node.name,
        "fromTable": from_table,
        "fromColumn": from_column,
        "toTable": to_table,
        "toColumn": to_column,
        **({"isActive": False} if node.get("isActive").lower() == "false" else {}),
        **{key: node.get(key) for key in named if node.get(key)},
    }


def _expression(lines: list[str], at: int, depth: int, *, fenced: bool) -> tuple[str, int]:
    """The lines of an expression from ``at`` on, at least so deep, and where it ends."""
    start = at
    if fenced:
        while at < len(lines) and lines[at].strip() != _FENCE:
            at += 1
        return "\n".join(lines[start:at]), at + 1
    while at < len(lines) and (not lines[at].strip() or _depth(lines[at]) >= depth):
        at += 1
    return "\n".join(lines[start:at]).strip(), at


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip("\t"))


def _flags(node: Node, *names: str) -> dict[str, bool]:
    return {name: True for name in names if node.flag(name)}


def _path(text: str) -> tuple[str, str]:
    """``Table.'Column name'`` to its two names."""
    names = [_unquoted(name) for name in _PATH.findall(text)]
    return (names[0], names[1]) if len(names) == 2 else ("", "")


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    return text[1:-1].replace("''", "'") if quoted else text
