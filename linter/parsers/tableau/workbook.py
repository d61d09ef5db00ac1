"""From a Tableau file to the model: the order in which everything is read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from linter.errors import Unreadable
from linter.model import (
    Control,
    Field,
    Filter,
    Hierarchy,
    Parameter,
    Source,
    Store,
    Table,
    TableColumn,
    Text,
    UnreadPart,
    Visual,
    Workbook,
)  # fmt: skip
from linter.parsers.tableau.actions import Controls, filter_groups, open_sets
from linter.parsers.tableau.blends import read_links
from linter.parsers.tableau.choices import choices, with_choices
from linter.parsers.tableau.container import HYPER, TDE, Container, Located
from linter.parsers.tableau.dashboards import read_layout
from linter.parsers.tableau.datasources import PARAMETERS, Rows, read_connections, read_rows
from linter.parsers.tableau.definitions import Definition, read_definitions
from linter.parsers.tableau.derivations import read_calendar, read_instances
from linter.parsers.tableau.fields import Fields
from linter.parsers.tableau.filters import Reading, extraction_filter, read_filter
from linter.parsers.tableau.ignores import read_ignores
from linter.parsers.tableau.names import bare, value
from linter.parsers.tableau.placements import Placer
from linter.parsers.tableau.query_cache import is_cache
from linter.parsers.tableau.stores import TDE_FIX, TDE_REASON
from linter.parsers.tableau.stories import captured_states, with_captured
from linter.parsers.tableau.texts import read_caches, read_texts
from linter.parsers.tableau.unknown import extensions
from linter.parsers.tableau.worksheets import Context, read_worksheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

_USERS = re.compile(
    r"\b(USERNAME|FULLNAME|ISMEMBEROF|ISUSERNAME|ISFULLNAME|ISCURRENTUSER|USERATTRIBUTE\w*)\s*\(", re.IGNORECASE
)
"""Functions that make a field or filter depend on who looks."""

_DATA = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel"}
_HARMLESS = {
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".bmp",
    ".svg",
    ".webp",
    ".ico",
    ".tps",
    ".tms",
    ".ttf",
    ".otf",
    ".trex",
}

_KINDS = {"bin": "bin", "group": "group", "set": "set", "combined": "combined", "column": "column"}


def read(path: Path, sha256: str) -> Workbook:
    """Read a .twb, .twbx, .tds or .tdsx.

    Args:
        path: the file.
        sha256: its digest, passed on.

    Raises:
        Unreadable: nothing at all can be read; parts that can't are in ``Workbook.unread``.
    """
    with Container(path) as container:
        return _Reader(container).workbook(sha256)


class _Reader:
    """One reading of one container."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.root, self.part = container.root, container.part
        single = self.root.tag == "datasource"
        found = [self.root] if single else list(self.root.iterfind("datasources/datasource"))
        self.datasources = {d.get("name") or d.get("formatted-name") or f"source {i}": d for i, d in enumerate(found)}
        self.rows = {name: read_rows(container, d) for name, d in self.datasources.items() if name != PARAMETERS}
        self.fields = self._fields()
        self.placer = Placer(self.fields, self.rows)

    def workbook(self, sha256: str) -> Workbook:
        layout = read_layout(self.root, self.part)
        changeable = {(c.sheet, c.reference) for c in layout.cards if c.kind == "filter"}
        groups = filter_groups(self.root)
        changeable |= {one for card in tuple(changeable) for one in groups.get(card, ())}
        changeable |= {("", reference) for reference in open_sets(self.root, layout)}
        shared = {v.get("name", ""): list(v.iterfind("filter")) for v in self.root.iterfind("shared-views/shared-view")}
        links = read_links(self.root)
        source_filters = self._all_source_filters(self.placer)
        states = captured_states(self.root, layout)
        offered = choices(self.root, layout, self.placer, self._all_source_filters)

        def visual(element: etree._Element) -> Visual:
            name = element.get("name", "")
            context = Context(
                part=self.part,
                placer=self.placer,
                pages=layout.pages_of(name),
                hidden=name in layout.hidden,
                box=layout.box_of(name),
                changeable=frozenset(
                    ref for sheet, ref in changeable if sheet in {"", name} or _is_shared(shared, ref)
                ),
                shared=shared,
                links=links,
                source_filters=source_filters,
                filters_under=self._all_source_filters,
            )
            captured = with_captured(read_worksheet(element, context), element, context, states.get(name, []))
            return with_choices(captured, element, context, offered)

        visuals = tuple(visual(element) for element in self.root.iterfind("worksheets/worksheet"))
        made = list(Controls(self.part, layout, self.placer, visuals).read(self.root))
        caches = list(read_caches(self.container))
        sources = tuple(self._source(name) for name in self.rows)
        loose, unread = self._loose_members(sources)
        return Workbook(
            tool="tableau",
            path=str(self.container.path),
            sha256=sha256,
            sources=(*sources, *loose),
            pages=tuple(layout.pages),
            visuals=visuals,
            controls=tuple(c for c in made if isinstance(c, Control)),
            parameters=tuple(self._parameters()),
            texts=(*read_texts(self.root, self.part), *(t for t in caches if isinstance(t, Text))),
            unread=(
                *unread,
                *extensions(self.root, self.part),
                *(p for p in made if isinstance(p, UnreadPart)),
                *(p for p in caches if isinstance(p, UnreadPart)),
            ),
            version=self.root.get("source-build") or self.root.get("version") or "",
            ignores=tuple(read_ignores(self.root, self.part, {s.id: s for s in sources})),
        )

    def _fields(self) -> Fields:
        definitions: dict[tuple[str, str], Definition] = {}
        instances = {name: read_instances(d) for name, d in self.datasources.items()}
        extra: dict[str, list[etree._Element]] = {}
        for dependencies in self.root.iter("datasource-dependencies"):
            name = dependencies.get("datasource", "")
            extra.setdefault(name, []).extend([*dependencies.iterfind("column"), *dependencies.iterfind("group")])
            known = instances.setdefault(name, {})
            for key, instance in read_instances(dependencies).items():
                known.setdefault(key, instance)
        empty = Rows("missing", "", (), (), {}, {})
        for name, element in self.datasources.items():
            rows = self.rows.get(name, empty)
            found = read_definitions(element, name, rows, extra.get(name, ()))
            definitions.update({(name, field): definition for field, definition in found.items()})
        calendars = {name: read_calendar(d) for name, d in self.datasources.items()}
        return Fields(definitions, calendars, instances)

    def _source(self, name: str) -> Source:
        element, rows = self.datasources[name], self.rows[name]
        definitions = {k[1]: d for k, d in self.fields.definitions.items() if k[0] == name}
        return Source(
            id=name,
            caption=element.get("caption") or element.get("formatted-name") or name,
            delivery=rows.delivery,
            tables=tuple(self._table(name, table, definitions) for table in rows.tables),
            relationships=rows.relationships,
            fields=tuple(self._field(d) for d in definitions.values() if d.kind not in {"action", "generated"}),
            hierarchies=tuple(self._hierarchies(name, element)),
            filters=self._source_filters(name, self.placer),
            connections=read_connections(element),
            roles=tuple(dict.fromkeys(_roles(definitions))),
            reason=rows.reason,
            joined=rows.joined,
        )

    def _all_source_filters(self, placer: Placer) -> dict[str, tuple[Filter, ...]]:
        return {name: self._source_filters(name, placer) for name in self.rows}

    def _source_filters(self, name: str, placer: Placer) -> tuple[Filter, ...]:
        """Filters of the data source itself, and those that its extract was made with."""
        element = self.datasources[name]
        found = [read_filter(f, placer, Reading("source", "source", home=name)) for f in element.iterfind("filter")]
        if self.rows[name].extracted:
            found += [extraction_filter(f, placer, name) for f in element.iterfind("extract/filter")]
        return tuple(f for f in found if f is not None)

    def _table(self, source: str, table: Table, definitions: dict[str, Definition]) -> Table:
        """The table with what the data pane says of its columns."""

        def column(found: TableColumn) -> TableColumn:
            definition = definitions.get(found.name)
            if definition is None:
                return replace(found, caption=found.name)
            materialised = definition.kind == "calculation"
            return replace(
                found,
                caption=definition.caption,
                hidden=definition.hidden,
                formula=definition.formula,
                rests_on=self.fields.lineage(source, found.name)[0] if materialised else (),
            )

        return replace(table, columns=tuple(column(c) for c in table.columns))

    def _field(self, definition: Definition) -> Field:
        resolved = self.fields.resolve(definition.source, definition.name)
        rests_on, via = self.fields.lineage(definition.source, definition.name)
        kind = _KINDS.get(definition.kind, "other")
        if definition.kind == "calculation":
            kind = "measure" if resolved.aggregated or resolved.table_calc else "calculation"
        return Field(
            id=definition.name,
            caption=definition.caption,
            table=definition.table or next(iter({c.table for c in rests_on}), None),
            expr=None if definition.kind == "table" else resolved.expr,
            hidden=definition.hidden,
            kind=kind,  # type: ignore[arg-type]
            formula=definition.formula,
            rests_on=rests_on,
            via=via,
            description=definition.description,
            format=definition.format,
        )

    def _hierarchies(self, source: str, element: etree._Element) -> Iterator[Hierarchy]:
        for path in element.iterfind("drill-paths/drill-path"):
            levels = tuple(bare(f.text or "") for f in path.iterfind("field"))
            columns = tuple(c for level in levels for c in self.fields.lineage(source, level)[0])
            yield Hierarchy(path.get("name", ""), levels, columns)

    def _parameters(self) -> Iterator[Parameter]:
        for (source, name), definition in self.fields.definitions.items():
            if source == PARAMETERS and definition.element is not None:
                members = [value(m.get("value")) for m in definition.element.iterfind("members/member")]
                yield Parameter(name, definition.caption, self.fields.resolve(source, name).expr, tuple(members))

    def _loose_members(self, sources: tuple[Source, ...]) -> tuple[list[Source], list[UnreadPart]]:
        """Members that no source reads: data files are sources of their own, the rest is said."""
        stores = [t.store for s in sources for t in s.tables if t.store is not None]
        used = {member.member for store in stores for member in (store, *store.also)}
        found: list[Source] = []
        unread: list[UnreadPart] = []
        archive = self.container.archive
        if archive is not None:
            unread.extend(UnreadPart(name, reason, blocks_data=True) for name, reason in archive.refused)
        for member in self.container.members():
            if member in used or is_cache(member) or archive is None or archive.size(member) == 0:
                continue
            suffix = member[member.rfind(".") :].lower() if "." in member else ""
            if suffix in _HARMLESS:
                continue
            outcome = self._loose(member, suffix)
            if isinstance(outcome, UnreadPart):
                unread.append(outcome)
            else:
                found.append(outcome)
        return found, unread

    def _loose(self, member: str, suffix: str) -> Source | UnreadPart:
        try:
            head = self.container.head(Located(member))
        except Unreadable as error:
            return UnreadPart(member, error.reason)
        if head.startswith(TDE):
            return UnreadPart(member, TDE_REASON, TDE_FIX, blocks_data=member in self.container.wanted)
        kind = "hyper" if head.startswith(HYPER) else _DATA.get(suffix)
        if kind is None:
            blocks = member in self.container.wanted
            return UnreadPart(member, "a packaged file of a kind that is not read", blocks_data=blocks)
        store = Store(kind, member, header=None)  # type: ignore[arg-type]
        table = Table(member, member.rpartition("/")[2], (), store, origin=member)
        reason = "a packaged file that no data source of the workbook reads"
        return Source(f"file {member}", table.caption, "embedded", (table,), reason=reason)


def _is_shared(shared: dict[str, list[etree._Element]], reference: str) -> bool:
    return any(f.get("column") == reference for filters in shared.values() for f in filters)


def _roles(definitions: dict[str, Definition]) -> Iterator[str]:
    """Fields and user filters that depend on who looks."""
    for definition in definitions.values():
        texts = [definition.formula or ""]
        if definition.kind == "set" and definition.element is not None:
            texts += [g.get("expression", "") for g in definition.element.iter("groupfilter")]
        if any(_USERS.search(text) for text in texts):
            yield definition.caption
