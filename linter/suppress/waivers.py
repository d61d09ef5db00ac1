"""The waivers file: one finding on one object, with reason, approver and the day it ends.

A waiver that is malformed or expired doesn't hold: the finding comes back and ME004 says why.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from linter.config.globs import checked_glob, literal, matches
from linter.config.strict import Glob, Said, Strict, plain, read_toml, toml_text
from linter.errors import UsageError
from linter.findings import Finding
from linter.records import dataclass

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,}\d{3}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class Waiver(Strict):
    """One accepted finding. ``object`` is a visual, page or field by name, or ``page > visual``.

    An object is meant in one workbook: in those that match a pattern, later ones included, the same name
    may be another's. There a fingerprint tells.
    """

    rule: Code
    path: Glob
    object: Said | None = None
    fingerprint: Fingerprint | None = None
    reason: Said
    approved_by: Said
    expires: dt.date

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if (self.object is None) == (self.fingerprint is None):
            raise ValueError("either 'object' or 'fingerprint' is needed, not both")
        if self.object is not None and not literal(self.path):
            raise ValueError("a path with * or ? needs 'fingerprint': an object is meant in one workbook")
        if self.rule.startswith("ME"):
            raise ValueError(f"{self.rule} can't be waived: what was not checked is never accepted")
        return self

    def covers(self, finding: Finding) -> bool:
        """Whether this finding is meant, the path apart."""
        if finding.rule != self.rule or finding.coverage:
            return False
        return finding.fingerprint == self.fingerprint if self.fingerprint else self.object in names(finding)


class WaiverFile(Strict):
    """The keys of the waivers file."""

    waiver: list[Waiver] = Field(default=[])


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file: a waiver, or what is wrong with it. ``path`` is None where even that is unusable."""

    number: int  # from 1, as a person counts
    waiver: Waiver | None
    problem: str = ""
    path: str | None = None
    rule: str = ""

    def concerns(self, workbook: str) -> bool:
        """Whether it is about that workbook, or could be."""
        return self.path is None or matches(self.path, workbook)


def names(finding: Finding) -> frozenset[str]:
    """By which names a waiver may mean a finding.

    What is on a visual is not meant by its page or by one field of its grouping: others are added to these.
    """
    where = finding.location
    if where.visual:
        both = f"{where.page} > {where.visual}" if where.page else None
        return frozenset(n for n in (where.visual, where.visual_id, where.field, both) if n)
    return frozenset(n for n in (where.page, where.field, *finding.fields) if n)


def read_waivers(file: Path) -> tuple[Entry, ...]:
    """Every entry of the file, valid or not.

    Raises:
        UsageError: the file can't be read at all, or holds something else than waivers.
    """
    data = read_toml(file)
    entries = data.pop("waiver", [])
    if data:
        raise UsageError(f"{file.name}: unknown key {min(data)!r}, only [[waiver]] entries may stand here")
    if not isinstance(entries, list):
        raise UsageError(f"{file.name}: write [[waiver]] with double brackets")
    return tuple(_entry(number, entry) for number, entry in enumerate(entries, 1))


def new_waiver(given: dict[str, Any], longest: int, today: dt.date) -> Waiver:
    """A waiver that will hold.

    Raises:
        UsageError: it is malformed, has expired, or ends more than ``longest`` days ahead.
    """
    try:
        waiver = Waiver.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        raise UsageError(plain(error, Waiver)) from None
    if not today <= waiver.expires <= today + dt.timedelta(days=longest):
        raise UsageError(f"expires must lie between today and {longest} days from now")
    return waiver


def append(file: Path, waiver: Waiver) -> int:
    """Add a waiver at the end of the file, which keeps its comments; the number of the new entry.

    Raises:
        UsageError: what is there already can't be read, or the file can't be written.
    """
    before = read_waivers(file) if file.exists() else ()
    old = file.read_text("utf-8-sig").rstrip() if file.exists() else ""
    lines = [f"{key} = {_written(value)}" for key, value in waiver.model_dump(exclude_none=True).items()]
    entry = "\n".join(["[[waiver]]", *lines])
    try:
        file.write_text(f"{old}\n\n{entry}\n" if old else f"{entry}\n", "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{file.name}: can't be written ({error.strerror})") from error
    return len(before) + 1


def _written(value: str | dt.date) -> str:
    return toml_text(value) if isinstance(value, str) else value.isoformat()


def _entry(number: int, data: Any) -> Entry:
    try:
        waiver = Waiver.model_validate(data)
    except ValidationError as error:
        known = data if isinstance(data, dict) else {}
        return Entry(number, None, plain(error, Waiver), _path(known.get("path")), str(known.get("rule", ""))[:10])
    return Entry(number, waiver, "", waiver.path, waiver.rule)


def _path(given: Any) -> str | None:
    try:
        return checked_glob(given) if isinstance(given, str) else None
    except ValueError:
        return None
