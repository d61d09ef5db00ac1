"""Tableau's own answers: results cached in the samples equal ours on the extracts they were asked of."""

from __future__ import annotations

import csv
import datetime as dt
import re
import sys
import zipfile
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlglot import exp

from linter.cells.dialects import sql_text
from linter.cells.loading import Loader
from linter.cells.sql import SqlWriter
from linter.data.process import DataProcess
from linter.expressions import TRUE, Aggregate, Column, Expr, Literal, all_of, any_of, call
from linter.model import Source, Store, Table, TableColumn, Workbook
from linter.parsers.tableau import read
from linter.parsers.tableau.query_cache import is_cache, logical_query, read_entry
from tests.samples import samples_dir

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lxml import etree

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


def test_tableaus_coarser_answers_follow_from_its_finer_ones(tmp_path: Path) -> None:
    """Where the extract is gone, its cached results still are: any two of them that sum the same field agree
    once our engine has brought both to the groupings and filters that they have in common."""
    folder = samples_dir()
    if folder is None:
        pytest.skip("the shared samples are not here")
    compared, groupings = 0, set()
    for path in sorted((folder / "tableau").glob("*.twbx")):
        kept = [_Kept(key, entry) for key, entry in _entries(path) if entry.rows and entry.groups]
        for first, second in combinations(kept, 2):
            wheres = _filtered_as(first, second), _filtered_as(second, first)
            if first.entry.database != second.entry.database or None in wheres:
                continue
            common = _common(first.entry, second.entry)
            for field in sorted(first.summed & second.summed):
                ours, theirs = (
                    one.brought_to(tmp_path, common, field, where or TRUE)
                    for one, where in zip((first, second), wheres, strict=True)
                )
                assert ours.keys() == theirs.keys(), (path.name, first.entry.fields, second.entry.fields)
                assert all(abs(ours[k][0] - theirs[k][0]) <= 1 for k in ours), (path.name, common, field)
                compared += 1
                groupings.add((path.name, *common))
    sys.stdout.write(f"{compared} pairs of cached results, {len(groupings)} distinct groupings of a workbook\n")
    assert len(groupings) >= 8


_DATE = re.compile(r"\[t(mn|qr):(.+):ok\]")
_STEP = {"mn": "month", "qr": "quarter"}


class _Kept:
    """A cached result as a table of its own, its columns named by their fields."""

    def __init__(self, key: bytes, entry: CachedQuery) -> None:
        self.key, self.entry = key, entry
        self.summed = {m.field for m in entry.measures if m.aggregate == "SUM" and m.field.startswith("[")}
        fields = {a.name: a.field.strip("[]") for a in (*entry.groups, *entry.measures) if a.field}
        types = {m.name: "real" for m in entry.measures}
        for group in entry.groups:
            if dated := _DATE.fullmatch(group.name):
                fields[group.name], types[group.name] = dated[2], "datetime"
        columns = (TableColumn(fields.get(c, c), f"c{i}", types.get(c, "text")) for i, c in enumerate(entry.columns))
        store = Store("csv", "cached.csv", beside=True, separator=",", encoding="utf-8")
        self.table = Table("t", "cached", tuple(columns), store)

    def brought_to(
        self, folder: Path, common: Sequence[tuple[str, str]], field: str, where: Expr
    ) -> dict[tuple[str | None, ...], tuple[int, ...]]:
        """Sums of a field, in hundredths, by groupings that are no finer than the entry's."""
        with (folder / "cached.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([[c.physical for c in self.table.columns], *(self.entry.rows or ())])
        workbook = Workbook("tableau", "w", "", sources=(Source("s", "s", "embedded", (self.table,)),))
        amount = call("mul", Column("t", field.strip("[]")), Literal(100))
        groups = [
            call("date_trunc", Literal(_STEP[part]), Column("t", name)) if part else Column("t", name)
            for name, part in common
        ]
        asked = _Question(groups, [Aggregate("sum", amount)], where)
        return _grouped(workbook, folder / "w.twb", "s", self.table, asked)


def _filtered_as(one: _Kept, other: _Kept) -> Expr | None:
    """What must be filtered out of ``one`` as it was of ``other``; None where it lacks the fields."""
    return _predicate(other.key, one.table) if other.entry.filtered else TRUE


def _common(first: CachedQuery, second: CachedQuery) -> list[tuple[str, str]]:
    """Groupings that both can be brought to, each with its date part; a date is as coarse as its coarser one."""
    plain = {g.field for g in first.groups if g.field} & {g.field for g in second.groups if g.field}
    own, other = ({m[2]: m[1] for g in e.groups if (m := _DATE.fullmatch(g.name))} for e in (first, second))
    dated = [(name, max(own[name], other[name])) for name in sorted(own.keys() & other.keys())]
    return [(name.strip("[]"), "") for name in sorted(plain)] + dated


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
    groups = [_field(g, table) or TRUE for g in entry.groups]
    measures = [Aggregate(m.aggregate.lower(), _field(m, table)) for m in entry.measures]
    return _grouped(workbook, path, source_id, table, _Question(groups, measures, where))


class _Question(NamedTuple):
    groups: Sequence[Expr]
    measures: Sequence[Expr]
    where: Expr


def _grouped(
    workbook: Workbook, path: Path, source_id: str, table: Table, asked: _Question
) -> dict[tuple[str | None, ...], tuple[int, ...]]:
    """Aggregates of a table by our own engine and SQL; labels as text, sums as whole numbers."""
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
        named = [writer.write(g).as_(f"g{i}") for i, g in enumerate(asked.groups)]
        sums = [exp.func("round", writer.write(m)).as_(f"n{i}") for i, m in enumerate(asked.measures)]
        names = [exp.to_identifier(p, quoted=True) for p in loaded.relation]
        relation = exp.Table(
            this=names[-1], db=names[-2] if len(names) > 1 else None, catalog=names[-3] if len(names) > 2 else None
        )
        query = exp.select(*named, *sums).from_(relation).where(writer.write(asked.where))
        query = query.group_by(*(exp.column(f"g{i}") for i in range(len(asked.groups))))
        answer = process.query(sql_text(query, "hyper"), [False] * len(asked.groups))
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
