"""What the owner of a workbook declares about it, as rules read it. ``linter.manifest`` reads the file."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

from linter.records import dataclass

if TYPE_CHECKING:
    from linter.model import Source, Table

Origin = Literal["npd_via_nexus", "la_collected", "open_data", "other"]
ReleaseStage = Literal["early", "unamended", "amended", "final"]
OWN_ORIGINS = frozenset({"la_collected", "open_data"})
"""Origins to which the permissions and limits of the National Pupil Database don't apply."""


@dataclass(frozen=True, slots=True)
class DeclaredSource:
    """Where the rows of a data source or of one of its tables come from. ``people`` None: not said."""

    name: str  # caption of a data source or of a table
    origin: Origin | None = None
    dataset: str = ""
    vintage: str = ""
    release_stage: ReleaseStage | None = None
    embargo_until: dt.date | None = None
    agreement: str = ""
    people: bool | None = None
    layer: int = 0  # of several who declare something about the workbook, 0 is the outermost


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """Somebody outside the authority who handles the data."""

    name: str
    role: str
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One workbook's manifest. Empty text and None mean: not said. ``where`` names the file that says it."""

    where: str
    title: str = ""
    version: str = ""
    owner: str = ""
    team: str = ""
    audience: str | None = None
    delivery: str | None = None
    profile: str | None = None
    unit_keys: tuple[str, ...] = ()
    count_fields: tuple[str, ...] = ()
    sources: tuple[DeclaredSource, ...] = ()
    scope: Literal["own_school", "all"] | None = None
    urns: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    lawful_basis: str = ""
    article9_condition: str = ""
    dpia_ref: str = ""
    dpia_date: dt.date | None = None
    privacy_notice: str = ""
    delete_by: dt.date | None = None
    third_parties: tuple[ThirdParty, ...] = ()
    prepared_by: str = ""
    approved_by: str = ""
    approved_on: dt.date | None = None
    sha256: str = ""  # of the file that was approved
    builders: tuple[str, ...] = ()  # everybody whom some declaration names as its owner or as who prepared it

    def source(self, source: Source, table: Table | None = None) -> DeclaredSource | None:
        """What is declared about a table, else about its data source; None if nothing is.

        The outermost who says something has the last word, by whichever name the others call it.
        """
        names = [{table.caption, table.id}] if table else []
        names.append({source.caption, source.id})
        found = [(d.layer, place, d) for place, known in enumerate(names) for d in self.sources if d.name in known]
        return min(found, key=lambda item: item[:2], default=(0, 0, None))[2]


_OF_OFFICERS = ("approved_by", "approved_on", "sha256")


def together(declared: tuple[Declaration, ...]) -> Declaration | None:
    """One declaration of several, the nearest to the workbook first; None of none.

    The nearest who says something describes the workbook. About its data, its recipients and its approval
    the outermost has the last word, so that the builder can't outdo the officer. The earliest day counts
    until which it may be kept. Units, recipients and third parties are those of all.
    """
    if not declared:
        return None
    outermost = declared[::-1]
    scoped = next((d for d in outermost if d.scope), declared[0])
    days = [d.delete_by for d in declared if d.delete_by]
    said = {f.name: _first(outermost if f.name in _OF_OFFICERS else declared, f.name) for f in fields(Declaration)}
    said |= {name: _all(declared, name) for name in ("unit_keys", "count_fields", "recipients", "third_parties")}
    said |= {"scope": scoped.scope, "urns": scoped.urns, "delete_by": min(days, default=None)}
    people = (name for d in declared for name in (d.owner, d.prepared_by, *d.builders) if name)
    return Declaration(**said | {"sources": _sources(outermost), "builders": tuple(dict.fromkeys(people))})


def _first(declared: tuple[Declaration, ...], name: str) -> Any:
    return next((value for d in declared if (value := getattr(d, name))), getattr(declared[0], name))


def _all(declared: tuple[Declaration, ...], name: str) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(value for d in declared for value in getattr(d, name)))


def _sources(outermost: tuple[Declaration, ...]) -> tuple[DeclaredSource, ...]:
    """Each name once, as the outermost declares it."""
    found: dict[str, DeclaredSource] = {}
    for layer, declaration in enumerate(outermost):
        for source in declaration.sources:
            found.setdefault(source.name, replace(source, layer=layer))
    return tuple(found.values())
