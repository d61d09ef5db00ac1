"""Tableau's own answers: results cached in the samples equal ours on the extracts they were asked of."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from sqlglot import exp

from linter.cells.dialects import sql_text
from linter.cells.loading import Loader
from linter.cells.sql import SqlWriter
from linter.data.process import DataProcess
from linter.expressions import TRUE, Aggregate, Column, Expr, Literal, all_of, any_of, call
from linter.parsers.tableau import read
from linter.parsers.tableau.query_cache import is_cache, logical_query, read_entry
from tests.samples import samples_dir

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from pathlib import Path

    from lxml import etree

    from linter.model import Table, Workbook
    from linter.parsers.tableau.query_cache import Asked, CachedQuery

COMPARABLE = 5
"""Entries of the samples whose extract is still there in a readable form, with fields of one table."""


def test_cached_results_equal_ours() -> None:
    folder = samples_dir()
    if folder is None:
        pytest.skip("the shared samples are not here")
    compared, groupings, seen = 0, set(), 0
    for path in sorted((folder / "tableau").glob("*.twbx")):
        entries = [(key, entry) for key, entry in _entries(path) if entry.rows]
        seen += len(entries)
        workbook = read(path, "")
        for key, entry in entries:
            found = _table(workbook, entry)
            where = _predicate(key, found[1]) if found else None
            if found is None or where is None:
                continue
            compared += 1
            groupings.add((path.name, tuple(g.field for g in entry.groups)))
            assert _ours(workbook, path, entry, found, where) == _theirs(entry), (path.name, entry.fields)
    told = f"{seen} cached results, {compared} comparable, {len(groupings)} distinct groupings of a workbook"
    sys.stdout.write(told + "\n")
    assert compared >= COMPARABLE


def _entries(path: Path) -> list[tuple[bytes, CachedQuery]]:
    with zipfile.ZipFile(path) as package:
        keys = [n for n in package.namelist() if is_cache(n) and n.endswith(".key") and "Timestamps" not in n]
        return [(package.read(n), read_entry(package.read(n), package.read(n[:-4] + ".bin"))) for n in keys]


def _table(workbook: Workbook, entry: CachedQuery) -> tuple[str, Table] | None:
    """The table the query was asked of, if it is a readable extract that holds all its fields."""
    asked = [*entry.groups, *entry.measures]
    for source in workbook.sources:
        for table in source.tables:
            held = table.store is not None and table.store.kind == "hyper" and table.store.member == entry.database
            if held and asked and all(_field(a, table) is not None for a in asked):
                return source.id, table
    return None


def _field(asked: Asked, table: Table) -> Expr | None:
    if asked.field == "1":
        return Literal(1)
    found = table.column(asked.field.strip("[]"))
    return Column(table.id, found.name) if found else None


def _predicate(key: bytes, table: Table) -> Expr | None:
    query = logical_query(key.decode())
    assert query is not None
    found = [_condition(p[0], table) for p in query.iter("predicate")]
    known = [f for f in found if f is not None]
    return all_of(*known) if len(known) == len(found) else None


def _condition(node: etree._Element, table: Table) -> Expr | None:
    inner = [_condition(child, table) for child in node]
    parts = [part for part in inner if part is not None]
    if len(parts) < len(inner):
        return None
    match node.get("function") or node.tag:
        case "identifierExp":
            found = table.column(node.get("identifier", "").strip("[]"))
            return Column(table.id, found.name) if found else None
        case "literalExp" if node.get("datatype") == "string":
            return Literal(node.get("value", "").strip('"'))
        case "==":
            return call("eq", *parts)
        case "$IN_SET$":
            return call("in", *parts)
        case "$SYS_NARY_OR$" | "||":
            return any_of(*parts)
        case "$SYS_NARY_AND$" | "&&":
            return all_of(*parts)
    return None


def _ours(
    workbook: Workbook, path: Path, entry: CachedQuery, found: tuple[str, Table], where: Expr
) -> dict[tuple[str | None, ...], tuple[int, ...]]:
    source_id, table = found
    source = workbook.source(source_id)
    assert source is not None
    with DataProcess(timeout=60, memory=4 << 30) as process:
        process.open_hyper()
        loader = Loader(workbook, path, process)
        loader.describe()
        loaded = loader.load(source, {table.id: [c.name for c in table.columns]})[table.id]
        writer = SqlWriter(
            "hyper", lambda c: exp.column(loaded.columns[c.name], quoted=True), dt.date(2020, 1, 1), fold_case=False
        )
        groups = [writer.write(_field(g, table) or TRUE).as_(f"g{i}") for i, g in enumerate(entry.groups)]
        sums = [writer.write(Aggregate(m.aggregate.lower(), _field(m, table))).as_(f"n{i}") for i, m in
                enumerate(entry.measures)]  # fmt: skip
        names = [exp.to_identifier(p, quoted=True) for p in loaded.relation]
        query = exp.select(*groups, *sums).from_(exp.Table(this=names[-1], db=names[-2], catalog=names[-3]))
        query = query.where(writer.write(where)).group_by(*(exp.column(f"g{i}") for i in range(len(groups))))
        answer = process.query(sql_text(query, "hyper"), [False] * len(groups))
    labels = [[g["labels"][code] for code in g["codes"]] for g in answer["groups"]]
    keys = list(zip(*labels, strict=True)) if labels else [()]
    return dict(zip(keys, zip(*answer["numbers"], strict=True), strict=True))


def _theirs(entry: CachedQuery) -> dict[tuple[str | None, ...], tuple[int, ...]]:
    places = {name: at for at, name in enumerate(entry.columns)}
    groups, measures = [places[g.name] for g in entry.groups], [places[m.name] for m in entry.measures]
    return {
        tuple(None if row[i] is None else str(row[i]) for i in groups): tuple(int(str(row[i])) for i in measures)
        for row in entry.rows or ()
    }
