"""TMDL, the indented text form of a project's model, to the JSON form that ``template`` reads.

An object is a line ``kind name`` or ``kind name = expression`` with its properties and children one
level deeper; an expression of several lines stands deeper than these, or between back-ticks.

Source: https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Any

from linter.data.definition.template import DATA_TYPES, MODES, PARTITION_TYPES
from linter.data.definition.words import CLOSED, FOUND, KNOWN, SPELLED
from linter.errors import Unreadable
from linter.json_tree import MAX_DEPTH, Lined
from linter.records import dataclass

MAX_LINES = 500_000
_OBJECT = re.compile(
    r"(?P<kind>[A-Za-z]\w*)(?:\s+(?P<name>'(?:[^']|'')*'|[^\s=:'\"]+))?\s*(?P<op>[=:])?\s*(?P<rest>.*)", re.DOTALL
)
_ENCLOSED = re.compile(r'"(?:[^"]|"")*"')
_ENUMS = {
    word.lower(): word
    for word in (*DATA_TYPES, *MODES, *PARTITION_TYPES, "bothDirections", "datePartOnly", "one", "many")
}
_FENCE = "```"
_UNPICKED = ("noSelectionExpression", "multipleOrEmptySelectionExpression")
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
    lines = _tabbed(re.split(r"\r?\n|\r", text.lstrip("\ufeff")))
    if len(lines) > MAX_LINES:
        raise Unreadable(f"more than {MAX_LINES:,} lines", part=part)
    root = Node("", "", "", -1)
    open_nodes = [root]
    at = 0
    while at < len(lines):
        line, depth = lines[at].strip(), _depth(lines[at])
        at += 1
        number = at
        if not line or line.startswith("//"):
            continue
        match = _OBJECT.fullmatch(line)
        if match is None:
            raise Unreadable(f"line {at} is not understood", part=part)
        value = match.group("rest")
        if match.group("op") == "=":
            value, at = _expression(lines, at, depth, value)
        elif _ENCLOSED.fullmatch(value):
            value = value[1:-1].replace('""', '"')
        kind = match.group("kind")
        node = Node(SPELLED.get(kind.lower(), kind), _unquoted(match.group("name") or ""), value, depth, number, part)
        while open_nodes[-1].depth >= depth:
            open_nodes.pop()
        if len(open_nodes) > MAX_DEPTH:
            raise Unreadable(f"line {number} is nested too deeply", part=part)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
    return root.children


def model(files: dict[str, str]) -> dict[str, Any]:
    """The model that those files (by part name) make up, in the JSON form.

    Raises:
        Unreadable: with ``part`` set; one of them is damaged.
    """
    nodes = _merged([node for part, text in files.items() for node in parse(text, part)])
    by_kind: dict[str, list[Node]] = {}
    for node in nodes:
        by_kind.setdefault(node.kind, []).append(node)
    whole = next(iter(by_kind.get("model", [])), Node("", "", "", 0))
    whole.children += [note for note in by_kind.get("annotation", []) if note.part == whole.part]
    return _at(
        whole,
        collation=whole.get("collation"),
        defaultMode=_enum(whole.get("defaultMode")),
        culture=whole.get("culture"),
        sourceQueryCulture=whole.get("sourceQueryCulture"),
        tables=[_table(node) for node in by_kind.get("table", [])],
        relationships=[_relationship(node) for node in by_kind.get("relationship", [])],
        dataSources=[_data_source(node) for node in by_kind.get("dataSource", [])],
        **{FOUND: [_at(n, name=n.kind) for n in _unknown(nodes)]},
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


def _merged(nodes: list[Node]) -> list[Node]:
    """The objects with each table once: it may be declared in several places, a part of it in each."""
    tables: dict[str, Node] = {}
    for node in nodes:
        if node.kind == "table" and tables.setdefault(node.name, node) is not node:
            tables[node.name].children += node.children
    return [node for node in nodes if node.kind != "table" or tables[node.name] is node]


def _unknown(nodes: Iterable[Node]) -> Iterator[Node]:
    """The objects and properties that no reader of definitions knows, wherever they lie."""
    for node in nodes:
        if node.kind not in KNOWN:
            yield node
        elif node.kind not in CLOSED:
            yield from _unknown(node.children)


def _at(node: Node, **cells: Any) -> Lined:
    """An object of the JSON form with the annotations and the line of its node."""
    return Lined({**cells, "annotations": _annotations(node)}, node.line, node.part)


def _annotations(node: Node) -> list[Lined]:
    return [Lined({"name": a.name, "value": a.value}, a.line, a.part) for a in node.all("annotation")]


def _table(node: Node) -> dict[str, Any]:
    groups = list(node.all("calculationGroup"))
    items = [_at(i, name=i.name, expression=i.value) for group in groups for i in group.all("calculationItem")]
    selection = {kind: {"expression": n.value} for g in groups for kind in _UNPICKED for n in g.all(kind)}
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
        partitions=[_at(p, mode=_enum(p.get("mode")) or "default", source=_source(p)) for p in node.all("partition")],
        **_nested(node, "refreshPolicy", "sourceExpression"),
        **({"calculationGroup": {"calculationItems": items, "precedence": precedence} | selection} if groups else {}),
    )


def _data_source(node: Node) -> dict[str, Any]:
    details = next(node.all("connectionDetails"), node)
    where = _nested(details, "address", "server", "database", "url", "path")
    return _at(node, name=node.name, connectionString=node.get("connectionString"), connectionDetails=where)


def _source(partition: Node) -> dict[str, str]:
    """Where a partition's rows come from: an expression, or an object with a query."""
    query = next((child.get("query") for child in partition.all("source")), "")
    return {"type": _enum(partition.value), "expression": partition.get("source"), "query": query}


