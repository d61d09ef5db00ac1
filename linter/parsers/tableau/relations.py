"""Tables, their columns and how they are joined or related, as a connection declares them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, cast

from linter.expressions import Column, Expr, Unsupported
from linter.model import Relationship
from linter.parsers.tableau.names import bare, parts
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

Type = Literal["text", "integer", "real", "date", "datetime", "boolean", "geometry", "other"]

TYPES: dict[str, Type] = {
    "string": "text", "integer": "integer", "real": "real", "date": "date", "datetime": "datetime",
    "boolean": "boolean", "spatial": "geometry",
}  # fmt: skip
"""Tableau's data types in the model's words."""

_JOINS = {"inner", "left", "right", "full"}


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical column: the field's internal name, its table's id, its name in the store."""

    local: str
    table: str
    remote: str
    type: Type
    collation: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """Leaf relations by table id, in order, and what ties them together."""

    leaves: dict[str, etree._Element]
    ties: tuple[Relationship, ...] = ()
    joined: bool = False
    captions: tuple[tuple[str, str], ...] = ()  # table id, caption
    problem: str = ""  # why the shape of the source isn't understood


def read_columns(connection: etree._Element, leaves: dict[str, etree._Element]) -> tuple[Physical, ...]:
    """The physical columns of a connection.

    Its metadata records tell most; ``cols/map`` tells which column of which table a field is; the
    relations' own column lists fill what neither names.
    """
    mapped = {bare(m.get("key", "")): parts(m.get("value", "")) for m in connection.iterfind("cols/map")}
    only = next(iter(leaves)) if len(leaves) == 1 else None
    found: dict[str, Physical] = {}
    for record in connection.iterfind("metadata-records/metadata-record"):
        local, remote = bare(_text(record, "local-name")), _text(record, "remote-name")
        if record.get("class") == "capability" or not local:
            continue
        table = bare(_text(record, "parent-name"))
        if len(mapped.get(local, ())) == 2:
            table, remote = mapped[local]
        table = table if table in leaves else only or table
        kind = TYPES.get(_text(record, "local-type"), "other")
        found[local] = Physical(local, table, remote or local, kind, _collation(record))
    for local, target in mapped.items():
        if local not in found and len(target) == 2:
            found[local] = Physical(local, target[0] if target[0] in leaves else only or target[0], target[1], "other")
    taken = {(p.table, p.remote) for p in found.values()}
    for table, leaf in leaves.items():
        for column in leaf.iterfind("columns/column"):
            name = column.get("name", "")
            if (table, name) not in taken:
                local = name if name not in found else f"{name} ({table})"
                found[local] = Physical(local, table, name, TYPES.get(column.get("datatype", ""), "other"))
    return tuple(found.values())


def read_tables(datasource: etree._Element, connection: etree._Element, context: str) -> Tables:
    """Leaf tables of a connection.

    Args:
        datasource: the element with the object graph.
        connection: the live connection, or that of the extract.
        context: ``""`` for the live one, ``"extract"`` for the extract.
    """
    objects = _objects(datasource, context)
    if len(objects) > 1:
        return _related(datasource, objects)
    relation = connection.find("relation")
    if relation is None and objects:
        relation = next(iter(objects.values()))
    if relation is None:
        return Tables({}, problem="the connection declares no table")
    captions = tuple((_name(r), _caption(datasource, o)) for o, r in objects.items())
    if relation.get("type") == "collection":
        leaves = {_name(child): child for child in relation.iterfind("relation")}
        problem = "" if len(leaves) < 2 else "several tables without stated relationships"
        return Tables(leaves, captions=captions, problem=problem)
    leaves, ties = _flatten(relation)
    return Tables(leaves, tuple(ties), joined=len(leaves) > 1, captions=captions)


def resolve_ties(tables: Tables, columns: tuple[Physical, ...]) -> tuple[Relationship, ...]:
    """The relationships with the model's column ids instead of the names in the XML."""
    by_remote = {(c.table, c.remote): Column(c.table, c.local) for c in columns}
    by_local = {c.local: Column(c.table, c.local) for c in columns}

    def known(expr: Expr) -> Expr:
        if not isinstance(expr, Column):
            return expr
        found = by_remote.get((expr.table, expr.name)) if expr.table else by_local.get(expr.name)
        return found or Unsupported("a join names a column that its table doesn't have")

    return tuple(
        Relationship(
            many=tie.many,
            one=tie.one,
            on=tuple((known(a), known(b)) for a, b in tie.on),
            both_directions=tie.both_directions,
            unique=tie.unique,
            join=tie.join,
        )
        for tie in tables.ties
    )


