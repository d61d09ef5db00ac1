"""Columns that are or derive from NPD fields, and where a workbook uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.npd.looking import looking_like_npd, place_words, uses
from checks.npd.steps import origins
from checks.reach import at_control
from checks.subjects import ORDER
from linter.expressions import Column
from linter.location import Location
from linter.model import Field, FieldUse, Source, Table
from linter.policy.declaration import OWN_ORIGINS
from linter.policy.vocabulary import NpdMatch, bare, match
from linter.records import dataclass
from linter.rules import Context, place

_COLUMNS = "NPD columns"
_NAMED = re.compile(r"query '(.+)'")
DERIVED = frozenset({"calculation", "measure", "group", "bin", "set", "combined"})
"""Kinds of fields that are made of others."""


@dataclass(frozen=True, slots=True)
class NpdColumn:
    """A column that looks like an NPD field, or that is made of one.

    ``chain`` leads from the column down to the NPD field; empty when the column is the field itself.
    ``own``: its table is declared open or the authority's own.
    """

    source: Source
    table: Table
    column: Column
    caption: str
    match: NpdMatch
    own: bool
    chain: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """Its caption, with the name it has in the data where that is what tells."""
        renamed = not self.chain and bare(self.match.name) != bare(self.caption)
        return f"{self.caption} ({self.match.name} in the data)" if renamed else self.caption


@dataclass(frozen=True, slots=True)
class Spot:
    """One place where a field is used: a visual or a control, by name."""

    use: FieldUse
    where: Location
    visual: str | None
    control: str | None


NpdColumns = dict[tuple[str, Column], NpdColumn]


def npd_columns(context: Context) -> NpdColumns:
    """Every column that is or derives from an NPD field, used or not; worked out once for all rules."""
    if _COLUMNS not in context.shared:
        context.shared[_COLUMNS] = _npd_columns(context)
    known: NpdColumns = context.shared[_COLUMNS]
    return known


def _npd_columns(context: Context) -> NpdColumns:
    found: NpdColumns = {
        key: NpdColumn(x.source, x.table, x.column, x.caption, x.match, x.own)
        for key, x in looking_like_npd(context).items()
        if not x.table.generated
    }
    tables = [(source, table) for source in context.workbook.sources for table in source.tables if not table.generated]
    for source, table in tables:
        _add_query_steps(context, source, table, found)
    for source, table in tables:
        _add_calculated(context, source, table, found)
    return found


def spots(context: Context) -> Iterator[Spot]:
    """Every use of a field: on visuals, in their filters, in controls."""
    for visual in context.workbook.visuals:
        for use in uses(visual):
            yield Spot(use, place(context.workbook, visual, use.caption), visual.name, None)
    for control in context.workbook.controls:
        for use in control.uses:
            yield Spot(use, at_control(context.workbook, control, use.caption), None, control.caption)


def chain_of(use: FieldUse, column: NpdColumn) -> tuple[str, ...]:
    """From what the reader sees down to the NPD field; empty when that is the field itself."""
    source = column.source
    by_caption = {f.caption: f for f in source.fields}
    shown = by_caption.get(use.caption) or by_caption.get(use.caption.rpartition(" of ")[2])
    derived = shown is not None and shown.kind in DERIVED and shown.caption != column.caption
    if not (use.via or derived or column.chain):
        return ()
    steps = [f for f in map(by_caption.get, use.via) if f and (not f.rests_on or column.column in f.rests_on)]
    named = sorted(steps, key=_depth, reverse=True)
    return tuple(dict.fromkeys([use.caption, *(f.caption for f in named), column.named, *column.chain]))


def printed(chain: tuple[str, ...]) -> str:
    """``Band ← Points ← KS4_ATT8``."""
    return " ← ".join(chain)


def _depth(field: Field) -> int:
    return len(field.via)


def _own(context: Context, source: Source, table: Table) -> bool:
    declared = context.policy.declared(source, table)
    return declared is not None and declared.origin in OWN_ORIGINS


def _query_steps(context: Context, source: Source, table: Table) -> dict[str, dict[str, tuple[str, ...]]]:
    """Columns that the table's query makes, by name without case, with the queries that it builds upon.

    The custom SQL under an extract is that of its source.
    """
    if table.calculated:
        made = origins(table.origin, calculated=True, measures=_measures(context))
    else:
        custom = [c.query for c in source.connections if c.kind == "custom-sql"]
        made = origins("\n".join(dict.fromkeys([table.origin, *helpers(context, table.origin)])), sql=custom)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for new, paths in made.items():
        found.setdefault(new.casefold(), {}).update(paths)
    return found


def _measures(context: Context) -> dict[str, tuple[str, ...]]:
    """The columns that each measure of the model rests on, by its name."""
    fields = [f for source in context.workbook.sources for f in source.fields if f.kind == "measure"]
    return {f.caption: tuple(c.name for c in f.rests_on) for f in fields}


def helpers(context: Context, query: str) -> list[str]:
    """The texts of the queries that a query names, and that those name, at any depth."""
    named = {m[1]: t.text for t in context.workbook.texts if (m := _NAMED.fullmatch(t.where))}
    found: dict[str, str] = {}
    waiting = [query]
    while waiting and len(found) < len(named):
        text = waiting.pop()
        for name in [n for n in named if n not in found]:
            if re.search(rf'(?<![\w"]){re.escape(name)}(?![\w"])|#"{re.escape(name)}"', text):
                found[name] = named[name]
                waiting.append(named[name])
    return list(found.values())


def _add_query_steps(context: Context, source: Source, table: Table, found: NpdColumns) -> None:
    """Columns that a query step renames or computes from an NPD field."""
    made = _query_steps(context, source, table)
    names = [*(c.name for c in table.columns), *(old for olds in made.values() for old in olds)]
    own = _own(context, source, table)
    for column in table.columns:
        key = source.id, Column(table.id, column.name)
        paths = made.get((column.source_name or column.physical).casefold(), {}) if key not in found else {}
        where, local = place_words(source, table), context.policy.vocabulary
        matches = {old: match(old, names, table=table.caption, place=where, local=local) for old in paths}
        best = max(matches.items(), key=lambda m: ORDER.index(m[1].confidence) if m[1] else -1, default=("", None))
        if best[1] is not None:
            *between, field = paths[best[0]]
            chain = (*between, f"{field} (query step)")
            found[key] = NpdColumn(source, table, key[1], column.caption or column.name, best[1], own, chain)


def _add_calculated(context: Context, source: Source, table: Table, found: NpdColumns) -> None:
    """Calculated columns over NPD columns, which are stored like any other."""
    own = _own(context, source, table)
    for column in table.columns:
        key = source.id, Column(table.id, column.name)
        base = next((found[source.id, c] for c in column.rests_on if (source.id, c) in found), None)
        if base is not None and key not in found:
            caption = column.caption or column.name
            found[key] = NpdColumn(source, table, key[1], caption, base.match, own, (base.named, *base.chain))
