"""What the owner of a workbook declares about it, as rules read it. ``linter.manifest`` reads the file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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

    def source(self, source: Source, table: Table | None = None) -> DeclaredSource | None:
        """What is declared about a table, else about its data source; None if nothing is."""
        names = [{table.caption, table.id}] if table else []
        names.append({source.caption, source.id})
        found = (d for known in names for d in self.sources if d.name in known)
        return next(found, None)