def _collation(record: etree._Element) -> str:
    """``LEN_RGB_S2`` with flag 1 is ``en_GB_CI``: bit 0 ignores case, bit 1 accents.

    Compared with the collations of the same columns in extracts.
    """
    declared = record.find("collation")
    if declared is None:
        return ""
    flag = declared.get("flag", "0")
    bits = int(flag) if flag.isdigit() else 0
    found = re.match(r"L([A-Z]+)(?:_R([A-Z]+))?", declared.get("name", ""))
    if found is None:
        return ""
    locale = found[1].lower() + (f"_{found[2]}" if found[2] else "")
    return locale + ("_CI" if bits & 1 else "") + ("_AI" if bits & 2 else "")


def _objects(datasource: etree._Element, context: str) -> dict[str, etree._Element]:
    found = {}
    for item in datasource.iterfind("object-graph/objects/object"):
        for properties in item.iterfind("properties"):
            relation = properties.find("relation")
            if properties.get("context", "") == context and relation is not None:
                found[item.get("id", "")] = relation
    return found


def _caption(datasource: etree._Element, object_id: str) -> str:
    objects = datasource.iterfind("object-graph/objects/object")
    return next((o.get("caption", object_id) for o in objects if o.get("id") == object_id), object_id)


def _related(datasource: etree._Element, objects: dict[str, etree._Element]) -> Tables:
    """Logical tables with relationships; a logical table made of a join is left as one leaf, unread."""
    leaves = {_name(relation) or key: relation for key, relation in objects.items()}
    ids = {key: _name(relation) or key for key, relation in objects.items()}
    ties = []
    for relationship in datasource.iterfind("object-graph/relationships/relationship"):
        first, second = relationship.find("first-end-point"), relationship.find("second-end-point")
        expression = relationship.find("expression")
        if first is None or second is None or expression is None:
            continue
        many, one = ids.get(first.get("object-id", ""), ""), ids.get(second.get("object-id", ""), "")
        pairs = tuple(_pairs(expression))
        unique = second.get("unique-key") == "true"
        if first.get("unique-key") == "true" and not unique:
            many, one, unique = one, many, True
            pairs = tuple((b, a) for a, b in pairs)
        ties.append(Relationship(many, one, pairs, both_directions=True, unique=unique))
    captions = tuple((ids[key], _caption(datasource, key)) for key in objects)
    loose = {tie.many for tie in ties} | {tie.one for tie in ties}
    problem = "" if loose == set(leaves) else "some tables have no stated relationship"
    return Tables(leaves, tuple(ties), captions=captions, problem=problem)


def _flatten(relation: etree._Element) -> tuple[dict[str, etree._Element], list[Relationship]]:
    """Leaves of a join tree, left to right, and one tie per join."""
    if relation.get("type") != "join":
        return {_name(relation): relation}, []
    sides = [_flatten(child) for child in relation.iterfind("relation")]
    leaves = {name: leaf for side, _ in sides for name, leaf in side.items()}
    ties = [tie for _, inner in sides for tie in inner]
    kind = relation.get("join", "")
    expression = relation.find("clause/expression")
    pairs = tuple(_pairs(expression)) if expression is not None else ()
    if len(sides) != 2 or kind not in _JOINS or not pairs:
        pairs = ((Unsupported("a join of an unknown form"), Unsupported("a join of an unknown form")),)
    right = next((b.table for _, b in pairs if isinstance(b, Column)), next(iter(sides[-1][0]), ""))
    left = next((a.table for a, _ in pairs if isinstance(a, Column)), next(iter(sides[0][0]), ""))
    if left in sides[-1][0] and right in sides[0][0]:
        left, right, pairs = right, left, tuple((b, a) for a, b in pairs)
    join = cast("Literal['inner', 'left', 'right', 'full']", kind if kind in _JOINS else "inner")
    ties.append(Relationship(left, right, pairs, unique=False, join=join))
    return leaves, ties


def _pairs(expression: etree._Element) -> Iterator[tuple[Expr, Expr]]:
    """Pairs of equal columns; anything but equality and AND is unsupported."""
    if expression.get("op") == "AND":
        for child in expression.iterfind("expression"):
            yield from _pairs(child)
        return
    sides = list(expression.iterfind("expression"))
    if expression.get("op") == "=" and len(sides) == 2:
        yield _side(sides[0]), _side(sides[1])
    else:
        reason = Unsupported(f"tables tied by {expression.get('op', '')[:20]!r} instead of equality")
        yield reason, reason


def _side(expression: etree._Element) -> Expr:
    names = parts(expression.get("op", ""))
    if len(expression) or not 1 <= len(names) <= 2:
        return Unsupported("tables tied by a calculation")
    return Column(names[0], names[1]) if len(names) == 2 else Column("", names[0])


def _name(relation: etree._Element) -> str:
    return relation.get("name", "")


def _text(element: etree._Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip("\r\n")
