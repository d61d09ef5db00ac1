"""Typed rows taken out of a model's catalogue: what goes on to the parent has none, and says what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from linter.formulas.power_query import Queries, forget, section, typed_in, typed_table, without_rows
from linter.formulas.typed import IN_DAX, NotRead, Typed
from linter.records import dataclass

if TYPE_CHECKING:
    from linter.data.definition import Catalogue
    from linter.data.typed import TypedTables

Row = dict[str, Any]

CALCULATED = 2  # Partition.Type
_UNLIKE = "its rows are typed into its query, but they are not what readers see"


@dataclass(slots=True)
class _Query:
    """The text that a part of a table is loaded by; ``rows`` typed ones are cut out of what goes on."""

    text: str
    in_dax: bool
    rows: int


def cut(catalogue: Catalogue, held: TypedTables) -> None:
    """Cut typed rows out of the catalogue's texts into ``held``.

    A table's row gets ``Typed``, where it has no stored rows: ``key`` and ``columns`` of the rows to read, or
    a ``problem``. The rows of tables, queries, policies and sections get ``Kept``: sets of typed rows, each with
    ``key`` and ``columns``, that no table is loaded from as they are; and ``NotRead``, why some can't be read.
    """
    model: Row = next(iter(catalogue.get("Model", ())), {})
    held.culture = str(model.get("SourceQueryCulture") or model.get("Culture") or "")
    parts: dict[Any, list[Row]] = defaultdict(list)
    for row in catalogue.get("Partition", ()):
        parts[row["TableID"]].append(row)
    tables = catalogue.get("Table", ())
    named = {str(t["Name"]): str(p.get("QueryDefinition") or "") for t in tables for p in parts[t["ID"]][:1]}
    named |= {str(r.get("Name")): str(r.get("Expression") or "") for r in catalogue.get("Expression", ())}
    queries, policies = Queries(named), {row.get("TableID") for row in catalogue.get("RefreshPolicy", ())}
    somewhere = _cut_queries(catalogue, queries, held)
    for table in tables:
        own = [_cut_partition(row) for row in parts[table["ID"]]]
        if somewhere or any(q.rows for q in own):
            _take(table, own, queries, held, by_policy=table["ID"] in policies)
    forget()


def _cut_partition(row: Row) -> _Query:
    text, in_dax, rows = str(row.get("QueryDefinition") or ""), row.get("Type") == CALCULATED, 0
    if not in_dax:
        row["QueryDefinition"], rows = without_rows(text)
    elif IN_DAX.search(text):  # most are calendars: those need no parser
        from linter.formulas.dax import typed as dax

        row["QueryDefinition"], rows = dax.without_rows(text)
    return _Query(text, in_dax, rows)


def _cut_queries(catalogue: Catalogue, queries: Queries, held: TypedTables) -> bool:
    """Keep what is typed into queries that no table is loaded from directly; whether anything is."""
    found = False
    loaded = {str(row["Name"]) for row in catalogue.get("Table", ()) if row.get("RowCount")}
    texts = {tuple(text.split()) for text in queries.texts()}
    for row in catalogue.get("Expression", ()):
        text, row["Expression"], rows = _cut(row, "Expression")
        if rows:
            found = True
            _keep(row, str(row.get("Name")), *typed_in(text), held)
    for row in catalogue.get("RefreshPolicy", ()):
        text, row["SourceExpression"], rows = _cut(row, "SourceExpression")
        if rows and tuple(text.split()) not in texts:
            _keep(row, "", *typed_in(text), held)
    for row in catalogue.get("Mashup", ()):
        if "Expression" in row:
            text, row["Expression"], rows = _cut(row, "Expression")
            for name, query in section(text).items() if rows else ():
                known = tuple(query.split()) in texts or (name in loaded and _whole([query], queries))
                if without_rows(query)[1] and not known:
                    _keep(row, name, *typed_in(query), held)
    return found


def _cut(row: Row, key: str) -> tuple[str, str, int]:
    text = str(row.get(key) or "")
    return text, *without_rows(text)


def _whole(texts: Iterable[str], queries: Queries) -> bool:
    """Whether a table with all that is typed into these queries is loaded from them."""
    try:
        return all(typed_table(text, queries).whole for text in texts)
    except NotRead:
        return False


def _take(table: Row, own: list[_Query], queries: Queries, held: TypedTables, *, by_policy: bool) -> None:
    """Say of a table whether its rows are the typed ones, and keep those that are not."""
    from linter.formulas.dax import typed as dax

    read: list[Typed] = []
    problem = "an incremental refresh policy loads others" if by_policy else ""
    for query in own:
        try:
            read.append(dax.typed_table(query.text) if query.in_dax else typed_table(query.text, queries))
        except NotRead as error:
            problem = problem or str(error)
    complete = bool(own) and not problem
    if not table.get("RowCount"):
        if complete:
            table["Typed"] = held.hold(*read)
        elif any(q.rows for q in own):
            table["Typed"] = {"problem": f"{_UNLIKE}: {problem}"}
    if table.get("Changed") or not (complete and all(t.whole for t in read)):
        for query in own:
            if query.rows:
                _keep(table, str(table["Name"]), *(dax.typed_in if query.in_dax else typed_in)(query.text), held)


def _keep(row: Row, name: str, found: list[Typed], problem: str, held: TypedTables) -> None:
    """Hold sets of rows as they were typed, except those without any value."""
    for table in found:
        try:
            empty = not any(v not in (None, "") for line in table.read() for v in line)
        except NotRead as error:
            problem = str(error)
            continue
        if not empty:
            row.setdefault("Kept", []).append({**held.hold(table), "of": name})
    if problem or not found:
        why = problem or "they are written in an unknown way"
        row["NotRead"] = f"rows are typed into {name or 'a query'} that can't be read: {why}"
