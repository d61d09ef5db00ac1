"""The manifest beside a workbook: what its builder declares and the data protection officer signs.

``report.pbix.disclint.toml`` beside ``report.pbix``, or a ``[[workbook]]`` entry with the same keys in
the configuration. It says for whom the workbook is and where its data come from; it can't lower what
the repository asks for.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from linter.config.strict import Said, Strict, read_toml, short, validated
from linter.policy.declaration import Declaration, DeclaredSource, Origin, ReleaseStage, ThirdParty

SUFFIX = ".disclint.toml"
AudienceName = Literal["internal", "schools", "partners", "public"]
DeliveryName = Literal[
    "file", "publish_to_web", "tableau_public", "service_build", "service_view", "tableau_download", "tableau_view"
]
Urn = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SourceEntry(Strict):
    """A data source, or one table of it, by the caption that the tool shows."""

    name: Said
    origin: Origin
    dataset: str = ""
    vintage: str = ""
    release_stage: ReleaseStage | None = None
    embargo_until: dt.date | None = None
    agreement: str = ""
    people: bool | None = None


class Recipients(Strict):
    """Who gets it. ``own_school``: each school gets its own pupils only; its URNs are listed."""

    scope: Literal["own_school", "all"] = "all"
    urns: list[Urn] = Field(default=[])
    names: list[Said] = Field(default=[])

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.scope == "own_school" and not self.urns:
            raise ValueError("scope 'own_school' needs the URNs of the schools in 'urns'")
        twice = next((urn for urn in self.urns if self.urns.count(urn) > 1), None)
        if twice is not None:  # the number of URNs is compared with that of the schools in the data
            raise ValueError(f"URN {twice} is listed twice in 'urns'")
        return self


class Legal(Strict):
    """On what ground the data are used."""

    lawful_basis: str = ""
    article9_condition: str = ""
    dpia_ref: str = ""
    dpia_date: dt.date | None = None
    privacy_notice: str = ""


class Retention(Strict):
    """Until when the workbook may be kept."""

    delete_by: dt.date | None = None


class ThirdPartyEntry(Strict):
    """Somebody outside the authority who handles the data."""

    name: Said
    role: Literal["processor", "controller", "joint_controller"]
    contract: str = ""


class Approval(Strict):
    """Who prepared it, who signed, when, and for which file."""

    prepared_by: str = ""
    approved_by: str = ""
    date: dt.date | None = None
    sha256: Sha256 | None = None


_SAME = {"title", "version", "owner", "team", "audience", "delivery", "profile"}


class Manifest(Strict):
    """The keys of a manifest. All are optional; MF001 to MF003 say which are missing for the audience."""

    title: str = ""
    version: str = ""
    owner: str = ""
    team: str = ""
    audience: AudienceName | None = None
    delivery: DeliveryName | None = None
    profile: Said | None = None
    unit_keys: list[Said] = Field(default=[])
    count_fields: list[Said] = Field(default=[])
    recipients: Recipients = Recipients()
    source: list[SourceEntry] = Field(default=[])
    legal: Legal = Legal()
    retention: Retention = Retention()
    third_party: list[ThirdPartyEntry] = Field(default=[])
    approval: Approval = Approval()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [entry.name for entry in self.source]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"source {twice!r} is declared twice")
        return self

    def declaration(self, where: str) -> Declaration:
        """The same for rules."""
        return Declaration(
            where=where,
            **self.model_dump(include=_SAME),
            unit_keys=tuple(self.unit_keys),
            count_fields=tuple(self.count_fields),
            sources=tuple(DeclaredSource(**entry.model_dump()) for entry in self.source),
            scope=self.recipients.scope if "recipients" in self.model_fields_set else None,
            urns=tuple(self.recipients.urns),
            recipients=tuple(self.recipients.names),
            **self.legal.model_dump(),
            delete_by=self.retention.delete_by,
            third_parties=tuple(ThirdParty(**entry.model_dump()) for entry in self.third_party),
            prepared_by=self.approval.prepared_by,
            approved_by=self.approval.approved_by,
            approved_on=self.approval.date,
            sha256=self.approval.sha256 or "",
        )


def beside(workbook: Path) -> Path:
    """Where the manifest of a workbook lies, or would."""
    return workbook.with_name(workbook.name + SUFFIX)


def read_manifest(path: Path) -> Manifest:
    """The manifest in that file.

    Raises:
        UsageError: it is not valid, naming the file and the key.
    """
    where = str(short(path))
    return validated(Manifest, read_toml(path, where), where)
