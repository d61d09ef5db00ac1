"""Findings at the lines of text files: a project's report and model are files that a person can open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.findings import Finding
    from linter.location import Location
    from linter.model import Place, Workbook


def located(findings: Iterable[Finding], workbook: Workbook) -> tuple[Finding, ...]:
    """The findings with the file and the line that define what each is about, where text files do.

    What several objects could mean gets no line: a wrong one is worse than none.
    """
    if not workbook.files:
        return tuple(findings)
    places = _Places(workbook)
    before = list(findings)
    after = [replace(finding, location=places.of(finding)) for finding in before]
    moved = {old.fingerprint: new.fingerprint for old, new in zip(before, after, strict=True)}
    return tuple(replace(f, related=tuple(moved.get(r, r) for r in f.related)) for f in after)


_WHOLE = frozenset({"DataModel", "Model"})
"""What findings about a model as a whole name as their part."""


class _Places:
    """The places of a workbook by what they define."""

    def __init__(self, workbook: Workbook) -> None:
        self._files = workbook.files
        self._visuals: dict[tuple[str, str], Place] = {}
        self._cards: dict[tuple[str, str, str], Place] = {}
        self._fields: dict[str, list[Place]] = {}
        self._sources = {s.caption for s in workbook.sources}
        self._model: Place | None = None
        for place in workbook.places:
            if place.of == "visual":
                self._visuals.setdefault((place.visual, place.field), place)
            elif place.of == "page":
                self._cards.setdefault((place.part, place.page, place.field), place)
            elif place.of in {"role", "load"}:
                continue
            elif place.field:
                self._fields.setdefault(place.field, []).append(place)
            else:
                self._model = self._model or place

    def of(self, finding: Finding) -> Location:
        """Where the finding points to; its file as a path from the project's folder."""
        where = finding.location
        found = None if where.line else self._defined(finding)
        part = found.part if found else where.part
        return replace(where, part=self._files.get(part, part), line=found.line if found else where.line)

    def _defined(self, finding: Finding) -> Place | None:
        where = finding.location
        field, page = where.field or "", where.page or ""
        if where.visual_id:
            return self._visuals.get((where.visual_id, field)) or self._visuals.get((where.visual_id, ""))
        keys = ((where.part, page, name) for name in (field, *finding.fields, ""))
        card = next((place for key in keys if (place := self._cards.get(key))), None)
        defined = self._of_model(finding) if card is None else None
        return defined if defined and where.part in {"", *_WHOLE, defined.part} else card

    def _of_model(self, finding: Finding) -> Place | None:
        """A table or field; where several are called so, the one that the finding's own names tell."""
        name = finding.location.field
        if name is None:
            tables = [p for f in finding.fields for p in self._fields.get(f, []) if not p.table]
            return tables[0] if tables else self._model if finding.location.part in _WHOLE else None
        called = self._fields.get(name, []) or ([self._model] if self._model and name in self._sources else [])
        meant = [p for p in called if f"{p.table}.{name}" in finding.fields] or called
        return meant[0] if len(meant) == 1 else None
