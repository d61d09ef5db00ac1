"""The workbook as a whole: pages, controls, saved states, texts and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from linter.expressions import Expr
from linter.model.data import Source
from linter.model.filters import Filter
from linter.model.visual import FieldUse, Visual
from linter.records import dataclass

Tool = Literal["tableau", "powerbi"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page, dashboard, story or a sheet's own tab."""

    id: str
    name: str
    kind: Literal["page", "dashboard", "story", "sheet", "tooltip", "drill_through"] = "page"
    hidden: bool = False
    part: str = ""
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Control:
    """Anything a reader can turn, with the fields it sets and the visuals it acts on.

    ``states``: the conditions it sets, where it offers only these (a bookmark) and not every value.
    """

    id: str
    kind: Literal[
        "slicer", "quick_filter", "parameter", "filter_action", "set_action", "parameter_action",
        "navigation", "drill_through", "tooltip", "hierarchy", "url_action", "highlight", "regroup",
    ]  # fmt: skip
    caption: str
    uses: tuple[FieldUse, ...]
    pages: tuple[str, ...] = ()
    visuals: tuple[str, ...] = ()  # ids it acts on; empty: all of its pages
    hidden: bool = False
    target: str | None = None
    part: str = ""
    states: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its saved value and the values a reader may choose (empty: any)."""

    id: str
    caption: str
    value: Expr
    choices: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the workbook itself says about export and exploration."""

    export: Literal["none", "summarised", "underlying", "unstated"] = "unstated"
    personalise: bool = False
    part: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """A part that could not be read, so that nothing can be said about it.

    ``blocks_data``: rows that visuals rest on are behind it. ``line`` is that of a text file.
    """

    part: str
    reason: str
    fix: str = ""
    blocks_data: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Typed or saved text that readers get: titles, captions, annotations, notes, saved literals."""

    part: str
    where: str
    text: str = field(repr=False)
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter or slicer choice of a saved state, and the ids of the visuals on which it works."""

    filter: Filter
    visuals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedState:
    """A state that readers call up (a bookmark), as far as it sets filters; they replace those in force."""

    name: str
    part: str
    filters: tuple[SavedFilter, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text file of the workbook defines something; ``line`` is 1-based.

    ``of`` a visual (its id), a page (its name; empty for the whole report) or the model; with ``field`` the
    caption of what lies on it: a field, a filter card, a table, or a field of the model with its ``table``; of
    a role its name; ``load``: of the query that loads the table ``field``.
    """

    part: str
    line: int
    of: Literal["visual", "page", "model", "role", "load"]
    visual: str = ""
    page: str = ""
    field: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Ignore:
    """An annotation ``disclint.ignore`` that an author left in the workbook; nothing is decided by it here.

    ``object`` is the id of a visual or page, or the caption of a table or field (then ``table`` holds the
    field's table); empty for the whole workbook. ``line`` is that of the annotation, in a text file.
    """

    part: str
    object: str
    text: str = field(repr=False)
    line: int | None = None
    table: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """Everything a parser could read of one workbook, and what it could not.

    ``files`` are the parts of a project, by name, with their paths from the project's folder.
    """

    tool: Tool
    path: str
    sha256: str
    sources: tuple[Source, ...] = ()
    pages: tuple[Page, ...] = ()
    visuals: tuple[Visual, ...] = ()
    controls: tuple[Control, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    settings: Settings = Settings()
    texts: tuple[Text, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    version: str = ""
    ignores: tuple[Ignore, ...] = ()
    states: tuple[SavedState, ...] = ()
    places: tuple[Place, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def source(self, source_id: str) -> Source | None:
        """The source with that id, or None."""
        return next((s for s in self.sources if s.id == source_id), None)

    def page(self, page_id: str) -> Page | None:
        """The page with that id, or None."""
        return next((p for p in self.pages if p.id == page_id), None)
