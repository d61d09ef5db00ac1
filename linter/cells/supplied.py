"""Rows that the person who checks supplies for a source whose rows are not in the file.

A published or live source, an old extract: its rows are read from a file beside the workbook's own
data. They count for what the visuals show and are no evidence of what the workbook carries.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from linter.errors import UsageError
from linter.evidence import is_supplied
from linter.model import Source, Store, Table, Workbook
from linter.records import dataclass
from linter.text import clean, listing, plural

KINDS: dict[str, Literal["hyper", "csv", "excel"]] = {
    ".hyper": "hyper", ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel",
}  # fmt: skip
"""What a supplied file can be, by its suffix."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """A file with the rows of one table. ``name`` is a source, or ``SOURCE.TABLE`` where it has several."""

    name: str
    file: Path  # absolute

    @classmethod
    def of(cls, text: str) -> Supplied:
        """``SOURCE=FILE`` as typed; a name may hold an equals sign, a file that is there decides.

        Raises:
            UsageError: it is something else, there is no such file, or it is of another kind.
        """
        cuts = [i for i, c in enumerate(text) if c == "=" and text[:i].strip() and text[i + 1 :].strip()]
        if not cuts:
            raise UsageError(f"--data {clean(text)}: not SOURCE=FILE")
        cut = next((i for i in cuts if Path(text[i + 1 :].strip()).is_file()), cuts[0])
        file = Path(text[cut + 1 :].strip())
        if not file.is_file():
            raise UsageError(f"--data {clean(text)}: there is no file {clean(str(file))}")
        if file.suffix.lower() not in KINDS:
            raise UsageError(f"--data {clean(text)}: {clean(file.name)} is none of {', '.join(KINDS)}")
        return cls(text[:cut].strip(), file.resolve())

    @property
    def told(self) -> str:
        """What a report says of it."""
        return f"the rows of {clean(self.name)} are those of {clean(self.file.name)}, which was supplied"


def supply(workbook: Workbook, given: Iterable[Supplied]) -> Workbook:
    """The workbook with the supplied files as stores of the tables they are for.

    Raises:
        UsageError: no such source or table, its rows are in the file, or it is supplied twice.
    """
    chosen: dict[tuple[str, str], Store] = {}
    for one in given:
        source, table = _target(workbook, one.name)
        if (source.id, table.id) in chosen:
            raise UsageError(f"--data {clean(one.name)}: two files for the same rows")
        if workbook.tool == "powerbi" and one.file.suffix.lower() == ".hyper":
            raise UsageError(f"--data {clean(one.name)}: the rows of a Power BI table come as .csv or .xlsx")
        chosen[source.id, table.id] = Store(KINDS[one.file.suffix.lower()], str(one.file), beside=True)
    sources = tuple(_with_stores(source, chosen) for source in workbook.sources)
    complete = {old.reason for old, new in zip(workbook.sources, sources, strict=True) if old.reason and not new.reason}
    unread = tuple(u for u in workbook.unread if not (u.blocks_data and u.reason in complete))
    return replace(workbook, sources=sources, unread=unread)


def part_of(table: Table | None) -> str:
    """The file that a table's rows are in, as reports name it; empty for the workbook itself."""
    if table is None or table.store is None:
        return ""
    return Path(table.store.member).name if is_supplied(table) else table.store.member


def _target(workbook: Workbook, name: str) -> tuple[Source, Table]:
    """The table that is meant: by the caption or id of its source, with its own where there are several.

    A semantic model is the only source of its file, so a table's own name does there.
    """
    alone = workbook.tool == "powerbi"
    known = [(called, s, t) for s in workbook.sources for called, t in _names(s, alone=alone)]
    exact = [(s, t) for called, s, t in known if called == name]
    alike = exact or [(s, t) for called, s, t in known if called.casefold() == name.casefold()]
    found = {(s.id, t.id if t else ""): (s, t) for s, t in alike}
    if not found:
        names = [clean(called) for called in dict.fromkeys(called for called, _, _ in known)]
        near = difflib.get_close_matches(name, names, 3, 0.5) or names
        raise UsageError(f"--data {clean(name)}: no source is called so; there is {listing(near, 6) or 'none'}")
    if len(found) > 1:
        ids = listing([clean(s.id) for s, _ in found.values()])
        raise UsageError(f"--data {clean(name)}: several sources are called so; use an id: {ids}")
    ((source, table),) = found.values()
    return source, _lacking(source, table, name)


def _names(source: Source, *, alone: bool) -> Iterator[tuple[str, Table | None]]:
    if alone:
        yield from ((t.caption, t) for t in source.tables if not t.generated)
        return
    for called in dict.fromkeys((source.caption, source.id)):
        yield called, None
        for table in source.tables:
            for own in dict.fromkeys((table.caption, table.id)):
                yield f"{called}.{own}", table


def _lacking(source: Source, table: Table | None, name: str) -> Table:
    """The table without rows in the file: the named one, or the only one of its source."""
    lacking = [t for t in source.tables if t.store is None]
    if not source.tables:
        raise UsageError(f"--data {clean(name)}: the workbook does not say which columns this source has")
    if table is None and len(source.tables) == 1:
        table = source.tables[0]
    if not lacking or (table is not None and table.store is not None):
        raise UsageError(f"--data {clean(name)}: its rows are in the file, and those are what is checked")
    if table is None:
        tables = listing([clean(f"{source.caption}.{t.caption}") for t in lacking], 6)
        raise UsageError(
            f"--data {clean(name)}: it has {plural(len(source.tables), 'table')}, a file for each is needed: {tables}"
        )
    return table


def _with_stores(source: Source, chosen: dict[tuple[str, str], Store]) -> Source:
    """The source with its supplied rows; it is at hand when nothing else was wrong with it."""
    mended = {t.unread for t in source.tables if (source.id, t.id) in chosen}
    if not mended:
        return source
    tables = tuple(
        replace(t, store=chosen[source.id, t.id], unread=None) if (source.id, t.id) in chosen else t
        for t in source.tables
    )
    if any(t.store is None and not (t.generated or t.calculated) for t in tables) or source.reason not in mended:
        return replace(source, tables=tables)
    return replace(source, tables=tables, delivery="embedded", reason="")
