"""Everything a reader can turn: cards, actions, buttons, tooltips and drill paths, as controls."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from linter.expressions import Unsupported
from linter.model import Control, FieldUse, UnreadPart, Visual
from linter.parsers.tableau.names import REFERENCE, bare, split_reference
from linter.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from lxml import etree

    from linter.parsers.tableau.dashboards import Card, Layout
    from linter.parsers.tableau.placements import Placer

    Kind = Literal["filter_action", "highlight", "set_action", "parameter_action", "navigation", "url_action"]

_DATE_PARTS = ("Year of ", "Quarter of ", "Month of ", "Week of ", "month and year of ")


@dataclass(frozen=True, slots=True)
class Controls:
    """Builds the controls of one workbook."""

    part: str
    layout: Layout
    placer: Placer
    visuals: tuple[Visual, ...]

    def read(self, root: etree._Element) -> Iterator[Control | UnreadPart]:
        """All controls; an action that is not understood is an unread part."""
        yield from self._cards(root)
        yield from self._buttons()
        for holder in root.iterfind("actions"):
            for element in holder:
                yield from self._action(element)
        yield from self._hierarchies(root)
        yield from self._dates()

    def _cards(self, root: etree._Element) -> Iterator[Control]:
        everywhere = _shared_references(root)
        groups = filter_groups(root)
        merged: dict[tuple[str, str], list[Card]] = {}
        for card in self.layout.cards:
            merged.setdefault((card.kind, card.reference), []).append(card)
        for (kind, reference), cards in merged.items():
            use = self.placer.place(reference).use
            turns: dict[str, Literal["highlight", "parameter", "set_action"]] = {
                "highlighter": "highlight", "parameter": "parameter", "set": "set_action",
            }  # fmt: skip
            source, _ = split_reference(reference)
            sheets = {c.sheet for c in cards if c.sheet}
            others: set[str] = set()
            if kind == "filter":
                shared = {one for sheet in sheets for one in groups.get((sheet, reference), ())}
                sheets |= {sheet for sheet, _ in shared}
                others = {field for _, field in shared} - {reference}
                if reference in everywhere:
                    sheets |= {v.id for v in self.visuals if any(layer.source == source for layer in v.layers)}
            pages = dict.fromkeys(p for c in cards for p in ([c.page] if c.page else self.layout.pages_of(c.sheet)))
            yield Control(
                id=f"{kind} {reference}",
                kind=turns.get(kind, "quick_filter"),
                caption=use.caption,
                uses=(use, *(self.placer.place(other).use for other in sorted(others))),
                pages=tuple(pages),
                visuals=self._known(sheets),
                hidden=all(c.hidden for c in cards),
                part=self.part,
            )

    def _buttons(self) -> Iterator[Control]:
        for number, button in enumerate(self.layout.buttons):
            yield Control(
                id=f"button {number} on {button.page}",
                kind="navigation",
                caption="show/hide button" if button.shows else "button",
                uses=(),
                pages=(button.page,),
                visuals=button.shows or self._known(self._sheets(button.target)),
                hidden=bool(button.shows),
                target=button.target or None,
                part=self.part,
            )
        for host, shown in self.layout.tooltips:
            visual = next((v for v in self.visuals if v.id == host), None)
            yield Control(
                id=f"tooltip of {host} shows {shown}",
                kind="tooltip",
                caption=host,
                uses=_groupings(visual),
                pages=self.layout.pages_of(host),
                visuals=(shown,),
                target=shown,
                part=self.part,
            )

    def _action(self, element: etree._Element) -> Iterator[Control | UnreadPart]:
        if element.tag in {"datasources", "datasource-dependencies"}:
            return
        name, caption = element.get("name", ""), element.get("caption", "")
        found = _kind(element)
        if found is None:
            yield UnreadPart(f"{self.part}: action {caption or name}", "an action of an unknown kind")
            return
        sources = self._action_sources(element)
        parameters = {p.get("name", ""): p.get("value", "") for p in element.iter("param")}
        excluded = {e.strip() for e in parameters.get("exclude", "").split(",")}
        target = parameters.get("target") or parameters.get("sheet") or _link_target(element)
        reached = [s for s in self._sheets(target) if s not in excluded] if target else []
        pages = dict.fromkeys(p for s in sources for p in self.layout.pages_of(s))
        yield Control(
            id=name or caption,
            kind=found,
            caption=caption,
            uses=self._uses(element, parameters, sources),
            pages=tuple(pages),
            visuals=self._known(reached),
            target=target or None,
            part=self.part,
        )

    def _action_sources(self, element: etree._Element) -> list[str]:
        found: list[str] = []
        for source in element.iterfind("source"):
            left_out = {e.get("name") for e in source.iterfind("exclude-sheet")}
            sheet, dashboard = source.get("worksheet"), source.get("dashboard", "")
            named = [sheet] if sheet else list(self.layout.sheets_on(dashboard))
            if source.get("type") in {"all", "datasource"} and not named:
                named = [v.id for v in self.visuals]
            found.extend(s for s in named if s not in left_out)
        return found

    def _uses(self, element: etree._Element, parameters: dict[str, str], sources: list[str]) -> tuple[FieldUse, ...]:
        """The fields an action hands on: named ones, or all groupings of its source sheets."""
        link = element.find("link")
        texts = [parameters.get("source-field", ""), parameters.get("target-group", "")]
        texts.append("" if link is None else unquote(link.get("expression", "")))
        placed = [self.placer.place(m.group()).use for t in texts for m in REFERENCE.finditer(t)]
        if placed:
            return tuple(dict.fromkeys(placed))
        visuals = [v for v in self.visuals if v.id in sources]
        offered = tuple(dict.fromkeys(use for v in visuals for use in _groupings(v)))
        wanted = {c.strip() for c in parameters.get("field-captions", "").split(",") if c.strip()}
        if not wanted and link is not None:
            wanted = {bare(f"[{part}]") for part in _bracketed(unquote(link.get("expression", "")))}
        return tuple(u for u in offered if not wanted or _plain(u.caption) in wanted or u.caption in wanted)

    def _hierarchies(self, root: etree._Element) -> Iterator[Control]:
        """A drill path on a view lets every reader go down, level by level."""
        for datasource in root.iterfind("datasources/datasource"):
            source = datasource.get("name", "")
            for path in datasource.iterfind("drill-paths/drill-path"):
                levels = [bare(f.text or "") for f in path.iterfind("field")]
                uses = tuple(self.placer.place_name(source, level).use for level in levels)
                captions = {u.caption for u in uses}
                shown = [v.id for v in self.visuals if captions & {_plain(u.caption) for u in _groupings(v)}]
                if shown:
                    yield Control(
                        id=f"hierarchy {source} {path.get('name', '')}",
                        kind="hierarchy",
                        caption=path.get("name", ""),
                        uses=uses,
                        pages=tuple(dict.fromkeys(p for s in shown for p in self.layout.pages_of(s))),
                        visuals=tuple(shown),
                        part=self.part,
                    )

    def _dates(self) -> Iterator[Control]:
        """A date part on rows or columns can be expanded to the next finer one, down to days."""
        found: dict[tuple[str, str], tuple[FieldUse, list[str]]] = {}
        for visual in self.visuals:
            for encoding in visual.encodings:
                caption = encoding.use.caption
                if encoding.role in {"rows", "columns"} and encoding.groups and caption.startswith(_DATE_PARTS):
                    key = (encoding.use.source, _plain(caption))
                    found.setdefault(key, (encoding.use, []))[1].append(visual.id)
        for (source, caption), (use, shown) in found.items():
            days = use.columns[0] if len(use.columns) == 1 else None
            finer = FieldUse(caption, use.columns, source, use.via, days or Unsupported("a date of several columns"))
            yield Control(
                id=f"dates {source} {caption}",
                kind="hierarchy",
                caption=caption,
                uses=(finer,),
                pages=tuple(dict.fromkeys(p for s in shown for p in self.layout.pages_of(s))),
                visuals=tuple(dict.fromkeys(shown)),
                part=self.part,
            )

    def _sheets(self, target: str) -> list[str]:
        """Worksheets that a target stands for: itself, or those on a dashboard."""
        return list(self.layout.sheets_on(target)) or ([target] if target else [])

    def _known(self, sheets: Iterable[str]) -> tuple[str, ...]:
        wanted = set(sheets)
        return tuple(v.id for v in self.visuals if v.id in wanted)


def _kind(element: etree._Element) -> Kind | None:
    direct: dict[str, Kind] = {
        "edit-parameter-action": "parameter_action", "edit-group-action": "set_action", "nav-action": "navigation",
    }  # fmt: skip
    commands: dict[str, Kind] = {"tsc:tsl-filter": "filter_action", "tsc:brush": "highlight"}
    if (found := direct.get(str(element.tag))) is not None:
        return found
    command, link = element.find("command"), element.find("link")
    if command is not None:
        return commands.get(command.get("command", ""))
    if link is not None:
        return "filter_action" if link.get("expression", "").startswith("tsl:") else "url_action"
    return None


def _link_target(element: etree._Element) -> str:
    """The sheet in ``tsl:Sheet%20name?...``, the way old versions write a filter action."""
    link = element.find("link")
    text = "" if link is None else link.get("expression", "")
    return unquote(text[4:].partition("?")[0]) if text.startswith("tsl:") else ""


def _bracketed(text: str) -> list[str]:
    return [part.partition("]")[0] for part in text.split("<[")[1:]]


def _groupings(visual: Visual | None) -> tuple[FieldUse, ...]:
    encodings = () if visual is None else visual.encodings
    return tuple(dict.fromkeys(e.use for e in encodings if e.groups))


def _plain(caption: str) -> str:
    """A caption without the words that a derivation puts before it."""
    before, of, after = caption.partition(" of ")
    return after if of and f"{before} of ".startswith(_DATE_PARTS) else caption


def _shared_references(root: etree._Element) -> set[str]:
    return {f.get("column", "") for f in root.iterfind("shared-views/shared-view/filter")}


def open_sets(root: etree._Element, layout: Layout) -> set[str]:
    """References of filters on sets into which readers can put other members, by an action or a card."""
    named = [c.reference for c in layout.cards if c.kind == "set"]
    for action in root.iterfind("actions/edit-group-action"):
        texts = [p.get("value", "") for p in action.iter("param") if p.get("name") == "target-group"]
        named += [m.group() for text in texts for m in REFERENCE.finditer(text)]
    sets = {_inner(reference) for reference in named}
    return {ref for f in root.iter("filter") if _inner(ref := f.get("column", "")) in sets}


def _inner(reference: str) -> tuple[str, str]:
    """The data source and the field of a reference to the field or to an instance of it (``io:Set:nk``)."""
    source, name = split_reference(reference)
    parts = name.split(":")
    return source, parts[1] if len(parts) == 3 else name


def filter_groups(root: etree._Element) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Worksheets that share a filter ("apply to selected worksheets"), each with its field.

    By one of them and its field; where their data sources differ, so do the fields.
    """
    members: dict[str, set[tuple[str, str]]] = {}
    for worksheet in root.iterfind("worksheets/worksheet"):
        for element in worksheet.iterfind("table/view/filter"):
            if (group := element.get("filter-group")) is not None:
                members.setdefault(group, set()).add((worksheet.get("name", ""), element.get("column", "")))
    return {one: group for group in members.values() for one in group}
