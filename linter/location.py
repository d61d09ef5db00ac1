"""Where a finding points to: container part first, then the path a person would click."""

from __future__ import annotations

from linter.records import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a workbook. ``line`` only for text files a person can open (1-based)."""

    part: str
    page: str | None = None
    visual: str | None = None
    visual_id: str | None = None
    field: str | None = None
    line: int | None = None

    @property
    def logical(self) -> str:
        """The place by stable names, without lines: what fingerprints rest on."""
        return "/".join(x or "" for x in (self.page, self.visual_id or self.visual))
