"""Tableau's own document API reads the same fields and connections out of the samples as our parser."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from linter.parsers.tableau import read
from linter.parsers.tableau.relations import TYPES
from tests.samples import samples_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linter.model import Source

pytestmark = [pytest.mark.slow, pytest.mark.samples]

KNOWN = {
    # What the API takes for fields: every <column> and record below the source, whatever it stands in.
    "the column list of a relation": 513,
    "a parameter, copied into the source": 38,
    "the names of the measures": 7,
    # Entries without a column, which nothing can be counted by.
    "a column that the extract leaves out": 9,  # hidden when the extract was made
    "an entry whose column is nowhere": 5,
    # It takes the field that a bin cuts for a formula.
    "the formula of a bin": 6,
    # It reads no <group>, no names behind a feature gate, and not what only the worksheets declare.
    "ours alone: set": 4,
    "ours alone: other": 55,  # counts of tables, behind a gate
    "ours alone: calculation": 3,  # of worksheets
    "ours alone: measure": 10,  # of worksheets
    # It looks at the connection of the source, neither at that of its extract nor at custom SQL.
    "a connection that is ours alone: hyper": 41,
    "a connection that is ours alone: dataengine": 3,
    "a connection that is ours alone: custom-sql": 1,
}
"""Differences in all samples, by kind: a new one, or one fewer, is news."""

COMPARED = {"sources": 58, "fields": 1896, "connections": 59}


def opened(path: Path) -> list[Any]:
    """The data sources that the API finds; the parameters are none to us."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning)  # its truth tests of elements
        warnings.filterwarnings("ignore", "distutils", DeprecationWarning)  # by which it compares versions
        from tableaudocumentapi import Datasource, Workbook

        found = Workbook(str(path)).datasources if path.suffix.startswith(".twb") else [Datasource.from_file(str(path))]
        return [d for d in found if d.name != "Parameters" and d.fields is not None]


def not_a_field(field: Any) -> str | None:
    """Why what the API lists is no entry of the data pane of this source; None if it is one."""
    if not field.id.startswith("["):
        return "the column list of a relation"
    if field.id == "[:Measure Names]":
        return "the names of the measures"
    if field.xml is not None and field.xml.get("param-domain-type"):
        return "a parameter, copied into the source"
    return None


def id_of(field: Any) -> str:
    """Our id of a field: the name without brackets, except for the count of a table, which has two."""
    return field.id if "].[" in field.id else field.id[1:-1].replace("]]", "]")


def without_rows(theirs: Any, field: Any) -> str:
    """Why an entry of the data pane has no column: it was hidden when the extract was made, or its column is gone."""
    root = theirs._datasourceXML  # the API itself keeps records of the connection and of the extract in one list
    recorded = {r.findtext("local-name") for r in root.iter("metadata-record")}
    extracted = {r.findtext("local-name") for r in root.iterfind("extract//metadata-record")}
    if field.calculation or field.id in extracted:
        return "a field we lack"
    if field.id not in recorded:
        return "an entry whose column is nowhere"
    return "a column that the extract leaves out" if extracted else "a field we lack"


def differences(theirs: Any, ours: Source) -> Iterator[tuple[str, str]]:
    """(kind, where) of each difference."""
    fields = {f.id: f for f in ours.fields}
    columns = {c.name: c for t in ours.tables for c in t.columns}
    for field in theirs.fields.values():
        why = not_a_field(field)
        if why is not None:
            yield why, field.id
            continue
        name = id_of(field)
        mine, column = fields.get(name), columns.get(name)
        if mine is None:
            yield without_rows(theirs, field), field.id
            continue
        if (field.caption or name) != mine.caption:
            yield "another caption", field.id
        if (field.hidden == "true") != mine.hidden:
            yield "another visibility", field.id
        if (field.calculation or None) != mine.formula:
            kind = field.xml.find("calculation").get("class") if field.xml is not None else ""
            yield (f"the formula of a {kind}" if kind != "tableau" else "another formula"), field.id
        if column is not None and not field.calculation and TYPES.get(field.datatype, "other") != column.type:
            yield f"a {column.type} column shown as {field.datatype}", field.id
    listed = {id_of(f) for f in theirs.fields.values() if f.id.startswith("[")}
    for mine in ours.fields:
        if mine.id not in listed:
            yield f"ours alone: {mine.kind}", mine.id
    connections = {(c.kind, c.server, c.database) for c in ours.connections}
    known = {(c.dbclass or "", c.server or "", c.dbname or "") for c in theirs.connections}
    for kind, *_ in known - connections:
        yield "a connection we lack", kind
    for kind, *_ in connections - known:
        yield f"a connection that is ours alone: {kind}", kind


def test_fields_and_connections_equal_those_of_the_document_api() -> None:
    folder = samples_dir()
    if folder is None:
        pytest.skip("the shared samples are not here")
    found: dict[str, list[str]] = {}
    compared: Counter[str] = Counter()
    for path in sorted(p for p in (folder / "tableau").iterdir() if p.suffix in {".twb", ".twbx", ".tds", ".tdsx"}):
        sources = {s.id: s for s in read(path, "").sources}
        for theirs in opened(path):
            compared.update(sources=1, fields=len(theirs.fields), connections=len(theirs.connections))
            for kind, where in differences(theirs, sources[theirs.name]):
                found.setdefault(kind, []).append(f"{path.name}: {theirs.name}: {where}")
    assert compared == COMPARED
    assert {kind: len(places) for kind, places in found.items()} == KNOWN, found