def _nested(node: Node, kind: str, *keys: str) -> dict[str, dict[str, str]]:
    """The object of that kind under a node, with those of its properties; nothing where there is none."""
    found = next(node.all(kind), None)
    return {} if found is None else {kind: {key: found.get(key) for key in keys}}


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
        dataType=_enum(node.get("dataType")),
        sourceColumn=_unquoted(node.get("sourceColumn")),
        sortByColumn=_unquoted(node.get("sortByColumn")),
        **_flags(node, "isHidden"),
        **({"type": "calculated", "expression": node.value} if node.value else {}),
        variations=variations,
    )


def _kpi(measure: Node) -> dict[str, Any]:
    return _nested(measure, "kpi", "targetExpression", "statusExpression", "trendExpression")


def _format(measure: Node) -> dict[str, Any]:
    dynamic = measure.get("formatStringDefinition")
    found: dict[str, Any] = {"formatString": measure.get("formatString")}
    return found | ({"formatStringDefinition": {"expression": dynamic}} if dynamic else {})


def _relationship(node: Node) -> dict[str, Any]:
    from_table, from_column = _path(node.get("fromColumn"))
    to_table, to_column = _path(node.get("toColumn"))
    named = ("crossFilteringBehavior", "joinOnDateBehavior", "fromCardinality", "toCardinality")
    return _at(
        node,
        name=node.name,
        fromTable=from_table,
        fromColumn=from_column,
        toTable=to_table,
        toColumn=to_column,
        **({"isActive": False} if node.get("isActive").lower() == "false" else {}),
        **{key: _enum(node.get(key)) for key in named if node.get(key)},
    )


def _expression(lines: list[str], at: int, depth: int, first: str) -> tuple[str, int]:
    """An expression that starts with ``first``, behind the ``=`` of a line at ``depth``, and where it ends.

    It stands two levels deeper, since properties lie one level deeper. Files written by hand have it beside the
    properties; there it ends at the first of the definition's own words.
    """
    start = at
    if first == _FENCE:
        while at < len(lines) and lines[at].strip() != _FENCE:
            at += 1
        return "\n".join(lines[start:at]), at + 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    beside = not first and at < len(lines) and _depth(lines[at]) == depth + 1
    least = depth + 1 if beside else depth + 2
    while at < len(lines) and (not lines[at].strip() or _depth(lines[at]) >= least):
        if beside and _depth(lines[at]) == least and _word(lines[at]) in KNOWN:
            break
        at += 1
    return "\n".join([first, *lines[start:at]]).strip(), at


def _word(line: str) -> str:
    match = _OBJECT.fullmatch(line.strip())
    return SPELLED.get(match.group("kind").lower(), "") if match else ""


def _tabbed(lines: list[str]) -> list[str]:
    """The lines with tabs in front of them where the file has spaces: as many for a level as its first one has."""
    indented = next((line for line in lines if line[:1] in {" ", "\t"} and line.strip()), "")
    level = len(indented) - len(indented.lstrip(" "))
    if not level:
        return lines
    spaces = [len(line) - len(line.lstrip(" ")) for line in lines]
    return ["\t" * (n // level) + line[n - n % level :] for n, line in zip(spaces, lines, strict=True)]


def _enum(text: str) -> str:
    """A word of the definition in its own spelling: letter case means nothing when it is read."""
    return _ENUMS.get(text.lower(), text)


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
