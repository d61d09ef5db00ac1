"""Queries whose columns can't be followed back to theirs: the gaps in what ``steps`` reads.

A query that only selects, filters, sorts or navigates gives its columns no other names, and leaves no gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from checks.npd.fields import helpers
from checks.npd.looking import carries_rows, shown_columns
from checks.npd.paths import TEXT, arguments
from checks.npd.selects import LONGEST, is_query, names_unseen, only_selects, parsed, plain_sql, queries
from checks.npd.steps import NATIVE, STEPS, dax_tree
from linter.findings import Confidence
from linter.model import Source, Table
from linter.policy.vocabulary import match
from linter.records import dataclass
from linter.rules import Context

_TOO_LONG = "its SQL is too long to be read"
_NO_DIALECT = "its SQL is in no dialect that is read"
_NOT_SELECT = "its SQL is more than a SELECT"
_NOT_DAX = "its DAX is not read"
_BUILT = "its SQL is no plain SELECT, or is put together when it runs"
_STEPS = "not all of its steps are followed"
_CALLED = re.compile(r"\s*(?:exec|execute|call)\s+[\w.\[\]\"]+(?!\s*\()(?!.*\bselect\b)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"\b((?:Table|Record|Python|R)\.[A-Z]\w*)\s*\(")
_SELECTS = frozenset({"select", "union", "except", "intersect", "subquery"})
_WORDS = re.compile(r"[A-Za-z]\w{2,}")
_MOST_WORDS = 3_000

_KEPT = """
    AddIndexColumn AddKey AddRankColumn AlternateRows ApproximateRowCount Buffer Column ColumnCount ColumnNames
    ColumnsOfType Combine Contains ContainsAll ContainsAny Distinct ExpandListColumn FillDown FillUp
    FilterWithDataTable FindText First FirstN FirstValue FromPartitions FuzzyNestedJoin HasColumns InsertRows
    IsDistinct IsEmpty Join Keys Last LastN MatchesAllRows MatchesAnyRows Max MaxN Min MinN NestedJoin Partition
    PartitionKey PartitionValues PositionOf PositionOfAny Profile PromoteHeaders Range RemoveColumns
    RemoveFirstN RemoveLastN RemoveMatchingRows RemoveRows RemoveRowsWithErrors Repeat ReorderColumns
    ReplaceErrorValues ReplaceKeys ReplaceMatchingRows ReplaceRelationshipIdentity ReplaceRows ReplaceValue
    ReverseRows RowCount Schema SelectColumns SelectRows SelectRowsWithErrors SingleRow Skip Sort Split
    StopFolding TransformColumns TransformColumnTypes WithErrorContext
"""
_KEEP_NAMES = frozenset(_KEPT.split())
"""Functions of tables that leave the columns their names, or add only numbers of rows."""

_FROM_LISTS = frozenset({"FromRows", "FromList", "FromColumns", "FromValue"})
"""Tables of typed or navigated values; where these are columns of a table, ``steps`` reads them."""

_RENAMING_RECORDS = frozenset({"RenameFields", "AddField", "TransformFields", "Combine"})


@dataclass(slots=True)
class Untold:
    """Tables of one source whose queries leave the same gap.

    ``steps`` of Power Query that are not followed, ``names`` of the NPD that the queries mention.
    """

    source: Source
    reason: str
    tables: dict[str, None] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)


def untold(context: Context) -> list[Untold]:
    """Queries whose columns can't be followed back, one for each source and cause."""
    found: dict[tuple[str, str], Untold] = {}
    for source in context.workbook.sources:
        custom = [c.query for c in source.connections if c.kind == "custom-sql"]
        for table in (t for t in source.tables if not t.generated and _reached(context, source, t)):
            made_of = [] if table.calculated else [*helpers(context, table.origin), *custom]
            for text in dict.fromkeys([table.origin, *made_of]):
                gaps = list(_calculated(text) if table.calculated else _gaps(text, text in custom))
                names = list(_npd_names(text, table, context.policy.vocabulary)) if gaps else []
                for reason, steps in gaps if names or not _harmless(context, source, table) else ():
                    gap = found.setdefault((source.id, reason), Untold(source, reason))
                    gap.tables[table.caption] = None
                    gap.steps |= dict.fromkeys(steps)
                    gap.names |= dict.fromkeys(names)
    return list(found.values())


def _reached(context: Context, source: Source, table: Table) -> bool:
    """Whether readers get anything of a table: its rows, its columns on visuals, or a table made of it."""
    return (
        carries_rows(context, source, table)
        or any(t.calculated and not t.generated for t in source.tables)
        or any(key == source.id and column.table == table.id for key, column in shown_columns(context))
    )


def _harmless(context: Context, source: Source, table: Table) -> bool:
    """Whether its owner says that it is published already, or not about people."""
    declared = context.policy.declared(source, table)
    return declared is not None and (declared.origin == "open_data" or declared.people is False)


_Gap = tuple[str, tuple[str, ...]]


def _calculated(text: str) -> Iterator[_Gap]:
    if text.strip() and dax_tree(text) is None:
        yield _NOT_DAX, ()


def _gaps(text: str, sql: bool) -> Iterator[_Gap]:  # noqa: FBT001
    """What isn't told of a query in SQL or Power Query."""
    if sql or is_query(text):
        yield from ((reason, ()) for reason in _sql_gap(text))
        return
    inside = list(queries(text))
    yield from ((reason, ()) for query in inside for reason in _sql_gap(query))
    if not inside and NATIVE.search(text) and not any(map(_CALLED.match, TEXT.findall(text))):
        yield _BUILT, ()
    steps = tuple(dict.fromkeys(_unread_steps(text)))
    if steps:
        yield _STEPS, steps


def _sql_gap(text: str) -> Iterator[str]:
    if _CALLED.match(text):
        return
    found = parsed(text)
    if not found and not only_selects(text):
        yield _TOO_LONG if len(plain_sql(text)) > LONGEST else _NO_DIALECT
    elif not {statement.key for statement in found} <= _SELECTS or names_unseen(found):
        yield _NOT_SELECT


def _unread_steps(text: str) -> Iterator[str]:
    """Names of the functions that may give columns other names, and whose arguments don't tell which."""
    for found in _NAMED.finditer(text):
        library, _, name = found[1].partition(".")
        if library in {"Python", "R"}:
            yield found[1]
        elif library == "Record":
            if name in _RENAMING_RECORDS:
                yield found[1]
        elif name in STEPS:
            if not STEPS[name](arguments(text, found.end())[1:]):
                yield found[1]
        elif name == "FromRecords":  # those of typed or navigated values have the names that they had
            if re.search(r"\beach\b|=>", arguments(text, found.end())[0]):
                yield found[1]
        elif name not in _KEEP_NAMES | _FROM_LISTS:
            yield found[1]


def _npd_names(text: str, table: Table, local: frozenset[str]) -> Iterator[str]:
    for word in list(dict.fromkeys(_WORDS.findall(text)))[:_MOST_WORDS]:
        found = match(word, (), table=table.caption, local=local)
        if found is not None and found.confidence is not Confidence.LOW:
            yield word
